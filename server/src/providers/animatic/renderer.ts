import { rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { type ChildLog, createChildPool } from '../../media/child-pool.ts'
import type { RenderOrder as RenderJob } from './job.ts'

export type { RenderOrder as RenderJob } from './job.ts'

export const ChildAnswer = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('rendered'), bytes: z.number() }),
  z.object({ outcome: z.literal('unavailable'), why: z.string() }),
])
export type ChildAnswer = z.infer<typeof ChildAnswer>

export type Rendered =
  | { readonly outcome: 'rendered'; readonly bytes: number }
  | { readonly outcome: 'failed'; readonly why: string }
  /** By the signal or by `stop()`; no file is left. */
  | { readonly outcome: 'aborted' }
  /** This platform has no encoder; every render will say so. */
  | { readonly outcome: 'unavailable'; readonly why: string }

export interface Renderer {
  /**
   * Draws one clip into `job.out_path`, which appears whole or not at all. `on_progress` gets fractions from 0 to 1 that never fall
   * within one try. A crash of the encoder costs this job one more try in a fresh child, and no other job anything. Never rejects for what a child does.
   */
  render(job: RenderJob, on_progress: (fraction: number) => void, signal: AbortSignal): Promise<Rendered>
  /** Process ids of the children that live now. */
  pids(): readonly number[]
  /** Ends all children. */
  stop(): Promise<void>
}

export interface RendererOptions {
  readonly log: ChildLog
  /** Clips drawn at once; half the cores by default, since drawing and encoding keep two busy. */
  readonly concurrency?: number
}

const TRIES = 2

/** The animatic's renderer: child processes that are started by need, kept warm, and never take the server along. */
export function createRenderer(options: RendererOptions): Renderer {
  const pool = createChildPool<RenderJob, ChildAnswer>({
    name: 'renderer',
    entry: new URL('./render-child.ts', import.meta.url),
    size: options.concurrency ?? Math.max(1, Math.floor(availableParallelism() / 2)),
    jobs_max: 40,
    idle_ms: 120_000,
    heap_mb_max: 512,
    rss_mb_max: 1_500,
    parse: (value) => ChildAnswer.safeParse(value).data ?? null,
    log: options.log,
  })

  return {
    async render(job, on_progress, signal) {
      let why = ''
      for (let tries = 0; tries < TRIES; tries += 1) {
        const result = await pool.run(job, { timeout_ms: timeLimit(job), signal, on_progress })
        if (result.outcome === 'answered') return result.answer
        // A child that was killed could not tidy up after itself.
        await rm(`${job.out_path}.part`, { force: true })
        if (result.outcome === 'aborted') return result
        why = result.why
        if (result.outcome === 'threw') break
      }
      return { outcome: 'failed', why }
    },
    pids: pool.pids,
    stop: pool.stop,
  }
}

/** Twenty times slower than the 1.5x realtime of a 720p clip on two cores: then it hangs. */
function timeLimit(job: RenderJob): number {
  const size = Math.max(1, (job.width * job.height) / (1280 * 720))
  return Math.round(30_000 + job.seconds * size * 13_000)
}
