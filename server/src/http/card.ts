import type { Owner } from '../access/owner.ts'
import type { AnyCard, RateCard } from '../domain/rate-card.ts'
import { cardOf, cardsFor } from '../videos/quote.ts'
import type { Services } from './services.ts'

/** The card whose prices somebody is shown: the customer's; for an operator who acts for nobody, the default. */
export async function shownCard({ world, videos }: Services, owner: Owner | null): Promise<RateCard> {
  return owner === null ? world.customer_card : cardOf(videos, owner)
}

/** The cards that somebody is shown: all for an operator, for a customer none of what only the operator pays. */
export async function shownCards({ world, videos }: Services, owner: Owner | null): Promise<ReadonlyMap<string, AnyCard>> {
  return owner === null ? world.cards : cardsFor(videos, owner)
}
