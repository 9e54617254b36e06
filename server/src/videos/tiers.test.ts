import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BUILT_IN } from '../domain/settings.ts'
import { SHIPPED_TIERS, type Tier } from '../domain/tiers.ts'
import { type TestWorld, testWorld } from '../testing/world.ts'

/** From 100 dollars on: two of the pro model at once, three of all others a minute. */
const SMALL: Tier = {
  id: 'small',
  name: 'Small',
  from_micro: 100_000_000n,
  pools: [
    { name: 'pro', models: ['sora-2-pro'], creates_per_minute: null, open_videos: 2 },
    { name: 'rest', models: null, creates_per_minute: 3, open_videos: null },
  ],
  reads_per_minute: 5,
  since: '2026-01-01',
  source: 'this test',
}
const ORDER = { prompt: 'a boat [[hang]]', model: 'sora-2', seconds: '4', size: '1280x720' }

let world: TestWorld
let now = Date.now()
beforeAll(async () => {
  world = await testWorld({ settings: { ...BUILT_IN, tiers: [...SHIPPED_TIERS, SMALL] }, clock: () => now })
})
afterAll(() => world.stop())

const operate = (method: string, path: string, body?: object) => world.call(method, path, { key: world.operator_key, body })

async function customer(tier?: string | null) {
  const made = await operate('POST', '/v1/customers', { name: 'Somebody', ...(tier === undefined ? {} : { tier }) })
  expect(made.status, JSON.stringify(made.json)).toBe(200)
  const { id } = made.json
  const { key } = (await operate('POST', `/v1/customers/${id}/keys`, { name: 'k' })).json
  const pays = (cost_usd: string, kind = 'pack') => operate('POST', `/v1/customers/${id}/grants`, { credits: 10_000, kind, cost_usd })
  const order = (extra: object = {}, headers: Record<string, string> = {}) =>
    world.call('POST', '/v1/videos', { key, body: { ...ORDER, ...extra }, headers })
  const quote = (extra: object = {}) => world.call('POST', '/v1/quotes', { key, body: { ...ORDER, ...extra } })
  const limits = async () => (await world.call('GET', '/v1/limits', { key })).json
  await operate('POST', `/v1/customers/${id}/grants`, { credits: 10_000, kind: 'promo' })
  return { id, key, pays, order, quote, limits }
}

describe('a tier by money topped up', () => {
  test('unlocks video at 10 dollars, to the cent, whatever was given for nothing; refused before the price until then', async () => {
    const { order, quote, pays, limits } = await customer('by_top_up')
    await pays('4.00')
    await pays('5.99', 'adjustment')
    for (const { status, json } of [await order(), await quote()]) {
      expect(status).toBe(403)
      expect(json.error).toMatchObject({
        type: 'permission_error',
        code: 'not_in_tier',
        param: 'model',
        tier: 'tier-1',
        needs: 'tier-2',
        from_usd: '10.00',
      })
      expect(json.error.message).toContain('9.99')
    }
    expect((await limits()).tier).toEqual({
      id: 'tier-1',
      name: 'Tier 1',
      topped_up_usd: '9.99',
      next: { id: 'tier-2', from_usd: '10.00', missing_usd: '0.01' },
    })
    await pays('0.01')
    expect((await limits()).tier).toMatchObject({ id: 'tier-2', topped_up_usd: '10.00', next: { id: 'small' } })
    const taken = await order()
    expect(taken.status).toBe(200)
    expect(taken.headers['x-ratelimit-limit-requests']).toBe('25')
  })

  test('months of a subscription and packs count, each once', async () => {
    const { id, limits } = await customer('by_top_up')
    await operate('POST', `/v1/customers/${id}/subscription`, { plan: 'plus' })
    await operate('POST', `/v1/customers/${id}/packs`, { pack: 'plus-1000' })
    expect((await limits()).tier).toMatchObject({ id: 'tier-2', topped_up_usd: '40.00' })
  })

  test('what was paid back or charged back counts no more, in proportion; what is reinstated counts again', async () => {
    const { id, pays, order, limits } = await customer('by_top_up')
    const { json: bought } = await pays('10.00')
    expect((await limits()).tier.id).toBe('tier-2')
    const path = `/v1/customers/${id}/reversals`
    const half = await operate('POST', path, { grant: bought.id, kind: 'refund', credits: 5_000, reason: 'r' })
    expect(half.status, JSON.stringify(half.json)).toBe(200)
    expect((await limits()).tier).toMatchObject({ id: 'tier-1', topped_up_usd: '5.00' })
    expect((await order()).json.error).toMatchObject({ code: 'not_in_tier', needs: 'tier-2' })
    await operate('POST', `${path}/${half.json.id}/reinstate`, { reason: 'won' })
    expect((await limits()).tier).toMatchObject({ id: 'tier-2', topped_up_usd: '10.00' })
  })

  test('an unknown model is unknown in every tier', async () => {
    const { quote } = await customer('by_top_up')
    expect((await quote({ model: 'sora-9' })).json.error.code).toBe('unknown_model')
  })
})

