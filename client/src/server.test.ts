import { once } from 'node:events'
import { createServer } from 'node:http'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestWorld, testWorld } from '../../server/src/testing/world.ts'
import { createFilmgate, type Filmgate, FilmgateError, verifyWebhook } from './index.ts'

// The client as programs use it, against a server in this process, over real HTTP.

let world: TestWorld
let base_url: string
let filmgate: Filmgate
beforeAll(async () => {
  world = await testWorld()
  base_url = await world.gateway.app.listen({ host: '127.0.0.1', port: 0 })
  // Looks come as usual, only sooner.
  const sleep = (ms: number) => new Promise<void>((done) => setTimeout(done, Math.min(ms, 100)))
  filmgate = createFilmgate({ base_url, key: world.customer_key, sleep })
})
afterAll(() => world.stop())

// Nothing is drawn for it, and it keeps its hold.
const ORDER = { model: 'sora-2', prompt: 'a fox in the snow [[hang]]', seconds: '4', size: '1280x720' }
/** The quickest to draw. */
const SMALL = { model: 'animatic', prompt: 'a fox in the snow', seconds: '1', size: '854x480' }

test('a clip is quoted, made, waited for and downloaded, in one go and in two parts', async () => {
  const { credits, usd } = await filmgate.post('/v1/quotes', { body: ORDER })
  expect([credits, usd]).toEqual([40, '0.40'])
  const quote = await filmgate.post('/v1/quotes', { body: SMALL })
  if (!('id' in quote)) throw new Error('one order has one quote')
  const stages: string[] = []
  const video = await filmgate.videos.createAndWait(
    { ...SMALL, quote: quote.id ?? undefined },
    { on_change: ({ filmgate: { stage } }) => stages.push(stage), timeout_s: 120 },
  )
  expect([video.status, stages.at(-1)]).toEqual(['completed', 'done'])
  const whole = await filmgate.videos.content(video.id)
  const bytes = Buffer.from(await new Response(whole.stream).arrayBuffer())
  expect([bytes.length, bytes.subarray(4, 8).toString(), whole.type]).toEqual([whole.total_bytes, 'ftyp', 'video/mp4'])
  const rest = await filmgate.videos.content(video.id, { from_byte: 1_000, etag: whole.etag ?? undefined })
  expect(rest.from_byte).toBe(1_000)
  expect(Buffer.from(await new Response(rest.stream).arrayBuffer()).equals(bytes.subarray(1_000))).toBe(true)
  const table = await filmgate.raw('GET', '/v1/ledger', { headers: { accept: 'text/csv' }, query: { video: video.id } })
  expect((await table.text()).trim().split('\n')).toHaveLength(3)
})

test('orders whose answers are lost on the way back are made once each', async () => {
  let lose = 0
  const unlucky = createFilmgate({
    base_url,
    key: world.customer_key,
    sleep: async () => {},
    fetch: async (address, init) => {
      const response = await fetch(address, init)
      if (init.method === 'POST' && lose-- > 0) throw new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } })
      return response
    },
  })
  const { available } = await filmgate.get('/v1/balance')
  const ids = new Set<string>()
  for (lose of [1, 2, 3]) ids.add((await unlucky.post('/v1/videos', { body: ORDER })).id)
  expect(ids.size).toBe(3)
  expect((await filmgate.get('/v1/balance')).available).toBe(available - 120)
  lose = 9
  const error = await failure(unlucky.post('/v1/videos', { body: ORDER, idempotency_key: 'kept' }))
  expect([error.code, error.charged]).toEqual(['no_answer', 'unknown'])
  lose = 0
  await unlucky.post('/v1/videos', { body: ORDER, idempotency_key: 'kept' })
  expect((await filmgate.get('/v1/balance')).available).toBe(available - 160)
})

