import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Plan, SHIPPED_PLANS } from '../domain/plans.ts'
import { BUILT_IN } from '../domain/settings.ts'
import { FORM, filePart, orderForm } from '../testing/bad-input/case.ts'
import { drawClip } from '../testing/clips.ts'
import { eventually, type TestWorld, testWorld } from '../testing/world.ts'

const [, plus] = SHIPPED_PLANS
if (!plus) throw new Error('there is no plan Plus')
const THREE: Plan = { ...plus, id: 'three', name: 'Three', price_micro: 1_000_000n, clips_a_day: [{ from: '2026-01-01', clips: 3 }] }
const ORDER = { prompt: 'a boat [[hang]]', model: 'sora-2', seconds: '4', size: '1280x720' }

let world: TestWorld
beforeAll(async () => {
  world = await testWorld({ settings: { ...BUILT_IN, plans: [...SHIPPED_PLANS, THREE] } })
})
afterAll(() => world.stop())

async function customerOn(plan: string) {
  const operator = { key: world.operator_key }
  const { id } = (await world.call('POST', '/v1/customers', { ...operator, body: { name: plan } })).json
  const { key } = (await world.call('POST', `/v1/customers/${id}/keys`, { ...operator, body: { name: 'first' } })).json
  await world.call('POST', `/v1/customers/${id}/grants`, { ...operator, body: { credits: 100_000, kind: 'pack' } })
  await world.call('POST', `/v1/customers/${id}/subscription`, { ...operator, body: { plan } })
  const order = (extra: object = {}, headers: Record<string, string> = {}) =>
    world.call('POST', '/v1/videos', { key, body: { ...ORDER, ...extra }, headers })
  const quote = (extra: object = {}) => world.call('POST', '/v1/quotes', { key, body: { ...ORDER, ...extra } })
  return { id, key, order, quote }
}

test.each([
  [{ seconds: '8' }, 'seconds', 'pro'],
  [{ model: 'sora-2-pro' }, 'model', 'pro'],
  [{ model: 'sora-2-pro', seconds: '12', size: '1792x1024' }, 'model', 'pro'],
])(
  'golden: what Plus does not allow is refused before the price, with the field and the plan that allows it: %j',
  async (extra, field, better) => {
    const { key, order, quote } = await customerOn('plus')
    for (const refused of [await order(extra), await quote(extra)]) {
      expect(refused.status).toBe(403)
      expect(refused.json.error).toMatchObject({ type: 'permission_error', code: 'not_in_plan', param: field, plan: better })
      expect(refused.json.error.message).toContain('Pro')
    }
    expect((await world.call('GET', '/v1/balance', { key })).json.held).toBe(0)
    const allowed = await order()
    expect(allowed.status).toBe(200)
  },
)

test('a quote from before a cheaper plan does not reach further than the plan', async () => {
  const { id, order, quote } = await customerOn('pro')
  const { json: quoted } = await quote({ seconds: '8' })
  await world.database.pool.query(`update plans.subscriptions set plan = plan || '{"longest_s": 5}' where customer = $1`, [id])
  expect((await order({ seconds: '8', quote: quoted.id })).json.error).toMatchObject({ code: 'not_in_plan', param: 'seconds' })
})

test('golden: Pro makes with the pro model what Plus may not; an unknown model is unknown in every plan', async () => {
  const { quote } = await customerOn('pro')
  expect((await quote({ model: 'sora-2-pro', seconds: '20', size: '1920x1080' })).status).toBe(200)
  expect((await quote({ model: 'sora-9' })).json.error.code).toBe('unknown_model')
})

test('golden: the free plan makes no videos since 2026-01-10, and says so', async () => {
  const { order } = await customerOn('free')
  const refused = await order()
  expect(refused.status).toBe(403)
  expect(refused.json.error).toMatchObject({ code: 'not_in_plan', param: null, plan: 'three', limit: 0, resets_at: null })
})

test('what begins from a clip is refused before the price too, at the clip whose length or size it is', async () => {
  const { id, key, order, quote } = await customerOn('pro')
  const { json: source } = await order({ prompt: 'a boat' })
  await eventually(async () => ((await world.call('GET', `/v1/videos/${source.id}`, { key })).json.status === 'completed' ? true : null))
  await world.database.pool.query(`update plans.subscriptions set plan = plan || '{"longest_s": 3}' where customer = $1`, [id])
  const video = { id: source.id }
  const refused = async (path: string, body: object) => {
    const { status, json } = await world.call('POST', path, { key, body })
    return [status, json.error?.code, json.error?.param]
  }
  expect(await refused(`/v1/videos/${source.id}/remix`, { prompt: 'in winter' })).toEqual([403, 'not_in_plan', 'video_id'])
  expect(await refused('/v1/videos/edits', { prompt: 'in winter', video })).toEqual([403, 'not_in_plan', 'video.id'])
  expect(await refused('/v1/videos/extensions', { prompt: 'on', seconds: '4', video })).toEqual([403, 'not_in_plan', 'seconds'])
  expect((await quote({ operation: 'edit', video })).json.error).toMatchObject({ code: 'not_in_plan', param: 'video.id' })
  const clip = filePart('video', await drawClip({ seconds: 4, width: 1280, height: 720 }), 'clip.mp4', 'video/mp4')
  const sent = await world.call('POST', '/v1/videos/edits', { key, raw: orderForm({ prompt: 'in winter' }, clip), headers: FORM })
  expect([sent.status, sent.json.error?.code, sent.json.error?.param]).toEqual([403, 'not_in_plan', 'video'])
})

test('of 20 orders at once a plan of three a day takes three; one that fails makes room, one repeated counts once', async () => {
  const { key, order } = await customerOn('three')
  const failing = await order({ prompt: 'a boat [[fail]]' })
  await eventually(async () => ((await world.call('GET', `/v1/videos/${failing.json.id}`, { key })).json.status === 'failed' ? true : null))
  const first = await order({}, { 'idempotency-key': 'one' })
  const answers = await Promise.all(Array.from({ length: 20 }, () => order()))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(2)
  for (const { status, json } of answers)
    if (status !== 200) expect(json.error).toMatchObject({ code: 'not_in_plan', plan: 'plus', limit: 3 })
  expect((await order({}, { 'idempotency-key': 'one' })).json.id).toBe(first.json.id)
})

test('a customer without a plan has no gate', async () => {
  const { order } = await customerOn('nothing')
  expect((await order({ model: 'sora-2-pro', seconds: '8' })).status).toBe(200)
})
