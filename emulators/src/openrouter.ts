import { createHmac, randomBytes } from 'node:crypto'
import { type Done, Refusal } from './answer.ts'
import { Book, type Job, type Ordered, type Standing, type State } from './book.ts'
import type { CallShape } from './caller.ts'
import { type Asked, type Called, type DeskOptions, type Emulator, openDesk, type Protocol } from './desk.ts'
import { pictureBytes, textIn, valueIn } from './json.ts'

export interface OpenRouterOptions extends DeskOptions {
  /** The bytes of a finished clip. */
  readonly clip: (clip: { readonly seconds: number; readonly size: string }) => Uint8Array | Promise<Uint8Array>
  /** From the order to the result. */
  readonly render_ms?: number
  /** Its callbacks are signed with this; unsigned without. */
  readonly callback_secret?: string
  /** A clip is given out for so long after its job has ended; later it is gone. */
  readonly clip_lasts_ms?: number
  /** A clip is redirected to, on storage that takes no key. */
  readonly redirects?: boolean
}

const WORDS: Readonly<Record<State, string>> = {
  queued: 'pending',
  running: 'in_progress',
  succeeded: 'completed',
  failed: 'failed',
  moderated: 'failed',
  cancelled: 'cancelled',
}
const ERRORS: Readonly<Partial<Record<State, string>>> = {
  failed: 'The upstream provider could not finish job 3f2504e0-4f89-11d3-9a0c-0305e82c3301.',
  moderated: 'The request was blocked by the content policy of the upstream provider.',
}

interface Model {
  readonly seconds: readonly number[]
  readonly sizes: readonly string[]
  /** Made up: nobody here knows its prices. */
  readonly usd_per_second: number
}

const HD = ['1280x720', '720x1280', '1920x1080', '1080x1920']
const MODELS: Readonly<Record<string, Model>> = {
  'google/veo-3.1': { seconds: [4, 6, 8], sizes: HD, usd_per_second: 0.4 },
  'google/veo-3.1-fast': { seconds: [4, 6, 8], sizes: HD, usd_per_second: 0.15 },
  'google/veo-3.1-lite': { seconds: [4, 6, 8], sizes: HD, usd_per_second: 0.0500001 },
  'alibaba/wan-2.7': { seconds: [5, 10, 15], sizes: [...HD, '854x480', '480x854'], usd_per_second: 0.1 },
}

/** OpenRouter's video API. Listens on loopback. */
export function startOpenRouterEmulator(options: OpenRouterOptions): Promise<Emulator> {
  const book = new Book(options.render_ms ?? 200)
  return openDesk(options, book, (origin, expect) => new OpenRouterProtocol(origin, book, options, expect), '/api/v1')
}

class OpenRouterProtocol implements Protocol {
  readonly #origin: string
  readonly #book: Book
  readonly #options: OpenRouterOptions
  readonly #expect: (job: Job) => void
  readonly calls: CallShape

  constructor(origin: string, book: Book, options: OpenRouterOptions, expect: (job: Job) => void) {
    this.#origin = origin
    this.#book = book
    this.#options = options
    this.#expect = expect
    this.calls = {
      body: (job, stands) => ({
        type: `video.generation.${WORDS[stands.state]}`,
        created_at: new Date(job.ready_at).toISOString(),
        data: { model: job.ordered.model, ...this.#view(job, stands) },
      }),
      sign: (body, job, at) => signed(body, `${job.id}-${WORDS[book.stands(job, at).state]}`, at, options.callback_secret),
    }
  }

  readonly errors = (status: number, code: string, message: string) =>
    code === 'moderation_blocked'
      ? { error: { code: status, message: 'The input was flagged.', metadata: { reasons: ['violence'] } } }
      : { error: { code: status, message } }

  read({ method, url: { pathname }, json }: Asked): Called | null {
    if (method === 'POST' && pathname === '/api/v1/videos') return { operation: 'submit', id: null, prompt: textIn(json, 'prompt') }
    if (method !== 'GET') return null
    if (pathname === '/api/v1/videos/models') return { operation: 'other', id: null, prompt: null }
    const [, id = '', content] = /^\/api\/v1\/videos\/([^/]+)(\/content)?$/.exec(pathname) ?? /^\/storage\/([^/]+)()$/.exec(pathname) ?? []
    if (id === '') return null
    return { operation: content === undefined ? 'retrieve' : 'content', id, prompt: null }
  }

  keyOf({ url, headers }: Asked): string | null {
    if (!url.pathname.startsWith('/storage/')) return headers.authorization?.replace(/^Bearer /, '') ?? ''
    // Storage refuses signed links that come with a key, and a key has no business there.
    if (headers.authorization === undefined) return null
    throw new Refusal(400, 'invalid_request', 'Only one auth mechanism allowed.')
  }

  async carryOut({ operation, id }: Called, asked: Asked, now: number): Promise<Done> {
    if (operation === 'submit') return this.#take(asked.json, now)
    if (operation === 'other') return { status: 200, json: { data: Object.entries(MODELS).map(([name, model]) => feedOf(name, model)) } }
    const job = this.#book.jobs.get(id ?? '')
    if (job === undefined) throw new Refusal(404, 'not_found', 'The video was not found.')
    if (operation === 'content') return this.#content(job, asked, now)
    const stands = this.#book.read(job, now)
    if (stands === null) throw new Refusal(500, 'server_error', 'Internal Server Error')
    return { status: 200, json: this.#view(job, stands) }
  }

  #take(json: unknown, now: number): Done {
    const id = `gen-vid-${Math.floor(now / 1000)}-${randomBytes(10).toString('hex')}`
    const job = this.#book.take(readOrder(json, this.#book.gone), now, id)
    this.#expect(job)
    return { status: 202, json: { id, polling_url: `/api/v1/videos/${id}`, status: 'pending' } }
  }

  #view(job: Job, { state, billed }: Standing): object {
    const has_ended = state !== 'queued' && state !== 'running'
    const usage = { usage: { cost: billed ? this.usd(job.ordered) : 0, is_byok: false } }
    return {
      id: job.id,
      polling_url: `/api/v1/videos/${job.id}`,
      status: WORDS[state],
      ...(has_ended ? { generation_id: job.id, ...usage } : {}),
      ...(state === 'succeeded' ? { unsigned_urls: [`${this.#origin}/api/v1/videos/${job.id}/content?index=0`] } : {}),
      ...(ERRORS[state] === undefined ? {} : { error: ERRORS[state] }),
    }
  }

