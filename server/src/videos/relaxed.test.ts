import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Plan, SHIPPED_PLANS } from '../domain/plans.ts'
import { BUILT_IN } from '../domain/settings.ts'
import type { Progress, Provider } from '../providers/provider.ts'
import { eventually, type TestWorld, testWorld } from '../testing/world.ts'
import { callFromRelaxedLanes } from './relaxed.ts'

/** A provider that takes everything and goes on rendering until it is told to end something. */
class PatientProvider implements Provider {
  readonly submits: string[] = []
  readonly #ended = new Set<string>()
  busy = false
  end(attempt: string | undefined) {
    this.#ended.add(attempt ?? '')
  }
  async submit(_order: Parameters<Provider['submit']>[0], key: string) {
    if (this.busy) return { outcome: 'throttled' as const, retry_after_ms: 60_000, message: 'busy' }
    this.submits.push(key)
    return { outcome: 'running' as const, ref: { id: key } }
  }
  check = async (ref: { id: string }): Promise<Progress> =>
    this.#ended.has(ref.id)
      ? { state: 'failed', reason: 'provider_failed', message: 'It broke.', cost_micro: 250_000n }
      : { state: 'running', percent: 10 }
  find = async () => ({ outcome: 'absent' as const })
  open = async () => new Blob([]).stream()
  cancel = async () => 'stopped' as const
  forget = async () => undefined
}

const [, , pro] = SHIPPED_PLANS
if (!pro) throw new Error('there is no plan Pro')
/** As Pro, but a month brings no more than one order costs, and a day two videos. */
const CALM: Plan = {
  ...pro,
  id: 'calm',
  name: 'Calm',
  price_micro: 1_000_000n,
  credits: 40n,
  clips_a_day: [{ from: '2026-01-01', clips: 2 }],
}
const ORDER = { model: 'sora-2', prompt: 'a boat', seconds: '4', size: '1280x720' }

let world: TestWorld
let provider: PatientProvider
const settings = { ...BUILT_IN, plans: [...SHIPPED_PLANS, CALM] }
const start = async (patient: boolean) => {
  provider = new PatientProvider()
  world = await testWorld(patient ? { settings, providers: () => provider } : { settings })
}
afterEach(() => world.stop())

async function customerOn(plan: string | null) {
  const operator = { key: world.operator_key }
  const { id } = (await world.call('POST', '/v1/customers', { ...operator, body: { name: 'Somebody' } })).json
  const { key } = (await world.call('POST', `/v1/customers/${id}/keys`, { ...operator, body: { name: 'k' } })).json
  if (plan !== null) await world.call('POST', `/v1/customers/${id}/subscription`, { ...operator, body: { plan } })
  const grant = (credits: number) => world.call('POST', `/v1/customers/${id}/grants`, { ...operator, body: { credits, kind: 'pack' } })
  const order = (extra: object = {}) => world.call('POST', '/v1/videos', { key, body: { ...ORDER, ...extra } })
  const quote = (extra: object = {}) => world.call('POST', '/v1/quotes', { key, body: { ...ORDER, ...extra } })
  const relaxed = async (): Promise<string> => {
    const made = await order({ lane: 'relaxed' })
    expect(made.status, JSON.stringify(made.json)).toBe(200)
    return made.json.id
  }
  /** Spends the month: from now on the credits pay for nothing. */
  const spend = async (): Promise<string> => {
    const made = await order()
    expect(made.status).toBe(200)
    return made.json.id
  }
  const read = async (video: string) => (await world.call('GET', `/v1/videos/${video}`, { key })).json
  return { id, key, grant, order, quote, relaxed, spend, read }
}

const limit = (n: number) => world.database.pool.query(`update videos.provider_accounts set open_limit = $1 where name = 'animatic'`, [n])
const submitted = (n: number) => eventually(async () => (provider.submits.length === n ? true : null))
const count = async (where: string) => (await world.database.pool.query(`select 1 from videos.attempts where ${where}`)).rows.length
const inLine = (n: number) =>
  eventually(async () => ((await count(`state = 'planned' and relaxed_line_ms is not null`)) === n ? true : null))
const standardInLine = (n: number) =>
  eventually(async () => ((await count(`state = 'planned' and line_customer is not null`)) === n ? true : null))

