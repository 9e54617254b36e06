import type { Sql, Tx } from '../db/pool.ts'
import type { Spent } from '../domain/budgets.ts'
import type { Instant } from '../domain/time.ts'
import type { OpId } from '../ledger/operation.ts'

// What was ordered with keys that have a budget (`videos.key_orders`), and what it came to (the ledger's `hold_money`).

export interface SpentSince {
  readonly key_id: string
  readonly day_from: Instant
  readonly month_from: Instant
  /** Nothing before it matters to the key's budget: a key that has ordered for years is read no further back than that. */
  readonly since: Instant
}

interface SpentRow {
  readonly key_id: string
  readonly day: bigint
  readonly month: bigint
  readonly total: bigint
}

/** What keys may have spent at most: everything that was held at first. Read from the index alone, however much a key ordered. */
export async function selectSpentAtMost(sql: Sql, keys: readonly SpentSince[]): Promise<ReadonlyMap<string, Spent>> {
  const found = await sql.query<SpentRow>({ name: 'videos.key_spent_at_most', text: spentText('o.credits', ''), values: valuesOf(keys) })
  return spentBy(found.rows)
}

/**
 * What keys have spent: held now, or captured and not given back; of usage, which has no hold, what it took. What is parked is asked when it goes on.
 * Exact under the lock of their customer's account.
 */
export async function selectSpent(sql: Sql, keys: readonly SpentSince[]): Promise<ReadonlyMap<string, Spent>> {
  const found = await sql.query<SpentRow>({
    name: 'videos.key_spent',
    // `limit 1` pins the plan: one look by key for each order.
    text: spentText(
      'coalesce(m.held_now + m.captured - m.refunded, c.credits)',
      `left join lateral (select * from ledger.hold_money where op_id = o.op_id limit 1) m on true
  cross join lateral (select sum(credits)::bigint as credits from ledger.charges where op_id = o.op_id) c`,
    ),
    values: valuesOf(keys),
  })
  return spentBy(found.rows)
}

function spentText(credits: string, joined: string): string {
  const since = (from: string) => `coalesce(sum(${credits}) filter (where o.at_ms >= ${from}), 0)::bigint`
  return `select k.key_id, ${since('k.day_from')} as day, ${since('k.month_from')} as month, ${since('0')} as total
  from unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) as k (key_id, day_from, month_from, since)
  join videos.key_orders o on o.key_id = k.key_id and o.at_ms >= k.since ${joined}
 group by k.key_id`
}

function valuesOf(keys: readonly SpentSince[]): unknown[] {
  return [
    keys.map(({ key_id }) => key_id),
    keys.map(({ day_from }) => day_from),
    keys.map(({ month_from }) => month_from),
    keys.map(({ since }) => since),
  ]
}

function spentBy(rows: readonly SpentRow[]): ReadonlyMap<string, Spent> {
  return new Map(rows.map(({ key_id, day, month, total }) => [key_id, { day, month, total }]))
}

export interface KeyOrder {
  readonly op: OpId
  readonly key_id: string
  readonly at_ms: Instant
  readonly credits: bigint
}

export async function insertKeyOrders(tx: Tx, orders: readonly KeyOrder[]): Promise<void> {
  await tx.query({
    name: 'videos.insert_key_orders',
    text: `insert into videos.key_orders (op_id, key_id, at_ms, credits)
           select * from unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[]) order by 1`,
    values: [
      orders.map(({ op }) => op),
      orders.map(({ key_id }) => key_id),
      orders.map(({ at_ms }) => at_ms),
      orders.map(({ credits }) => String(credits)),
    ],
  })
}
