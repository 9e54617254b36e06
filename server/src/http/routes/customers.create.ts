import { z } from 'zod'
import { createCustomer, readCustomer } from '../../access/customers.ts'
import { scopeOf } from '../../access/idempotency.ts'
import { metadata_field, name_field, time_zone_field } from '../fields.ts'
import { once } from '../once.ts'
import { route } from '../route.ts'
import {
  checkGuardrailModels,
  checkRateCard,
  checkTierName,
  customer_object,
  customerObject,
  guardrails_field,
  limits_field,
  named,
  tier_field,
} from './customer.ts'

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
    limits: limits_field.optional(),
    tier: tier_field.optional(),
    guardrails: guardrails_field.optional(),
    metadata: metadata_field.optional(),
  }),
  response: customer_object,
  handler(context) {
    const { services, body, operator, now } = context
    checkRateCard(services, body.rate_card)
    checkTierName(services, body.tier)
    checkGuardrailModels(services, body.guardrails)
    const { name, time_zone = 'UTC', rate_card = null, limits = null, tier = null, guardrails = null, metadata = {} } = body
    const wish = { name, time_zone, rate_card, limits, tier, guardrails, metadata }
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
