import { isExpired, lesser } from './account.ts'
import { bodyOf } from './body.ts'
import { press, seize } from './claims.ts'
import type { Draft } from './draft.ts'
import type { Story } from './journal.ts'
import type { Credits, Operation, OpId } from './operation.ts'
import type { Refusal } from './outcome.ts'
import { makeGood } from './settle.ts'

type Refund = Extract<Operation, { kind: 'refund' }>

/**
 * Gives captured credits back to the grants they came from, last-burnt first, so that the longest-lived return first.
 * What belongs to an expired grant is made good like a release of ours, for as long as it was away.
 */
export function refund(draft: Draft, story: Story, operation: Refund, fresh: () => OpId): Refusal | null {
  const { first, refunds } = story
  if ((first?.kind !== 'hold' && first?.kind !== 'capture') || first.account !== operation.account) return { outcome: 'not_found' }
  const finish = first.kind === 'capture' ? first : story.finish
  if (finish?.kind !== 'capture' || finish.amount === 0n) return { outcome: 'not_captured' }
  const refunded = refunds.reduce((sum, row) => sum + row.amount, 0n)
  const refundable = finish.amount - refunded
  const wanted = operation.credits ?? refundable
  if (wanted === 0n || wanted > refundable) return { outcome: 'over_refund', refundable }
  const seq = 2 + refunds.length
  for (const { grant, credits: back } of unwound(finish.legs.filter((leg) => leg.move === 'capture').reverse(), refunded, wanted)) {
    const credits = back - seize(draft, grant, back, 'revoke_spent')
    if (credits === 0n) continue
    if (!isExpired(draft.slot(grant) ?? { no: grant, ...draft.facts(grant), available: 0n, held: 0n }, draft.at_ms)) {
      draft.reopen(grant)
      draft.move(grant, 'refund', credits)
      continue
    }
    draft.move(grant, 'refund_lapse', credits)
    makeGood(
      draft,
      { grant, credits, at_ms: draft.at_ms, away_ms: draft.at_ms - first.at_ms, period_key: `${operation.op}:${seq}:${grant}` },
      fresh,
    )
  }
  press(draft)
  draft.book({
    op: operation.op,
    seq,
    kind: 'refund',
    amount: wanted,
    body: bodyOf(operation),
    request: operation.request_id,
    reason: operation.reason,
  })
  return null
}

/** The parts of `legs` that lie behind the first `skipped` credits, up to `wanted`. */
function unwound(legs: readonly { readonly grant: bigint; readonly credits: Credits }[], skipped: Credits, wanted: Credits) {
  const parts: { grant: bigint; credits: Credits }[] = []
  let skip = skipped
  let left = wanted
  for (const leg of legs) {
    const passed = lesser(leg.credits, skip)
    skip -= passed
    const rest = leg.credits - passed
    const credits = lesser(rest, left)
    left -= credits
    if (credits > 0n) parts.push({ grant: leg.grant, credits })
  }
  return parts
}
