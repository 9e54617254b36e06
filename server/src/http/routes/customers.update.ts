import { z } from 'zod'
import { changeCustomer } from '../../access/customers.ts'
import { transaction } from '../../db/pool.ts'
import { metadata_field, name_field, time_zone_field } from '../fields.ts'
import { type Method, route } from '../route.ts'
import {
  checkGuardrailModels,
  checkRateCard,
  checkTierName,
  customer_object,
  customer_path,
  customerObject,
  guardrails_field,
  limits_field,
  named,
  tier_field,
} from './customer.ts'

/** By PATCH, and by POST as OpenAI's and Stripe's clients do it. */
export const customersUpdate = [change('PATCH', 'updateCustomer'), change('POST', 'updateCustomerByPost')]

function change(method: Method, operation_id: string) {
  return route({
    method,
    path: '/v1/customers/{id}',
    operation_id,
    summary: 'Change a customer: what is given is replaced, the rest stays.',
    tag: 'Customers',
    caller: 'operator',
    params: customer_path,
    body: z.object({
      name: name_field.optional(),
      time_zone: time_zone_field.optional(),
      rate_card: z.string().max(200).nullable().optional().meta({ description: 'Null: back to the default card.' }),
      limits: limits_field.optional(),
      tier: tier_field.optional(),
      guardrails: guardrails_field.optional(),
      metadata: metadata_field.optional(),
    }),
    response: customer_object,
    async handler({ services, operator, params, body }) {
      checkRateCard(services, body.rate_card)
      checkTierName(services, body.tier)
      checkGuardrailModels(services, body.guardrails)
      const owner = await named(services, operator, params.id)
      const { time_zone } = body
      return transaction(services.pool, async (tx) => {
        // The account's lock first: a day of an allowance is given in one zone or in the other.
        if (time_zone !== undefined) await services.ledger.moveZone(tx, owner, time_zone)
        return customerObject(await changeCustomer(tx, owner, body))
      })
    },
  })
}
