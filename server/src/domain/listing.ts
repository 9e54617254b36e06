import type { Availability, Facts } from './catalogue/entry.ts'
import type { Route } from './catalogue.ts'
import { COMPLEXITIES, type Complexity, parseSize } from './order.ts'
import { creditsText, partsOf, usdText } from './price.ts'
import type { AnyCard, RateCard, RateLine } from './rate-card.ts'
import { add, divide, multiply, type Rational, ZERO } from './rational.ts'
import { orderablePairs, pricedBy } from './routing.ts'
import { winningLine } from './sold.ts'

/** One price of a model: for this size and these lengths, so much a second or a video. */
export interface ListedPrice {
  readonly size: string
  readonly durations: readonly number[]
  readonly unit: 'second' | 'video'
  readonly usd: string
  readonly credits: string
  /** Only where the field changes the price. */
  readonly complexity?: Complexity
}

/** What can really be ordered: sold by the card and within the route's abilities. */
export interface Offer {
  readonly durations: readonly number[]
  readonly sizes: readonly string[]
  readonly prices: readonly ListedPrice[]
}

export interface ModelView {
  readonly id: string
  readonly object: 'model'
  /** Unix seconds: since when these prices hold. */
  readonly created: number
  readonly owned_by: string
  readonly filmgate: Offer & { readonly demo?: true }
}

export interface RouteView {
  readonly object: 'route'
  readonly name: string
  readonly provider: string
  readonly model: string
  readonly provider_model: string
  readonly regions: readonly string[]
  readonly availability: Availability
  readonly facts: Facts | null
  readonly durations: readonly number[]
  readonly sizes: readonly string[]
  readonly prices: readonly ListedPrice[]
  /** Since when and from which source; null where the customer's card has no price. */
  readonly rate_card: {
    readonly id: string
    readonly version: number
    readonly effective_on: string
    readonly source: RateCard['source']
  } | null
  readonly demo?: true
}

/** What a customer with this card can ask for, by name. A model that no route makes at any price is not listed. */
export function models(routes: readonly Route[], card: RateCard, credit_usd: Rational): readonly ModelView[] {
  const ids = [...new Set(routes.map((route) => route.model))].sort()
  return ids.flatMap((id): readonly ModelView[] => {
    const serving = routes.filter((route) => route.model === id)
    const offers = serving.map((route) => offerOf(route, card, credit_usd)).filter((offer) => offer.durations.length > 0)
    const [priced] = serving.flatMap((route) => pricedBy(route, card) ?? [])
    if (offers.length === 0 || !priced) return []
    const created = Date.parse(`${priced.card.effective_on}T00:00:00Z`) / 1000
    const demo = serving.every((route) => route.demo)
    return [{ id, object: 'model', created, owned_by: 'filmgate', filmgate: { ...together(offers), ...(demo ? { demo } : {}) } }]
  })
}

/** What serves each model, at which price, since when, from which source. */
export function routeView(route: Route, card: RateCard, credit_usd: Rational): RouteView {
  const { name, provider, model, provider_model, regions, demo } = route
  const priced = pricedBy(route, card)?.card
  const rate_card = priced ? { id: priced.id, version: priced.version, effective_on: priced.effective_on, source: priced.source } : null
  const offer = offerOf(route, card, credit_usd)
  const { availability = { state: 'active' }, facts = null } = route
  return {
    object: 'route',
    name,
    provider,
    model,
    provider_model,
    regions,
    availability,
    facts,
    ...offer,
    rate_card,
    ...(demo ? { demo } : {}),
  }
}

/** A card as the API shows it. Percentages above cost stay inside: with a price they would tell what a provider takes. */
export function rateCardView(card: AnyCard): Readonly<Record<string, unknown>> {
  if (card.kind === 'plans') return { object: 'rate_card', ...card }
  const lines = card.lines.map((line) => (line.rate.kind === 'cost_plus_percent' ? { ...line, rate: { kind: line.rate.kind } } : line))
  return { object: 'rate_card', ...card, lines }
}

function offerOf(route: Route, card: RateCard, credit_usd: Rational): Offer {
  const offer = pricedBy(route, card)
  if (!offer) return { durations: [], sizes: [], prices: [] }
  const durations = new Set<number>()
  const sizes = new Set<string>()
  const prices: ListedPrice[] = []
  const pairs = orderablePairs(route, offer, route.mapping ?? 'nearest')
  for (const text of new Set(pairs.map(({ size }) => size))) {
    const size = parseSize(text)
    if (!size) continue
    const by_line = new Map<RateLine, number[]>()
    for (const { seconds } of pairs.filter((pair) => pair.size === text)) {
      const line = winningLine(offer.card, { model: offer.model, seconds, size })
      if (!line) continue
      by_line.set(line, [...(by_line.get(line) ?? []), seconds])
      durations.add(seconds)
      sizes.add(text)
    }
    for (const [line, sold] of by_line) prices.push(...pricesOf(line, sold, text, offer.card.currency, credit_usd))
  }
  return { durations: [...durations].sort((a, b) => a - b), sizes: [...sizes], prices }
}

/** Nothing for cost-plus lines: they have a price only for a whole order. */
function pricesOf(
  line: RateLine,
  sold: readonly number[],
  size: string,
  currency: RateCard['currency'],
  credit_usd: Rational,
): readonly ListedPrice[] {
  const shown = (amount: Rational) => ({
    usd: usdText(currency === 'usd' ? amount : multiply(amount, credit_usd)),
    credits: creditsText(currency === 'usd' ? divide(amount, credit_usd) : amount),
  })
  const brackets = line.rate.kind === 'duration_steps' ? bracketsOf(sold, line.rate.steps) : [sold]
  return brackets.flatMap((durations) => {
    const [seconds] = durations
    const exact = parseSize(size)
    if (seconds === undefined || !exact) return []
    return COMPLEXITIES.filter((complexity) => complexity === 'standard' || line.surcharges).flatMap((complexity) => {
      const parts = partsOf(line, currency, { model: '', seconds, size: exact, complexity }, { credit_usd })
      if (!parts) return []
      const units = parts.every(({ unit }) => unit === 'video')
        ? [{ unit: 'video' as const, rate: parts.map(({ rate }) => rate).reduce(add, ZERO) }]
        : parts
      const field = line.surcharges ? { complexity } : {}
      return units.map(({ unit, rate }) => ({ size, durations, unit, ...shown(rate), ...field }))
    })
  })
}

function bracketsOf(sold: readonly number[], steps: readonly { readonly up_to_s: number }[]): readonly (readonly number[])[] {
  return steps.map(({ up_to_s }, at) => sold.filter((seconds) => seconds <= up_to_s && seconds > (steps[at - 1]?.up_to_s ?? 0)))
}

/** The union of several routes' offers; equal prices once. */
function together(offers: readonly Offer[]): Offer {
  const prices = new Map(offers.flatMap((offer) => offer.prices.map((price) => [JSON.stringify(price), price])))
  return {
    durations: [...new Set(offers.flatMap((offer) => offer.durations))].sort((a, b) => a - b),
    sizes: [...new Set(offers.flatMap((offer) => offer.sizes))],
    prices: [...prices.values()],
  }
}
