import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually, type Json, type TestWorld, testWorld } from '../testing/world.ts'

// What a refusal for want of credits offers, over HTTP; and that whoever takes an offer gets the video.

/** A clip is drawn within this, on a machine that has much else to do. */
const MADE_MS = 120_000
/** Null: it passes by itself. */
let standing: number | null = null
let world: TestWorld
beforeAll(async () => {
  world = await testWorld({ clock: () => standing ?? Date.now() })
})
afterAll(() => world.stop())

const ORDER = { prompt: 'a boat [[hang]]', model: 'sora-2-pro', seconds: '8', size: '1920x1080', metadata: { for: 'offers' } } // 560 credits
const SMALL = { model: 'sora-2', seconds: '4', size: '1280x720' } // 40

async function customerWith(credits: number, more: object = {}) {
  const operator = { key: world.operator_key }
  const { id } = (await world.call('POST', '/v1/customers', { ...operator, body: { name: 'Ada' } })).json
  const { key } = (await world.call('POST', `/v1/customers/${id}/keys`, { ...operator, body: { name: 'first' } })).json
  const manage = (path: string, body: object) => world.call('POST', `/v1/customers/${id}/${path}`, { ...operator, body })
  if (credits > 0) await manage('grants', { credits, kind: 'pack', ...more })
  const order = (extra: object = {}) => world.call('POST', '/v1/videos', { key, body: { ...ORDER, ...extra } })
  return { id, key, manage, order, grant: (more_credits: number) => manage('grants', { credits: more_credits, kind: 'pack' }) }
}

const offer = (refused: Json, kind: string) => refused.error.offers.find((one: Json) => one.kind === kind)

test(
  'a hold of a service is offered credits; a remix nothing cheaper; a shorter extension names its clip',
  async () => {
    const { key, order, grant } = await customerWith(40)
    const held = await world.call('POST', '/v1/holds', { key, body: { credits: 900 } })
    expect(held.json.error.offers.map(({ kind }: Json) => kind)).toEqual(['pack', 'plan'])
    const { id } = (await order({ ...SMALL, prompt: 'a boat' })).json
    await eventually(
      async () => ((await world.call('GET', `/v1/videos/${id}`, { key })).json.status === 'completed' ? true : null),
      MADE_MS,
    )
    const remix = await world.call('POST', `/v1/videos/${id}/remix`, { key, body: { prompt: 'in winter' } })
    expect(remix.json.error.offers.map(({ kind }: Json) => kind)).toEqual(['pack', 'plan'])
    await grant(60)
    const extension = await world.call('POST', '/v1/videos/extensions', { key, body: { prompt: 'on', seconds: '8', video: { id } } })
    const cheaper = offer(extension.json, 'cheaper')
    expect(cheaper).toEqual({ kind: 'cheaper', credits: 40, request: { prompt: 'on', video: { id }, seconds: '4' } })
    expect((await world.call('POST', '/v1/videos/extensions', { key, body: cheaper.request })).status).toBe(200)
  },
  2 * MADE_MS,
)

test('what a budget of the key refuses is offered to nobody: no pack for an order that no credits would do for, nothing cheaper that is too much', async () => {
  const { id, manage } = await customerWith(300)
  const limited = (await manage('keys', { name: 'limited', budget: { day: 600, total: 50 } })).json
  const ask = (path: string, body: object) => world.call('POST', path, { key: limited.key, body })
  const over = { code: 'budget_exceeded', budget: 'total', limit: 50, used: 0, needed: 560 }
  expect((await ask('/v1/videos', ORDER)).json.error).toMatchObject(over)
  expect((await ask('/v1/holds', { credits: 560 })).json.error).toMatchObject(over)
  expect((await ask('/v1/usage', { credits: 560 })).json.error).toMatchObject(over)
  const batch = await ask('/v1/usage/batch', { records: [{ id: 'a', credits: 560 }] })
  expect(batch.json.data[0].error).toMatchObject(over)
  expect((await ask('/v1/videos', { ...ORDER, on_insufficient: 'park' })).json.filmgate.stage).toBe('parked') // budgets reset, and are changed

  const dear = await ask('/v1/videos', { ...ORDER, max_credits: 300 })
  expect(dear.json.error.code).toBe('price_above_limit')
  for (const { credits } of dear.json.error.offers) expect(credits).toBeLessThanOrEqual(50)
  await world.call('PATCH', `/v1/customers/${id}/keys/${limited.id}`, { key: world.operator_key, body: { budget: { total: 560 } } })
  const within = await ask('/v1/videos', ORDER)
  expect(within.json.error).toMatchObject({ code: 'insufficient_credits', needed: 560 })
  expect(offer(within.json, 'pack')).toBeDefined()
  expect(offer(within.json, 'cheaper').credits).toBeGreaterThan(50)
})

