import { z } from 'zod'
import { type Complexity, parseSize, parseSizeClass } from './order.ts'
import { sameSecondsSold, sameSizesSold } from './sold.ts'

/** `720p` sells every size of that class; `1280x720` only itself. */
export type SizeSold = string

/** The lengths that are sold, whole seconds: a list, or every one from here to there. */
export type SecondsSold = readonly number[] | { readonly from: number; readonly to: number }

/** How a line becomes an amount. Amounts are decimal strings in the card's currency. */
export type Rate =
  | { readonly kind: 'per_second'; readonly amount: string }
  /** One amount for each call, whatever its length: how aggregators sell. */
  | { readonly kind: 'per_call'; readonly amount: string }
  /** A fixed total for exactly the lengths and sizes of the line. */
  | { readonly kind: 'flat'; readonly amount: string }
  /** The total of the first bracket that is long enough. */
  | { readonly kind: 'duration_steps'; readonly steps: readonly { readonly up_to_s: number; readonly amount: string }[] }
  /** What the route's provider takes, plus so many percent. Has no price without a route. */
  | { readonly kind: 'cost_plus_percent'; readonly percent: string }

export interface RateLine {
  /** `*` stands for every model that no other line names. */
  readonly models: readonly string[]
  readonly sizes: 'any' | readonly SizeSold[]
  readonly seconds: SecondsSold
  readonly rate: Rate
  /** Added once per video when the order's `complexity` says so; the field is explicit and never guessed from the prompt. */
  readonly surcharges?: Readonly<Record<Exclude<Complexity, 'standard'>, string>>
  /** Where two lines sell the same order the higher one prices it (default 0). Equal ones are refused: no price may depend on the order of lines. */
  readonly precedence?: number
}

export interface Source {
  readonly name: string
  readonly url?: string
  /** The day on which somebody read it. */
  readonly read_on: string
}

interface CardHead {
  readonly id: string
  /** Grows by one whenever a published card is changed: a quote names the version that priced it. */
  readonly version: number
  readonly title: string
  readonly effective_on: string
  readonly source: Source
  readonly note?: string
}

/** A dated, immutable price list: what customers pay, or what we pay a provider. */
export interface RateCard extends CardHead {
  readonly kind: 'rates'
  readonly currency: 'usd' | 'credits'
  readonly lines: readonly RateLine[]
}

/** A competitor's subscription, for comparison: it prices no order of ours. Its credits are the competitor's own. */
export interface PlanCard extends CardHead {
  readonly kind: 'plans'
  readonly currency: 'usd'
  readonly plans: readonly {
    readonly name: string
    readonly usd_per_month: string
    /** Credits given once a month; null when they are given once and for all. */
    readonly credits_per_month: number | null
    readonly credits_once?: number
    readonly note?: string
  }[]
  /** What those credits buy. */
  readonly buys: readonly {
    readonly model: string
    readonly unit: 'second' | 'video'
    readonly credits: string
    readonly seconds?: number
    readonly size?: string
    readonly source?: Source
  }[]
}

export type AnyCard = RateCard | PlanCard

/** Longest clip that a card can sell, an hour: keeps lists of what is sold bounded. */
const SECONDS_MAX = 3_600

const amount = z.string().regex(/^\d{1,12}(\.\d{1,12})?$/, 'must be a decimal string such as "0.10"')
const name = z.string().min(1).max(200)
const seconds = z.int().min(1).max(SECONDS_MAX)
const source = z.strictObject({ name, url: z.url().exactOptional(), read_on: z.iso.date() })
const head = {
  id: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,99}$/, 'must be lower-case letters, digits, dots and dashes'),
  version: z.int().min(1),
  title: name,
  effective_on: z.iso.date(),
  source,
  note: z.string().max(2_000).exactOptional(),
}

const rate = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('per_second'), amount }),
  z.strictObject({ kind: z.literal('per_call'), amount }),
  z.strictObject({ kind: z.literal('flat'), amount }),
  z.strictObject({
    kind: z.literal('duration_steps'),
    steps: z
      .array(z.strictObject({ up_to_s: seconds, amount }))
      .min(1)
      .refine((steps) => steps.every((step, at) => step.up_to_s > (steps[at - 1]?.up_to_s ?? 0)), 'must grow from step to step'),
  }),
  z.strictObject({ kind: z.literal('cost_plus_percent'), percent: amount }),
])

