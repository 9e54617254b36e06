import { readCustomer } from '../access/customers.ts'
import { newId } from '../access/id.ts'
import type { Owner } from '../access/owner.ts'
import { type Pool, type Tx, transaction } from '../db/pool.ts'
import type { AllowancePolicy } from '../domain/allowance.ts'
import type { RandomBytes } from '../domain/ids.ts'
import { allowanceOf, type Spell } from '../domain/plan-allowance.ts'
import type { Plan } from '../domain/plans.ts'
import { type Problem, problem } from '../domain/problems.ts'
import { cycle, cycleAt, cyclesDue, forTheRest, unpaid } from '../domain/subscription.ts'
import type { Instant } from '../domain/time.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Subscription as Order } from '../ledger/subscription.ts'
import type { Payment } from './payment.ts'
import {
  endSubscription,
  insertPayment,
  insertSubscription,
  knowsPayment,
  readCurrent,
  type SubscriptionRow,
  setCancelled,
  setNextPlan,
} from './queries.ts'
import { carryRider, replaceNow, upgradeRider } from './riders.ts'

export interface PlanParts {
  readonly pool: Pool
  readonly ledger: Ledger
  readonly random: RandomBytes
  readonly uuid: () => string
}

const USUAL_PRIORITY = 50

export interface Subscription {
  readonly id: string
  /** The plan that binds now. */
  readonly plan: Plan
  /** `cancelling`: paid for still, and not to be renewed. `past_due`: a month has begun that nobody paid. */
  readonly status: 'active' | 'cancelling' | 'past_due'
  readonly started_at: Instant
  /** When the first month that is not paid begins; null for a plan that costs nothing. */
  readonly paid_until: Instant | null
  readonly next: { readonly plan: Plan; readonly from: Instant } | null
}

/** What a subscription has come to; null once it has ended. Pure. */
export function standing(row: SubscriptionRow, order: Order, now: Instant): Subscription | null {
  const next = row.next_plan !== null && row.next_from_ms !== null ? { plan: row.next_plan, from: row.next_from_ms } : null
  const begun = next !== null && next.from <= now
  const plan = begun ? next.plan : row.plan
  const free = plan.price_micro === 0n
  const paid_until = free ? null : cycle(order, unpaid(order)).begins
  const paid = paid_until !== null && now < paid_until
  if (row.cancelled && !paid) return null
  const status = row.cancelled ? 'cancelling' : paid || free ? 'active' : 'past_due'
  return { id: row.id, plan, status, started_at: row.started_ms, paid_until, next: begun ? null : next }
}

/** A customer's subscription as it stands; null for none, or one that has ended. */
export async function readSubscription(
  { pool, ledger }: Pick<PlanParts, 'pool' | 'ledger'>,
  owner: Owner,
  now: Instant,
): Promise<Subscription | null> {
  const row = await readCurrent(pool, owner)
  if (row === null) return null
  const order = await ledger.subscription(owner)
  return order === null || order.id !== row.id ? null : standing(row, order, now)
}

/** The plan that binds a customer; null for one without. */
export async function planOf(parts: Pick<PlanParts, 'pool' | 'ledger'>, owner: Owner, now: Instant): Promise<Plan | null> {
  return (await readSubscription(parts, owner, now))?.plan ?? null
}

/** Takes out a plan: its first month is paid and begins now. @throws Problem subscription_conflict when there is one already, or the payment was used */
export async function subscribe(parts: PlanParts, tx: Tx, owner: Owner, plan: Plan, payment: Payment, now: Instant): Promise<Subscription> {
  await parts.ledger.lock(tx, owner)
  const before = await locked(parts, tx, owner, now)
  if (before?.now) throw conflict(`This customer has the plan ${before.now.plan.name}. Change or cancel it instead.`)
  if (before) await endSubscription(tx, before.row.id, now)
  return begin(parts, tx, owner, plan, payment, now)
}

async function begin(parts: PlanParts, tx: Tx, owner: Owner, plan: Plan, payment: Payment, now: Instant): Promise<Subscription> {
  const id = newId('sub', now, parts.random)
  const { time_zone: zone } = await readCustomer(tx, owner)
  await insertSubscription(tx, owner, id, plan, now)
  const { credits, price_micro, rollover_max } = plan
  if (!(await insertPayment(tx, { id: newId('pay', now, parts.random), subscription: id, month: 0, plan, ...payment, at: now })))
    throw usedPayment()
  await parts.ledger.beginSubscription(tx, owner, { id, anchor: now, zone, credits, cost_micro: price_micro, rollover_max })
  return carried(parts, tx, owner, now)
}

