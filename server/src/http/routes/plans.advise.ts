import { z } from 'zod'
import type { ClipKind } from '../../domain/advice/asked.ts'
import { CLIPS_MAX } from '../../domain/advice/break-even.ts'
import { adviceView } from '../../domain/advice/view.ts'
import { advisePlans } from '../../videos/advise.ts'
import { credits_shown, truth, wholeNumber } from '../fields.ts'
import { planned_seconds, quote_order } from '../order.ts'
import { route } from '../route.ts'

const KINDS_MAX = 5
const NAMES_MAX = 50
const MODELS = { standard: 'sora-2', pro: 'sora-2-pro' } as const

const kind_fields = {
  clips_per_month: wholeNumber(0, CLIPS_MAX),
  seconds: planned_seconds,
  size: quote_order.shape.size.meta({ default: '720p' }),
  model: quote_order.shape.model,
  quality: z.enum(['standard', 'pro']).optional().meta({ description: 'In place of `model`: sora-2 or sora-2-pro.' }),
  longest_seconds: planned_seconds.optional().meta({ description: 'Whoever makes them must also sell clips of this length, or of more.' }),
}

const one_model = {
  error: 'cannot be given together with `quality`: name one of them',
  path: ['model'],
}
const hasOneModel = ({ model, quality }: { model?: string | undefined; quality?: string | undefined }) =>
  model === undefined || quality === undefined

const kind = z.object(kind_fields).refine(hasOneModel, one_model)
type Kind = z.output<typeof kind>

const names = z.array(z.string().min(1).max(200)).max(NAMES_MAX).optional()

const needs = z.object({
  no_watermark: truth.default(false),
  api: truth.default(false).meta({ description: 'Programs must be able to order.' }),
  pay_as_you_go: truth.default(false).meta({ description: 'Nothing that is paid every month.' }),
  relaxed: truth.default(false).meta({ description: 'Slow clips do, where a plan makes them for free.' }),
})

const body = z
  .object({
    ...kind_fields,
    clips_per_month: kind_fields.clips_per_month.optional(),
    seconds: planned_seconds.optional(),
    clips: z.array(kind).min(1).max(KINDS_MAX).optional().meta({
      description: 'Up to five kinds; or, in place of it, the fields of one kind beside it.',
    }),
    needs: needs.optional(),
    plans: names.meta({ description: 'Only these of the gateway’s plans; an empty list: none. Unless told, all.' }),
    packs: names.meta({ description: 'Only these packs; an empty list: none. Unless told, all.' }),
    rate_cards: names.meta({
      description: 'Price lists in dollars by which a clip is paid for itself. Unless told, those of the articles.',
    }),
    credits_card: z.string().min(1).max(200).optional().meta({
      description:
        'The price list that says how many credits a clip takes. Unless told, yours; with the plans that come with the product, the app’s.',
    }),
  })
  .refine(hasOneModel, one_model)
  .transform(({ clips, clips_per_month, seconds: length, size, model, quality, longest_seconds, needs: wanted, ...rest }, context) => {
    const own = { clips_per_month, seconds: length, size, model, quality, longest_seconds }
    if (clips !== undefined) {
      const beside = Object.entries(own).find(([, value]) => value !== undefined)
      if (beside === undefined) return { kinds: clips.map(kindOf), wanted, ...rest }
      context.addIssue({ code: 'custom', message: 'cannot be given beside `clips`: each kind there has its own', path: [beside[0]] })
      return z.NEVER
    }
    if (clips_per_month !== undefined && length !== undefined)
      return { kinds: [kindOf({ ...own, clips_per_month, seconds: length })], wanted, ...rest }
    const path = [clips_per_month === undefined ? 'clips_per_month' : 'seconds']
    context.addIssue({ code: 'custom', message: 'is missing', path })
    return z.NEVER
  })

function kindOf({ clips_per_month, seconds, size, model, quality, longest_seconds }: Kind): ClipKind {
  return {
    clips: clips_per_month,
    seconds,
    size: size ?? '720p',
    model: model ?? MODELS[quality ?? 'standard'],
    longest_seconds: longest_seconds ?? null,
  }
}

const usd = z.string().meta({ description: 'Dollars as decimal text.', examples: ['12.00'] })
const count = z.int().min(0)

const line = z
  .object({
    kind: z.enum(['plan', 'pack', 'per_call', 'per_second', 'relaxed']),
    name: z.string(),
    card: z.string().meta({ description: 'The price list: what the clip costs, or how many credits it takes.' }),
    clips: count.meta({ description: 'Clips that this line makes. Those of all lines are all that were asked for.' }),
    quantity: count,
    unit: z.enum(['month', 'pack', 'clip', 'second']),
    rate_usd: usd,
    usd: usd.meta({ description: '`quantity` times `rate_usd`. Those of all lines are the mix’s.' }),
    credits: credits_shown.optional().meta({ description: 'What its clips take of the plan’s or the packs’ credits.' }),
    message: z.string().optional(),
  })
  .meta({ id: 'AdviceLine' })

