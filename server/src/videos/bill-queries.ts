import { z } from 'zod'
import type { Operator } from '../access/owner.ts'
import type { Sql, Tx } from '../db/pool.ts'
import { BILL_VERDICTS, type BillLine, type BillVerdict } from '../domain/bill.ts'
import type { Instant } from '../domain/time.ts'

// SQL of providers' bills, and of their comparison with attempts.

const instant = z.bigint().transform(Number)

const billRow = z.object({
  id: z.string(),
  provider: z.string(),
  from_ms: instant,
  to_ms: instant,
  imported_ms: instant,
  adopted_ms: instant.nullable(),
  rest_pico: z.bigint(),
  operator_key: z.string(),
})
export type BillRow = z.infer<typeof billRow>

const COLUMNS = 'id, provider, from_ms, to_ms, imported_ms, adopted_ms, rest_pico, operator_key'

export interface NewBill {
  readonly id: string
  readonly provider: string
  readonly from: Instant
  readonly to: Instant
  readonly digest: Buffer
  readonly rest_pico: bigint
  readonly at: Instant
  readonly lines: readonly BillLine[]
}

/** Keeps a bill with its lines. @returns its id, or that of the very same one, which was imported before */
export async function insertBill(tx: Tx, operator: Operator, bill: NewBill): Promise<string> {
  const made = await tx.query<{ id: string }>({
    name: 'videos.insert_bill',
    text: `insert into videos.bills (id, provider, from_ms, to_ms, digest, operator_key, imported_ms, rest_pico)
           values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (digest) do nothing returning id`,
    values: [bill.id, bill.provider, bill.from, bill.to, bill.digest, operator.key_id, bill.at, bill.rest_pico],
  })
  if (made.rows[0] === undefined) {
    const same = await tx.query<{ id: string }>({
      name: 'videos.bill_of_digest',
      text: 'select id from videos.bills where digest = $1',
      values: [bill.digest],
    })
    return same.rows[0]?.id ?? bill.id
  }
  await tx.query({
    name: 'videos.insert_bill_lines',
    text: `insert into videos.bill_lines (bill, line, ref_id, micro, description)
           select $1, line, ref_id, micro, description from unnest($2::int[], $3::text[], $4::bigint[], $5::text[]) l (line, ref_id, micro, description)`,
    values: [
      bill.id,
      bill.lines.map(({ line }) => line),
      bill.lines.map(({ ref_id }) => ref_id),
      bill.lines.map(({ micro }) => micro),
      bill.lines.map(({ description }) => description),
    ],
  })
  return bill.id
}

export async function selectBill(sql: Sql, _operator: Operator, id: string): Promise<BillRow | null> {
  const found = await sql.query({ name: 'videos.bill', text: `select ${COLUMNS} from videos.bills where id = $1`, values: [id] })
  return found.rows[0] === undefined ? null : billRow.parse(found.rows[0])
}

export async function listBills(
  sql: Sql,
  _operator: Operator,
  page: { readonly after: string | null; readonly limit: number; readonly order: 'asc' | 'desc' },
): Promise<readonly BillRow[]> {
  const [compare, direction] = page.order === 'asc' ? ['>', 'asc'] : ['<', 'desc']
  const found = await sql.query({
    name: `videos.bills_${page.order}`,
    text: `select ${COLUMNS} from videos.bills where $1::text is null or id ${compare} $1 order by id ${direction} limit $2`,
    values: [page.after, page.limit],
  })
  return found.rows.map((row) => billRow.parse(row))
}

/** @returns whether there was one that nobody has adopted */
export async function deleteBill(sql: Sql, _operator: Operator, id: string): Promise<boolean> {
  const gone = await sql.query({
    name: 'videos.delete_bill',
    text: 'delete from videos.bills where id = $1 and adopted_ms is null',
    values: [id],
  })
  return gone.rowCount === 1
}