describe('a tier that the operator names', () => {
  test('limits each pool for itself, exactly: of 12 orders at once in each as many are taken as it has room for', async () => {
    const { order, limits } = await customer('small')
    const pro = Array.from({ length: 12 }, () => order({ model: 'sora-2-pro' }))
    const rest = Array.from({ length: 12 }, () => order())
    const taken = async (answers: typeof pro) => (await Promise.all(answers)).filter(({ status }) => status === 200).length
    expect([await taken(pro), await taken(rest)]).toEqual([2, 3])
    const refused = await order({ model: 'sora-2-pro' })
    expect([refused.status, refused.json.error.code, refused.headers['x-should-retry']]).toEqual([429, 'too_many_open_videos', undefined])
    expect(refused.json.error.message).toContain('pro')
    expect((await order()).json.error.code).toBe('rate_limit_exceeded')
    expect((await limits()).pools).toEqual([
      { name: 'pro', models: ['sora-2-pro'], creates_per_minute: null, open_videos: 2, made_last_minute: 2, open: 2 },
      { name: 'rest', models: null, creates_per_minute: 3, open_videos: null, made_last_minute: 3, open: 3 },
    ])
  })

  test('a refusal binds no idempotency key, and a repeat of what was taken is no order', async () => {
    const { order } = await customer('small')
    const first = await order({}, { 'idempotency-key': 'one' })
    await order()
    await order()
    expect((await order({}, { 'idempotency-key': 'two' })).status).toBe(429)
    expect((await order({}, { 'idempotency-key': 'one' })).json.id).toBe(first.json.id)
    now += 60_001
    expect((await order({}, { 'idempotency-key': 'two' })).status).toBe(200)
  })

  test('has a pool of reads too, and both it and the customer’s own limits bind', async () => {
    const { id, key } = await customer('small')
    const read = () => world.call('GET', '/v1/videos', { key })
    for (let i = 0; i < 5; i += 1) expect((await read()).headers['x-ratelimit-limit-requests']).toBe('5')
    expect((await read()).status).toBe(429)
    await operate('PATCH', `/v1/customers/${id}`, { limits: { reads_per_minute: 2 } })
    now += 60_001
    expect((await read()).headers['x-ratelimit-limit-requests']).toBe('2')
  })

  test('is shown, changed and taken away; one that there is not is refused', async () => {
    const { id, order } = await customer('tier-1')
    expect((await operate('GET', `/v1/customers/${id}`)).json.tier).toBe('tier-1')
    expect((await order()).status).toBe(403)
    const wrong = await operate('PATCH', `/v1/customers/${id}`, { tier: 'gold' })
    expect([wrong.status, wrong.json.error.code, wrong.json.error.param]).toEqual([400, 'invalid_value', 'tier'])
    expect((await operate('PATCH', `/v1/customers/${id}`, { tier: null })).json.tier).toBeNull()
    expect((await order()).status).toBe(200)
    expect((await operate('GET', '/v1/tiers')).json.data.map((tier: { id: string }) => tier.id)).toEqual(['tier-1', 'tier-2', 'small'])
  })

  test('one that left the configuration lets nothing through, and says whom to ask', async () => {
    const { id, order } = await customer('small')
    await world.database.pool.query(`update access.customers set tier = 'gone' where id = $1`, [id])
    expect((await order()).json.error).toMatchObject({ code: 'not_in_tier', tier: null })
  })
})

