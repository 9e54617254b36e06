import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFilmgate, FilmgateError, type FilmgateOptions, KEYED_PATHS, nextLook } from './index.ts'

interface Seen {
  readonly method: string
  readonly address: string
  readonly headers: Headers
  readonly body: unknown
}
type Reply = (seen: Seen) => Response | Promise<Response>

/** A client whose answers are dictated, one after the other (the last one for ever), and what it sent. Its sleeps take no time and move its clock. */
function dictated(replies: readonly Reply[], options: Partial<FilmgateOptions> = {}) {
  const seen: Seen[] = []
  const slept: number[] = []
  const clock = { now: 0 }
  const filmgate = createFilmgate({
    base_url: 'http://filmgate.test:8787/v1/',
    key: 'fg_live_abc',
    fetch: async (address, init) => {
      const one = { method: init.method ?? '', address, headers: new Headers(init.headers), body: init.body }
      seen.push(one)
      const reply = replies[Math.min(seen.length, replies.length) - 1]
      if (reply === undefined) throw new TypeError('no reply')
      return reply(one)
    },
    sleep: async (ms, signal) => {
      signal?.throwIfAborted()
      slept.push(ms)
      clock.now += ms
    },
    now_ms: () => clock.now,
    random: () => 0.5,
    uuid: () => 'one-key',
    ...options,
  })
  return { filmgate, seen, slept, clock }
}

const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): Reply =>
  () =>
    new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } })
const refusal = (status: number, code: string, headers: Record<string, string> = {}, more: object = {}): Reply =>
  json({ error: { message: `It says ${code}.`, type: 'x', param: 'seconds', code, ...more } }, status, {
    'x-request-id': 'req-1',
    ...headers,
  })
const page =
  (status: number): Reply =>
  () =>
    new Response('<html>', { status, headers: { 'content-type': 'text/html; charset=utf-8' } })
const lost: Reply = () => {
  throw new TypeError('fetch failed', { cause: Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }) })
}
const refused_connection: Reply = () => {
  throw new TypeError('fetch failed', { cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }) })
}
const failure = async (call: Promise<unknown>): Promise<FilmgateError> => {
  const error: unknown = await call.then(
    () => 'no error',
    (thrown: unknown) => thrown,
  )
  if (error instanceof FilmgateError) return error
  throw error
}

test('an address is put together from base URL, path and query, with the key and the customer', async () => {
  const { filmgate, seen } = dictated([json({ object: 'list' })], { customer: 'cus_1' })
  await filmgate.get('/v1/videos/{video_id}/receipt', { path: { video_id: 'a/b' } })
  await filmgate.get('/v1/ledger', { query: { limit: 2, video: undefined, kind: 'hold' }, customer: 'cus_2' })
  expect(seen.map(({ method, address }) => `${method} ${address}`)).toEqual([
    'GET http://filmgate.test:8787/v1/videos/a%2Fb/receipt',
    'GET http://filmgate.test:8787/v1/ledger?limit=2&kind=hold',
  ])
  expect(seen.map(({ headers }) => [headers.get('authorization'), headers.get('filmgate-customer')])).toEqual([
    ['Bearer fg_live_abc', 'cus_1'],
    ['Bearer fg_live_abc', 'cus_2'],
  ])
})

test('a GET goes again after what passes, no more than thrice, waiting as long as it is told to', async () => {
  const patient = dictated([refusal(503, 'starting', { 'retry-after': '2' }), lost, page(502), json({ available: 7 })])
  expect(await patient.filmgate.get('/v1/balance')).toEqual({ available: 7 })
  expect(patient.slept).toEqual([2_100, 750, 1_500])
  const weary = dictated([lost])
  expect(await failure(weary.filmgate.get('/v1/balance'))).toMatchObject({ kind: 'unreachable', code: 'no_answer', charged: false })
  expect(weary.seen).toHaveLength(4)
})

test('what the server calls final is final, and a wait that is too long is handed on', async () => {
  const final = dictated([refusal(503, 'overloaded', { 'x-should-retry': 'false' })])
  expect(await failure(final.filmgate.get('/v1/balance'))).toMatchObject({ kind: 'server', code: 'overloaded', request_id: 'req-1' })
  const long = dictated([refusal(429, 'rate_limit_exceeded', { 'retry-after': '600' })])
  expect(await failure(long.filmgate.get('/v1/balance'))).toMatchObject({ kind: 'rate_limited', retry_after_s: 600 })
  const wrong = dictated([refusal(400, 'unsupported_duration')])
  expect(await failure(wrong.filmgate.get('/v1/balance'))).toMatchObject({ kind: 'invalid_request', param: 'seconds', charged: false })
  expect([final, long, wrong].map(({ seen }) => seen.length)).toEqual([1, 1, 1])
})