// Lines of one job count together: a charge and what was given back of it, which may come with another period's bill; of what an attempt cost, a bill is
// compared with what bills of other periods leave. A bill of a provider is one of all its accounts. An attempt counts for the period in which its
// provider took it; one that any other bill of that provider names is not missing in this one.
const COMPARED = `
  with bill as (select * from videos.bills where id = $1),
  accounts as (
    select provider as name from bill union
    select p.name from bill b join videos.provider_accounts p on split_part(p.name, '@', 1) = b.provider),
  others as (
    select o.* from bill b join videos.bills o on split_part(o.provider, '@', 1) = split_part(b.provider, '@', 1) and o.id <> b.id),
  billed as (
    select ref_id, sum(micro)::bigint as micro, min(line) as line, count(*)::int as lines, min(description) as description
      from videos.bill_lines where bill = $1 and ref_id is not null group by ref_id),
  beside as (
    select l.ref_id, sum(l.micro)::bigint as micro
      from bill b join others o on o.to_ms <= b.from_ms or o.from_ms >= b.to_ms join videos.bill_lines l on l.bill = o.id
     where l.ref_id in (select ref_id from billed) group by l.ref_id),
  known as (
    select b.*, a.id as attempt, a.video, a.state, a.cost_micro - e.elsewhere_micro as cost_micro, a.cost_source, e.elsewhere_micro
      from billed b left join beside using (ref_id)
     cross join lateral (select coalesce(beside.micro, 0) as elsewhere_micro) e
      left join lateral (
        select * from videos.attempts a where a.ref_id = b.ref_id and a.provider in (select name from accounts)
         order by a.provider limit 1) a on true),
  named as (
    select ref_id, line, lines, description, micro as billed_micro, attempt, video, state, cost_micro, cost_source,
           case when attempt is null then 'unexpected' when coalesce(cost_micro, -elsewhere_micro) = micro then 'matched' else 'different' end as verdict,
           elsewhere_micro
      from known),
  missing as (
    select a.ref_id, null::int as line, 0 as lines, '' as description, null::bigint as billed_micro, a.id as attempt, a.video, a.state, a.cost_micro,
           a.cost_source, 'missing' as verdict, 0::bigint as elsewhere_micro
      from bill b join videos.attempts a on a.provider in (select name from accounts)
     where a.cost_micro > 0 and coalesce(a.started_ms, a.send_before_ms, a.created_ms) >= b.from_ms
       and coalesce(a.started_ms, a.send_before_ms, a.created_ms) < b.to_ms
       and not exists (select from videos.bill_lines l where l.ref_id = a.ref_id and (l.bill = b.id or l.bill in (select id from others)))),
  other as (
    select null::text as ref_id, line, 1 as lines, description, micro as billed_micro, null::uuid as attempt, null::text as video, null::text as state,
           null::bigint as cost_micro, null::text as cost_source, 'other' as verdict, 0::bigint as elsewhere_micro
      from videos.bill_lines where bill = $1 and ref_id is null),
  compared as (select * from named union all select * from missing union all select * from other)`

const totalRow = z.object({
  verdict: z.enum(BILL_VERDICTS),
  count: z.number(),
  billed_micro: z.bigint(),
  ours_micro: z.bigint(),
})
export type BillTotal = z.infer<typeof totalRow>

/** What the comparison comes to, by verdict; verdicts that nothing has are left out. */
export async function sumBill(sql: Sql, _operator: Operator, id: string): Promise<readonly BillTotal[]> {
  const found = await sql.query({
    name: 'videos.sum_bill',
    text: `${COMPARED} select verdict, count(*)::int as count, coalesce(sum(billed_micro), 0)::bigint as billed_micro,
                              coalesce(sum(cost_micro), 0)::bigint as ours_micro from compared group by verdict`,
    values: [id],
  })
  return found.rows.map((row) => totalRow.parse(row))
}

const itemRow = z.object({
  id: z.string(),
  verdict: z.enum(BILL_VERDICTS),
  line: z.number().nullable(),
  lines: z.number(),
  description: z.string(),
  ref_id: z.string().nullable(),
  billed_micro: z.bigint().nullable(),
  attempt: z.string().nullable(),
  video: z.string().nullable(),
  state: z.string().nullable(),
  cost_micro: z.bigint().nullable(),
  cost_source: z.enum(['reported', 'estimated', 'billed']).nullable(),
})
export type BillItem = z.infer<typeof itemRow>

/** The comparison, item by item: first those of the file in its order, then what is missing in it. */
export async function listBillItems(
  sql: Sql,
  _operator: Operator,
  id: string,
  verdict: BillVerdict | null,
  page: { readonly after: string | null; readonly limit: number },
): Promise<readonly BillItem[]> {
  const found = await sql.query({
    name: 'videos.bill_items',
    text: `${COMPARED} select * from (
             select coalesce(to_char(line, 'FM0000000000'), 'missing_' || attempt) as id, * from compared) items
            where ($2::text is null or verdict = $2) and ($3::text is null or id collate "C" > $3) order by id collate "C" limit $4`,
    values: [id, verdict, page.after, page.limit],
  })
  return found.rows.map((row) => itemRow.parse(row))
}

/**
 * Takes over what was billed as what ended attempts cost us, where it differs; one that delivered nothing becomes a loss thereby. Those that have not
 * ended yet keep what they have: adopting again later takes them too. @returns how many changed
 */
export async function adoptBill(tx: Tx, _operator: Operator, id: string, ended: readonly string[], now: Instant): Promise<number> {
  const adopted = await tx.query<{ changed: number }>({
    name: 'videos.adopt_bill',
    text: `${COMPARED},
           locked as (select a.id from videos.attempts a where a.id in (select attempt from compared where verdict = 'different') and a.state = any($2)
                       order by a.id for update),
           changed as (
             update videos.attempts a set cost_micro = greatest(c.billed_micro + c.elsewhere_micro, 0), cost_source = 'billed', late_check_ms = null
               from compared c join locked l on l.id = c.attempt where a.id = c.attempt returning a.id, a.state, a.cost_micro),
           lost as (
             insert into videos.losses (attempt, kind, at_ms)
             select id, case state when 'cancelled' then 'cancelled_billed' else 'failed_billed' end, $3 from changed where state <> 'done' and cost_micro > 0
             on conflict (attempt) do nothing),
           noted as (update videos.bills set adopted_ms = $3 where id = $1)
           select count(*)::int as changed from changed`,
    values: [id, ended, now],
  })
  return adopted.rows[0]?.changed ?? 0
}
