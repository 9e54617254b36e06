import { transaction } from '../db/pool.ts'
import type { WebhookParts } from './parts.ts'
import { deleteEventsBefore, lockLateDeliveries, replaceJob } from './queries.ts'

/** A delivery this late has lost its job, or the process that had it in hand. */
const LATE_MS = 60_000
const BATCH = 200
/** How long the log of what was delivered, or failed, is kept. */
export const EVENTS_KEPT_MS = 30 * 24 * 3_600_000
const DELETED_AT_ONCE = 10_000

/**
 * Gives deliveries that nobody would come back for a new job, and forgets what is old.
 * @param late_ms how late is too late; 0 at a start that knows itself alone on the database: then also what a dead process had in hand
 * @returns how many were taken up again
 */
export async function sweepWebhooks(parts: Pick<WebhookParts, 'pool' | 'jobs' | 'clock' | 'uuid'>, late_ms = LATE_MS): Promise<number> {
  const alone = late_ms === 0
  const now = parts.clock()
  let rescued = 0
  for (;;) {
    const { lost, more } = await transaction(parts.pool, async (tx) => {
      const late = await lockLateDeliveries(tx, now - late_ms, alone, BATCH)
      const ids = late.flatMap(({ job }) => (job === null ? [] : [job]))
      const live = alone ? new Set<string>() : await parts.jobs.live(tx, ids)
      const fresh = late
        .filter(({ job }) => job === null || !live.has(job))
        .map(({ id, job }) => ({ delivery: id, old: job, job: parts.uuid() }))
      // A moment after what is looked for, so that the next round does not find them again.
      for (const { delivery, old, job } of fresh) await replaceJob(tx, delivery, old, job, now + 1)
      await parts.jobs.enqueue(
        tx,
        fresh.map(({ delivery, job }) => ({ id: job, subject: delivery, queue: 'webhook', start_at: now, priority: 0 })),
      )
      return { lost: fresh.length, more: late.length === BATCH && fresh.length > 0 }
    })
    rescued += lost
    if (!more) break
  }
  await deleteEventsBefore(parts.pool, now - EVENTS_KEPT_MS, DELETED_AT_ONCE)
  if (rescued > 0) parts.jobs.wake('webhook')
  return rescued
}