test('a customer without a tier has no gate and no limit', async () => {
  const { order, limits } = await customer()
  const answers = await Promise.all(Array.from({ length: 30 }, () => order()))
  expect(answers.every(({ status, headers }) => status === 200 && headers['x-ratelimit-limit-requests'] === undefined)).toBe(true)
  expect(await limits()).toEqual({ object: 'limits', tier: null, pools: [], reads_per_minute: null, budgets: [], guardrails: null })
})

describe('guardrails', () => {
  const RAILS = { models: ['sora-2'], seconds: [4, 8], sizes: ['1280x720'], default_size: '1280x720' }

  test('refuse before the price, at the field, with what is allowed; orders and quotes alike', async () => {
    const { id, order, quote } = await customer()
    const set = await operate('PATCH', `/v1/customers/${id}`, { guardrails: RAILS })
    expect(set.json.guardrails).toMatchObject({ ...RAILS, price_floor: null, default_model: null })
    for (const [extra, param, allowed] of [
      [{ model: 'sora-2-pro' }, 'model', { models: ['sora-2'] }],
      [{ seconds: '12' }, 'seconds', { seconds: [4, 8] }],
      [{ size: '720x1280' }, 'size', { sizes: ['1280x720'] }],
    ] as const) {
      for (const { status, json } of [await order(extra), await quote(extra)]) {
        expect(status).toBe(403)
        expect(json.error).toMatchObject({ type: 'permission_error', code: 'outside_guardrails', param, ...allowed })
      }
    }
    expect((await order()).status).toBe(200)
    await operate('PATCH', `/v1/customers/${id}`, { guardrails: null })
    expect((await order({ seconds: '12' })).status).toBe(200)
  })

  test('say what an order is that names no model and no size', async () => {
    const { id, key, limits } = await customer()
    const bare = { prompt: 'a boat [[hang]]' }
    const ordered = async () => {
      const { json } = await world.call('POST', '/v1/videos', { key, body: bare })
      return [json.model, json.size]
    }
    expect(await ordered()).toEqual(['sora-2', '720x1280'])
    await operate('PATCH', `/v1/customers/${id}`, { guardrails: { default_model: 'sora-2-pro', default_size: '1792x1024' } })
    expect(await ordered()).toEqual(['sora-2-pro', '1792x1024'])
    const quoted = await world.call('POST', '/v1/quotes', { key, body: {} })
    expect([quoted.json.model, quoted.json.credits]).toEqual(['sora-2-pro', 200])
    expect((await limits()).guardrails).toMatchObject({ default_model: 'sora-2-pro' })
  })

  test('a price floor is added to a price that is below it, as a line, and never shown as one of our costs', async () => {
    const { id, order, quote, limits } = await customer()
    await operate('PATCH', `/v1/customers/${id}`, { guardrails: { price_floor: { credits: 65 } } })
    const { json } = await quote()
    expect(json).toMatchObject({ credits: 65, usd: '0.65', lines: [{ credits: '40' }, { label: 'price floor', credits: '25' }] })
    expect((await quote({ seconds: '8' })).json).toMatchObject({ credits: 80, lines: [{ credits: '80' }] })
    expect((await order({ quote: json.id })).json.filmgate.credits.quoted).toBe(65)
    expect(JSON.stringify(await limits())).not.toContain('floor')
  })

  test.each([
    [{ models: [] }, 'guardrails.models'],
    [{ models: ['sora-9'] }, 'guardrails.models'],
    [{ default_model: 'sora-9' }, 'guardrails.default_model'],
    [{ seconds: ['4'] }, 'guardrails.seconds'],
    [{ sizes: ['big'] }, 'guardrails.sizes'],
    [{ sizes: ['1280x720'], default_size: '720x1280' }, 'guardrails.default_size'],
    [{ colours: [] }, 'guardrails'],
    ['none', 'guardrails'],
  ])('%j are refused', async (guardrails, param) => {
    const { status, json } = await operate('POST', '/v1/customers', { name: 'Ada', guardrails })
    expect([status, json.error.code]).toEqual([400, 'invalid_value'])
    expect(json.error.param).toContain(param)
  })
})
