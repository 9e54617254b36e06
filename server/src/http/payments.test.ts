import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Plan, SHIPPED_PLANS } from '../domain/plans.ts'
import { type TestApp, testApp } from '../testing/app.ts'

const [, plus] = SHIPPED_PLANS
if (!plus) throw new Error('there is no plan Plus')
const PATIENT: Plan = { ...plus, id: 'patient', name: 'Patient', grace_days: 3 }

let kit: TestApp
beforeAll(async () => {
  kit = await testApp([], null, { plans: [...SHIPPED_PLANS, PATIENT] })
})
afterAll(() => kit.stop())
afterEach(async () => {
  const { body } = await kit.ask('GET', '/v1/ledger/audit?full=true')
  expect(body.checks.filter(({ ok }: { ok: boolean }) => !ok)).toEqual([])
})

const s = (text: string) => Date.parse(text) / 1000
const at = (text: string) => {
  kit.now = Date.parse(text)
}

async function customerAt(when: string) {
  at(when)
  const { id, key } = await kit.customer()
  const post = (what: string, body: object = {}) => kit.ask('POST', `/v1/customers/${id}/${what}`, { body })
  const balance = async () => (await kit.ask('GET', '/v1/balance', { key })).body
  const hold = async (credits: number) => (await kit.ask('POST', '/v1/holds', { key, body: { credits } })).status
  const payments = async () => (await kit.ask('GET', `/v1/customers/${id}/payments?order=asc`)).body.data
  const subscription = async () => (await kit.ask('GET', '/v1/subscription', { key })).body.subscription
  return { id, key, post, balance, hold, payments, subscription }
}

const settle = (payment: string, how: 'confirm' | 'fail') => kit.ask('POST', `/v1/payments/${payment}/${how}`, { body: {} })

test('a pack that is promised is seen and cannot be used; confirmed, however often, it is given once, from that day on', async () => {
  const { id, post, balance, hold, payments } = await customerAt('2026-04-01T00:00:00Z')
  const promised = (await post('payments', { pack: 'plus-1000', reference: 'pi_1' })).body
  expect(promised).toMatchObject({
    object: 'payment',
    status: 'pending',
    customer: id,
    pays: { kind: 'pack', id: 'plus-1000' },
    usd: '20.00',
    settled_at: null,
  })
  expect(await balance()).toMatchObject({ available: 0, pending: [{ payment: promised.id, credits: 1000 }] })
  expect(await hold(1)).toBe(402)
  expect((await post('payments', { pack: 'plus-1000', reference: 'pi_1' })).body.id).toBe(promised.id)
  at('2026-04-04T12:00:00Z')
  const confirmed = await Promise.all(Array.from({ length: 8 }, () => settle(promised.id, 'confirm')))
  expect(confirmed.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200))
  const seen = await balance()
  expect(seen).toMatchObject({ available: 1000, expiring: [{ credits: 1000, expires_at: s('2027-04-04T12:00:00Z') }] })
  expect(seen).not.toHaveProperty('pending')
  at('2026-04-05T12:00:00Z')
  expect((await settle(promised.id, 'confirm')).body).toMatchObject({ status: 'paid', grant: seen.grants[0].id })
  expect((await settle(promised.id, 'fail')).body.error.code).toBe('subscription_conflict')
  // The service's other message about the same payment.
  expect((await post('packs', { pack: 'plus-1000', reference: 'pi_1' })).body.id).toBe(seen.grants[0].id)
  expect(await payments()).toHaveLength(1)
  expect(await balance()).toMatchObject({ available: 1000 })
})

test('a payment that fails gives nothing, then or later', async () => {
  const { post, balance } = await customerAt('2026-04-01T00:00:00Z')
  const { id } = (await post('payments', { pack: 'ten-generations' })).body
  expect((await settle(id, 'fail')).body).toMatchObject({ status: 'failed' })
  expect((await settle(id, 'fail')).status).toBe(200)
  expect((await settle(id, 'confirm')).body.error.code).toBe('subscription_conflict')
  expect(await balance()).not.toHaveProperty('pending')
  expect(await balance()).toMatchObject({ available: 0 })
})

