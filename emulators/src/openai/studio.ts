import { randomBytes } from 'node:crypto'
import { type Done, Refusal } from '../answer.ts'
import type { Dialect } from './dialect.ts'
import { type Fields, memberOf, textOf, Upload } from './fields.ts'
import { type Job, newJob, type Ordered, type Submission, secondsOf, shown, standing } from './job.ts'
import { begun, type Character, finished, readCast, readCharacter } from './source.ts'
import { SPRITESHEET_JPEG, THUMBNAIL_WEBP } from './still.ts'
import { videoOf } from './video.ts'

/** What a clip shall be. `lasts_s` is the whole of it: of an extension, what is extended and what is new; less or more by `[[short]]` and `[[long]]`. */
export interface ClipOrder extends Ordered {
  readonly lasts_s: number
  /** The clip that it begins from, whole; null for a create. */
  readonly source_bytes: Uint8Array | null
}

export interface StudioOptions {
  readonly clip: (order: ClipOrder) => Uint8Array | Promise<Uint8Array>
  readonly render_ms: number
  readonly dialect: Dialect
  /** What links begin with. */
  readonly links: () => string
  /** How long a link leads to its clip. */
  readonly link_lasts_ms: number
  /** Told of every job. */
  readonly taken: (job: Job) => void
}

const SECONDS_MAX = 120

/** What the server knows, and what each operation does to it. Says no by throwing a `Refusal`. */
export class Studio {
  readonly jobs = new Map<string, Job>()
  /** Deleted ones too. */
  readonly taken: Job[] = []
  readonly characters = new Map<string, Character>()
  readonly gone = new Set<string>()
  readonly #options: StudioOptions

  constructor(options: StudioOptions) {
    this.#options = options
  }

