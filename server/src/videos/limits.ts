import { z } from 'zod'
import type { Owner } from '../access/owner.ts'
import type { Sql, Tx } from '../db/pool.ts'
import { type Limits, limitsOf, type Orders, type OrderVerdict, orderVerdict, WINDOW_MS } from '../domain/limits.ts'
import { type Problem, problem } from '../domain/problems.ts'
import type { Instant } from '../domain/time.ts'
import type { OpId, Rider } from '../ledger/operation.ts'
import type { RiderRegistry, RiderRow } from '../ledger/riders.ts'
import type { Parts } from './parts.ts'

// How many videos a customer may order. Rows are counted under the lock of the customer's account, in the transaction that makes the video:
// exact over any number of processes. Customers without limits cost nothing here.

const KIND = 'videos.limits'

/** The guard of an order by a customer with limits; nothing for all others. */
export function limitRiders(parts: Pick<Parts, 'world'>, owner: Owner, made_at: Instant): Rider[] {
  const { creates_per_minute, open_videos } = limitsOf(owner.limits, parts.world.limits)
  if (creates_per_minute === null && open_videos === null) return []
  return [{ kind: KIND, row: { customer: owner.customer, made_ms: made_at, creates_per_minute, open_videos } }]
}

/** Whether a guard that failed was this one. */
export function isLimit(rider_kind: string): boolean {
  return rider_kind === KIND
}

/** Registered before the rider that inserts videos: orders of one batch are counted by their place in it, not as rows. */
export function registerLimitRider(registry: RiderRegistry): void {
  registry.register({ kind: KIND, stage: 'guard', run: countOrders })
}

async function countOrders(tx: Tx, rows: readonly RiderRow[]): Promise<ReadonlySet<OpId>> {
  // The lock of the account is held: nobody else makes or ends a video of this customer now. No count goes further than its limit.
  const within = await tx.query<{ op: OpId }>({
    name: 'videos.count_orders',
    text: `with asked as (
             select op, customer, made_ms, creates_per_minute, open_videos, row_number() over (partition by customer order by place) as nth
               from jsonb_to_recordset($1)
                 as r(op uuid, place int, customer text, made_ms bigint, creates_per_minute int, open_videos int))
           select op from asked a
            where (creates_per_minute is null or creates_per_minute >= a.nth + (
                     select count(*) from (select 1 from videos.videos where customer = a.customer and created_ms > a.made_ms - ${WINDOW_MS}
                                            limit a.creates_per_minute) as made))
              and (open_videos is null or open_videos >= a.nth + (
                     select count(*) from (select 1 from videos.videos where customer = a.customer and state in ('queued', 'in_progress')
                                            limit a.open_videos) as open))`,
    values: [JSON.stringify(rows.map(({ op, row }, place) => ({ op, place, ...row })))],
  })
  return new Set(within.rows.map(({ op }) => op))
}

/** What a customer's limits on orders say now; null for one without. A look and not a decision: that is the rider's. */
export async function lookAtLimits(parts: Pick<Parts, 'world' | 'pool' | 'clock'>, owner: Owner): Promise<OrderVerdict | null> {
  const limits = limitsOf(owner.limits, parts.world.limits)
  if (limits.creates_per_minute === null && limits.open_videos === null) return null
  const now = parts.clock()
  return orderVerdict(limits, await selectOrders(parts.pool, owner, limits, now), now)
}

const instant = z.bigint().transform(Number).nullable()
const orders_row = z.object({
  made: z.bigint().transform(Number),
  newest: instant,
  frees_with: instant,
  open: z.bigint().transform(Number),
  first_end_at: instant,
})

async function selectOrders(sql: Sql, owner: Owner, { creates_per_minute }: Limits, now: Instant): Promise<Orders> {
  const found = await sql.query({
    name: 'videos.orders_of_customer',
    text: `select made.*, open.*,
                  (select created_ms from videos.videos where customer = $1 and created_ms > $2
                    order by created_ms desc offset greatest($3::int, 1) - 1 limit 1) as frees_with
             from (select count(*) as made, max(created_ms) as newest from videos.videos where customer = $1 and created_ms > $2) as made,
                  (select count(*) as open, min(created_ms + 1000 * (quote->'eta'->>'low_s')::bigint) as first_end_at
                     from videos.videos where customer = $1 and state in ('queued', 'in_progress')) as open`,
    values: [owner.customer, now - WINDOW_MS, creates_per_minute ?? 1],
  })
  return orders_row.parse(found.rows[0])
}

/** The refusal of an order that is one too many. A verdict that fits by now comes from a race that was lost a moment ago. */
export function limitProblem(verdict: OrderVerdict | null): Problem {
  if (verdict === null || verdict.verdict === 'fits') {
    return problem('rate_limit_exceeded', 'Other orders of yours came first. Try again in a moment.', {
      retry_after_s: 1,
      ...(verdict?.creates ? { rate_limit: verdict.creates } : {}),
    })
  }
  const { rate, retry_after_ms } = verdict
  const message =
    verdict.verdict === 'rate_limit_exceeded'
      ? `You may order ${videos(rate.limit)} a minute. Try again in ${Math.ceil(retry_after_ms / 1000)} s.`
      : `You may have ${videos(rate.limit)} in the making at once. Try again when one of them has ended, or cancel one.`
  return problem(verdict.verdict, message, { retry_after_s: retry_after_ms / 1000, rate_limit: rate })
}

function videos(count: number): string {
  return count === 1 ? '1 video' : `${count} videos`
}
