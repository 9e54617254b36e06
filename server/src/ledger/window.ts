import { type Account, ANY_MODEL, type BurnKey, burnsBefore, isExpired, type Slot, totalAvailable, type Waiting } from './account.ts'
import type { Known } from './known.ts'
import type { Credits, Operation } from './operation.ts'

// An account's row has room for a few grants: whoever has forty of them is served as quickly as whoever has four. The rest wait in the
// backlog. Where a grant lies decides nothing: a decision that reaches beyond what was read is not made, it is made anew on all of it.

/** Open grants in an account's row. Those with credits held stay beyond that: a finish must find them. */
const HEAD_MAX = 8

/** An account as it is stored. */
export interface Windowed {
  /** In burn order. */
  readonly head: readonly Slot[]
  readonly waiting: Waiting | null
  /** Rows of the backlog that are new or say something new. */
  readonly put: readonly Slot[]
  /** Numbers of the grants whose rows in the backlog go. */
  readonly taken: readonly bigint[]
}

/**
 * Divides the open grants between row and backlog. The row's are the first in burn order, as long as they surely burn before everything
 * in the backlog, and those with credits held.
 */
export function windowed(account: Account): Windowed {
  const head: Slot[] = []
  const rest: Slot[] = []
  for (const slot of account.slots) {
    const kept = slot.held > 0n || (head.length < HEAD_MAX && burnsBeforeWaiting(account, slot))
    ;(kept ? head : rest).push(slot)
  }
  const stored = new Map(account.backlog.map((slot) => [slot.no, slot.available]))
  const put = rest.filter((slot) => stored.get(slot.no) !== slot.available)
  for (const { no } of rest) stored.delete(no)
  return { head, waiting: summary(account.waiting, rest), put, taken: [...stored.keys()] }
}

/** What an account's row says of its backlog: of what was not read, and of `rest` besides. */
export function summary(waiting: Waiting | null, rest: readonly Slot[]): Waiting | null {
  return rest.reduce<Waiting | null>((sum, slot) => {
    const { no, priority, scope, expires_ms, cost_nano, available: credits } = slot
    const first: BurnKey = { no, priority, scope, expires_ms, cost_nano }
    if (sum === null) return { credits, due_ms: expires_ms, first }
    return {
      credits: sum.credits + credits,
      due_ms: expires_ms < sum.due_ms ? expires_ms : sum.due_ms,
      first: burnsBefore(first, sum.first) < 0 ? first : sum.first,
    }
  }, waiting)
}

/**
 * Whether an operation may reach grants that were not read: then it is to be decided on the whole account. May say so in vain,
 * never forgets: expiries to book, a standing order to follow, a hold for more than what surely burns before the backlog, a refund to a grant
 * that is not in the row, whatever is about reversals.
 */
export function needsBacklog(known: Known, operation: Operation, at_ms: bigint): boolean {
  const { account } = known
  if (account.waiting === null) return false
  if (account.waiting.due_ms <= at_ms || standingDue(account, at_ms)) return true
  if (operation.kind === 'reverse' || operation.kind === 'reinstate' || operation.kind === 'clear') return true
  if (operation.kind === 'hold' || operation.kind === 'use') {
    return account.debt > 0n || availableAhead(known, operation.model, at_ms) < operation.credits
  }
  if (operation.kind !== 'refund') return false
  const open = new Set(account.slots.map((slot) => slot.no))
  const story = known.stories.get(operation.op)
  const legs = (story?.finish ?? story?.first)?.legs ?? []
  return legs.some((leg) => !open.has(leg.grant))
}

/** Whether a standing order has something to give, or its next look is due. */
export function standingDue(account: Account, at_ms: bigint): boolean {
  return isDue(account.cycle_ms, at_ms) || isDue(account.standing_ms, at_ms)
}

function isDue(when_ms: bigint | null, at_ms: bigint): boolean {
  return when_ms !== null && when_ms <= at_ms
}

/** Whether a hold for `model` may use this slot at this instant. */
export function mayUse(slot: Slot, model: string | null, scopes: Known['scopes'], at_ms: bigint): boolean {
  if (isExpired(slot, at_ms)) return false
  if (slot.scope === ANY_MODEL) return true
  return model !== null && (scopes.get(slot.scope)?.includes(model) ?? false)
}

function availableAhead(known: Known, model: string | null, at_ms: bigint): Credits {
  const { account, scopes } = known
  return totalAvailable(account.slots.filter((slot) => mayUse(slot, model, scopes, at_ms) && burnsBeforeWaiting(account, slot)))
}

export function burnsBeforeWaiting({ waiting }: Pick<Account, 'waiting'>, slot: Slot): boolean {
  return waiting === null || burnsBefore(slot, waiting.first) < 0
}

/** The flat array of `ledger.accounts.waiting`. */
export function packWaiting({ credits, due_ms, first }: Waiting): bigint[] {
  return [credits, due_ms, first.priority, first.scope, first.expires_ms, first.cost_nano, first.no]
}

export function unpackWaiting(flat: readonly bigint[]): Waiting {
  const [credits = 0n, due_ms = 0n, priority = 0n, scope = 0n, expires_ms = 0n, cost_nano = 0n, no = 0n] = flat
  return { credits, due_ms, first: { no, priority, scope, expires_ms, cost_nano } }
}
