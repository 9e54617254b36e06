import { z } from 'zod'
import { changeKey } from '../../access/keys.ts'
import { problem } from '../../domain/problems.ts'
import { id_field, name_field } from '../fields.ts'
import { type Method, route } from '../route.ts'
import { budget_field, customer_path, key_object, keyObject, named } from './customer.ts'

/** By PATCH, and by POST as OpenAI's and Stripe's clients do it. */
export const keysUpdate = [change('PATCH', 'updateKey'), change('POST', 'updateKeyByPost')]

function change(method: Method, operation_id: string) {
  return route({
    method,
    path: '/v1/customers/{id}/keys/{key_id}',
    operation_id,
    summary: 'Change a key: its name, or what it may spend. What is given is replaced, the rest stays.',
    tag: 'Customers',
    caller: 'operator',
    params: customer_path.extend({ key_id: id_field }),
    body: z.object({ name: name_field.optional(), budget: budget_field.optional() }),
    response: key_object,
    async handler({ services, operator, params, body }) {
      const owner = await named(services, operator, params.id)
      const key = await changeKey(services.pool, owner, params.key_id, body)
      if (key === null) throw problem('not_found', 'This customer has no key of this id.', { param: 'key_id' })
      return keyObject(key)
    },
  })
}
