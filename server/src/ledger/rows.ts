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
  /** Read for decisions only, as is whether its services hold anything that lapses. */
  readonly watch?: bigint | null
  readonly lapsing?: boolean
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

/**
 * Accounts `a` and journal rows `j` as rows of one statement. They share columns: each column of a row costs both sides as much as what is in it.
 * @param backlog an expression for the grants in the account's backlog
 */
export function readAccounts(backlog: string): string {
  return `select a.id, a.ver, a.slots as flat, a.waiting, ${backlog} as backlog, a.grants_made as n1, a.spent as n2, a.debt as n3, a.awaited as n4,
       a.seen_ms as n5, a.standing_ver as n6, a.standing_ms as n7, a.cycle_ms as n8, a.watch as n9,
       exists (select from ledger.open_holds o where o.account_id = a.id) as lapsing, null::uuid as op_id, null as body, null as request_id, null as video, null as reason
  from ledger.accounts a`
}

export const READ_STORIES = `select j.account_id, j.ver, j.legs, null, null, j.amount, j.change, j.available_after, j.at_ms,
       j.seq, j.kind, j.deadline_ms, j.purpose, j.cause,
       null, j.op_id, encode(j.body, 'hex'), j.request_id, j.video, j.reason
  from ledger.journal j`

export interface ReadRow {
  readonly id: bigint
  readonly ver: bigint
  readonly flat: bigint[]
  readonly waiting: bigint[] | null
  readonly backlog: bigint[] | null
  readonly n1: bigint
  readonly n2: bigint
  readonly n3: bigint
  readonly n4: bigint
  readonly n5: bigint
  readonly n6: bigint
  readonly n7: bigint | null
  readonly n8: bigint | null
  readonly n9: bigint | null
  readonly lapsing: boolean | null
  /** Null in the row of an account. */
  readonly op_id: string | null
  readonly body: string | null
  readonly request_id: string | null
  readonly video: string | null
  readonly reason: string | null
}

export function accountRowOf(row: ReadRow): AccountRow {
  return {
    id: row.id,
    account_ver: row.ver,
    slots: row.flat,
    waiting: row.waiting,
    backlog: row.backlog,
    grants_made: row.n1,
    spent: row.n2,
    debt: row.n3,
    awaited: row.n4,
    seen_ms: row.n5,
    standing_ver: row.n6,
    standing_ms: row.n7,
    cycle_ms: row.n8,
    watch: row.n9,
    lapsing: row.lapsing ?? true,
  }
}

export function journalRowOf(row: ReadRow, op_id: string): JournalRow {
  return {
    op_id,
    seq: Number(row.n5),
    account_id: row.id,
    ver: row.ver,
    kind: Number(row.n6),
    amount: row.n1,
    change: row.n2,
    available_after: row.n3,
    at_ms: row.n4,
    legs: row.flat,
    purpose: row.n8 === null ? null : Number(row.n8),
    deadline_ms: row.n7,
    cause: row.n9 === null ? null : Number(row.n9),
    body: row.body,
    request_id: row.request_id,
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
