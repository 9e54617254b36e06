import { newId } from '../access/id.ts'
import type { Operator, Owner } from '../access/owner.ts'
import type { Sql, Tx } from '../db/pool.ts'
import type { Pack, Plan } from '../domain/plans.ts'
import { problem } from '../domain/problems.ts'
import type { Instant } from '../domain/time.ts'
import { buyPack } from './packs.ts'
import type { Payment } from './payment.ts'
import { failPayment, findPayment, insertPayment, type PaymentRow, selectPayment } from './payment-queries.ts'
import { parsePack, parsePlan, storedPack, storedPlan } from './queries.ts'
import { conflict, type PlanParts, payPromised, planToPay, usedPayment } from './subscriptions.ts'

// Payments that are promised and not there yet: what they pay for is seen, and cannot be used until they are confirmed.

/** What is to be paid: a month of a plan (for who has none its first), or a pack. */
export type Wanted = { readonly kind: 'month'; readonly plan: Plan } | { readonly kind: 'pack'; readonly pack: Pack }

/** Notes a payment that is on its way, and answers its id. Told again by its reference it is the same. @throws Problem subscription_conflict */
export async function promise(
  parts: PlanParts,
  tx: Tx,
  owner: Owner,
  wanted: Wanted,
  { method, reference }: Payment,
  now: Instant,
): Promise<string> {
  await parts.ledger.lock(tx, owner)
  const { product, amount_micro, grant_op } = priced(parts, wanted)
  const before = reference === null ? null : await findPayment(tx, method, reference)
  if (before !== null) {
    if (before.customer !== owner.customer || before.kind !== wanted.kind || before.product.id !== product.id) throw usedPayment()
    return before.id
  }
  if (wanted.kind === 'month') await mustBeDue(parts, tx, owner, wanted.plan, now)
  const row = { id: newId('pay', now, parts.random), customer: owner.customer, kind: wanted.kind, state: 'pending' as const }
  const promised = { ...row, subscription: null, month: null, product, amount_micro, method, reference, grant_op, at_ms: now }
  if (!(await insertPayment(tx, promised))) throw usedPayment()
  return row.id
}

function priced({ uuid }: PlanParts, wanted: Wanted) {
  if (wanted.kind === 'pack') return { product: storedPack(wanted.pack), amount_micro: wanted.pack.price_micro, grant_op: uuid() }
  return { product: storedPlan(wanted.plan), amount_micro: wanted.plan.price_micro, grant_op: null }
}

async function mustBeDue(parts: PlanParts, tx: Tx, owner: Owner, plan: Plan, now: Instant): Promise<void> {
  const there = await planToPay(parts, tx, owner, now)
  if (plan.price_micro === 0n) throw conflict(`The plan ${plan.name} costs nothing.`)
  if (there !== null && there.id !== plan.id)
    throw conflict(`The next month of this customer is one of the plan ${there.name}. Change the plan first.`)
}

/** The payment is there: what it pays for is given, once. @throws Problem subscription_conflict when that is not to be had any more */
export async function confirm(parts: PlanParts, operator: Operator, owner: Owner, id: string, now: Instant): Promise<PaymentRow> {
  const before = await known(parts, operator, id)
  if (before.state === 'pending') await give(parts, owner, before, now)
  const after = await known(parts, operator, id)
  if (after.state === 'paid') return after
  if (after.state === 'failed') throw conflict('This payment has failed. A new try is a new payment.')
  throw problem('overloaded', 'This customer is busy; try again.', { retry_after_s: 1 })
}

async function give(
  parts: PlanParts,
  owner: Owner,
  { id, kind, method, reference, product, grant_op }: PaymentRow,
  now: Instant,
): Promise<void> {
  const told = { method, reference, promised: id }
  if (kind !== 'pack') return payPromised(parts, owner, parsePlan(product), told, now)
  if (grant_op === null) throw new Error(`payment ${id} names no grant`)
  const { operation, rider } = await buyPack(parts, owner, parsePack(product), told, grant_op, now)
  const { outcome } = await parts.ledger.commit(operation, [rider])
  if (outcome === 'too_large') throw problem('invalid_value', 'This customer can hold no more credits.')
}

/**
 * The grant that this very payment gave before; null when it is told for the first time. One that was promised is confirmed by it.
 * @throws Problem subscription_conflict when it was for something else
 */
export async function toldPack(
  parts: PlanParts,
  operator: Operator,
  owner: Owner,
  pack: Pack,
  { method, reference }: Payment,
  now: Instant,
): Promise<string | null> {
  const before = reference === null ? null : await findPayment(parts.pool, method, reference)
  if (before === null) return null
  if (before.customer !== owner.customer || before.kind !== 'pack' || before.product.id !== pack.id) throw usedPayment()
  return (await confirm(parts, operator, owner, before.id, now)).grant_op
}

/** The payment will never be there. @throws Problem subscription_conflict when it was confirmed */
export async function fail(parts: Pick<PlanParts, 'pool'>, operator: Operator, id: string, now: Instant): Promise<PaymentRow> {
  await failPayment(parts.pool, operator, id, now)
  const payment = await known(parts, operator, id)
  if (payment.state === 'failed') return payment
  throw conflict('This payment was confirmed, and what it pays for was given.')
}

export async function known({ pool }: { readonly pool: Sql }, operator: Operator, id: string): Promise<PaymentRow> {
  const payment = await selectPayment(pool, operator, id)
  if (payment === null) throw problem('not_found', 'There is no payment of this id.', { param: 'id' })
  return payment
}
