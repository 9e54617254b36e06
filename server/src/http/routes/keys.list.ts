import { listKeys } from '../../access/keys.ts'
import { listOf, page, page_query, paging } from '../page.ts'
import { route } from '../route.ts'
import { customer_path, key_object, keyObject, named } from './customer.ts'

export const keysList = route({
  method: 'GET',
  path: '/v1/customers/{id}/keys',
  operation_id: 'listKeys',
  summary: "List a customer's keys, revoked ones included.",
  tag: 'Customers',
  caller: 'operator',
  params: customer_path,
  query: page_query,
  response: listOf(key_object),
  async handler({ services, operator, params, query }) {
    const owner = await named(services, operator, params.id)
    return page(await listKeys(services.pool, owner, paging(query)), query, keyObject)
  },
})
