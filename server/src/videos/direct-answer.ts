import { transaction } from '../db/pool.ts'
import { pollDelay } from '../domain/poll.ts'
import { pollQueue } from '../jobs/queues.ts'
import type { ProviderRef } from '../providers/provider.ts'
import { handOver } from './chain.ts'
import { correctReference, selectHolder, selectStanding, takeReference } from './claim-queries.ts'
import { costOf, LATE_CHECK_FIRST_MS, logLoss } from './finish.ts'
import { recordLateAcceptance } from './loss-queries.ts'
import type { Parts } from './parts.ts'
import { lockVideos, moveAttempt } from './queries.ts'
import type { Work } from './work.ts'

// What a provider tells the sender itself is a fact about that very attempt. What a look-up sees may belong to any order of the same content.

/**
 * A provider named to this attempt's sender a job that another attempt has. If that one had it from a look-up, the direct answer wins: the other
 * is looked up again. If it had it from its own sender or an operator, or has its result already, it keeps the job.
 * @returns `of another` when this attempt still waits for a job of its own
 * @throws when the job changed hands meanwhile: try again
 */
export async function contend(parts: Parts, work: Work, ref: ProviderRef): Promise<'stored' | 'of another'> {
  const { provider } = work.attempt
  const holder = await selectHolder(parts.pool, parts.engine, provider, ref.id)
  if (holder === null) throw new ChangedHands()
  const now = parts.clock()
  const outcome = await transaction(parts.pool, async (tx) => {
    await lockVideos(tx, parts.engine, [holder.video, work.video])
    const mine = await selectStanding(tx, parts.engine, work.attempt.id)
    const waits = mine?.state === 'submitting' || mine?.state === 'submit_unknown'
    // An attempt that ended has no use for it, and whoever has it pays for itself.
    if (!waits && mine?.state !== 'running') return 'stored'
    if (mine?.ref_id === ref.id) return 'stored'
    // Read again under the lock: of two attempts that had each other's job, the other may just have given this one up.
    const theirs = await selectStanding(tx, parts.engine, holder.attempt)
    if (theirs?.ref_id !== ref.id) throw new ChangedHands()
    if (!(await takeReference(tx, parts.engine, holder.attempt, ref.id, now))) return waits ? 'of another' : 'stored'
    await handOver(parts, tx, holder.video, { queue: pollQueue(holder.video), start_at: now })
    if (!waits) {
      // It runs with a job that a look-up took for it: that one is free again for its own attempt.
      if (!(await correctReference(tx, parts.engine, work.attempt.id, ref))) throw new Error('an attempt that runs by another answer')
      return 'taken'
    }
    const change = { ref, ref_from: 'answer', started_at: now } as const
    if (!(await moveAttempt(tx, parts.engine, work.video, work.attempt.id, 'running', change))) throw new Error('a locked attempt moved')
    const start_at = now + pollDelay(parts.routes.poll(work.attempt.route), 0, parts.random())
    await handOver(parts, tx, work.video, { queue: pollQueue(work.video), start_at })
    return 'taken'
  })
  const seen = { video: work.video, other: holder.video, provider, ref: ref.id }
  if (outcome === 'of another') parts.log.error('a provider named a reference that another attempt has', seen)
  if (outcome === 'taken') {
    parts.log.warn('a look-up had given the job of one attempt to another: the direct answer wins', seen)
    parts.jobs.wake(pollQueue(holder.video))
  }
  return outcome === 'of another' ? outcome : 'stored'
}

class ChangedHands extends Error {
  constructor() {
    super('the job of a provider changed hands meanwhile')
  }
}

/**
 * A provider took an order whose attempt has moved on without its sender. If the attempt runs with a job that a look-up took for it, it gets its
 * own; if it has ended without one, the order is our loss.
 * @throws what `isClaimedByAnother` knows, when another attempt has that job; or that its own job was taken from it this very moment: try again
 */
export async function tellLate(parts: Parts, work: Work, ref: ProviderRef): Promise<void> {
  const now = parts.clock()
  const cost = costOf(parts, work, 'no_verdict', null)
  const outcome = await transaction(parts.pool, async (tx) => {
    await lockVideos(tx, parts.engine, [work.video])
    const mine = await selectStanding(tx, parts.engine, work.attempt.id)
    if (mine === null || mine.ref_id === ref.id) return 'known'
    // Another sender's answer has just taken back the job that a look-up had given this one: it waits for its own, which is this.
    if (mine.state === 'submitting' || mine.state === 'submit_unknown') throw new ChangedHands()
    if (mine.state === 'running') return (await correctReference(tx, parts.engine, work.attempt.id, ref)) ? 'known' : 'second'
    if (mine.ref_id !== null) return 'second'
    const late = { attempt: work.attempt.id, ref, ref_from: 'answer', cost, at: now, check_at: now + LATE_CHECK_FIRST_MS } as const
    return (await recordLateAcceptance(tx, parts.engine, late)) ? 'lost' : 'known'
  })
  if (outcome === 'lost') logLoss(parts, { video: work.video, kind: 'late_acceptance', cost_micro: String(cost.micro) })
  if (outcome === 'second') parts.log.error('a provider names a second job for an attempt', { video: work.video, ref: ref.id })
}
