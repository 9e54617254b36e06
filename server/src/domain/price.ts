import type { Credits } from './credits.ts'
import { type Complexity, formatSizeOrClass, type Size, type SizeClass } from './order.ts'
import type { RateCard, RateLine } from './rate-card.ts'
import { add, ceil, compare, decimal, divide, multiply, type Rational, ratio, subtract, toDecimal, toFixed, ZERO } from './rational.ts'
import { type Allowed, durationSentence, knows, listed, sizeSentence, soldDurations, soldSizes, winningLine } from './sold.ts'

/** What a price depends on. An `Order` is one; a comparison may name a class of sizes. */
export interface PricedOrder {
  readonly model: string
  readonly seconds: number
  readonly size: Size | SizeClass
  readonly complexity: Complexity
}

export interface Terms {
  /** What one credit is worth in dollars; above 0. */
  readonly credit_usd: Rational
  /** What the route's provider takes, in dollars: what `cost_plus_percent` adds to. */
  readonly provider_cost_usd?: Rational
}

/** Decimal strings throughout. `quantity` x `rate` is `credits`, save for digits cut off where a decimal has no end. */
export interface PriceLine {
  readonly label: string
  readonly quantity: string
  readonly unit: 'second' | 'video'
  readonly rate: string
  readonly credits: string
}

export interface Priced {
  readonly outcome: 'priced'
  /** Rounded up once, for the whole video. */
  readonly credits: Credits
  /** The exact price in dollars before that rounding, at least two decimals. */
  readonly usd: string
  /** Their credits sum to `credits`; where rounding changed it, the last line is `rounding`. */
  readonly lines: readonly PriceLine[]
}

export interface NotSold {
  readonly outcome: 'not_sold'
  readonly reason: 'unknown_model' | 'unsupported_duration' | 'unsupported_size' | 'no_price'
  readonly allowed: Allowed
  /** A sentence for the customer: what is not sold, and what is. */
  readonly message: string
}

/** One term of a price, in the card's currency. */
export interface Part {
  readonly label: string
  readonly quantity: bigint
  readonly unit: PriceLine['unit']
  readonly rate: Rational
}

/** Digits shown of a number of credits that has no end in decimals; the `rounding` line takes up the rest. */
const SHOWN_PLACES = 6

/**
 * Prices one video by one card: exact fractions, rounded up once to a whole credit. Pure; never throws for an order, however absurd.
 * A missing price is a refusal, never 0.
 */
export function price(card: RateCard, order: PricedOrder, terms: Terms): Priced | NotSold {
  const line = winningLine(card, order)
  if (!line) return notSold(card, order)
  const parts = partsOf(line, card.currency, order, terms)
  if (!parts) {
    const message = `${order.model} has a price on ${card.id} only together with a route.`
    return { outcome: 'not_sold', reason: 'no_price', allowed: {}, message }
  }
  const one_credit = card.currency === 'usd' ? terms.credit_usd : ratio(1n)
  const in_currency = parts.map((part) => multiply(ratio(part.quantity), part.rate)).reduce(add, ZERO)
  const credits = ceil(divide(in_currency, one_credit))
  const in_usd = card.currency === 'usd' ? in_currency : multiply(in_currency, terms.credit_usd)
  return { outcome: 'priced', credits, usd: usdText(in_usd), lines: shownLines(parts, one_credit, credits) }
}

/** The terms that a line charges for an order; null where the price needs a provider's cost that is not given. */
export function partsOf(line: RateLine, currency: RateCard['currency'], order: PricedOrder, terms: Terms): readonly Part[] | null {
  const what = `${order.model} ${formatSizeOrClass(order.size)}`
  const video = (label: string, rate: Rational): Part => ({ label, quantity: 1n, unit: 'video', rate })
  const dollars = (amount: string, per: string) => (currency === 'usd' ? `, $${amount} ${per}` : '')
  const parts: Part[] = []
  switch (line.rate.kind) {
    case 'per_second': {
      const label = `${what}${dollars(line.rate.amount, 'a second')}`
      parts.push({ label, quantity: BigInt(order.seconds), unit: 'second', rate: decimal(line.rate.amount) })
      break
    }
    case 'per_call':
      parts.push(video(`${what}${dollars(line.rate.amount, 'a video')}`, decimal(line.rate.amount)))
      break
    case 'flat':
      parts.push(video(`${what}, ${order.seconds} s${dollars(line.rate.amount, 'in total')}`, decimal(line.rate.amount)))
      break
    case 'duration_steps': {
      const step = line.rate.steps.find(({ up_to_s }) => order.seconds <= up_to_s)
      if (!step) return null
      parts.push(video(`${what}, up to ${step.up_to_s} s${dollars(step.amount, 'in total')}`, decimal(step.amount)))
      break
    }
    case 'cost_plus_percent': {
      if (!terms.provider_cost_usd) return null
      const usd = multiply(terms.provider_cost_usd, plusPercent(line.rate.percent))
      parts.push(video(what, currency === 'usd' ? usd : divide(usd, terms.credit_usd))) // no figure in the label: a provider's cost is nobody's business
      break
    }
  }
  if (line.surcharges && order.complexity !== 'standard') {
    const amount = line.surcharges[order.complexity]
    parts.push(video(`${order.complexity.replace('_', ' ')} prompt${dollars(amount, 'a video')}`, decimal(amount)))
  }
  return parts
}

