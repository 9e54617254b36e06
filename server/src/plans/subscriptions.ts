import { readCustomer } from '../access/customers.ts'
import { newId } from '../access/id.ts'
import type { Owner } from '../access/owner.ts'
import { type Pool, type Tx, transaction } from '../db/pool.ts'
import type { RandomBytes } from '../domain/ids.ts'
import { allowanceOf, type Spell } from '../domain/plan-allowance.ts'
import type { Plan } from '../domain/plans.ts'
import { type Problem, problem } from '../domain/problems.ts'
import { cyclesDue } from '../domain/subscription.ts'
import type { Instant } from '../domain/time.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Subscription as Order } from '../ledger/subscription.ts'
import type { Payment } from './payment.ts'
import { findPayment, isPending } from './payment-queries.ts'
import { endSubscription, insertSubscription, readCurrent, setCancelled } from './queries.ts'
import { monthPaid, recordPayment } from './record.ts'
import { nextMonth, type Subscription, spellsOf, standing } from './standing.ts'

export type { Subscription } from './standing.ts'

export interface PlanParts {
  readonly pool: Pool
  readonly ledger: Ledger
  readonly random: RandomBytes
  readonly uuid: () => string
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

/**
 * Takes out a plan: its first month is paid and begins now. The same payment told again changes nothing.
 * @throws Problem subscription_conflict when there is one already, or the payment was used
 */
export async function subscribe(parts: PlanParts, tx: Tx, owner: Owner, plan: Plan, told: Payment, now: Instant): Promise<Subscription> {
  await parts.ledger.lock(tx, owner)
  const before = await locked(parts, tx, owner, now)
  if (before?.now && (await wasToldFirst(tx, owner, before.row.id, plan, told))) return before.now
  if (before?.now) throw conflict(`This customer has the plan ${before.now.plan.name}. Change or cancel it instead.`)
  if (before) await endSubscription(tx, before.row.id, now)
  return begin(parts, tx, owner, plan, await recalled(tx, owner, told), now)
}

/** The first month of a plan that begins now. There is no other one. */
export async function begin(parts: PlanParts, tx: Tx, owner: Owner, plan: Plan, payment: Payment, now: Instant): Promise<Subscription> {
  const id = newId('sub', now, parts.random)
  const { time_zone: zone } = await readCustomer(tx, owner)
  await insertSubscription(tx, owner, id, plan, now)
  const { credits, price_micro, rollover_max } = plan
  const paid = monthPaid(newId('pay', now, parts.random), owner, id, 0, plan, payment, now)
  if (!(await recordPayment(tx, paid))) throw usedPayment()
  await parts.ledger.beginSubscription(tx, owner, { id, anchor: now, zone, credits, cost_micro: price_micro, rollover_max })
  return carried(parts, tx, owner, now)
}

/**
 * Pays a month: the one that has begun and was not paid, or else the next one. Credits come when it begins; a month that nobody paid is never made up.
 * The same payment told again changes nothing. Settle the account before (`Ledger.settle`).
 */
export async function renew(parts: PlanParts, tx: Tx, owner: Owner, told: Payment, now: Instant): Promise<Subscription> {
  const { row, order, now: standing } = await current(parts, tx, owner, now)
  if (await wasPaid(tx, owner, told)) return standing
  const payment = await recalled(tx, owner, told)
  if (standing.plan.price_micro === 0n && standing.next === null)
    throw conflict(`The plan ${standing.plan.name} costs nothing and needs no renewal.`)
  const { number, plan, ahead } = nextMonth(row, order, now)
  if (ahead > 1) throw conflict('The next month is paid already.')
  mustBeSettled(order, now)
  const { credits, price_micro, rollover_max } = plan
  const changed = await parts.ledger.changeSubscription(tx, owner, { id: row.id, credits, cost_micro: price_micro, rollover_max })
  if (!changed) throw busy()
  if (!(await parts.ledger.payCycle(tx, owner, row.id, number))) throw new Error(`month ${number} of ${row.id} was counted as unpaid`)
  const paid = monthPaid(newId('pay', now, parts.random), owner, row.id, number, plan, payment, now)
  if (!(await recordPayment(tx, paid))) throw usedPayment()
  return carried(parts, tx, owner, now)
}

/** A month that was promised is paid, once: the first of a plan for who has none by now, else the next one of the plan that is there. */
export async function payPromised(
  parts: PlanParts,
  owner: Owner,
  plan: Plan,
  payment: Payment & { readonly promised: string },
  now: Instant,
): Promise<void> {
  await parts.ledger.settle(owner, now)
  await transaction(parts.pool, async (tx) => {
    await parts.ledger.lock(tx, owner)
    if (!(await isPending(tx, owner, payment.promised))) return
    const to_pay = await planToPay(parts, tx, owner, now)
    if (to_pay === null) await subscribe(parts, tx, owner, plan, payment, now)
    else if (to_pay.id === plan.id) await renew(parts, tx, owner, payment, now)
    else throw conflict(`It was promised for a month of the plan ${plan.name}; the next one is of the plan ${to_pay.name} by now.`)
  })
}

/** Which plan the next payment of a month is for; null for who has none. */
export async function planToPay(parts: PlanParts, tx: Tx, owner: Owner, now: Instant): Promise<Plan | null> {
  const there = await locked(parts, tx, owner, now)
  return there?.now ? nextMonth(there.row, there.order, now).plan : null
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

/** The subscription as it stands after a change, its daily credits with it. */
export async function carried(parts: PlanParts, tx: Tx, owner: Owner, now: Instant): Promise<Subscription> {
  const { row, order, now: standing } = await current(parts, tx, owner, now)
  await carry(parts, tx, owner, spellsOf(row, order, now))
  return standing
}

/** The customer gets day by day what their plan carries. */
async function carry(parts: PlanParts, tx: Tx, owner: Owner, spells: readonly Spell[]): Promise<void> {
  const { time_zone: zone } = await readCustomer(tx, owner)
  await parts.ledger.carryAllowance(tx, owner, zone, allowanceOf(spells, zone))
}

async function locked(parts: PlanParts, tx: Tx, owner: Owner, now: Instant) {
  const order = await parts.ledger.subscription(owner, tx) // takes the account's lock
  const row = await readCurrent(tx, owner)
  if (row === null) return null
  if (order === null || order.id !== row.id) throw new Error(`subscription ${row.id} has no standing order`)
  return { row, order, now: standing(row, order, now) }
}

/** What there is, behind the account's lock. @throws Problem not_found */
export async function current(parts: PlanParts, tx: Tx, owner: Owner, now: Instant) {
  const found = await locked(parts, tx, owner, now)
  if (found === null || found.now === null) throw noSubscription()
  return { ...found, now: found.now }
}

/** Whether this very payment was told before, and something was given for it. @throws Problem subscription_conflict when it is another customer's */
async function wasPaid(tx: Tx, owner: Owner, { method, reference, promised }: Payment): Promise<boolean> {
  if (reference === null || promised !== undefined) return false
  const before = await findPayment(tx, method, reference)
  if (before !== null && (before.customer !== owner.customer || before.kind !== 'month')) throw usedPayment()
  return before?.state === 'paid'
}

/** Whether this very payment was told before, for the first month of this subscription. */
async function wasToldFirst(tx: Tx, owner: Owner, id: string, plan: Plan, { method, reference, promised }: Payment): Promise<boolean> {
  const before = reference === null || promised !== undefined ? null : await findPayment(tx, method, reference)
  if (before?.customer !== owner.customer || before.state !== 'paid') return false
  return before.subscription === id && before.month === 0 && before.kind === 'month' && before.product.id === plan.id
}

/** A payment that was promised under the same reference is that one. */
async function recalled(tx: Tx, owner: Owner, payment: Payment): Promise<Payment> {
  const { method, reference, promised } = payment
  if (reference === null || promised !== undefined) return payment
  const before = await findPayment(tx, method, reference)
  return before?.state === 'pending' && before.customer === owner.customer ? { ...payment, promised: before.id } : payment
}

export function mustBeSettled(order: Order, now: Instant): void {
  if (cyclesDue(order, now).due.length > 0) throw busy()
}

export function busy(): Problem {
  return problem('overloaded', 'This customer is busy; try again.', { retry_after_s: 1 })
}

export function conflict(message: string): Problem {
  return problem('subscription_conflict', message)
}

export function noSubscription(): Problem {
  return problem('not_found', 'This customer has no subscription.')
}

export function usedPayment(): Problem {
  return problem('subscription_conflict', 'This payment was used for something else.', { param: 'reference' })
}
