import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { blackPng, dataUrl } from '../testing/bad-input/case.ts'
import { type Answer, eventually, type Json, type TestWorld, testWorld } from '../testing/world.ts'

let world: TestWorld
let key = ''
let customer = ''
/** Completed, and charged. */
let draft: Json
beforeAll(async () => {
  world = await testWorld()
  const operator = { key: world.operator_key }
  const { json } = await world.call('POST', '/v1/customers', { ...operator, body: { name: 'Ada', rate_card: 'app-credits-2026-01' } })
  customer = json.id
  await world.call('POST', `/v1/customers/${customer}/grants`, { ...operator, body: { credits: 5_000, kind: 'pack' } })
  key = (await world.call('POST', `/v1/customers/${customer}/keys`, { ...operator, body: { name: 'k' } })).json.key
  draft = await drafted()
})
afterAll(() => world.stop())

const SMALL = { prompt: 'a boat on a lake', seconds: '1', size: '854x480' }
/** Nobody waits for its end. */
const LARGE = { size: '1920x1080', prompt: 'a boat on a lake [[hang]]' }

const post = (path: string, body: object, headers: Record<string, string> = {}): Promise<Answer> =>
  world.call('POST', path, { key, body, headers })
async function made(answer: Promise<Answer>): Promise<Json> {
  const { status, json, bytes } = await answer
  expect(status, bytes.toString()).toBe(200)
  return json
}
const read = async (id: string) => (await world.call('GET', `/v1/videos/${id}`, { key })).json
const ended = (id: string) =>
  eventually(async () => {
    const video = await read(id)
    return video.status === 'completed' || video.status === 'failed' ? video : null
  })
const drafted = async (extra: object = {}) => ended((await made(post('/v1/videos', { ...SMALL, ...extra }))).id)
const promote = (id: string, body: object = LARGE, headers = {}) => post(`/v1/videos/${id}/promote`, body, headers)

