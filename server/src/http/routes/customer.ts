import { z } from 'zod'
import type { Owner } from '../../access/authenticate.ts'
import { type Operator, reach } from '../../access/authenticate.ts'
import type { Customer } from '../../access/customers.ts'
import type { Key } from '../../access/keys.ts'
import { limitsSchema } from '../../domain/limits.ts'
import { problem } from '../../domain/problems.ts'
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

export const customer_object = z
  .object({
    object: z.literal('customer'),
    id: z.string(),
    name: z.string(),
    time_zone: z.string().meta({ description: 'IANA name: where a daily allowance begins its day.' }),
    rate_card: z.string().nullable().meta({ description: 'Null: the default card.' }),
    limits: limits_shown.nullable().meta({ description: 'Null: those that the configuration has for everybody, if any.' }),
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
  metadata,
  created_ms,
}: Customer): z.input<typeof customer_object> {
  return { object: 'customer', id, name, time_zone, rate_card, limits, metadata: { ...metadata }, created_at: unixSeconds(created_ms) }
}

export const key_object = z
  .object({
    object: z.literal('key'),
    id: z.string(),
    name: z.string(),
    prefix: z.string().meta({ description: 'How the key begins.' }),
    last_four: z.string(),
    created_at: z.int(),
    revoked_at: z.int().nullable(),
  })
  .meta({ id: 'Key' })

export function keyObject({ id, name, prefix, last_four, created_ms, revoked_ms }: Key): z.input<typeof key_object> {
  const revoked_at = revoked_ms === null ? null : unixSeconds(revoked_ms)
  return { object: 'key', id, name, prefix, last_four, created_at: unixSeconds(created_ms), revoked_at }
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
