import { z } from 'zod'
import { LINE_KINDS, type ShotAsked } from '../../domain/estimate.ts'
import { DAYS_A_MONTH } from '../../domain/estimate-economics.ts'
import { estimateView } from '../../domain/estimate-view.ts'
import { COMPLEXITIES } from '../../domain/order.ts'
import { type Rational, ratio } from '../../domain/rational.ts'
import { EXTENSIONS_MAX } from '../../domain/source.ts'
import { estimate } from '../../videos/estimate.ts'
import { credits_shown, name_field, usd_field, wholeNumber } from '../fields.ts'
import { defaultsOf, planned_seconds, prompt_field, quote_order } from '../order.ts'
import { route } from '../route.ts'

const SHOTS_MAX = 1_000
const COUNT_MAX = 1_000_000
const STEPS_MAX = 1_000
const PERCENT_MAX = 1_000
const CLIPS_MAX = 1_000_000_000

const { model, size } = quote_order.shape
const percent = wholeNumber(0, PERCENT_MAX).optional()
const retry_percent = percent.meta({
  description: 'Of a hundred clips at final settings so many more may be made again; over all shots a share of a clip rounds up once.',
})
const expected_retry_percent = percent.meta({ description: 'So many of them are expected to be. Default: none; `worst` has them all.' })

const shot = z.object({
  name: name_field.optional(),
  prompt: prompt_field.optional().meta({ description: 'Changes no price.' }),
  count: wholeNumber(1, COUNT_MAX).default(1).meta({ description: 'So many clips of it.' }),
  seconds: planned_seconds,
  size,
  model,
  complexity: z.enum(COMPLEXITIES).default('standard'),
  iterations: wholeNumber(0, STEPS_MAX).default(1).meta({ description: 'At final settings, of each clip.' }),
  draft: z
    .object({ iterations: wholeNumber(1, STEPS_MAX), seconds: planned_seconds.optional(), size, model })
    .optional()
    .meta({ description: 'Tries before, at other settings; what is not said is as of the shot.' }),
  remixes: wholeNumber(0, STEPS_MAX).default(0).meta({ description: 'Of each clip, each at the price of the clip.' }),
  extensions: z
    .array(planned_seconds)
    .max(EXTENSIONS_MAX)
    .default([])
    .meta({ description: 'Of each clip: the seconds that each step adds.' }),
  retry_percent,
  expected_retry_percent,
})

const manyShots = (given: unknown) => (Array.isArray(given) ? given.length : 0).toLocaleString('en')

const body = z.object({
  name: name_field.optional(),
  model,
  size,
  rate_card: z.string().min(1).max(200).optional().meta({ description: 'Default: yours.' }),
  retry_percent,
  expected_retry_percent,
  shots: z
    .array(shot)
    .min(1, { error: 'must have at least one shot' })
    .max(SHOTS_MAX, {
      error: ({ input }) =>
        `must have at most 1,000 shots; it has ${manyShots(input)}. Say \`count\` for shots that are alike, or estimate in parts`,
    }),
  economics: z
    .object({
      price_usd: usd_field,
      clips_per_day: wholeNumber(1, CLIPS_MAX)
        .optional()
        .meta({ description: `A month has ${DAYS_A_MONTH} of them.` }),
      clips_per_month: wholeNumber(1, CLIPS_MAX).optional(),
      overhead_usd: usd_field.optional().meta({ description: 'A month, beside the clips.' }),
    })
    .refine((asked) => asked.clips_per_day === undefined || asked.clips_per_month === undefined, {
      error: 'must be left out where `clips_per_month` is given',
      path: ['clips_per_day'],
    })
    .optional()
    .meta({ description: 'What you ask for a clip, and how many you sell.' }),
})

const total = { usd: z.string().meta({ description: 'Exact.' }), credits: credits_shown }
const amount = { quantity: z.int(), rate_usd: z.string(), ...total }
const line = z
  .object({ kind: z.enum(LINE_KINDS), label: z.string(), ...amount, unit: z.literal('clip'), worst: z.object(amount) })
  .meta({ id: 'EstimateLine' })

const economics = z
  .object({
    price_usd: z.string(),
    cost_usd: z.string().meta({ description: 'Of a finished clip; overhead is not in it.' }),
    worst_cost_usd: z.string(),
    margin_usd: z.string(),
    margin_percent: z.string().nullable(),
    break_even_usd: z.string().meta({ description: 'A clip, with its share of the overhead where a volume was said.' }),
    worst_break_even_usd: z.string(),
    break_even_clips: z.int().nullable(),
    overhead_usd: z.string(),
    clips_per_month: z.int().nullable(),
    monthly_cost_usd: z.string().nullable(),
    monthly_revenue_usd: z.string().nullable(),
    monthly_margin_usd: z.string().nullable(),
    message: z.string(),
    curve: z.array(z.object({ clips: z.int(), cost_usd: z.string(), revenue_usd: z.string() })),
  })
  .meta({ id: 'UnitEconomics' })

