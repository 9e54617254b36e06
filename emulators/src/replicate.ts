import { randomBytes } from 'node:crypto'
import { type Done, type ErrorShape, Refusal } from './answer.ts'
import { Book, type Job, type Ordered } from './book.ts'
import { type Asked, type Called, type DeskOptions, type Emulator, openDesk, type Protocol } from './desk.ts'
import { newSecret, signed } from './replicate/hook.ts'
import { cancelAfter, type Filled, fill } from './replicate/input.ts'

export interface ReplicateEmulatorOptions extends DeskOptions {
  /** The bytes of a finished clip. */
  readonly clip: (order: Ordered & { readonly lasts_s: number }) => Uint8Array | Promise<Uint8Array>
  /** From the order to the result. */
  readonly render_ms?: number
  /** Each model has a form of its own for what it makes. */
  readonly output?: 'text' | 'list' | 'object' | 'null'
  /** A list that shows neither inputs nor webhooks: those are for who asks for one prediction. */
  readonly list_is_bare?: boolean
}

export interface ReplicateEmulator extends Emulator {
  /** What calls are signed with. */
  secret(): string
  /** From now on it is another. */
  rotateSecret(): void
}

const HOUR_MS = 3_600_000
const PAGE = 100

/** Replicate's predictions, by official model and by version. Links and data of a prediction are gone after an hour. */
export async function startReplicateEmulator(options: ReplicateEmulatorOptions): Promise<ReplicateEmulator> {
  const { clip, render_ms = 30, output = 'text', list_is_bare = false, ...desk_options } = options
  // The time of a machine is paid for, however it ends.
  const book = new Book(render_ms, ['failed', 'cancelled'])
  let secret = newSecret()

  const desk = await openDesk(
    desk_options,
    book,
    (origin, expect): Protocol => {
      function submit({ url, json, headers }: Asked, now: number): Done {
        const filled = fill(officialOf(url.pathname), json)
        if (filled === null) throw new Refusal(422, 'invalid', '- input: is required')
        const { model, version } = filled
        if (book.gone.has(model)) throw new Refusal(404, 'not_found', 'The requested resource could not be found.')
        const job = book.take(orderedOf(filled, cancelAfter(headers['cancel-after'])), now, idOf())
        expect(job)
        return { status: 201, json: show(job, now, version) }
      }

      function show(job: Job, now: number, version = job.ordered.more?.version ?? 'hidden') {
        const status = statusOf(book, job, now)
        const is_over = !['starting', 'processing'].includes(status)
        const is_removed = is_over && now > job.ready_at + HOUR_MS
        const { more, callback_url, model } = job.ordered
        const url = `${origin}/files/${job.id}/output.mp4`
        const made = { text: url, list: [url], object: { seed: 7, video: url }, null: null }[output]
        const get = `${origin}/v1/predictions/${job.id}`
        return {
          id: job.id,
          model,
          version,
          input: is_removed ? {} : more?.input,
          logs: '',
          output: status === 'succeeded' && !is_removed ? made : null,
          data_removed: is_removed,
          error: status === 'failed' ? errorOf(book, job, now) : null,
          source: 'api',
          status,
          created_at: new Date(job.created_at).toISOString(),
          ...(is_over ? { completed_at: new Date(job.ready_at).toISOString(), metrics: { predict_time: 1.5 } } : {}),
          urls: { get, cancel: `${get}/cancel` },
          ...(callback_url === null ? {} : { webhook: callback_url, webhook_events_filter: more?.events }),
        }
      }

      function list(url: URL, now: number): Done {
        const all = [...book.jobs.values()].reverse()
        const from = Number(url.searchParams.get('cursor') ?? 0)
        const results = all.slice(from, from + PAGE).map((job) => {
          const { input, webhook, ...shown } = { webhook: undefined, ...show(job, now) }
          return list_is_bare ? shown : { ...shown, input, webhook }
        })
        const next = from + PAGE < all.length ? `${origin}/v1/predictions?cursor=${from + PAGE}` : null
        return { status: 200, json: { previous: null, next, results } }
      }

      return {
        read: ({ method, url, json }) => read(method, url.pathname, json),
        keyOf({ headers }, { operation, id }) {
          if (operation === 'content') {
            // Files are for anybody; a key that comes with it has gone astray.
            if (headers.authorization !== undefined) throw new Refusal(400, 'bad_request', `A key was sent for the file ${id}.`)
            return null
          }
          const [, key] = /^Bearer (.+)$/.exec(headers.authorization ?? '') ?? []
          if (key === undefined) throw new Refusal(401, 'unauthenticated', 'You did not pass an authentication token')
          return key
        },
        async carryOut(called, asked, now) {
          const { operation, id } = called
          if (operation === 'submit') return submit(asked, now)
          if (operation === 'list') return list(asked.url, now)
          if (operation === 'other') return { status: 200, json: { key: secret } }
          const job = book.jobs.get(id ?? '')
          if (job === undefined) throw new Refusal(404, 'not_found', 'The requested resource could not be found.')
          if (operation === 'content') {
            if (now > job.ready_at + HOUR_MS) throw new Refusal(404, 'not_found', 'No such file.')
            const { seconds, size } = book.clipOf(job)
            return { status: 200, bytes: await clip({ ...job.ordered, size, lasts_s: seconds }), type: 'video/mp4' }
          }
          if (operation === 'delete') book.cancel(job, now)
          else if (book.read(job, now) === null) throw new Refusal(500, 'server_error', 'Internal server error')
          return { status: 200, json: show(job, now) }
        },
        errors: ERRORS,
        calls: {
          body: (job) => show(job, (desk_options.clock ?? Date.now)()),
          sign: (body, job, at) => signed(secret, job.id, body, at),
        },
        usd: ({ seconds }) => 0.1 * seconds,
      }
    },
    '/v1',
  )
  return {
    ...desk,
    secret: () => secret,
    rotateSecret: () => {
      secret = newSecret()
    },
  }
}

