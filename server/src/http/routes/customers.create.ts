import { z } from 'zod'
import { createCustomer, readCustomer } from '../../access/customers.ts'
import { scopeOf } from '../../access/idempotency.ts'
import { metadata_field, name_field, time_zone_field } from '../fields.ts'
import { once } from '../once.ts'
import { route } from '../route.ts'
import { checkRateCard, customer_object, customerObject, named } from './customer.ts'

export const customersCreate = route({
  method: 'POST',
  path: '/v1/customers',
  operation_id: 'createCustomer',
  summary: 'Make a customer.',
  tag: 'Customers',
  caller: 'operator',
  idempotent: true,
  body: z.object({
    name: name_field,
    time_zone: time_zone_field.optional(),
    rate_card: z.string().max(200).nullable().optional(),
    metadata: metadata_field.optional(),
  }),
  response: customer_object,
  handler(context) {
    const { services, body, operator, now } = context
    checkRateCard(services, body.rate_card)
    const wish = { name: body.name, time_zone: body.time_zone ?? 'UTC', rate_card: body.rate_card ?? null, metadata: body.metadata ?? {} }
    return once(
      context,
      scopeOf(null),
      async (tx) => {
        const account = await services.ledger.openAccount(tx)
        const customer = await createCustomer(tx, account, wish, now, services.random)
        return { id: customer.id, answer: customerObject(customer) }
      },
      async ({ resource }) => customerObject(await readCustomer(services.pool, await named(services, operator, resource))),
    )
  },
})