  submit(operation: Submission, source_id: string | null, fields: Fields, now: number): Done {
    const { dialect } = this.#options
    const { values } = fields
    if (operation === 'create') this.#checkEncoding(fields)
    const prompt = textOf(values, 'prompt') ?? ''
    if (prompt === '') throw new Refusal(400, 'missing_required_parameter', "Missing required parameter: 'prompt'.")
    if (prompt.length > 32_000) throw new Refusal(400, 'invalid_value', "Invalid 'prompt': string too long.")
    const from = source_id !== null ? finished(this.jobs, source_id, now) : operation === 'create' ? null : begun(this.jobs, fields, now)
    const model = from?.model ?? textOf(values, 'model') ?? 'sora-2'
    if (this.gone.has(model)) throw new Refusal(404, 'model_not_found', `The model '${model}' does not exist.`)
    const size = from?.size ?? textOf(values, 'size') ?? dialect.sizes?.[0] ?? '720x1280'
    if (from === null && dialect.sizes?.includes(size) === false) throw new Refusal(400, 'invalid_value', `Invalid size: '${size}'.`)
    const ordered: Ordered = {
      operation,
      prompt,
      model,
      seconds: operation === 'remix' || operation === 'edit' ? (from?.told.seconds ?? 0) : this.#seconds(operation, fields),
      size,
      reference_bytes: pictureBytes(values),
      source: from?.told ?? null,
      characters: operation === 'create' ? readCast(fields, this.characters, prompt) : [],
    }
    if (secondsOf(ordered) > SECONDS_MAX) throw new Refusal(400, 'invalid_value', `A video lasts at most ${SECONDS_MAX} seconds.`)
    const callback_url = dialect.callback_field === null ? null : textOf(values, dialect.callback_field)
    const job = newJob({ id: this.#newId(now), ordered, source: from?.source ?? null, callback_url }, now, this.#options.render_ms)
    this.jobs.set(job.id, job)
    this.taken.push(job)
    this.#options.taken(job)
    return { status: 200, json: this.#video(job, now) }
  }

  retrieve(id: string, now: number): Done {
    const job = this.#job(id)
    job.reads += 1
    if (job.reads > job.trouble.flaky) return { status: 200, json: this.#video(job, now) }
    throw new Refusal(500, 'server_error', 'The server had an error while processing your request.')
  }

  list(query: URLSearchParams, now: number): Done {
    const limit = Math.min(100, Number(query.get('limit') ?? 20))
    const all = [...this.jobs.values()]
    if (query.get('order') !== 'asc') all.reverse()
    const from = all.findIndex(({ id }) => id === query.get('after')) + 1
    const data = all.slice(from, from + limit).map((job) => this.#video(job, now))
    const page = { object: 'list', data }
    if (this.#options.dialect.list === 'bare') return { status: 200, json: page }
    const has_more = from + limit < all.length
    return { status: 200, json: { ...page, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more } }
  }

  remove(id: string, now: number): Done {
    const { delete_running, delete_answers } = this.#options.dialect
    const job = this.#job(id)
    const { status } = standing(job, now)
    if (status === 'queued' || status === 'in_progress') {
      if (delete_running === 'refused') throw new Refusal(400, 'invalid_request_error', 'Only completed or failed videos can be deleted.')
      if (delete_running === 'stops') job.told = { status: 'cancelled' }
    }
    this.jobs.delete(id)
    if (delete_answers === 'video') return { status: 200, json: { ...this.#video(job, now), status: 'deleted' } }
    return { status: 200, json: { id, object: 'video.deleted', deleted: true } }
  }

  async content(id: string, variant: string, linked_at: number | null, now: number): Promise<Done> {
    const job = this.#job(id)
    if (standing(job, now).status !== 'completed') throw new Refusal(404, 'not_found', 'The video is not ready yet.')
    if (linked_at !== null && now > linked_at + this.#options.link_lasts_ms) throw new Refusal(403, 'access_denied', 'Request has expired.')
    if (variant === 'thumbnail') return { status: 200, bytes: THUMBNAIL_WEBP, type: 'image/webp' }
    if (variant === 'spritesheet') return { status: 200, bytes: SPRITESHEET_JPEG, type: 'image/jpeg' }
    if (variant !== 'video') throw new Refusal(400, 'invalid_value', `Invalid variant: '${variant}'.`)
    return { status: 200, bytes: await this.#clip(job), type: 'video/mp4' }
  }

  createCharacter(fields: Fields, now: number): Done {
    const character = readCharacter(fields, `char_${randomBytes(12).toString('hex')}`, now)
    this.characters.set(character.id, character)
    return { status: 200, json: character }
  }

  character(id: string): Done {
    const character = this.characters.get(id)
    if (character === undefined) throw new Refusal(404, 'not_found', `Character with id '${id}' not found.`)
    return { status: 200, json: character }
  }

  #job(id: string): Job {
    const job = this.jobs.get(id)
    if (job === undefined) throw new Refusal(404, 'not_found', `Video with id '${id}' not found.`)
    return job
  }

  #video(job: Job, now: number) {
    const { dialect, links } = this.#options
    const stands = shown(job, now)
    const video = videoOf(dialect, job, stands)
    if (dialect.link === null || stands.status !== 'completed') return video
    return { ...video, [dialect.link]: `${links()}/${job.id}?since=${now}` }
  }

  async #clip({ ordered, source, trouble }: Job): Promise<Uint8Array> {
    const whole_s = secondsOf(ordered)
    const lasts_s = trouble.short ? whole_s - ordered.seconds / 2 : trouble.long ? whole_s + ordered.seconds : whole_s
    const size = trouble.wrong_size ? ordered.size.split('x').reverse().join('x') : ordered.size
    const source_bytes = source === null ? null : 'upload' in source ? source.upload : await this.#clip(source.job)
    return this.#options.clip({ ...ordered, size, lasts_s, source_bytes })
  }

  #seconds(operation: Submission, { encoding, values }: Fields): number {
    const { dialect } = this.#options
    const { seconds } = values
    if (seconds === undefined && operation === 'create') return 4
    if (typeof seconds === 'number' && encoding === 'json' && dialect.json_seconds === 'text')
      throw new Refusal(400, 'invalid_type', "Invalid type for 'seconds': expected a string, but got a number instead.")
    const text = textOf(values, 'seconds') ?? ''
    if (/^\d+$/.test(text) && dialect.seconds?.includes(Number(text)) !== false) return Number(text)
    throw new Refusal(400, 'invalid_value', `Invalid value for 'seconds': '${text}'.`)
  }

  #checkEncoding({ encoding, values }: Fields): void {
    const { create } = this.#options.dialect
    if (create === 'form' && encoding !== 'form') throw new Refusal(422, 'invalid_value', 'Field required: send multipart/form-data.')
    if (create === 'json_or_form_with_picture' && encoding === 'form' && !(values.input_reference instanceof Upload))
      throw new Refusal(400, 'invalid_value', 'input_reference file is required for multipart requests')
  }

  #newId(now: number): string {
    const stamp = Math.floor(now / 1000)
      .toString(16)
      .padStart(8, '0')
    return `${this.#options.dialect.id_prefix}${stamp}${randomBytes(12).toString('hex')}`
  }
}

/** A file, or the address of one: as `{image_url}`, or as bare text. */
function pictureBytes({ input_reference: picture }: Fields['values']): number {
  if (picture instanceof Upload) return picture.bytes.byteLength
  const url = typeof picture === 'string' ? picture : memberOf(picture, 'image_url')
  return url === null ? 0 : Buffer.byteLength(url)
}
