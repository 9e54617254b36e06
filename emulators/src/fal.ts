import { randomUUID } from 'node:crypto'
import { type Done, type ErrorShape, Refusal } from './answer.ts'
import { Book, type Job, type Ordered } from './book.ts'
import { type Asked, type Called, type DeskOptions, type Emulator, openDesk, type Protocol } from './desk.ts'
import { type Filled, fill, usdOf } from './fal/forms.ts'
import { Seal } from './fal/seal.ts'

export interface FalEmulatorOptions extends DeskOptions {
  /** The bytes of a finished clip. */
  readonly clip: (order: Ordered & { readonly lasts_s: number }) => Uint8Array | Promise<Uint8Array>
  /** From the order to the result. */
  readonly render_ms?: number
  /** What the addresses of its answers begin with; itself unless told. */
  readonly answers_at?: string
}

export interface FalEmulator extends Emulator {
  /** The oldest signing key is gone, and a new one signs. */
  rotateKeys(): void
  /** The keys as they are published. */
  jwks(): unknown
  /** The headers of a call with this body. */
  sign(request: string, body: string, at: number): Readonly<Record<string, string>>
  /** Headers of the last order. */
  readonly headers: Readonly<Record<string, unknown>>
}

const JWKS = '/.well-known/jwks.json'

/** fal's queue: orders to an endpoint, asked about at its app, results read apart. */
export async function startFalEmulator({ clip, render_ms = 30, answers_at, ...options }: FalEmulatorOptions): Promise<FalEmulator> {
  // What its filter stopped may be charged for.
  const book = new Book(render_ms, ['moderated'])
  const seal = new Seal()
  let headers: Readonly<Record<string, unknown>> = {}

  const desk = await openDesk(options, book, (origin, expect): Protocol => {
    const about = ({ id, ordered }: Job) => {
      const app = ordered.model.split('/').slice(0, 2).join('/')
      const request = `${answers_at ?? origin}/${app}/requests/${id}`
      return { request_id: id, status_url: `${request}/status`, response_url: request, cancel_url: `${request}/cancel` }
    }

    function submit({ url, json, headers: sent }: Asked, now: number): Done {
      headers = sent
      const endpoint = decodeURIComponent(url.pathname.slice(1))
      const filled = fill(endpoint, isObject(json) ? json : {})
      if (filled === null || book.gone.has(endpoint)) throw new Refusal(404, 'not_found', `Application '${endpoint}' not found`)
      const ordered = orderedOf(endpoint, filled, url.searchParams.get('fal_webhook'))
      const job = book.take(ordered, now, randomUUID())
      expect(job)
      return { status: 200, json: { status: 'IN_QUEUE', queue_position: 1, ...about(job), gateway_request_id: job.id } }
    }

    function retrieve(job: Job, now: number): Done {
      const stands = book.read(job, now)
      if (stands === null) throw new Refusal(500, 'server_error', 'Internal Server Error')
      if (stands.state === 'queued') return { status: 202, json: { status: 'IN_QUEUE', queue_position: 0, ...about(job) } }
      if (stands.state === 'running') return { status: 202, json: { status: 'IN_PROGRESS', logs: null, ...about(job) } }
      const error = stands.state === 'cancelled' ? { error: 'Request was cancelled', error_type: 'client_cancelled' } : {}
      return { status: 200, json: { status: 'COMPLETED', metrics: { inference_time: 1 }, ...about(job), ...error } }
    }

    function result(job: Job, now: number): Done {
      switch (stateOf(book, job, now)) {
        case 'queued':
        case 'running':
          throw new Refusal(400, 'bad_request', 'Request is still in progress')
        case 'cancelled':
          throw new Refusal(499, 'client_cancelled', 'Request was cancelled')
        case 'moderated':
          throw new Refusal(422, 'content_policy_violation', 'The content could not be processed because it was flagged.')
        case 'failed':
          return { status: 500, json: { detail: [{ loc: ['body'], msg: 'Downstream service error', type: 'downstream_service_error' }] } }
        case 'succeeded':
          return { status: 200, json: payloadOf(job) }
        default:
          return { status: 422, json: { detail: [job.ordered.more?.wrong] } }
      }
    }

    /** What waits is taken out; what runs is only told, and may end as it likes. */
    function cancel(job: Job, now: number): Done {
      const is_waiting = book.stands(job, now).state === 'queued'
      if (!book.cancel(job, now)) return { status: 400, json: { status: 'ALREADY_COMPLETED' } }
      return is_waiting ? { status: 200, json: { status: 'OK' } } : { status: 202, json: { status: 'CANCELLATION_REQUESTED' } }
    }

    const payloadOf = ({ id }: Job) => ({
      video: { url: `${origin}/files/${id}/output.mp4`, content_type: 'video/mp4', file_name: 'output.mp4', file_size: 1_000 },
    })

    return {
      read: ({ method, url, json }) => read(method, url, json),
      keyOf({ headers: sent }, { operation, id }) {
        if (operation === 'other') return null
        const [, key] = /^Key (.+)$/.exec(sent.authorization ?? '') ?? []
        if (operation === 'content') {
          // Files are for anybody; a key that comes with it has gone astray.
          if (sent.authorization !== undefined) throw new Refusal(400, 'bad_request', `A key was sent for the file ${id}.`)
          return null
        }
        if (key === undefined) throw new Refusal(401, 'unauthorized', 'Authentication is required to access this application')
        return key
      },
      async carryOut({ operation, id }: Called, asked, now) {
        if (operation === 'submit') return submit(asked, now)
        if (operation === 'other') return { status: 200, json: seal.jwks() }
        const job = book.jobs.get(id ?? '')
        if (job === undefined || !isApp(asked.url, job, operation)) throw new Refusal(404, 'not_found', `Request ${id} not found`)
        switch (operation) {
          case 'retrieve':
            return retrieve(job, now)
          case 'result':
            return result(job, now)
          case 'delete':
            return cancel(job, now)
          default: {
            const { seconds, size } = book.clipOf(job)
            return { status: 200, bytes: await clip({ ...job.ordered, size, lasts_s: seconds }), type: 'video/mp4' }
          }
        }
      },
      errors: ERRORS,
      calls: {
        body: (job, { state }) => {
          const told = { request_id: job.id, gateway_request_id: job.id }
          if (state === 'succeeded') return { ...told, status: 'OK', payload: payloadOf(job) }
          return { ...told, status: 'ERROR', error: 'Unexpected status code', payload: { detail: [job.ordered.more?.wrong ?? {}] } }
        },
        sign: (body, job, at) => seal.sign(job.id, body, at),
      },
      usd: ({ model, seconds }) => usdOf(model, seconds),
    }
  })
  return {
    ...desk,
    rotateKeys: () => seal.rotate(),
    jwks: () => seal.jwks(),
    sign: (request, body, at) => seal.sign(request, body, at),
    get headers() {
      return headers
    },
  }
}

