import { z } from 'zod'
import { createChildPool } from '../media/child-pool.ts'

/** A clip decoded from its first frame to its last. */
export type Seen = z.infer<typeof Seen>
const Seen = z.object({
  /** Seconds, one a frame. */
  times: z.array(z.number()),
  /** Mean of each frame, 0 to 255. */
  brightness: z.array(z.number()),
  /** At 48 kHz. */
  samples: z.number(),
  /** Every tenth of a second, 0 to 1. */
  loudness: z.array(z.number()),
})

/** For tests: decodes clips whole, in a child. */
export function createWatcher(): { watch(path: string): Promise<Seen>; stop(): Promise<void> } {
  const pool = createChildPool<{ path: string }, Seen>({
    name: 'watcher',
    entry: new URL('./watcher-child.ts', import.meta.url),
    size: 1,
    jobs_max: 100,
    idle_ms: 60_000,
    heap_mb_max: 512,
    rss_mb_max: 1_500,
    parse: (value) => Seen.safeParse(value).data ?? null,
    log: { warn: () => {} },
  })
  return {
    async watch(path) {
      const result = await pool.run({ path }, { timeout_ms: 60_000 })
      if (result.outcome !== 'answered') throw new Error(`it was ${result.outcome}: ${'why' in result ? result.why : ''}`)
      return result.answer
    },
    stop: pool.stop,
  }
}
