import type { Credits } from './credits.ts'
import { formatSizeOrClass } from './order.ts'
import { type NotSold, type PricedOrder, price } from './price.ts'
import type { RateCard } from './rate-card.ts'
import { compare, decimal, type Rational, ratio } from './rational.ts'
import { winningLine } from './sold.ts'

/** Which card prices a model, and what a credit is worth. */
export interface EstimateTerms {
  readonly cardOf: (model: string) => RateCard
  readonly credit_usd: Rational
}

/** Of one clip: dollars exact, credits rounded up once. */
export interface Rate {
  readonly usd: Rational
  readonly credits: Credits
}

export interface NearestPrice extends Rate {
  readonly seconds: number
}

/** A length that nobody sells, and what would be bought instead. */
export interface Unsold {
  readonly seconds: number
  /** The next shorter and the next longer length that is sold, ascending; at least one. */
  readonly nearest: readonly NearestPrice[]
  readonly message: string
}

export interface ClipRates {
  /** Of the nearest length; of the longer one where both are as near. */
  readonly expected: Rate
  /** Of the dearest of the lengths beside it. */
  readonly worst: Rate
  /** What the length asked for would cost by the second, sold or not; null where the price is not by the second. */
  readonly as_asked: Rational | null
  /** Null: it is sold as it was asked for. */
  readonly unsold: Unsold | null
}

export type ClipPrice = ({ readonly outcome: 'priced' } & ClipRates) | NotSold

/**
 * Prices one clip of a plan. A length that is not sold is never replaced in silence: it is priced by the lengths beside it, and says so.
 * A model, a size or a price that does not exist is refused as a quote refuses it.
 */
export function priceClip(asked: PricedOrder, { cardOf, credit_usd }: EstimateTerms): ClipPrice {
  const card = cardOf(asked.model)
  const priced = price(card, asked, { credit_usd })
  if (priced.outcome === 'priced') {
    const rate = { usd: decimal(priced.usd), credits: priced.credits }
    return { outcome: 'priced', expected: rate, worst: rate, as_asked: rate.usd, unsold: null }
  }
  if (priced.reason !== 'unsupported_duration') return priced
  const nearest = besides(asked.seconds, priced.allowed.durations ?? []).flatMap((seconds) => {
    const other = price(card, { ...asked, seconds }, { credit_usd })
    return other.outcome === 'priced' ? [{ seconds, usd: decimal(other.usd), credits: other.credits }] : []
  })
  const [first] = nearest
  // Lengths there are, but none at this size: then it is the size that is wrong.
  if (first === undefined) return { ...priced, reason: 'unsupported_size' }
  const distance = ({ seconds }: NearestPrice) => Math.abs(seconds - asked.seconds)
  const expected = nearest.reduce((best, one) => (distance(one) <= distance(best) ? one : best), first)
  const worst = nearest.reduce((most, one) => (compare(one.usd, most.usd) > 0 ? one : most), first)
  return {
    outcome: 'priced',
    expected,
    worst,
    as_asked: bySecond(card, asked, first.seconds, credit_usd),
    unsold: { seconds: asked.seconds, nearest, message: priced.message },
  }
}

/** @example besides(5, [4, 8, 12]) // [4, 8] */
function besides(seconds: number, sold: readonly number[]): readonly number[] {
  const shorter = sold.filter((one) => one < seconds).at(-1)
  const longer = sold.find((one) => one > seconds)
  return [shorter, longer].filter((one) => one !== undefined)
}

/** The rate of a length that is sold, for one that is not. */
function bySecond(card: RateCard, asked: PricedOrder, sold_seconds: number, credit_usd: Rational): Rational | null {
  const line = winningLine(card, { ...asked, seconds: sold_seconds })
  if (line?.rate.kind !== 'per_second') return null
  const priced = price({ ...card, lines: [{ ...line, seconds: [asked.seconds] }] }, asked, { credit_usd })
  return priced.outcome === 'priced' ? decimal(priced.usd) : null
}

export function clipText({ model, size, seconds }: PricedOrder): string {
  return `${model} ${formatSizeOrClass(size)}, ${seconds} s`
}

export const times = (rate: Rational, quantity: bigint): Rational => ratio(rate.n * quantity, rate.d)
