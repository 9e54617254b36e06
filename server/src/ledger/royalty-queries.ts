import type { Sql, Tx } from '../db/pool.ts'
import type { AccountId, OpId } from './operation.ts'
import { ROWS_OF_SPANS, spanValues } from './seal-queries.ts'
import type { Span } from './spans.ts'

// SQL of royalties: terms, legs, payees and what was paid out to them.

/** Writes terms, and answers the operations whose payees are all known and get no more than everything. */
export async function insertTerms(tx: Tx, terms: readonly { readonly op: OpId; readonly shares: string }[]): Promise<ReadonlySet<OpId>> {
  const { rows } = await tx.query<{ op_id: OpId }>({
    name: 'ledger.insert_royalty_terms',
    text: `with wanted as (
  select t.op_id, s.value ->> 0 as payee, (s.value ->> 1)::smallint as basis_points
    from unnest($1::uuid[], $2::text[]) as t (op_id, shares) cross join lateral jsonb_array_elements(t.shares::jsonb) s
), fit as (
  select w.op_id from wanted w left join ledger.payees p on p.id = w.payee
   group by w.op_id having count(*) = count(p.id) and sum(w.basis_points) <= 10000
), made as (
  insert into ledger.royalty_terms (op_id, payee, basis_points)
  select op_id, payee, basis_points from wanted where op_id in (select op_id from fit)
)
select op_id from fit`,
    values: [terms.map((one) => one.op), terms.map((one) => one.shares)],
  })
  return new Set(rows.map((row) => row.op_id))
}

export interface RoyaltyRow {
  readonly op_id: OpId
  readonly seq: number
  readonly account_id: AccountId
  readonly at_ms: bigint
  /** Of the capture. */
  readonly captured: bigint
  readonly revenue_micro: bigint
  /** Up to and with this row. */
  readonly refunded: bigint
  readonly payees: readonly string[]
  readonly basis_points: readonly number[]
  /** What was booked for each payee before the spans. */
  readonly booked_micro: readonly bigint[]
}

/** Captures and refunds of operations with terms, each operation's in order. The earnings of these spans are written already. */
export async function readRoyaltyRows(sql: Sql, spans: readonly Span[]): Promise<RoyaltyRow[]> {
  const { rows } = await sql.query<RoyaltyRow>({
    name: 'ledger.read_royalty_rows',
    text: `select j.op_id, j.seq, j.account_id, j.at_ms, c.amount as captured, coalesce(e.revenue_micro, 0) as revenue_micro,
       (select coalesce(sum(r.amount), 0)::bigint from ledger.journal r where r.op_id = j.op_id and r.seq > 1 and r.seq <= j.seq) as refunded,
       t.payees, t.basis_points, t.booked_micro
  from ${ROWS_OF_SPANS}
 cross join lateral (
   select array_agg(x.payee order by x.payee) as payees, array_agg(x.basis_points::int order by x.payee) as basis_points,
          array_agg((select coalesce(sum(b.amount_micro), 0)::bigint from ledger.royalties b where b.op_id = j.op_id and b.payee = x.payee) order by x.payee) as booked_micro
     from ledger.royalty_terms x where x.op_id = j.op_id) t
  join ledger.journal c on c.op_id = j.op_id and c.kind = 3
  left join ledger.earnings e on e.account_id = c.account_id and e.ver = c.ver
 where j.kind in (3, 6) and t.payees is not null
 order by j.op_id, j.seq`,
    values: spanValues(spans),
  })
  return rows
}

export interface RoyaltyLeg {
  readonly op_id: OpId
  readonly seq: number
  readonly payee: string
  readonly account_id: AccountId
  readonly at_ms: bigint
  readonly amount_micro: bigint
}

export async function insertRoyalties(tx: Tx, legs: readonly RoyaltyLeg[]): Promise<void> {
  if (legs.length === 0) return
  await tx.query({
    name: 'ledger.insert_royalties',
    text: `insert into ledger.royalties (op_id, seq, payee, account_id, at_ms, amount_micro)
select * from unnest($1::uuid[], $2::smallint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[])`,
    values: [
      legs.map((one) => one.op_id),
      legs.map((one) => one.seq),
      legs.map((one) => one.payee),
      legs.map((one) => one.account_id),
      legs.map((one) => one.at_ms),
      legs.map((one) => one.amount_micro),
    ],
  })
}

export async function insertPayee(
  sql: Sql,
  payee: { readonly id: string; readonly name: string; readonly created_ms: bigint },
): Promise<void> {
  const { id, name, created_ms } = payee
  await sql.query({
    name: 'ledger.insert_payee',
    text: 'insert into ledger.payees (id, name, created_ms) values ($1, $2, $3)',
    values: [id, name, created_ms],
  })
}

/** What royalties earned a payee and what was paid out; null for an unknown one. In a transaction with `lock`: nobody else pays out meanwhile. */
export async function sumPayee(sql: Sql, payee: string, lock: boolean): Promise<{ readonly earned: bigint; readonly paid: bigint } | null> {
  const found = await sql.query({
    name: lock ? 'ledger.lock_payee' : 'ledger.read_payee',
    text: `select id from ledger.payees where id = $1 ${lock ? 'for update' : ''}`,
    values: [payee],
  })
  if (found.rows.length === 0) return null
  const { rows } = await sql.query<{ earned: bigint; paid: bigint }>({
    name: 'ledger.sum_payee',
    text: `select (select coalesce(sum(amount_micro), 0)::bigint from ledger.royalties where payee = $1) as earned,
       (select coalesce(sum(amount_micro), 0)::bigint from ledger.payouts where payee = $1) as paid`,
    values: [payee],
  })
  return rows[0] ?? null
}

export async function insertPayout(
  tx: Tx,
  payout: { readonly id: OpId; readonly payee: string; readonly amount_micro: bigint; readonly at_ms: bigint; readonly reference: string },
): Promise<void> {
  const { id, payee, amount_micro, at_ms, reference } = payout
  await tx.query({
    name: 'ledger.insert_payout',
    text: 'insert into ledger.payouts (id, payee, amount_micro, at_ms, reference) values ($1, $2, $3, $4, $5)',
    values: [id, payee, amount_micro, at_ms, reference],
  })
}
