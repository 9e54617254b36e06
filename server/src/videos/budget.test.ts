import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually, type TestWorld, testWorld } from '../testing/world.ts'

const ORDER = { prompt: 'a boat [[hang]]', model: 'sora-2', seconds: '4', size: '1280x720' }
const HOUR_MS = 3_600_000

let world: TestWorld
// Noon in Berlin, on the day before a month ends there.
let now = Date.parse('2027-01-30T11:00:00Z')
beforeAll(async () => {
  world = await testWorld({ clock: () => now })
})
afterAll(() => world.stop())

const operate = (method: string, path: string, body?: object) => world.call(method, path, { key: world.operator_key, body })

async function customer(budget: object | null, zone = 'Europe/Berlin') {
  const { id } = (await operate('POST', '/v1/customers', { name: 'Somebody', time_zone: zone })).json
  await operate('POST', `/v1/customers/${id}/grants`, { credits: 100_000, kind: 'pack' })
  const made = (await operate('POST', `/v1/customers/${id}/keys`, { name: 'k', ...(budget === null ? {} : { budget }) })).json
  const other = (await operate('POST', `/v1/customers/${id}/keys`, { name: 'other' })).json
  const order = (extra: object = {}, headers: Record<string, string> = {}, key: string = made.key) =>
    world.call('POST', '/v1/videos', { key, body: { ...ORDER, ...extra }, headers })
  const hold = (credits: number) => world.call('POST', '/v1/holds', { key: made.key, body: { credits } })
  const budgets = async () => (await world.call('GET', '/v1/limits', { key: made.key })).json.budgets
  return { id, made, other, order, hold, budgets }
}

test('of 30 orders at once a key takes what its budget has, to the credit, and the customer’s other keys go on', async () => {
  const { order, other, budgets } = await customer({ total: 210 })
  const answers = await Promise.all(Array.from({ length: 30 }, () => order()))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(5)
  for (const { status, json } of answers) {
    if (status === 200) continue
    expect(status).toBe(402)
    expect(json.error).toMatchObject({
      type: 'insufficient_credits',
      code: 'budget_exceeded',
      budget: 'total',
      limit: 210,
      used: 200,
      needed: 40,
    })
    expect(json.error.resets_at).toBeNull()
  }
  expect(await budgets()).toEqual([{ budget: 'total', limit: 210, used: 200, remaining: 10, resets_at: null }])
  expect((await order({}, {}, other.key)).status).toBe(200)
})

test('an order that is too dear takes nothing from the cheaper ones of the same moment', async () => {
  const { order } = await customer({ total: 100 })
  const answers = await Promise.all([order({ seconds: '12' }), order(), order({ seconds: '12' }), order()])
  expect(answers.map(({ status }) => status)).toEqual([402, 200, 402, 200])
})

test('holds of other services count in the same budget; what is captured stays, what returns is there again', async () => {
  const { order, hold, budgets, made } = await customer({ day: 100 })
  expect((await hold(101)).json.error).toMatchObject({ code: 'budget_exceeded', budget: 'day' })
  const held = await hold(80)
  expect(held.status).toBe(200)
  expect((await order()).status).toBe(402)
  await world.call('POST', `/v1/holds/${held.json.id}/capture`, { key: made.key, body: { credits: 30 } })
  expect(await budgets()).toMatchObject([{ used: 30, remaining: 70 }])
  const taken = await order()
  expect(taken.status).toBe(200)
  expect((await order()).status).toBe(402)
  await world.call('DELETE', `/v1/videos/${taken.json.id}`, { key: made.key })
  await eventually(async () => ((await budgets())[0].used === 30 ? true : null))
  expect((await order()).status).toBe(200)
})

