import type { Sql, Tx } from '../db/pool.ts'
import { type Earning, grantKey, type MoneyLeg, type Worth } from './earnings.ts'
import type { AccountId } from './operation.ts'
import { ROWS_OF_SPANS, spanValues } from './seal-queries.ts'
import type { Span } from './spans.ts'

// SQL of what customers' money became.

/** Legs of the rows in these spans on grants that were paid for, or that live on for one that was; each account's in order. */
export async function readMoneyLegs(sql: Sql, spans: readonly Span[], moves: readonly bigint[]): Promise<MoneyLeg[]> {
  const { rows } = await sql.query<MoneyLeg>({
    name: 'ledger.read_money_legs',
    text: `select j.account_id, j.ver, j.op_id, j.at_ms, g.no, j.legs[i + 1] as move, j.legs[i + 2] as credits, g.amount, g.cost_micro, g.made_good_of
  from ${ROWS_OF_SPANS}
 cross join lateral generate_series(1, cardinality(j.legs), 3) i
  join ledger.grants g on g.account_id = j.account_id and g.no = j.legs[i]
 where j.kind <> 2 and j.legs[i + 1] = any ($4::bigint[]) and (g.cost_micro > 0 or g.made_good_of is not null)
 order by j.account_id, j.ver, i`,
    values: [...spanValues(spans), moves],
  })
  return rows
}

/** The worths of the grants that legs touch, and of those that they replace. */
export async function readWorths(sql: Sql, legs: readonly MoneyLeg[]): Promise<Map<string, Worth>> {
  const wanted = new Map(
    legs.flatMap(({ account_id, no, made_good_of }) =>
      [no, made_good_of].flatMap((one) => (one === null ? [] : [[grantKey(account_id, one), { account_id, no: one }] as const])),
    ),
  )
  const { rows } = await sql.query<Worth & { account_id: AccountId; no: bigint }>({
    name: 'ledger.read_worths',
    text: `select w.account_id, w.no, w.amount, w.worth_micro, w.used
  from unnest($1::bigint[], $2::bigint[]) as k (account_id, no) join ledger.worths w on w.account_id = k.account_id and w.no = k.no`,
    values: [[...wanted.values()].map((one) => one.account_id), [...wanted.values()].map((one) => one.no)],
  })
  return new Map(rows.map(({ account_id, no, ...worth }) => [grantKey(account_id, no), worth]))
}

export async function upsertWorths(tx: Tx, worths: readonly (readonly [string, Worth])[]): Promise<void> {
  if (worths.length === 0) return
  const keys = worths.map(([key]) => key.split(':'))
  await tx.query({
    name: 'ledger.upsert_worths',
    text: `insert into ledger.worths (account_id, no, amount, worth_micro, used)
select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
on conflict on constraint worths_pkey do update set used = excluded.used`,
    values: [
      keys.map(([account]) => account),
      keys.map(([, no]) => no),
      worths.map(([, one]) => one.amount),
      worths.map(([, one]) => one.worth_micro),
      worths.map(([, one]) => one.used),
    ],
  })
}

export async function insertEarnings(tx: Tx, earnings: readonly Earning[]): Promise<void> {
  if (earnings.length === 0) return
  await tx.query({
    name: 'ledger.insert_earnings',
    text: `insert into ledger.earnings (account_id, ver, op_id, at_ms, revenue_micro, breakage_micro, reversed_micro)
select * from unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])`,
    values: [
      earnings.map((one) => one.account_id),
      earnings.map((one) => one.ver),
      earnings.map((one) => one.op_id),
      earnings.map((one) => one.at_ms),
      earnings.map((one) => one.revenue_micro),
      earnings.map((one) => one.breakage_micro),
      earnings.map((one) => one.reversed_micro),
    ],
  })
}

/** Accounts whose earnings do not add up to what was recognised of their grants, or whose grants are not as far as their journal (rows that wait for their seal aside). */
export async function readWrongEarnings(sql: Sql): Promise<{ readonly account_id: AccountId; readonly what: string }[]> {
  const { rows } = await sql.query<{ account_id: AccountId; what: string }>({
    name: 'ledger.read_wrong_earnings',
    text: `with unsealed as (
  select distinct u.spans[i] as account_id from ledger.unsealed u cross join lateral generate_series(1, cardinality(u.spans), 3) i
), recognised as (
  select w.account_id, sum(div(w.worth_micro::numeric * w.used, w.amount)) - sum(w.worth_micro - g.cost_micro) as micro
    from ledger.worths w join ledger.grants g on g.account_id = w.account_id and g.no = w.no group by w.account_id
), earned as (
  select account_id, sum(revenue_micro + breakage_micro + reversed_micro) as micro from ledger.earnings group by account_id
)
select coalesce(r.account_id, e.account_id) as account_id,
       'its earnings are ' || coalesce(e.micro, 0) || ' micro-dollars, of its grants ' || coalesce(r.micro, 0) || ' were recognised' as what
  from recognised r full join earned e on e.account_id = r.account_id where coalesce(r.micro, 0) <> coalesce(e.micro, 0)
union all
select g.account_id, 'grant ' || g.no || ' was paid for, and nothing says how far its price was recognised'
  from ledger.grants g left join ledger.worths w on w.account_id = g.account_id and w.no = g.no
 where g.cost_micro > 0 and w.no is null and g.account_id not in (select account_id from unsealed)
union all
select w.account_id, 'of grant ' || w.no || ' ' || w.used || ' credits are recognised as used, its journal used ' || coalesce(l.used, 0)
  from ledger.worths w
  left join (
   select j.account_id, j.legs[i] as no,
          sum(case when j.legs[i + 1] in (3, 5, 6, 15, 16) then j.legs[i + 2] when j.legs[i + 1] in (7, 18) then -j.legs[i + 2] else 0 end) as used
     from ledger.journal j cross join lateral generate_series(1, cardinality(j.legs), 3) i
    where j.kind <> 2 group by 1, 2) l on l.account_id = w.account_id and l.no = w.no
 where coalesce(l.used, 0) <> w.used and w.account_id not in (select account_id from unsealed)
 order by 1`,
  })
  return rows
}
