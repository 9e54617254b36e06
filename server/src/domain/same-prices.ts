import type { Abilities } from './catalogue/entry.ts'
import type { Route } from './catalogue.ts'
import { type Mapping, type MappingRule, mapOrder } from './mapping.ts'
import type { Complexity, Operation, Size } from './order.ts'
import { type NotSold, type Priced, price } from './price.ts'
import type { RateCard } from './rate-card.ts'
import { ceil, decimal, multiply, type Rational, ratio } from './rational.ts'
import { names, winningLine } from './sold.ts'

/** What the provider of a route takes. */
export interface Cost {
  /** Dollars, exact. */
  readonly usd: Rational
  /** Micro-dollars, rounded up. */
  readonly micro: bigint
}

interface Ordered {
  readonly operation: Operation
  readonly has_reference: boolean
  readonly model: string
  readonly seconds: number
  readonly size: Size
  readonly complexity: Complexity
}

/** What one order comes to on many routes. */
export interface Prices {
  /** As `mapOrder` says: accounts of one vendor can all do the same. */
  mapping(abilities: Abilities, rule: MappingRule): Mapping | null
  /** What we pay for it as a route makes it; null when our own card of that provider does not price it. */
  cost(route: Pick<Route, 'provider_rate_card' | 'provider_model' | 'model'>, made: Mapping): Cost | null
  /** What its customer pays by a card, as this model. */
  price(offer: { readonly card: RateCard; readonly model: string }, cost: Cost): Priced | NotSold
}

/**
 * Prices an order by the cards of many routes. Routes are many and cards are few: what a card says of one model is worked out once for all routes
 * that it prices, and kept no longer than for this order.
 */
export function samePrices(order: Ordered, credit_usd: Rational): Prices {
  const costs = byCard<{ readonly made: Mapping; readonly cost: Cost | null }[]>()
  const prices = byCard<Priced | NotSold>()
  const mappings = { exact: new Map<Abilities, Mapping | null>(), nearest: new Map<Abilities, Mapping | null>() }
  return {
    mapping(abilities, rule) {
      const before = mappings[rule].get(abilities)
      if (before !== undefined) return before
      const mapping = mapOrder(order, abilities, rule)
      mappings[rule].set(abilities, mapping)
      return mapping
    },
    cost(route, made) {
      const card = route.provider_rate_card
      if (card === null) return null
      const model = names(card, route.provider_model) ? route.provider_model : route.model
      const of_model = costs(card)
      const known = of_model.get(model) ?? []
      const before = known.find((one) => isMadeAs(one.made, made))
      if (before !== undefined) return before.cost
      const { seconds, size } = made
      const paid = price(card, { model, seconds, size, complexity: 'standard' }, { credit_usd })
      const cost = paid.outcome === 'priced' ? costOf(decimal(paid.usd)) : null
      of_model.set(model, [...known, { made, cost }])
      return cost
    },
    price({ card, model }, cost) {
      const before = prices(card).get(model)
      if (before !== undefined) return before
      const asked = { ...order, model }
      const priced = price(card, asked, { credit_usd, provider_cost_usd: cost.usd })
      // Such a line says something else of every route.
      if (winningLine(card, asked)?.rate.kind !== 'cost_plus_percent') prices(card).set(model, priced)
      return priced
    },
  }
}

function costOf(usd: Rational): Cost {
  return { usd, micro: ceil(multiply(usd, ratio(1_000_000n))) }
}

function isMadeAs(a: Mapping, b: Mapping): boolean {
  return a === b || (a.seconds === b.seconds && a.size.width === b.size.width && a.size.height === b.size.height)
}

/** A map of models for each card. */
function byCard<T>(): (card: RateCard) => Map<string, T> {
  const all = new Map<RateCard, Map<string, T>>()
  return (card) => {
    const before = all.get(card)
    if (before !== undefined) return before
    const of_card = new Map<string, T>()
    all.set(card, of_card)
    return of_card
  }
}