test('metered usage counts in the budget too, one call or many, and what is refunded is there again', async () => {
  const { made, budgets, id } = await customer({ total: 100 })
  const use = (credits: number) => world.call('POST', '/v1/usage', { key: made.key, body: { credits } })
  const used = await use(60)
  expect(used.status, JSON.stringify(used.json)).toBe(200)
  expect((await use(41)).json.error).toMatchObject({ code: 'budget_exceeded', used: 60, needed: 41 })
  const records = [50, 30, 20].map((credits, i) => ({ id: `${id}-${i}`, credits }))
  const { json } = await world.call('POST', '/v1/usage/batch', { key: made.key, body: { records } })
  expect(json.data.map((one: { status: string }) => one.status)).toEqual(['refused', 'recorded', 'refused'])
  expect(json.data[0].error).toMatchObject({ code: 'budget_exceeded' })
  await operate('POST', `/v1/usage/${used.json.id}/refund`, { credits: 60, reason: 'r' })
  expect(await budgets()).toMatchObject([{ used: 30, remaining: 70 }])
  expect((await use(70)).status).toBe(200)
})

test('a day ends at the customer’s midnight and a month with theirs; an order counts where it was made', async () => {
  const { order, budgets } = await customer({ day: 40, month: 120 })
  expect((await order()).status).toBe(200)
  const refused = await order()
  const midnight = Date.parse('2027-01-30T23:00:00Z') / 1000
  expect(refused.json.error).toMatchObject({ budget: 'day', resets_at: midnight })
  now += 12 * HOUR_MS // midnight in Berlin: the 31st
  expect((await order()).status).toBe(200)
  expect(await budgets()).toEqual([
    { budget: 'day', limit: 40, used: 40, remaining: 0, resets_at: midnight + 86_400 },
    { budget: 'month', limit: 120, used: 80, remaining: 40, resets_at: midnight + 86_400 },
  ])
  now += 24 * HOUR_MS // the first of February
  expect((await order()).status).toBe(200)
  expect(await budgets()).toMatchObject([{ used: 40 }, { budget: 'month', used: 40 }])
})

test('a refusal binds no idempotency key and holds nothing; a repeat of what was taken is no second order', async () => {
  const { made, order, id } = await customer({ total: 40 })
  const first = await order({}, { 'idempotency-key': 'one' })
  expect((await order({}, { 'idempotency-key': 'two' })).status).toBe(402)
  expect((await order({}, { 'idempotency-key': 'one' })).json.id).toBe(first.json.id)
  expect((await world.call('GET', '/v1/balance', { key: made.key })).json.held).toBe(40)
  const changed = await operate('PATCH', `/v1/customers/${id}/keys/${made.id}`, { budget: { total: 80 } })
  expect(changed.json.budget).toEqual({ day: null, month: null, total: 80 })
  expect((await order({}, { 'idempotency-key': 'two' })).status).toBe(200)
})

test('a budget is set, changed and taken away on a key, and shown in the list; it counts from when the key has one', async () => {
  const { id, made, order, budgets } = await customer(null)
  expect(made.budget).toBeNull()
  expect((await order()).status).toBe(200)
  await operate('POST', `/v1/customers/${id}/keys/${made.id}`, { budget: { month: 40 }, name: 'bounded' })
  expect(await budgets()).toMatchObject([{ used: 0, remaining: 40 }])
  expect([(await order()).status, (await order()).status]).toEqual([200, 402])
  const { data } = (await operate('GET', `/v1/customers/${id}/keys`)).json
  expect(data.find((key: { id: string }) => key.id === made.id)).toMatchObject({ name: 'bounded', budget: { month: 40 } })
  await operate('PATCH', `/v1/customers/${id}/keys/${made.id}`, { budget: null })
  expect((await order()).status).toBe(200)
  expect((await operate('PATCH', `/v1/customers/${id}/keys/nobody`, { budget: null })).status).toBe(404)
})

test('a free order needs no budget', async () => {
  const { order } = await customer({ total: 0 })
  expect((await order({ model: 'animatic' })).status).toBe(200)
  expect((await order()).status).toBe(402)
})

test.each([[{ day: -1 }], [{ day: 1.5 }], [{ week: 5 }], ['much'], [{ total: '5' }]])('the budget %j is refused', async (budget) => {
  const { id } = await customer(null)
  const { status, json } = await operate('POST', `/v1/customers/${id}/keys`, { name: 'k', budget })
  expect([status, json.error.code]).toEqual([400, 'invalid_value'])
  expect(json.error.param).toContain('budget')
})
