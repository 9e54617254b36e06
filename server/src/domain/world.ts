import type { Route } from './catalogue.ts'
import type { AnyCard, RateCard } from './rate-card.ts'
import type { Rational } from './rational.ts'

/** What is for sale here, by which price lists: read from the configuration at start, the same for every request. */
export interface World {
  /** All cards by id, competitors' plans included. */
  readonly cards: ReadonlyMap<string, AnyCard>
  /** What a customer without a card of their own pays. */
  readonly customer_card: RateCard
  readonly routes: readonly Route[]
  readonly credit_usd: Rational
  /** The animatic stands in for other models, because no provider is configured. */
  readonly demo: boolean
}
