import { hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { hex, inBlocks, type RandomBytes } from '../domain/ids.ts'
import { Problem, problem } from '../domain/problems.ts'
import { fingerprint, JSON_BYTES, readMultipart } from './body.ts'
import { modelOf, namedVideo } from './call.ts'
import { serveConsole } from './console.ts'
import { callerOf, header, idempotencyKeyOf } from './door.ts'
import { problemOf, refusalOf } from './envelope.ts'
import { spell } from './issues.ts'
import { parseJson } from './json.ts'
import { isRead, ReadLimits, rateLimitHeaders, readsOfTier, showOrdersLeft } from './limits.ts'
import { RequestMetrics } from './metrics.ts'
import { admit, type Incoming, type Known, type Route } from './route.ts'
import type { Services } from './services.ts'
import { unstorable } from './storable.ts'
import { Uploads } from './uploads.ts'

declare module 'fastify' {
  interface FastifyRequest {
    caller: Known | null
  }
}

const ALIAS = '/openai'
const LONGEST_REQUEST_MS = 300_000 // a 200 MiB upload at 6 Mbit/s
const REQUEST_ID_BYTES = 16
const HEADER_BYTES = 16 * 1024
/** In the metrics alone, where nobody was left to answer. The number is nginx's. */
const HUNG_UP = 499
/** After a refusal the rest of a body this long is still read: a client that is cut off while it sends never sees the answer. */
const DRAINED_BYTES = 256 * 1024 * 1024

/** The HTTP server over a route table, ready to `listen` or `inject`. Close it with `app.close()`. */
export async function buildApp(services: Services, routes: readonly Route[]): Promise<FastifyInstance> {
  const metrics = new RequestMetrics()
  const app = Fastify({
    logger: false,
    bodyLimit: JSON_BYTES,
    requestTimeout: LONGEST_REQUEST_MS,
    keepAliveTimeout: 72_000, // longer than the 60 s of common proxies, which would otherwise send into a closing connection
    return503OnClosing: false, // ours is in the envelope
    forceCloseConnections: 'idle',
    genReqId: requestIds(services.random),
    requestIdHeader: false,
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: true },
    // Who sends too slowly is found within a second of the limit, not within Node's thirty.
    http: { maxHeaderSize: HEADER_BYTES, connectionsCheckingInterval: 1_000, requireHostHeader: false },
    frameworkErrors: (error, request, reply) => {
      reply.header('x-request-id', request.id)
      return refuse(error, request, reply)
    },
    clientErrorHandler: answerRaw,
  })

  app.decorateRequest('caller', null)
  app.removeAllContentTypeParsers()
  // Parsed by the handler, where a mistake knows its route.
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.addContentTypeParser('multipart/form-data', (_request, _payload, done) => done(null, undefined))

  const counted = new WeakSet<FastifyRequest>()
  app.addHook('onRequest', async (request, reply) => {
    metrics.in_flight++
    const end = (status: number) => {
      if (!counted.delete(request)) return
      metrics.in_flight--
      metrics.observe(request.method, request.routeOptions.url ?? 'none', status, reply.elapsedTime / 1000)
    }
    counted.add(request)
    // Not the library's onResponse: it never comes for a client that hangs up before its request is complete.
    reply.raw.once('finish', () => end(reply.statusCode)).once('close', () => end(HUNG_UP))
    reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff').header('referrer-policy', 'no-referrer')
    // Node would answer this by itself (as it would an unknown Expect, below), without envelope and request id.
    if (request.raw.httpVersion === '1.1' && request.headers.host === undefined)
      throw problem('invalid_value', 'An HTTP/1.1 request needs the header Host.')
    if (services.closing() && request.routeOptions.url !== '/healthz') {
      reply.header('connection', 'close')
      throw problem('overloaded', 'This server is shutting down; try again, another one will answer.', { retry_after_s: 1 })
    }
  })
  app.server.on('checkExpectation', (request, response) => app.routing(request, response))

  const is_page = await serveConsole(app, services.console_folder)
  const reads = new ReadLimits(services.world, services.clock)
  for (const route of routes) register(app, services, route, metrics, reads)

  const methods_of = methodTable(routes)
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? ''
    if ((request.method === 'GET' || request.method === 'HEAD') && is_page(path, header(request, 'accept') ?? ''))
      return reply.sendFile('index.html')
    const allowed = methods_of(path)
    if (allowed.length === 0) throw problem('not_found', `There is no path ${path.slice(0, 200)} here; GET /openapi.json lists all.`)
    // The router finds nothing behind a parameter that is longer than any id.
    if (allowed.includes(request.method)) throw problem('not_found', 'There is nothing of that id.')
    reply.header('allow', allowed.join(', '))
    throw problem(
      'method_not_allowed',
      `${request.method} is not possible here; ${allowed.join(', ')} ${allowed.length > 1 ? 'are' : 'is'}.`,
    )
  })
  app.setErrorHandler(refuse)

  async function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { problem: refused, unexpected } = problemOf(error, error instanceof Problem || (await isReady()))
    if (unexpected) {
      const cause = error instanceof Error ? (error.stack ?? error.message) : String(error)
      services.log.error('request failed', {
        request_id: request.id,
        method: request.method,
        route: request.routeOptions?.url,
        code: refused.code,
        cause,
      })
    }
    const { status, headers, body } = refusalOf(refused)
    reply.code(status)
    letTheClientFinish(request.raw, reply)
    return reply.headers(headers).header('cache-control', 'no-store').type('application/json; charset=utf-8').send(body)
  }

  async function isReady(): Promise<boolean> {
    return (await services.ready().catch(() => ({ ready: false }))).ready
  }

  return app
}

