import type { Owner } from '../access/owner.ts'
import { usdText } from '../domain/price.ts'
import { problem } from '../domain/problems.ts'
import { ratio } from '../domain/rational.ts'
import { BY_TOP_UP, type CountedPool, poolOf, type Tier, tierAllowing, tierOf } from '../domain/tiers.ts'
import type { Parts } from './parts.ts'

// Usage tiers, of customers to whom the operator assigned one. Which of them it is by money topped up is counted from the ledger each time.

type Wanted = Pick<Parts, 'ledger' | 'world'>

export interface Standing {
  /** Null: none of the ladder fits. */
  readonly tier: Tier | null
  /** Micro-dollars; null where it does not matter, because the operator named the tier. */
  readonly topped_up: bigint | null
}

/** Where a customer stands on the ladder; null for one whom no tier binds. */
export async function standingOf({ ledger, world }: Wanted, owner: Owner): Promise<Standing | null> {
  const { tier: assigned } = owner.gates
  if (assigned === null) return null
  const topped_up = assigned === BY_TOP_UP ? await ledger.toppedUp(owner) : null
  return { tier: tierOf(world.tiers, assigned, topped_up ?? 0n), topped_up }
}

/** The pool that an order is counted in; null for a customer whom no tier binds. @throws Problem not_in_tier when the tier has no such videos */
export async function checkTier(parts: Wanted, owner: Owner, { model }: { readonly model: string }): Promise<CountedPool | null> {
  const standing = await standingOf(parts, owner)
  if (standing === null) return null
  const pool = poolOf(standing.tier, model)
  // A model that nobody serves is in no tier either; its own refusal says more.
  if (pool !== null || !parts.world.routes.some((route) => route.model === model)) return pool
  const { tier, topped_up } = standing
  if (tier === null)
    throw problem('not_in_tier', 'Your usage tier is not configured here. Ask the operator.', { extra: { tier: null, needs: null } })
  const better = tierAllowing(parts.world.tiers, model)
  const would =
    better === null
      ? 'No tier here does.'
      : `${better.name} does: it begins with ${dollars(better.from_micro)} dollars topped up${topped_up === null ? '' : `, and you have topped up ${dollars(topped_up)}`}.`
  throw problem('not_in_tier', `The usage tier ${tier.name} makes no videos with ${model}. ${would}`, {
    param: 'model',
    extra: { tier: tier.id, needs: better?.id ?? null, ...(better === null ? {} : { from_usd: dollars(better.from_micro) }) },
  })
}

/** The same of an order that was taken already: what its pool has left is told with the answer. */
export async function poolOfModel(parts: Wanted, owner: Owner, model: string): Promise<CountedPool | null> {
  const standing = await standingOf(parts, owner)
  return standing === null ? null : poolOf(standing.tier, model)
}

/** Micro-dollars as decimal text. */
export function dollars(micro: bigint): string {
  return usdText(ratio(micro, 1_000_000n))
}
