import { readCustomer } from '../access/customers.ts'
import type { Owner } from '../access/owner.ts'
import type { Sql, Tx } from '../db/pool.ts'
import { type LocalDate, laterDate, localDate, startOfDate } from '../domain/calendar.ts'
import type { Lane } from '../domain/order.ts'
import { type Asked, clipsOn, type NotInPlan, notInPlan, type Plan, planAllowing, relaxedNow } from '../domain/plans.ts'
import { type Problem, problem } from '../domain/problems.ts'
import type { Quote } from '../domain/quote.ts'
import { type Instant, unixSeconds } from '../domain/time.ts'
import type { OpId, Rider } from '../ledger/operation.ts'
import type { RiderRegistry, RiderRow } from '../ledger/riders.ts'
import { planOf } from '../plans/subscriptions.ts'
import type { Parts } from './parts.ts'

// What a customer's plan allows. Refused before anything is priced, with the plan that would allow it; a customer without a plan has no gate here.

const KIND = 'videos.clips_a_day'

/** How many videos a plan leaves for a local date. */
export interface ClipsDay {
  readonly plan: Plan
  readonly date: LocalDate
  readonly clips: number
  readonly begins: Instant
  readonly ends: Instant
}

type Wanted = Pick<Parts, 'pool' | 'ledger' | 'world'>

/** The plan that binds a customer now; null for one without. @throws Problem not_in_plan when it does not allow this order */
export async function checkPlan(parts: Wanted, owner: Owner, asked: Asked, now: Instant): Promise<Plan | null> {
  const plan = await planOf(parts, owner, now)
  // A model that nobody serves is in no plan either; its own refusal says more.
  const served = parts.world.routes.some(({ model }) => model === asked.model)
  const refused = !served ? null : plan === null ? withoutPlan(asked) : notInPlan(plan, asked)
  if (refused === null) return plan
  const { time_zone } = await readCustomer(parts.pool, owner)
  throw notIn(refused, planAllowing(parts.world.plans.values(), asked, { date: localDate(now, time_zone), more_than: 0 }))
}

/** The relaxed lane is free: it belongs to plans that include it, and to nobody else. */
function withoutPlan({ lane }: Asked): NotInPlan | null {
  return lane === 'relaxed' ? { field: 'lane', says: 'The relaxed lane belongs to plans that include it, and you have no plan.' } : null
}

function notIn(refused: NotInPlan, better: Plan | null): Problem {
  const would = better === null ? 'No plan here allows it.' : `The plan ${better.name} would allow it.`
  return problem('not_in_plan', `${refused.says} ${would}`, { param: refused.field, extra: { plan: better?.id ?? null } })
}

/** Whether a plan opens its relaxed lane to an order that was priced in it. @throws Problem not_in_plan while credits would pay for the order */
export async function checkRelaxed(
  parts: Pick<Parts, 'ledger'>,
  owner: Owner,
  plan: Plan | null,
  quote: Quote,
  now: Instant,
): Promise<void> {
  if (plan === null || quote.relaxed === null) return
  const { grants } = await parts.ledger.balance(owner, now)
  const usable = grants.filter(({ models }) => models === null || models.includes(quote.model))
  const available = usable.reduce((sum, { remaining }) => sum + remaining, 0n)
  const needed = quote.relaxed.standard_credits
  if (relaxedNow(plan, BigInt(needed), available)) return
  throw problem(
    'not_in_plan',
    `The plan ${plan.name} makes videos in the relaxed lane once the credits are gone: this one costs ${needed} credits, and ${available} are available. Leave \`lane\` out.`,
    { param: 'lane', extra: { plan: null, needed, available: Number(available) } },
  )
}

/** The day's videos of a plan that counts them; null for one that does not, and in the relaxed lane. */
export async function clipsDay(
  parts: Pick<Parts, 'pool'>,
  owner: Owner,
  plan: Plan | null,
  lane: Lane,
  now: Instant,
): Promise<ClipsDay | null> {
  if (lane === 'relaxed' || plan === null || plan.clips_a_day === null) return null
  const { time_zone } = await readCustomer(parts.pool, owner)
  const date = localDate(now, time_zone)
  const clips = clipsOn(plan, date) ?? 0
  return { plan, date, clips, begins: startOfDate(date, time_zone), ends: startOfDate(laterDate(date, 1), time_zone) }
}

/** The guard of an order under such a plan. */
export function clipsRiders(owner: Owner, day: ClipsDay | null): Rider[] {
  return day === null ? [] : [{ kind: KIND, row: { customer: owner.customer, begins_ms: day.begins, clips: day.clips } }]
}

/** Whether a guard that failed was this one. */
export function isClipsLimit(rider_kind: string): boolean {
  return rider_kind === KIND
}

/** Registered before the rider that inserts videos: orders of one batch are counted by their place in it, not as rows. */
export function registerClipsRider(registry: RiderRegistry): void {
  registry.register({ kind: KIND, stage: 'guard', run: countClips })
}

/** What failed cost nothing and counts for nothing, and the relaxed lane is not counted. The lock of the account is held: nobody else makes or ends a video of this customer now. */
const MADE = `select 1 from videos.videos where customer = a.customer and created_ms >= a.begins_ms and state <> 'failed' and not relaxed`

async function countClips(tx: Tx, rows: readonly RiderRow[]): Promise<ReadonlySet<OpId>> {
  const within = await tx.query<{ op: OpId }>({
    name: 'videos.count_clips',
    text: `with asked as (
             select op, customer, begins_ms, clips, row_number() over (partition by customer order by place) as nth
               from jsonb_to_recordset($1) as r(op uuid, place int, customer text, begins_ms bigint, clips int))
           select op from asked a where clips >= a.nth + (select count(*) from (${MADE} limit a.clips) as made)`,
    values: [JSON.stringify(rows.map(({ op, row }, place) => ({ op, place, ...row })))],
  })
  return new Set(within.rows.map(({ op }) => op))
}

/** For how many more the day has room. A look and not a decision: that is the rider's. */
export async function clipsLeft(sql: Sql, owner: Owner, day: ClipsDay): Promise<number> {
  const { rows } = await sql.query<{ left: number }>({
    name: 'videos.clips_left',
    text: `select $3::int - (select count(*)::int from (${MADE} limit $3::int) as made) as left
  from (select $1::text as customer, $2::bigint as begins_ms) as a`,
    values: [owner.customer, day.begins, day.clips],
  })
  return rows[0]?.left ?? 0
}

export async function hasClips(sql: Sql, owner: Owner, day: ClipsDay): Promise<boolean> {
  return (await clipsLeft(sql, owner, day)) > 0
}

/** The refusal of a video that is one too many for its day. */
export function clipsProblem({ world }: Pick<Parts, 'world'>, { plan, date, clips, ends }: ClipsDay, asked: Asked, now: Instant): Problem {
  const better = planAllowing(world.plans.values(), asked, { date, more_than: clips })
  const would = better === null ? '' : ` The plan ${better.name} would allow more.`
  const said =
    clips === 0
      ? `The plan ${plan.name} makes no videos on this day.${would}`
      : `The plan ${plan.name} makes ${clips === 1 ? '1 video' : `${clips} videos`} a day. The next day begins in ${Math.ceil((ends - now) / 60_000)} minutes.${would}`
  return problem('not_in_plan', said, {
    extra: { plan: better?.id ?? null, limit: clips, resets_at: clips === 0 ? null : unixSeconds(ends) },
  })
}
