import { z } from 'zod'
import { scopeOf } from '../../access/idempotency.ts'
import { createKey } from '../../access/keys.ts'
import { problem } from '../../domain/problems.ts'
import { name_field } from '../fields.ts'
import { keptAnswer, once } from '../once.ts'
import { route } from '../route.ts'
import { budget_field, customer_path, key_object, keyObject, named } from './customer.ts'

const new_key = key_object.extend({ key: z.string().meta({ description: 'The key itself, shown this once.' }) }).meta({ id: 'NewKey' })

export const keysCreate = route({
  method: 'POST',
  path: '/v1/customers/{id}/keys',
  operation_id: 'createKey',
  summary: 'Give a customer a key. Only this answer shows it.',
  tag: 'Customers',
  caller: 'operator',
  idempotent: true,
  params: customer_path,
  body: z.object({ name: name_field, budget: budget_field.optional() }),
  response: new_key,
  async handler(context) {
    const { services, operator, params, body, now } = context
    const owner = await named(services, operator, params.id)
    const scope = scopeOf(null)
    return once(
      context,
      scope,
      async (tx) => {
        const made = await createKey(tx, owner, services.hash_key, { name: body.name, budget: body.budget ?? null }, now, services.random)
        return { id: made.id, answer: { ...keyObject(made), key: made.key }, keep: true }
      },
      async (found) => {
        const kept = new_key.safeParse(keptAnswer(context, scope, found))
        if (kept.success) return kept.data
        throw problem(
          'idempotency_conflict',
          `This Idempotency-Key made the key ${found.resource}, which cannot be shown again; make another.`,
          {
            param: 'Idempotency-Key',
          },
        )
      },
    )
  },
})
