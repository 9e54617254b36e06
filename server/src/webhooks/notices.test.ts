import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventOf, headersOf, hookedWorld, to } from '../testing/hooked-world.ts'
import type { Json } from '../testing/world.ts'
import { sweepExpiring } from './notices.ts'

const HOUR_MS = 3_600_000
const DAY_S = 86_400

let kit: Awaited<ReturnType<typeof hookedWorld>>
beforeAll(async () => {
  kit = await hookedWorld()
})
afterAll(() => kit.stop())

const call = async (method: string, path: string, body?: object, key?: string): Promise<Json> => {
  const answer = await kit.world.call(method, path, { ...(body ? { body } : {}), ...(key ? { key } : {}) })
  expect(answer.status, JSON.stringify(answer.json)).toBe(200)
  return answer.json
}

/** A customer with an endpoint of their own. */
async function customer(path: string) {
  const key = kit.world.operator_key
  const { id } = await call('POST', '/v1/customers', { name: path }, key)
  const own = (await call('POST', `/v1/customers/${id}/keys`, { name: 'first' }, key)).key
  const endpoint = await call(
    'POST',
    '/v1/webhook_endpoints',
    { name: path, url: kit.receiver.address + path, event_types: ['credits.low', 'grant.expiring'] },
    own,
  )
  const give = (credits: number, kind: string, in_s: number | null) =>
    call(
      'POST',
      `/v1/customers/${id}/grants`,
      { credits, kind, expires_at: in_s === null ? null : Math.floor(kit.now() / 1000) + in_s },
      key,
    )
  const hold = async (credits: number) => call('POST', '/v1/holds', { credits }, own)
  const told = async () => {
    await kit.pass(0)
    return to(kit.receiver, path).map((one) => ({ ...eventOf(one).data, type: eventOf(one).type }))
  }
  return { id, key: own, endpoint, give, hold, told }
}

const sweep = () => sweepExpiring(kit.world.gateway.webhooks)

test('credits.low is told when a hold crosses the threshold, with what is left, and verified by the official SDK', async () => {
  const { id, key, endpoint, give, hold, told } = await customer('/low')
  expect(await call('GET', '/v1/notices', undefined, key)).toEqual({
    object: 'notices',
    credits_low: null,
    grant_expiring_s: 3 * DAY_S,
    daily_grant_expiring_s: null,
  })
  await give(100, 'pack', null)
  expect(await call('POST', '/v1/notices', { credits_low: 50 }, key)).toMatchObject({ credits_low: 50, grant_expiring_s: 3 * DAY_S })
  await hold(50)
  expect(await told()).toEqual([])
  await Promise.all([hold(1), hold(2), hold(3)])
  const [low, ...more] = await told()
  expect(more).toEqual([])
  expect(low).toMatchObject({ type: 'credits.low', id, threshold: 50 })
  const [received] = to(kit.receiver, '/low')
  if (!received) throw new Error('nothing was received')
  const client = new OpenAI({ apiKey: key, baseURL: 'http://127.0.0.1:1/v1' })
  expect(await client.webhooks.unwrap(received.body, headersOf(received), endpoint.signing_secret)).toEqual(eventOf(received))
  // Set by an operator who acts for the customer, and taken away again.
  const acting = await kit.world.call('POST', '/v1/notices', {
    key: kit.world.operator_key,
    headers: { 'filmgate-customer': id },
    body: { credits_low: null },
  })
  expect(acting.json).toMatchObject({ credits_low: null })
})

test('grant.expiring is told once, the asked time before, of what is left then: not of spent, daily or lasting grants', async () => {
  const { key, give, hold, told } = await customer('/expiring')
  await call('POST', '/v1/notices', { grant_expiring_s: DAY_S }, key)
  const spent = await give(10, 'promo', 2 * DAY_S - 60)
  await hold(10)
  const soon = await give(10, 'pack', 2 * DAY_S)
  await give(10, 'pack', 40 * DAY_S)
  await give(10, 'pack', null)
  await give(10, 'daily', 2 * DAY_S)
  await hold(4)
  kit.later(24 * HOUR_MS - 1_000)
  await sweep()
  expect(await told()).toEqual([])
  kit.later(1_000)
  await Promise.all([sweep(), sweep()])
  await sweep()
  const only = { type: 'grant.expiring', id: soon.id, kind: 'pack', remaining: 6, expires_at: soon.expires_at }
  expect(await told()).toEqual([only])
  // A day of an allowance is told of for whoever asks for it.
  await call('POST', '/v1/notices', { grant_expiring_s: null, daily_grant_expiring_s: 30 * 3_600 }, key)
  await give(10, 'promo', 60)
  await sweep()
  expect((await told()).map(({ kind }) => kind)).toEqual(['pack', 'daily'])
  expect(spent.id).not.toBe(soon.id)
})

test('of forty grants in a row and its backlog none is forgotten, and what has expired is not told of', async () => {
  const { give, told } = await customer('/forty')
  await give(5, 'promo', 30)
  kit.later(31_000)
  for (let no = 0; no < 40; no++) await give(1, 'promo', 3_600 + no)
  expect(await sweep()).toBe(40)
  const heard = await told()
  expect(new Set(heard.map(({ id }) => id)).size).toBe(40)
  expect(await sweep()).toBe(0)
  kit.later(2 * 86_400_000)
  await sweep()
  const kept = await kit.world.gateway.webhooks.pool.query('select from webhooks.told_grants where expires_ms < $1', [
    kit.now() - 86_400_000,
  ])
  expect(kept.rows).toEqual([])
})

test('who has no endpoint for it is told of nothing, and of what still is to expire once there is one', async () => {
  const { id, key, endpoint, give, told } = await customer('/later')
  await call('POST', `/v1/webhook_endpoints/${endpoint.id}`, { event_types: ['credits.low'] }, key)
  await give(7, 'promo', 3_600)
  expect(await sweep()).toBe(0)
  await call('POST', `/v1/webhook_endpoints/${endpoint.id}`, { event_types: ['grant.expiring'] }, key)
  expect(await sweep()).toBe(1)
  expect(await told()).toMatchObject([{ type: 'grant.expiring', remaining: 7 }])
  expect(id).toMatch(/^cus_/)
})
