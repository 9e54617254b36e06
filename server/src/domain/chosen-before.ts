import type { Route } from './catalogue.ts'
import { type Expected, NOTHING_EXPECTED } from './expected.ts'
import type { RateCard } from './rate-card.ts'
import { type Chosen, choose, type Refused, type RoutedOrder, type RoutingTerms } from './routing.ts'

/** Kinds of order remembered for one card: more than is sold of all models. Then it begins anew. */
const REMEMBERED_MAX = 1_000

// All that a choice depends on, by name: a member that is added to an order or to the terms must be added here, or this does not compile.
const OF_ORDER: { readonly [Member in keyof RoutedOrder]-?: (order: RoutedOrder) => unknown } = {
  operation: (order) => order.operation,
  model: (order) => order.model,
  seconds: (order) => order.seconds,
  size: (order) => [order.size.width, order.size.height],
  has_reference: (order) => order.has_reference,
  source: () => null, // what begins from a clip is not remembered
  has_characters: (order) => order.has_characters ?? false,
  complexity: (order) => order.complexity,
}
const OF_TERMS: { readonly [Member in keyof RoutingTerms]-?: (terms: RoutingTerms) => unknown } = {
  customer_card: () => null, // remembered by itself
  policy: (terms) => terms.policy,
  credit_usd: (terms) => `${terms.credit_usd.n}/${terms.credit_usd.d}`,
  lane: (terms) => terms.lane ?? 'standard',
  price_floor: ({ price_floor: floor }) => floor && [floor.credits, floor.percent_of_cost],
  expected: () => null, // remembered by itself
  unavailable: () => null, // nothing is remembered of a moment when something is
}

type OfCards = WeakMap<RateCard, Map<string, Chosen>>

const chosen = new WeakMap<readonly Route[], WeakMap<Expected, OfCards>>()

/**
 * What `choose` says, remembered: orders are much alike, and choosing cost more than all else about a quote. It depends on nothing but its
 * arguments, so what it said of the same ones still holds. Refusals are not remembered: they may have any name in them.
 */
export function chosenBefore(order: RoutedOrder, routes: readonly Route[], terms: RoutingTerms): Chosen | Refused {
  if (order.source !== null || terms.unavailable !== undefined) return choose(order, routes, terms)
  // What is expected changes every minute, and with it goes what was chosen by it.
  const expected = terms.expected ?? NOTHING_EXPECTED
  const of_routes = chosen.get(routes) ?? new WeakMap<Expected, OfCards>()
  const of_cards: OfCards = of_routes.get(expected) ?? new WeakMap()
  const of_card = of_cards.get(terms.customer_card) ?? new Map<string, Chosen>()
  const name = nameOf(order, terms)
  const before = of_card.get(name)
  if (before !== undefined) return before
  const now = choose(order, routes, terms)
  if (now.outcome === 'refused') return now
  if (of_card.size >= REMEMBERED_MAX) of_card.clear()
  chosen.set(routes, of_routes.set(expected, of_cards.set(terms.customer_card, of_card.set(name, now))))
  return now
}

function nameOf(order: RoutedOrder, terms: RoutingTerms): string {
  return JSON.stringify([...Object.values(OF_ORDER).map((of) => of(order)), ...Object.values(OF_TERMS).map((of) => of(terms))])
}
