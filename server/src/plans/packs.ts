import { readCustomer } from '../access/customers.ts'
import { newId } from '../access/id.ts'
import type { Owner } from '../access/owner.ts'
import { monthsAfter } from '../domain/calendar.ts'
import type { Pack } from '../domain/plans.ts'
import type { Instant } from '../domain/time.ts'
import type { Operation, Rider } from '../ledger/operation.ts'
import type { Payment } from './payment.ts'
import { packPaid } from './record.ts'
import { payRider } from './riders.ts'
import type { PlanParts } from './subscriptions.ts'

const USUAL_PRIORITY = 50

/** A pack that was paid: its credits, until its months have gone by in the customer's zone, and the payment beside them in one transaction. */
export async function buyPack(
  parts: Pick<PlanParts, 'pool' | 'random'>,
  owner: Owner,
  pack: Pack,
  payment: Payment,
  op: string,
  now: Instant,
): Promise<{ readonly operation: Operation; readonly rider: Rider }> {
  const { time_zone } = await readCustomer(parts.pool, owner)
  return {
    operation: {
      kind: 'grant',
      op,
      account: owner.account,
      credits: pack.credits,
      grant_kind: 'pack',
      priority: USUAL_PRIORITY,
      expires_at: monthsAfter(now, pack.months, time_zone),
      models: null,
      cost_micro: pack.price_micro,
      period_key: op,
      reason: pack.name,
    },
    rider: payRider(packPaid(newId('pay', now, parts.random), owner, pack, op, payment, now)),
  }
}