/**
 * Pays a month: the one that has begun and was not paid, or else the next one. Credits come when it begins; a month that nobody paid is never made up.
 * The same payment told again changes nothing. Settle the account before (`Ledger.settle`).
 */
export async function renew(parts: PlanParts, tx: Tx, owner: Owner, payment: Payment, now: Instant): Promise<Subscription> {
  const { row, order, now: standing } = await current(parts, tx, owner, now)
  if (payment.reference !== null && (await knowsPayment(tx, payment.method, payment.reference))) return standing
  if (standing.plan.price_micro === 0n && standing.next === null)
    throw conflict(`The plan ${standing.plan.name} costs nothing and needs no renewal.`)
  const running = cycleAt(order, now).number
  const number = Math.max(unpaid(order), running)
  if (number > running + 1) throw conflict('The next month is paid already.')
  const begins = Math.max(cycle(order, number).begins, now)
  const plan = row.next_plan !== null && row.next_from_ms !== null && row.next_from_ms <= begins ? row.next_plan : row.plan
  mustBeSettled(order, now)
  const { credits, price_micro, rollover_max } = plan
  const changed = await parts.ledger.changeSubscription(tx, owner, { id: row.id, credits, cost_micro: price_micro, rollover_max })
  if (!changed) throw busy()
  if (!(await parts.ledger.payCycle(tx, owner, row.id, number))) throw new Error(`month ${number} of ${row.id} was counted as unpaid`)
  if (!(await insertPayment(tx, { id: newId('pay', now, parts.random), subscription: row.id, month: number, plan, ...payment, at: now })))
    throw usedPayment()
  return carried(parts, tx, owner, now)
}

/** It ends with the last month that is paid. */
export async function cancel(parts: PlanParts, tx: Tx, owner: Owner, now: Instant): Promise<Subscription | null> {
  const { row, order } = await current(parts, tx, owner, now)
  await setCancelled(tx, row.id, true)
  await carry(parts, tx, owner, spellsOf({ ...row, cancelled: true }, order, now))
  return (await locked(parts, tx, owner, now))?.now ?? null
}

/** Takes a cancellation back, as long as something is paid. */
export async function resume(parts: PlanParts, tx: Tx, owner: Owner, now: Instant): Promise<Subscription> {
  const { row } = await current(parts, tx, owner, now)
  await setCancelled(tx, row.id, false)
  return carried(parts, tx, owner, now)
}

/**
 * Changes the plan. To a dearer one at once, for what is left of the month of the difference in price (rounded up) and in credits (rounded down). To a
 * cheaper one when what is paid is over; back to the one that is there takes that back. Asked again it changes nothing more.
 * @throws Problem subscription_conflict, overloaded
 */
export async function changePlan(parts: PlanParts, owner: Owner, plan: Plan, payment: Payment, now: Instant): Promise<Subscription> {
  await parts.ledger.settle(owner, now)
  const change = await transaction(parts.pool, (tx) => beginChange(parts, tx, owner, plan, payment, now))
  if ('status' in change) return change
  const { operation, riders } = change
  await parts.ledger.commit(operation, riders)
  // Whoever was faster may have made the same change.
  const changed = await readSubscription(parts, owner, now)
  if (changed?.plan.id === plan.id) return changed
  throw problem('overloaded', 'Another change of this subscription was faster; try again.', { retry_after_s: 1 })
}

