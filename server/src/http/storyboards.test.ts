import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { item_wish } from '../batches/item.ts'
import { type Answer, eventually, type Json, type TestWorld, testWorld } from '../testing/world.ts'
import { storyboardView } from './storyboard.ts'

let world: TestWorld
let key = ''
beforeAll(async () => {
  world = await testWorld()
  const operator = { key: world.operator_key }
  const { json } = await world.call('POST', '/v1/customers', { ...operator, body: { name: 'Ada', rate_card: 'app-credits-2026-01' } })
  await world.call('POST', `/v1/customers/${json.id}/grants`, { ...operator, body: { credits: 5_000, kind: 'pack' } })
  key = (await world.call('POST', `/v1/customers/${json.id}/keys`, { ...operator, body: { name: 'k' } })).json.key
})
afterAll(() => world.stop())

const call = (method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Answer> =>
  world.call(method, path, { key, headers, ...(body === undefined ? {} : { body }) })
async function made(answer: Promise<Answer>): Promise<Json> {
  const { status, json, bytes } = await answer
  expect(status, bytes.toString()).toBe(200)
  return json
}
const post = (path: string, body: object = {}, headers = {}) => made(call('POST', path, body, headers))
const get = (path: string) => made(call('GET', path))
const available = async () => (await get('/v1/balance')).available
const ended = (id: string) =>
  eventually(async () => {
    const video = await get(`/v1/videos/${id}`)
    return video.status === 'completed' || video.status === 'failed' ? video : null
  })

/** Nobody waits for the shots themselves: they hang. Previews of them do too, and cost as little. */
const SHOT = { prompt: 'An old fisherman mends his net on a pier at dawn, wide shot [[hang]]', seconds: '1', size: '1280x720' }
const board = (shots: readonly object[], more: object = {}) => post('/v1/storyboards', { shots, ...more })

describe('a storyboard', () => {
  test('is checked and priced as a whole, at what its quotes come to, and holds nothing', async () => {
    const before = await available()
    const shots = [
      { ...SHOT, name: 'pier' },
      { prompt: 'a boat', seconds: 2, size: '480x854' },
      { prompt: 'Ein Boot auf dem See, und die Sonne geht unter' },
    ]
    const { items, ...total } = await post('/v1/quotes', { videos: [shots[0], shots[1], { size: '1920x1080', model: 'sora-2-pro' }] })
    const planned = await board(shots, { name: 'Harbour', size: '1920x1080', model: 'sora-2-pro' })
    expect(planned).toMatchObject({ object: 'storyboard', name: 'Harbour', credits: total.credits, usd: total.usd })
    expect(planned.shots.map(({ credits }: Json) => credits)).toEqual([16, 8, 160])
    expect(planned.shots[0]).toMatchObject({
      index: 0,
      name: 'pier',
      order: { model: 'sora-2-pro', seconds: '1', size: '1280x720' },
      check: { language: 'english', score: 100 },
      video: null,
      preview_video: null,
      drafts: [],
    })
    expect(planned.shots[1].check.suggestions.length).toBeGreaterThan(2)
    expect(planned.shots[2]).toMatchObject({ order: { size: '1920x1080', seconds: '4' }, check: { language: 'unknown', suggestions: [] } })
    expect(items).toHaveLength(3)
    expect(await get(`/v1/storyboards/${planned.id}`)).toEqual(planned)
    expect((await get('/v1/storyboards')).data[0]).toMatchObject({ id: planned.id, name: 'Harbour', shot_count: 3 })
    expect(await available()).toBe(before)
  })

  test('is made once for one key, and forgotten without its videos', async () => {
    const headers = { 'idempotency-key': 'one board' }
    const [first, again] = [
      await post('/v1/storyboards', { shots: [SHOT] }, headers),
      await post('/v1/storyboards', { shots: [SHOT] }, headers),
    ]
    expect(again.id).toBe(first.id)
    const video = await post(`/v1/storyboards/${first.id}/shots/0/make`)
    await made(call('DELETE', `/v1/storyboards/${first.id}`))
    expect((await call('GET', `/v1/storyboards/${first.id}`)).status).toBe(404)
    expect((await get(`/v1/videos/${video.id}`)).id).toBe(video.id)
  })

  test('of long prompts lets others have their turn between its shots', async () => {
    const wish = item_wish.parse({
      ...{ model: 'sora-2', prompt: 'a boat', seconds: 4, size: { width: 1280, height: 720 }, complexity: 'standard', lane: 'standard' },
      ...{ policy: {}, characters: [], reference: null, metadata: {}, max_credits: null },
    })
    const none = { name: null, preview: null, drafts: [], final: null, batch: null, batch_item: null }
    const takes = { preview_take: null, draft_takes: [], final_take: null, item_state: null }
    const shots = Array.from({ length: 20 }, (_, no) => ({ ...none, ...takes, no, wish }))
    let turns = 0
    let is_over = false
    const count = () => {
      turns += 1
      if (!is_over) setImmediate(count)
    }
    setImmediate(count)
    await storyboardView({ id: 'sb_1', name: null, created_ms: 0, shots }, [])
    is_over = true
    expect(turns).toBeGreaterThanOrEqual(19)
  })

  test('says of a shot that can not be ordered any more why, and of the whole no price', async () => {
    const planned = await board([SHOT, { ...SHOT, seconds: '3' }])
    await world.database.pool.query(`update storyboards.shots set wish = wish || '{"seconds": 99}' where storyboard = $1 and no = 1`, [
      planned.id,
    ])
    const now = await get(`/v1/storyboards/${planned.id}`)
    expect(now).toMatchObject({
      credits: null,
      usd: null,
      shots: [{ credits: 16 }, { credits: null, problem: { code: 'unsupported_duration' } }],
    })
  })

  test.each([
    [{ shots: [] }, 'invalid_value', 'shots'],
    [{ shots: Array(101).fill(SHOT) }, 'invalid_value', 'shots'],
    [{ shots: [SHOT, { seconds: '4' }] }, 'missing_required_parameter', 'shots[1].prompt'],
    [{ shots: [SHOT, { ...SHOT, seconds: '21' }] }, 'unsupported_duration', 'shots[1].seconds'],
    [{ shots: [{ ...SHOT, size: '1024x1792' }] }, 'unsupported_size', 'shots[0].size'],
    [{ shots: [SHOT], model: 'sora-9' }, 'unknown_model', 'shots[0].model'],
    [{ shots: [{ ...SHOT, max_credits: 15 }] }, 'price_above_limit', 'shots[0].max_credits'],
    [{ shots: [{ ...SHOT, input_reference: { file_id: 'file_1' } }] }, 'missing_required_parameter', 'shots[0].input_reference.image_url'],
  ])('with a mistake in it is not kept: %#', async (body, code, param) => {
    const before = (await get('/v1/storyboards?limit=100')).data.length
    const answer = await call('POST', '/v1/storyboards', body)
    expect([answer.json.error?.code, answer.json.error?.param]).toEqual([code, param])
    expect((await get('/v1/storyboards?limit=100')).data).toHaveLength(before)
  })
})

describe('its preview', () => {
  test('draws every shot once and for nothing, and what failed or was deleted again', async () => {
    const before = await available()
    const planned = await board([{ prompt: 'a boat', seconds: '1', size: '1920x1080' }, { ...SHOT, prompt: 'a boat [[fail]]' }, SHOT])
    const path = `/v1/storyboards/${planned.id}/preview`
    const answers = await Promise.all([post(path), post(path), post(path)])
    const [first] = answers
    const ids = first.shots.map(({ preview_video }: Json) => preview_video)
    for (const one of answers) expect(one.shots.map(({ preview_video }: Json) => preview_video)).toEqual(ids)
    expect(new Set(ids).size).toBe(3)
    const drawn = await ended(ids[0])
    expect(drawn).toMatchObject({
      status: 'completed',
      model: 'animatic',
      size: '854x480',
      seconds: '1',
      filmgate: { credits: { quoted: 0, captured: 0 } },
    })
    await ended(ids[1])
    await made(call('DELETE', `/v1/videos/${ids[0]}`))
    const again = (await post(path)).shots.map(({ preview_video }: Json) => preview_video)
    expect([again[0] === ids[0], again[1] === ids[1], again[2] === ids[2]]).toEqual([false, false, true])
    expect(await available()).toBe(before)
    const { rows } = await world.database.pool.query(`select count(*)::int as n from videos.videos where metadata->>'storyboard' = $1`, [
      planned.id,
    ])
    expect(rows[0]?.n).toBe(5)
  })
})

describe('a shot', () => {
  test('is made once, however often and by however many it is asked for, unless once more is asked for', async () => {
    const { id } = await board([SHOT])
    const path = `/v1/storyboards/${id}/shots/0/make`
    const before = await available()
    const answers = await Promise.all(Array.from({ length: 4 }, () => call('POST', path, {})))
    expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1)
    expect(answers.filter(({ headers }) => headers['idempotent-replayed'] === undefined)).toHaveLength(1)
    expect((await get(`/v1/storyboards/${id}`)).shots[0]).toMatchObject({
      video: answers[0]?.json.id,
      final: { video: answers[0]?.json.id },
    })
    expect(await available()).toBe(before - 16)
    const other = await post(path, { again: true })
    expect(other.id).not.toBe(answers[0]?.json.id)
    expect(await available()).toBe(before - 32)
    expect((await get(`/v1/storyboards/${id}`)).shots[0].video).toBe(other.id)
    expect((await call('POST', path, { again: true, max_credits: 15 })).json.error.code).toBe('price_above_limit')
  })

  test('is for one key the video that the key made, though another one was made since', async () => {
    const { id } = await board([SHOT])
    const path = `/v1/storyboards/${id}/shots/0/make`
    const headers = { 'idempotency-key': 'one shot' }
    const first = await post(path, {}, headers)
    const other = await post(path, { again: true })
    const before = await available()
    const replayed = await call('POST', path, {}, headers)
    expect([replayed.json.id, replayed.headers['idempotent-replayed']]).toEqual([first.id, 'true'])
    expect((await post(path)).id).toBe(other.id)
    expect((await call('POST', path, { max_credits: 100 }, headers)).json.error.code).toBe('idempotency_conflict')
    expect(await available()).toBe(before)
  })

  test('is drafted small, and the final of a chosen draft is the shot’s, with what all its drafts saved', async () => {
    const { id } = await board([{ ...SHOT, prompt: 'a boat on a lake' }])
    const draft = () => post(`/v1/storyboards/${id}/shots/0/make`, { draft: { size: '854x480' } })
    const [one, two] = [await draft(), await draft()]
    await Promise.all([ended(one.id), ended(two.id)])
    expect((await get(`/v1/storyboards/${id}`)).shots[0]).toMatchObject({
      drafts: [
        { video: two.id, status: 'completed' },
        { video: one.id, status: 'completed' },
      ],
      video: null,
    })
    await made(call('DELETE', `/v1/videos/${two.id}`)) // it is gone, and what it cost is not
    const final = await post(`/v1/videos/${one.id}/promote`, { size: '1280x720', prompt: SHOT.prompt })
    expect(final.filmgate.promotion).toEqual({
      draft: one.id,
      drafts: [one.id, two.id],
      drafts_made: 2,
      drafting_credits: 8,
      at_final_price_credits: 32,
      saved_credits: 24,
      saved_percent: '75',
    })
    expect((await get(`/v1/storyboards/${id}`)).shots[0].video).toBe(final.id)
    const replayed = await call('POST', `/v1/storyboards/${id}/shots/0/make`, {})
    expect([replayed.json.id, replayed.headers['idempotent-replayed']]).toEqual([final.id, 'true'])
  })

  test('that does not exist is not found, and a draft says how it is made', async () => {
    const { id } = await board([SHOT])
    for (const [path, body, status, param] of [
      [`${id}/shots/1/make`, {}, 404, 'index'],
      [`${id}/shots/x/make`, {}, 400, 'index'],
      [`${id}/shots/100/make`, {}, 400, 'index'],
      ['sb_nobody/shots/0/make', {}, 404, 'storyboard_id'],
      [`${id}/shots/0/make`, { draft: {} }, 400, 'draft'],
      [`${id}/shots/0/make`, { draft: { size: '1x1' } }, 400, 'draft.size'],
      ['sb_nobody/preview', {}, 404, 'storyboard_id'],
      ['sb_nobody/batch', {}, 404, 'storyboard_id'],
      [`${id}/batch`, { max_credits: -1 }, 400, 'max_credits'],
    ] as const) {
      const answer = await call('POST', `/v1/storyboards/${path}`, body)
      expect([answer.status, answer.json.error?.param], `${path} ${answer.bytes}`).toEqual([status, param])
    }
  })
})

