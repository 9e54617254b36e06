import type { AdviceAsked, ClipKind, Shelf } from '../../domain/advice/asked.ts'
import type { SizeClass } from '../../domain/order.ts'
import type { Pack, Plan } from '../../domain/plans.ts'
import type { RateCard, RateLine } from '../../domain/rate-card.ts'
import { decimal } from '../../domain/rational.ts'

// Small shelves with awkward figures, and small orders from them: the same for the same seed.

export interface Case {
  readonly asked: AdviceAsked
  readonly shelf: Shelf
}

export type Random = (least: number, most: number) => number

/** Whole numbers from `least` to `most`, both included; mulberry32. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  return (least, most) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return least + (((mixed ^ (mixed >>> 14)) >>> 0) % (most - least + 1))
  }
}

const MODELS = ['small', 'large']
const SIZES: readonly SizeClass[] = ['480p', '720p', '1080p']
const LENGTHS = [1, 2, 3, 4, 5]
const DATE = '2026-11-22'

export function randomCase(seed: number): Case {
  const random = randomFrom(seed)
  const chance = (percent: number) => random(1, 100) <= percent
  const kinds = times(random(1, 5), (_, count) => randomKind(random, count))
  const needs = { no_watermark: chance(20), api: chance(10), pay_as_you_go: chance(10), relaxed: chance(30) }
  return { asked: { kinds, needs }, shelf: randomShelf(random) }
}

function randomKind(random: Random, of: number): ClipKind {
  return {
    clips: random(0, [45, 20, 7, 4, 3][of - 1] ?? 3),
    model: pick(random, MODELS),
    seconds: pick(random, LENGTHS),
    size: pick(random, SIZES),
    longest_seconds: random(1, 10) === 1 ? pick(random, LENGTHS) : null,
  }
}

export function randomShelf(random: Random): Shelf {
  return {
    plans: times(random(0, 3), (at) => randomPlan(random, at)),
    packs: times(random(0, 3), (at) => randomPack(random, at)),
    pay_cards: times(random(0, 3), (at) => randomCard(random, `pay-${at}`, 'usd', 55)),
    credits_card: randomCard(random, 'credits', 'credits', 85),
    of_the_app: random(1, 2) === 1,
    credit_usd: decimal('0.01'),
    date: DATE,
  }
}

function randomPlan(random: Random, at: number): Plan {
  const chance = (percent: number) => random(1, 100) <= percent
  return {
    id: `plan-${at}`,
    name: `Plan ${at}`,
    price_micro: BigInt(random(0, 600)) * 10_000n,
    credits: BigInt(random(0, 120)),
    rollover_max: 0n,
    models: chance(30) ? [pick(random, MODELS)] : null,
    longest_s: chance(40) ? random(1, 5) : null,
    largest_size: chance(30) ? '720p' : null,
    clips_a_day: chance(50) ? [{ from: '2026-01-01', clips: random(0, 12) === 0 ? 0 : 1 }] : null,
    credits_a_day: chance(15) ? [{ from: '2026-01-01', credits: BigInt(random(0, 2)) }] : null,
    grace_days: null,
    relaxed: chance(30),
    relaxed_with_credits: chance(20),
    watermark: chance(40),
    since: '2026-01-01',
    source: 'a test',
  }
}

function randomPack(random: Random, at: number): Pack {
  const price_micro = BigInt(random(1, 400)) * 10_000n
  return {
    id: `pack-${at}`,
    name: `Pack ${at}`,
    price_micro,
    credits: BigInt(random(3, 90)),
    months: 12,
    since: '2026-01-01',
    source: 'a test',
  }
}

function randomCard(random: Random, id: string, currency: RateCard['currency'], percent: number): RateCard {
  const lines = MODELS.flatMap((model) =>
    SIZES.flatMap((size): RateLine[] => {
      const seconds = LENGTHS.filter(() => random(1, 100) <= 75)
      if (random(1, 100) > percent || seconds.length === 0) return []
      const amount = currency === 'usd' ? `0.${String(random(1, 60)).padStart(2, '0')}` : String(random(1, 9))
      return [{ models: [model], sizes: [size], seconds, rate: { kind: random(1, 2) === 1 ? 'per_call' : 'per_second', amount } }]
    }),
  )
  const source = { name: 'a test', read_on: DATE }
  return { kind: 'rates', id, version: 1, title: id, currency, effective_on: DATE, source, lines }
}

function times<T>(count: number, make: (at: number, of: number) => T): T[] {
  return Array.from({ length: count }, (_, at) => make(at, count))
}

function pick<T>(random: Random, from: readonly T[]): T {
  const one = from[random(0, from.length - 1)]
  if (one === undefined) throw new Error('nothing to pick from')
  return one
}
