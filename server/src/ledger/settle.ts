import { isExpired, lesser } from './account.ts'
import { press, seize } from './claims.ts'
import type { Draft } from './draft.ts'
import type { Row } from './journal.ts'
import { type Known, overdueHolds } from './known.ts'
import type { Credits, FinishCause, OpId } from './operation.ts'
import { expire, giveCycles } from './subscription.ts'

const DAY_MS = 86_400_000n

/** Causes that are ours or the provider's: what they return of an expired grant is made good. */
const MADE_GOOD: ReadonlySet<FinishCause> = new Set<FinishCause>(['provider', 'platform', 'expired'])

/**
 * What time alone has done to the account, as rows: holds of services past their deadline lapse, each as of its deadline, then
 * paid months begin, then what is available in expired grants expires. Before every operation, by the sweep, and in memory for every balance shown:
 * so it makes no difference when the sweep runs. A video's hold has no deadline here.
 */
export function settle(draft: Draft, known: Known, fresh: () => OpId): void {
  const { waiting, id } = draft.account
  if (waiting !== null && waiting.due_ms <= draft.at_ms) throw new Error(`account ${id} has expiries in its backlog, which was not read`)
  for (const hold of overdueHolds(known, draft.at_ms)) {
    finishHold(draft, hold, { captured: 0n, cause: 'expired', reason: null, at_ms: hold.deadline_ms ?? draft.at_ms }, fresh)
  }
  giveCycles(draft, known, fresh)
  expire(draft, fresh)
}

/** Ends a hold: takes `captured` in burn order, so that what returns is the longest-lived part. */
export function finishHold(
  draft: Draft,
  hold: Row,
  finish: { readonly captured: Credits; readonly cause: FinishCause; readonly reason: string | null; readonly at_ms: bigint },
  fresh: () => OpId,
): void {
  let left = finish.captured
  for (const { grant, credits } of hold.legs) {
    const taken = lesser(credits, left)
    left -= taken
    if (taken > 0n) draft.move(grant, 'capture', taken)
    const back = credits - taken
    const returned = back - seize(draft, grant, back, 'revoke_held')
    if (returned === 0n) continue
    const slot = draft.slot(grant)
    if (!slot) throw new Error(`hold ${hold.op} took from grant ${grant}, which has no slot`)
    if (!isExpired(slot, finish.at_ms)) {
      draft.move(grant, 'return', returned)
      continue
    }
    draft.move(grant, 'lapse', returned)
    if (MADE_GOOD.has(finish.cause)) {
      makeGood(
        draft,
        { grant, credits: returned, at_ms: finish.at_ms, away_ms: finish.at_ms - hold.at_ms, period_key: `${hold.op}:1:${grant}` },
        fresh,
      )
    }
  }
  press(draft)
  // A free hold that was completed is a capture of nothing; any other capture of nothing is a release.
  const captured = finish.captured > 0n || (hold.amount === 0n && finish.cause === 'completed')
  draft.book({
    op: hold.op,
    seq: 1,
    kind: captured ? 'capture' : 'release',
    amount: finish.captured,
    cause: finish.cause,
    reason: finish.reason,
  })
  if (hold.deadline_ms !== null) draft.closed.push(hold.op)
}

/**
 * Credits of an expired grant that come back through no fault of the customer live on as a new grant, for as long as they
 * were away, and never beyond 24 h after the expiry of the first grant in the chain.
 */
export function makeGood(
  draft: Draft,
  returned: {
    readonly grant: bigint
    readonly credits: Credits
    readonly at_ms: bigint
    readonly away_ms: bigint
    readonly period_key: string
  },
  fresh: () => OpId,
): void {
  const facts = draft.facts(returned.grant)
  const last_ms = facts.first_expires_ms + DAY_MS
  const expires_ms = lesser(returned.at_ms + returned.away_ms, last_ms)
  if (expires_ms <= returned.at_ms) return
  draft.issue({
    id: fresh(),
    kind: facts.kind,
    amount: returned.credits,
    priority: facts.priority,
    scope: facts.scope,
    expires_ms,
    first_expires_ms: facts.first_expires_ms,
    cost_micro: 0n,
    cost_nano: facts.cost_nano,
    period_key: returned.period_key,
    made_good_of: returned.grant,
    reason: null,
  })
}
