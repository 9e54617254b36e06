import { createHmac, randomUUID } from 'node:crypto'
import { type Done, type ErrorShape, Refusal } from './answer.ts'
import { Book, type Job } from './book.ts'
import { type Asked, type DeskOptions, type Emulator, openDesk, type Protocol } from './desk.ts'

export interface KlingEmulatorOptions extends DeskOptions {
  /** The bytes of a finished clip. */
  readonly clip: (order: { readonly seconds: number; readonly size: string }) => Uint8Array | Promise<Uint8Array>
  /** From the order to the result. */
  readonly render_ms?: number
  /** A pair of keys: who comes with a token that they signed needs no other. */
  readonly access_key?: string
  readonly secret_key?: string
  /** What a unit of what was paid in advance has cost; nothing unless told. */
  readonly unit_usd?: number
}

type Kind = 'text2video' | 'image2video'
const TASK = /^\/v1\/videos\/(text2video|image2video)(?:\/([\w-]+))?$/
const FILE = /^\/files\/([\w-]+)\.mp4$/

const MODELS: Readonly<Record<string, { readonly seconds: readonly number[]; readonly sound: boolean }>> = {
  'kling-v3': { seconds: Array.from({ length: 13 }, (_, more) => more + 3), sound: true },
  'kling-v2-5-turbo': { seconds: [5, 10], sound: false },
}

/** Kling's own codes for what is wrong, by the status that each usually comes with. A script may send any of them with any status. */
const CODES: Readonly<Record<number, number>> = { 400: 1201, 401: 1000, 403: 1103, 404: 1203, 408: 5002, 429: 1302, 503: 5001 }
const NAMED: Readonly<Record<string, number>> = { moderation_blocked: 1301, model_not_found: 1203 }
const BLOCKED = 'Failure to pass the risk control system'

const envelope = (code: number, message: string, data?: unknown) => ({
  code,
  message,
  request_id: randomUUID(),
  ...(data !== undefined && { data }),
})

/** A code of its own may be asked for as `code:1102`. */
const errors: ErrorShape = (status, code, message) => {
  const asked = Number(/^code:(\d+)$/.exec(code)?.[1] ?? NAMED[code] ?? CODES[status] ?? (status >= 400 && status <= 499 ? 1200 : 5000))
  return envelope(asked, code === 'model_not_found' ? 'The model does not exist' : asked === 1301 ? BLOCKED : message)
}

/** Kling, as its documents have it: an envelope around everything, and errors by a code inside of it. */
export function startKlingEmulator(options: KlingEmulatorOptions): Promise<Emulator> {
  const book = new Book(options.render_ms ?? 200)
  return openDesk(options, book, (origin, expect) => protocolOf(book, origin, expect, options), '/v1')
}

