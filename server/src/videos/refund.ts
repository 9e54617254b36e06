import { reach } from '../access/authenticate.ts'
import type { Operator } from '../access/owner.ts'
import { problem } from '../domain/problems.ts'
import type { Entry } from '../ledger/entries.ts'
import type { Credits } from '../ledger/operation.ts'
import { notFound } from './cancel.ts'
import type { Parts } from './parts.ts'
import { selectHoldOf } from './queries.ts'

/**
 * Gives captured credits back: all that is left, or part of it; all refunds together at most what was captured.
 * A repeat with the same request id is answered with the first one.
 * @throws Problem
 */
export async function refundVideo(
  parts: Parts,
  operator: Operator,
  video: string,
  wish: { readonly credits: Credits | null; readonly reason: string; readonly request_id: string },
): Promise<{ readonly entry: Entry; readonly replayed: boolean }> {
  const hold = await selectHoldOf(parts.pool, operator, video)
  if (hold === null) throw notFound(video)
  const { op, account } = hold
  const outcome = await parts.ledger.commit({ kind: 'refund', op, account, ...wish })
  switch (outcome.outcome) {
    case 'committed': {
      const owner = await reach(parts.pool, operator, hold.customer)
      const refunds =
        owner === null ? [] : await parts.ledger.entries(owner, { hold: op, kind: 'refund' }, { after: null, limit: 100, order: 'desc' })
      const entry = refunds.find((one) => one.id === `entry_${op}_${outcome.entry.seq}`)
      if (entry === undefined) throw new Error(`the refund of ${video} is not in its customer's ledger`)
      return { entry, replayed: outcome.replayed }
    }
    case 'over_refund':
      throw problem('invalid_value', `At most ${outcome.refundable} credits of this video can still be refunded.`, {
        param: wish.credits === null ? 'video_id' : 'credits',
        extra: { refundable: Number(outcome.refundable) },
      })
    case 'not_captured':
      throw problem('invalid_value', 'This video was not charged, so there is nothing to refund.', { param: 'video_id' })
    case 'conflict':
      throw problem('idempotency_conflict', 'This Idempotency-Key was used for another refund of this video.', { param: 'Idempotency-Key' })
    default:
      throw new Error(`the refund of ${video} was answered with ${outcome.outcome}`)
  }
}
