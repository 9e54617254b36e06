import { z } from 'zod'
import type { Engine, Operator } from '../access/owner.ts'
import type { Sql, Tx } from '../db/pool.ts'
import type { LossKind, ProviderCost } from '../domain/provider-cost.ts'
import type { Instant } from '../domain/time.ts'
import { type AttemptState, TRANSITIONS } from '../domain/transitions.ts'
import type { ProviderRef } from '../providers/provider.ts'
import type { RefFrom } from './queries.ts'

// SQL on what videos cost us and what nobody pays us for. The amount stands on the attempt; `videos.losses` says why it is a loss.

/** States that an attempt never leaves. */
const ENDED: readonly AttemptState[] = TRANSITIONS.map((t) => t.to).filter((state) => !TRANSITIONS.some((t) => t.from === state))

/** Notes on an ended attempt that its provider took it all the same, and that we shall pay. Its video is locked. False: it has not ended, or had a job already. */
export async function recordLateAcceptance(
  tx: Tx,
  _engine: Engine,
  late: {
    readonly attempt: string
    readonly ref: ProviderRef
    readonly ref_from: RefFrom
    readonly cost: ProviderCost
    readonly at: Instant
    readonly check_at: Instant | null
  },
): Promise<boolean> {
  const lost = await tx.query({
    name: 'videos.record_late_acceptance',
    text: `with taken as (
             update videos.attempts
                set ref = $2, ref_id = $2::jsonb->>'id', ref_from = $3, cost_micro = $4, cost_source = $5, late_check_ms = $7
              where id = $1 and ref_id is null and state = any($8)
             returning id)
           insert into videos.losses (attempt, kind, at_ms) select id, 'late_acceptance', $6 from taken
           on conflict (attempt) do update set kind = excluded.kind`,
    values: [late.attempt, late.ref, late.ref_from, late.cost.micro, late.cost.source, late.at, late.check_at, ENDED],
  })
  return lost.rowCount === 1
}

const lateRow = z.object({
  id: z.string(),
  video: z.string(),
  route: z.string(),
  provider: z.string(),
  ref: z.looseObject({ id: z.string() }).nullable(),
  late_checks: z.number(),
})

/** An ended attempt whose cost is not known for certain. */
export type LateAttempt = z.infer<typeof lateRow>

/**
 * Takes attempts that are due for a late check, so that no other process does. The next check is noted at once: whoever is killed in between
 * leaves it to that one.
 * @param next_ms how long after this check the next one comes; after `checks_max` there is none
 */
export async function takeLateChecks(
  sql: Sql,
  _engine: Engine,
  now: Instant,
  next_ms: number,
  checks_max: number,
  limit: number,
): Promise<readonly LateAttempt[]> {
  const taken = await sql.query({
    name: 'videos.take_late_checks',
    text: `update videos.attempts a
              set late_checks = late_checks + 1, late_check_ms = case when late_checks + 1 < $3 then $1::bigint + $2::bigint end
            where a.id in (select id from videos.attempts where late_check_ms <= $1 order by id limit $4 for update skip locked)
           returning a.id, a.video, a.route, a.provider, a.ref, a.late_checks::int as late_checks`,
    values: [now, next_ms, checks_max, limit],
  })
  return taken.rows.map((row) => lateRow.parse(row))
}

/** What a late verdict says that an ended attempt costs us, instead of what was expected: never instead of what was billed. No further check follows. */
export async function settleLate(
  tx: Tx,
  _engine: Engine,
  settled: { readonly attempt: string; readonly cost: ProviderCost; readonly kind: LossKind; readonly at: Instant },
): Promise<void> {
  await tx.query({
    name: 'videos.settle_late',
    text: `with told as (
             update videos.attempts set cost_micro = $2, cost_source = $3, late_check_ms = null
              where id = $1 and cost_source is distinct from 'billed' returning id)
           insert into videos.losses (attempt, kind, at_ms) select id, $4, $5 from told
           on conflict (attempt) do update set kind = excluded.kind`,
    values: [settled.attempt, settled.cost.micro, settled.cost.source, settled.kind, settled.at],
  })
}