/** Names of 128 random bits. */
function requestIds(random: RandomBytes): () => string {
  const bytes = inBlocks(random)
  return () => `req_${hex(bytes(REQUEST_ID_BYTES))}`
}

function register(app: FastifyInstance, services: Services, route: Route, metrics: RequestMetrics, reads: ReadLimits): void {
  const url = route.path.replaceAll(/\{(\w+)\}/g, ':$1')
  const options = {
    method: route.method,
    bodyLimit: route.body_limit ?? JSON_BYTES,
    // Before the body is read: nobody without a key makes us read 30 MiB.
    onRequest: async (request: FastifyRequest, reply: FastifyReply) => {
      if (route.caller === 'public') return
      request.caller = await callerOf(request, services)
      admit(route.caller, request.caller)
      const rate = isRead(route) ? reads.count(request.caller, await readsOfTier(services, request.caller)) : null
      if (rate !== null) reply.headers(rateLimitHeaders(rate))
    },
    handler: (request: FastifyRequest, reply: FastifyReply) => answer(services, route, request, reply, metrics),
  }
  const add = (to: FastifyInstance) => {
    to.route({ ...options, url })
    if (url.startsWith('/v1/')) to.route({ ...options, url: ALIAS + url })
  }
  if (!route.raw_body && !route.lines) {
    add(app)
    return
  }
  if (route.lines) {
    void app.register((scope, _options, registered) => {
      scope.addContentTypeParser([...LINES], { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
      add(scope)
      registered()
    })
    return
  }
  // Within a scope of its own: there, whatever the body calls itself, it is bytes.
  void app.register((scope, _options, registered) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    add(scope)
    registered()
  })
}

async function answer(
  services: Services,
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  metrics: RequestMetrics,
): Promise<unknown> {
  const uploads = new Uploads(services.upload_folder)
  const gone = new AbortController()
  reply.raw.once('close', () => reply.raw.writableFinished || gone.abort())
  try {
    const { body, encoding } = await readBody(route, request, uploads)
    const lines = linesOf(route, request)
    for (const [value, source] of [
      [body, encoding],
      [request.query, 'query'],
      [request.params, 'path'],
    ] as const) {
      const found = unstorable(value)
      if (!found) continue
      const param = spell(found.path, source)
      throw problem(
        'invalid_value',
        `${param === null ? `The ${source === 'query' || source === 'path' ? source : 'request body'}` : `\`${param.slice(0, 200)}\``} ${found.why}.`,
        { param },
      )
    }
    const path = (request.url.split('?')[0] ?? '').replace(/^\/openai(?=\/v1\/)/, '')
    let print: Buffer | null = null // of a large body it takes a while
    const incoming: Incoming = {
      services,
      reply,
      request_id: request.id,
      now: services.clock(),
      operation: `${request.method} ${path}`,
      idempotency_key: idempotencyKeyOf(request),
      fingerprint() {
        print ??= fingerprint(
          request.method,
          path,
          route.lines ? { query: request.query, said: lines === null ? body : hash('sha256', lines) } : body,
        )
        return print
      },
      header: (name) => header(request, name),
      signal: gone.signal,
      http_metrics: () => metrics.text(),
      caller: request.caller,
      params: request.params,
      query: request.query,
      body,
      encoding,
      raw: lines ?? (route.raw_body && request.body instanceof Uint8Array ? request.body : new Uint8Array()),
      in_lines: lines !== null,
    }
    const named = namedVideo(request.params, body)
    if (named !== null && request.caller !== null) await services.arrivals.note(request.caller.key_id, named)
    const result = await route.run(incoming)
    // What was sent already is undefined here: the library's reply is a promise of its end, whole or cut off.
    if (result === reply || result === undefined) return reply
    if (route.makes_a_video) await showOrdersLeft(services, request.caller, modelOf(result), reply)
    reply.code(route.status ?? 200)
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
    return reply.type('application/json; charset=utf-8').send(JSON.stringify(result))
  } finally {
    await uploads.dispose()
  }
}

/** What lines of JSON call themselves; a file that is sent as it is, is text. */
const LINES = ['application/jsonl', 'application/x-ndjson', 'application/x-jsonlines', 'text/plain']
/** What would come in as many lines is let in as one document. */
const VALUES_OF_LINES = 2_000_000

function linesOf(route: Route, request: FastifyRequest): Uint8Array | null {
  const type = (header(request, 'content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  return route.lines && LINES.includes(type) ? (request.body instanceof Uint8Array ? request.body : new Uint8Array()) : null
}

/** The body as one plain object, whichever encoding brought it. */
async function readBody(
  route: Route,
  request: FastifyRequest,
  uploads: Uploads,
): Promise<{ body: Readonly<Record<string, unknown>>; encoding: 'json' | 'multipart' }> {
  if (route.schemas.body === null) return { body: {}, encoding: 'json' }
  const encodings = route.encodings ?? ['json']
  if (/^multipart\/form-data\b/i.test(header(request, 'content-type') ?? '')) {
    if (!encodings.includes('multipart')) throw problem('unsupported_media_type', 'This path takes application/json only.')
    return { body: await readMultipart(request.raw, uploads, route.files ?? {}), encoding: 'multipart' }
  }
  const bytes = request.body
  if (!(bytes instanceof Uint8Array) || bytes.byteLength === 0) return { body: {}, encoding: 'json' }
  if (linesOf(route, request) !== null) return { body: {}, encoding: 'json' }
  if (bytes.byteLength > JSON_BYTES) throw problem('payload_too_large', 'The request body is larger than this path takes (JSON: 30 MiB).')
  if (!encodings.includes('json')) throw problem('unsupported_media_type', 'This path takes multipart/form-data only.')
  const body = parseJson(bytes, route.lines ? VALUES_OF_LINES : undefined)
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw problem(
      'invalid_value',
      `The request body must be a JSON object; it is ${Array.isArray(body) ? 'a list' : JSON.stringify(body).slice(0, 40)}.`,
    )
  }
  return { body: body as Readonly<Record<string, unknown>>, encoding: 'json' }
}

/** Reads on what is left of a refused body; from a client that announces (or sends) too much the connection is taken. */
function letTheClientFinish(request: IncomingMessage, reply: FastifyReply): void {
  if (request.complete) return
  if (Number(request.headers['content-length'] ?? 0) > DRAINED_BYTES) {
    reply.header('connection', 'close')
    return
  }
  if (reply.statusCode === 413) reply.removeHeader('connection') // the library means to cut off whoever sends too much
  let seen = 0
  request.on('data', (chunk: Uint8Array) => {
    seen += chunk.byteLength
    if (seen > DRAINED_BYTES) request.destroy()
  })
  request.resume()
}

/** Which methods a concrete path has, in the table or its alias. */
function methodTable(routes: readonly Route[]): (path: string) => readonly string[] {
  const patterns = routes.map((route) => ({
    method: route.method,
    pattern: new RegExp(`^(?:${ALIAS}(?=/v1/))?${route.path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}/?$`),
  }))
  return (path) => {
    const found = patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)
    return found.includes('GET') ? [...new Set([...found, 'HEAD'])] : [...new Set(found)]
  }
}

/** For what was not even HTTP, or took too long: there is no request object, so the answer is written by hand. */
function answerRaw(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const known = { code: error.code, statusCode: 400 }
  const { status, headers, body } = refusalOf(problemOf(known, true).problem)
  const text = JSON.stringify(body)
  const lines = [
    `HTTP/1.1 ${status} Refused`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(text)}`,
    `x-request-id: req_${crypto.randomUUID().replaceAll('-', '')}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    'connection: close',
  ]
  socket.end(`${lines.join('\r\n')}\r\n\r\n${text}`)
}
