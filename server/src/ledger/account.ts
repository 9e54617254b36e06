import type { Instant } from '../domain/time.ts'
import type { AccountId, Credits } from './operation.ts'

/** `expires_ms` of a grant that never expires: sorts after every instant. */
export const NEVER_MS = 2n ** 63n - 1n
/** Scope of a grant that any model may spend. */
export const ANY_MODEL = 0n

/** Where a grant stands in the burn order. */
export interface BurnKey {
  /** The grant's number within its account: 1, 2, 3, … in the order they were made. */
  readonly no: bigint
  readonly priority: bigint
  readonly scope: bigint
  readonly expires_ms: bigint
  /** Cost basis of one credit in nano-dollars, rounded down. */
  readonly cost_nano: bigint
}

/** What is left of one grant. */
export interface Slot extends BurnKey {
  readonly available: Credits
  readonly held: Credits
}

/** What must be known of open grants that were not read (window.ts). Nothing of them is held. */
export interface Waiting {
  readonly credits: Credits
  /** The earliest expiry among them. */
  readonly due_ms: bigint
  /** The one that burns first. */
  readonly first: BurnKey
}

/** An account row, unpacked. */
export interface Account {
  readonly id: AccountId
  /** How many journal rows the account has. */
  readonly ver: bigint
  /** The open grants in burn order: all of them, or all but those that are `waiting`. */
  readonly slots: readonly Slot[]
  /** Of the grants in the backlog, when that was not read. Null when `slots` are all there are. */
  readonly waiting: Waiting | null
  /** Those of `slots` that were read from the backlog, as it has them. */
  readonly backlog: readonly Slot[]
  readonly grants_made: bigint
  /** Captured less refunded. */
  readonly spent: Credits
  /** Owed after reversals: while it is, nothing is spent. */
  readonly debt: Credits
  /** Held credits that reversals claim when their holds end. */
  readonly awaited: Credits
  readonly seen_ms: bigint
  /** When its standing orders must be looked at: before that they give nothing. Null: never. */
  readonly standing_ms: bigint | null
  /** Counts the changes of its standing orders: part of the fence. */
  readonly standing_ver: bigint
  /** When the next paid month's credits are due; null: none is paid. */
  readonly cycle_ms: bigint | null
  /** Its customer is told when available falls below this; negative while it is below (watch.ts). Null: never. */
  readonly watch: bigint | null
}

/**
 * The burn order: priority ascending, scoped first, soonest expiry, lowest cost, oldest. Total, so ties are settled the same way everywhere.
 * `ledger.slots_ok` in SQL checks the same order.
 */
export function burnsBefore(a: BurnKey, b: BurnKey): number {
  return (
    compare(a.priority, b.priority) ||
    compare(a.scope === ANY_MODEL ? 1n : 0n, b.scope === ANY_MODEL ? 1n : 0n) ||
    compare(a.expires_ms, b.expires_ms) ||
    compare(a.cost_nano, b.cost_nano) ||
    compare(a.no, b.no)
  )
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** `Math.min` and `Math.max` know no bigint. */
export function lesser(a: bigint, b: bigint): bigint {
  if (a < b) return a
  return b
}

export function greater(a: bigint, b: bigint): bigint {
  if (a > b) return a
  return b
}

export function totalAvailable(slots: readonly Slot[]): Credits {
  return slots.reduce((sum, slot) => sum + slot.available, 0n)
}

/** All that the account has available, read or not. */
export function accountAvailable({ slots, waiting }: Pick<Account, 'slots' | 'waiting'>): Credits {
  return totalAvailable(slots) + (waiting?.credits ?? 0n)
}

/** All that the account has or has spent: what any amount that is ever shown of it is at most. */
export function accountTotal(account: Pick<Account, 'slots' | 'waiting' | 'spent'>): Credits {
  return accountAvailable(account) + totalHeld(account.slots) + account.spent
}

export function totalHeld(slots: readonly Slot[]): Credits {
  return slots.reduce((sum, slot) => sum + slot.held, 0n)
}

/** A period includes its first instant and not its last: at `expires_ms` itself the grant is unusable. */
export function isExpired(slot: Slot, at_ms: bigint): boolean {
  return slot.expires_ms <= at_ms
}

/** When the account next has something to book: an expiry, or a month's credits. Null when nothing will. Held slices wait for their hold, not for this. */
export function dueAt(account: Account): bigint | null {
  let due = lesser(account.waiting?.due_ms ?? NEVER_MS, account.cycle_ms ?? NEVER_MS)
  for (const slot of account.slots) if (slot.available > 0n && slot.expires_ms < due) due = slot.expires_ms
  return due === NEVER_MS ? null : due
}

/** Account time never goes back: an account that has seen a later instant lives in that one. */
export function accountTime(account: Account, now: Instant): bigint {
  return greater(BigInt(now), account.seen_ms)
}

const STRIDE = 7

/** The flat array of `ledger.accounts.slots`. */
export function packSlots(slots: readonly Slot[]): bigint[] {
  return slots.flatMap((s) => [s.no, s.priority, s.scope, s.expires_ms, s.cost_nano, s.available, s.held])
}

export function unpackSlots(flat: readonly bigint[]): Slot[] {
  if (flat.length % STRIDE !== 0) throw new Error(`a slots array has ${flat.length} numbers, not a multiple of ${STRIDE}`)
  const slots: Slot[] = []
  for (let i = 0; i < flat.length; i += STRIDE) {
    const [no = 0n, priority = 0n, scope = 0n, expires_ms = 0n, cost_nano = 0n, available = 0n, held = 0n] = flat.slice(i, i + STRIDE)
    slots.push({ no, priority, scope, expires_ms, cost_nano, available, held })
  }
  return slots
}
