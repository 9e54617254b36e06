import type { Owner } from '../access/owner.ts'
import type { RateCard } from '../domain/rate-card.ts'
import { cardOf } from '../videos/quote.ts'
import type { Services } from './services.ts'

/** The card whose prices somebody is shown: the customer's; for an operator who acts for nobody, the default. */
export async function shownCard({ world, videos }: Services, owner: Owner | null): Promise<RateCard> {
  return owner === null ? world.customer_card : cardOf(videos, owner)
}
