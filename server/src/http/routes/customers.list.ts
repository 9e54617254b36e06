import { listCustomers } from '../../access/customers.ts'
import { listOf, page, page_query, paging } from '../page.ts'
import { route } from '../route.ts'
import { customer_object, customerObject } from './customer.ts'

export const customersList = route({
  method: 'GET',
  path: '/v1/customers',
  operation_id: 'listCustomers',
  summary: 'List customers, newest first.',
  tag: 'Customers',
  caller: 'operator',
  query: page_query,
  response: listOf(customer_object),
  async handler({ services, operator, query }) {
    return page(await listCustomers(services.pool, operator, paging(query)), query, customerObject)
  },
})
