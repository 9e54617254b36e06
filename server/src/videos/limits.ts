import { z } from 'zod'
import type { Owner } from '../access/owner.ts'
import type { Sql, Tx } from '../db/pool.ts'
import { type Limits, limitsOf, type Orders, type OrderVerdict, orderVerdict, WINDOW_MS } from '../domain/limits.ts'
import { type Problem, problem } from '../domain/problems.ts'
import { listed } from '../domain/sold.ts'
import type { CountedPool } from '../domain/tiers.ts'
import type { Instant } from '../domain/time.ts'
import type { OpId, Rider } from '../ledger/operation.ts'
import type { RiderRegistry, RiderRow } from '../ledger/riders.ts'
import type { Parts } from './parts.ts'

// How many videos a customer may order, in all and of each traffic pool of their tier. Rows are counted under the lock of the customer's account, in the transaction that makes the video:
// exact over any number of processes. Customers without limits cost nothing here.

const KIND = 'videos.limits'

/** What an order is counted against: all videos of its customer, or those of one traffic pool of their tier. */
interface Bounds extends Pick<Limits, 'creates_per_minute' | 'open_videos'> {
  /** Null: all. */
  readonly pool: string | null
  readonly models: readonly string[] | null
  /** Models of it that belong to another pool. */
  readonly but: readonly string[]
}

function boundsOf({ world }: Pick<Parts, 'world'>, owner: Owner, pool: CountedPool | null): readonly Bounds[] {
  const { creates_per_minute, open_videos } = limitsOf(owner.limits, world.limits)
  const all: Bounds = { pool: null, models: null, but: [], creates_per_minute, open_videos }
  const bounds = pool === null ? [all] : [all, poolBounds(pool)]
  return bounds.filter((one) => one.creates_per_minute !== null || one.open_videos !== null)
}

function poolBounds({ name, models, but, creates_per_minute, open_videos }: CountedPool): Bounds {
  return { pool: name, models, but, creates_per_minute, open_videos }
}

/** The guards of an order by a customer with limits, or whose tier has some; nothing for all others. */
export function limitRiders(parts: Pick<Parts, 'world'>, owner: Owner, pool: CountedPool | null, made_at: Instant): Rider[] {
  return boundsOf(parts, owner, pool).map((bounds) => ({ kind: KIND, row: { customer: owner.customer, made_ms: made_at, ...bounds } }))
}

/** Whether a guard that failed was this one. */
export function isLimit(rider_kind: string): boolean {
  return rider_kind === KIND
}

/** Registered before the rider that inserts videos: orders of one batch are counted by their place in it, not as rows. */
export function registerLimitRider(registry: RiderRegistry): void {
  registry.register({ kind: KIND, stage: 'guard', run: countOrders })
}

/** A pool of certain models counts those videos; one of all counts whatever belongs to no pool before it. */
const IN_POOL = `(a.models is null or model = any(a.models)) and model <> all(coalesce(a.but, '{}'))`

async function countOrders(tx: Tx, rows: readonly RiderRow[]): Promise<ReadonlySet<OpId>> {
  // The lock of the account is held: nobody else makes or ends a video of this customer now. No count goes further than its limit.
  const within = await tx.query<{ op: OpId }>({
    name: 'videos.count_orders',
    text: `with asked as (
             select op, customer, made_ms, models, but, creates_per_minute, open_videos,
                    row_number() over (partition by customer, pool order by place) as nth
               from jsonb_to_recordset($1) as r(op uuid, place int, customer text, pool text, models text[], but text[], made_ms bigint,
                                                creates_per_minute int, open_videos int)),
             judged as (
               select op,
                      (creates_per_minute is null or creates_per_minute >= a.nth + (
                         select count(*) from (select 1 from videos.videos
                                                where customer = a.customer and created_ms > a.made_ms - ${WINDOW_MS} and ${IN_POOL}
                                                limit a.creates_per_minute) as made))
                  and (open_videos is null or open_videos >= a.nth + (
                         select count(*) from (select 1 from videos.videos
                                                where customer = a.customer and state in ('queued', 'in_progress') and ${IN_POOL}
                                                limit a.open_videos) as open)) as fits
                 from asked a)
           select op from judged group by op having bool_and(fits)`,
    values: [JSON.stringify(rows.map(({ op, row }, place) => ({ op, place, ...row })))],
  })
  return new Set(within.rows.map(({ op }) => op))
}