  async #content(job: Job, { url }: Asked, now: number): Promise<Done> {
    if (this.#book.stands(job, now).state !== 'succeeded') throw new Refusal(409, 'conflict', 'The video is not completed.')
    if (now - job.ready_at >= (this.#options.clip_lasts_ms ?? Number.POSITIVE_INFINITY))
      throw new Refusal(410, 'gone', 'The video has expired.')
    if (this.#options.redirects === true && !url.pathname.startsWith('/storage/'))
      return { status: 302, json: null, headers: { location: `${this.#origin}/storage/${job.id}` } }
    return { status: 200, bytes: await this.#options.clip(this.#book.clipOf(job)), type: 'video/mp4' }
  }

  usd({ model, seconds }: Ordered): number {
    return (MODELS[model]?.usd_per_second ?? 0) * seconds
  }
}

function readOrder(json: unknown, gone: ReadonlySet<string>): Ordered {
  const model = textIn(json, 'model') ?? ''
  const sold = gone.has(model) ? undefined : MODELS[model]
  if (sold === undefined) throw new Refusal(404, 'not_found', `No endpoints found for ${model}.`)
  const prompt = textIn(json, 'prompt') ?? ''
  if (prompt === '') throw new Refusal(400, 'invalid', 'A prompt is required.')
  const seconds = valueIn(json, 'duration')
  if (typeof seconds !== 'number' || !sold.seconds.includes(seconds)) throw new Refusal(400, 'invalid', 'Unsupported duration.')
  const size = textIn(json, 'size') ?? ''
  if (!sold.sizes.includes(size)) throw new Refusal(400, 'invalid', 'Unsupported size.')
  return {
    prompt,
    model,
    seconds,
    size,
    reference_bytes: firstFrameBytes(valueIn(json, 'frame_images')),
    callback_url: textIn(json, 'callback_url'),
    more: { generate_audio: valueIn(json, 'generate_audio') },
  }
}

function firstFrameBytes(frames: unknown): number {
  if (frames === undefined) return 0
  const first: unknown = Array.isArray(frames) ? frames.find((frame) => valueIn(frame, 'frame_type') === 'first_frame') : null
  const url = valueIn(first, 'type') === 'image_url' ? (textIn(valueIn(first, 'image_url'), 'url') ?? '') : ''
  const bytes = pictureBytes(url)
  if (bytes === null) throw new Refusal(400, 'invalid', 'The first frame cannot be read.')
  return bytes
}

/** As the feed of its models says what each can do. */
function feedOf(id: string, { seconds, sizes, usd_per_second }: Model): object {
  return {
    id,
    canonical_slug: id,
    name: id,
    created: 1_790_000_000,
    allowed_passthrough_parameters: [],
    creativity: null,
    generate_audio: true,
    seed: true,
    pricing_skus: { video_second: String(usd_per_second) },
    supported_aspect_ratios: ['16:9', '9:16'],
    supported_durations: seconds,
    supported_frame_images: ['first_frame'],
    supported_resolutions: ['720p', '1080p'],
    supported_sizes: sizes,
    upscale_factor: null,
  }
}

function signed(body: string, event: string, at: number, secret: string | undefined): Record<string, string> {
  const named = { 'x-openrouter-idempotency-key': event }
  if (secret === undefined) return named
  const seconds = Math.floor(at / 1000)
  const hmac = createHmac('sha256', secret).update(`${seconds},${body}`).digest('hex')
  return { ...named, 'x-openrouter-signature': `t=${seconds},v1=${hmac}` }
}
