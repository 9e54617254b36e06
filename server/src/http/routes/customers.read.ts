import { readCustomer } from '../../access/customers.ts'
import { route } from '../route.ts'
import { customer_object, customer_path, customerObject, named } from './customer.ts'

export const customersRead = route({
  method: 'GET',
  path: '/v1/customers/{id}',
  operation_id: 'readCustomer',
  summary: 'Read a customer.',
  tag: 'Customers',
  caller: 'operator',
  params: customer_path,
  response: customer_object,
  async handler({ services, operator, params }) {
    return customerObject(await readCustomer(services.pool, await named(services, operator, params.id)))
  },
})