describe('a promoted draft', () => {
  test('is made as it was ordered, at the new size, and says that drafting saved 90%', async () => {
    const final = await made(promote(draft.id, { size: '1920x1080' }))
    expect(final).toMatchObject({ model: draft.model, prompt: SMALL.prompt, seconds: '1', size: '1920x1080' })
    expect(final.filmgate.credits).toMatchObject({ quoted: 40, held: 40 })
    const promotion = {
      draft: draft.id,
      drafts: [draft.id],
      drafts_made: 1,
      drafting_credits: 4,
      at_final_price_credits: 40,
      saved_credits: 36,
      saved_percent: '90',
    }
    expect(final.filmgate.promotion).toEqual(promotion)
    expect((await read(final.id)).filmgate.promotion).toEqual(promotion)
    const { data } = (await world.call('GET', '/v1/videos', { key })).json
    expect(data.find(({ id }: Json) => id === final.id).filmgate.promotion).toEqual(promotion)
    expect((await read(draft.id)).filmgate).not.toHaveProperty('promotion')
    await world.call('DELETE', `/v1/videos/${final.id}`, { key }) // nobody waits for so many pixels
  })

  test('counts every try that came out, at what the ledger took of it and did not give back', async () => {
    const [other, refunded, failed] = await Promise.all([drafted(), drafted(), drafted({ prompt: 'a boat [[fail]]' })])
    await world.call('POST', `/v1/videos/${refunded.id}/refund`, { key: world.operator_key, body: { reason: 'r' } })
    const final = await made(promote(draft.id, { ...LARGE, drafts: [other.id, refunded.id, failed.id, draft.id] }))
    expect(final.filmgate.promotion).toMatchObject({
      drafts_made: 3,
      drafting_credits: 8,
      at_final_price_credits: 120,
      saved_percent: '93.3',
    })
    await world.call('DELETE', `/v1/videos/${other.id}`, { key })
    expect((await read(final.id)).filmgate.promotion).toMatchObject({ drafts_made: 3, drafting_credits: 8 })
  })

  test('takes what is told: a quote, another length and prompt, a limit that refuses, and twice the same key once', async () => {
    const order = { prompt: 'a ship at sea [[hang]]', seconds: '2', size: '1280x720' }
    const quote = await made(post('/v1/quotes', order))
    const headers = { 'idempotency-key': 'the final' }
    const body = { ...order, quote: quote.id, max_credits: 32, metadata: { cut: 'last' } }
    const final = await made(promote(draft.id, body, headers))
    expect(final).toMatchObject({ prompt: 'a ship at sea [[hang]]', seconds: '2', size: '1280x720', metadata: { cut: 'last' } })
    expect(final.filmgate.promotion).toMatchObject({ at_final_price_credits: 32, saved_credits: 28, saved_percent: '87.5' })
    const again = await promote(draft.id, body, headers)
    expect([again.json.id, again.headers['idempotent-replayed']]).toEqual([final.id, 'true'])
    const balance = (await world.call('GET', '/v1/balance', { key })).json
    const dear = await promote(draft.id, { ...LARGE, max_credits: 39 })
    expect([dear.status, dear.json.error.code]).toEqual([402, 'price_above_limit'])
    expect((await world.call('GET', '/v1/balance', { key })).json.held).toBeLessThanOrEqual(balance.held)
  })

  test('begins from the picture of the draft where the size is the same, and asks for another where it is not', async () => {
    const picture = { image_url: dataUrl(blackPng(854, 480)) }
    const pictured = await drafted({ input_reference: picture })
    const refused = await promote(pictured.id)
    expect([refused.status, refused.json.error.param, refused.json.error.message]).toEqual([
      400,
      'input_reference',
      'The draft began from a picture of 854x480, and the final needs one of 1920x1080: send it as `input_reference`.',
    ])
    const [same, larger] = [
      await made(promote(pictured.id, { model: 'sora-2-pro', prompt: 'a boat [[hang]]' })),
      await made(promote(pictured.id, { ...LARGE, input_reference: { image_url: dataUrl(blackPng(1920, 1080)) } })),
    ]
    const { rows } = await world.database.pool.query<{ id: string; reference_key: string | null }>(
      'select id, reference_key from videos.videos where id = any($1)',
      [[same.id, larger.id]],
    )
    for (const { id, reference_key } of rows) expect(reference_key).toBe(`references/${id}`)
    expect((await world.gateway.parts.store.stat(`references/${same.id}`))?.bytes).toBe(blackPng(854, 480).length)
    expect(same.filmgate.promotion).toMatchObject({ saved_credits: 0, saved_percent: '0' })
  })

  test('that waits for credits is a promotion all the same', async () => {
    const { available } = (await world.call('GET', '/v1/balance', { key })).json
    const hold = await made(post('/v1/holds', { credits: available }))
    const parked = await made(promote(draft.id, { ...LARGE, on_insufficient: 'park' }))
    expect(parked.filmgate).toMatchObject({ stage: 'parked', promotion: { draft: draft.id, at_final_price_credits: 40 } })
    await made(post(`/v1/holds/${hold.id}/release`, {}))
    const gone_on = await eventually(async () => ((await read(parked.id)).filmgate.stage === 'parked' ? null : read(parked.id)))
    expect(gone_on.filmgate).toMatchObject({ credits: { held: 40 }, promotion: { saved_percent: '90' } })
  })
})

test('what can not be promoted is refused, and nothing is held', async () => {
  const remix = await made(post(`/v1/videos/${draft.id}/remix`, { prompt: 'in winter' }))
  await ended(remix.id)
  const before = (await world.call('GET', '/v1/balance', { key })).json
  const strangers = (await world.call('POST', '/v1/videos', { body: { prompt: 'a boat', seconds: '4' } })).json.id
  for (const [id, body, status, code, param] of [
    [draft.id, {}, 400, 'missing_required_parameter', 'size'],
    [draft.id, { size: 'large' }, 400, 'invalid_value', 'size'],
    [draft.id, { size: '1024x1792' }, 400, 'unsupported_size', 'size'],
    [draft.id, { ...LARGE, seconds: '21' }, 400, 'unsupported_duration', 'seconds'],
    [draft.id, { model: 'sora-9' }, 400, 'unknown_model', 'model'],
    [draft.id, { ...LARGE, drafts: [draft.id, 'video_nobody'] }, 404, 'not_found', 'drafts[1]'],
    [draft.id, { ...LARGE, drafts: [strangers] }, 404, 'not_found', 'drafts[0]'],
    [draft.id, { ...LARGE, drafts: Array(100).fill('x') }, 400, 'invalid_value', 'drafts'],
    [remix.id, LARGE, 400, 'invalid_value', 'video_id'],
    [strangers, LARGE, 404, 'not_found', 'video_id'],
    ['video_nobody', LARGE, 404, 'not_found', 'video_id'],
  ] as const) {
    const answer = await promote(id, body)
    expect([answer.status, answer.json.error?.code, answer.json.error?.param], answer.bytes.toString()).toEqual([status, code, param])
  }
  expect((await world.call('GET', '/v1/balance', { key })).json).toEqual(before)
})
