import { rateCardView } from '../../domain/listing.ts'
import { shownCards } from '../card.ts'
import { list, listOf } from '../page.ts'
import { route } from '../route.ts'
import { rate_card_object } from './model.ts'

export const rateCardsList = route({
  method: 'GET',
  path: '/v1/rate_cards',
  operation_id: 'listRateCards',
  summary: 'All price lists, with source and date.',
  tag: 'Catalogue',
  caller: 'any',
  response: listOf(rate_card_object),
  async handler({ services, caller }) {
    const cards = await shownCards(services, caller.owner)
    return list(
      [...cards.values()].map((card) => rate_card_object.parse(rateCardView(card))),
      false,
    )
  },
})
