import type { Sql } from '../db/pool.ts'
import { SHORTEST_MS } from '../domain/allowance.ts'
import type { AccountId } from './operation.ts'
import { BACKLOG } from './queries.ts'
import { type AccountRow, type FactsRow, JOURNAL_COLUMNS, type JournalRow } from './rows.ts'

// What the audit reads, in one snapshot, and the checkpoints it leaves.

export interface AuditedAccount extends AccountRow {
  readonly due_ms: bigint | null
  /** The last clean audit's checkpoint; null when there is none. */
  readonly c_ver: bigint | null
  readonly c_slots: bigint[] | null
  readonly c_waiting: bigint[] | null
  readonly c_backlog: bigint[] | null
  readonly c_grants_made: bigint | null
  readonly c_spent: bigint | null
  readonly c_available: bigint | null
  readonly c_seen_ms: bigint | null
  readonly c_claims: bigint[] | null
}

/** Accounts in id order: all, or those that are not exactly as their checkpoint says, and those with a backlog, which may not be as it says either. */
export async function readAuditedAccounts(sql: Sql, full: boolean, after: AccountId, limit: number): Promise<AuditedAccount[]> {
  const { rows } = await sql.query<AuditedAccount>({
    name: full ? 'ledger.audit_accounts_full' : 'ledger.audit_accounts',
    text: `select a.id, a.ver as account_ver, a.slots, a.waiting, ${BACKLOG} as backlog, a.grants_made, a.spent, a.debt, a.awaited, a.seen_ms,
       a.standing_ms, a.standing_ver, a.cycle_ms, a.due_ms, c.ver as c_ver, c.slots as c_slots, c.waiting as c_waiting, c.backlog as c_backlog,
       c.grants_made as c_grants_made, c.spent as c_spent, c.available as c_available, c.seen_ms as c_seen_ms,
       c.claims as c_claims
  from ledger.accounts a
  left join ledger.checkpoints c on c.account_id = a.id
 where a.id > $1 ${
   full
     ? ''
     : `and (a.waiting is not null or (a.ver, a.slots, coalesce(c.waiting, '{}'), a.grants_made, a.spent, a.debt, a.awaited, a.seen_ms)
            is distinct from (coalesce(c.ver, 0), coalesce(c.slots, '{}'), '{}', coalesce(c.grants_made, 0), coalesce(c.spent, 0),
                              coalesce(c.debt, 0), coalesce(c.awaited, 0), coalesce(c.seen_ms, 0)))`
 }
 order by a.id limit $2`,
    values: [after, limit],
  })
  return rows
}

/** The next rows of each account, at most `limit` per account, each account in order. */
export async function readRowsAfter(
  sql: Sql,
  from: readonly { readonly account: AccountId; readonly ver: bigint }[],
  limit: number,
): Promise<JournalRow[]> {
  const { rows } = await sql.query<JournalRow>({
    name: 'ledger.audit_rows',
    text: `select j.*
  from unnest($1::bigint[], $2::bigint[]) as w (account_id, ver)
 cross join lateral (
   select ${JOURNAL_COLUMNS} from ledger.journal j
    where j.account_id = w.account_id and j.ver > w.ver
    order by j.ver limit $3) j`,
    values: [from.map((one) => one.account), from.map((one) => one.ver), limit],
  })
  return rows
}

export async function readWholeStories(sql: Sql, ops: readonly string[]): Promise<JournalRow[]> {
  const { rows } = await sql.query<JournalRow>({
    name: 'ledger.audit_stories',
    text: `select ${JOURNAL_COLUMNS} from ledger.journal j where j.op_id = any ($1::uuid[]) order by j.op_id, j.seq`,
    values: [ops],
  })
  return rows
}

export type AuditedGrant = FactsRow & { readonly amount: bigint }

export async function readGrantsOf(sql: Sql, accounts: readonly AccountId[]): Promise<AuditedGrant[]> {
  const { rows } = await sql.query<AuditedGrant>({
    name: 'ledger.audit_grants',
    text: `select g.account_id, g.no, g.kind, g.priority, g.scope, g.expires_ms, g.first_expires_ms, g.cost_nano, g.amount
  from ledger.grants g where g.account_id = any ($1::bigint[])`,
    values: [accounts],
  })
  return rows
}

/** Unfinished holds with a deadline that are not listed, and listed ones that are not such a hold. */
export async function readWrongOpenHolds(
  sql: Sql,
  accounts: readonly AccountId[],
): Promise<{ op_id: string; account_id: bigint; listed: boolean }[]> {
  const { rows } = await sql.query<{ op_id: string; account_id: bigint; listed: boolean }>({
    name: 'ledger.audit_open_holds',
    text: `select h.op_id, h.account_id, true as listed
  from ledger.open_holds h
  left join ledger.journal j on j.op_id = h.op_id and j.seq = 0
  left join ledger.journal f on f.op_id = h.op_id and f.seq = 1
 where h.account_id = any ($1::bigint[])
   and (f.op_id is not null or j.deadline_ms is distinct from h.expires_ms or j.account_id <> h.account_id)
union all
select j.op_id, j.account_id, false
  from ledger.journal j
  left join ledger.journal f on f.op_id = j.op_id and f.seq = 1
  left join ledger.open_holds h on h.op_id = j.op_id
 where j.account_id = any ($1::bigint[]) and j.seq = 0 and j.deadline_ms is not null and f.op_id is null and h.op_id is null`,
    values: [accounts],
  })
  return rows
}

