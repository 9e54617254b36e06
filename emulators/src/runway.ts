import { randomBytes } from 'node:crypto'
import { type Done, Refusal } from './answer.ts'
import { Book, type Job, type Ordered, type Standing, type State } from './book.ts'
import { type Asked, type Called, type DeskOptions, type Emulator, openDesk, type Protocol } from './desk.ts'
import { pictureBytes, textIn, valueIn } from './json.ts'

export interface RunwayOptions extends DeskOptions {
  /** The bytes of a finished clip. */
  readonly clip: (clip: { readonly seconds: number; readonly size: string }) => Uint8Array | Promise<Uint8Array>
  /** From the order to the result. */
  readonly render_ms?: number
  /** So many tasks are worked on at once; more are taken, and wait as THROTTLED. */
  readonly concurrency?: number
  /** So many tasks are taken in all; more are refused with 429. */
  readonly per_day?: number
  /** How long a link leads to its clip, from the read that showed it. */
  readonly link_lasts_ms?: number
  /** A stopped task is not found by later reads, instead of CANCELLED: its documentation says both. */
  readonly forgets_stopped?: boolean
}

const SUBMITS: readonly string[] = ['/v1/text_to_video', '/v1/image_to_video']
const RATIOS_OF_TEXT = ['1280:720', '720:1280']
const RATIOS = [...RATIOS_OF_TEXT, '1104:832', '832:1104', '960:960', '1584:672']
const RATIOS_OF_VEO = [...RATIOS_OF_TEXT, '1920:1080', '1080:1920']
const OWN_SECONDS = [2, 3, 4, 5, 6, 7, 8, 9, 10]

/** What each model takes, and what a second of it costs in credits. Of Veo nobody here knows the price: the figure is made up. */
const MODELS: Readonly<
  Record<
    string,
    { readonly seconds: readonly number[]; readonly text: readonly string[]; readonly image: readonly string[]; readonly credits: number }
  >
> = {
  'gen4.5': { seconds: OWN_SECONDS, text: RATIOS_OF_TEXT, image: RATIOS, credits: 12 },
  gen4_turbo: { seconds: OWN_SECONDS, text: [], image: RATIOS, credits: 5 },
  'veo3.1': { seconds: [4, 6, 8], text: RATIOS_OF_VEO, image: RATIOS_OF_VEO, credits: 40 },
  'veo3.1_fast': { seconds: [4, 6, 8], text: RATIOS_OF_VEO, image: RATIOS_OF_VEO, credits: 15 },
}

/** The API's date that every request must name. */
const VERSION = '2024-11-06'
const CODES: Readonly<Partial<Record<State, string>>> = { failed: 'INTERNAL.BAD_OUTPUT.CODE01', moderated: 'SAFETY.OUTPUT.VIDEO' }
/** What the estimate is above the cost: it is the most that may be charged. */
const ESTIMATE_ABOVE = 1.25

/** Runway's developer API. Listens on loopback; the vendor's client wants the origin of `base_url`. */
export function startRunwayEmulator(options: RunwayOptions): Promise<Emulator> {
  const { render_ms = 200 } = options
  // A moderated task costs like a finished one.
  const book = new Book(render_ms, ['moderated'])
  return openDesk(options, book, (origin) => new RunwayProtocol(origin, book, options), '/v1')
}

class RunwayProtocol implements Protocol {
  readonly #origin: string
  readonly #book: Book
  readonly #options: RunwayOptions
  readonly #links = new Map<string, { readonly job: Job; readonly ends_at: number }>()
  readonly calls = null

  constructor(origin: string, book: Book, options: RunwayOptions) {
    this.#origin = origin
    this.#book = book
    this.#options = options
  }

  /** A mistake in a field names the field, as a validator does. */
  readonly errors = (_status: number, code: string, message: string) =>
    code === 'model_not_found' || code.startsWith('invalid:')
      ? { error: message, issues: [{ code: 'invalid_value', path: [code.replace('invalid:', '').replace('_not_found', '')], message }] }
      : { error: message }

