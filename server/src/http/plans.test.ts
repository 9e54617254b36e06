import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type TestApp, testApp } from '../testing/app.ts'

let kit: TestApp
beforeAll(async () => {
  kit = await testApp()
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

/** A customer made at an instant; `post` asks about its subscription, `balance` as the customer sees it. */
async function customerAt(when: string, time_zone = 'UTC') {
  at(when)
  const { id, key } = await kit.customer()
  await kit.ask('PATCH', `/v1/customers/${id}`, { body: { time_zone } })
  const post = async (what: string, body: object = {}, headers: Record<string, string> = {}) =>
    kit.ask('POST', `/v1/customers/${id}/${what}`, { body, headers })
  const balance = async () => (await kit.ask('GET', '/v1/balance', { key })).body
  const spend = async (credits: number) => {
    const held = await kit.ask('POST', '/v1/holds', { key, body: { credits } })
    if (held.status === 200) await kit.ask('POST', `/v1/holds/${held.body.id}/capture`, { key, body: {} })
    return held.status
  }
  const subscription = async () => (await kit.ask('GET', '/v1/subscription', { key })).body.subscription
  return { id, key, post, balance, spend, subscription }
}

test('golden: the plans and packs of the articles', async () => {
  const plans = (await kit.ask('GET', '/v1/plans')).body.data
  const row = ({ id, usd, credits, largest_size, longest_s, models, relaxed, watermark }: Record<string, unknown>) =>
    ({ id, usd, credits, largest_size, longest_s, models, relaxed, watermark }) as const
  expect(plans.map(row)).toEqual([
    { id: 'free', usd: '0.00', credits: 0, largest_size: '720p', longest_s: 5, models: ['sora-2'], relaxed: false, watermark: true },
    { id: 'plus', usd: '20.00', credits: 1000, largest_size: '720p', longest_s: 5, models: ['sora-2'], relaxed: false, watermark: true },
    {
      id: 'pro',
      usd: '200.00',
      credits: 10_000,
      largest_size: '1080p',
      longest_s: 20,
      models: ['sora-2', 'sora-2-pro'],
      relaxed: true,
      watermark: false,
    },
  ])
  const packs = (await kit.ask('GET', '/v1/packs')).body.data
  expect(packs.map(({ id, usd, credits, months }: Record<string, unknown>) => [id, usd, credits, months])).toEqual([
    ['plus-1000', '20.00', 1000, 12],
    ['pro-2000', '40.00', 2000, 12],
    ['ten-generations', '4.00', 200, 12],
  ])
})

test('golden: Plus gives 1,000 credits that end with the month, to the second', async () => {
  const { post, balance, spend, subscription } = await customerAt('2026-01-31T15:00:00Z')
  const made = await post('subscription', { plan: 'plus' })
  expect(made.body).toMatchObject({ status: 'active', plan: { id: 'plus' }, paid_until: s('2026-02-28T15:00:00Z'), next: null })
  expect(await balance()).toMatchObject({ available: 1000, expiring: [{ credits: 1000, expires_at: s('2026-02-28T15:00:00Z') }] })
  expect(await spend(400)).toBe(200)
  at('2026-02-28T14:59:59.999Z')
  expect(await balance()).toMatchObject({ available: 600 })
  at('2026-02-28T15:00:00Z')
  expect(await balance()).toMatchObject({ available: 0 })
  expect(await subscription()).toMatchObject({ status: 'past_due' })
  expect(await spend(1)).toBe(402)
  // Paid two hours late: March's credits, until March's end, which is on the 31st again.
  at('2026-02-28T17:00:00Z')
  expect((await post('subscription/renew')).body).toMatchObject({ status: 'active', paid_until: s('2026-03-31T15:00:00Z') })
  expect(await balance()).toMatchObject({ available: 1000, expiring: [{ credits: 1000, expires_at: s('2026-03-31T15:00:00Z') }] })
})

test('golden, case 26: packs stack, and each ends twelve calendar months after its day, in the zone of its customer', async () => {
  const { post, balance } = await customerAt('2028-02-29T12:00:00Z', 'Asia/Tokyo')
  expect((await post('packs', { pack: 'plus-1000' })).body).toMatchObject({
    kind: 'pack',
    credits: 1000,
    expires_at: s('2029-02-28T12:00:00Z'),
  })
  await post('packs', { pack: 'plus-1000' })
  at('2028-02-29T15:00:00Z') // in Tokyo it is March 1
  await post('packs', { pack: 'pro-2000' })
  expect(await balance()).toMatchObject({
    available: 4000,
    expiring: [
      { credits: 2000, expires_at: s('2029-02-28T12:00:00Z') },
      { credits: 2000, expires_at: s('2029-02-28T15:00:00Z') },
    ],
  })
  at('2029-02-28T12:00:00Z')
  expect(await balance()).toMatchObject({ available: 2000 })
  at('2029-02-28T15:00:00Z')
  expect(await balance()).toMatchObject({ available: 0 })
})

test("case 24: to a dearer plan at once: the rest of the month's difference, in credits rounded down and in money rounded up", async () => {
  const { key, post, balance, spend, subscription } = await customerAt('2026-04-01T00:00:00Z')
  await post('subscription', { plan: 'plus' })
  await spend(100)
  at('2026-04-21T00:00:00Z') // a third of April is left
  const changed = await post('subscription/change', { plan: 'pro' })
  expect(changed.body).toMatchObject({ status: 'active', plan: { id: 'pro' }, paid_until: s('2026-05-01T00:00:00Z'), next: null })
  expect(await balance()).toMatchObject({ available: 900 + 3000, expiring: [{ credits: 3900, expires_at: s('2026-05-01T00:00:00Z') }] })
  // Asked again it changes nothing more.
  expect((await post('subscription/change', { plan: 'pro' })).body).toEqual(changed.body)
  expect(await balance()).toMatchObject({ available: 3900 })
  const { rows } = await kit.database.pool.query("select cost_micro from ledger.grants where period_key like '%:0:to:pro'")
  expect(rows).toEqual([{ cost_micro: 60_000_000n }])
  at('2026-04-25T00:00:00Z')
  await post('subscription/renew')
  at('2026-05-01T00:00:00Z')
  expect(await balance()).toMatchObject({ available: 10_000 })
  expect(await subscription()).toMatchObject({ plan: { id: 'pro' }, paid_until: s('2026-06-01T00:00:00Z') })
  expect((await kit.ask('GET', '/v1/ledger?kind=grant', { key })).body.data.map((one: { credits: number }) => one.credits)).toEqual([
    3000, 1000,
  ])
})

test('case 24: to a cheaper plan when what is paid is over, and back again before that', async () => {
  const { id, post, balance, subscription } = await customerAt('2026-04-01T00:00:00Z')
  await post('subscription', { plan: 'pro' })
  at('2026-04-10T00:00:00Z')
  const later = await post('subscription/change', { plan: 'plus' })
  expect(later.body).toMatchObject({ plan: { id: 'pro' }, next: { plan: { id: 'plus' }, from: s('2026-05-01T00:00:00Z') } })
  expect((await post('subscription/change', { plan: 'pro' })).body.next).toBeNull()
  await post('subscription/change', { plan: 'plus' })
  expect(await balance()).toMatchObject({ available: 10_000 })
  await post('subscription/renew') // early: Plus's month, at Plus's price
  at('2026-04-30T23:59:59Z')
  expect(await subscription()).toMatchObject({ plan: { id: 'pro' } })
  at('2026-05-01T00:00:00Z')
  expect(await subscription()).toMatchObject({ plan: { id: 'plus' }, status: 'active', paid_until: s('2026-06-01T00:00:00Z') })
  expect(await balance()).toMatchObject({ available: 1000 })
  const { rows } = await kit.database.pool.query<{ amount_micro: bigint }>(
    'select amount_micro from plans.payments p join plans.subscriptions s on s.id = p.subscription where s.customer = $1 order by month',
    [id],
  )
  expect(rows.map(({ amount_micro }) => amount_micro)).toEqual([200_000_000n, 20_000_000n])
})

test('case 24: a payment three days late gives its month once, until its own boundary, and makes up for nothing', async () => {
  const { key, post, balance, spend, subscription } = await customerAt('2026-04-01T00:00:00Z')
  await post('subscription', { plan: 'plus' })
  await spend(1)
  at('2026-05-01T00:00:00Z')
  expect(await balance()).toMatchObject({ available: 0 })
  at('2026-05-04T00:00:00Z')
  const told = await Promise.all([1, 2, 3].map(() => post('subscription/renew', { reference: 'late_may' })))
  expect(told.map(({ status }) => status)).toEqual([200, 200, 200])
  expect(await subscription()).toMatchObject({ status: 'active', paid_until: s('2026-06-01T00:00:00Z') })
  expect(await balance()).toMatchObject({ available: 1000, expiring: [{ credits: 1000, expires_at: s('2026-06-01T00:00:00Z') }] })
  await spend(1)
  // Nobody pays June; July begins at its own day, and June is never made up.
  at('2026-07-10T00:00:00Z')
  await post('subscription/renew')
  expect(await balance()).toMatchObject({ available: 1000, expiring: [{ credits: 1000, expires_at: s('2026-08-01T00:00:00Z') }] })
  await spend(1)
  const { body } = await kit.ask('GET', '/v1/ledger?kind=grant&order=asc', { key })
  expect(body.data.map(({ at: when }: { at: number }) => when)).toEqual([
    s('2026-04-01T00:00:00Z'),
    s('2026-05-04T00:00:00Z'),
    s('2026-07-10T00:00:00Z'),
  ])
})

test('case 24: from February 29 every month ends on the 29th or its last day, four years on', async () => {
  const { post, subscription } = await customerAt('2028-02-29T10:00:00Z', 'Europe/Berlin')
  await post('subscription', { plan: 'plus' })
  const ends: string[] = []
  for (let month = 1; month <= 48; month++) {
    const { paid_until } = await subscription()
    ends.push(new Date(paid_until * 1000).toISOString())
    kit.now = paid_until * 1000
    await post('subscription/renew')
  }
  // 11:00 in Berlin, in winter and in summer.
  expect(ends.filter((end) => !/-29T(10|09):00:00/.test(end))).toEqual([
    '2029-02-28T10:00:00.000Z',
    '2030-02-28T10:00:00.000Z',
    '2031-02-28T10:00:00.000Z',
  ])
  expect([ends[0], ends[11], ends[12], ends[47]].map((end) => end?.slice(0, 10))).toEqual([
    '2028-03-29',
    '2029-02-28',
    '2029-03-29',
    '2032-02-29',
  ])
})

test('an adjustment says why in the ledger, and a promotion is spent on its models alone', async () => {
  const { id, key, balance, spend } = await customerAt('2026-04-01T00:00:00Z')
  const give = (body: object) => kit.ask('POST', `/v1/customers/${id}/grants`, { body })
  expect((await give({ credits: 7, kind: 'adjustment', reason: 'clip of March 30' })).body).toMatchObject({
    kind: 'adjustment',
    credits: 7,
  })
  await give({ credits: 5, kind: 'promo', models: ['sora-2'], reason: 'spring', expires_at: s('2026-05-01T00:00:00Z') })
  const { body } = await kit.ask('GET', '/v1/ledger?order=asc', { key })
  expect(body.data.map(({ kind, credits, reason }: Record<string, unknown>) => [kind, credits, reason])).toEqual([
    ['adjustment', 7, 'clip of March 30'],
    ['grant', 5, 'spring'],
  ])
  expect(await balance()).toMatchObject({ available: 12, grants: [{ kind: 'promo', models: ['sora-2'] }, { kind: 'adjustment' }] })
  expect(await spend(8)).toBe(402) // another product is no model
  expect(await spend(7)).toBe(200)
})

test('case 25: a payment told twice is one month; a key repeated too; and nobody pays two months ahead', async () => {
  const { post, subscription } = await customerAt('2026-04-01T00:00:00Z')
  await post('subscription', { plan: 'plus', reference: 'pay_1' })
  for (let i = 0; i < 2; i++) await post('subscription/renew', { reference: 'pay_2' })
  expect(await subscription()).toMatchObject({ paid_until: s('2026-06-01T00:00:00Z') })
  const ahead = await post('subscription/renew', { reference: 'pay_3' })
  expect([ahead.status, ahead.body.error.code]).toEqual([409, 'subscription_conflict'])
  at('2026-05-02T00:00:00Z')
  const twice = await Promise.all([1, 2].map(() => post('subscription/renew', {}, { 'idempotency-key': 'may' })))
  expect(twice.map(({ status }) => status)).toEqual([200, 200])
  expect(await subscription()).toMatchObject({ paid_until: s('2026-07-01T00:00:00Z') })
})

test('a cancelled subscription keeps what is paid and then ends; resumed in time it goes on', async () => {
  const { id, post, balance, subscription } = await customerAt('2026-04-01T00:00:00Z')
  await post('subscription', { plan: 'plus' })
  expect((await post('subscription/cancel')).body).toMatchObject({ status: 'cancelling', paid_until: s('2026-05-01T00:00:00Z') })
  expect((await post('subscription/resume')).body).toMatchObject({ status: 'active' })
  await post('subscription/cancel')
  at('2026-04-30T23:59:59Z')
  expect(await balance()).toMatchObject({ available: 1000 })
  at('2026-05-01T00:00:00Z')
  expect(await subscription()).toBeNull()
  expect((await kit.ask('GET', `/v1/customers/${id}/subscription`)).status).toBe(404)
  expect((await post('subscription/renew')).status).toBe(404)
  // A new one begins a new month of its own.
  at('2026-05-11T00:00:00Z')
  expect((await post('subscription', { plan: 'pro' })).body).toMatchObject({ status: 'active', paid_until: s('2026-06-11T00:00:00Z') })
  expect(await balance()).toMatchObject({ available: 10_000 })
})

test('one subscription a customer: of 10 at once one is made, and a second plan is refused', async () => {
  const { post, balance } = await customerAt('2026-04-01T00:00:00Z')
  const asked = await Promise.all(Array.from({ length: 10 }, () => post('subscription', { plan: 'plus' })))
  expect(asked.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 409)])
  expect((await post('subscription', { plan: 'pro' })).body.error.code).toBe('subscription_conflict')
  expect(await balance()).toMatchObject({ available: 1000 })
})

