import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { providerCost } from '../domain/provider-cost.ts'
import { drawClip } from '../testing/clips.ts'
import { type SteppedWorld, steppedWorld } from '../testing/dictated.ts'
import { lateCheck } from './late.ts'
import { takeLateChecks } from './loss-queries.ts'
import { sweepVideos } from './sweep.ts'

let world: SteppedWorld
beforeEach(async () => {
  world = await steppedWorld()
})
afterEach(() => world.stop())

let clip: Uint8Array<ArrayBuffer>
beforeAll(async () => {
  clip = await drawClip({ seconds: 4, width: 1280, height: 720 })
})

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const margin = async (query = '') => (await world.asOperator('GET', `/v1/margin${query}`)).json
const read = async (video: string) => (await world.call('GET', `/v1/videos/${video}`)).json
const losses = () => world.lines.filter((line) => line.includes('our loss')).length

/** A video whose provider has begun. */
async function running(): Promise<string> {
  const video = await world.order()
  await world.step(video)
  expect((await world.attempt(video)).state).toBe('running')
  return video
}

/** The same, after its final deadline. */
async function expired(): Promise<string> {
  const video = await running()
  world.advance(DAY_MS)
  await world.step(video)
  expect(await read(video)).toMatchObject({ status: 'failed', error: { code: 'expired' } })
  return video
}

async function completed(cost_micro: bigint | null): Promise<string> {
  const video = await running()
  world.provider.bytes = clip
  world.provider.verdict = () => ({ state: 'succeeded', asset: {}, cost_micro })
  await world.step(video)
  await world.step(video)
  expect((await read(video)).status).toBe('completed')
  world.provider.verdict = () => ({ state: 'running', percent: 10 })
  return video
}

