import type { Owner } from '../access/owner.ts'
import type { Plan } from '../domain/plans.ts'
import { cycleAt, forTheRest } from '../domain/subscription.ts'
import type { Instant } from '../domain/time.ts'
import { type PlanParts, readSubscription } from './subscriptions.ts'

/**
 * What each plan would bring this customer at once: taken out, changed to, or renewed. Null for one that would bring nothing now, because it is no dearer
 * than the plan that is there, or because the next month is paid already. The rules are those of `subscribe`, `changePlan` and `renew`.
 */
export async function takingBrings(
  parts: Pick<PlanParts, 'pool' | 'ledger'>,
  owner: Owner,
  now: Instant,
): Promise<{ readonly plan: Plan | null; readonly brings: (plan: Plan) => bigint | null }> {
  const [there, order] = await Promise.all([readSubscription(parts, owner, now), parts.ledger.subscription(owner)])
  if (there === null || order === null) return { plan: null, brings: ({ credits }) => credits }
  const { plan: from, status } = there
  const month = cycleAt(order, now)
  return {
    plan: from,
    brings(plan) {
      if (status === 'past_due') return plan.id === from.id ? from.credits : null
      if (order.pending.length > 0 || plan.price_micro <= from.price_micro) return null
      if (from.price_micro === 0n) return plan.credits
      return plan.credits > from.credits ? forTheRest(plan.credits - from.credits, month, now) : null
    },
  }
}
