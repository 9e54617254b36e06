import { hold_object, showHold } from '../money.ts'
import { route } from '../route.ts'
import { hold_path, serviceHold } from './hold.ts'

export const holdsRead = route({
  method: 'GET',
  path: '/v1/holds/{id}',
  operation_id: 'readHold',
  summary: 'Read a hold.',
  tag: 'Money',
  caller: 'customer',
  params: hold_path,
  response: hold_object,
  async handler(context) {
    return showHold(await serviceHold(context, context.owner, context.params.id))
  },
})