describe('a video that expired while its provider worked', () => {
  test('is a loss of what was quoted, until its provider says what it made of it; the customer never hears of it', async () => {
    const video = await expired()
    const before = await read(video)
    expect(await world.attempt(video)).toMatchObject({ state: 'expired', loss: 'expired', cost: { usd: '0.30', source: 'estimated' } })
    expect(world.provider.forgotten).toEqual([])
    world.provider.verdict = () => ({ state: 'succeeded', asset: {}, cost_micro: 410_000n })
    await sweepVideos(world.gateway.parts) // an hour has not passed
    expect((await world.attempt(video)).loss).toBe('expired')
    world.advance(HOUR_MS)
    await sweepVideos(world.gateway.parts)
    expect(await world.attempt(video)).toMatchObject({ state: 'expired', loss: 'late_success', cost: { usd: '0.41', source: 'reported' } })
    expect(await read(video)).toEqual(before)
    expect((await world.call('GET', '/v1/balance')).json).toMatchObject({ available: 1000, held: 0, spent: 0 })
    expect(await margin()).toMatchObject({
      total: {
        charged: { credits: 0, usd: '0.00' },
        provider_cost: { usd: '0.41', estimated_usd: '0.00' },
        losses: { usd: '0.41' },
        margin: { usd: '-0.41' },
      },
    })
    expect(losses()).toBe(2)
    expect(world.provider.forgotten).toHaveLength(1)
  })

  test('costs nothing once its provider says that it failed', async () => {
    const video = await expired()
    world.provider.verdict = () => ({ state: 'failed', reason: 'provider_failed', message: 'it broke', cost_micro: null })
    world.advance(HOUR_MS)
    await sweepVideos(world.gateway.parts)
    expect(await world.attempt(video)).toMatchObject({ loss: 'late_failure', cost: { usd: '0.00', source: 'estimated' } })
    expect((await margin()).total.losses.usd).toBe('0.00')
  })

  test('costs what its provider has billed, whatever an answer says that comes after the bill', async () => {
    const video = await expired()
    const { provider_ref } = await world.attempt(video)
    world.provider.verdict = () => ({ state: 'succeeded', asset: {}, cost_micro: 410_000n })
    world.advance(HOUR_MS)
    const [late] = await takeLateChecks(world.database.pool, world.gateway.parts.engine, Date.now() + 2 * DAY_MS, DAY_MS, 2, 20)
    const file = { provider: 'animatic', from: 0, to: 4_000_000_000, csv: `id,usd\n${provider_ref},0.55\n` }
    const { id } = (await world.asOperator('POST', '/v1/bills', file)).json
    await world.asOperator('POST', `/v1/bills/${id}/adopt`)
    await lateCheck(world.gateway.parts, late ?? expect.fail('no check was due'))
    expect(await world.attempt(video)).toMatchObject({ cost: { usd: '0.55', source: 'billed' } })
  })

  test('is asked about twice and never again, by one process each time', async () => {
    const video = await expired()
    const asked = world.provider.checks.length
    for (const wait_ms of [HOUR_MS, DAY_MS, DAY_MS, 30 * DAY_MS]) {
      world.advance(wait_ms)
      await Promise.all([sweepVideos(world.gateway.parts), sweepVideos(world.gateway.parts)])
    }
    expect(world.provider.checks.length - asked).toBe(2)
    expect(await world.attempt(video)).toMatchObject({ loss: 'expired', cost: { usd: '0.30' } })
    expect(world.provider.forgotten).toHaveLength(1)
  })

  test('while nobody knew whether it had arrived counts as taken until it is found, or its provider says that it is not there', async () => {
    world.provider.answer = async () => ({ outcome: 'unknown', message: 'no answer' })
    world.provider.found = () => ({ outcome: 'unknown', message: 'no list' })
    const [lost, never] = [await world.order(), await world.order()]
    for (const video of [lost, never]) await world.step(video)
    world.advance(DAY_MS)
    for (const video of [lost, never]) await world.step(video)
    expect(await world.attempt(lost)).toMatchObject({ state: 'expired', loss: 'expired', cost: { usd: '0.30', source: 'estimated' } })
    const { id } = await world.attempt(lost)
    world.provider.found = (key) => (key === id ? { outcome: 'found', ref: { id: 'late' } } : { outcome: 'absent' })
    world.advance(HOUR_MS)
    await sweepVideos(world.gateway.parts)
    expect(await world.attempt(lost)).toMatchObject({
      state: 'expired',
      provider_ref: 'late',
      loss: 'late_acceptance',
      cost: { usd: '0.30' },
    })
    expect(await world.attempt(never)).toMatchObject({ state: 'expired', cost: { usd: '0.00' } })
  })
})