export const MARGIN_BY = ['model', 'route', 'provider', 'customer', 'day'] as const
export type MarginBy = (typeof MARGIN_BY)[number]

const marginRow = z.object({
  key: z.string().nullable(),
  credits: z.bigint(),
  revenue_micro: z.bigint(),
  breakage_micro: z.bigint(),
  reversed_micro: z.bigint(),
  royalty_micro: z.bigint(),
  cost_micro: z.bigint(),
  estimated_micro: z.bigint(),
  loss_micro: z.bigint(),
})

/** One group of a margin: credits charged (refunds off), what they brought in, and what providers and payees cost us, in micro-dollars. */
export type MarginRow = z.infer<typeof marginRow>
export type MarginSums = Omit<MarginRow, 'key'>

export const MARGIN_SUMS = [
  'credits',
  'revenue_micro',
  'breakage_micro',
  'reversed_micro',
  'royalty_micro',
  'cost_micro',
  'estimated_micro',
  'loss_micro',
] as const satisfies readonly (keyof MarginSums)[]

const KEY: Readonly<Record<MarginBy, string>> = {
  model: 'v.model',
  route: 'a.route',
  provider: 'a.provider',
  customer: 'c.id',
  day: `to_char(to_timestamp(m.at_ms / 1000.0) at time zone 'UTC', 'YYYY-MM-DD')`,
}

/**
 * What was brought in and what it cost, from the ledger's takings and the attempts: one statement, so one snapshot. A charge counts at its own
 * instant and for the attempt that was delivered, a cost when its attempt ended or, for a loss, when it became one. What belongs to no video (services,
 * credits that expired) has a customer and a day, and no model, route or provider: its key is null there.
 */
export async function selectMargin(sql: Sql, _operator: Operator, by: MarginBy, from: Instant, to: Instant): Promise<readonly MarginRow[]> {
  const sum = (column: keyof MarginSums) => `sum(m.${column})::bigint as ${column}`
  const found = await sql.query({
    name: `videos.margin_by_${by}`,
    text: `with money as (
             select t.account_id, v.id as video, d.id as attempt, t.at_ms, t.credits, t.revenue_micro, t.breakage_micro, t.reversed_micro, t.royalty_micro,
                    0::bigint as cost_micro, 0::bigint as estimated_micro, 0::bigint as loss_micro
               from ledger.takings t left join videos.videos v on v.op_id = t.op_id
               left join lateral (select id from videos.attempts where video = v.id order by (state = 'done') desc, no desc limit 1) d on true
             union all
             select v.account, a.video, a.id, coalesce(l.at_ms, a.ended_ms, a.created_ms), 0, 0, 0, 0, 0, a.cost_micro,
                    case when a.cost_source = 'estimated' then a.cost_micro else 0 end,
                    case when l.attempt is null then 0 else a.cost_micro end
               from videos.attempts a join videos.videos v on v.id = a.video left join videos.losses l on l.attempt = a.id
              where a.cost_micro is not null)
           select ${KEY[by]} as key, ${MARGIN_SUMS.map(sum).join(', ')}
             from money m left join videos.videos v on v.id = m.video left join videos.attempts a on a.id = m.attempt
             left join access.customers c on c.account = m.account_id
            where m.at_ms >= $1 and m.at_ms < $2
            group by 1 order by 1 nulls last`,
    values: [from, to],
  })
  return found.rows.map((row) => marginRow.parse(row))
}

/** Losses so far, by kind and provider. */
export async function sumLosses(
  sql: Sql,
): Promise<readonly { readonly kind: string; readonly provider: string; readonly count: bigint; readonly micro: bigint }[]> {
  const found = await sql.query<{ kind: string; provider: string; count: bigint; micro: bigint }>({
    name: 'videos.sum_losses',
    text: `select l.kind, a.provider, count(*) as count, sum(a.cost_micro)::bigint as micro
             from videos.losses l join videos.attempts a on a.id = l.attempt
            group by l.kind, a.provider order by l.kind, a.provider`,
  })
  return found.rows
}
