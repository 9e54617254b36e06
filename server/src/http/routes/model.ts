import { z } from 'zod'
import { CAUSES } from '../../domain/breaker.ts'

const offer = {
  durations: z.array(z.int()).meta({ description: 'Whole seconds.' }),
  sizes: z.array(z.string()),
  prices: z.array(
    z.object({
      size: z.string(),
      durations: z.array(z.int()),
      unit: z.enum(['second', 'video']),
      usd: z.string(),
      credits: z.string(),
      complexity: z.enum(['standard', 'complex', 'very_complex']).optional(),
    }),
  ),
}

export const model_object = z
  .object({
    id: z.string(),
    object: z.literal('model'),
    created: z.int(),
    owned_by: z.string(),
    filmgate: z.object({ ...offer, demo: z.literal(true).optional() }),
  })
  .meta({ id: 'Model' })

const source = z.object({ name: z.string(), url: z.string().optional(), read_on: z.string() })

export const route_object = z
  .object({
    object: z.literal('route'),
    id: z.string(),
    name: z.string(),
    provider: z.string(),
    model: z.string(),
    provider_model: z.string(),
    regions: z.array(z.string()),
    ...offer,
    rate_card: z.object({ id: z.string(), version: z.int(), effective_on: z.string(), source }).nullable(),
    demo: z.literal(true).optional(),
    breaker: z
      .object({
        state: z.enum(['closed', 'open', 'half_open']),
        of: z.string(),
        cause: z.enum(CAUSES),
        failures: z.int(),
        since: z.int().nullable(),
        retry_at: z.int().nullable(),
      })
      .nullable()
      .optional()
      .meta({ description: 'Only for operators: the trouble that its account, or it alone, is in; null when there is none.' }),
  })
  .meta({ id: 'Route' })

export const rate_card_object = z
  .looseObject({
    object: z.literal('rate_card'),
    id: z.string(),
    kind: z.enum(['rates', 'plans']),
    version: z.int(),
    title: z.string(),
    effective_on: z.string(),
    currency: z.enum(['usd', 'credits']),
    source,
  })
  .meta({ id: 'RateCard' })
