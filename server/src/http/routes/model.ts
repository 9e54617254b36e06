import { z } from 'zod'
import { CAUSES } from '../../domain/breaker.ts'
import { BAD_ENDINGS } from '../../domain/provider-cost.ts'

const source = z.object({ name: z.string(), url: z.string().optional(), read_on: z.string() })

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

export const route_object = z
  .object({
    object: z.literal('route'),
    id: z.string(),
    name: z.string(),
    provider: z.string(),
    model: z.string(),
    provider_model: z.string(),
    regions: z.array(z.string()),
    availability: z
      .object({ state: z.enum(['active', 'ending', 'ended']), on: z.string().optional(), replacement: z.string().nullable().optional() })
      .meta({ description: 'Whether the model that runs here is to be had; `on`: the day on which it ends or ended.' }),
    facts: z
      .object({
        output_lifetime_s: z.int().nullable(),
        bills: z.array(z.enum(BAD_ENDINGS)),
        lost_submit: z.enum(['repeatable', 'looked_up', 'listed', 'called_back', 'never']),
        data_handling: z.string().nullable(),
        source,
      })
      .nullable()
      .meta({
        description:
          'What is known of how its provider treats orders: how long its links live (we copy at once), which ends without a clip it bills, how an order whose answer was lost is ' +
          'found again, what becomes of prompts and pictures.',
      }),
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
