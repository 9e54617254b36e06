import { z } from 'zod'
import { comparisonView } from '../../domain/comparison-view.ts'
import { COMPLEXITIES } from '../../domain/order.ts'
import { compareEverywhere } from '../../videos/compare.ts'
import { credits_shown, wholeNumber } from '../fields.ts'
import { defaultsOf, quote_order } from '../order.ts'
import { route } from '../route.ts'

const CLIPS_MAX = 1_000_000

/** Of a quote, what any price list can tell. Other fields of one are accepted, and change nothing here. */
const body = z.object({
  model: quote_order.shape.model,
  seconds: quote_order.shape.seconds.refine((seconds) => seconds > 0, { error: 'must be at least 1' }),
  size: quote_order.shape.size,
  complexity: quote_order.shape.complexity,
  clips_per_month: wholeNumber(1, CLIPS_MAX).optional().meta({
    description: 'So many of these clips a month: each row says what they come to, and the order is by that.',
  }),
})

const usd = z
  .object({
    per_clip: z.string(),
    per_second: z.string(),
    per_minute: z.string().meta({ description: 'Of footage.' }),
    rounded: z
      .array(z.enum(['per_clip', 'per_second', 'per_minute']))
      .optional()
      .meta({
        description: 'Those that have no end as decimals: rounded to six places. The others are exact.',
      }),
  })
  .meta({ id: 'ComparedUsd' })

const row = z
  .object({
    id: z.string(),
    kind: z.enum(['route', 'rate_card', 'competitor_plan', 'plan', 'pack']),
    name: z.string(),
    model: z.string(),
    other_model: z.literal(true).optional().meta({ description: 'Another model than the one asked for.' }),
    sold: z.boolean(),
    cheapest: z.boolean().meta({ description: 'The least for the model asked for; several where they cost the same.' }),
    usd: usd.nullable().meta({ description: 'Of plans and packs: as if all their credits were used. Null: not sold.' }),
    credits: credits_shown.nullable().meta({ description: 'What it takes of yours; null for what is sold elsewhere.' }),
    their_credits: z.string().optional().meta({ description: 'What it takes of the credits that this seller sells.' }),
    price_usd: z.string().optional().meta({ description: 'Of the whole month or pack.' }),
    holds: z
      .object({ clips: z.int(), per: z.enum(['month', 'pack', 'once']) })
      .optional()
      .meta({ description: 'So many of these clips are in it, if it is used for nothing else.' }),
    month: z
      .object({ usd: z.string().nullable(), holds: z.boolean() })
      .optional()
      .meta({ description: 'Of `clips_per_month`: a plan whole, the rest by the clip. `holds` false: the plan has too few.' }),
    eta: z.object({ low_s: z.int(), high_s: z.int() }).optional(),
    mapping: z.object({ seconds: z.int(), size: z.string(), trimmed: z.boolean(), scaled: z.boolean() }).optional(),
    demo: z.literal(true).optional(),
    reason: z.string().optional().meta({ description: 'Why it is not sold.' }),
    message: z.string().optional(),
    nearest: z
      .array(z.object({ seconds: z.int(), usd }))
      .optional()
      .meta({ description: 'The nearest lengths that are sold instead, at their prices.' }),
    source: z
      .object({
        name: z.string(),
        url: z.string().optional(),
        read_on: z.string().nullable(),
        effective_on: z.string(),
        card: z.object({ id: z.string(), version: z.int() }).nullable(),
      })
      .nullable(),
    note: z.string().optional(),
  })
  .meta({ id: 'ComparedRow' })

const comparison = z
  .object({
    object: z.literal('comparison'),
    model: z.string(),
    seconds: z.int(),
    size: z.string(),
    complexity: z.enum(COMPLEXITIES),
    clips_per_month: z.int().nullable(),
    rows: z.array(row).meta({ description: 'The cheapest first; what is not sold last.' }),
  })
  .meta({ id: 'Comparison' })

export const comparisonsCreate = route({
  method: 'POST',
  path: '/v1/comparisons',
  operation_id: 'createComparison',
  summary: 'The same order at everybody’s price',
  description:
    'By every route, price list, plan and pack, others’ subscriptions included: a clip, a second, a minute of footage. For an operator who acts for nobody: ' +
    'by the default price list. Promises nothing, and keeps nothing.',
  tag: 'Catalogue',
  caller: 'any',
  problems: ['unknown_model', 'no_route_available'],
  body,
  response: comparison,
  async handler({ services, caller, body }) {
    const { seconds, complexity, clips_per_month = null } = body
    const usual = defaultsOf(services, caller.owner)
    const { model = usual.model, size = usual.size } = body
    const asked = { model, seconds, size, complexity, clips_per_month }
    const compared = await compareEverywhere(services.videos, caller.owner, asked, caller.kind === 'operator')
    return comparisonView(asked, compared)
  },
})
