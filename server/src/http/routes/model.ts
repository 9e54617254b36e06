import { z } from 'zod'

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
    latency: z
      .array(
        z.object({
          seconds: z.int(),
          size: z.string(),
          samples: z.int(),
          low_s: z.int(),
          high_s: z.int(),
          queue_s: z.number().nullable(),
          render_s: z.number().nullable(),
          fetch_s: z.number().nullable(),
        }),
      )
      .meta({
        description:
          'As seen here in the last seven days, by kind of order: half came before `low_s`, one in ten after `high_s`, from the order to the clip. Quotes use it from twenty samples on. ' +
          'The parts are medians, where the provider lets us see them.',
      }),
    success_percent: z.number().nullable().meta({ description: 'Share of the attempts that delivered; null with too few.' }),
    demo: z.literal(true).optional(),
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