/**
 * What a customer's limits on orders say now, and those of the pool that an order is for; null for one without. A look and not a decision: that
 * is the rider's.
 */
export async function lookAtLimits(
  parts: Pick<Parts, 'world' | 'pool' | 'clock'>,
  owner: Owner,
  pool: CountedPool | null = null,
): Promise<OrderVerdict | null> {
  const now = parts.clock()
  let tightest: OrderVerdict | null = null
  for (const bounds of boundsOf(parts, owner, pool)) {
    const limits = { ...limitsOf(owner.limits, parts.world.limits), ...bounds }
    const verdict = orderVerdict(limits, await selectOrders(parts.pool, owner, bounds, now), now)
    if (verdict.verdict !== 'fits') return verdict
    if (left(verdict) <= left(tightest)) tightest = verdict
  }
  return tightest
}

/** What is counted of a pool now, for showing. */
export function countPool(parts: Pick<Parts, 'pool'>, owner: Owner, pool: CountedPool, now: Instant): Promise<Orders> {
  return selectOrders(parts.pool, owner, poolBounds(pool), now)
}

function left(verdict: OrderVerdict | null): number {
  return verdict?.verdict === 'fits' && verdict.creates !== null ? verdict.creates.remaining : Number.POSITIVE_INFINITY
}

const instant = z.bigint().transform(Number).nullable()
const orders_row = z.object({
  made: z.bigint().transform(Number),
  newest: instant,
  frees_with: instant,
  open: z.bigint().transform(Number),
  first_end_at: instant,
})

const IN_LIST = `($4::text[] is null or model = any($4)) and model <> all($5::text[])`

async function selectOrders(sql: Sql, owner: Owner, { creates_per_minute, models, but }: Bounds, now: Instant): Promise<Orders> {
  const found = await sql.query({
    name: 'videos.orders_of_customer',
    text: `select made.*, open.*,
                  (select created_ms from videos.videos where customer = $1 and created_ms > $2 and ${IN_LIST}
                    order by created_ms desc offset greatest($3::int, 1) - 1 limit 1) as frees_with
             from (select count(*) as made, max(created_ms) as newest from videos.videos where customer = $1 and created_ms > $2 and ${IN_LIST}) as made,
                  (select count(*) as open, min(created_ms + 1000 * (quote->'eta'->>'low_s')::bigint) as first_end_at
                     from videos.videos where customer = $1 and state in ('queued', 'in_progress') and ${IN_LIST}) as open`,
    values: [owner.customer, now - WINDOW_MS, creates_per_minute ?? 1, models, but],
  })
  return orders_row.parse(found.rows[0])
}

/** The refusal of an order that is one too many. A verdict that fits by now comes from a race that was lost a moment ago. */
export function limitProblem(verdict: OrderVerdict | null, pool: CountedPool | null = null): Problem {
  if (verdict === null || verdict.verdict === 'fits') {
    return problem('rate_limit_exceeded', 'Other orders of yours came first. Try again in a moment.', {
      retry_after_s: 1,
      ...(verdict?.creates ? { rate_limit: verdict.creates } : {}),
    })
  }
  const { rate, retry_after_ms } = verdict
  const mine =
    pool === null
      ? ''
      : ` Your tier counts ${pool.models === null ? 'videos' : `videos of ${listed(pool.models)}`} by themselves (${pool.name}).`
  const message =
    verdict.verdict === 'rate_limit_exceeded'
      ? `You may order ${videos(rate.limit)} a minute. Try again in ${Math.ceil(retry_after_ms / 1000)} s.`
      : `You may have ${videos(rate.limit)} in the making at once. Try again when one of them has ended, or cancel one.`
  return problem(verdict.verdict, `${message}${mine}`, { retry_after_s: retry_after_ms / 1000, rate_limit: rate })
}

function videos(count: number): string {
  return count === 1 ? '1 video' : `${count} videos`
}
