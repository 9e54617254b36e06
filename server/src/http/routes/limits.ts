import { z } from 'zod'
import { creditsToJson } from '../../domain/credits.ts'
import { guardrailsOf } from '../../domain/guardrails.ts'
import { limitsOf } from '../../domain/limits.ts'
import { nextTier, poolsOf, type Tier } from '../../domain/tiers.ts'
import { unixSeconds } from '../../domain/time.ts'
import { standingBudgets } from '../../videos/budget.ts'
import { countPool } from '../../videos/limits.ts'
import { dollars, standingOf } from '../../videos/tiers.ts'
import { credits_shown } from '../fields.ts'
import { list, listOf } from '../page.ts'
import { route } from '../route.ts'
import { guardrails_shown, guardrailsObject } from './customer.ts'

const most = z.int().nullable()
const pool_shown = z.object({
  name: z.string(),
  models: z.array(z.string()).nullable().meta({ description: 'Null: all.' }),
  creates_per_minute: most,
  open_videos: most,
})
const tier_object = z
  .object({
    object: z.literal('tier'),
    id: z.string(),
    name: z.string(),
    from_usd: z.string().meta({ description: 'Who has topped up so much is in it.' }),
    pools: z
      .array(pool_shown)
      .meta({ description: 'Kinds of videos, each counted for itself; a model that is in none is not for this tier.' }),
    reads_per_minute: most,
    since: z.string(),
    source: z.string(),
  })
  .meta({ id: 'Tier' })

function tierObject({ from_micro, pools, ...rest }: Tier): z.input<typeof tier_object> {
  const shown = pools.map(({ models, ...pool }) => ({ ...pool, models: models === null ? null : [...models] }))
  return { object: 'tier', ...rest, from_usd: dollars(from_micro), pools: shown }
}

export const tiersList = route({
  method: 'GET',
  path: '/v1/tiers',
  operation_id: 'listTiers',
  summary: 'The usage tiers: from which top-up on, and what each may order.',
  tag: 'Catalogue',
  caller: 'any',
  response: listOf(tier_object),
  handler: ({ services }) => list(services.world.tiers.map(tierObject), false),
})

const limits_object = z
  .object({
    object: z.literal('limits'),
    tier: z
      .object({
        id: z.string().nullable().meta({ description: 'Null: no tier fits.' }),
        name: z.string().nullable(),
        topped_up_usd: z.string().nullable().meta({ description: 'Null: the operator named the tier.' }),
        next: z.object({ id: z.string(), from_usd: z.string(), missing_usd: z.string() }).nullable(),
      })
      .nullable()
      .meta({ description: 'Null: no tier binds.' }),
    pools: z
      .array(
        pool_shown.extend({
          made_last_minute: z.int(),
          open: z.int(),
        }),
      )
      .meta({ description: 'What limits orders, and how much of it is used: `all` are all videos, the others the pools of the tier.' }),
    reads_per_minute: most,
    budgets: z
      .array(
        z.object({
          budget: z.enum(['day', 'month', 'total']),
          limit: credits_shown,
          used: credits_shown.meta({ description: 'Held and spent.' }),
          remaining: credits_shown,
          resets_at: z.int().nullable(),
        }),
      )
      .meta({ description: 'Of the key that asks.' }),
    guardrails: guardrails_shown.omit({ price_floor: true }).nullable(),
  })
  .meta({ id: 'Limits' })

export const limitsRead = route({
  method: 'GET',
  path: '/v1/limits',
  operation_id: 'readLimits',
  summary: 'What you may order, and how much of it is used: tier, pools, budgets of this key, guardrails.',
  tag: 'Customers',
  caller: 'customer',
  response: limits_object,
  async handler({ services, owner, now }) {
    const { world, videos } = services
    const own = limitsOf(owner.limits, world.limits)
    const [standing, budgets] = await Promise.all([standingOf(videos, owner), standingBudgets(videos, owner, now)])
    const tier = standing?.tier ?? null
    const all = { name: 'all', models: null, but: [], creates_per_minute: own.creates_per_minute, open_videos: own.open_videos }
    const is_limited = own.creates_per_minute !== null || own.open_videos !== null
    const pools = [...(is_limited ? [all] : []), ...poolsOf(tier)]
    const reads = [own.reads_per_minute, tier?.reads_per_minute ?? null].filter((one) => one !== null)
    const guardrails = guardrailsOf(owner.gates.guardrails, world.guardrails)
    return {
      object: 'limits' as const,
      tier: standing === null ? null : { id: tier?.id ?? null, name: tier?.name ?? null, ...ladder(world.tiers, standing.topped_up) },
      pools: await Promise.all(
        pools.map(async (pool) => {
          const { made, open } = await countPool(videos, owner, pool, now)
          const { but: _, ...shown } = pool
          return { ...shown, models: pool.models === null ? null : [...pool.models], made_last_minute: made, open }
        }),
      ),
      reads_per_minute: reads.length === 0 ? null : Math.min(...reads),
      budgets: budgets.map(({ budget, limit, used, span }) => ({
        budget,
        limit,
        used: creditsToJson(used),
        remaining: Math.max(0, limit - creditsToJson(used)),
        resets_at: span.ends === null ? null : unixSeconds(span.ends),
      })),
      guardrails: guardrails === null ? null : withoutFloor(guardrailsObject(guardrails)),
    }
  },
})

/** Of one whose tier is found by top-up: how far the next one is. */
function ladder(tiers: readonly Tier[], topped_up: bigint | null) {
  const next = topped_up === null ? null : nextTier(tiers, topped_up)
  return {
    topped_up_usd: topped_up === null ? null : dollars(topped_up),
    next:
      next === null || topped_up === null
        ? null
        : { id: next.id, from_usd: dollars(next.from_micro), missing_usd: dollars(next.from_micro - topped_up) },
  }
}

/** What a price has at least is between the operator and their costs. */
function withoutFloor({ price_floor: _, ...rest }: z.input<typeof guardrails_shown>) {
  return rest
}
