import type { Route } from '../domain/catalogue.ts'
import type { AnyCard, RateCard } from '../domain/rate-card.ts'
import { DEFAULT_CARD, SHIPPED_CARDS } from '../domain/rate-cards/shipped.ts'
import type { Rational } from '../domain/rational.ts'
import type { World } from '../domain/world.ts'

/** Puts together what is for sale: the shipped cards and the default one, unless told otherwise. */
export function createWorld(made_of: {
  readonly routes: readonly Route[]
  readonly credit_usd: Rational
  readonly cards?: readonly AnyCard[]
  readonly customer_card?: RateCard
}): World {
  const cards = new Map((made_of.cards ?? SHIPPED_CARDS).map((card) => [card.id, card]))
  const { routes, credit_usd, customer_card = DEFAULT_CARD } = made_of
  return { cards, customer_card, routes, credit_usd, demo: routes.some((route) => route.demo) }
}
