import { z } from 'zod'
import type { Owner } from '../../access/authenticate.ts'
import { type Operator, reach } from '../../access/authenticate.ts'
import type { Customer } from '../../access/customers.ts'
import type { Key } from '../../access/keys.ts'
import { budgetSchema } from '../../domain/budgets.ts'
import { type Guardrails, guardrailsSchema, unservedModel } from '../../domain/guardrails.ts'
import { limitsSchema } from '../../domain/limits.ts'
import { problem } from '../../domain/problems.ts'
import { BY_TOP_UP } from '../../domain/tiers.ts'
import { unixSeconds } from '../../domain/time.ts'
import { id_field } from '../fields.ts'
import type { Services } from '../services.ts'

const most = z.int().nullable()
const limits_shown = z.object({ creates_per_minute: most, open_videos: most, reads_per_minute: most })

/** Replaces all three; null goes back to those of everybody, and `{}` is no limit at all. */
export const limits_field = limitsSchema.nullable().meta({
  description:
    'What this customer may ask for, instead of what the configuration says for everybody; `{}` limits nothing, null goes back to that.',
})

export const tier_field = z.string().max(100).nullable().meta({
  description: '`by_top_up`: the usage tier that the money topped up comes to; or the id of one. Null: no tier binds this customer.',
})

/** Replaces all of them; null goes back to those of everybody. */
export const guardrails_field = guardrailsSchema.nullable().meta({
  description:
    'What this customer may order, instead of what the configuration says for everybody; `{}` is whatever is sold, null goes back to that.',
})

export const guardrails_shown = z.object({
  models: z.array(z.string()).nullable(),
  seconds: z.array(z.int()).nullable(),
  sizes: z.array(z.string()).nullable(),
  price_floor: z.object({ credits: most, percent_of_cost: most }).nullable(),
  default_model: z.string().nullable(),
  default_size: z.string().nullable(),
})

export function guardrailsObject({ models, seconds, sizes, ...rest }: Guardrails): z.input<typeof guardrails_shown> {
  const copied = <T>(list: readonly T[] | null) => (list === null ? null : [...list])
  return { models: copied(models), seconds: copied(seconds), sizes: copied(sizes), ...rest }
}

export const customer_object = z
  .object({
    object: z.literal('customer'),
    id: z.string(),
    name: z.string(),
    time_zone: z.string().meta({ description: 'IANA name: where a daily allowance begins its day.' }),
    rate_card: z.string().nullable().meta({ description: 'Null: the default card.' }),
    limits: limits_shown.nullable().meta({ description: 'Null: those that the configuration has for everybody, if any.' }),
    tier: z.string().nullable().meta({ description: '`by_top_up`, or the id of a usage tier; null: none binds.' }),
    guardrails: guardrails_shown.nullable().meta({ description: 'Null: those that the configuration has for everybody, if any.' }),
    metadata: z.record(z.string(), z.string()),
    created_at: z.int(),
  })
  .meta({ id: 'Customer' })

export function customerObject({
  id,
  name,
  time_zone,
  rate_card,
  limits,
  tier,
  guardrails,
  metadata,
  created_ms,
}: Customer): z.input<typeof customer_object> {
  return {
    object: 'customer',
    id,
    name,
    time_zone,
    rate_card,
    limits,
    tier,
    guardrails: guardrails === null ? null : guardrailsObject(guardrails),
    metadata: { ...metadata },
    created_at: unixSeconds(created_ms),
  }
}

const budget_shown = z.object({ day: most, month: most, total: most })

/** Replaces all three; null takes the budget away. */
export const budget_field = budgetSchema.nullable().meta({
  description: 'Credits that this key may spend a day, a month and ever: counted over what is ordered with it from when it has a budget.',
})

export const key_object = z
  .object({
    object: z.literal('key'),
    id: z.string(),
    name: z.string(),
    prefix: z.string().meta({ description: 'How the key begins.' }),
    last_four: z.string(),
    budget: budget_shown.nullable().meta({ description: 'Null: it may spend all that its customer has.' }),
    created_at: z.int(),
    revoked_at: z.int().nullable(),
  })
  .meta({ id: 'Key' })

export function keyObject({ id, name, prefix, last_four, budget, created_ms, revoked_ms }: Key): z.input<typeof key_object> {
  const revoked_at = revoked_ms === null ? null : unixSeconds(revoked_ms)
  return { object: 'key', id, name, prefix, last_four, budget, created_at: unixSeconds(created_ms), revoked_at }
}

export const customer_path = z.object({ id: id_field.meta({ description: "The customer's id." }) })

/** The customer that an operator names. @throws Problem not_found */
export async function named(services: Services, operator: Operator, id: string, param = 'id'): Promise<Owner> {
  const owner = await reach(services.pool, operator, id)
  if (owner === null) throw problem('not_found', 'There is no customer of this id.', { param })
  return owner
}

/** @throws Problem invalid_value when no customer can be priced by this card. */
export function checkRateCard(services: Services, id: string | null | undefined): void {
  if (id === null || id === undefined) return
  const card = services.world.cards.get(id)
  if (card?.kind === 'rates') return
  const why = card
    ? `\`rate_card\` ${id} lists a competitor's subscriptions; it has no prices for videos.`
    : `There is no rate card ${JSON.stringify(id)}.`
  const known = [...services.world.cards.values()].filter(({ kind }) => kind === 'rates').map((one) => one.id)
  throw problem('invalid_value', `${why} Known are ${known.join(', ')}.`, { param: 'rate_card' })
}

/** @throws Problem invalid_value for a tier that there is not */
export function checkTierName({ world }: Services, tier: string | null | undefined): void {
  if (tier === null || tier === undefined || tier === BY_TOP_UP || world.tiers.some(({ id }) => id === tier)) return
  const known = [BY_TOP_UP, ...world.tiers.map(({ id }) => id)]
  throw problem('invalid_value', `There is no such usage tier. Known are ${known.join(', ')}.`, { param: 'tier' })
}

/** @throws Problem invalid_value for guardrails that let nothing through */
export function checkGuardrailModels({ world }: Services, guardrails: Guardrails | null | undefined): void {
  if (guardrails == null) return
  const served = new Set(world.routes.map(({ model }) => model))
  const wrong = unservedModel(guardrails, served)
  if (wrong === null) return
  const what = wrong === 'models' ? 'None of these models is served here' : 'This model is not served here'
  throw problem('invalid_value', `${what}. There is ${[...served].join(', ')}.`, { param: `guardrails.${wrong}` })
}