function protocolOf(book: Book, origin: string, expect: (job: Job) => void, options: KlingEmulatorOptions): Protocol {
  const { clip, clock = Date.now, unit_usd = 0 } = options

  function order({ json }: Asked, kind: Kind, now: number): Done {
    const text = (name: string) => textOf(json, name)
    const model = text('model_name') ?? 'kling-v1'
    const known = MODELS[model]
    if (known === undefined || book.gone.has(model)) throw new Refusal(404, 'model_not_found', '')
    const duration = text('duration') ?? '5'
    if (!known.seconds.includes(Number(duration))) throw new Refusal(400, 'invalid_value', `duration ${duration} is invalid`)
    const mode = text('mode') ?? 'std'
    if (mode !== 'std' && mode !== 'pro') throw new Refusal(400, 'invalid_value', `mode ${mode} is invalid`)
    const sound = text('sound') ?? 'off'
    if (sound === 'on' && !known.sound) throw new Refusal(400, 'invalid_value', `sound is not supported by ${model}`)
    const image = text('image')
    if (kind === 'image2video' && (image === null || image.startsWith('data:'))) throw new Refusal(400, 'invalid_value', 'image is invalid')
    const ratio = text('aspect_ratio') ?? '16:9'
    const [long, short] = mode === 'pro' ? [1920, 1080] : [1280, 720]
    const job = book.take(
      {
        prompt: text('prompt') ?? '',
        model,
        seconds: Number(duration),
        size: ratio === '9:16' ? `${short}x${long}` : `${long}x${short}`,
        reference_bytes: image === null ? 0 : Buffer.from(image, 'base64').byteLength,
        callback_url: text('callback_url'),
        more: { kind, sound, external_task_id: text('external_task_id') },
      },
      now,
      randomUUID().replaceAll('-', ''),
    )
    expect(job)
    return { status: 200, json: envelope(0, 'SUCCEED', task(job, 'submitted')) }
  }

  function task({ id, ordered, created_at }: Job, task_status: string) {
    const task_info = { external_task_id: ordered.more?.external_task_id ?? undefined }
    return { task_id: id, task_status, task_info, created_at, updated_at: created_at }
  }

  /** The task itself: what is in the envelope of a read, and all that a callback brings. */
  function shown(job: Job, { state, billed }: { readonly state: string; readonly billed: boolean }) {
    const { seconds } = book.clipOf(job)
    const units = billed ? (job.ordered.seconds * unitsPerSecond(job)).toFixed(1) : '0'
    switch (state) {
      case 'queued':
        return task(job, 'submitted')
      case 'running':
        return task(job, 'processing')
      case 'succeeded': {
        const videos = [{ id: randomUUID(), url: `${origin}/files/${job.id}.mp4`, duration: `${seconds}.041` }]
        return { ...task(job, 'succeed'), task_result: { videos }, final_unit_deduction: units }
      }
      default:
        return { ...task(job, 'failed'), task_status_msg: state === 'moderated' ? BLOCKED : 'The task failed', final_unit_deduction: units }
    }
  }

  return {
    read({ method, url, json }) {
      const [, file] = FILE.exec(url.pathname) ?? []
      if (file !== undefined) return { operation: 'content', id: file, prompt: null }
      const [, kind, id] = TASK.exec(url.pathname) ?? []
      if (kind === undefined) return null
      if (method === 'POST' && id === undefined) return { operation: 'submit', id: null, prompt: textOf(json, 'prompt') }
      if (method !== 'GET' || id === undefined) return null
      return book.jobs.has(id) ? { operation: 'retrieve', id, prompt: null } : { operation: 'list', id: null, prompt: null }
    },
    keyOf({ headers: { authorization } }, { operation }) {
      if (operation === 'content') {
        if (authorization !== undefined) throw new Refusal(400, 'invalid_value', 'Only one auth mechanism allowed.')
        return null
      }
      if (authorization === undefined) throw new Refusal(401, 'code:1001', 'Authorization is empty')
      const token = authorization.replace(/^Bearer /, '')
      if (token.split('.').length !== 3) return token
      checkToken(token, options, clock())
      return null
    },
    async carryOut({ operation, id }, asked, now) {
      const [, kind = '', name = ''] = TASK.exec(asked.url.pathname) ?? []
      if (operation === 'submit') return order(asked, kind === 'image2video' ? kind : 'text2video', now)
      const job = book.jobs.get(id ?? '') ?? [...book.jobs.values()].find(({ ordered }) => ordered.more?.external_task_id === name)
      if (operation === 'content' && job !== undefined) return { status: 200, bytes: await clip(book.clipOf(job)), type: 'video/mp4' }
      if (job === undefined || job.ordered.more?.kind !== kind) throw new Refusal(404, 'not_found', 'The task does not exist')
      const stands = book.read(job, now)
      if (stands === null) throw new Refusal(500, 'server_error', 'Server internal error')
      return { status: 200, json: envelope(0, 'SUCCEED', shown(job, stands)) }
    },
    errors,
    calls: { body: (job, stands) => shown(job, stands), sign: () => ({}) },
    usd: (ordered) => ordered.seconds * unitsPerSecond({ ordered }) * unit_usd,
  }
}

/** Units of what was paid in advance. */
function unitsPerSecond({ ordered: { size, more } }: Pick<Job, 'ordered'>): number {
  const is_pro = size.includes('1080')
  if (more?.sound === 'on') return is_pro ? 1.2 : 0.9
  return is_pro ? 0.8 : 0.6
}

function checkToken(token: string, { access_key, secret_key }: KlingEmulatorOptions, now: number): void {
  const [head = '', body = '', signature = ''] = token.split('.')
  const signed = createHmac('sha256', secret_key ?? '')
    .update(`${head}.${body}`)
    .digest('base64url')
  const claims: unknown = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'))
  if (secret_key === undefined || signed !== signature || textOf(claims, 'iss') !== access_key)
    throw new Refusal(401, 'code:1000', 'Authentication failed')
  if (numberOf(claims, 'nbf') * 1000 > now) throw new Refusal(401, 'code:1003', 'Authorization is not yet valid')
  if (numberOf(claims, 'exp') * 1000 < now) throw new Refusal(401, 'code:1004', `Authorization has expired: ${token}`)
}

function textOf(json: unknown, name: string): string | null {
  const value: unknown = typeof json === 'object' && json !== null ? Reflect.get(json, name) : undefined
  return typeof value === 'string' ? value : null
}

function numberOf(json: unknown, name: string): number {
  const value: unknown = typeof json === 'object' && json !== null ? Reflect.get(json, name) : undefined
  return typeof value === 'number' ? value : Number.NaN
}