test('a POST that pays goes again under the same key; one that honours none is sent once', async () => {
  const paid = dictated([lost, refusal(503, 'overloaded'), json({ id: 'video_1' })])
  await paid.filmgate.post('/v1/videos', { body: { prompt: 'a fox' } })
  expect(paid.seen.map(({ headers }) => headers.get('idempotency-key'))).toEqual(['one-key', 'one-key', 'one-key'])
  const own = dictated([lost, json({ id: 'video_1' })])
  await own.filmgate.post('/v1/videos', { body: { prompt: 'a fox' }, idempotency_key: 'mine' })
  expect(own.seen.map(({ headers }) => headers.get('idempotency-key'))).toEqual(['mine', 'mine'])
  const quote = dictated([lost, json({})])
  expect(await failure(quote.filmgate.post('/v1/quotes', { body: { seconds: 4 } }))).toMatchObject({ code: 'no_answer' })
  expect(quote.seen).toHaveLength(1)
})

const any_reply = fc.oneof(
  fc.constantFrom(lost, refused_connection, page(200), page(502), page(404), json({}), json({ error: {} }, 500)),
  fc
    .record({
      status: fc.constantFrom(400, 401, 402, 404, 408, 409, 425, 429, 500, 502, 503),
      wait: fc.constantFrom<Record<string, string>>({}, { 'retry-after': '0' }, { 'retry-after-ms': '1' }, { 'x-should-retry': 'true' }),
    })
    .map(({ status, wait }) => refusal(status, 'overloaded', wait)),
)

test('whatever fails: a POST without a key that its path honours is sent at most once, every other at most four times under one key', async () => {
  const runs = Number(process.env.FILMGATE_CLIENT_RUNS ?? 300)
  await fc.assert(
    fc.asyncProperty(fc.array(any_reply, { minLength: 1, maxLength: 6 }), fc.boolean(), fc.boolean(), async (replies, keyed, own) => {
      const { filmgate, seen } = dictated(replies)
      const path = keyed ? '/v1/holds' : '/v1/comparisons'
      await filmgate.raw('POST', path, { body: { credits: 1 }, ...(own ? { idempotency_key: 'mine' } : {}) }).catch(() => {})
      expect(seen.length).toBeLessThanOrEqual(keyed ? 4 : 1)
      expect(new Set(seen.map(({ headers }) => headers.get('idempotency-key'))).size).toBe(1)
    }),
    { numRuns: runs },
  )
})

test('the caller learns whether it may have been charged', async () => {
  const of = async (...replies: Reply[]) => {
    const { filmgate } = dictated(replies)
    const { charged, code } = await failure(filmgate.post('/v1/videos', { body: { prompt: 'a fox' } }))
    return [code, charged]
  }
  expect(await of(refused_connection)).toEqual(['unreachable', false])
  expect(await of(lost)).toEqual(['no_answer', 'unknown'])
  expect(await of(lost, refused_connection)).toEqual(['unreachable', 'unknown'])
  expect(await of(lost, refusal(402, 'insufficient_credits'))).toEqual(['insufficient_credits', false])
  expect(await of(lost, page(404))).toEqual(['not_filmgate', 'unknown'])
  expect(await of(refusal(500, 'internal_error'))).toEqual(['internal_error', 'unknown'])
  expect(await of(page(200))).toEqual(['not_filmgate', 'unknown'])
})

