import { transaction } from '../db/pool.ts'
import type { Submitted } from '../providers/provider.ts'
import { handOver } from './chain.ts'
import { forgetCharacters } from './character-queries.ts'
import { callNext } from './line.ts'
import type { Parts } from './parts.ts'
import { cancelRequested, insertAttempt, lockVideos, moveAttempt } from './queries.ts'
import type { Work } from './work.ts'

/**
 * A provider refused an order for what it had of its own and has forgotten; we have it still. The next attempt brings it along, and its row says
 * so to whoever sends it. Once for each video and thing: a second refusal is the order's.
 * @returns false: nothing to bring, the customer wants it to stop, or somebody else has moved the attempt
 */
export async function bringAgain(parts: Parts, work: Work, refusal: Extract<Submitted, { outcome: 'rejected' }>): Promise<boolean> {
  const { forgot, reason, message } = refusal
  const { id, no, route, provider, brings } = work.attempt
  if (forgot === undefined || brings.includes(forgot)) return false
  const now = parts.clock()
  // Whoever has the chain by now: what the provider said to the sender is true all the same.
  const done = await transaction(parts.pool, async (tx) => {
    await lockVideos(tx, parts.engine, [work.video])
    if (await cancelRequested(tx, parts.engine, work.video)) return false
    const change = { ended_at: now, error: { code: reason, message } }
    if (!(await moveAttempt(tx, parts.engine, work.video, id, 'rejected', change, ['submitting', 'submit_unknown']))) return false
    const next = { id: parts.uuid(), video: work.video, no: no + 1, route, provider, created_at: now, brings: [forgot] }
    await insertAttempt(tx, parts.engine, next)
    // Which of them it was, nobody says: none is known any more, and the next attempt makes them known.
    if (forgot === 'characters') await forgetCharacters(tx, parts.engine, provider, work.characters)
    await handOver(parts, tx, work.video, { queue: 'submit', start_at: now })
    return true
  })
  if (!done) return false
  parts.log.warn('a provider has forgotten what it had for an order: the next attempt brings it', { video: work.video, provider, forgot })
  parts.jobs.wake('submit')
  await callNext(parts, provider)
  return true
}