/** Days of allowances that were not given as they must be. */
export async function readWrongAllowances(
  sql: Sql,
  accounts: readonly AccountId[],
): Promise<{ account_id: bigint; no: bigint; what: string }[]> {
  const { rows } = await sql.query<{ account_id: bigint; no: bigint; what: string }>({
    name: 'ledger.audit_allowances',
    text: `with days as (
  select g.account_id, g.no, g.expires_ms, g.period_key collate "C" as day, a.last_no,
         lag(g.period_key collate "C") over history as day_before, lag(g.expires_ms) over history as ended_before,
         lead(g.no) over history is null as newest
    from ledger.grants g left join ledger.allowances a on a.account_id = g.account_id
   where g.account_id = any ($1::bigint[]) and g.made_good_of is null and g.period_key like 'allowance:%'
  window history as (partition by g.account_id order by g.no)
)
select account_id, no, case
         when newest and last_no is distinct from no then 'it is the newest day, the allowance says ' || coalesce(last_no::text, 'none')
         when day <= day_before then 'its day ' || day || ' follows ' || day_before
         else 'it ends less than 20 h after the day before it' end as what
  from days
 where (newest and last_no is distinct from no) or day <= day_before or expires_ms - ended_before < ${SHORTEST_MS}`,
    values: [accounts],
  })
  return rows
}

/** Subscriptions whose newest month is not the grant that they say, or that gave a month that they do not count. */
export async function readWrongCycles(
  sql: Sql,
  accounts: readonly AccountId[],
): Promise<{ account_id: bigint; no: bigint; what: string }[]> {
  const { rows } = await sql.query<{ account_id: bigint; no: bigint; what: string }>({
    name: 'ledger.audit_cycles',
    text: `select s.account_id, coalesce(g.no, s.last_no) as no, case
         when g.no is null then 'month ' || s.given - 1 || ' is counted as given, and was not'
         else 'it is month ' || s.given || ', which is not counted as given' end as what
  from ledger.subscriptions s
  left join ledger.grants g on g.account_id = s.account_id and g.kind = 2
        and ((g.no = s.last_no and g.period_key = s.id || ':' || s.given - 1) or g.period_key = s.id || ':' || s.given)
 where s.account_id = any ($1::bigint[])
   and ((s.last_no is not null and g.no is null) or g.period_key = s.id || ':' || s.given)`,
    values: [accounts],
  })
  return rows
}

export interface Checkpoint {
  readonly account: AccountId
  readonly ver: bigint
  readonly slots: readonly bigint[]
  readonly waiting: readonly bigint[] | null
  readonly backlog: readonly bigint[] | null
  readonly grants_made: bigint
  readonly spent: bigint
  readonly available: bigint
  readonly debt: bigint
  readonly awaited: bigint
  /** `[no, due, forgiven, owed, revoked]*` */
  readonly claims: readonly bigint[]
  readonly seen_ms: bigint
}

/** Keeps the newest: of two audits at once the later snapshot wins, account by account. */
export async function saveCheckpoints(sql: Sql, checkpoints: readonly Checkpoint[], now_ms: bigint): Promise<void> {
  if (checkpoints.length === 0) return
  await sql.query({
    name: 'ledger.save_checkpoints',
    text: `insert into ledger.checkpoints (account_id, ver, slots, grants_made, spent, available, seen_ms, audited_ms,
       waiting, backlog, debt, awaited, claims)
select w.account_id, w.ver, w.slots::bigint[], w.grants_made, w.spent, w.available, w.seen_ms, $8, w.waiting::bigint[], w.backlog::bigint[],
       w.debt, w.awaited, w.claims::bigint[]
  from unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $9::text[], $10::text[],
              $11::bigint[], $12::bigint[], $13::text[])
    as w (account_id, ver, slots, grants_made, spent, available, seen_ms, waiting, backlog, debt, awaited, claims)
 order by w.account_id
on conflict on constraint checkpoints_pkey do update
   set ver = excluded.ver, slots = excluded.slots, grants_made = excluded.grants_made, spent = excluded.spent,
       available = excluded.available, seen_ms = excluded.seen_ms, audited_ms = excluded.audited_ms,
       waiting = excluded.waiting, backlog = excluded.backlog,
       debt = excluded.debt, awaited = excluded.awaited, claims = excluded.claims
 where excluded.ver >= checkpoints.ver`,
    values: [
      checkpoints.map((c) => c.account),
      checkpoints.map((c) => c.ver),
      checkpoints.map((c) => `{${c.slots.join(',')}}`),
      checkpoints.map((c) => c.grants_made),
      checkpoints.map((c) => c.spent),
      checkpoints.map((c) => c.available),
      checkpoints.map((c) => c.seen_ms),
      now_ms,
      checkpoints.map((c) => c.waiting && `{${c.waiting.join(',')}}`),
      checkpoints.map((c) => c.backlog && `{${c.backlog.join(',')}}`),
      checkpoints.map((c) => c.debt),
      checkpoints.map((c) => c.awaited),
      checkpoints.map((c) => `{${c.claims.join(',')}}`),
    ],
  })
}
