import { readCustomer } from '../access/customers.ts'
import { newId } from '../access/id.ts'
import { claim, type IdempotencyRow, idempotencyRider } from '../access/idempotency.ts'
import type { Owner } from '../access/owner.ts'
import { type Tx, transaction } from '../db/pool.ts'
import { allowanceOf } from '../domain/plan-allowance.ts'
import type { Plan } from '../domain/plans.ts'
import { problem } from '../domain/problems.ts'
import { cycleAt, forTheRest } from '../domain/subscription.ts'
import type { Instant } from '../domain/time.ts'
import type { Payment } from './payment.ts'
import { findPayment } from './payment-queries.ts'
import { endSubscription, setNextPlan } from './queries.ts'
import { recordPayment, upgradePaid } from './record.ts'
import { carryRider, payRider, replaceNow, upgradeRider } from './riders.ts'
import { type Subscription, spellsOf } from './standing.ts'
import { begin, carried, conflict, current, mustBeSettled, type PlanParts, readSubscription, usedPayment } from './subscriptions.ts'

const USUAL_PRIORITY = 50

/**
 * Changes the plan. To a dearer one at once, for what is left of the month of the difference in price (rounded up; a payment of its own) and in credits
 * (rounded down). To a cheaper one when what is paid is over; back to the one that is there takes that back. Asked again it changes nothing more.
 * @param key bound in the same transaction: a repeat that comes after another change would take that one back
 * @throws Problem subscription_conflict, overloaded
 */
export async function changePlan(
  parts: PlanParts,
  owner: Owner,
  plan: Plan,
  payment: Payment,
  key: IdempotencyRow | null,
  now: Instant,
): Promise<Subscription> {
  await parts.ledger.settle(owner, now)
  const change = await transaction(parts.pool, async (tx) => {
    const begun = await beginChange(parts, tx, owner, plan, payment, now)
    if ('status' in begun && key !== null && (await claim(tx, key)) === 'taken')
      throw problem('overloaded', 'A request with the same Idempotency-Key is under way; try again.', { retry_after_s: 1 })
    return begun
  })
  if ('status' in change) return change
  const { operation, riders } = change
  await parts.ledger.commit(operation, [...(key === null ? [] : [idempotencyRider(key)]), ...riders])
  // Whoever was faster may have made the same change.
  const changed = await readSubscription(parts, owner, now)
  if (changed?.plan.id === plan.id) return changed
  throw problem('overloaded', 'Another change of this subscription was faster; try again.', { retry_after_s: 1 })
}

async function beginChange(parts: PlanParts, tx: Tx, owner: Owner, plan: Plan, payment: Payment, now: Instant) {
  const { row, order, now: from } = await current(parts, tx, owner, now)
  if (await wasToldFor(tx, owner, plan, payment)) return from
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
  const amount_micro = forTheRest(dearer, month, now, 'up')
  const replacement = { id: row.id, was: row.plan.id, plan }
  const op = parts.uuid()
  const upgrade = { month: month.number, plan, amount_micro, grant_op: more === 0n ? null : op }
  const paid = upgradePaid(newId('pay', now, parts.random), owner, row.id, upgrade, payment, now)
  if (more === 0n) {
    await replaceNow(tx, owner.account, replacement)
    if (!(await recordPayment(tx, paid))) throw usedPayment()
    return carried(parts, tx, owner, now)
  }
  const operation = {
    kind: 'grant' as const,
    op,
    account: owner.account,
    credits: more,
    grant_kind: 'subscription' as const,
    priority: USUAL_PRIORITY,
    expires_at: month.ends,
    models: null,
    cost_micro: amount_micro,
    period_key: `${row.id}:${month.number}:to:${plan.id}`,
    reason: `${from.plan.name} to ${plan.name}`,
  }
  const { time_zone: zone } = await readCustomer(tx, owner)
  const policy = allowanceOf(spellsOf({ ...row, plan, next_plan: null, next_from_ms: null }, order, now), zone)
  return { operation, riders: [upgradeRider(owner.account, replacement), payRider(paid), carryRider(owner.account, { zone, policy })] }
}

/** Whether this payment was told before, for this very change. @throws Problem subscription_conflict when it was for something else */
async function wasToldFor(tx: Tx, owner: Owner, plan: Plan, { method, reference }: Payment): Promise<boolean> {
  const before = reference === null ? null : await findPayment(tx, method, reference)
  if (before === null) return false
  if (before.customer !== owner.customer || before.state !== 'paid' || before.product.id !== plan.id) throw usedPayment()
  return true
}
