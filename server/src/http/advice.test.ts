import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseConfiguration } from '../config-file.ts'
import { blocksOf, has_curl, runPage } from '../testing/page.ts'
import { type Json, type TestWorld, testWorld } from '../testing/world.ts'

let world: TestWorld
beforeAll(async () => {
  world = await testWorld()
})
afterAll(() => world.stop())

async function advise(body: object, key?: string): Promise<Json> {
  const answer = await world.call('POST', '/v1/plans/advise', { body, ...(key === undefined ? {} : { key }) })
  expect(answer.status, answer.bytes.toString()).toBe(200)
  return answer.json
}

test('says the cheapest mix with its arithmetic, what else there is, and where it changes', async () => {
  const said = await advise({ clips_per_month: 100, seconds: 4, size: '720p' })
  expect(said).toMatchObject({
    object: 'plan_advice',
    asked: {
      clips: [{ clips_per_month: 100, seconds: 4, size: '720p', model: 'sora-2', longest_seconds: null }],
      needs: { no_watermark: false, api: false, pay_as_you_go: false, relaxed: false },
      plans: null,
      credits_card: 'app-credits-2026-01',
    },
    feasible: true,
    proven: true,
    cheapest: {
      name: 'Aggregator, per call',
      usd: '12.00',
      usd_per_clip: '0.12',
      difference_usd: '0.00',
      lines: [
        { kind: 'per_call', card: 'aggregator-per-call-2026-05', clips: 100, quantity: 100, unit: 'clip', rate_usd: '0.12', usd: '12.00' },
      ],
    },
    break_even: [{ from_clips: 1, to_clips: null, mix: 'Aggregator, per call', usd_at_from: '0.12' }],
    break_even_exact_to: null,
  })
  expect(said.curve.length).toBeLessThanOrEqual(120)
  expect(said.cards.map(({ id }: Json) => id)).toEqual(
    expect.arrayContaining(['aggregator-per-call-2026-05', 'openai-2026-05', 'app-credits-2026-01', 'plan:plus', 'pack:plus-1000']),
  )
})

test('takes one kind of clips beside everything else or several in a list, and answers alike', async () => {
  const kind = { clips_per_month: '30', seconds: '8', quality: 'pro', size: '1792x1024' }
  const [one, listed] = [await advise(kind), await advise({ clips: [kind] })]
  expect(one).toEqual(listed)
  expect(one.asked.clips).toEqual([{ clips_per_month: 30, seconds: 8, size: '1792x1024', model: 'sora-2-pro', longest_seconds: null }])
})

test('no clips cost nothing', async () => {
  expect(await advise({ clips_per_month: 0, seconds: 4 })).toMatchObject({ cheapest: { usd: '0.00', usd_per_clip: null, lines: [] } })
})

test('where nobody makes them it says which single need to give up, and what it would cost then', async () => {
  const said = await advise({ clips_per_month: 100, seconds: 5, needs: { api: true } })
  expect(said).toMatchObject({ feasible: false, cheapest: null, alternatives: [] })
  expect(said.loosen).toEqual([
    { need: 'api', usd: '160.00', message: 'By hand in the app, without a program, they would cost $160.00 a month (Packs).' },
    { need: 'seconds', usd: '12.00', message: 'With 4 seconds instead of 5 they would cost $12.00 a month (Aggregator, per call).' },
  ])
})

// An operator with a plan of its own, and a price that is nobody else's business.
const CONFIGURATION = `
plans:
  - { id: studio, name: Studio, price_usd: "5", credits: 1000, since: 2026-11-01 }
rate_cards:
  - id: our-deal
    version: 1
    kind: rates
    title: Our deal
    currency: usd
    effective_on: 2026-11-01
    source: { name: a letter, read_on: 2026-11-01 }
    lines: [{ models: [sora-2], sizes: [720p], seconds: [4, 8], rate: { kind: per_second, amount: "0.0013" } }]
`

describe('an operator who sells plans of its own', () => {
  let own: TestWorld
  beforeAll(async () => {
    const read = parseConfiguration(CONFIGURATION, 'advised.yaml', {})
    if (read.outcome === 'wrong') throw new Error(read.sentence)
    own = await testWorld({ settings: read.settings })
  })
  afterAll(() => own.stop())
  const asked = async (body: object, key?: string): Promise<Json> =>
    await own.call('POST', '/v1/plans/advise', { body, ...(key === undefined ? {} : { key }) })

  test('credits are spent by the customer’s price list, and by programs too', async () => {
    const { json } = await asked({ clips_per_month: 25, seconds: 4, needs: { api: true }, rate_cards: [] })
    expect(json).toMatchObject({
      asked: { credits_card: 'openai-2026-05' },
      cheapest: { name: 'Studio', usd: '5.00', lines: [{ kind: 'plan', card: 'openai-2026-05', clips: 25, credits: 1_000 }] },
    })
  })

  test('the credits of the app are looked at when they are named', async () => {
    const { json } = await asked({
      clips_per_month: 15,
      seconds: 4,
      plans: ['studio'],
      packs: [],
      rate_cards: [],
      credits_card: 'app-credits-2026-01',
    })
    expect(json.cheapest).toMatchObject({ usd: '5.00', lines: [{ card: 'app-credits-2026-01', clips: 15, credits: 960 }] })
  })

  test('an operator may name every price list; a customer is told of none that is not theirs', async () => {
    const named = { clips_per_month: 10, seconds: 4, rate_cards: ['our-deal'] }
    expect((await asked(named, own.operator_key)).json.cheapest).toMatchObject({ usd: '0.052', usd_per_clip: '0.0052' })
    const refused = await asked(named)
    expect([refused.status, refused.json.error.param]).toEqual([400, 'rate_cards[0]'])
    expect(JSON.stringify(refused.json)).not.toMatch(/Our deal|deal[^']/)
    expect(JSON.stringify((await asked({ clips_per_month: 10, seconds: 4 })).json)).not.toMatch(/our-deal|Our deal|0\.0013/)
  })
})

describe('the page about the advisor', () => {
  test.skipIf(!has_curl)('has commands that work and answers as it says', async () => {
    await runPage('advisor.md', world)
    const [cheapest, loosen] = (await blocksOf('advisor.md', 'json')).map((block): Json => JSON.parse(block))
    expect((await advise({ clips_per_month: 100, seconds: 4, size: '720p' })).cheapest).toEqual(cheapest)
    expect((await advise({ clips_per_month: 100, seconds: 5, needs: { api: true } })).loosen).toEqual(loosen)
  })

  test('has no other figures than those of the articles’ tables', async () => {
    const slow = await advise({ clips_per_month: 500, seconds: 8, size: '1080p', quality: 'pro', needs: { relaxed: true } })
    expect(slow.break_even).toEqual([
      { from_clips: 1, to_clips: 250, mix: 'Aggregator, per call', usd_at_from: '0.80' },
      { from_clips: 251, to_clips: null, mix: 'Pro', usd_at_from: '200.00' },
    ])
    const rule = async (clips_per_month: number, seconds: number) => {
      const { rule_of_thumb, cheapest } = await advise({ clips_per_month, seconds })
      return [rule_of_thumb.name, rule_of_thumb.usd, rule_of_thumb.holds_clips, cheapest.usd]
    }
    expect(await rule(100, 4)).toEqual(['Plus', '20.00', 15, '12.00'])
    expect(await rule(200, 4)).toEqual(['Plus', '20.00', 15, '24.00'])
    expect((await rule(100, 5))[2]).toBe(12)
  })
})
