import { balance_object, showBalance } from '../money.ts'
import { route } from '../route.ts'
import { customer_path, named } from './customer.ts'

export const balanceRead = route({
  method: 'GET',
  path: '/v1/balance',
  operation_id: 'readBalance',
  summary: 'What can be spent, what is held, what was spent, and which grants that comes from.',
  tag: 'Money',
  caller: 'customer',
  response: balance_object,
  async handler({ services, owner, now }) {
    return showBalance(await services.ledger.balance(owner, now))
  },
})

export const customerBalanceRead = route({
  method: 'GET',
  path: '/v1/customers/{id}/balance',
  operation_id: 'readCustomerBalance',
  summary: "A customer's balance, as the customer sees it.",
  tag: 'Money',
  caller: 'operator',
  params: customer_path,
  response: balance_object,
  async handler({ services, operator, params, now }) {
    return showBalance(await services.ledger.balance(await named(services, operator, params.id), now))
  },
})
