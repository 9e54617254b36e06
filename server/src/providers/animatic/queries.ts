import { z } from 'zod'
import type { Sql } from '../../db/pool.ts'
import { OPERATIONS } from '../../domain/order.ts'
import type { Instant } from '../../domain/time.ts'

// All SQL on the schema `animatic`: the built-in provider's own order book.

/** What is to be drawn, as it was ordered. */
export const storedOrder = z.object({
  prompt: z.string(),
  width: z.number().int(),
  height: z.number().int(),
  seconds: z.number(),
  /** Key of the first frame in the store. */
  reference_key: z.string().nullable(),
  flaky: z.number().int(),
  // Orders that were taken before there were other operations are creates.
  operation: z.enum(OPERATIONS).default('create'),
  /** Key of the clip that it begins from in the store. */
  source_key: z.string().nullable().default(null),
  characters: z.array(z.object({ name: z.string(), id: z.string() })).default([]),
  short: z.boolean().default(false),
})
export type StoredOrder = z.infer<typeof storedOrder>

export type OrderState = 'waiting' | 'rendering' | 'rendered' | 'failed' | 'moderated' | 'cancelled' | 'hanging'
const orderState = z.enum(['waiting', 'rendering', 'rendered', 'failed', 'moderated', 'cancelled', 'hanging'])

export async function insertOrder(
  sql: Sql,
  order: { key: string; job: StoredOrder; created_at: Instant; not_before: Instant; state: OrderState },
): Promise<void> {
  await sql.query({
    name: 'animatic.insert',
    text: `insert into animatic.orders (key, job, created_ms, not_before_ms, state) values ($1, $2, $3, $4, $5) on conflict (key) do nothing`,
    values: [order.key, JSON.stringify(order.job), order.created_at, order.not_before, order.state],
  })
}

export async function orderExists(sql: Sql, key: string): Promise<boolean> {
  const found = await sql.query({ name: 'animatic.exists', text: `select 1 from animatic.orders where key = $1`, values: [key] })
  return found.rows.length === 1
}

const statusRow = z.object({ state: orderState, percent: z.number(), message: z.string().nullable(), checks: z.number(), job: storedOrder })

/** Reads an order's state and counts the read. */
export async function readStatus(sql: Sql, key: string): Promise<z.infer<typeof statusRow> | null> {
  const found = await sql.query({
    name: 'animatic.status',
    text: `update animatic.orders set checks = checks + 1 where key = $1 returning state, percent, message, checks, job`,
    values: [key],
  })
  return found.rows[0] === undefined ? null : statusRow.parse(found.rows[0])
}

/** Stops what has not been finished. True if it is stopped now (or was before). */
export async function cancelOrder(sql: Sql, key: string): Promise<boolean> {
  const stopped = await sql.query({
    name: 'animatic.cancel',
    text: `update animatic.orders set state = 'cancelled', lease_ms = 0 where key = $1 and state in ('waiting', 'rendering', 'hanging', 'cancelled')`,
    values: [key],
  })
  return stopped.rowCount === 1
}

/** An order in hand: `lease_until` is the proof, for nobody else can have the same. */
export interface Claim {
  readonly key: string
  readonly job: StoredOrder
  readonly lease_until: Instant
}

/** Takes the oldest order that nobody is drawing, or whose drawer's lease has lapsed. */
export async function claimOrder(sql: Sql, now: Instant, lease_until: Instant): Promise<Claim | null> {
  const claimed = await sql.query<{ key: string; job: unknown }>({
    name: 'animatic.claim',
    text: `update animatic.orders set state = 'rendering', lease_ms = $2
            where key = (select key from animatic.orders
                          where state in ('waiting', 'rendering') and lease_ms < $1 and not_before_ms <= $1
                          order by created_ms limit 1 for update skip locked)
           returning key, job`,
    values: [now, lease_until],
  })
  const row = claimed.rows[0]
  return row ? { key: row.key, job: storedOrder.parse(row.job), lease_until } : null
}

/** Keeps a claim alive and shows how far it is. Null: it was cancelled, or taken over after it lapsed. */
export async function keepClaim(sql: Sql, claim: Claim, percent: number, lease_until: Instant): Promise<Claim | null> {
  const kept = await sql.query({
    name: 'animatic.keep',
    text: `update animatic.orders set lease_ms = $4, percent = greatest(percent, $3) where key = $1 and lease_ms = $2 and state = 'rendering'`,
    values: [claim.key, claim.lease_until, percent, lease_until],
  })
  return kept.rowCount === 1 ? { ...claim, lease_until } : null
}

/** Ends an order, if the claim on it still stands. */
export async function endOrder(
  sql: Sql,
  claim: Claim,
  end: { state: 'rendered' | 'failed'; bytes: number | null; message: string | null },
): Promise<void> {
  await sql.query({
    name: 'animatic.end',
    text: `update animatic.orders set state = $3, bytes = $4, message = $5, percent = 100 where key = $1 and lease_ms = $2 and state = 'rendering'`,
    values: [claim.key, claim.lease_until, end.state, end.bytes, end.message],
  })
}

/** Notes that drawing broke down, which a killed process does not count as. After `tries_max` of these the order has failed. */
export async function noteBreakdown(sql: Sql, claim: Claim, tries_max: number): Promise<void> {
  await sql.query({
    name: 'animatic.breakdown',
    text: `update animatic.orders set tries = tries + 1, state = case when tries + 1 >= $3 then 'failed' else state end
            where key = $1 and lease_ms = $2 and state = 'rendering'`,
    values: [claim.key, claim.lease_until, tries_max],
  })
}

/** Forgets what an order was about. The row stays for a while: the same key must not be drawn again. */
export async function blankOrder(sql: Sql, key: string): Promise<void> {
  await sql.query({
    name: 'animatic.blank',
    text: `update animatic.orders set job = jsonb_set(job, '{prompt}', '""') - 'characters', state = case when state in ('waiting', 'rendering', 'hanging') then 'cancelled' else state end
            where key = $1`,
    values: [key],
  })
}

/** Forgets orders made before an instant; their keys, so that their files can go too. */
export async function deleteOrders(sql: Sql, before: Instant): Promise<string[]> {
  const deleted = await sql.query<{ key: string }>({
    text: `delete from animatic.orders where created_ms < $1 returning key`,
    values: [before],
  })
  return deleted.rows.map((row) => row.key)
}
