import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { appointEngine, ownerOf } from '../access/authenticate.ts'
import type { Limits } from '../domain/limits.ts'
import type { Provider } from '../providers/provider.ts'
import { type Answer, type TestWorld, testWorld } from '../testing/world.ts'
import { duration, ReadLimits } from './limits.ts'

/** Takes everything, ends nothing. */
const patient: Provider = {
  submit: async (_order, key) => ({ outcome: 'running', ref: { id: key } }),
  check: async () => ({ state: 'running', percent: 10 }),
  find: async () => ({ outcome: 'absent' }),
  open: async () => new Blob([]).stream(),
  cancel: async () => 'stopped',
  forget: async () => undefined,
}

const ORDER = { model: 'animatic', prompt: 'a boat', seconds: '4', size: '1280x720' }

let world: TestWorld
let now = Date.now()
beforeAll(async () => {
  world = await testWorld({ providers: () => patient, clock: () => now })
})
afterAll(() => world.stop())

const operate = (method: string, path: string, body: object) => world.call(method, path, { key: world.operator_key, body })

async function customer(limits?: Partial<Limits> | null): Promise<{ id: string; key: string }> {
  const made = await operate('POST', '/v1/customers', { name: 'Somebody', ...(limits === undefined ? {} : { limits }) })
  expect(made.status, JSON.stringify(made.json)).toBe(200)
  const { json } = await operate('POST', `/v1/customers/${made.json.id}/keys`, { name: 'k' })
  return { id: made.json.id, key: json.key }
}

const order = (key: string, headers: Record<string, string> = {}, extra: object = {}) =>
  world.call('POST', '/v1/videos', { key, body: { ...ORDER, ...extra }, headers })

const heard = ({ status, headers, json }: Answer) => ({
  status,
  code: json.error?.code,
  limit: headers['x-ratelimit-limit-requests'],
  remaining: headers['x-ratelimit-remaining-requests'],
  reset: headers['x-ratelimit-reset-requests'],
  wait: headers['retry-after'],
  wait_ms: headers['retry-after-ms'],
})

describe('limits of a customer', () => {
  test('are none by default, and then no answer speaks of them', async () => {
    const { key } = await customer()
    const answers = await Promise.all(Array.from({ length: 8 }, () => order(key)))
    for (const answer of [...answers, await world.call('GET', '/v1/videos', { key })]) {
      expect(heard(answer)).toEqual({ status: 200 })
    }
  })

  test('are set, changed and cleared by the operator, and shown', async () => {
    const made = await operate('POST', '/v1/customers', { name: 'Ada', limits: { open_videos: 2 } })
    expect(made.json.limits).toEqual({ creates_per_minute: null, open_videos: 2, reads_per_minute: null })
    const path = `/v1/customers/${made.json.id}`
    expect((await operate('POST', path, { name: 'Ada L.' })).json.limits).toEqual(made.json.limits)
    expect((await operate('PATCH', path, { limits: { reads_per_minute: 9 } })).json.limits).toEqual({
      creates_per_minute: null,
      open_videos: null,
      reads_per_minute: 9,
    })
    expect((await operate('POST', path, { limits: null })).json.limits).toBeNull()
  })

  test.each<[unknown, string]>([
    [{ open_videos: 0 }, 'limits.open_videos'],
    [{ open_videos: 1.5 }, 'limits.open_videos'],
    [{ creates_per_minute: '5' }, 'limits.creates_per_minute'],
    [{ creates: 5 }, 'limits'],
    [5, 'limits'],
  ])('%j are refused', async (limits, param) => {
    const { status, json } = await operate('POST', '/v1/customers', { name: 'Ada', limits })
    expect([status, json.error.code]).toEqual([400, 'invalid_value'])
    expect(json.error.param).toContain(param.split('.')[0])
  })

  test('name the field that there is not', async () => {
    const { json } = await operate('POST', '/v1/customers', { name: 'Ada', limits: { creates: 5 } })
    expect(json.error.message).toBe('`limits` has no field "creates".')
  })
})