describe('its batch', () => {
  test('makes every shot that is not made, under its cap, and asked twice the same one', async () => {
    const { id } = await board([SHOT, SHOT, SHOT])
    const alone = await post(`/v1/storyboards/${id}/shots/1/make`)
    const before = await available()
    const [batch, twin] = await Promise.all([post(`/v1/storyboards/${id}/batch`, { max_credits: 40 }), post(`/v1/storyboards/${id}/batch`)])
    expect(twin.id).toBe(batch.id)
    expect(batch).toMatchObject({ object: 'batch', request_counts: { total: 2 }, filmgate: { price_credits: 32 } })
    const open = await eventually(async () => {
      const { shots } = await get(`/v1/storyboards/${id}`)
      return shots.every(({ video }: Json) => video !== null) ? shots : null
    })
    expect(open.map(({ batch: by }: Json) => by)).toEqual([batch.id, null, batch.id])
    expect(open[1].video).toBe(alone.id)
    expect((await post(`/v1/storyboards/${id}/shots/0/make`)).id).toBe(open[0].video)
    expect(await available()).toBe(before - 32)
    expect((await post(`/v1/storyboards/${id}/batch`)).id).toBe(batch.id)
    // A cap that is misspelt is no cap: it is refused.
    expect((await call('POST', `/v1/storyboards/${id}/batch`, { max_credit: 40 })).json.error.message).toContain('max_credit')
  })

  test('that has not begun says so of a shot that is asked for, and makes what was cancelled with the next', async () => {
    const { id } = await board([SHOT])
    const batch = await post(`/v1/storyboards/${id}/batch`, { start: false })
    const waits = await call('POST', `/v1/storyboards/${id}/shots/0/make`, {})
    expect([waits.status, waits.json.error.code, waits.json.error.param]).toEqual([400, 'video_not_ready', 'again'])
    await post(`/v1/batches/${batch.id}/cancel`)
    const next = await eventually(async () => {
      const another = await post(`/v1/storyboards/${id}/batch`, { start: false })
      return another.id === batch.id ? null : another
    })
    expect(next.request_counts.total).toBe(1)
  })

  test('makes anew what it made and was deleted since', async () => {
    const { id } = await board([
      { ...SHOT, prompt: 'a boat' },
      { ...SHOT, prompt: 'a net' },
    ])
    const batch = await post(`/v1/storyboards/${id}/batch`)
    await eventually(async () => ((await get(`/v1/batches/${batch.id}`)).status === 'completed' ? true : null))
    const videos = (await get(`/v1/storyboards/${id}`)).shots.map(({ video }: Json) => video)
    for (const video of videos) await made(call('DELETE', `/v1/videos/${video}`))
    expect(videos).not.toContain((await post(`/v1/storyboards/${id}/shots/0/make`)).id)
    const next = await post(`/v1/storyboards/${id}/batch`, { start: false })
    expect([next.id === batch.id, next.request_counts.total]).toEqual([false, 1])
  })

  test('makes the finals of the drafts that its shots have', async () => {
    const { id } = await board([SHOT])
    const draft = await post(`/v1/storyboards/${id}/shots/0/make`, { draft: { size: '854x480' } })
    await post(`/v1/storyboards/${id}/batch`)
    const final = await eventually(async () => (await get(`/v1/storyboards/${id}`)).shots[0].video)
    expect((await get(`/v1/videos/${final}`)).filmgate.promotion).toMatchObject({ draft: draft.id, drafts_made: 0, saved_credits: 0 })
  })

  test('of shots that were all made alone is refused', async () => {
    const { id } = await board([SHOT])
    await post(`/v1/storyboards/${id}/shots/0/make`)
    const refused = await call('POST', `/v1/storyboards/${id}/batch`, {})
    expect([refused.status, refused.json.error.message]).toEqual([400, expect.stringContaining('Every shot is made')])
  })
})
