import type { Owner } from '../../access/owner.ts'
import type { Instant } from '../../domain/time.ts'
import { listPending } from '../../plans/payment-queries.ts'
import { balance_object, showBalance } from '../money.ts'
import { route } from '../route.ts'
import type { Services } from '../services.ts'
import { customer_path, named } from './customer.ts'

async function balanceOf({ ledger, pool }: Services, owner: Owner, now: Instant) {
  const [balance, promised] = await Promise.all([ledger.balance(owner, now), listPending(pool, owner)])
  return showBalance(balance, promised)
}

export const balanceRead = route({
  method: 'GET',
  path: '/v1/balance',
  operation_id: 'readBalance',
  summary: 'What can be spent, what is held, what was spent, and which grants that comes from.',
  tag: 'Money',
  caller: 'customer',
  response: balance_object,
  async handler({ services, owner, now }) {
    return balanceOf(services, owner, now)
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
    return balanceOf(services, await named(services, operator, params.id), now)
  },
})
