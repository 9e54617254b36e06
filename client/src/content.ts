import type { SendOptions } from './calls.ts'
import { FilmgateError } from './errors.ts'
import type { Surroundings } from './send.ts'
import type { Caller } from './videos.ts'

export interface ContentOptions extends SendOptions {
  readonly variant?: 'video' | 'thumbnail' | 'spritesheet' | undefined
  /** To go on with a download: how many bytes are there already. */
  readonly from_byte?: number | undefined
  /** Of the part that is there: another file is refused then, instead of being joined to it. */
  readonly etag?: string | undefined
}

export interface Content {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>
  /** Where the stream begins: what was asked for, or 0 where the server has no ranges. */
  readonly from_byte: number
  /** Of the whole file; null if the server does not say. */
  readonly total_bytes: number | null
  readonly type: string | null
  /** Names these bytes. */
  readonly etag: string | null
}

const PATH = '/v1/videos/{video_id}/content'
/** How often a download that stands still where it broke is taken up again; every byte that comes begins the count anew. */
const MOST_BREAKS = 5

/** The bytes from `from_byte` on. @throws FilmgateError video_not_ready, content_expired, range_not_satisfiable, … */
export async function content(filmgate: Caller, around: Surroundings, id: string, options: ContentOptions): Promise<Content> {
  const { variant, signal } = options
  const opened = await open(options.from_byte ?? 0, options.etag ?? null)
  let { reader } = opened
  let at = opened.from_byte
  let breaks = 0
  async function open(from_byte: number, etag: string | null) {
    const range = from_byte === 0 ? {} : { range: `bytes=${from_byte}-`, ...(etag === null ? {} : { 'if-range': etag }) }
    const response = await filmgate.raw('GET', PATH, {
      customer: options.customer,
      timeout_s: options.timeout_s,
      signal,
      path: { video_id: id },
      query: { variant },
      headers: { ...options.headers, accept: '*/*', ...range },
      // It may lie in object storage, behind a signed link.
      redirect: 'follow',
    })
    return { ...placeOf(response), reader: (response.body ?? new Blob([]).stream()).getReader() }
  }
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      for (;;) {
        try {
          const { done, value } = await reader.read()
          if (done && (opened.total_bytes === null || at >= opened.total_bytes)) return controller.close()
          if (done) throw new Error('it ended early')
          at += value.byteLength
          breaks = 0
          // Another copy, so that the type says what the bytes are in: both platforms' streams hand over plain memory.
          return controller.enqueue(new Uint8Array(value))
        } catch (cause) {
          if (signal?.aborted) throw stopped(at)
          if (++breaks > MOST_BREAKS) throw broken(at, cause)
          await around.sleep(500 * 2 ** (breaks - 1) * (0.5 + around.random() / 2), signal).catch(() => {
            throw stopped(at)
          })
          const again = await open(at, opened.etag)
          if (again.from_byte !== at || again.total_bytes !== opened.total_bytes) throw changed(at)
          reader = again.reader
        }
      }
    },
    cancel: (reason) => reader.cancel(reason),
  })
  return { stream, from_byte: opened.from_byte, total_bytes: opened.total_bytes, type: opened.type, etag: opened.etag }
}

function placeOf({ status, headers }: Response) {
  const range = status === 206 ? /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') : null
  const length = headers.get('content-length')
  const total = range ? range[2] : length
  return {
    from_byte: Number(range?.[1] ?? 0),
    total_bytes: total === null || total === undefined || total === '*' ? null : Number(total),
    type: headers.get('content-type'),
    etag: headers.get('etag'),
  }
}

function stopped(at: number): FilmgateError {
  return new FilmgateError({ kind: 'aborted', code: 'aborted', message: `Stopped downloading after ${at} bytes. Go on from there later.` })
}

function broken(at: number, cause: unknown): FilmgateError {
  const message = `The download broke after ${at} bytes, and again and again when it was taken up. Go on from there later.`
  return new FilmgateError({ kind: 'unreachable', code: 'no_answer', message, cause })
}

function changed(at: number): FilmgateError {
  const message = `The download broke after ${at} bytes, and the server then had another file. Begin anew.`
  return new FilmgateError({ kind: 'not_found', code: 'content_expired', message })
}