const mix = z
  .object({
    name: z.string(),
    usd: usd.meta({ description: 'Of the month, plans and packs whole.' }),
    usd_per_clip: z.string().nullable().meta({ description: 'Rounded to six places where it has no end. Null: no clips.' }),
    lines: z.array(line),
    difference_usd: usd.meta({ description: 'More than the cheapest.' }),
  })
  .meta({ id: 'AdviceMix' })

const advice = z
  .object({
    object: z.literal('plan_advice'),
    asked: z.object({
      clips: z.array(
        z.object({ clips_per_month: count, seconds: z.int(), size: z.string(), model: z.string(), longest_seconds: z.int().nullable() }),
      ),
      needs: z.object({ no_watermark: z.boolean(), api: z.boolean(), pay_as_you_go: z.boolean(), relaxed: z.boolean() }),
      plans: z.array(z.string()).nullable(),
      packs: z.array(z.string()).nullable(),
      rate_cards: z.array(z.string()).nullable(),
      credits_card: z.string(),
    }),
    clips_per_month: count.meta({ description: 'Of all kinds.' }),
    feasible: z.boolean(),
    cheapest: mix.nullable(),
    alternatives: z.array(mix).meta({ description: 'Other answers, the cheapest first: each the best of its kind.' }),
    proven: z.boolean().meta({ description: 'False: the search was given up before it was certain that nothing is cheaper.' }),
    break_even: z.array(z.object({ from_clips: count, to_clips: count.nullable(), mix: z.string(), usd_at_from: usd.nullable() })).meta({
      description:
        'Which answer is the cheapest from how many clips a month on, kinds in the proportions asked for. `mix` is its name at `from_clips`.',
    }),
    break_even_exact_to: count.nullable().meta({ description: 'Nothing is left out up to here; null: as far as can be asked.' }),
    curve: z.array(z.object({ clips: count, usd, mix: z.string() })).meta({ description: 'The cheapest answer, for a chart.' }),
    curves: z
      .array(z.object({ name: z.string(), points: z.array(z.object({ clips: count, usd: usd.nullable() })) }))
      .meta({ description: 'Each price list, packs, and each plan with its packs, by itself. Null: it does not make so many.' }),
    rule_of_thumb: z.object({
      says: z.string(),
      name: z.string(),
      usd: usd.nullable().meta({ description: 'Of what it names, by itself.' }),
      feasible: z.boolean().meta({ description: 'Whether that makes all the clips.' }),
      holds_clips: count.nullable(),
      with_the_rest_usd: usd.nullable().meta({ description: 'All the clips, with what it names and whatever else they take.' }),
      difference_usd: usd.nullable().meta({ description: 'More than the cheapest; null: it does not make them all.' }),
      message: z.string(),
    }),
    refused: z.array(
      z.object({
        name: z.string(),
        constraint: z.string(),
        clips: count.nullable().meta({ description: 'Which kind, from 0; null: all.' }),
        message: z.string(),
      }),
    ),
    loosen: z
      .array(z.object({ need: z.string(), message: z.string(), usd: usd.nullable() }))
      .optional()
      .meta({ description: 'Where nothing is feasible: what to give up, and what it would cost then.' }),
    cards: z.array(
      z.object({ id: z.string(), name: z.string(), effective_on: z.string(), source: z.string(), url: z.string().optional() }),
    ),
  })
  .meta({ id: 'PlanAdvice' })

const NO_NEEDS = { no_watermark: false, api: false, pay_as_you_go: false, relaxed: false }

export const plansAdvise = route({
  method: 'POST',
  path: '/v1/plans/advise',
  operation_id: 'advisePlans',
  summary: 'The cheapest mix of plans, packs and price lists for a month of clips.',
  description:
    'At most one plan, whole packs, the rest paid each for itself: with its arithmetic, the numbers of clips at which another answer becomes cheaper, and the ' +
    'usual rule of thumb beside it. Promises nothing, and keeps nothing.',
  tag: 'Catalogue',
  caller: 'any',
  problems: ['unknown_model', 'no_route_available'],
  body,
  response: advice,
  async handler({
    services,
    caller,
    body: { kinds, wanted = NO_NEEDS, plans = null, packs = null, rate_cards = null, credits_card = null },
  }) {
    const asked = { kinds, needs: wanted }
    const named = { plans, packs, rate_cards }
    const { shelf, advice } = await advisePlans(
      services.videos,
      caller.owner,
      asked,
      { ...named, credits_card },
      caller.kind === 'operator',
    )
    return adviceView(asked, named, shelf, advice)
  },
})
