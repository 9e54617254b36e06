import { z } from 'zod'
import { isDate, type LocalDate } from './calendar.ts'

/** What customers of a usage tier may order, each kind of traffic for itself. Data: dated, with its source. */
export interface Tier {
  readonly id: string
  readonly name: string
  /** Money topped up, ever, micro-dollars: who has paid so much is in it. */
  readonly from_micro: bigint
  /** An order belongs to the first pool that has its model; one that is in none is not for this tier. */
  readonly pools: readonly TrafficPool[]
  /** The pool of everything that makes no video: status reads, lists, quotes and downloads. */
  readonly reads_per_minute: number | null
  readonly since: LocalDate
  readonly source: string
}

/** Videos that are counted together, apart from all others. Null: as many as they like. */
export interface TrafficPool {
  readonly name: string
  /** Models that are asked for; null: all. */
  readonly models: readonly string[] | null
  readonly creates_per_minute: number | null
  readonly open_videos: number | null
}

/** A pool as it is counted: its models, but for those that belong to a pool before it. */
export interface CountedPool extends TrafficPool {
  readonly but: readonly string[]
}

/** How a customer's tier is found: by what they topped up, or the one that the operator named. */
export const BY_TOP_UP = 'by_top_up'

/** Source: product.md, section 2: tier 2 after a top-up of 10 dollars, tier 1 has no video. The figures of tier 2 are the lowest that the vendor documented for video. */
export const SHIPPED_TIERS: readonly Tier[] = [
  { id: 'tier-1', name: 'Tier 1', from_micro: 0n, pools: [], reads_per_minute: null, since: '2026-01-10', source: 'the articles' },
  {
    id: 'tier-2',
    name: 'Tier 2',
    from_micro: 10_000_000n,
    pools: [
      { name: 'video-pro', models: ['sora-2-pro'], creates_per_minute: 10, open_videos: null },
      { name: 'video', models: null, creates_per_minute: 25, open_videos: null },
    ],
    reads_per_minute: null,
    since: '2026-01-10',
    source: "the articles; requests a minute from the vendor's documents",
  },
]

/** The tier of a customer; null: none of the ladder fits. @param assigned `by_top_up` or a tier's id */
export function tierOf(tiers: readonly Tier[], assigned: string, topped_up_micro: bigint): Tier | null {
  if (assigned !== BY_TOP_UP) return tiers.find(({ id }) => id === assigned) ?? null
  let highest: Tier | null = null
  for (const tier of tiers) {
    if (tier.from_micro <= topped_up_micro && (highest === null || tier.from_micro > highest.from_micro)) highest = tier
  }
  return highest
}

/** A tier's pools, each with what belongs to one before it. */
export function poolsOf(tier: Tier | null): readonly CountedPool[] {
  const pools = tier?.pools ?? []
  return pools.map((pool, at) => ({ ...pool, but: pools.slice(0, at).flatMap(({ models }) => models ?? []) }))
}

/** The pool of an order; null when its model is not for this tier. */
export function poolOf(tier: Tier | null, model: string): CountedPool | null {
  return poolsOf(tier).find(({ models }) => models === null || models.includes(model)) ?? null
}

/** The lowest tier that a model is for; null when there is none. */
export function tierAllowing(tiers: readonly Tier[], model: string): Tier | null {
  let lowest: Tier | null = null
  for (const tier of tiers) if (poolOf(tier, model) !== null && (lowest === null || tier.from_micro < lowest.from_micro)) lowest = tier
  return lowest
}

/** The next tier up; null on the highest. */
export function nextTier(tiers: readonly Tier[], topped_up_micro: bigint): Tier | null {
  let next: Tier | null = null
  for (const tier of tiers) {
    if (tier.from_micro > topped_up_micro && (next === null || tier.from_micro < next.from_micro)) next = tier
  }
  return next
}

const most = (description: string) => z.int().min(1).max(1_000_000).nullable().default(null).describe(description)
const name = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'must be 1 to 63 small letters, digits, dots, dashes and underscores')

/** A tier as an operator writes it. */
export const tierSchema = z
  .strictObject({
    id: name.refine((text) => text !== BY_TOP_UP, 'must not be by_top_up: that is how tiers are found').describe('Names it in requests.'),
    name: z.string().min(1).max(100),
    from_usd: z
      .string()
      .regex(/^\d{1,7}(\.\d{1,6})?$/, 'must be dollars as text, such as "10" or "4.99"')
      .transform((text) => {
        const [dollars = '0', places = ''] = text.split('.')
        return BigInt(dollars) * 1_000_000n + BigInt(places.padEnd(6, '0'))
      })
      .meta({ type: 'string', description: 'Who has topped up so much is in it.' }),
    pools: z
      .array(
        z.strictObject({
          name,
          models: z.array(z.string().min(1).max(200)).min(1).max(200).nullable().default(null).describe('Models asked for; null: all.'),
          creates_per_minute: most('Videos ordered within any 60 seconds.'),
          open_videos: most('Videos that have not ended.'),
        }),
      )
      .max(100)
      .default([])
      .describe(
        'Kinds of videos, each counted for itself. An order belongs to the first that has its model; one that is in none is refused.',
      ),
    reads_per_minute: most(
      'Reads, lists, quotes and downloads: so many at once, and that many again each minute. Counted by each process.',
    ),
    since: z.string().refine(isDate, 'must be a day that exists, such as "2026-03-29"'),
    source: z.string().max(500).default('the configuration file'),
  })
  .transform(({ from_usd: from_micro, ...rest }): Tier => ({ ...rest, from_micro }))