const answer = z
  .object({
    object: z.literal('project_estimate'),
    name: z.string().nullable(),
    rate_card: z.object({
      id: z.string(),
      version: z.int(),
      effective_on: z.string(),
      source: z.object({ name: z.string(), url: z.string().optional(), read_on: z.string() }),
    }),
    expected: z.object(total),
    worst: z.object(total).meta({ description: 'The whole retry budget, and the dearer of the lengths beside one that is not sold.' }),
    clips: z.int(),
    shots: z.array(
      z.object({
        index: z.int(),
        name: z.string().nullable(),
        count: z.int(),
        ...total,
        worst: z.object(total),
        lines: z.array(line),
        flags: z
          .array(
            z.object({
              code: z.literal('unsupported_duration'),
              param: z.string(),
              asked_seconds: z.int(),
              message: z.string(),
              nearest: z.array(z.object({ seconds: z.int(), ...total })),
            }),
          )
          .meta({ description: 'Lengths that are not sold: priced as the ones beside them, never replaced in silence.' }),
      }),
    ),
    lines: z.array(
      z.object({
        kind: z.enum(LINE_KINDS),
        label: z.string(),
        quantity: z.int(),
        unit: z.literal('clip'),
        ...total,
        worst: z.object({ quantity: z.int(), ...total }),
      }),
    ),
    saving: z
      .object({
        usd: z.string(),
        percent: z.string(),
        drafts: z.int(),
        drafts_usd: z.string(),
        at_final_usd: z.string(),
        message: z.string(),
      })
      .optional()
      .meta({ description: 'What drafting small saves against as many tries at final settings.' }),
    as_asked: z
      .object({ usd: z.string(), worst_usd: z.string(), message: z.string(), economics: economics.optional() })
      .optional()
      .meta({ description: 'If every length were sold by the second. It is not: nobody can order it.' }),
    economics: economics.optional(),
  })
  .meta({ id: 'ProjectEstimate' })

export const projectsEstimate = route({
  method: 'POST',
  path: '/v1/projects/estimate',
  operation_id: 'estimateProject',
  summary: 'What a whole project costs, before any of it is made',
  description:
    'Drafts, finals, retries, remixes and extensions of every shot, expected and at worst; what drafting small saves; what a clip earns or loses. By your price list, ' +
    'or by another. Promises nothing, and keeps nothing.',
  tag: 'Catalogue',
  caller: 'any',
  problems: ['unknown_model', 'unsupported_duration', 'unsupported_size', 'no_route_available'],
  body,
  response: answer,
  async handler({ services, caller, body }) {
    const usual = defaultsOf(services, caller.owner)
    const { model = usual.model, size = usual.size, rate_card = null, name = null } = body
    const shots = body.shots.map((one) => shotAsked(one, { ...body, model, size }))
    const economics = body.economics === undefined ? null : economicsAsked(body.economics)
    const priced = await estimate(services.videos, caller.owner, { shots, economics, rate_card }, caller.kind === 'operator')
    return estimateView(name, priced.card, priced.estimate)
  },
})

type Usual = Pick<ShotAsked, 'model' | 'size'> & {
  readonly retry_percent?: number | undefined
  readonly expected_retry_percent?: number | undefined
}

/** A shot, with what it does not say filled in from the project. */
function shotAsked(given: z.output<typeof shot>, usual: Usual): ShotAsked {
  const { model = usual.model, size = usual.size, seconds, complexity, count, iterations, remixes, extensions, name = null, draft } = given
  const retry_percent = given.retry_percent ?? usual.retry_percent ?? 0
  return {
    name,
    model,
    size,
    seconds,
    complexity,
    count,
    iterations,
    remixes,
    extensions,
    retry_percent,
    // More than may be made is never expected.
    expected_retry_percent: Math.min(retry_percent, given.expected_retry_percent ?? usual.expected_retry_percent ?? 0),
    draft:
      draft === undefined
        ? null
        : {
            iterations: draft.iterations,
            model: draft.model ?? model,
            size: draft.size ?? size,
            seconds: draft.seconds ?? seconds,
            complexity,
            own_seconds: draft.seconds !== undefined,
          },
  }
}

function economicsAsked(given: NonNullable<z.output<typeof body>['economics']>) {
  const { price_usd, overhead_usd = 0n, clips_per_day, clips_per_month } = given
  const volume = clips_per_month ?? (clips_per_day === undefined ? null : clips_per_day * DAYS_A_MONTH)
  return { price_usd: fromMicro(price_usd), overhead_usd: fromMicro(overhead_usd), clips_per_month: volume }
}

const fromMicro = (micro_usd: bigint): Rational => ratio(micro_usd, 1_000_000n)
