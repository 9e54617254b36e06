import type { Route } from './catalogue.ts'
import type { Guardrails } from './guardrails.ts'
import { type Limits, NO_LIMITS } from './limits.ts'
import { type Pack, type Plan, SHIPPED_PACKS, SHIPPED_PLANS } from './plans.ts'
import type { AnyCard, RateCard } from './rate-card.ts'
import { DEFAULT_CARD, SHIPPED_CARDS } from './rate-cards/shipped.ts'
import type { Rational } from './rational.ts'
import { RETRY_ALERT, type RetryAlert } from './retries.ts'
import { SHIPPED_TIERS, type Tier } from './tiers.ts'

/** What is for sale here, by which price lists: read from the configuration at start, the same for every request. */
export interface World {
  /** All cards by id, competitors' plans included. */
  readonly cards: ReadonlyMap<string, AnyCard>
  /** What a customer without a card of their own pays. */
  readonly customer_card: RateCard
  readonly routes: readonly Route[]
  readonly credit_usd: Rational
  /** What binds every customer who was given no limits of their own. */
  readonly limits: Limits
  readonly tiers: readonly Tier[]
  /** Of every customer without guardrails of their own; null: none. */
  readonly guardrails: Guardrails | null
  readonly plans: ReadonlyMap<string, Plan>
  readonly packs: ReadonlyMap<string, Pack>
  readonly retry_alert: RetryAlert
  /** The animatic stands in for other models, because no provider is configured. */
  readonly demo: boolean
}

/** Puts together what is for sale: the shipped cards and the default one, unless told otherwise. */
export function createWorld(made_of: {
  readonly routes: readonly Route[]
  readonly credit_usd: Rational
  readonly cards?: readonly AnyCard[]
  readonly customer_card?: RateCard
  readonly limits?: Limits
  readonly tiers?: readonly Tier[]
  readonly guardrails?: Guardrails | null
  readonly plans?: readonly Plan[]
  readonly packs?: readonly Pack[]
  readonly retry_alert?: RetryAlert
}): World {
  const cards = new Map((made_of.cards ?? SHIPPED_CARDS).map((card) => [card.id, card]))
  const { routes, credit_usd, customer_card = DEFAULT_CARD, limits = NO_LIMITS, tiers = SHIPPED_TIERS, guardrails = null } = made_of
  const plans = new Map((made_of.plans ?? SHIPPED_PLANS).map((plan) => [plan.id, plan]))
  const packs = new Map((made_of.packs ?? SHIPPED_PACKS).map((pack) => [pack.id, pack]))
  return {
    cards,
    customer_card,
    routes,
    credit_usd,
    limits,
    tiers,
    guardrails,
    plans,
    packs,
    retry_alert: made_of.retry_alert ?? RETRY_ALERT,
    demo: routes.some((route) => route.demo),
  }
}