async function lanes(): Promise<(string | undefined)[]> {
  const found = await world.database.pool.query<{ id: string; relaxed: boolean }>('select id, relaxed from videos.attempts')
  const lane = new Map(found.rows.map(({ id, relaxed }) => [id, relaxed ? 'relaxed' : 'standard']))
  return provider.submits.map((attempt) => lane.get(attempt))
}

async function videoOf(attempt: string | undefined): Promise<string | undefined> {
  const found = await world.database.pool.query<{ video: string }>('select video from videos.attempts where id = $1', [attempt])
  return found.rows[0]?.video
}

describe('who may', () => {
  beforeEach(() => start(true))

  test('only a plan that includes it opens the relaxed lane; others hear which one would, before any price', async () => {
    for (const plan of [null, 'plus', 'free']) {
      const { order, quote } = await customerOn(plan)
      for (const { status, json } of [await order({ lane: 'relaxed' }), await quote({ lane: 'relaxed' })]) {
        expect(status).toBe(403)
        expect(json.error).toMatchObject({ type: 'permission_error', code: 'not_in_plan', param: 'lane', plan: 'calm' })
      }
    }
  })

  test('the lane opens when the credits no longer pay for the order, not before, and not for credits of other models', async () => {
    const { id, order, quote, spend } = await customerOn('calm')
    const refused = await order({ lane: 'relaxed' })
    expect(refused.status).toBe(403)
    expect(refused.json.error).toMatchObject({ code: 'not_in_plan', param: 'lane', plan: null, needed: 40, available: 40 })
    await spend()
    const scoped = { credits: 500, kind: 'promo', models: ['sora-2-pro'] }
    await world.call('POST', `/v1/customers/${id}/grants`, { key: world.operator_key, body: scoped })
    expect((await quote({ lane: 'relaxed' })).json).toMatchObject({ credits: 0, usd: '0.00', lane: 'relaxed' })
    expect((await quote({ model: 'sora-2-pro', lane: 'relaxed' })).status).toBe(403)
  })

  test('relaxed videos neither count as clips of the day nor are stopped by them', async () => {
    const { order, relaxed, spend, grant } = await customerOn('calm')
    await spend()
    await relaxed()
    await relaxed()
    await grant(1_000)
    expect((await order()).status).toBe(200)
    expect((await order()).json.error).toMatchObject({ code: 'not_in_plan', limit: 2 })
  })

  test('a quote holds for its own lane only, and once the lane was promised credits that come do not close it', async () => {
    const { order, quote, spend, grant } = await customerOn('calm')
    await spend()
    const { json: quoted } = await quote({ lane: 'relaxed' })
    expect(quoted.lines).toEqual([{ label: 'relaxed lane, instead of 40 credits', quantity: '1', unit: 'video', rate: '0', credits: '0' }])
    expect((await order({ quote: quoted.id })).json.error).toMatchObject({ code: 'quote_mismatch', param: 'quote' })
    await grant(1_000)
    expect((await order({ quote: quoted.id, lane: 'relaxed' })).json.filmgate).toMatchObject({ lane: 'relaxed', credits: { quoted: 0 } })
  })
})

