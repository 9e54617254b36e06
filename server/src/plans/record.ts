import type { Owner } from '../access/owner.ts'
import type { Tx } from '../db/pool.ts'
import type { Pack, Plan } from '../domain/plans.ts'
import type { Instant } from '../domain/time.ts'
import type { Payment } from './payment.ts'
import { insertPayment, type NewPayment, settlePayment } from './payment-queries.ts'
import { storedPack, storedPlan } from './queries.ts'

/** A payment that is there, new or promised before. */
export interface Paid extends NewPayment {
  readonly state: 'paid'
  /** The row of its promise; null: it is told for the first time. */
  readonly promised: string | null
}

/** False when it was used before, when its month is paid, or when it was promised for something else. */
export function recordPayment(tx: Tx, { promised, ...paid }: Paid): Promise<boolean> {
  if (promised === null) return insertPayment(tx, paid)
  const { customer, product, subscription, month, at_ms: at } = paid
  return settlePayment(tx, promised, { customer, product: product.id, subscription, month, at })
}

export function monthPaid(id: string, owner: Owner, subscription: string, month: number, plan: Plan, payment: Payment, now: Instant): Paid {
  const { price_micro: amount_micro } = plan
  return { ...paidBy(id, owner, payment, now), kind: 'month', subscription, month, product: storedPlan(plan), amount_micro, grant_op: null }
}

/** What is owed for the rest of a month on a dearer plan. */
export function upgradePaid(
  id: string,
  owner: Owner,
  subscription: string,
  upgrade: { readonly month: number; readonly plan: Plan; readonly amount_micro: bigint; readonly grant_op: string | null },
  payment: Payment,
  now: Instant,
): Paid {
  const { month, plan, amount_micro, grant_op } = upgrade
  return { ...paidBy(id, owner, payment, now), kind: 'upgrade', subscription, month, product: storedPlan(plan), amount_micro, grant_op }
}

export function packPaid(id: string, owner: Owner, pack: Pack, grant_op: string, payment: Payment, now: Instant): Paid {
  const rest = { subscription: null, month: null, product: storedPack(pack), amount_micro: pack.price_micro, grant_op }
  return { ...paidBy(id, owner, payment, now), kind: 'pack', ...rest }
}

function paidBy(id: string, { customer }: Owner, { method, reference, promised }: Payment, now: Instant) {
  return { id, customer, state: 'paid' as const, method, reference, promised: promised ?? null, at_ms: now }
}