test('refusals come as they are meant, with what would do', async () => {
  const of = async (call: Promise<unknown>) => {
    const { kind, code, status, param, charged } = await failure(call)
    return [kind, code, status, param, charged]
  }
  const stranger = createFilmgate({ base_url, key: 'fg_live_unknown' })
  expect(await of(stranger.get('/v1/balance'))).toEqual(['authentication', 'invalid_api_key', 401, null, false])
  expect(await of(filmgate.get('/v1/ledger/audit'))).toEqual(['permission', 'operator_key_required', 403, null, false])
  expect(await of(filmgate.videos.wait('video_none'))).toEqual(['not_found', 'not_found', 404, 'video_id', false])
  expect(await of(filmgate.post('/v1/videos', { body: { ...ORDER, seconds: 7 } }))).toEqual([
    'invalid_request',
    'unsupported_duration',
    400,
    'seconds',
    false,
  ])
  const dear = await failure(filmgate.post('/v1/videos', { body: { ...ORDER, max_credits: 1 } }))
  expect([dear.kind, dear.code, dear.details.needed]).toEqual(['insufficient_credits', 'price_above_limit', 40])
  await filmgate.post('/v1/holds', { body: { credits: 1 }, idempotency_key: 'twice' })
  expect(await of(filmgate.post('/v1/holds', { body: { credits: 2 }, idempotency_key: 'twice' }))).toEqual([
    'conflict',
    'idempotency_conflict',
    409,
    'Idempotency-Key',
    false,
  ])
})

test('an operator acts for a customer, and pages through all of them', async () => {
  const operator = createFilmgate({ base_url, key: world.operator_key })
  const { id } = await operator.post('/v1/customers', { body: { name: 'Ada' } })
  expect((await operator.get('/v1/balance', { customer: id })).available).toBe(0)
  const names: string[] = []
  for await (const { name } of operator.each('/v1/customers', { query: { limit: 1 } })) names.push(name)
  expect(names.length).toBe(2)
  expect(await failure(operator.get('/v1/balance'))).toMatchObject({ code: 'customer_required' })
})

test('a server that is older, another program, and nobody at all are told apart', async () => {
  const older = createFilmgate({ base_url: `${base_url}/not-here`, key: world.customer_key })
  expect(await failure(older.get('/v1/balance'))).toMatchObject({ kind: 'not_filmgate', code: 'unknown_route', status: 404 })
  const other = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<h1>It works!</h1>'))
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  const at = other.address()
  const elsewhere = createFilmgate({ base_url: `http://127.0.0.1:${typeof at === 'object' ? at?.port : ''}`, sleep: async () => {} })
  expect(await failure(elsewhere.get('/v1/balance'))).toMatchObject({ kind: 'not_filmgate', code: 'not_filmgate' })
  other.closeAllConnections()
  other.close()
  await once(other, 'close')
  expect(await failure(elsewhere.get('/v1/balance'))).toMatchObject({ kind: 'unreachable', code: 'unreachable', charged: false })
})

test('a server that takes a request and says nothing is given up, and a call can be stopped', async () => {
  const silent = createServer(() => {})
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const at = silent.address()
  const waiting = createFilmgate({ base_url: `http://127.0.0.1:${typeof at === 'object' ? at?.port : ''}`, retries: { most: 0 } })
  expect(await failure(waiting.get('/v1/balance', { timeout_s: 0.05 }))).toMatchObject({ code: 'no_answer', charged: false })
  const stop = new AbortController()
  const call = waiting.post('/v1/holds', { body: { credits: 1 }, signal: stop.signal })
  silent.once('request', () => stop.abort())
  expect(await failure(call)).toMatchObject({ kind: 'aborted', charged: 'unknown' })
  silent.closeAllConnections()
  silent.close()
})

test('a webhook is read when its endpoint signed it, and only then', () => {
  const secret = `whsec_${Buffer.alloc(32, 3).toString('base64')}`
  const body = JSON.stringify({ id: 'evt_1', object: 'event', created_at: 1, type: 'video.completed', data: { id: 'video_1' } })
  const now = new Date()
  const headers = {
    'Webhook-Id': 'evt_1',
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign('evt_1', now, body),
  }
  expect(verifyWebhook(body, headers, secret)).toMatchObject({ type: 'video.completed', data: { id: 'video_1' } })
  expect(verifyWebhook(new TextEncoder().encode(body), new Headers(headers), secret).id).toBe('evt_1')
  const refused = expect.objectContaining({ code: 'bad_signature' })
  expect(() => verifyWebhook(`${body} `, headers, secret)).toThrow(refused)
  expect(() => verifyWebhook(body, {}, secret)).toThrow(refused)
  expect(() => verifyWebhook(body, headers, `whsec_${Buffer.alloc(32, 4).toString('base64')}`)).toThrow(refused)
  expect(() => verifyWebhook(body, headers, '')).toThrow(refused)
})

async function failure(call: Promise<unknown>): Promise<FilmgateError> {
  const error: unknown = await call.then(
    () => 'no error',
    (thrown: unknown) => thrown,
  )
  if (error instanceof FilmgateError) return error
  throw error
}
