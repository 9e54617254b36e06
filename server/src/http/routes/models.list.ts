import { models } from '../../domain/listing.ts'
import { shownCard } from '../card.ts'
import { list, listOf } from '../page.ts'
import { route } from '../route.ts'
import { model_object } from './model.ts'

export const modelsList = route({
  method: 'GET',
  path: '/v1/models',
  operation_id: 'listModels',
  summary: 'What can be asked for, and what it costs this customer.',
  tag: 'Catalogue',
  caller: 'any',
  response: listOf(model_object),
  async handler({ services, caller }) {
    const { routes, credit_usd } = services.world
    return list([...models(routes, await shownCard(services, caller.owner), credit_usd)], false)
  },
})
