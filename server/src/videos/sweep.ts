import { transaction } from '../db/pool.ts'
import { pollQueue } from '../jobs/queues.ts'
import { handOver } from './chain.ts'
import type { Parts } from './parts.ts'
import { deleteQuotes, lockLate } from './queries.ts'

/** A step this late has lost its job: the engine itself would have run it long ago. */
const LATE_MS = 120_000
const BATCH = 200
/** A quote is kept this long after it expired, so that a late order hears "expired" and not "unknown". */
const QUOTE_KEPT_MS = 86_400_000

/**
 * Finds open videos that nobody would come back to, and gives them a new chain. The poll step then looks where they stand.
 * @param late_ms how late is too late; 0 at a start that knows itself alone on the database
 * @returns how many were taken up again
 */
export async function sweepVideos(parts: Parts, late_ms = LATE_MS): Promise<number> {
  let rescued = 0
  for (;;) {
    const taken = await transaction(parts.pool, async (tx) => {
      const late = await lockLate(tx, parts.clock() - late_ms, BATCH)
      const live =
        late_ms === 0
          ? new Set<string>()
          : await parts.jobs.live(
              tx,
              late.map((video) => video.job),
            )
      const lost = late.filter((video) => !live.has(video.job))
      for (const video of lost) await handOver(parts, tx, video.id, { queue: pollQueue(video.id), start_at: parts.clock() })
      return { lost: lost.length, more: late.length === BATCH && lost.length > 0 }
    })
    rescued += taken.lost
    if (!taken.more) break
  }
  if (rescued > 0) parts.log.warn('open videos without a live job were taken up again', { count: rescued })
  await deleteQuotes(parts.pool, parts.clock() - QUOTE_KEPT_MS)
  return rescued
}
