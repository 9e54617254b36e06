import { z } from 'zod'
import { revokeKey } from '../../access/keys.ts'
import { problem } from '../../domain/problems.ts'
import { id_field } from '../fields.ts'
import { route } from '../route.ts'
import { customer_path, named } from './customer.ts'

export const keysRevoke = route({
  method: 'DELETE',
  path: '/v1/customers/{id}/keys/{key_id}',
  operation_id: 'revokeKey',
  summary: 'Revoke a key: the next request with it is refused. A repeat answers the same.',
  tag: 'Customers',
  caller: 'operator',
  params: customer_path.extend({ key_id: id_field }),
  response: z.object({ object: z.literal('key.deleted'), id: z.string(), deleted: z.literal(true) }),
  async handler({ services, operator, params, now }) {
    const owner = await named(services, operator, params.id)
    const key = await revokeKey(services.pool, owner, params.key_id, now)
    if (key === null) throw problem('not_found', 'This customer has no key of this id.', { param: 'key_id' })
    return { object: 'key.deleted' as const, id: key.id, deleted: true as const }
  },
})