test('a refusal says what is needed, what is there, and what would do: cheaper settings, a pack, a plan', async () => {
  const { order } = await customerWith(300)
  const refused = await order()
  expect(refused.status).toBe(402)
  expect(refused.headers['x-should-retry']).toBe('false')
  expect(refused.json.error).toMatchObject({ code: 'insufficient_credits', needed: 560, available: 300 })
  const request = { prompt: ORDER.prompt, metadata: { for: 'offers' }, model: 'sora-2-pro' }
  expect(refused.json.error.offers).toEqual([
    { kind: 'cheaper', credits: 280, request: { ...request, seconds: '4', size: '1920x1080' } },
    { kind: 'cheaper', credits: 240, request: { ...request, seconds: '8', size: '1280x720' } },
    { kind: 'cheaper', credits: 0, request: { ...request, model: 'animatic', seconds: '8', size: '1920x1080' } },
    { kind: 'pack', pack: 'plus-1000', credits: 1_000, usd: '20.00' },
    { kind: 'plan', plan: 'pro', credits: 10_000, usd: '200.00' },
  ])
})

test('whoever takes the cheaper order gets it at its price', async () => {
  for (const [i, price] of [280, 240, 0].entries()) {
    const { key, order } = await customerWith(300)
    const { request, credits } = (await order()).json.error.offers[i]
    const taken = await world.call('POST', '/v1/videos', { key, body: request })
    expect(taken.status, JSON.stringify(taken.json)).toBe(200)
    expect([credits, taken.json.filmgate.credits.held, taken.json.metadata]).toEqual([price, price, ORDER.metadata])
  }
})

test('whoever buys the pack that is offered, or takes out the plan, gets what was ordered', async () => {
  const buyer = await customerWith(300)
  const { pack } = offer((await buyer.order()).json, 'pack')
  expect((await buyer.manage('packs', { pack })).status).toBe(200)
  expect((await buyer.order()).status).toBe(200)
  const subscriber = await customerWith(300)
  const { plan, credits } = offer((await subscriber.order()).json, 'plan')
  expect((await subscriber.manage('subscription', { plan })).status).toBe(200)
  expect((await world.call('GET', '/v1/balance', { key: subscriber.key })).json.available).toBe(300 + credits)
  expect((await subscriber.order()).status).toBe(200)
})

test('a plan that is there is changed for the rest of its month: the offer says how much comes', async () => {
  standing = Date.parse('2027-04-01T12:00:00.300Z')
  const { manage, order, key } = await customerWith(0)
  await manage('subscription', { plan: 'plus' })
  const { id } = (await world.call('POST', '/v1/holds', { key, body: { credits: 1_000 } })).json
  expect((await world.call('POST', `/v1/holds/${id}/capture`, { key, body: {} })).status).toBe(200)
  standing += 10 * 86_400_000
  const refused = await order(SMALL)
  const { plan, credits } = offer(refused.json, 'plan')
  expect([plan, credits]).toEqual(['pro', 6_000])
  const before = (await world.call('GET', '/v1/balance', { key })).json.available

  expect((await manage('subscription/change', { plan })).status).toBe(200)
  expect((await world.call('GET', '/v1/balance', { key })).json.available).toBe(before + credits)
  expect((await order(SMALL)).status).toBe(200)
})

test('whoever waits until the promised second gets what was ordered; a second before, not', async () => {
  const { key, manage, order } = await customerWith(0)
  await manage('allowance', { policy: [{ from: '2026-01-01', credits: 40 }] })
  expect((await order(SMALL)).status).toBe(200)
  const refused = await order(SMALL)
  expect(refused.json.error).toMatchObject({ needed: 40, available: 0 })
  const { available_at } = offer(refused.json, 'wait')
  expect(available_at).toBe((await world.call('GET', '/v1/balance', { key })).json.next_reset)
  standing = available_at * 1000 - 1_000
  expect((await order(SMALL)).status).toBe(402)
  standing = available_at * 1000
  expect((await order(SMALL)).status).toBe(200)
})