describe('when it starts', () => {
  beforeEach(() => start(true))

  test('at once where capacity is idle; then as many at a time as the route has slots, oldest first', async () => {
    const { relaxed, spend, read } = await customerOn('calm')
    await spend()
    await submitted(1)
    const videos = [await relaxed(), await relaxed(), await relaxed()]
    await submitted(2)
    await inLine(2)
    expect(await read(videos[2] ?? '')).toMatchObject({
      status: 'queued',
      filmgate: { lane: 'relaxed', stage: 'waiting_to_start', eta: { low_s: expect.any(Number) }, credits: { held: 0 } },
    })
    // Nobody knows when it starts, so the range reaches to the final deadline.
    expect((await read(videos[2] ?? '')).filmgate.eta.high_s).toBeGreaterThan(86_000)
    for (const n of [1, 2]) {
      provider.end(provider.submits.at(-1))
      await submitted(n + 2)
      expect(await videoOf(provider.submits.at(-1))).toBe(videos[n])
    }
    await eventually(async () => ((await read(videos[2] ?? '')).filmgate.eta.high_s < 1_000 ? true : null))
  })

  test('after every standard video that waits for the same provider account, whoever came first', async () => {
    await limit(1)
    const { relaxed, spend } = await customerOn('calm')
    const rich = await customerOn(null)
    await rich.grant(10_000)
    await spend()
    await submitted(1)
    await relaxed()
    await inLine(1)
    for (let i = 0; i < 3; i += 1) await rich.order()
    await standardInLine(3)
    for (const n of [2, 3, 4]) {
      provider.end(provider.submits.at(-1))
      await submitted(n)
    }
    provider.end(provider.submits.at(-1))
    await submitted(5)
    expect(await lanes()).toEqual(['standard', 'standard', 'standard', 'standard', 'relaxed'])
  })

  test('not while a provider that refused a standard video for load is to be asked again', async () => {
    const { relaxed, spend } = await customerOn('calm')
    provider.busy = true
    await spend()
    await eventually(async () => ((await count(`state = 'throttled'`)) === 1 ? true : null))
    provider.busy = false
    await relaxed()
    await inLine(1)
    await callFromRelaxedLanes(world.gateway.parts)
    expect(provider.submits).toHaveLength(0)
    // The look of every 20 s sees that the standard one has gone.
    await world.database.pool.query(`update videos.attempts set state = 'cancelled', ended_ms = 1 where state = 'planned' and not relaxed`)
    await callFromRelaxedLanes(world.gateway.parts)
    await submitted(1)
    expect(await lanes()).toEqual(['relaxed'])
  })

  test('also when who was called died: its slot is kept for half a minute, then it is in the line again', async () => {
    const { relaxed, spend } = await customerOn('calm')
    await spend()
    await relaxed()
    await submitted(2)
    const second = await relaxed()
    await inLine(1)
    const call = (ms_ago: number) =>
      world.database.pool.query('update videos.attempts set relaxed_called_ms = $2 where video = $1', [second, Date.now() - ms_ago])
    await call(-600_000) // just now, however long what follows takes
    provider.end(provider.submits[1])
    await eventually(async () => ((await count(`state = 'failed'`)) === 1 ? true : null))
    await callFromRelaxedLanes(world.gateway.parts)
    expect(provider.submits).toHaveLength(2)
    await call(31_000)
    await callFromRelaxedLanes(world.gateway.parts)
    await submitted(3)
    expect(await videoOf(provider.submits[2])).toBe(second)
  })
})

test('it is free for the customer and not for us: 0 held, 0 charged, a receipt that says so, its cost in the margin', async () => {
  await start(false)
  const { id, key, relaxed, spend, read } = await customerOn('calm')
  const standard = await spend()
  // What the provider takes: the built-in one takes nothing.
  const video = await relaxed()
  // Drawn one after the other, they may be fetched side by side: either may be the last.
  for (const one of [standard, video]) await eventually(async () => ((await read(one)).status === 'completed' ? true : null), 150_000)
  expect((await read(video)).filmgate).toMatchObject({ lane: 'relaxed', credits: { quoted: 0, held: 0, captured: 0, released: 0 } })
  const receipt = (await world.call('GET', `/v1/videos/${video}/receipt`, { key })).json
  expect(receipt).toMatchObject({ lane: 'relaxed', held: 0, charged: 0, quoted: 0, grants: [], lines: [{ credits: '0' }] })
  await world.database.pool.query(`update videos.attempts set cost_micro = 400000 where video = $1`, [video])
  const margin = (await world.call('GET', '/v1/margin?by=customer', { key: world.operator_key })).json
  const mine = margin.data.find((row: { key: string }) => row.key === id)
  expect(mine).toMatchObject({ charged: { credits: 40 }, provider_cost: { usd: '0.40' }, losses: { usd: '0.00' } })
  const remix = await world.call('POST', `/v1/videos/${video}/remix`, { key, body: { prompt: 'in winter', lane: 'relaxed' } })
  expect(remix.json.filmgate).toMatchObject({ operation: 'remix', lane: 'relaxed', credits: { quoted: 0 } })
  // Guardrails bind what begins from a clip too, at the clip whose length it is.
  await world.call('PATCH', `/v1/customers/${id}`, { key: world.operator_key, body: { guardrails: { seconds: [8] } } })
  const edit = await world.call('POST', '/v1/videos/edits', { key, body: { prompt: 'in winter', video: { id: video }, lane: 'relaxed' } })
  expect(edit.json.error).toMatchObject({ code: 'outside_guardrails', param: 'video.id', seconds: [8] })
  expect((await world.call('GET', '/v1/ledger/audit', { key: world.operator_key })).json.ok).toBe(true)
}, 240_000)
