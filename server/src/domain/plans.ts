import { z } from 'zod'
import type { AllowancePolicy } from './allowance.ts'
import { isDate, type LocalDate } from './calendar.ts'
import type { Lane, Size, SizeClass } from './order.ts'
import { formatSize } from './order.ts'
import { listed } from './sold.ts'

/** What a month of a subscription costs and gives, and what its customers may order. Data: dated, with its source, never edited into meaning something else. */
export interface Plan {
  readonly id: string
  readonly name: string
  /** Of a month, micro-dollars. */
  readonly price_micro: bigint
  /** Of a month. They end with it. */
  readonly credits: bigint
  /** So many unused ones live on through the next month. */
  readonly rollover_max: bigint
  /** Models that may be asked for; null: all. */
  readonly models: readonly string[] | null
  readonly longest_s: number | null
  readonly largest_size: SizeClass | null
  /** How many videos on each local date, from which date on; null: any number. */
  readonly clips_a_day: readonly ClipsStep[] | null
  /** Credits of each local date beside those of the month, from which date on; they end with their day. Null: none. */
  readonly credits_a_day: AllowancePolicy | null
  /** For so many days a month that nobody paid is waited for; then the subscription ends. Null: without end. */
  readonly grace_days: number | null
  /** Free generation when capacity is idle, once the credits are gone: that is, do not pay for the order. */
  readonly relaxed: boolean
  /** The same while there are credits. */
  readonly relaxed_with_credits: boolean
  readonly watermark: boolean
  readonly since: LocalDate
  readonly source: string
}

export interface ClipsStep {
  readonly from: LocalDate
  readonly clips: number
}

/** Credits that are bought once and end so many calendar months later. */
export interface Pack {
  readonly id: string
  readonly name: string
  readonly price_micro: bigint
  readonly credits: bigint
  readonly months: number
  readonly since: LocalDate
  readonly source: string
}

const ARTICLES = "the articles' figures of May 2026"
const USD = 1_000_000n

/** Source: product.md, section 2. Free access was switched off on 2026-01-10. */
export const SHIPPED_PLANS: readonly Plan[] = [
  {
    id: 'free',
    name: 'Free',
    price_micro: 0n,
    credits: 0n,
    rollover_max: 0n,
    grace_days: null,
    models: ['sora-2'],
    longest_s: 5,
    largest_size: '720p',
    clips_a_day: [
      { from: '2025-09-30', clips: 30 },
      { from: '2026-01-10', clips: 0 },
    ],
    // The articles count clips: so many credits are 30 of the longest and largest, at their own 80 each.
    credits_a_day: [
      { from: '2025-09-30', credits: 2_400n },
      { from: '2026-01-10', credits: 0n },
    ],
    relaxed: false,
    relaxed_with_credits: false,
    watermark: true,
    since: '2026-01-10',
    source: ARTICLES,
  },
  {
    id: 'plus',
    name: 'Plus',
    price_micro: 20n * USD,
    credits: 1_000n,
    rollover_max: 0n,
    grace_days: null,
    models: ['sora-2'],
    longest_s: 5,
    largest_size: '720p',
    clips_a_day: [{ from: '2026-01-10', clips: 30 }],
    credits_a_day: null,
    relaxed: false,
    relaxed_with_credits: false,
    watermark: true,
    since: '2026-01-10',
    source: ARTICLES,
  },
  {
    id: 'pro',
    name: 'Pro',
    price_micro: 200n * USD,
    credits: 10_000n,
    rollover_max: 0n,
    grace_days: null,
    models: ['sora-2', 'sora-2-pro'],
    longest_s: 20,
    largest_size: '1080p',
    clips_a_day: [{ from: '2025-09-30', clips: 100 }],
    credits_a_day: null,
    relaxed: true,
    relaxed_with_credits: false,
    watermark: false,
    since: '2026-01-10',
    source: ARTICLES,
  },
]

export const SHIPPED_PACKS: readonly Pack[] = [
  { id: 'plus-1000', name: '1,000 credits', price_micro: 20n * USD, credits: 1_000n, months: 12, since: '2026-01-10', source: ARTICLES },
  { id: 'pro-2000', name: '2,000 credits', price_micro: 40n * USD, credits: 2_000n, months: 12, since: '2026-01-10', source: ARTICLES },
  {
    // The articles sell it by generations. At what the other packs ask for a credit, 4 dollars are 200: ten of 5 s at 480p.
    id: 'ten-generations',
    name: '10 generations',
    price_micro: 4n * USD,
    credits: 200n,
    months: 12,
    since: '2026-01-10',
    source: `${ARTICLES}: 10 generations for 4 dollars, here 200 credits`,
  },
]

/** What an order asks of a plan. */
export interface Asked {
  readonly model: string
  /** What is newly made, as in an order: of an extension only what is added. */
  readonly seconds: number
  readonly size: Size
  /** `standard` unless given. */
  readonly lane?: Lane
}

export interface NotInPlan {
  readonly field: 'model' | 'seconds' | 'size' | 'lane'
  /** One sentence: what the plan goes up to. */
  readonly says: string
}

