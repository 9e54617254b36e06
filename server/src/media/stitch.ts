import { rm, stat } from 'node:fs/promises'
import { z } from 'zod'
import { type ChildLog, createChildPool } from './child-pool.ts'
import type { Shape } from './reshape.ts'

export const StitchJob = z.union([
  z.object({ first_path: z.string(), second_path: z.string(), out_path: z.string() }),
  z.object({
    first_path: z.string(),
    shape: z.object({ seconds: z.number(), width: z.int(), height: z.int() }),
    out_path: z.string(),
  }),
])
export type StitchJob = z.infer<typeof StitchJob>

const StitchAnswer = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('stitched'), copied: z.boolean() }),
  z.object({ outcome: z.literal('unjoinable'), why: z.string() }),
  z.object({ outcome: z.literal('unavailable'), why: z.string() }),
])
export type StitchAnswer = z.infer<typeof StitchAnswer>

export type Stitched =
  /** `copied`: nothing was encoded anew. */
  | { readonly outcome: 'stitched'; readonly copied: boolean }
  /** A verdict: the fault is in the clips, and the next try would find it again. `why` is for a log. */
  | { readonly outcome: 'failed'; readonly why: string }

export interface Stitcher {
  /**
   * Joins two clips into one MP4 (H.264, AAC, index in front) at `out_path`, which appears whole or not at all. Every frame of the first,
   * then every frame of the second, from a key frame on; as long as the pictures of both. Packets are copied where one description fits both
   * clips; otherwise pictures or sound or both are encoded anew, at the first's size. A clip without sound is silent in the whole.
   * @throws whatever is no verdict on the clips: one is not there, the disk is full or broken, no encoder, a child that was lost or took too long,
   * aborted, stopped
   */
  stitch(first_path: string, second_path: string, out_path: string, signal?: AbortSignal): Promise<Stitched>
  /**
   * Cuts a clip to its first seconds, at a smaller size if that is another, into one MP4 at `out_path`, which appears whole or not at all. A clip
   * that is shorter keeps its length. Packets are copied where the cut and the size allow. @throws as `stitch`
   */
  reshape(path: string, shape: Shape, out_path: string, signal?: AbortSignal): Promise<Stitched>
  /** Process ids of the children that live now. */
  pids(): readonly number[]
  stop(): Promise<void>
}

export interface StitcherOptions {
  readonly log: ChildLog
}

const TRIES = 2
/** Encoding anew runs at about realtime on a busy core at 1080p; a clip's bytes are the only measure of its length at hand. */
const TIMEOUT_MS = 60_000
const TIMEOUT_MS_PER_BYTE = 0.05
const TIMEOUT_MS_MAX = 1_800_000

/** Joins clips in a child process: files of strangers are decoded there at worst, and copying a long one blocks nobody. */
export function createStitcher(options: StitcherOptions): Stitcher {
  const pool = createChildPool<StitchJob, StitchAnswer>({
    name: 'stitcher',
    entry: new URL('./stitch-child.ts', import.meta.url),
    size: 1,
    jobs_max: 40,
    idle_ms: 60_000,
    heap_mb_max: 512,
    rss_mb_max: 1_500,
    parse: (value) => StitchAnswer.safeParse(value).data ?? null,
    log: options.log,
  })

  async function run(job: StitchJob, bytes: number, signal?: AbortSignal): Promise<Stitched> {
    const timeout_ms = Math.min(TIMEOUT_MS_MAX, Math.round(TIMEOUT_MS + TIMEOUT_MS_PER_BYTE * bytes))
    let why = ''
    for (let tries = 0; tries < TRIES; tries += 1) {
      const result = await pool.run(job, { timeout_ms, ...(signal ? { signal } : {}) })
      if (result.outcome === 'answered') return verdict(result.answer)
      // A child that was killed could not tidy up after itself.
      await rm(`${job.out_path}.part`, { force: true })
      if (result.outcome === 'aborted') throw new Error('The stitching was stopped.')
      why = result.why
      // Told by a child that lives on: the next moment changes nothing.
      if (result.outcome === 'threw') break
    }
    throw new Error(`The ${'shape' in job ? 'clip could not be cut' : 'clips could not be joined'}: ${why}`)
  }

  return {
    async stitch(first_path, second_path, out_path, signal) {
      const bytes = (await stat(first_path)).size + (await stat(second_path)).size
      return run({ first_path, second_path, out_path }, bytes, signal)
    },
    async reshape(first_path, { seconds, width, height }, out_path, signal) {
      return run({ first_path, shape: { seconds, width, height }, out_path }, (await stat(first_path)).size, signal)
    },
    pids: pool.pids,
    stop: pool.stop,
  }
}

function verdict(answer: StitchAnswer): Stitched {
  switch (answer.outcome) {
    case 'stitched':
      return answer
    case 'unjoinable':
      return { outcome: 'failed', why: answer.why }
    case 'unavailable':
      throw new Error(answer.why)
  }
}