test('a month that is promised begins when it is confirmed: the first one with its plan, a later one at its own boundary', async () => {
  const { post, balance, subscription, payments } = await customerAt('2026-04-01T00:00:00Z')
  const first = (await post('payments', { plan: 'plus' })).body
  expect(await subscription()).toBeNull()
  expect(await balance()).toMatchObject({ available: 0, pending: [{ credits: 1000, name: 'Plus' }] })
  at('2026-04-03T00:00:00Z')
  const confirmed = await Promise.all([1, 2, 3].map(() => settle(first.id, 'confirm')))
  expect(confirmed.map(({ status }) => status)).toEqual([200, 200, 200])
  expect(await subscription()).toMatchObject({ plan: { id: 'plus' }, paid_until: s('2026-05-03T00:00:00Z') })
  expect(await balance()).toMatchObject({ available: 1000 })
  expect((await post('payments', { plan: 'pro' })).body.error).toMatchObject({ code: 'subscription_conflict' })
  const next = (await post('payments', { plan: 'plus', reference: 'in_2' })).body
  // The service says "paid" of the same invoice: that confirms it.
  await post('subscription/renew', { reference: 'in_2' })
  await settle(next.id, 'confirm')
  expect(await subscription()).toMatchObject({ paid_until: s('2026-06-03T00:00:00Z') })
  expect((await payments()).map(({ status, month }: { status: string; month: number }) => [status, month])).toEqual([
    ['paid', 0],
    ['paid', 1],
  ])
  at('2026-05-03T00:00:00Z')
  expect(await balance()).toMatchObject({ available: 1000 })
})

test('case 24: what is owed for an upgrade is a payment of its own, told by its reference once', async () => {
  const { id, post, balance, payments } = await customerAt('2026-04-01T00:00:00Z')
  await post('subscription', { plan: 'plus', reference: 'in_1x' })
  at('2026-04-21T00:00:00Z') // a third of April is left
  expect((await post('subscription/change', { plan: 'pro', reference: 'in_1x' })).body.error).toMatchObject({ param: 'reference' })
  const asked = await Promise.all([1, 2, 3].map(() => post('subscription/change', { plan: 'pro', reference: 'in_2x' })))
  expect(asked.map(({ status }) => status)).toEqual([200, 200, 200])
  expect((await balance()).available).toBe(4_000)
  const rows = await payments()
  expect(rows.map(({ pays, usd, month, reference }: Record<string, unknown>) => ({ pays, usd, month, reference }))).toEqual([
    { pays: { kind: 'month', id: 'plus', name: 'Plus' }, usd: '20.00', month: 0, reference: 'in_1x' },
    { pays: { kind: 'upgrade', id: 'pro', name: 'Pro' }, usd: '60.00', month: 0, reference: 'in_2x' },
  ])
  expect((await balance()).grants.map((grant: { id: string }) => grant.id)).toContain(rows[1].grant)
  const other = await customerAt('2026-04-21T00:00:00Z')
  for (const [what, body] of [
    ['subscription', { plan: 'plus' }],
    ['packs', { pack: 'plus-1000' }],
    ['payments', { pack: 'plus-1000' }],
  ] as const) {
    expect((await other.post(what, { ...body, reference: 'in_2x' })).body.error).toMatchObject({ code: 'subscription_conflict' })
  }
  expect(await other.payments()).toEqual([])
  expect(other.id).not.toBe(id)
})

test('a subscription whose payment is told again is that subscription; for another plan, or after its end, it is refused', async () => {
  const { post, balance, payments } = await customerAt('2026-04-01T00:00:00Z')
  const told = await Promise.all([1, 2, 3].map(() => post('subscription', { plan: 'plus', reference: 'in_again' })))
  expect(told.map(({ status, body }) => [status, body.id])).toEqual(told.map(() => [200, told[0]?.body.id]))
  at('2026-04-02T00:00:00Z')
  expect((await post('subscription', { plan: 'plus', reference: 'in_again' })).body.id).toBe(told[0]?.body.id)
  expect((await post('subscription', { plan: 'pro', reference: 'in_again' })).body.error).toMatchObject({ code: 'subscription_conflict' })
  expect((await post('subscription', { plan: 'plus', reference: 'in_new' })).body.error).toMatchObject({ code: 'subscription_conflict' })
  expect(await payments()).toHaveLength(1)
  expect(await balance()).toMatchObject({ available: 1000 })
  await post('subscription/cancel')
  at('2026-05-01T00:00:00Z')
  expect((await post('subscription', { plan: 'plus', reference: 'in_again' })).body.error).toMatchObject({ param: 'reference' })
})

test('an upgrade without more credits is paid for too', async () => {
  const { post, payments } = await customerAt('2026-04-01T00:00:00Z')
  await post('subscription', { plan: 'plus' })
  await kit.database.pool.query(`update plans.subscriptions set plan = plan || '{"credits": "10000"}' where started_ms = $1`, [kit.now])
  at('2026-04-16T00:00:00Z')
  await post('subscription/change', { plan: 'pro', reference: 'in_3x' })
  expect((await payments())[1]).toMatchObject({ pays: { kind: 'upgrade' }, usd: '90.00', grant: null })
  // It brought no credits: the month's belong to another payment.
  expect((await post('reversals', { payment: 'in_3x', kind: 'refund', reason: 'r' })).body.error).toMatchObject({ code: 'too_early' })
})

