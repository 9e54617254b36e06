import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Plan, SHIPPED_PLANS } from '../domain/plans.ts'
import { type TestApp, testApp } from '../testing/app.ts'

const [, plus] = SHIPPED_PLANS
if (!plus) throw new Error('there is no plan Plus')
const daily = (id: string, credits: bigint, price_usd: bigint): Plan => ({
  ...plus,
  id,
  name: id,
  credits: 0n,
  price_micro: price_usd * 1_000_000n,
  credits_a_day: [{ from: '2026-01-01', credits }],
})

let kit: TestApp
beforeAll(async () => {
  kit = await testApp([], null, {
    plans: [
      ...SHIPPED_PLANS,
      daily('drip', 0n, 0n),
      daily('ten', 10n, 5n),
      daily('forty', 40n, 20n),
      { ...daily('max', 40n, 50n), credits: 4_000n },
    ],
  })
})
afterAll(() => kit.stop())
afterEach(async () => {
  const { body } = await kit.ask('GET', '/v1/ledger/audit?full=true')
  expect(body.checks.filter(({ ok }: { ok: boolean }) => !ok)).toEqual([])
})

const at = (text: string) => {
  kit.now = Date.parse(text)
}

async function customerAt(when: string, time_zone = 'UTC') {
  at(when)
  const { id, key } = await kit.customer()
  await kit.ask('PATCH', `/v1/customers/${id}`, { body: { time_zone } })
  const post = async (what: string, body: object = {}) => {
    const answer = await kit.ask('POST', `/v1/customers/${id}/${what}`, { body })
    expect(answer.status, answer.text).toBe(200)
    return answer.body
  }
  const available = async () => (await kit.ask('GET', '/v1/balance', { key })).body.available
  const spend = async (credits: number) => (await kit.ask('POST', '/v1/holds', { key, body: { credits } })).status
  return { id, key, post, available, spend }
}

test('golden: the free plan gives 2,400 credits on January 9 and none on January 10, where its customer lives', async () => {
  const { post, available, spend } = await customerAt('2026-01-08T12:00:00Z', 'America/Los_Angeles')
  await post('subscription', { plan: 'free' })
  expect(await available()).toBe(2_400)
  expect(await spend(80)).toBe(200)
  at('2026-01-09T08:00:00Z')
  expect(await available()).toBe(2_400)
  at('2026-01-10T07:59:59.999Z')
  expect(await available()).toBe(2_400)
  at('2026-01-10T08:00:00Z')
  expect(await available()).toBe(0)
  expect(await spend(1)).toBe(402)
})

test('a plan with daily credits gives them while it is paid: the day on which that ends is whole, the next one empty, and a renewal brings them back', async () => {
  const { post, available, spend } = await customerAt('2026-04-01T15:00:00Z')
  await post('subscription', { plan: 'ten' })
  expect(await available()).toBe(10)
  await spend(10)
  at('2026-04-02T00:00:00Z')
  expect(await available()).toBe(10)
  at('2026-05-01T23:59:59.999Z') // unpaid since 15:00
  expect(await available()).toBe(10)
  at('2026-05-02T00:00:00Z')
  expect(await available()).toBe(0)
  expect(await spend(1)).toBe(402)
  at('2026-05-04T12:00:00Z')
  await post('subscription/renew')
  expect(await available()).toBe(10)
  at('2026-06-02T00:00:00Z')
  expect(await available()).toBe(0)
})

test('a dearer plan raises the next day that is given, a cheaper one follows when what is paid is over', async () => {
  const { post, available, spend } = await customerAt('2026-04-01T00:00:00Z')
  await post('subscription', { plan: 'ten' })
  await spend(4)
  at('2026-04-10T12:00:00Z')
  await spend(4)
  await post('subscription/change', { plan: 'forty' })
  expect(await available()).toBe(6) // the day in hand stays as it was
  at('2026-04-11T00:00:00Z')
  expect(await available()).toBe(40)
  await post('subscription/change', { plan: 'ten' })
  expect(await available()).toBe(40)
  await post('subscription/renew')
  at('2026-04-30T23:59:59.999Z')
  expect(await available()).toBe(40)
  at('2026-05-01T00:00:00Z')
  expect(await available()).toBe(10)
})

test('an upgrade that brings credits of the month too changes both at once', async () => {
  const { post, available, spend } = await customerAt('2026-04-01T00:00:00Z')
  await post('subscription', { plan: 'ten' })
  at('2026-04-21T00:00:00Z') // a third of April is left
  await spend(10)
  await post('subscription/change', { plan: 'pro' })
  expect(await available()).toBe(3_333)
  at('2026-04-22T00:00:00Z')
  expect(await available()).toBe(3_333) // Pro has none a day
  await post('subscription/change', { plan: 'forty' })
  await post('subscription/renew')
  at('2026-05-01T00:00:00Z')
  expect(await available()).toBe(40)
})

test('an upgrade from a plan without daily credits has its first day at once', async () => {
  const { post, available } = await customerAt('2026-04-01T00:00:00Z')
  await post('subscription', { plan: 'plus' })
  at('2026-04-21T00:00:00Z')
  await post('subscription/change', { plan: 'max' })
  expect(await available()).toBe(1_000 + 1_000 + 40)
})

test('what an operator gives day by day stays beside what the plan gives, and is not ended with it', async () => {
  const { id, post, available, spend } = await customerAt('2026-04-01T09:00:00Z')
  await post('allowance', { policy: [{ from: '2026-01-01', credits: 3 }] })
  await post('subscription', { plan: 'ten' })
  expect(await available()).toBe(13)
  await spend(13)
  expect((await kit.ask('GET', `/v1/customers/${id}/allowance`)).body).toMatchObject({
    policy: [{ from: '2026-01-01', credits: 3 }],
    plan_policy: [
      { from: '2026-04-01', credits: 10 },
      { from: '2026-05-02', credits: 0 },
    ],
  })
  await post('subscription/cancel')
  at('2026-05-01T00:00:00Z')
  expect(await available()).toBe(13)
  at('2026-05-02T00:00:00Z')
  expect(await available()).toBe(3)
})

test('a plan that costs nothing, cancelled, gave its last day; taken out again it gives no second one', async () => {
  const { post, available, spend } = await customerAt('2026-01-04T10:00:00Z')
  for (let round = 0; round < 3; round++) {
    await post('subscription', { plan: 'free' })
    if (round === 0) expect(await available()).toBe(2_400)
    if (round === 0) await spend(2_400)
    expect(await available()).toBe(0)
    expect((await post('subscription/cancel')).status).toBe('ended')
  }
  at('2026-01-05T00:00:00Z')
  expect(await available()).toBe(0)
})
