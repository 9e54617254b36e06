import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, testApp } from '../testing/app.ts'

let kit: TestApp
beforeAll(async () => {
  kit = await testApp()
})
afterAll(() => kit.stop())

const seconds = (text: string) => Date.parse(text) / 1000
const FREE = [
  { from: '2025-10-01', credits: 30 },
  { from: '2026-01-10', credits: 0 },
]

async function customerIn(time_zone: string, policy: unknown = FREE) {
  const customer = await kit.customer()
  await kit.ask('PATCH', `/v1/customers/${customer.id}`, { body: { time_zone } })
  const set = await kit.ask('POST', `/v1/customers/${customer.id}/allowance`, { body: { policy } })
  return { ...customer, set, balance: async () => (await kit.ask('GET', '/v1/balance', { key: customer.key })).body }
}

async function expectClean() {
  const { body } = await kit.ask('GET', '/v1/ledger/audit?full=true')
  expect(body.checks.filter(({ ok }: { ok: boolean }) => !ok)).toEqual([])
}

test('an allowance counts in the balance before it is made, and a hold of another service spends it', async () => {
  kit.now = Date.parse('2026-01-08T20:00:00Z')
  const { id, key, set, balance } = await customerIn('Asia/Tokyo')
  expect(set.body).toEqual({ object: 'allowance', policy: FREE, plan_policy: [], priority: 50, time_zone: 'Asia/Tokyo' })
  expect((await kit.ask('GET', `/v1/customers/${id}/allowance`)).body).toEqual(set.body)
  // In Tokyo it is January 9, the last day of it.
  expect(await balance()).toMatchObject({ available: 30, expiring: [{ credits: 30, expires_at: seconds('2026-01-09T15:00:00Z') }] })
  expect(await balance()).not.toHaveProperty('next_reset')
  const held = await kit.ask('POST', '/v1/holds', { key, body: { credits: 30 } })
  expect(held.status).toBe(200)
  const { body: entries } = await kit.ask('GET', '/v1/ledger?order=asc', { key })
  expect(entries.data.map(({ kind, credits }: { kind: string; credits: number }) => [kind, credits])).toEqual([
    ['grant', 30],
    ['hold', -30],
  ])
  const more = await kit.ask('POST', '/v1/holds', { key, body: { credits: 1 } })
  expect([more.status, more.body.error.needed, more.body.error.available]).toEqual([402, 1, 0])
  kit.now = Date.parse('2026-01-09T15:00:00Z')
  expect(await balance()).toMatchObject({ available: 0 })
  await expectClean()
})

test('a refusal counts what is due, and the balance says when the next day begins', async () => {
  kit.now = Date.parse('2025-12-01T22:59:59Z')
  const { key, balance } = await customerIn('Europe/Berlin')
  expect(await balance()).toMatchObject({ available: 30, next_reset: seconds('2025-12-01T23:00:00Z') })
  const refused = await kit.ask('POST', '/v1/holds', { key, body: { credits: 31 } })
  expect([refused.status, refused.body.error.available]).toEqual([402, 30])
  await expectClean()
})

test('what is due and not written has no id in the balance: it gets one with the next operation', async () => {
  kit.now = Date.parse('2025-12-02T12:00:00Z')
  const { key, balance } = await customerIn('Europe/Berlin')
  expect((await balance()).grants).toMatchObject([{ object: 'grant', id: null, kind: 'daily', credits: 30, remaining: 30 }])
  await kit.ask('POST', '/v1/holds', { key, body: { credits: 1 } })
  expect((await balance()).grants).toMatchObject([{ id: expect.stringMatching(/^[0-9a-f-]{36}$/), kind: 'daily', remaining: 29, held: 1 }])
  await expectClean()
})

test("case 22: a customer's new time zone moves the next day and not the one in hand", async () => {
  kit.now = Date.parse('2026-01-02T20:00:00Z')
  const { id, key, balance } = await customerIn('Europe/Berlin')
  await kit.ask('POST', '/v1/holds', { key, body: { credits: 30 } })
  await kit.ask('POST', `/v1/customers/${id}`, { body: { time_zone: 'Pacific/Kiritimati' } })
  expect(await balance()).toMatchObject({ available: 0, next_reset: seconds('2026-01-02T23:00:00Z') })
  expect((await kit.ask('GET', `/v1/customers/${id}/allowance`)).body.time_zone).toBe('Pacific/Kiritimati')
  await expectClean()
})

test.each([
  [{ policy: [{ from: '2026-02-29', credits: 1 }] }, 'policy[0].from'],
  [{ policy: [{ from: '2026-02-28', credits: -1 }] }, 'policy[0].credits'],
  [{ policy: [{ from: '2026-02-28', credits: 0.5 }] }, 'policy[0].credits'],
  [{ policy: 'none' }, 'policy'],
  [{}, 'policy'],
  [{ policy: [], priority: 101 }, 'priority'],
])('a policy with a mistake is refused with its place: %j', async (body, param) => {
  const { id } = await kit.customer()
  const refused = await kit.ask('POST', `/v1/customers/${id}/allowance`, { body })
  expect(refused.status).toBe(400)
  expect(refused.body.error.param).toBe(param)
})