/** The first thing that a plan does not allow about an order; null when it allows all of it. Says nothing about prices. */
export function notInPlan(plan: Plan, { model, seconds, size, lane }: Asked): NotInPlan | null {
  if (plan.models !== null && !plan.models.includes(model)) {
    return { field: 'model', says: `The plan ${plan.name} makes videos with ${listed(plan.models)}; ${model} is not in it.` }
  }
  if (plan.longest_s !== null && seconds > plan.longest_s) {
    return { field: 'seconds', says: `The plan ${plan.name} makes videos of up to ${plan.longest_s} seconds; ${seconds} is more.` }
  }
  if (plan.largest_size !== null && !fits(size, plan.largest_size)) {
    return { field: 'size', says: `The plan ${plan.name} makes videos of up to ${plan.largest_size}; ${formatSize(size)} is larger.` }
  }
  if (lane === 'relaxed' && !plan.relaxed) return { field: 'lane', says: `The plan ${plan.name} has no relaxed lane.` }
  return null
}

/** Whether a plan that has a relaxed lane opens it to an order now. */
export function relaxedNow(plan: Plan, standard_credits: bigint, available: bigint): boolean {
  return plan.relaxed_with_credits || standard_credits === 0n || available < standard_credits
}

/**
 * The cheapest plan that allows an order; null when none does.
 * @param on a day on which it must allow more than so many videos: one that makes none any more is no advice
 */
export function planAllowing(
  plans: Iterable<Plan>,
  asked: Asked,
  on: { readonly date: LocalDate; readonly more_than: number } | null = null,
): Plan | null {
  let cheapest: Plan | null = null
  for (const plan of plans) {
    const clips = on === null ? null : clipsOn(plan, on.date)
    if (notInPlan(plan, asked) !== null || (on !== null && clips !== null && clips <= on.more_than)) continue
    if (cheapest === null || plan.price_micro < cheapest.price_micro) cheapest = plan
  }
  return cheapest
}

/** How many videos a plan allows on a date; null: any number. */
export function clipsOn(plan: Plan, date: LocalDate): number | null {
  if (plan.clips_a_day === null) return null
  let clips = 0
  let since = ''
  for (const step of plan.clips_a_day) {
    if (step.from > date || step.from < since) continue
    clips = step.clips
    since = step.from
  }
  return clips
}

/** Shorter and longer side of the classes' sizes. */
const SIDES: Readonly<Record<SizeClass, readonly [number, number]>> = {
  '480p': [480, 854],
  '720p': [720, 1280],
  '1024p': [1024, 1792],
  '1080p': [1080, 1920],
}

function fits({ width, height }: Size, largest: SizeClass): boolean {
  const [short, long] = SIDES[largest]
  return Math.min(width, height) <= short && Math.max(width, height) <= long
}

const id = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'must be 1 to 63 small letters, digits, dots, dashes and underscores')
const whole = (description: string) => z.int().min(0).transform(BigInt).describe(description).meta({ type: 'integer', minimum: 0 })
const date = z.string().refine(isDate, 'must be a day that exists, such as "2026-03-29"')
const price_usd = z
  .string()
  .regex(/^\d{1,7}(\.\d{1,6})?$/, 'must be dollars as text, such as "20" or "4.99"')
  .transform((text) => {
    const [dollars = '0', places = ''] = text.split('.')
    return BigInt(dollars) * USD + BigInt(places.padEnd(6, '0'))
  })
  .meta({ type: 'string' })
const source = z.string().max(500).default('the configuration file')

/** A plan as an operator writes it. */
export const planSchema = z
  .strictObject({
    id: id.describe('Names it in requests. One of a shipped plan replaces that.'),
    name: z.string().min(1).max(100),
    price_usd: price_usd.describe('Of a month.'),
    credits: whole('Of a month.'),
    rollover_max: whole('So many unused credits live on through the next month.').default(0n),
    models: z
      .array(z.string().min(1).max(200))
      .min(1)
      .max(200)
      .nullable()
      .default(null)
      .describe('Models that may be asked for; null: all.'),
    longest_s: z.int().min(1).max(3_600).nullable().default(null).describe('Longest video.'),
    largest_size: z.enum(['480p', '720p', '1024p', '1080p']).nullable().default(null),
    clips_a_day: z
      .array(z.strictObject({ from: date, clips: z.int().min(0).max(1_000_000) }))
      .min(1)
      .max(100)
      .nullable()
      .default(null)
      .describe('How many videos on each local date, from which date on; none before the first.'),
    credits_a_day: z
      .array(z.strictObject({ from: date, credits: whole('0 ends them.') }))
      .min(1)
      .max(100)
      .nullable()
      .default(null)
      .describe(
        'Credits of each local date beside those of the month, from which date on; none before the first. They end with their day.',
      ),
    grace_days: z
      .int()
      .min(0)
      .max(366)
      .nullable()
      .default(null)
      .describe('So many days a month that nobody paid is waited for; then the subscription ends. Null: without end.'),
    relaxed: z.boolean().default(false).describe('Free videos when capacity is idle, once the credits do not pay for an order.'),
    relaxed_with_credits: z.boolean().default(false).describe('Such videos also while there are credits.'),
    watermark: z.boolean().default(false),
    since: date,
    source,
  })
  .transform(({ price_usd: price_micro, ...rest }): Plan => ({ ...rest, price_micro }))

export const packSchema = z
  .strictObject({
    id,
    name: z.string().min(1).max(100),
    price_usd,
    credits: z.int().min(1).transform(BigInt).meta({ type: 'integer', minimum: 1 }),
    months: z.int().min(1).max(120).default(12).describe('Calendar months from purchase to expiry.'),
    since: date,
    source,
  })
  .transform(({ price_usd: price_micro, ...rest }): Pack => ({ ...rest, price_micro }))
