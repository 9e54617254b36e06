import type { Instant } from '../domain/time.ts'
import { type Account, accountTime, isExpired } from './account.ts'
import type { Decision } from './decide.ts'
import { type Known, NOTHING_BESIDE, overdueHolds } from './known.ts'
import type { Operation } from './operation.ts'
import { needsBacklog, standingDue, type Windowed } from './window.ts'

// A batch is decided while the one before it is still being written: on what that will have left, if it is committed as it was decided. Only of
// holds and their ends, which is nearly everything: whatever else a decision looks at stands in tables that have to be read.

/** Whoever adds to an account, or to what is decided about it, has to say here whether it can be foretold: until then this does not compile. */
type Exactly<T, Named extends keyof T> = [Exclude<keyof T, Named>] extends [never] ? T : never
type WholeDecision = Exactly<
  Decision,
  'account' | 'rows' | 'grants' | 'opened' | 'closed' | 'cycles' | 'claims' | 'notes' | 'crossed' | 'fell'
>
type Burning = 'id' | 'ver' | 'slots' | 'waiting' | 'backlog' | 'grants_made' | 'spent' | 'seen_ms'
type WholeAccount = Exactly<Account, Burning | 'standing_ms' | 'standing_ver' | 'cycle_ms' | 'debt' | 'awaited' | 'watch'>

/** How an account will stand; `unclear` when only the database will tell; nothing when the batch before leaves it alone. */
export type Foretold = Known | 'unclear' | undefined

/** Whether what a decision leaves can be foretold: it does nothing but begin and end holds. */
export function isPlain({ rows, grants, cycles, claims, crossed }: WholeDecision): boolean {
  return (
    grants.length === 0 &&
    cycles === null &&
    claims.length === 0 &&
    !crossed &&
    rows.every(({ kind }) => kind === 'hold' || kind === 'capture' || kind === 'release')
  )
}

/** What will be known of an account once it was written so, as if its row had been read. */
export function stored(known: Known, { head, waiting }: Windowed): Known {
  return { ...known, account: { ...known.account, slots: head, waiting, backlog: [] } }
}

/** What was read of an account for these operations, as it is foretold. Takes no more of that than a read would show. */
export function onTop({ stories: read, scopes, periods }: Known, foretold: Known, operations: readonly Operation[], now: Instant): Known {
  const { account, may_lapse = true } = foretold
  const stories = new Map(read)
  const overdue = overdueHolds(foretold, accountTime(account, now)).map(({ op }) => op)
  for (const op of [...read.keys(), ...operations.map(({ op }) => op), ...overdue]) {
    const story = foretold.stories.get(op)
    if (story !== undefined) stories.set(op, story)
  }
  return { ...NOTHING_BESIDE, account, stories, may_lapse, scopes, periods }
}

/** What is known of an account without reading it, after it was written so; null for one about which more has to be known than its row says. */
export function rememberable({ account, scopes, may_lapse = true }: Known): Known | null {
  if (may_lapse || isEncumbered(account)) return null
  return { ...NOTHING_BESIDE, account, scopes, may_lapse }
}

/**
 * Whether an operation may not be decided on an account that is only remembered. What else stands under its id is not asked: where something
 * does, the journal's key refuses the batch, and it is decided again on what was read.
 */
export function needsLook(known: Known, operation: Operation, at_ms: bigint): boolean {
  if (operation.kind === 'finish' && !known.stories.has(operation.op)) return true
  return needsReading(known, operation, at_ms) || known.account.slots.some((slot) => isExpired(slot, at_ms))
}

/** Whether an operation on an account that was only foretold has to wait until it can be read. */
export function needsReading(known: Known, operation: Operation, at_ms: bigint): boolean {
  if (operation.kind !== 'hold' && operation.kind !== 'use' && operation.kind !== 'finish') return true
  return isEncumbered(known.account) || standingDue(known.account, at_ms) || needsBacklog(known, operation, at_ms)
}

/** Whether there is more to an account than its grants, its holds and its standing orders. */
function isEncumbered({ debt, awaited, watch }: WholeAccount): boolean {
  return debt > 0n || awaited > 0n || watch !== null
}