function read(method: string, path: string, json: unknown): Called | null {
  const prompt = promptOf(json)
  if (method === 'POST' && officialOf(path) !== null) return { operation: 'submit', id: null, prompt }
  if (path === '/v1/predictions') {
    return method === 'POST' ? { operation: 'submit', id: null, prompt } : { operation: 'list', id: null, prompt: null }
  }
  if (method === 'GET' && path === '/v1/webhooks/default/secret') return { operation: 'other', id: null, prompt: null }
  const [, file] = /^\/files\/([^/]+)\/output\.mp4$/.exec(path) ?? []
  if (method === 'GET' && file !== undefined) return { operation: 'content', id: file, prompt: null }
  const [, id, cancel] = /^\/v1\/predictions\/([^/]+)(\/cancel)?$/.exec(path) ?? []
  if (id === undefined) return null
  if (method === 'GET' && cancel === undefined) return { operation: 'retrieve', id, prompt: null }
  return method === 'POST' && cancel !== undefined ? { operation: 'delete', id, prompt: null } : null
}

/** The model in the path of a submit; null: the body names a version. */
function officialOf(path: string): string | null {
  const [, model] = /^\/v1\/models\/([^/]+\/[^/]+)\/predictions$/.exec(path) ?? []
  return model === undefined ? null : decodeURIComponent(model)
}

function promptOf(json: unknown): string | null {
  const input: unknown = typeof json === 'object' && json !== null ? Reflect.get(json, 'input') : null
  const prompt: unknown = typeof input === 'object' && input !== null ? Reflect.get(input, 'prompt') : null
  return typeof prompt === 'string' ? prompt : null
}

function orderedOf(filled: Filled, cancel_after_ms: number | null): Ordered {
  const { model, version, input, prompt, seconds, size, picture_bytes, webhook, events } = filled
  const more = { version, input, events, cancel_after_ms }
  return { prompt, model, seconds, size, reference_bytes: picture_bytes, callback_url: webhook, more }
}

/** Its own deadline stops it: what had not begun is `aborted`, and costs nothing. */
function statusOf(book: Book, job: Job, now: number): string {
  const after_ms = job.ordered.more?.cancel_after_ms
  if (typeof after_ms === 'number' && now >= job.created_at + after_ms && job.told === null) {
    const { state } = book.stands(job, job.created_at + after_ms)
    if (state === 'queued') return 'aborted'
    if (state === 'running') return 'canceled'
  }
  const { state } = book.stands(job, now)
  const words = { queued: 'starting', running: 'processing', succeeded: 'succeeded', cancelled: 'canceled' } as const
  return state === 'failed' || state === 'moderated' ? 'failed' : words[state]
}

function errorOf(book: Book, job: Job, now: number): string {
  const { state } = book.stands(job, now)
  return state === 'moderated' ? FLAGGED : `Prediction ${job.id} failed: CUDA out of memory`
}

const FLAGGED = 'The input or output was flagged as sensitive. Please try again with different inputs. (E005)'

/** It has no codes: what is wrong is said in a sentence. */
const ERRORS: ErrorShape = (status, code, message) => ({ title: code, detail: code === 'moderation_blocked' ? FLAGGED : message, status })

/** As its own are: letters and digits, 26 of them. */
function idOf(): string {
  return randomBytes(13).toString('hex')
}
