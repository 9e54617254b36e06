import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type Job, newJob, type Ordered, standing, videoOf } from './openai-job.ts'

export type { Job, Ordered } from './openai-job.ts'

export type Operation = 'create' | 'retrieve' | 'list' | 'delete' | 'content'

/**
 * How one request goes wrong. A status is answered in the API's error shape, before anything happens. `before` and `after` say whether the
 * request is carried out first; with `after` it is, and the answer is what goes wrong.
 */
export type Fault =
  | number
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly code?: string; readonly message?: string }
  /** The connection ends without an answer. */
  | 'drop_before'
  | 'drop_after'
  /** No answer until the server stops. */
  | 'hang_before'
  | 'hang_after'
  /** The body ends half-way. */
  | 'truncated'
  /** A page instead of an answer: from a proxy that knows no better, with status 200 or 502. */
  | 'html'
  | 'html_502'
  | 'html_503'
  /** An answer in the right shape that names nothing. */
  | 'empty'

export interface OpenaiEmulatorOptions {
  /** The bytes of a finished clip. `seconds` is what it shall last: less than ordered for `[[short]]`. */
  readonly clip: (order: Ordered & { readonly lasts_s: number }) => Uint8Array | Promise<Uint8Array>
  /** From the order to the result. */
  readonly render_ms?: number
  /** Keys that it takes; any if there is none. */
  readonly key?: string
  /** DELETE of a running job stops it (vLLM-Omni); without this it is refused (OpenAI). */
  readonly delete_stops?: boolean
  /** A finished video links to its clip in this member (relays); the link needs no key. */
  readonly link?: string
}

export interface BillLine {
  readonly id: string
  readonly model: string
  readonly seconds: number
  readonly size: string
  readonly usd: number
}

export interface OpenaiEmulator {
  /** With the version: what a client is given as its base URL. */
  readonly base_url: string
  /** Requests so far that reached it, carried out or not. */
  readonly asked: Readonly<Record<Operation, number>>
  /** Everything that it has taken and nobody has deleted, oldest first. A script may change a job: make it flap, go backwards, end late. */
  readonly jobs: ReadonlyMap<string, Job>
  /** What it would have charged: a line for each job, but for those that were stopped, and failed ones that are not `billed`. */
  bill(): readonly BillLine[]
  /** The next requests of this kind go wrong, one after the other. */
  next(operation: Operation, ...faults: readonly Fault[]): void
  /** From now on the key is another one, as if somebody had revoked it. */
  changeKey(key: string): void
  stop(): Promise<void>
}

/** Dollars a second, as the vendor's price list had them. */
const USD_PER_SECOND: Readonly<Record<string, number>> = { 'sora-2': 0.1, 'sora-2-pro': 0.3 }
const BODY_BYTES_MAX = 64 * 1024 ** 2

