import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestWorld, testWorld } from '../testing/world.ts'

// The articles' plans at the counter, at virtual time: what is taken, refused and charged on both sides of each change, by the app's credits.

let now = Date.parse('2026-04-01T00:00:00Z')
let world: TestWorld
beforeAll(async () => {
  world = await testWorld({ clock: () => now })
})
afterAll(() => world.stop())

const at = (text: string) => {
  now = Date.parse(text)
}
const s = (text: string) => Date.parse(text) / 1000

async function customerIn(time_zone: string, plan: string) {
  const operator = { key: world.operator_key }
  const { id } = (
    await world.call('POST', '/v1/customers', { ...operator, body: { name: plan, time_zone, rate_card: 'app-credits-2026-01' } })
  ).json
  const { key } = (await world.call('POST', `/v1/customers/${id}/keys`, { ...operator, body: { name: 'first' } })).json
  const post = async (what: string, body: object = {}) =>
    (await world.call('POST', `/v1/customers/${id}/${what}`, { ...operator, body })).json
  expect(await post('subscription', { plan })).toMatchObject({ plan: { id: plan } })
  const body = { prompt: 'a boat [[hang]]', model: 'sora-2', seconds: '5', size: '854x480' }
  const order = async (extra: object = {}) => {
    const { status, json } = await world.call('POST', '/v1/videos', { key, body: { ...body, ...extra } })
    return { status, said: status === 200 ? json.filmgate.credits.held : json.error.code, error: json.error }
  }
  const quote = async (extra: object = {}) => {
    const { status, json } = await world.call('POST', '/v1/quotes', { key, body: { ...body, ...extra } })
    return status === 200 ? json.credits : `${json.error.param} > ${json.error.plan}`
  }
  const today = async () => (await world.call('GET', '/v1/subscription', { key })).json.today
  const available = async () => (await world.call('GET', '/v1/balance', { key })).json.available
  /** Spends on another product of the operator's what videos shall not find. */
  const spend = async (credits: number) => {
    const held = await world.call('POST', '/v1/holds', { key, body: { credits } })
    return (await world.call('POST', `/v1/holds/${held.json.id}/capture`, { key, body: {} })).status
  }
  return { post, order, quote, available, spend, today }
}

async function expectClean() {
  const { json } = await world.call('GET', '/v1/ledger/audit?full=true', { key: world.operator_key })
  expect(json.checks.filter(({ ok }: { ok: boolean }) => !ok)).toEqual([])
}

test.each([
  // order; Plus, Pro
  [{ seconds: '5', size: '854x480' }, 20, 20],
  [{ seconds: '5', size: '1280x720' }, 80, 80],
  [{ seconds: '6', size: '1280x720' }, 'seconds > pro', 96],
  [{ seconds: '20', size: '1920x1080' }, 'seconds > pro', 800],
  [{ seconds: '5', size: '1920x1080' }, 'size > pro', 200],
  [{ seconds: '21', size: '1280x720' }, 'seconds > null', 'seconds > null'],
  [{ model: 'sora-2-pro', seconds: '15', size: '1920x1080' }, 'model > pro', 500],
  [{ model: 'sora-2-pro', seconds: '15', size: '1920x1080', complexity: 'complex' }, 'model > pro', 800],
  [{ model: 'sora-2-pro', seconds: '15', size: '1920x1080', complexity: 'very_complex' }, 'model > pro', 1200],
])('golden: %j is quoted on Plus: %s, on Pro: %s', async (order, plus, pro) => {
  at('2026-04-01T00:00:00Z')
  expect(await (await customerIn('UTC', 'plus')).quote(order)).toBe(plus)
  expect(await (await customerIn('UTC', 'pro')).quote(order)).toBe(pro)
})