test('a pack told ten times by one reference is given once', async () => {
  const { post, balance } = await customerAt('2026-04-01T00:00:00Z')
  const told = await Promise.all(Array.from({ length: 10 }, () => post('packs', { pack: 'pro-2000', reference: 'pi_10' })))
  expect(new Set(told.map(({ body }) => body.id)).size).toBe(1)
  expect(await balance()).toMatchObject({ available: 2000 })
  expect((await post('packs', { pack: 'plus-1000', reference: 'pi_10' })).body.error).toMatchObject({ code: 'subscription_conflict' })
})

test('an unpaid month is waited for as long as the plan says, and not a moment longer', async () => {
  const { post, subscription, balance } = await customerAt('2026-04-01T00:00:00Z')
  await post('subscription', { plan: 'patient' })
  expect(await subscription()).toMatchObject({ ends_at: s('2026-05-04T00:00:00Z') })
  at('2026-05-03T23:59:59.999Z')
  expect(await subscription()).toMatchObject({ status: 'past_due' })
  await post('subscription/renew')
  expect(await subscription()).toMatchObject({ status: 'active', ends_at: s('2026-06-04T00:00:00Z') })
  at('2026-06-04T00:00:00Z')
  expect(await subscription()).toBeNull()
  expect((await post('subscription/renew')).status).toBe(404)
  expect((await post('subscription', { plan: 'plus' })).body).toMatchObject({ paid_until: s('2026-07-04T00:00:00Z'), ends_at: null })
  expect(await balance()).toMatchObject({ available: 1000 })
})

test('a pack and an upgrade are taken back by the references of their payments, like a month; what is only promised is not there', async () => {
  const { post, balance } = await customerAt('2026-04-01T00:00:00Z')
  await post('subscription', { plan: 'plus', reference: 'back_1' })
  at('2026-04-16T00:00:00Z') // half of April is left
  await post('subscription/change', { plan: 'pro', reference: 'back_2' })
  await post('packs', { pack: 'pro-2000', reference: 'back_3' })
  await post('payments', { pack: 'plus-1000', reference: 'back_4' })
  expect(await balance()).toMatchObject({ available: 1_000 + 4_500 + 2_000 })
  const reverse = (payment: string) => post('reversals', { payment, kind: 'refund', reason: 'asked for it' })
  expect((await reverse('back_4')).body.error).toMatchObject({ code: 'not_found', param: 'payment' })
  for (const [payment, left] of [
    ['back_3', 5_500],
    ['back_2', 1_000],
    ['back_1', 0],
  ] as const) {
    expect((await reverse(payment)).status).toBe(200)
    expect((await balance()).available).toBe(left)
  }
})

test('a payment without a reference is taken back by its id, by which it is listed; a reference comes first, and nobody takes back what another paid', async () => {
  const { post, balance, payments } = await customerAt('2026-04-01T00:00:00Z')
  await post('subscription', { plan: 'plus' })
  const [month] = await payments()
  await post('packs', { pack: 'pro-2000', reference: month.id })
  const other = await customerAt('2026-04-01T00:00:00Z')
  const refund = { kind: 'refund', reason: 'asked for it' }
  expect((await other.post('reversals', { payment: month.id, ...refund })).body.error).toMatchObject({
    code: 'not_found',
    param: 'payment',
  })
  expect((await post('reversals', { payment: month.id, ...refund })).body).toMatchObject({ credits: 2000 })
  await kit.database.pool.query(`update plans.payments set reference = 'elsewhere' where reference = $1`, [month.id])
  expect((await post('reversals', { payment: month.id, ...refund })).body).toMatchObject({ credits: 1000 })
  expect(await balance()).toMatchObject({ available: 0, owed: 0 })
})

test('a promise names one thing that is sold', async () => {
  const { post } = await customerAt('2026-04-01T00:00:00Z')
  for (const body of [{}, { plan: 'plus', pack: 'plus-1000' }, { plan: 'gold' }, { pack: 'gold' }]) {
    expect((await post('payments', body)).body.error.code).toBe('invalid_value')
  }
  expect((await post('payments', { plan: 'free' })).body.error.code).toBe('subscription_conflict')
  expect((await settle('pay_unknown', 'confirm')).status).toBe(404)
})