function read(method: string, url: URL, json: unknown): Called | null {
  const path = url.pathname
  if (method === 'GET' && path === JWKS) return { operation: 'other', id: null, prompt: null }
  const [, file] = /^\/files\/([^/]+)\/output\.mp4$/.exec(path) ?? []
  if (method === 'GET' && file !== undefined) return { operation: 'content', id: file, prompt: null }
  // The sub-path of an endpoint ends with its submit: requests are the app's.
  const [, id, what] = /^\/[^/]+\/[^/]+\/requests\/([^/]+)(\/status|\/cancel)?$/.exec(path) ?? []
  if (id !== undefined) {
    if (method === 'GET' && what === '/status') return { operation: 'retrieve', id, prompt: null }
    if (method === 'GET' && what === undefined) return { operation: 'result', id, prompt: null }
    if (method === 'PUT' && what === '/cancel') return { operation: 'delete', id, prompt: null }
    return null
  }
  if (method !== 'POST' || path.split('/').length < 3) return null
  const prompt = isObject(json) && typeof json.prompt === 'string' ? json.prompt : null
  return { operation: 'submit', id: null, prompt }
}

function orderedOf(model: string, { prompt, seconds, size, picture_bytes, wrong }: Filled, callback_url: string | null): Ordered {
  return { prompt, model, seconds, size, reference_bytes: picture_bytes, callback_url, more: { wrong } }
}

/** What was wrong with an input turns up when its turn has come. */
function stateOf(book: Book, job: Job, now: number) {
  const { state } = book.stands(job, now)
  return state === 'succeeded' && job.ordered.more?.wrong ? 'refused' : state
}

function isApp(url: URL, { ordered }: Job, operation: Called['operation']): boolean {
  return operation === 'content' || ordered.model.startsWith(`${url.pathname.split('/').slice(1, 3).map(decodeURIComponent).join('/')}`)
}

/** A model's own errors are a list; the queue's are a sentence. */
const ERRORS: ErrorShape = (_status, code, message) => {
  const is_content = code === 'content_policy_violation' || code === 'moderation_blocked'
  return { detail: is_content ? [{ loc: ['body', 'prompt'], msg: message, type: 'content_policy_violation' }] : message }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