/** Listens on a free port of loopback. */
export async function startOpenaiEmulator(options: OpenaiEmulatorOptions): Promise<OpenaiEmulator> {
  const jobs = new Map<string, Job>()
  const taken: Job[] = []
  const asked: Record<Operation, number> = { create: 0, retrieve: 0, list: 0, delete: 0, content: 0 }
  const scripts = new Map<Operation, Fault[]>()
  let { key } = options

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (!response.headersSent) refuse(response, 500, 'server_error', String(error))
      else response.destroy()
    })
  })

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://emulator')
    const called = read(request.method ?? 'GET', url.pathname)
    const body = await readBody(request)
    if (called === null) return refuse(response, 404, 'not_found', `There is no ${request.method} ${url.pathname}.`)
    asked[called.operation] += 1
    const fault = scripts.get(called.operation)?.shift() ?? null
    if (fault === 'drop_before') return void request.socket.destroy()
    if (fault === 'hang_before') return
    if (fault === 'html' || fault === 'html_502' || fault === 'html_503') return page(response, fault)
    if (typeof fault === 'number') return refuse(response, fault, codeOf(fault), `The emulator was told to answer ${fault}.`)
    if (typeof fault === 'object' && fault !== null) {
      const { status, headers = {}, code = codeOf(status), message = `The emulator was told to answer ${status}.` } = fault
      return refuse(response, status, code, message, headers)
    }
    const open_to_all = called.operation === 'content' && called.by_link
    if (key !== undefined && keyOf(request) !== key && !open_to_all)
      return refuse(response, 401, 'invalid_api_key', `Incorrect API key provided: ${keyOf(request)}.`)
    const answer = await carryOut(called, url, request, body)
    if (fault === 'drop_after') return void request.socket.destroy()
    if (fault === 'hang_after') return
    if (fault === 'empty') return send(response, 200, 'application/json', Buffer.from('{"object":"video"}'))
    const bytes = 'json' in answer ? Buffer.from(JSON.stringify(answer.json)) : Buffer.from(answer.bytes)
    const type = 'json' in answer ? 'application/json' : 'video/mp4'
    if (fault !== 'truncated') return send(response, answer.status, type, bytes)
    response.writeHead(answer.status, { 'content-type': type, 'content-length': bytes.length })
    response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => request.socket.destroy())
  }

  async function carryOut(called: Called, url: URL, request: IncomingMessage, body: Buffer): Promise<Done> {
    const now = Date.now()
    if (called.operation === 'create') return create(await fieldsOf(request, body), now)
    if (called.operation === 'list') return list(url.searchParams, now)
    const job = jobs.get(called.id)
    if (job === undefined) return wrong(404, 'not_found', `Video with id '${called.id}' not found.`)
    if (called.operation === 'delete') return remove(job, now)
    if (called.operation === 'content') return content(job, now)
    job.reads += 1
    if (job.reads <= job.trouble.flaky) return wrong(500, 'server_error', 'The server had an error while processing your request.')
    return { status: 200, json: withLink(job, now) }
  }

  function create(fields: Fields, now: number): Done {
    const { prompt, model = 'sora-2', seconds = '4', size = '720x1280' } = fields.texts
    if (prompt === undefined || prompt === '') return wrong(400, 'missing_required_parameter', "Missing required parameter: 'prompt'.")
    if (!/^\d+$/.test(seconds)) return wrong(400, 'invalid_value', `Invalid value: '${seconds}'.`)
    const ordered = { prompt, model, seconds: Number(seconds), size, reference_bytes: fields.reference_bytes }
    const stamp = Math.floor(now / 1000)
      .toString(16)
      .padStart(8, '0')
    const job = newJob(`video_${stamp}${randomBytes(12).toString('hex')}`, ordered, now, options.render_ms ?? 200)
    jobs.set(job.id, job)
    taken.push(job)
    return { status: 200, json: videoOf(job, now) }
  }

  function list(query: URLSearchParams, now: number): Done {
    const limit = Math.min(100, Number(query.get('limit') ?? 20))
    const all = [...jobs.values()]
    if (query.get('order') !== 'asc') all.reverse()
    const from = all.findIndex(({ id }) => id === query.get('after')) + 1
    const data = all.slice(from, from + limit).map((job) => videoOf(job, now))
    const has_more = from + limit < all.length
    return { status: 200, json: { object: 'list', data, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more } }
  }

  function remove(job: Job, now: number): Done {
    const { status } = standing(job, now)
    const is_running = status === 'queued' || status === 'in_progress'
    if (is_running && !options.delete_stops) return wrong(400, 'invalid_request_error', 'Only completed or failed videos can be deleted.')
    if (is_running) job.told = { status: 'cancelled' }
    jobs.delete(job.id)
    return { status: 200, json: { id: job.id, object: 'video.deleted', deleted: true } }
  }

  async function content(job: Job, now: number): Promise<Done> {
    if (standing(job, now).status !== 'completed') return wrong(404, 'not_found', 'The video is not ready yet.')
    const lasts_s = job.trouble.short ? job.ordered.seconds / 2 : job.ordered.seconds
    return { status: 200, bytes: await options.clip({ ...job.ordered, lasts_s }) }
  }

  function withLink(job: Job, now: number) {
    const video = videoOf(job, now)
    if (options.link === undefined || video.status !== 'completed') return video
    return { ...video, [options.link]: `${base_url}/links/${job.id}` }
  }

  const base_url = `http://127.0.0.1:${await listen(server)}/v1`
  return {
    base_url,
    asked,
    jobs,
    bill: () => taken.filter((job) => isBilled(job, Date.now())).map(lineOf),
    next(operation, ...faults) {
      scripts.set(operation, [...(scripts.get(operation) ?? []), ...faults])
    },
    changeKey(other) {
      key = other
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

type Called =
  | { readonly operation: 'create' }
  | { readonly operation: 'list' }
  | { readonly operation: 'retrieve' | 'delete'; readonly id: string }
  | { readonly operation: 'content'; readonly id: string; readonly by_link: boolean }
type Done = { readonly status: number; readonly json: unknown } | { readonly status: number; readonly bytes: Uint8Array }

function read(method: string, path: string): Called | null {
  if (path === '/v1/videos') return method === 'POST' ? { operation: 'create' } : method === 'GET' ? { operation: 'list' } : null
  const [, linked] = /^\/v1\/links\/([^/]+)$/.exec(path) ?? []
  if (linked !== undefined && method === 'GET') return { operation: 'content', id: linked, by_link: true }
  const [, id, inner] = /^\/v1\/videos\/([^/]+)(\/content)?$/.exec(path) ?? []
  if (id === undefined) return null
  if (inner !== undefined) return method === 'GET' ? { operation: 'content', id, by_link: false } : null
  return method === 'GET' ? { operation: 'retrieve', id } : method === 'DELETE' ? { operation: 'delete', id } : null
}

interface Fields {
  readonly texts: Readonly<Record<string, string | undefined>>
  readonly reference_bytes: number
}

async function fieldsOf(request: IncomingMessage, body: Buffer): Promise<Fields> {
  const type = request.headers['content-type'] ?? ''
  const texts: Record<string, string> = {}
  let reference_bytes = 0
  if (type.startsWith('application/json')) {
    const json: unknown = JSON.parse(body.toString('utf8'))
    if (typeof json === 'object' && json !== null) for (const [name, value] of Object.entries(json)) texts[name] = String(value)
    return { texts, reference_bytes }
  }
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData()
  for (const [name, value] of form) {
    if (typeof value === 'string') texts[name] = value
    else if (name === 'input_reference') reference_bytes = value.size
  }
  return { texts, reference_bytes }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request) {
    bytes += part.length
    if (bytes > BODY_BYTES_MAX) throw new Error('the body is too large')
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function keyOf({ headers }: IncomingMessage): string {
  const { authorization = '' } = headers
  const own = headers['api-key']
  return typeof own === 'string' ? own : authorization.replace(/^Bearer /, '')
}

function wrong(status: number, code: string, message: string): Done {
  return { status, json: errorOf(status, code, message) }
}

function errorOf(status: number, code: string, message: string) {
  const type = status >= 500 ? 'server_error' : status === 429 ? 'rate_limit_error' : 'invalid_request_error'
  return { error: { message, type, param: null, code } }
}

function codeOf(status: number): string {
  return status === 429 ? 'rate_limit_exceeded' : status >= 500 ? 'server_error' : 'invalid_value'
}

function refuse(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  send(response, status, 'application/json', Buffer.from(JSON.stringify(errorOf(status, code, message))), headers)
}

function page(response: ServerResponse, fault: 'html' | 'html_502' | 'html_503'): void {
  const status = fault === 'html' ? 200 : fault === 'html_502' ? 502 : 503
  send(response, status, 'text/html', Buffer.from('<html><h1>Bad Gateway</h1></html>'))
}

function send(
  response: ServerResponse,
  status: number,
  type: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...headers, 'content-type': type, 'content-length': body.byteLength })
  response.end(body)
}

function isBilled(job: Job, now: number): boolean {
  const { status } = standing(job, now)
  return status === 'failed' ? job.trouble.billed : status !== 'cancelled'
}

function lineOf({ id, ordered: { model, seconds, size } }: Job): BillLine {
  return { id, model, seconds, size, usd: (USD_PER_SECOND[model] ?? 0) * seconds }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the emulator has no port')
  return address.port
}
