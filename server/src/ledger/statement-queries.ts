import type { Owner } from '../access/owner.ts'
import type { Sql } from '../db/pool.ts'
import type { OpId } from './operation.ts'

// What a statement reads: everything by the key (account_id, ver), whatever the size of the journal.

/** On tables that grew since the last ANALYZE the planner would rather sort and hash a year than walk it by key. */
export const BY_KEY =
  'set local enable_bitmapscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off; set local jit = off'

/** Versions of an account: from `first` on, up to and without `end`. */
export interface Range {
  readonly first: bigint
  readonly end: bigint
}

/**
 * The versions of an account in a period. Its time never goes back, so its rows in order of version are in order of time, and some twenty looks at its
 * key find where a period begins: no index on time is needed, nor a walk.
 */
export async function readRange(sql: Sql, owner: Owner, from_ms: bigint, to_ms: bigint): Promise<Range> {
  const find = (at: string) => `(with recursive halves (low, high) as (
  select 1::bigint, ver + 1 from ledger.accounts where id = $1
  union all
  select case when j.at_ms < ${at} then j.ver + 1 else h.low end, case when j.at_ms < ${at} then h.high else j.ver end
    from halves h join ledger.journal j on j.account_id = $1 and j.ver = (h.low + h.high) / 2
   where h.low < h.high)
select low from halves where low = high limit 1)`
  const { rows } = await sql.query<{ first: bigint; end: bigint }>({
    name: 'ledger.read_range',
    text: `select ${find('$2')} as first, ${find('$3')} as end`,
    values: [owner.account, from_ms, to_ms],
  })
  const [row] = rows
  if (!row) throw new Error('a select without tables returned no row')
  return row
}

/** What was available after a version; 0 before the first. */
export async function readAvailableAfter(sql: Sql, owner: Owner, ver: bigint): Promise<bigint> {
  const { rows } = await sql.query<{ available_after: bigint }>({
    name: 'ledger.read_available_after',
    text: 'select available_after from ledger.journal where account_id = $1 and ver = $2',
    values: [owner.account, ver],
  })
  return rows[0]?.available_after ?? 0n
}

export interface TotalRow {
  readonly kind: number
  readonly entries: bigint
  readonly amount: bigint
  readonly change: bigint
}

export async function readTotals(sql: Sql, owner: Owner, range: Range): Promise<TotalRow[]> {
  const { rows } = await sql.query<TotalRow>({
    name: 'ledger.read_totals',
    text: `select kind, count(*) as entries, sum(amount)::bigint as amount, sum(change)::bigint as change
  from ledger.journal where account_id = $1 and ver >= $2 and ver < $3
 group by kind order by kind`,
    values: [owner.account, range.first, range.end],
  })
  return rows
}

export interface LineRow {
  readonly op_id: OpId
  readonly seq: number
  readonly ver: bigint
  readonly at_ms: bigint
  readonly ended_ms: bigint
  /** Of the operation's first row, which may be of an earlier period. */
  readonly kind: number
  readonly purpose: number | null
  readonly video: string | null
  readonly reason: string | null
  readonly given: bigint
  readonly held: bigint
  readonly charged: bigint
  readonly returned: bigint
  readonly refunded: bigint
  readonly expired: bigint
  readonly change: bigint
}

/**
 * By their own key and by no other (`offset 0` keeps what is asked of them outside): where an account has few rows on average, the planner takes a year
 * of one that has thousands for short, and would walk the whole of it for each of its lines.
 */
const ROWS_OF_OPERATION = '(select seq, account_id, ver, kind, amount, change, at_ms from ledger.journal where op_id = j.op_id offset 0)'

/** One line for each operation with rows in the range, with what these rows did; in the order of their first rows there. */
export async function readLines(sql: Sql, owner: Owner, range: Range, after: bigint, limit: number): Promise<LineRow[]> {
  const sum = (column: string, ...kinds: number[]) => `coalesce(sum(x.${column}) filter (where x.kind in (${kinds.join(', ')})), 0)::bigint`
  const { rows } = await sql.query<LineRow>({
    name: 'ledger.read_statement_lines',
    text: `select j.op_id, j.seq, j.ver, j.at_ms, s.ended_ms, o.kind, o.purpose, o.video, o.reason,
       s.given, s.held, s.charged, s.returned, s.refunded, s.expired, s.change
  from ledger.journal j
  join ledger.journal o on o.op_id = j.op_id and o.seq = 0
 cross join lateral (
   select max(x.at_ms) as ended_ms, ${sum('amount', 1, 7)} as given, ${sum('amount', 2)} as held, ${sum('amount', 3)} as charged,
          coalesce(sum(x.change) filter (where x.seq = 1 and x.kind in (3, 4)), 0)::bigint as returned, ${sum('amount', 6)} as refunded, ${sum('amount', 5)} as expired, sum(x.change)::bigint as change
     from ${ROWS_OF_OPERATION} x
    where x.account_id = $1 and x.ver >= $2 and x.ver < $3) s
 where j.account_id = $1 and j.ver >= $2 and j.ver < $3 and j.ver > $4
   and not exists (select 1 from ${ROWS_OF_OPERATION} p where p.seq < j.seq and p.account_id = $1 and p.ver >= $2)
 order by j.ver limit $5`,
    values: [owner.account, range.first, range.end, after, limit],
  })
  return rows
}
