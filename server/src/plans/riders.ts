import { z } from 'zod'
import type { Tx } from '../db/pool.ts'
import type { AllowancePolicy } from '../domain/allowance.ts'
import type { Plan } from '../domain/plans.ts'
import { carryAllowance } from '../ledger/allowance-queries.ts'
import type { AccountId, OpId, Rider } from '../ledger/operation.ts'
import type { RiderRegistry } from '../ledger/riders.ts'
import { subscriptionOrders } from '../ledger/subscription.ts'
import { parsePlan, replacePlan, storedPlan } from './queries.ts'
import { type Paid, recordPayment } from './record.ts'

const KIND = 'plans.upgrade'

interface Replacement {
  readonly id: string
  /** The plan that it replaces: a guard. */
  readonly was: string
  readonly plan: Plan
}

const upgrade_row = z.object({ account: z.string().transform(BigInt), id: z.string(), was: z.string(), plan: z.unknown() })

/** Puts a subscription on another plan in the transaction that gives the credits of the difference. */
export function upgradeRider(account: AccountId, { id, was, plan }: Replacement): Rider {
  return { kind: KIND, row: { account: String(account), id, was, plan: storedPlan(plan) } }
}

const CARRY = 'plans.carry'
const carry_row = z.object({
  account: z.string().transform(BigInt),
  zone: z.string(),
  policy: z.array(z.object({ from: z.string(), credits: z.string().transform(BigInt) })),
})

/** The daily credits of the plan, from then on. */
export function carryRider(account: AccountId, { zone, policy }: { readonly zone: string; readonly policy: AllowancePolicy }): Rider {
  const steps = policy.map(({ from, credits }) => ({ from, credits: String(credits) }))
  return { kind: CARRY, row: { account: String(account), zone, policy: steps } }
}

const PAY = 'plans.pay'
const pay_row = z.object({
  id: z.string(),
  customer: z.string(),
  kind: z.enum(['month', 'upgrade', 'pack']),
  state: z.literal('paid'),
  subscription: z.string().nullable(),
  month: z.int().nullable(),
  product: z.looseObject({ id: z.string() }),
  amount_micro: z.string().transform(BigInt),
  method: z.string(),
  reference: z.string().nullable(),
  grant_op: z.string().nullable(),
  at_ms: z.number(),
  promised: z.string().nullable(),
})

/** The payment of what the operation gives. It fails when the payment was used before. */
export function payRider({ amount_micro, ...paid }: Paid): Rider {
  return { kind: PAY, row: { ...paid, amount_micro: String(amount_micro) } }
}

export function registerPlanRiders(registry: RiderRegistry): void {
  registry.register({
    kind: KIND,
    stage: 'row',
    // One by one: nobody upgrades by the thousand.
    async run(tx, rows) {
      const passed = new Set<OpId>()
      for (const { op, row } of rows) {
        const { account, id, was, plan } = upgrade_row.parse(row)
        if (await replaceNow(tx, account, { id, was, plan: parsePlan(plan) })) passed.add(op)
      }
      return passed
    },
  })
  registry.register({
    kind: PAY,
    stage: 'row',
    async run(tx, rows) {
      const passed = new Set<OpId>()
      for (const { op, row } of rows) if (await recordPayment(tx, pay_row.parse(row))) passed.add(op)
      return passed
    },
  })
  registry.register({
    kind: CARRY,
    // After the account was written, which says when it looks at its standing orders: as it was decided, without this one.
    stage: 'job',
    async run(tx, rows) {
      for (const { row } of rows) {
        const { account, zone, policy } = carry_row.parse(row)
        await carryAllowance(tx, account, zone, policy)
      }
      return new Set(rows.map(({ op }) => op))
    },
  })
}

/** The plan, and what its months give from the next one on. False when somebody else changed it before, or paid ahead. */
export async function replaceNow(tx: Tx, account: AccountId, { id, was, plan }: Replacement): Promise<boolean> {
  const { credits, price_micro, rollover_max } = plan
  if (!(await replacePlan(tx, id, was, plan))) return false
  return subscriptionOrders.change(tx, account, { id, credits, cost_micro: price_micro, rollover_max })
}
