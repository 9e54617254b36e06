import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseConfiguration } from '../config-file.ts'
import { blocksOf, has_curl, runPage } from '../testing/page.ts'
import { type Json, type TestWorld, testWorld } from '../testing/world.ts'

const CONFIGURATION = `
rate_cards:
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
let bob = ''
beforeAll(async () => {
  const read = parseConfiguration(CONFIGURATION, 'estimated.yaml', {})
  if (read.outcome === 'wrong') throw new Error(read.sentence)
  world = await testWorld({ settings: read.settings })
  const { json } = await world.call('POST', '/v1/customers', { key: world.operator_key, body: { name: 'Bob', rate_card: 'for-bob' } })
  bob = (await world.call('POST', `/v1/customers/${json.id}/keys`, { key: world.operator_key, body: { name: 'k' } })).json.key
})
afterAll(() => world.stop())

async function estimate(body: object, key?: string): Promise<Json> {
  const answer = await world.call('POST', '/v1/projects/estimate', { body, ...(key === undefined ? {} : { key }) })
  expect(answer.status, answer.bytes.toString()).toBe(200)
  return answer.json
}
const SHOTS = [{ seconds: 8 }, { seconds: '4', count: 2 }]

test('an estimate is the sum of the quotes of its clips', async () => {
  const { json } = await world.call('POST', '/v1/quotes', { body: { videos: [{ seconds: '8' }, { seconds: '4' }, { seconds: '4' }] } })
  expect((await estimate({ shots: SHOTS })).expected).toEqual({ usd: json.usd, credits: json.credits })
})

test('each customer pays by their own price list, an operator by the default one, and both may name another that they can see', async () => {
  expect(await estimate({ shots: SHOTS }, bob)).toMatchObject({ rate_card: { id: 'for-bob', version: 3 }, expected: { credits: 496 } })
  expect(await estimate({ shots: SHOTS }, world.operator_key)).toMatchObject({
    rate_card: { id: 'openai-2026-05' },
    expected: { credits: 160 },
  })
  expect((await estimate({ shots: SHOTS, rate_card: 'aggregator-per-call-2026-05' }, bob)).expected).toEqual({ usd: '0.36', credits: 36 })
  expect((await estimate({ shots: SHOTS, rate_card: 'for-bob' }, world.operator_key)).expected.credits).toBe(496)
  const hidden = await world.call('POST', '/v1/projects/estimate', { body: { shots: SHOTS, rate_card: 'for-bob' } })
  expect([hidden.status, hidden.json.error.param, hidden.json.error.message]).toEqual([
    400,
    'rate_card',
    expect.not.stringContaining('for-bob,'),
  ])
})

test('a draft by the animatic is free on every price list', async () => {
  for (const key of [bob, world.operator_key]) {
    const drafted = await estimate({ shots: [{ seconds: 4, draft: { iterations: 3, model: 'animatic' } }] }, key)
    expect(drafted.saving).toMatchObject({ percent: '100', drafts_usd: '0.00' })
  }
})

test('a thousand shots of a thousand prices are one answer', async () => {
  const shots = Array.from({ length: 1_000 }, (_, at) => ({
    seconds: 1 + at,
    retry_percent: at,
    extensions: at < 100 ? [4, 8] : [],
    name: `shot ${at}`,
  }))
  const answer = await estimate({ shots, economics: { price_usd: '1.00', clips_per_month: 7, overhead_usd: '0.000001' } })
  expect(answer.shots).toHaveLength(1_000)
  expect(answer.clips).toBe(1_000)
})

test.each([
  ['/v1/projects/estimate', (seconds: unknown) => ({ shots: [{ seconds }] }), 'shots[0].seconds'],
  [
    '/v1/projects/estimate',
    (seconds: unknown) => ({ shots: [{ seconds: 4, draft: { iterations: 1, seconds } }] }),
    'shots[0].draft.seconds',
  ],
  ['/v1/plans/advise', (seconds: unknown) => ({ clips_per_month: 1, seconds }), 'seconds'],
  ['/v1/prompts/check', (seconds: unknown) => ({ prompt: 'a boat', seconds }), 'seconds'],
])('%s says at once how short a clip may be: %#', async (path, body, param) => {
  for (const seconds of [0, -5, '0']) {
    const { status, json } = await world.call('POST', path, { body: body(seconds) })
    const message = `\`${param}\` must be at least 1; got ${Number(seconds)}.`
    expect([status, json.error]).toMatchObject([400, { code: 'invalid_value', param, message }])
  }
})

test('a prompt is checked for nothing, by anybody with a key, and comes back as it was', async () => {
  const prompt = ' An old fisherman mends his net on a foggy pier at dawn. '
  const checked = await world.call('POST', '/v1/prompts/check', { body: { prompt, seconds: '8' } })
  expect([checked.status, checked.json]).toEqual([
    200,
    expect.objectContaining({
      object: 'prompt_check',
      prompt,
      language: 'english',
      score: 83,
      suggestions: [expect.stringContaining('filmed')],
    }),
  ])
  expect(checked.json.parts.at(4)).toEqual({ part: 'camera', found: false, suggestion: checked.json.suggestions[0] })
  const foreign = await world.call('POST', '/v1/prompts/check', { body: { prompt: 'Ein alter Fischer flickt das Netz auf dem Steg' } })
  expect(foreign.json).toMatchObject({ language: 'unknown', parts: [], score: null, suggestions: [] })
})

test.skipIf(!has_curl)('every command of the page about projects works, and answers as it says', async () => {
  await runPage('projects.md', world)
  const asked = (await blocksOf('projects.md', 'sh')).flatMap((block) => {
    const [, path, said] = /FILMGATE\/(projects\/estimate|prompts\/check) .* -d '(.*)'/.exec(block) ?? []
    return said === undefined ? [] : [{ path: `/v1/${path}`, body: JSON.parse(said) as object }]
  })
  const shown = (await blocksOf('projects.md', 'json')).map((block) => JSON.parse(block) as object)
  expect(asked.length).toBeGreaterThanOrEqual(5)
  for (const [at, { path, body }] of asked.entries()) {
    expect((await world.call('POST', path, { body })).json).toMatchObject(shown[at] ?? { missing: at })
  }
})