describe('orders a minute', () => {
  test('are told with each order, refused beyond the limit until the oldest is a minute old, and cost nothing then', async () => {
    const { key } = await customer({ creates_per_minute: 2 })
    expect(heard(await order(key))).toMatchObject({ status: 200, limit: '2', remaining: '1', reset: '1m0s' })
    now += 20_500
    expect(heard(await order(key))).toMatchObject({ status: 200, remaining: '0', reset: '1m0s' })
    const refused = heard(await order(key, { 'idempotency-key': 'once' }))
    expect(refused).toEqual({
      status: 429,
      code: 'rate_limit_exceeded',
      limit: '2',
      remaining: '0',
      reset: '1m0s',
      wait: '40',
      wait_ms: '39500',
    })
    now += 39_499
    expect(heard(await order(key, { 'idempotency-key': 'once' }))).toMatchObject({ status: 429, wait: '1', wait_ms: '1' })
    now += 1
    const taken = await order(key, { 'idempotency-key': 'once' })
    expect(taken.status).toBe(200)
    expect(taken.headers['idempotent-replayed']).toBeUndefined()
    // A repeat of what was taken is no order: it is never limited, and counts nothing.
    for (let i = 0; i < 3; i += 1) {
      const repeat = await order(key, { 'idempotency-key': 'once' })
      expect([repeat.status, repeat.headers['idempotent-replayed'], repeat.json.id]).toEqual([200, 'true', taken.json.id])
    }
    now += 60_000
    expect(heard(await order(key))).toMatchObject({ status: 200, remaining: '1' })
  })

  test('are exact for orders in the same instant', async () => {
    const { key } = await customer({ creates_per_minute: 5 })
    const answers = await Promise.all(Array.from({ length: 12 }, () => order(key)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5)
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      expect(heard(answer)).toMatchObject({ status: 429, code: 'rate_limit_exceeded', limit: '5', remaining: '0', wait: '60' })
    }
  })

  test('repeats in the same instant of the one order that fits are that order', async () => {
    const { key } = await customer({ creates_per_minute: 1, open_videos: 1 })
    const answers = await Promise.all(Array.from({ length: 10 }, () => order(key, { 'idempotency-key': 'same' })))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
    expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1)
  })

  test('count what was erased meanwhile', async () => {
    const { key } = await customer({ creates_per_minute: 1 })
    const { json } = await order(key)
    await world.database.pool.query(
      `with chain as (delete from videos.chains where video = $1)
       update videos.videos set state = 'failed', error_code = 'x', ended_ms = 1, erased_ms = 1 where id = $1`,
      [json.id],
    )
    expect((await world.call('GET', `/v1/videos/${json.id}`, { key })).status).toBe(404)
    expect(heard(await order(key))).toMatchObject({ status: 429, code: 'rate_limit_exceeded' })
  })
})

test('videos in the making are never more than the limit, over many orders in the same instant, and room is made by an end', async () => {
  const { id, key } = await customer({ open_videos: 3 })
  const answers = await Promise.all(Array.from({ length: 10 }, () => order(key)))
  const made = answers.filter(({ status }) => status === 200)
  expect(made).toHaveLength(3)
  const [refused] = answers.filter(({ status }) => status !== 200)
  if (refused === undefined) throw new Error('nothing was refused')
  expect(heard(refused)).toMatchObject({ status: 429, code: 'too_many_open_videos', limit: '3', remaining: '0', wait: expect.any(String) })
  expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1)
  expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60)
  // What is refused is the customer's order, whoever sends it.
  const acting = await world.call('POST', '/v1/videos', { key: world.operator_key, headers: { 'filmgate-customer': id }, body: ORDER })
  expect(acting.json.error.code).toBe('too_many_open_videos')
  await world.database.pool.query(
    `with chain as (delete from videos.chains where video = $1)
     update videos.videos set state = 'failed', error_code = 'x', ended_ms = 1 where id = $1`,
    [made[0]?.json.id],
  )
  expect((await order(key)).status).toBe(200)
  expect((await order(key)).status).toBe(429)
})

describe('reads', () => {
  test('are counted for limited customers alone; cancelling and ordering are none of them', async () => {
    const { key } = await customer({ reads_per_minute: 2 })
    const made = await order(key)
    expect(heard(made).limit).toBeUndefined()
    const read = () => world.call('GET', '/v1/videos', { key })
    expect(heard(await read())).toMatchObject({ status: 200, limit: '2', remaining: '1', reset: '30s' })
    expect(heard(await world.call('POST', '/v1/quotes', { key, body: ORDER }))).toMatchObject({
      status: 200,
      remaining: '0',
      reset: '1m0s',
    })
    expect(heard(await read())).toEqual({
      status: 429,
      code: 'rate_limit_exceeded',
      limit: '2',
      remaining: '0',
      reset: '1m0s',
      wait: '30',
      wait_ms: '30000',
    })
    expect((await world.call('DELETE', `/v1/videos/${made.json.id}`, { key })).status).toBe(200)
    now += 30_000
    expect((await read()).status).toBe(200)
  })

  test('are counted in a room that does not grow without bound', () => {
    const { parts } = world.gateway
    const limits = { creates_per_minute: null, open_videos: null, reads_per_minute: 1 }
    const reads = new ReadLimits({ ...parts.world, limits }, () => now, 10)
    const engine = appointEngine()
    for (let i = 0; i < 100; i += 1) reads.count({ kind: 'customer', owner: ownerOf(engine, `cus_${i}`, BigInt(i)), key_id: 'k' })
    expect(reads.customers).toBe(10)
  })
})

test.each([
  [0, '0s'],
  [1, '1s'],
  [1_000, '1s'],
  [59_001, '1m0s'],
  [360_000, '6m0s'],
  [3_661_000, '1h1m1s'],
])('%i ms are told as %s', (ms, text) => {
  expect(duration(ms)).toBe(text)
})
