import { type Account, burnsBefore, NEVER_MS, unpackSlots } from './account.ts'
import { entryKind, finishCause, grantKind, purposeOf, type Row, unpackLegs } from './journal.ts'
import type { GrantFacts } from './known.ts'
import { unpackWaiting } from './window.ts'

// Rows as PostgreSQL sends them, and how they become values. `smallint` comes as a number, `bigint` as a bigint.

export interface AccountRow {
  readonly id: bigint
  readonly account_ver: bigint
  readonly slots: bigint[]
  readonly waiting: bigint[] | null
  /** Grants of the backlog, written like `slots`; null when it was not read, or there is nothing in it. */
  readonly backlog: bigint[] | null
  readonly grants_made: bigint
  readonly spent: bigint
  readonly debt: bigint
  readonly awaited: bigint
  readonly seen_ms: bigint
  readonly standing_ms: bigint | null
  readonly standing_ver: bigint
  readonly cycle_ms: bigint | null
  /** Read for decisions only. */
  readonly watch?: bigint | null
}

export function accountOf(row: AccountRow): Account {
  const { id, account_ver: ver, grants_made, spent, debt, awaited, seen_ms, standing_ms, standing_ver, cycle_ms } = row
  const head = unpackSlots(row.slots)
  const backlog = unpackSlots(row.backlog ?? [])
  const slots = backlog.length > 0 ? [...head, ...backlog].sort(burnsBefore) : head
  const waiting = row.waiting !== null && backlog.length === 0 ? unpackWaiting(row.waiting) : null
  const watch = row.watch ?? null
  return { id, ver, slots, waiting, backlog, grants_made, spent, debt, awaited, seen_ms, standing_ms, standing_ver, cycle_ms, watch }
}

/** The columns of `JournalRow`, for every statement that reads the journal. */
export const JOURNAL_COLUMNS = `j.op_id, j.seq, j.account_id, j.ver, j.kind, j.amount, j.change, j.available_after, j.at_ms, j.legs,
       j.purpose, j.deadline_ms, j.cause, encode(j.body, 'hex') as body, j.request_id, j.video, j.reason`

export interface JournalRow {
  readonly op_id: string
  readonly seq: number
  readonly account_id: bigint
  readonly ver: bigint
  readonly kind: number
  readonly amount: bigint
  readonly change: bigint
  readonly available_after: bigint
  readonly at_ms: bigint
  readonly legs: bigint[]
  readonly purpose: number | null
  readonly deadline_ms: bigint | null
  readonly cause: number | null
  readonly body: string | null
  readonly request_id: string | null
  readonly video: string | null
  readonly reason: string | null
}

export function rowOf(row: JournalRow): Row {
  return {
    op: row.op_id,
    seq: row.seq,
    account: row.account_id,
    ver: row.ver,
    kind: entryKind(row.kind),
    amount: row.amount,
    change: row.change,
    available_after: row.available_after,
    at_ms: row.at_ms,
    legs: unpackLegs(row.legs),
    purpose: row.purpose === null ? null : purposeOf(row.purpose),
    deadline_ms: row.deadline_ms,
    cause: row.cause === null ? null : finishCause(row.cause),
    body: row.body,
    request: row.request_id,
    video: row.video,
    reason: row.reason,
  }
}

export interface FactsRow {
  readonly account_id: bigint
  readonly no: bigint
  readonly kind: number
  readonly priority: number
  readonly scope: bigint
  readonly expires_ms: bigint | null
  readonly first_expires_ms: bigint | null
  readonly cost_nano: bigint
}

export function factsOf(row: FactsRow): GrantFacts {
  return {
    kind: grantKind(row.kind),
    priority: BigInt(row.priority),
    scope: row.scope,
    expires_ms: row.expires_ms ?? NEVER_MS,
    first_expires_ms: row.first_expires_ms ?? NEVER_MS,
    cost_nano: row.cost_nano,
  }
}
