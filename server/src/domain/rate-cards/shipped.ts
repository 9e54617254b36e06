import type { AnyCard, RateCard } from '../rate-card.ts'
import { aggregator_per_call_2026_05 } from './aggregator-per-call-2026-05.ts'
import { animatic } from './animatic.ts'
import { app_credits_2026_01 } from './app-credits-2026-01.ts'
import { chat_2026_11 } from './chat-2026-11.ts'
import { fal_2026_11 } from './fal-2026-11.ts'
import { google_2026_11 } from './google-2026-11.ts'
import { kling_2026_07 } from './kling-2026-07.ts'
import { laozhang_2026_11 } from './laozhang-2026-11.ts'
import { openai_2026_05 } from './openai-2026-05.ts'
import { openai_articles_2026_05 } from './openai-articles-2026-05.ts'
import { pika_plans_2026_06 } from './pika-plans-2026-06.ts'
import { runway_2026_07 } from './runway-2026-07.ts'
import { runway_plans_2026_05 } from './runway-plans-2026-05.ts'

/** Every card that comes with the product. Ids are a promise to the outside; a changed price is a new id or a new version. */
export const SHIPPED_CARDS: readonly AnyCard[] = [
  openai_2026_05,
  openai_articles_2026_05,
  aggregator_per_call_2026_05,
  app_credits_2026_01,
  google_2026_11,
  kling_2026_07,
  chat_2026_11,
  laozhang_2026_11,
  animatic,
  runway_2026_07,
  fal_2026_11,
  runway_plans_2026_05,
  pika_plans_2026_06,
]

/** What customers pay unless somebody says otherwise. */
export const DEFAULT_CARD: RateCard = openai_2026_05

/** A shipped card that prices orders; null for an unknown id and for plans. */
export function shippedRateCard(id: string): RateCard | null {
  return SHIPPED_CARDS.find((card): card is RateCard => card.id === id && card.kind === 'rates') ?? null
}

/** Whether a customer may read a price list: their own, and those that everybody can. The others say what the operator pays, or what another customer does. */
export function isShownTo(card: AnyCard, own: RateCard): boolean {
  return card === own || SHIPPED_CARDS.some(({ id }) => id === card.id)
}
