import { afterAll, beforeAll, expect, test } from 'vitest'
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
