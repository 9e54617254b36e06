import { z } from 'zod'
import { models } from '../../domain/listing.ts'
import { problem } from '../../domain/problems.ts'
import { shownCard } from '../card.ts'
import { id_field } from '../fields.ts'
import { route } from '../route.ts'
import { model_object } from './model.ts'

export const modelsRead = route({
  method: 'GET',
  path: '/v1/models/{model}',
  operation_id: 'readModel',
  summary: 'One model.',
  tag: 'Catalogue',
  caller: 'any',
  params: z.object({ model: id_field }),
  response: model_object,
  async handler({ services, caller, params }) {
    const { routes, credit_usd } = services.world
    const found = models(routes, await shownCard(services, caller.owner), credit_usd).find(({ id }) => id === params.model)
    if (!found)
      throw problem('not_found', `There is no model ${JSON.stringify(params.model)} here; GET /v1/models lists all.`, { param: 'model' })
    return found
  },
})