test('each trouble at the other end has its own sentence', async () => {
  const say = async (...replies: Reply[]) => {
    const { kind, code, message } = await failure(dictated(replies, { retries: { most: 0 } }).filmgate.get('/v1/balance'))
    return `${kind}/${code}: ${message}`
  }
  const moved: Reply = () => new Response(null, { status: 301, headers: { location: 'https://filmgate.test/v1/balance' } })
  expect([
    await say(refused_connection),
    await say(lost),
    await say(page(200)),
    await say(page(404)),
    await say(json({ detail: 'Not Found' }, 404)),
    await say(page(502)),
    await say(moved),
    await say(json({ error: { message: 'There is no path /v1/balance here; GET /openapi.json lists all.', code: 'not_found' } }, 404)),
    await say(json({ error: { message: 'New here.', code: 'from_the_future' } }, 418)),
  ]).toMatchInlineSnapshot(`
    [
      "unreachable/unreachable: Nothing answers at http://filmgate.test:8787 (connection refused). Is Filmgate running there, and is the address right?",
      "unreachable/no_answer: The connection to http://filmgate.test:8787 broke before an answer came (connection reset).",
      "not_filmgate/not_filmgate: What answers at http://filmgate.test:8787 is not Filmgate: GET /v1/balance got 200 with a web page. Check the address and the port.",
      "not_filmgate/not_filmgate: What answers at http://filmgate.test:8787 is not Filmgate: GET /v1/balance got 404 with a web page. Check the address and the port.",
      "not_filmgate/not_filmgate: What answers at http://filmgate.test:8787 is not Filmgate: GET /v1/balance got 404 with application/json. Check the address and the port.",
      "unreachable/bad_gateway: Something in front of http://filmgate.test:8787 answered 502: the server behind it cannot be reached.",
      "not_filmgate/redirected: http://filmgate.test:8787 sends its callers to https://filmgate.test. Use that address as the base URL.",
      "not_filmgate/unknown_route: The server at http://filmgate.test:8787 does not know GET /v1/balance: it is older than this program, or not Filmgate. Update the server.",
      "invalid_request/unlisted: New here.",
    ]
  `)
})

test('an address or a key that cannot be one is refused before anything is sent', () => {
  for (const base_url of ['', '127.0.0.1:8787', 'ftp://x', 'http://', 'https://me:secret@host/', 'http://x/?a=1']) {
    expect(() => createFilmgate({ base_url }), base_url).toThrow(expect.objectContaining({ code: 'bad_base_url' }))
  }
  for (const key of ['', 'fg live', 'fg_live_a\n', 'fg_live_ä']) {
    expect(() => createFilmgate({ base_url: 'http://x', key }), key).toThrow(expect.objectContaining({ code: 'bad_key' }))
  }
})

test('an id that an address takes for something else, or a header that cannot be sent, goes nowhere', async () => {
  const { filmgate, seen } = dictated([json({})])
  for (const video_id of ['', '.', '..']) {
    expect(await failure(filmgate.delete('/v1/videos/{video_id}', { path: { video_id } }))).toMatchObject({
      code: 'bad_id',
      param: 'video_id',
    })
  }
  for (const customer of ['등대', 'cus_1\r\nx-more: 1']) {
    expect(await failure(filmgate.get('/v1/balance', { customer }))).toMatchObject({ code: 'bad_header', charged: false })
  }
  expect(seen).toEqual([])
})

test('every item of a list comes, page after page', async () => {
  const { filmgate, seen } = dictated([
    json({ data: [{ id: 'a' }, { id: 'b' }], last_id: 'b', has_more: true }),
    json({ data: [{ id: 'c' }], last_id: 'c', has_more: false }),
  ])
  const ids: string[] = []
  for await (const video of filmgate.each('/v1/videos', { query: { order: 'asc' } })) ids.push(video.id)
  expect(ids).toEqual(['a', 'b', 'c'])
  expect(seen.map(({ address }) => address.split('?')[1])).toEqual(['limit=100&order=asc', 'limit=100&order=asc&after=b'])
})

const video = (status: string, stage: string, progress = 0) => ({
  id: 'video_1',
  status,
  progress,
  filmgate: { stage, eta: { low_s: 40, high_s: 90 } },
})

test('create and wait looks every few seconds, tells every change, and outlives a server that is away', async () => {
  const { filmgate, slept } = dictated([
    json(video('queued', 'waiting_to_start')),
    json(video('in_progress', 'rendering', 10)),
    json(video('in_progress', 'rendering', 10)),
    refusal(404, 'not_there_yet', {}),
  ])
  expect(await failure(filmgate.videos.createAndWait({ prompt: 'a fox' }))).toMatchObject({ kind: 'not_found', code: 'unlisted' })
  const away = dictated([json(video('queued', 'waiting_to_start')), lost, lost, lost, lost, lost, json(video('failed', 'done'))])
  const told: string[] = []
  const troubles: string[] = []
  const ended = await away.filmgate.videos.createAndWait(
    { prompt: 'a fox' },
    { on_change: ({ filmgate: { stage } }) => told.push(stage), on_trouble: ({ code }) => troubles.push(code) },
  )
  expect([ended.status, told, troubles]).toEqual(['failed', ['waiting_to_start', 'done'], ['no_answer']])
  expect(slept.map((ms) => ms / 1000)).toEqual([0.5, 0.5, 0.5])
  const nobody = dictated([refused_connection])
  expect(await failure(nobody.filmgate.videos.wait('video_1'))).toMatchObject({ code: 'unreachable' })
  expect(nobody.seen, 'who was never there is not waited for').toHaveLength(4)
  const gone = dictated([json(video('queued', 'waiting_to_start')), lost])
  const waiting = gone.filmgate.videos.createAndWait({ prompt: 'a fox' }, { patience_s: 30 })
  expect(await failure(waiting)).toMatchObject({ code: 'no_answer' })
  expect(gone.clock.now).toBeGreaterThan(30_000)
})

