import { DAY_MS } from '../domain/calendar.ts'
import type { Spell } from '../domain/plan-allowance.ts'
import type { Plan } from '../domain/plans.ts'
import { cycle, cycleAt, unpaid } from '../domain/subscription.ts'
import type { Instant } from '../domain/time.ts'
import type { Subscription as Order } from '../ledger/subscription.ts'

// What a subscription has come to at an instant. Pure.

export interface Subscription {
  readonly id: string
  /** The plan that binds now. */
  readonly plan: Plan
  /** `cancelling`: paid for still, and not to be renewed. `past_due`: a month has begun that nobody paid. */
  readonly status: 'active' | 'cancelling' | 'past_due'
  readonly started_at: Instant
  /** When the first month that is not paid begins; null for a plan that costs nothing. */
  readonly paid_until: Instant | null
  /** When it ends unless somebody pays; null: it waits for a payment without end. */
  readonly ends_at: Instant | null
  readonly next: { readonly plan: Plan; readonly from: Instant } | null
}

/** A row of `plans.subscriptions`, as far as it matters here. */
export interface Planned {
  readonly id: string
  readonly plan: Plan
  readonly next_plan: Plan | null
  readonly next_from_ms: Instant | null
  readonly cancelled: boolean
  readonly started_ms: Instant
}

/** Null once it has ended: cancelled and paid no longer, or unpaid beyond its plan's days of grace. */
export function standing(row: Planned, order: Order, now: Instant): Subscription | null {
  const next = row.next_plan !== null && row.next_from_ms !== null ? { plan: row.next_plan, from: row.next_from_ms } : null
  const begun = next !== null && next.from <= now
  const plan = begun ? next.plan : row.plan
  const free = plan.price_micro === 0n
  const paid_until = free ? null : cycle(order, unpaid(order)).begins
  const paid = paid_until !== null && now < paid_until
  const ends_at = endOf(row, plan, paid_until)
  if ((row.cancelled && !paid) || (ends_at !== null && ends_at <= now)) return null
  const status = row.cancelled ? 'cancelling' : paid || free ? 'active' : 'past_due'
  return { id: row.id, plan, status, started_at: row.started_ms, paid_until, ends_at, next: begun ? null : next }
}

function endOf({ cancelled }: Planned, { grace_days }: Plan, paid_until: Instant | null): Instant | null {
  if (paid_until === null) return null
  if (cancelled) return paid_until
  return grace_days === null ? null : paid_until + grace_days * DAY_MS
}

/** The month that a payment now is for: the one that has begun and was not paid, or else the next one; and the plan that it is of. */
export function nextMonth(
  row: Planned,
  order: Order,
  now: Instant,
): { readonly number: number; readonly plan: Plan; readonly ahead: number } {
  const running = cycleAt(order, now).number
  const number = Math.max(unpaid(order), running)
  const begins = Math.max(cycle(order, number).begins, now)
  const changes = row.next_plan !== null && row.next_from_ms !== null && row.next_from_ms <= begins
  return { number, plan: changes && row.next_plan !== null ? row.next_plan : row.plan, ahead: number - running }
}

/** Which plan is in force when, as far as it is paid. Told from its beginning, so that each day is that of the plan in force when the day began. */
export function spellsOf(row: Planned, order: Order, now: Instant): readonly Spell[] {
  const { plan, next_plan, next_from_ms, started_ms: from } = row
  const paid = cycle(order, unpaid(order)).begins
  const end = ({ price_micro }: Plan) => (price_micro > 0n ? paid : row.cancelled ? now : null)
  if (next_plan === null || next_from_ms === null) return [{ plan, from, until: end(plan) }]
  return [
    { plan, from, until: next_from_ms },
    { plan: next_plan, from: next_from_ms, until: end(next_plan) },
  ]
}