describe('our loss', () => {
  test('is a result that comes with the look that finds the video overdue', async () => {
    const video = await running()
    world.advance(DAY_MS)
    world.provider.verdict = () => ({ state: 'succeeded', asset: {}, cost_micro: null })
    await world.step(video)
    expect(await world.attempt(video)).toMatchObject({ state: 'expired', loss: 'late_success', cost: { usd: '0.30', source: 'estimated' } })
  })

  test('is an order that was taken after all, once its attempt was given up', async () => {
    const video = await world.order()
    const { answer } = await world.sending(video)
    await world.step(video)
    world.advance(130_000)
    const { id } = await world.attempt(video)
    await world.asOperator('POST', `/v1/attempts/${id}/resolve`, { verdict: 'not_delivered', reason: 'not in their list' })
    await answer({ outcome: 'running', ref: { id: 'taken after all' } })
    const late = (await world.asOperator('GET', `/v1/attempts/${id}`)).json
    expect(late).toMatchObject({ state: 'absent', loss: 'late_acceptance', provider_ref: 'taken after all', cost: { usd: '0.30' } })
    expect(await world.attempt(video)).toMatchObject({ no: 2, state: 'planned', loss: null })
    const text = (await world.call('GET', '/metrics')).bytes.toString()
    expect(text).toContain('filmgate_losses{kind="late_acceptance",provider="animatic"} 1\n')
    expect(text).toContain('filmgate_losses_usd{kind="late_acceptance",provider="animatic"} 0.3\n')
  })

  test('is a clip that is not what was ordered, and a failure that its provider bills', async () => {
    const [wrong, billed, free] = [await running(), await running(), await running()]
    world.provider.bytes = new TextEncoder().encode('<html>')
    world.provider.verdict = () => ({ state: 'succeeded', asset: {}, cost_micro: null })
    await world.step(wrong)
    await world.step(wrong)
    expect(await world.attempt(wrong)).toMatchObject({ state: 'failed', loss: 'output_invalid', cost: { usd: '0.30' } })
    expect(losses()).toBe(1)
    world.provider.verdict = () => ({ state: 'failed', reason: 'provider_failed', message: 'it broke', cost_micro: 70_000n })
    await world.step(billed)
    expect(await world.attempt(billed)).toMatchObject({ loss: 'failed_billed', cost: { usd: '0.07', source: 'reported' } })
    world.provider.verdict = () => ({ state: 'failed', reason: 'provider_failed', message: 'it broke', cost_micro: null })
    await world.step(free)
    expect(await world.attempt(free)).toMatchObject({ loss: null, cost: { usd: '0.00', source: 'estimated' } })
    expect((await margin()).total).toMatchObject({ losses: { usd: '0.37' }, provider_cost: { usd: '0.37', estimated_usd: '0.30' } })
  })

  test.each([
    ['succeeded', null, { micro: 5n, source: 'estimated' }],
    ['no_verdict', null, { micro: 5n, source: 'estimated' }],
    ['provider_failed', null, { micro: 0n, source: 'estimated' }],
    ['provider_failed', 3n, { micro: 3n, source: 'reported' }],
    ['succeeded', 0n, { micro: 0n, source: 'reported' }],
  ] as const)('after %s with a bill of %s is the report, else the rule', (ending, reported, cost) => {
    expect(providerCost(ending, reported, 5n)).toEqual(cost)
  })

  test('is a failure that says no price at a provider that charges for such failures', () => {
    expect(providerCost('provider_failed', null, 5n, ['provider_failed'])).toEqual({ micro: 5n, source: 'estimated' })
    expect(providerCost('moderation_blocked', null, 5n, ['provider_failed'])).toEqual({ micro: 0n, source: 'estimated' })
    expect(providerCost('provider_failed', 0n, 5n, ['provider_failed'])).toEqual({ micro: 0n, source: 'reported' })
  })
})

test('the margin is what the ledger took less what the attempts cost, in every grouping', async () => {
  const paid = await completed(null)
  await completed(250_000n)
  await expired()
  await world.asOperator('POST', `/v1/videos/${paid}/refund`, { credits: 15, reason: 'sorry' })
  const total = {
    charged: { credits: 65, usd: '0.65' },
    provider_cost: { usd: '0.85', estimated_usd: '0.60' },
    royalties: { usd: '0.00' },
    losses: { usd: '0.30' },
    margin: { usd: '-0.20' },
  }
  for (const by of ['model', 'route', 'provider', 'customer', 'day']) {
    const answer = await margin(`?by=${by}`)
    expect(answer.total, by).toMatchObject(total)
    const sum = answer.data.reduce((credits: number, row: typeof total) => credits + row.charged.credits, 0)
    expect([by, sum, answer.data.length]).toEqual([by, 65, by === 'day' ? 2 : 1])
  }
  const { rows } = await world.database.pool.query<{ credits: bigint; micro: bigint }>(
    `select (select sum(captured - refunded)::bigint from ledger.hold_money) as credits, (select sum(cost_micro)::bigint from videos.attempts) as micro`,
  )
  expect(rows).toEqual([{ credits: 65n, micro: 850_000n }])
  const now_s = Math.floor(world.gateway.parts.clock() / 1000)
  expect((await margin(`?from=${now_s + 1}`)).total.charged.credits).toBe(0)
  expect((await margin(`?to=${now_s - 3600}`)).total).toMatchObject({ charged: { credits: 80 }, losses: { usd: '0.00' } })
  expect((await world.call('GET', '/v1/margin')).json.error.code).toBe('operator_key_required')
})