test('to stop waiting leaves the video going and says where it is', async () => {
  const stop = new AbortController()
  const { filmgate, seen } = dictated([json(video('queued', 'waiting_to_start')), json(video('in_progress', 'rendering', 50))])
  const waiting = filmgate.videos.createAndWait(
    { prompt: 'a fox' },
    { signal: stop.signal, on_change: ({ status }) => status === 'in_progress' && stop.abort() },
  )
  const error = await failure(waiting)
  expect([error.kind, error.code, error.video?.id, error.video?.progress]).toEqual(['aborted', 'aborted', 'video_1', 50])
  expect(seen.map(({ method }) => method)).toEqual(['POST', 'GET'])
  const late = dictated([json(video('in_progress', 'rendering'))])
  expect(await failure(late.filmgate.videos.wait('video_1', { timeout_s: 100 }))).toMatchObject({
    code: 'timed_out',
    video: { id: 'video_1' },
  })
  expect(late.clock.now).toBe(100_000)
})

test('looks come every 10 s in the first minute and every 30 s later; sooner at first, and for what takes a few seconds', () => {
  const slow = { low_s: 200, high_s: 360 }
  expect([0, 4, 20, 59, 60, 3_600].map((waited_s) => nextLook(waited_s, slow, 0.5))).toEqual([0.5, 2, 10, 10, 30, 30])
  const quick = { low_s: 20, high_s: 45 }
  expect([0, 20, 90, 91].map((waited_s) => nextLook(waited_s, quick, 0.5))).toEqual([0.5, 4.5, 4.5, 30])
  expect([0, 1].map((chance) => nextLook(59, null, chance))).toEqual([9, 11])
})

test('a download that breaks goes on where it broke, and never joins another file to it', async () => {
  const bytes = new Uint8Array(1_000).map((_, index) => index % 251)
  const serve =
    (most: number, etag = '"a"'): Reply =>
    ({ headers }) => {
      const from = Number(/bytes=(\d+)-/.exec(headers.get('range') ?? '')?.[1] ?? 0)
      let sent = false
      const stream = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (sent && from + most < bytes.length) return controller.error(new Error('broke'))
          if (sent) return controller.close()
          sent = true
          controller.enqueue(bytes.slice(from, from + most))
        },
      })
      const is_part = headers.has('range') && (headers.get('if-range') ?? etag) === etag
      return new Response(stream, {
        status: is_part ? 206 : 200,
        headers: {
          etag,
          'content-type': 'video/mp4',
          'content-length': String(bytes.length - (is_part ? from : 0)),
          ...(is_part ? { 'content-range': `bytes ${from}-999/1000` } : {}),
        },
      })
    }
  const { filmgate, seen } = dictated([serve(400)])
  const whole = await filmgate.videos.content('video_1')
  expect(new Uint8Array(await new Response(whole.stream).arrayBuffer())).toEqual(bytes)
  expect([whole.total_bytes, whole.type, whole.etag]).toEqual([1_000, 'video/mp4', '"a"'])
  expect(seen.map(({ headers }) => headers.get('range'))).toEqual([null, 'bytes=400-', 'bytes=800-'])
  const rest = await dictated([serve(400)]).filmgate.videos.content('video_1', { from_byte: 700, etag: '"a"' })
  expect([rest.from_byte, (await new Response(rest.stream).arrayBuffer()).byteLength]).toEqual([700, 300])
  const other = await dictated([serve(400), serve(400, '"b"')]).filmgate.videos.content('video_1')
  expect(await failure(new Response(other.stream).arrayBuffer())).toMatchObject({ code: 'content_expired' })
})

test('every path that pays is in the list of those that honour a key', () => {
  for (const path of ['/v1/videos', '/v1/holds', '/v1/videos/{video_id}/remix', '/v1/usage']) expect(KEYED_PATHS).toContain(path)
})
