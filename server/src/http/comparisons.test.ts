import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseConfiguration } from '../config-file.ts'
import { blocksOf, has_curl, runPage } from '../testing/page.ts'
import { type Json, type TestWorld, testWorld } from '../testing/world.ts'

// What this operator pays, 0.0713 a second, and what one customer pays, 31 credits a second, are nobody else's business.
const CONFIGURATION = `
providers:
  - { name: studio, adapter: openai, profile: openai, base_url: https://studio.invalid/v1, api_key: k, models: [sora-2], rate_card: our-deal }
rate_cards:
  - id: our-deal
    version: 1
    kind: rates
    title: Our deal
    currency: usd
    effective_on: 2026-11-01
    source: { name: a letter, read_on: 2026-11-01 }
    lines: [{ models: [sora-2], sizes: [720p], seconds: [4, 8], rate: { kind: per_second, amount: "0.0713" } }]
  - id: for-bob
    version: 3
    kind: rates
    title: Bob
    currency: credits
    effective_on: 2026-11-02
    source: { name: a handshake, read_on: 2026-11-02 }
    lines: [{ models: [sora-2], sizes: [720p], seconds: [4, 8], rate: { kind: per_second, amount: "31" } }]
`

let world: TestWorld
let bob = { id: '', key: '' }
beforeAll(async () => {
  const read = parseConfiguration(CONFIGURATION, 'compared.yaml', {})
  if (read.outcome === 'wrong') throw new Error(read.sentence)
  world = await testWorld({ settings: read.settings })
  const { json } = await world.call('POST', '/v1/customers', { key: world.operator_key, body: { name: 'Bob', rate_card: 'for-bob' } })
  const made = await world.call('POST', `/v1/customers/${json.id}/keys`, { key: world.operator_key, body: { name: 'k' } })
  bob = { id: json.id, key: made.json.key }
})
afterAll(() => world.stop())

const ORDER = { model: 'sora-2', seconds: '8', size: '1280x720' }

async function compare(body: object, options: { key?: string; headers?: Record<string, string> } = {}): Promise<Json> {
  const answer = await world.call('POST', '/v1/comparisons', { body, ...options })
  expect(answer.status, answer.bytes.toString()).toBe(200)
  return answer.json
}
const rowOf = ({ rows }: Json, id: string) => rows.find((row: Json) => row.id === id)

test('a route costs what the quote says, with its time, its source, and what it costs a minute', async () => {
  const compared = await compare(ORDER)
  const quote = (await world.call('POST', '/v1/quotes', { body: ORDER })).json
  expect(compared).toMatchObject({ object: 'comparison', model: 'sora-2', seconds: 8, size: '1280x720', clips_per_month: null })
  expect(rowOf(compared, 'route:studio/sora-2')).toMatchObject({
    credits: quote.credits,
    usd: { per_clip: quote.usd, per_second: '0.10', per_minute: '6.00' },
    eta: quote.eta,
    source: { effective_on: '2026-05-01', read_on: '2026-11-21', card: quote.rate_card },
  })
})

test('each customer sees their own price, and no price of the operator’s or of another customer', async () => {
  const [everybody, bobs] = [await compare(ORDER), await compare(ORDER, { key: bob.key })]
  expect(rowOf(bobs, 'route:studio/sora-2')).toMatchObject({ credits: 248, usd: { per_clip: '2.48' } })
  expect(rowOf(bobs, 'rate_card:for-bob')).toMatchObject({ sold: true })
  expect(JSON.stringify(everybody)).not.toMatch(/our-deal|Our deal|for-bob|Bob|0\.0713|0\.5704/)
  expect(JSON.stringify(bobs)).not.toMatch(/our-deal|Our deal|0\.0713|0\.5704/)
})

test('the price list of another is as if it were not there: in the list, by its id, and to compare with', async () => {
  const ids = async (key?: string) =>
    (await world.call('GET', '/v1/rate_cards', key === undefined ? {} : { key })).json.data.map(({ id }: Json) => id)
  expect(await ids()).not.toEqual(expect.arrayContaining(['our-deal']))
  expect(await ids()).not.toEqual(expect.arrayContaining(['for-bob']))
  expect(await ids(bob.key)).toEqual(expect.arrayContaining(['for-bob', 'openai-2026-05']))
  expect(await ids(world.operator_key)).toEqual(expect.arrayContaining(['our-deal', 'for-bob']))
  for (const id of ['our-deal', 'for-bob']) {
    expect((await world.call('GET', `/v1/rate_cards/${id}`)).status).toBe(404)
    const compared = await world.call('POST', '/v1/quotes', { body: { ...ORDER, rate_card: id } })
    expect([compared.status, compared.json.error.param, compared.json.error.message]).toEqual([
      400,
      'rate_card',
      expect.not.stringContaining('deal, '),
    ])
  }
})

test('an operator sees every price list: for nobody by the default one, for a customer by theirs', async () => {
  const key = world.operator_key
  const [nobody, as_bob] = [await compare(ORDER, { key }), await compare(ORDER, { key, headers: { 'filmgate-customer': bob.id } })]
  expect(rowOf(nobody, 'rate_card:our-deal')).toMatchObject({ usd: { per_clip: '0.5704' } })
  expect([rowOf(nobody, 'route:studio/sora-2').credits, rowOf(as_bob, 'route:studio/sora-2').credits]).toEqual([80, 248])
})

test('whose guardrails forbid the order is told so on what is ours', async () => {
  const key = world.operator_key
  const { json } = await world.call('POST', '/v1/customers', { key, body: { name: 'Una', guardrails: { seconds: [4] } } })
  const una = await compare(ORDER, { key, headers: { 'filmgate-customer': json.id } })
  expect(rowOf(una, 'route:studio/sora-2')).toMatchObject({ sold: false, reason: 'outside_guardrails', credits: null })
  expect(rowOf(una, 'rate_card:openai-2026-05')).toMatchObject({ sold: true })
})

test('the defaults of an order are those of a quote', async () => {
  expect(await compare({})).toMatchObject({ model: 'sora-2', seconds: 4, size: '720x1280', complexity: 'standard' })
  expect((await compare({ ...ORDER, clips_per_month: '50' })).clips_per_month).toBe(50)
})

test.skipIf(!has_curl)('every command of the page about comparing works, and answers as it says', async () => {
  await runPage('comparison.md', world)
  const [said] = await blocksOf('comparison.md', 'json')
  if (said === undefined) throw new Error('the page shows no answer')
  const shown = JSON.parse(said)
  expect(rowOf(await compare({ model: 'sora-2', seconds: 8, size: '720p', clips_per_month: 50 }), shown.id)).toEqual(shown)
})
