import { z } from 'zod'
import { type ChildLog, createChildPool } from './child-pool.ts'
import type { Probe, Unreadable } from './probe.ts'

/**
 * A spritesheet: `columns` x `rows` tiles, left to right, top to bottom. Tile n of N shows the middle of the n-th N-th of the clip.
 * Tiles are 320 pixels wide (less when the clip is narrower), as high as the clip's shape asks for.
 */
export const SPRITESHEET = { columns: 5, rows: 2, tile_width: 320 } as const

/** The longer side of a thumbnail at most; the clip's own size when that is smaller. */
export const THUMBNAIL_SIDE_MAX = 1280

export const DecodeJob = z.object({ command: z.enum(['probe', 'plays', 'thumbnail', 'spritesheet']), path: z.string() })
export type DecodeJob = z.infer<typeof DecodeJob>

const Probed: z.ZodType<Probe> = z.object({
  outcome: z.literal('ok'),
  container: z.string(),
  bytes: z.number(),
  video: z.object({
    codec: z.string(),
    width: z.number(),
    height: z.number(),
    fps: z.number(),
    frames: z.number(),
    duration_s: z.number(),
  }),
  audio: z.object({ codec: z.string(), channels: z.number(), rate: z.number(), duration_s: z.number() }).nullable(),
  fast_start: z.boolean(),
})

const DecodeAnswer = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('probed'), probe: Probed }),
  z.object({ outcome: z.literal('unreadable'), why: z.string() }),
  z.object({ outcome: z.literal('plays') }),
  z.object({ outcome: z.literal('does_not_play'), why: z.string() }),
  z.object({ outcome: z.literal('picture'), bytes: z.instanceof(Uint8Array) }),
  z.object({ outcome: z.literal('unavailable'), why: z.string() }),
])
export type DecodeAnswer = z.infer<typeof DecodeAnswer>

/** No decoder on this platform: nothing can be said about the file. */
export interface Unavailable {
  readonly outcome: 'unavailable'
  readonly why: string
}
/** The decoder was lost or gave up on this file (twice, in two processes). */
export interface NotDecoded {
  readonly outcome: 'failed'
  readonly why: string
}

export interface Decoder {
  /**
   * `probe` of a stranger's file. An index of a few bytes can claim more samples than memory holds: whoever reads it may hang or fall, and
   * must not be the server.
   * @throws when it was stopped, aborted or could not start before it knew: that is no verdict on the file
   */
  probe(path: string, signal?: AbortSignal): Promise<Probe | Unreadable>
  /**
   * Decodes the first and the last key frame. A file that crashes or hangs the decoder does not play.
   * @throws when it was stopped, aborted or could not start before it knew: that is no verdict on the file
   */
  plays(
    path: string,
    signal?: AbortSignal,
  ): Promise<{ readonly outcome: 'plays' } | { readonly outcome: 'does_not_play'; readonly why: string } | Unavailable>
  /** A frame from the first tenth, as WebP. */
  thumbnail(path: string): Promise<{ readonly outcome: 'picture'; readonly bytes: Uint8Array } | NotDecoded | Unavailable>
  /** See `SPRITESHEET`, as JPEG. */
  spritesheet(path: string): Promise<{ readonly outcome: 'picture'; readonly bytes: Uint8Array } | NotDecoded | Unavailable>
  /** Process ids of the children that live now. */
  pids(): readonly number[]
  stop(): Promise<void>
}

export interface DecoderOptions {
  readonly log: ChildLog
  /** For log lines; `decoder` unless told. */
  readonly name?: string
  /** Children at once; 1 unless told. */
  readonly size?: number
  /** For one job. */
  readonly timeout_ms?: number
  /** What its children run; ours unless told. */
  readonly entry?: URL
}

const TRIES = 2
const NO_VERDICT = 'It was not looked at: the server is stopping, its caller waits no longer, or no decoder would start.'
const TIMEOUT_MS = 30_000
/** Reading an index takes milliseconds; the rest is a busy machine. */
const PROBE_TIMEOUT_MS = 10_000
const NOT_READ = 'The file is not a readable clip.'
const WRONG_ANSWER = 'The decoder answered another question.'

/** Decodes clips of strangers in a child process with limits; whatever a file does to it, the server goes on. */
export function createDecoder(options: DecoderOptions): Decoder {
  const pool = createChildPool<DecodeJob, DecodeAnswer>({
    name: options.name ?? 'decoder',
    entry: options.entry ?? new URL('./decoder-child.ts', import.meta.url),
    size: options.size ?? 1,
    jobs_max: 100,
    idle_ms: 60_000,
    heap_mb_max: 512,
    rss_mb_max: 1_500,
    parse: (value) => DecodeAnswer.safeParse(value).data ?? null,
    log: options.log,
  })

  /** A crash may be the fault of the file before: the second try has a fresh child. "It does not play" costs somebody money, so one try never says so. */
  async function run(job: DecodeJob, signal?: AbortSignal): Promise<DecodeAnswer | NotDecoded | { readonly outcome: 'no_verdict' }> {
    let failed: NotDecoded | { readonly outcome: 'no_verdict' } = { outcome: 'no_verdict' }
    for (let tries = 0; tries < TRIES; tries += 1) {
      const timeout_ms = options.timeout_ms ?? (job.command === 'probe' ? PROBE_TIMEOUT_MS : TIMEOUT_MS)
      const result = await pool.run(job, { timeout_ms, ...(signal ? { signal } : {}) })
      if (result.outcome === 'answered') return result.answer
      if (result.outcome === 'aborted') return { outcome: 'no_verdict' }
      failed = result.outcome === 'crashed' && !result.started ? { outcome: 'no_verdict' } : { outcome: 'failed', why: result.why }
    }
    return failed
  }

  async function picture(job: DecodeJob): Promise<{ outcome: 'picture'; bytes: Uint8Array } | NotDecoded | Unavailable> {
    const answer = await run(job)
    if (answer.outcome === 'no_verdict') return { outcome: 'failed', why: NO_VERDICT }
    if (answer.outcome === 'picture' || answer.outcome === 'failed' || answer.outcome === 'unavailable') return answer
    return { outcome: 'failed', why: WRONG_ANSWER }
  }

  return {
    async probe(path, signal) {
      const answer = await run({ command: 'probe', path }, signal)
      if (answer.outcome === 'no_verdict') throw new Error(NO_VERDICT)
      if (answer.outcome === 'probed') return answer.probe
      return answer.outcome === 'unreadable' ? answer : { outcome: 'unreadable', why: NOT_READ }
    },
    async plays(path, signal) {
      const answer = await run({ command: 'plays', path }, signal)
      if (answer.outcome === 'no_verdict') throw new Error(NO_VERDICT)
      if (answer.outcome === 'failed') return { outcome: 'does_not_play', why: answer.why }
      if (answer.outcome === 'plays' || answer.outcome === 'does_not_play' || answer.outcome === 'unavailable') return answer
      return { outcome: 'does_not_play', why: WRONG_ANSWER }
    },
    thumbnail: (path) => picture({ command: 'thumbnail', path }),
    spritesheet: (path) => picture({ command: 'spritesheet', path }),
    pids: pool.pids,
    stop: pool.stop,
  }
}