  read({ method, url, json }: Asked): Called | null {
    const { pathname } = url
    if (method === 'POST' && SUBMITS.includes(pathname)) return { operation: 'submit', id: null, prompt: textIn(json, 'promptText') }
    const [, kind, id = ''] = /^\/v1\/(tasks)\/([^/]+)$/.exec(pathname) ?? /^\/(links)\/([^/]+)$/.exec(pathname) ?? []
    if (kind === 'tasks' && method === 'GET') return { operation: 'retrieve', id, prompt: null }
    if (kind === 'tasks' && method === 'DELETE') return { operation: 'delete', id, prompt: null }
    if (kind === 'links' && method === 'GET') return { operation: 'content', id: this.#links.get(id)?.job.id ?? null, prompt: null }
    return method === 'GET' && pathname === '/v1/organization' ? { operation: 'other', id: null, prompt: null } : null
  }

  keyOf({ headers }: Asked, { operation }: Called): string | null {
    if (operation === 'content') {
      // Storage refuses signed links that come with a key, and a key has no business there.
      if (headers.authorization === undefined) return null
      throw new Refusal(400, 'invalid_request', 'Only one auth mechanism allowed.')
    }
    return headers.authorization?.replace(/^Bearer /, '') ?? ''
  }

  async carryOut({ operation, id }: Called, asked: Asked, now: number): Promise<Done> {
    if (operation === 'content') return this.#content(asked.url.pathname.slice('/links/'.length), now)
    if (asked.headers['x-runway-version'] !== VERSION)
      throw new Refusal(400, 'invalid_request', 'X-Runway-Version is missing, or not a version of this API.')
    if (operation === 'submit') return this.#take(asked, now)
    if (operation === 'other') return { status: 200, json: organization(this.#options, this.#book.taken.length) }
    const job = this.#book.jobs.get(id ?? '')
    if (job === undefined) throw new Refusal(404, 'not_found', 'The task was not found.')
    return operation === 'delete' ? this.#remove(job, now) : this.#retrieve(job, now)
  }

  #take({ url, json }: Asked, now: number): Done {
    if (this.#book.taken.length >= (this.#options.per_day ?? Number.POSITIVE_INFINITY))
      throw new Refusal(429, 'rate_limit', 'You have reached the tasks that your tier may start in a day.')
    const ordered = readOrder(json, url.pathname === '/v1/image_to_video', this.#book.gone)
    const job = this.#book.take(ordered, now)
    return { status: 200, json: { id: job.id, estimatedCost: { credits: estimateOf(ordered) } } }
  }

  #retrieve(job: Job, now: number): Done {
    const throttled = this.#isThrottled(job, now)
    // Nobody works on it: it ends so much later.
    if (throttled) job.ready_at = Math.max(job.ready_at, now + (this.#options.render_ms ?? 200))
    const stands = this.#book.read(job, now)
    if (stands === null) throw new Refusal(500, 'server_error', 'Something went wrong.')
    return { status: 200, json: this.#view(job, throttled ? null : stands, now) }
  }

  #isThrottled(job: Job, now: number): boolean {
    const isOpen = (one: Job) => ['queued', 'running'].includes(this.#book.stands(one, now).state)
    const before = this.#book.taken.slice(0, this.#book.taken.indexOf(job)).filter(isOpen)
    return isOpen(job) && before.length >= (this.#options.concurrency ?? Number.POSITIVE_INFINITY)
  }

  #view(job: Job, stands: Standing | null, now: number): object {
    const named = { id: job.id, createdAt: new Date(job.created_at).toISOString() }
    const estimate = { estimatedCost: { credits: estimateOf(job.ordered) } }
    if (stands === null) return { ...named, ...estimate, status: 'THROTTLED' }
    const { state, percent, billed } = stands
    const cost = { cost: { credits: billed ? creditsOf(job.ordered) : 0 } }
    switch (state) {
      case 'queued':
        return { ...named, ...estimate, status: 'PENDING' }
      case 'running':
        return { ...named, ...estimate, status: 'RUNNING', progress: percent / 100 }
      case 'succeeded':
        return { ...named, ...cost, status: 'SUCCEEDED', output: [this.#link(job, now)] }
      case 'cancelled':
        return { ...named, ...cost, status: 'CANCELLED' }
      case 'failed':
      case 'moderated':
        return { ...named, ...cost, status: 'FAILED', failure: 'It did not work out.', failureCode: CODES[state] }
    }
  }

  /** A new one at every read. */
  #link(job: Job, now: number): string {
    const token = randomBytes(8).toString('hex')
    this.#links.set(token, { job, ends_at: now + (this.#options.link_lasts_ms ?? Number.POSITIVE_INFINITY) })
    return `${this.#origin}/links/${token}`
  }

  async #content(token: string, now: number): Promise<Done> {
    const link = this.#links.get(token)
    if (link === undefined || now >= link.ends_at) throw new Refusal(403, 'expired', 'The link has expired.')
    return { status: 200, bytes: await this.#options.clip(this.#book.clipOf(link.job)), type: 'video/mp4' }
  }

  /** Stops what runs; erases what has ended. */
  #remove(job: Job, now: number): Done {
    const stopped = this.#book.cancel(job, now)
    if (!stopped || this.#options.forgets_stopped === true) this.#book.jobs.delete(job.id)
    return { status: 204, bytes: Buffer.alloc(0), type: 'text/plain' }
  }

  usd(ordered: Ordered): number {
    return creditsOf(ordered) / 100
  }
}

function readOrder(json: unknown, is_image: boolean, gone: ReadonlySet<string>): Ordered {
  const model = textIn(json, 'model') ?? ''
  const sold = gone.has(model) ? undefined : MODELS[model]
  if (sold === undefined) throw new Refusal(400, 'invalid:model', 'Validation of body failed.')
  const prompt = textIn(json, 'promptText') ?? ''
  if (prompt.length > 1000 || (prompt === '' && !is_image)) throw new Refusal(400, 'invalid:promptText', 'Validation of body failed.')
  const ratio = textIn(json, 'ratio') ?? ''
  if (!(is_image ? sold.image : sold.text).includes(ratio)) throw new Refusal(400, 'invalid:ratio', 'Validation of body failed.')
  const seconds = valueIn(json, 'duration')
  if (typeof seconds !== 'number' || !sold.seconds.includes(seconds))
    throw new Refusal(400, 'invalid:duration', 'Validation of body failed.')
  return {
    prompt,
    model,
    seconds,
    size: ratio.replace(':', 'x'),
    reference_bytes: is_image ? firstFrameBytes(json) : 0,
    callback_url: null,
    more: { audio: valueIn(json, 'audio') },
  }
}

/** A string, or a list with a first frame. */
function firstFrameBytes(json: unknown): number {
  const given = valueIn(json, 'promptImage')
  const first: unknown = Array.isArray(given) ? given.find((one) => valueIn(one, 'position') === 'first') : null
  const uri = typeof given === 'string' ? given : (textIn(first, 'uri') ?? '')
  const bytes = uri.length > 5 * 1024 ** 2 ? null : pictureBytes(uri)
  if (bytes === null) throw new Refusal(400, 'invalid:promptImage', 'Validation of body failed.')
  return bytes
}

function creditsOf({ model, seconds }: Ordered): number {
  return (MODELS[model]?.credits ?? 0) * seconds
}

function estimateOf(ordered: Ordered): number {
  return Math.ceil(creditsOf(ordered) * ESTIMATE_ABOVE)
}

function organization({ concurrency = 1, per_day = 50 }: RunwayOptions, taken: number): object {
  const limits = { maxConcurrentGenerations: concurrency, maxDailyGenerations: per_day }
  const names = Object.keys(MODELS)
  return {
    creditBalance: 10_000,
    tier: { maxMonthlyCreditSpend: 10_000, models: Object.fromEntries(names.map((name) => [name, limits])) },
    usage: { models: Object.fromEntries(names.map((name) => [name, { dailyGenerations: taken }])) },
  }
}
