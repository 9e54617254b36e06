import { CREDITS_MAX } from './credits.ts'
import { add, ceil, compare, divide, multiply, type Rational, ratio, subtract, ZERO } from './rational.ts'

/** What somebody asks for a clip of theirs, and how many they sell. */
export interface EconomicsAsked {
  readonly price_usd: Rational
  /** At least 1; null: not said. */
  readonly clips_per_month: number | null
  /** A month, whatever is sold. */
  readonly overhead_usd: Rational
}

export interface Economics {
  readonly price_usd: Rational
  /** Of one finished clip, drafts and expected retries included; overhead is not. */
  readonly cost_usd: Rational
  readonly worst_cost_usd: Rational
  readonly margin_usd: Rational
  /** Of the price; null where nothing is asked. */
  readonly margin_percent: Rational | null
  /** The price at which nothing is lost, with its share of the overhead where a volume was said. */
  readonly break_even_usd: Rational
  readonly worst_break_even_usd: Rational
  /** From so many clips a month on the margin pays the overhead; null: at no volume, or there is nothing to pay. */
  readonly break_even_clips: bigint | null
  readonly overhead_usd: Rational
  readonly month: Month | null
  /** From nothing to twice the volume. */
  readonly curve: readonly CurvePoint[]
}

export interface Month {
  readonly clips: bigint
  readonly cost_usd: Rational
  readonly revenue_usd: Rational
  readonly margin_usd: Rational
}

export interface CurvePoint {
  readonly clips: bigint
  readonly cost_usd: Rational
  readonly revenue_usd: Rational
}

/** A month, where only a day was said. */
export const DAYS_A_MONTH = 30
const CURVE_STEPS = 20n

/** What a clip earns or loses, and from when on. Exact. */
export function economicsOf(asked: EconomicsAsked, cost_usd: Rational, worst_cost_usd: Rational): Economics {
  const { price_usd, overhead_usd, clips_per_month } = asked
  const margin_usd = subtract(price_usd, cost_usd)
  const volume = clips_per_month === null ? null : BigInt(clips_per_month)
  const share = volume === null ? ZERO : divide(overhead_usd, ratio(volume))
  const at = (clips: bigint): CurvePoint => ({
    clips,
    cost_usd: add(overhead_usd, multiply(cost_usd, ratio(clips))),
    revenue_usd: multiply(price_usd, ratio(clips)),
  })
  return {
    price_usd,
    cost_usd,
    worst_cost_usd,
    margin_usd,
    margin_percent: compare(price_usd, ZERO) > 0 ? multiply(divide(margin_usd, price_usd), ratio(100n)) : null,
    break_even_usd: add(cost_usd, share),
    worst_break_even_usd: add(worst_cost_usd, share),
    break_even_clips:
      compare(overhead_usd, ZERO) > 0 && compare(margin_usd, ZERO) > 0 ? countable(ceil(divide(overhead_usd, margin_usd))) : null,
    overhead_usd,
    month: volume === null ? null : monthOf(at(volume)),
    curve: volume === null ? [] : points(volume).map(at),
  }
}

/** More than a JSON number counts is never. */
const countable = (clips: bigint): bigint | null => (clips > CREDITS_MAX ? null : clips)

function monthOf({ clips, cost_usd, revenue_usd }: CurvePoint): Month {
  return { clips, cost_usd, revenue_usd, margin_usd: subtract(revenue_usd, cost_usd) }
}

function points(volume: bigint): readonly bigint[] {
  const all = Array.from({ length: Number(CURVE_STEPS) + 1 }, (_, step) => (2n * volume * BigInt(step)) / CURVE_STEPS)
  return [...new Set([...all, volume])].toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}
