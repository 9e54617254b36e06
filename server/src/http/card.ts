import type { Owner } from '../access/owner.ts'
import type { AnyCard, RateCard } from '../domain/rate-card.ts'
import { isShownTo } from '../domain/rate-cards/shipped.ts'
import { cardOf } from '../videos/quote.ts'
import type { Known } from './route.ts'
import type { Services } from './services.ts'

/** The card whose prices somebody is shown: the customer's; for an operator who acts for nobody, the default. */
export async function shownCard({ world, videos }: Services, owner: Owner | null): Promise<RateCard> {
  return owner === null ? world.customer_card : cardOf(videos, owner)
}

/** The price lists that somebody may read: an operator all of them. */
export async function shownCards(services: Services, caller: Known): Promise<readonly AnyCard[]> {
  const cards = [...services.world.cards.values()]
  if (caller.kind === 'operator') return cards
  const own = await shownCard(services, caller.owner)
  return cards.filter((card) => isShownTo(card, own))
}