test('golden: Plus makes 30 clips a day, until midnight where the customer lives, and 12 of 80 credits with a month', async () => {
  at('2026-04-01T16:00:00Z')
  const plus = await customerIn('America/New_York', 'plus')
  expect(await plus.today()).toEqual({ clips: 30, left: 30, resets_at: s('2026-04-02T04:00:00Z') })
  for (let clip = 1; clip <= 30; clip++) expect(await plus.order()).toMatchObject({ status: 200, said: 20 })
  expect(await plus.available()).toBe(400)
  expect(await plus.today()).toMatchObject({ left: 0 })
  at('2026-04-02T03:59:59.999Z') // in New York a millisecond before midnight
  const refused = await plus.order()
  expect([refused.status, refused.said]).toEqual([403, 'not_in_plan'])
  expect(refused.error).toMatchObject({ plan: 'pro', limit: 30, resets_at: s('2026-04-02T04:00:00Z') })
  at('2026-04-02T04:00:00Z')
  expect(await plus.order()).toMatchObject({ status: 200, said: 20 })
  expect(await plus.available()).toBe(380)

  at('2026-04-03T16:00:00Z')
  const other = await customerIn('America/New_York', 'plus')
  for (let clip = 1; clip <= 12; clip++) expect(await other.order({ size: '1280x720' })).toMatchObject({ status: 200, said: 80 })
  const broke = await other.order({ size: '1280x720' })
  expect([broke.status, broke.said]).toEqual([402, 'insufficient_credits'])
  expect(broke.error).toMatchObject({ needed: 80, available: 40 })
  expect(await other.order()).toMatchObject({ said: 20 })
  await expectClean()
})

test('golden: the free plan made 30 clips a day until January 9, and makes none since', async () => {
  at('2026-01-09T12:00:00Z')
  const free = await customerIn('UTC', 'free')
  const answers = await Promise.all(Array.from({ length: 32 }, () => free.order()))
  expect(answers.filter(({ said }) => said === 20)).toHaveLength(30)
  for (const { status, error } of answers) if (status !== 200) expect(error).toMatchObject({ code: 'not_in_plan', plan: 'pro', limit: 30 })
  expect(await free.available()).toBe(2_400 - 30 * 20)
  at('2026-01-10T00:00:00Z')
  expect((await free.order()).error).toMatchObject({ code: 'not_in_plan', plan: 'plus', limit: 0 })
  await expectClean()
})

test('golden: Pro makes 100 clips a day and not one more', async () => {
  at('2026-05-01T12:00:00Z')
  const pro = await customerIn('UTC', 'pro')
  const answers = await Promise.all(Array.from({ length: 104 }, () => pro.order()))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(100)
  for (const { status, error } of answers) if (status !== 200) expect(error).toMatchObject({ code: 'not_in_plan', plan: null, limit: 100 })
  at('2026-05-02T00:00:00Z')
  expect((await pro.order({ model: 'sora-2-pro', seconds: '20', size: '1920x1080' })).said).toBe(800)
})

test('golden: from Plus to Pro and back, what may be ordered and what is there change at the promised instants', async () => {
  const long = { seconds: '6', size: '1280x720' }
  at('2026-06-01T00:00:00Z')
  const one = await customerIn('UTC', 'plus')
  await one.spend(990)
  expect([await one.quote(long), await one.available()]).toEqual(['seconds > pro', 10])
  at('2026-06-21T00:00:00Z') // a third of June is left
  await one.post('subscription/change', { plan: 'pro' })
  expect([await one.quote(long), await one.available()]).toEqual([96, 3_010])
  await one.post('subscription/change', { plan: 'plus' })
  at('2026-06-30T23:59:59.999Z')
  expect([await one.quote(long), await one.available()]).toEqual([96, 3_010])
  await one.post('packs', { pack: 'ten-generations' })
  at('2026-07-01T00:00:00Z') // nobody has paid July: the plan binds, its credits are gone, the pack stays
  expect([await one.quote(long), await one.available()]).toEqual(['seconds > pro', 200])
  await one.post('subscription/renew')
  expect(await one.available()).toBe(1_200)
  // The month's credits burn first: they end first.
  await one.spend(1_001)
  at('2026-08-01T00:00:00Z')
  expect(await one.available()).toBe(199)
  await one.post('subscription/cancel')
  at('2027-06-30T23:59:59.998Z')
  expect(await one.available()).toBe(199)
  at('2027-06-30T23:59:59.999Z')
  expect(await one.available()).toBe(0)
  await expectClean()
})
