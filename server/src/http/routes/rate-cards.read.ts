import { z } from 'zod'
import { rateCardView } from '../../domain/listing.ts'
import { problem } from '../../domain/problems.ts'
import { shownCards } from '../card.ts'
import { id_field } from '../fields.ts'
import { route } from '../route.ts'
import { rate_card_object } from './model.ts'

export const rateCardsRead = route({
  method: 'GET',
  path: '/v1/rate_cards/{id}',
  operation_id: 'readRateCard',
  summary: 'One price list, line by line.',
  tag: 'Catalogue',
  caller: 'any',
  params: z.object({ id: id_field }),
  response: rate_card_object,
  async handler({ services, params, caller }) {
    const card = (await shownCards(services, caller.owner)).get(params.id)
    if (!card)
      throw problem('not_found', `There is no rate card ${JSON.stringify(params.id)}; GET /v1/rate_cards lists all.`, { param: 'id' })
    return rate_card_object.parse(rateCardView(card))
  },
})