async function beginChange(parts: PlanParts, tx: Tx, owner: Owner, plan: Plan, payment: Payment, now: Instant) {
  const { row, order, now: from } = await current(parts, tx, owner, now)
  if (from.status === 'past_due') throw conflict('A month has begun that is not paid. Renew first.')
  mustBeSettled(order, now)
  if (order.pending.length > 0) throw conflict('The next month is paid already, for the plan as it is. Change when it has begun.')
  const dearer = plan.price_micro - from.plan.price_micro
  if (dearer > 0n && from.plan.price_micro === 0n) {
    await endSubscription(tx, row.id, now)
    return begin(parts, tx, owner, plan, payment, now)
  }
  if (dearer <= 0n) {
    await setNextPlan(tx, row.id, plan.id === from.plan.id ? null : { plan, from: from.paid_until ?? now })
    return carried(parts, tx, owner, now)
  }
  const month = cycleAt(order, now)
  const more = plan.credits > from.plan.credits ? forTheRest(plan.credits - from.plan.credits, month, now) : 0n
  const replacement = { id: row.id, was: row.plan.id, plan }
  if (more === 0n) {
    await replaceNow(tx, owner.account, replacement)
    return carried(parts, tx, owner, now)
  }
  const operation = {
    kind: 'grant' as const,
    op: parts.uuid(),
    account: owner.account,
    credits: more,
    grant_kind: 'subscription' as const,
    priority: USUAL_PRIORITY,
    expires_at: month.ends,
    models: null,
    cost_micro: forTheRest(dearer, month, now, 'up'),
    period_key: `${row.id}:${month.number}:to:${plan.id}`,
    reason: `${from.plan.name} to ${plan.name}`,
  }
  const spells = spellsOf({ ...row, plan, next_plan: null, next_from_ms: null }, order, now)
  const daily = await policyOf(tx, owner, spells)
  return { operation, riders: [upgradeRider(owner.account, replacement), carryRider(owner.account, daily)] }
}

type Planned = Pick<SubscriptionRow, 'next_from_ms' | 'started_ms' | 'cancelled'> & { readonly plan: Plan; readonly next_plan: Plan | null }

/** Which plan is in force when, as far as it is paid. Told from its beginning, so that each day is that of the plan in force when the day began. Pure. */
function spellsOf(row: Planned, order: Order, now: Instant): readonly Spell[] {
  const { plan, next_plan, next_from_ms, started_ms: from } = row
  const paid = cycle(order, unpaid(order)).begins
  const endOf = ({ price_micro }: Plan) => (price_micro > 0n ? paid : row.cancelled ? now : null)
  if (next_plan === null || next_from_ms === null) return [{ plan, from, until: endOf(plan) }]
  return [
    { plan, from, until: next_from_ms },
    { plan: next_plan, from: next_from_ms, until: endOf(next_plan) },
  ]
}

async function policyOf(tx: Tx, owner: Owner, spells: readonly Spell[]): Promise<{ zone: string; policy: AllowancePolicy }> {
  const { time_zone: zone } = await readCustomer(tx, owner)
  return { zone, policy: allowanceOf(spells, zone) }
}

/** The customer gets day by day what their plan carries. */
async function carry(parts: PlanParts, tx: Tx, owner: Owner, spells: readonly Spell[]): Promise<void> {
  const { zone, policy } = await policyOf(tx, owner, spells)
  await parts.ledger.carryAllowance(tx, owner, zone, policy)
}

/** The subscription as it stands after a change, its daily credits with it. */
async function carried(parts: PlanParts, tx: Tx, owner: Owner, now: Instant): Promise<Subscription> {
  const { row, order, now: standing } = await current(parts, tx, owner, now)
  await carry(parts, tx, owner, spellsOf(row, order, now))
  return standing
}

async function locked(parts: PlanParts, tx: Tx, owner: Owner, now: Instant) {
  const order = await parts.ledger.subscription(owner, tx) // takes the account's lock
  const row = await readCurrent(tx, owner)
  if (row === null) return null
  if (order === null || order.id !== row.id) throw new Error(`subscription ${row.id} has no standing order`)
  return { row, order, now: standing(row, order, now) }
}

async function current(parts: PlanParts, tx: Tx, owner: Owner, now: Instant) {
  const found = await locked(parts, tx, owner, now)
  if (found === null || found.now === null) throw noSubscription()
  return { ...found, now: found.now }
}

function mustBeSettled(order: Order, now: Instant): void {
  if (cyclesDue(order, now).due.length > 0) throw busy()
}

function busy(): Problem {
  return problem('overloaded', 'This customer is busy; try again.', { retry_after_s: 1 })
}

function conflict(message: string): Problem {
  return problem('subscription_conflict', message)
}

export function noSubscription(): Problem {
  return problem('not_found', 'This customer has no subscription.')
}

function usedPayment(): Problem {
  return problem('subscription_conflict', 'This payment was used for another month.', { param: 'reference' })
}
