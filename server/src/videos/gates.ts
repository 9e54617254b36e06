import type { Owner } from '../access/owner.ts'
import { guardrailsOf, outsideGuardrails } from '../domain/guardrails.ts'
import type { Asked, Plan } from '../domain/plans.ts'
import { problem } from '../domain/problems.ts'
import type { CountedPool } from '../domain/tiers.ts'
import type { Instant } from '../domain/time.ts'
import type { Parts } from './parts.ts'
import { checkPlan } from './plan.ts'
import { checkTier } from './tiers.ts'

/** What binds an order that is allowed. */
export interface Allowed {
  readonly plan: Plan | null
  readonly pool: CountedPool | null
}

/**
 * Whether a customer may order this at all: by the operator's guardrails, their usage tier and their plan, in this order and before any price.
 * Who was assigned none of them has no gate.
 * @throws Problem outside_guardrails, not_in_tier, not_in_plan
 */
export async function checkGates(
  parts: Pick<Parts, 'pool' | 'ledger' | 'world'>,
  owner: Owner,
  asked: Asked,
  now: Instant,
): Promise<Allowed> {
  checkGuardrails(parts, owner, asked)
  const pool = await checkTier(parts, owner, asked)
  return { plan: await checkPlan(parts, owner, asked, now), pool }
}

function checkGuardrails({ world }: Pick<Parts, 'world'>, owner: Owner, asked: Asked): void {
  const guardrails = guardrailsOf(owner.gates.guardrails, world.guardrails)
  const outside = guardrails === null ? null : outsideGuardrails(guardrails, asked)
  if (outside !== null) throw problem('outside_guardrails', outside.says, { param: outside.field, extra: { ...outside.allowed } })
}