const line = z
  .strictObject({
    models: z.array(name).min(1),
    sizes: z.union([
      z.literal('any'),
      z
        .array(
          z.string().refine((text) => parseSizeClass(text) ?? parseSize(text), 'must be a class such as 720p or a size such as 1280x720'),
        )
        .min(1),
    ]),
    seconds: z.union([
      z.array(seconds).min(1),
      z.strictObject({ from: seconds, to: seconds }).refine(({ from, to }) => from <= to, '`from` must not be above `to`'),
    ]),
    rate,
    surcharges: z.strictObject({ complex: amount, very_complex: amount }).exactOptional(),
    precedence: z.int().min(0).max(100).exactOptional(),
  })
  .refine(stepsReachFarEnough, 'the last step must reach the longest duration that the line sells')

/** A rate card as it is written in a configuration file. */
export const rateCardSchema: z.ZodType<RateCard> = z
  .strictObject({ ...head, kind: z.literal('rates'), currency: z.enum(['usd', 'credits']), lines: z.array(line).min(1).max(500) })
  .superRefine((card, context) => {
    const pair = ambiguous(card.lines)
    if (pair) {
      const message = `prices orders that lines[${pair[0]}] prices too; give one of them a higher \`precedence\``
      context.addIssue({ code: 'custom', message, path: ['lines', pair[1]] })
    }
  })

const plansSchema: z.ZodType<PlanCard> = z.strictObject({
  ...head,
  kind: z.literal('plans'),
  currency: z.literal('usd'),
  plans: z
    .array(
      z.strictObject({
        name,
        usd_per_month: amount,
        credits_per_month: z.int().min(0).nullable(),
        credits_once: z.int().min(0).exactOptional(),
        note: z.string().max(2_000).exactOptional(),
      }),
    )
    .min(1),
  buys: z.array(
    z.strictObject({
      model: name,
      unit: z.enum(['second', 'video']),
      credits: amount,
      seconds: seconds.exactOptional(),
      size: name.exactOptional(),
      source: source.exactOptional(),
    }),
  ),
})

export type Parsed<T> = { readonly outcome: 'ok'; readonly card: T } | { readonly outcome: 'invalid'; readonly message: string }

/** Reads a rate card from outside (configuration, API). The message is one sentence that names the place. */
export function parseRateCard(input: unknown): Parsed<RateCard> {
  return parsed(rateCardSchema.safeParse(input))
}

/** Reads a competitor's plans from outside. */
export function parsePlanCard(input: unknown): Parsed<PlanCard> {
  return parsed(plansSchema.safeParse(input))
}

function parsed<T>(result: z.ZodSafeParseResult<T>): Parsed<T> {
  if (result.success) return { outcome: 'ok', card: result.data }
  const [issue] = result.error.issues
  const where = (issue?.path ?? []).map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('')
  return { outcome: 'invalid', message: `rate card${where ? ` ${where.replace(/^\./, '')}` : ''}: ${issue?.message ?? 'not readable'}` }
}

function stepsReachFarEnough(candidate: { readonly seconds: SecondsSold; readonly rate: Rate }): boolean {
  if (candidate.rate.kind !== 'duration_steps') return true
  const longest = 'to' in candidate.seconds ? candidate.seconds.to : Math.max(...candidate.seconds)
  return longest <= (candidate.rate.steps.at(-1)?.up_to_s ?? 0)
}

/** The first two lines that could price the same order with equal precedence. */
function ambiguous(lines: readonly RateLine[]): readonly [number, number] | null {
  for (const [at, later] of lines.entries()) {
    for (const [before, earlier] of lines.slice(0, at).entries()) {
      const same_model = earlier.models.some((model) => later.models.includes(model))
      const same_rank = (earlier.precedence ?? 0) === (later.precedence ?? 0)
      if (same_model && same_rank && sameSizesSold(earlier, later) && sameSecondsSold(earlier, later)) return [before, at]
    }
  }
  return null
}
