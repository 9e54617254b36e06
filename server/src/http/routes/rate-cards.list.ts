import { rateCardView } from '../../domain/listing.ts'
import { shownCards } from '../card.ts'
import { list, listOf } from '../page.ts'
import { route } from '../route.ts'
import { rate_card_object } from './model.ts'

export const rateCardsList = route({
  method: 'GET',
  path: '/v1/rate_cards',
  operation_id: 'listRateCards',
  summary: 'Price lists, with source and date.',
  description: 'A customer sees their own and those that come with the product; an operator sees all.',
  tag: 'Catalogue',
  caller: 'any',
  response: listOf(rate_card_object),
  async handler({ services, caller }) {
    const cards = await shownCards(services, caller)
    return list(
      cards.map((card) => rate_card_object.parse(rateCardView(card))),
      false,
    )
  },
})