test('nothing is offered that is no help: too large for everything, no wait without an allowance', async () => {
  const { order } = await customerWith(0)
  const { offers } = (await order({ size: '1080x1920', seconds: '20' })).json.error // 1,400
  expect(offers.map(({ kind }: Json) => kind)).toEqual(['cheaper', 'pack', 'plan'])
  expect(offers[0]).toMatchObject({ credits: 0, request: { model: 'animatic' } })
})

test('above max_credits the cheaper settings within it are told, as far as there are credits for them', async () => {
  const { key, order } = await customerWith(10_000)
  const refused = await order({ max_credits: 300 })
  expect(refused.json.error).toMatchObject({ code: 'price_above_limit', needed: 560, limit: 300 })
  expect(refused.json.error.offers.map(({ credits }: Json) => credits)).toEqual([280, 240, 0])
  const taken = await world.call('POST', '/v1/videos', { key, body: refused.json.error.offers[0].request })
  expect(taken.status, JSON.stringify(taken.json)).toBe(200)
})

test('what is offered keeps within guardrails and above the price floor, and the relaxed lane is offered where a plan opens it', async () => {
  const { id, key, order, manage } = await customerWith(0)
  await manage('subscription', { plan: 'pro' })
  await world.call('PATCH', `/v1/customers/${id}`, {
    key: world.operator_key,
    body: { guardrails: { seconds: [8], models: ['sora-2', 'sora-2-pro'], price_floor: { credits: 250 } } },
  })
  // The month is spent but for 300 credits.
  const spent = await world.call('POST', '/v1/holds', { key, body: { credits: 9_700 } })
  expect(spent.status).toBe(200)
  const { offers } = (await order()).json.error
  const request = { prompt: ORDER.prompt, metadata: { for: 'offers' }, model: 'sora-2-pro', seconds: '8' }
  expect(offers.filter(({ kind }: Json) => kind === 'cheaper')).toEqual([
    { kind: 'cheaper', credits: 250, request: { ...request, size: '1280x720' } },
    { kind: 'cheaper', credits: 0, request: { ...request, size: '1920x1080', lane: 'relaxed' } },
  ])
  const taken = await world.call('POST', '/v1/videos', {
    key,
    body: offers.find(({ request }: Json) => request?.lane === 'relaxed').request,
  })
  expect([taken.status, taken.json.filmgate?.lane]).toEqual([200, 'relaxed'])
})

test('nothing is offered that the guardrails of the customer refuse, and prices are those of their floor', async () => {
  const { id, order, key } = await customerWith(300)
  const rails = { guardrails: { seconds: [8], models: ['sora-2-pro'], price_floor: { credits: 250 } } }
  expect((await world.call('PATCH', `/v1/customers/${id}`, { key: world.operator_key, body: rails })).status).toBe(200)
  const { offers } = (await order()).json.error
  expect(offers.slice(0, 2).map(({ kind, credits }: Json) => [kind, credits])).toEqual([
    ['cheaper', 250],
    ['pack', 1_000],
  ])
  const taken = await world.call('POST', '/v1/videos', { key, body: offers[0].request })
  expect([taken.status, taken.json.filmgate?.credits.held]).toEqual([200, 250])
})

test('whoever owes is offered what pays that too, and nothing cheaper: then the order is taken', async () => {
  const { key, manage, order } = await customerWith(0)
  const { id } = (await manage('grants', { credits: 300, kind: 'pack' })).json
  const hold = (await world.call('POST', '/v1/holds', { key, body: { credits: 300 } })).json.id
  expect((await world.call('POST', `/v1/holds/${hold}/capture`, { key, body: {} })).status).toBe(200)
  await manage('grants', { credits: 100, kind: 'pack' })
  expect((await manage('reversals', { grant: id, kind: 'chargeback', reason: 'dispute' })).status).toBe(200)
  const refused = await order(SMALL)
  expect(refused.json.error).toMatchObject({ needed: 40, available: 100, owed: 300 })
  expect(refused.json.error.offers.filter(({ kind, credits }: Json) => kind === 'cheaper' && credits > 0)).toEqual([])
  const { pack } = offer(refused.json, 'pack')
  expect(pack).toBe('plus-1000') // the 200 of the smallest would not pay it
  expect((await manage('packs', { pack })).status).toBe(200)
  expect((await order(SMALL)).status).toBe(200)
})