/** Dollars with all their digits, at least two decimals. Sums of cards are finite; a quotient that is not is cut after twelve. */
export function usdText(usd: Rational): string {
  return toDecimal(usd, 2) ?? toFixed(usd, 12)
}

/** A number of credits with all its digits, or cut after six where it has no end. */
export function creditsText(credits: Rational): string {
  return toDecimal(credits) ?? toFixed(credits, SHOWN_PLACES)
}

function shownLines(parts: readonly Part[], one_credit: Rational, credits: Credits): readonly PriceLine[] {
  const lines: PriceLine[] = parts.map((part) => ({
    label: part.label,
    quantity: part.quantity.toString(),
    unit: part.unit,
    rate: creditsText(divide(part.rate, one_credit)),
    credits: creditsText(divide(multiply(ratio(part.quantity), part.rate), one_credit)),
  }))
  const shown = lines.map((line) => decimal(line.credits)).reduce(add, ZERO)
  const rest = subtract(ratio(credits), shown)
  if (compare(rest, ZERO) === 0) return lines
  const amount = creditsText(rest)
  return [...lines, { label: 'rounding', quantity: '1', unit: 'video', rate: amount, credits: amount }]
}

function plusPercent(percent: string): Rational {
  return add(ratio(1n), divide(decimal(percent), ratio(100n)))
}

function notSold(card: RateCard, order: PricedOrder): NotSold {
  const { model, seconds, size } = order
  if (!knows(card, model)) {
    const known = [...new Set(card.lines.flatMap((line) => line.models))]
    const message = `${model} is not on the rate card ${card.id}, which sells ${listed(known)}.`
    return { outcome: 'not_sold', reason: 'unknown_model', allowed: {}, message }
  }
  return missing(
    model,
    order,
    soldDurations(card, model, size),
    soldSizes(card, model, seconds),
    soldDurations(card, model),
    soldSizes(card, model),
  )
}

/**
 * Which of duration and size is at fault, and what would do: durations sold at that size, sizes sold for that duration; where both are wrong, all of either.
 * Used for a card alone and, by routing, for what a card sells and a route can make.
 */
export function missing(
  model: string,
  wanted: { readonly seconds: number; readonly size: Size | SizeClass },
  durations_at_size: readonly number[],
  sizes_at_duration: 'any' | readonly string[],
  durations: readonly number[],
  sizes: 'any' | readonly string[],
): NotSold {
  const { seconds, size } = wanted
  const other_sizes = sizes_at_duration === 'any' ? [] : sizes_at_duration
  if (durations_at_size.length > 0) {
    const what = durations_at_size.length === durations.length ? model : `${model} at ${formatSizeOrClass(size)}`
    const message = durationSentence(what, seconds, durations_at_size)
    const allowed: Allowed = { durations: durations_at_size, ...(other_sizes.length > 0 ? { sizes: other_sizes } : {}) }
    return { outcome: 'not_sold', reason: 'unsupported_duration', allowed, message }
  }
  if (other_sizes.length > 0) {
    const what = durations.length > 1 && sizes !== 'any' && other_sizes.length < sizes.length ? `${model} of ${seconds} seconds` : model
    return {
      outcome: 'not_sold',
      reason: 'unsupported_size',
      allowed: { sizes: other_sizes },
      message: sizeSentence(what, size, other_sizes),
    }
  }
  if (durations.length === 0 || sizes === 'any') {
    return { outcome: 'not_sold', reason: 'no_price', allowed: {}, message: `${model} has no price for this order.` }
  }
  const message = `${durationSentence(model, seconds, durations)} ${sizeSentence('It', size, sizes)}`
  return { outcome: 'not_sold', reason: 'unsupported_duration', allowed: { durations, sizes }, message }
}