test('a change repeated under its key does not take a later change back; the key binds to one body', async () => {
  const { post, balance, subscription } = await customerAt('2026-04-01T00:00:00Z')
  await post('subscription', { plan: 'plus' })
  const change = (plan: string, key: string) => post('subscription/change', { plan }, { 'idempotency-key': key })
  const twins = await Promise.all([1, 2, 3].map(() => change('pro', 'up-1')))
  expect(twins.filter(({ status }) => status === 200).length).toBeGreaterThan(0)
  expect((await change('plus', 'down-1')).body.next).toMatchObject({ plan: { id: 'plus' } })
  for (const [plan, key] of [
    ['pro', 'up-1'],
    ['plus', 'down-1'],
  ] as const) {
    const again = await change(plan, key)
    expect([again.status, again.headers['idempotent-replayed']]).toEqual([200, 'true'])
  }
  expect(await subscription()).toMatchObject({ plan: { id: 'pro' }, next: { plan: { id: 'plus' } } })
  expect((await change('pro', 'down-1')).body.error).toMatchObject({ code: 'idempotency_conflict' })
  expect(await balance()).toMatchObject({ available: 10_000 })
})

test('the free plan gives nothing and never falls due; from it a paid one begins at once', async () => {
  const { post, balance, subscription } = await customerAt('2026-01-31T00:00:00Z')
  await post('subscription', { plan: 'free' })
  at('2027-01-31T00:00:00Z')
  expect(await subscription()).toMatchObject({ status: 'active', plan: { id: 'free' }, paid_until: null })
  expect(await balance()).toMatchObject({ available: 0 })
  expect((await post('subscription/change', { plan: 'plus' })).body).toMatchObject({
    plan: { id: 'plus' },
    paid_until: s('2027-02-28T00:00:00Z'),
  })
  expect(await balance()).toMatchObject({ available: 1000 })
  await post('subscription/change', { plan: 'free' })
  at('2027-03-15T00:00:00Z')
  expect(await subscription()).toMatchObject({ status: 'active', plan: { id: 'free' } })
  expect(await balance()).toMatchObject({ available: 0 })
})

test('unknown plans and packs are named with those that there are', async () => {
  const { post } = await customerAt('2026-04-01T00:00:00Z')
  for (const [what, field] of [
    ['subscription', 'plan'],
    ['packs', 'pack'],
  ] as const) {
    const refused = await post(what, { [field]: 'gold' })
    expect([refused.status, refused.body.error.param]).toEqual([400, field])
    expect(refused.body.error.message).toContain('plus')
  }
})
