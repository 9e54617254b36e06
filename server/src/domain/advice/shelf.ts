import type { LocalDate } from '../calendar.ts'
import { type Pack, type Plan, SHIPPED_PACKS, SHIPPED_PLANS } from '../plans.ts'
import type { AnyCard, RateCard } from '../rate-card.ts'
import { app_credits_2026_01 } from '../rate-cards/app-credits-2026-01.ts'
import { DEFAULT_CARD } from '../rate-cards/shipped.ts'
import { knows } from '../sold.ts'
import type { World } from '../world.ts'
import type { ClipKind, Shelf } from './asked.ts'

/** The price lists that are looked at unless others are named: those of the articles. */
export const USUAL_CARDS: readonly string[] = ['aggregator-per-call-2026-05', 'openai-articles-2026-05', 'openai-2026-05']

/** What to choose from, by name; null: whatever there usually is. Names were checked before. */
export interface Chosen {
  readonly plans: readonly string[] | null
  readonly packs: readonly string[] | null
  readonly rate_cards: readonly string[] | null
  readonly credits_card: RateCard | null
}

/**
 * The plans and packs of this gateway, and the price lists by which clips are paid each for itself: those named; else the articles', and for a model that
 * they do not know every one that does.
 *
 * Credits are spent by the customer's price list, and by programs too. As long as nobody has changed plans, packs or that list from what comes with the
 * product, they are what the articles write about: credits of the app, at the app's prices, and by hand.
 * @param cards those that the customer may see
 */
export function shelfOf(
  { plans, packs, credit_usd }: Pick<World, 'plans' | 'packs' | 'credit_usd'>,
  cards: readonly AnyCard[],
  customer_card: RateCard,
  kinds: readonly ClipKind[],
  chosen: Chosen,
  date: LocalDate,
): Shelf {
  const in_dollars = payCards(cards)
  const usual = in_dollars.filter(({ id }) => USUAL_CARDS.includes(id))
  const unknown = kinds.filter(({ model }) => !usual.some((card) => knows(card, model)))
  const others = in_dollars.filter((card) => !usual.includes(card) && unknown.some(({ model }) => knows(card, model)))
  const named = chosen.rate_cards
  const is_articles =
    isPreset([...plans.values()], SHIPPED_PLANS) && isPreset([...packs.values()], SHIPPED_PACKS) && customer_card === DEFAULT_CARD
  const credits_card = chosen.credits_card ?? (is_articles ? app_credits_2026_01 : customer_card)
  return {
    plans: allowed([...plans.values()], chosen.plans),
    packs: allowed([...packs.values()], chosen.packs),
    pay_cards: named === null ? [...usual, ...others] : in_dollars.filter(({ id }) => named.includes(id)),
    credits_card,
    of_the_app: credits_card.id === app_credits_2026_01.id,
    credit_usd,
    date,
  }
}

/** The price lists by which a clip can be paid for itself. */
export function payCards(cards: readonly AnyCard[]): readonly RateCard[] {
  return cards.filter((card): card is RateCard => card.kind === 'rates' && card.currency === 'usd')
}

function allowed<T extends Plan | Pack>(all: readonly T[], ids: readonly string[] | null): readonly T[] {
  return ids === null ? all : all.filter(({ id }) => ids.includes(id))
}

function isPreset<T>(own: readonly T[], shipped: readonly T[]): boolean {
  return own.every((one) => shipped.includes(one))
}
