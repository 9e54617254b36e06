import { transaction } from '../db/pool.ts'
import { deleteEventsBefore, lockLateDeliveries, replaceJobs } from './delivery-queries.ts'
import type { WebhookParts } from './parts.ts'
import { callBack } from './settle.ts'

/** A delivery this late has lost its job. */
const LATE_MS = 60_000
const BATCH = 500
/** How long the log of what was delivered, or failed, is kept. */
export const EVENTS_KEPT_MS = 30 * 24 * 3_600_000
const DELETED_AT_ONCE = 10_000

/**
 * Gives deliveries that nobody would come back for a new job, and forgets what is old. What a dead process had in hand is taken up as soon as
 * its time in hand has lapsed.
 * @param late_ms how late is too late; 0 at a start that knows itself alone on the database: then also what a dead process had in hand
 * @returns how many were taken up again
 */
export async function sweepWebhooks(parts: Pick<WebhookParts, 'pool' | 'jobs' | 'clock'>, late_ms = LATE_MS): Promise<number> {
  const alone = late_ms === 0
  const now = parts.clock()
  const late = { in_hand_until: alone ? Number.MAX_SAFE_INTEGER : now, due_before: now - late_ms }
  let rescued = 0
  for (;;) {
    const { lost, more } = await transaction(parts.pool, async (tx) => {
      const found = await lockLateDeliveries(tx, late, BATCH)
      const ids = found.flatMap(({ job }) => (job === null ? [] : [job]))
      const live = alone ? new Set<string>() : await parts.jobs.live(tx, ids)
      // A moment after what is looked for, so that the next round does not find them again.
      const fresh = found.flatMap(({ id, job }) => (job !== null && live.has(job) ? [] : [{ delivery: id, old: job, next_ms: now + 1 }]))
      await callBack(tx, parts.jobs, await replaceJobs(tx, fresh))
      return { lost: fresh.length, more: found.length === BATCH && fresh.length > 0 }
    })
    rescued += lost
    if (!more) break
  }
  await deleteEventsBefore(parts.pool, now - EVENTS_KEPT_MS, DELETED_AT_ONCE)
  if (rescued > 0) parts.jobs.wake('webhook')
  return rescued
}
