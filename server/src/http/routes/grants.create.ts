import { z } from 'zod'
import { scopeOf } from '../../access/idempotency.ts'
import { problem } from '../../domain/problems.ts'
import { credits_field, reason_field, unix_seconds, usd_field } from '../fields.ts'
import { GRANT_KINDS, grant_object, showGrant } from '../money.ts'
import { commitOnce } from '../once.ts'
import { route } from '../route.ts'
import { customer_path, named } from './customer.ts'

const USUAL_PRIORITY = 50

export const grantsCreate = route({
  method: 'POST',
  path: '/v1/customers/{id}/grants',
  operation_id: 'createGrant',
  summary: 'Give a customer credits.',
  tag: 'Money',
  caller: 'operator',
  idempotent: true,
  params: customer_path,
  body: z.object({
    credits: credits_field,
    kind: z.enum(GRANT_KINDS),
    expires_at: unix_seconds.nullable().optional().meta({ description: 'Unix seconds, in the future; null or absent: never.' }),
    priority: z.int().min(0).max(100).optional().meta({ description: 'Lower burns first; 50 unless told.' }),
    models: z
      .array(z.string().min(1).max(200))
      .min(1)
      .max(100)
      .nullable()
      .optional()
      .meta({ description: 'Models it may be spent on; null or absent: all.' }),
    cost_usd: usd_field.optional().meta({ description: 'What the whole grant brought in.' }),
    reason: reason_field.optional(),
  }),
  response: grant_object,
  async handler(context) {
    const { services, operator, params, body, now } = context
    const owner = await named(services, operator, params.id)
    const expires_at = body.expires_at ?? null
    if (expires_at !== null && expires_at <= now) {
      throw problem('invalid_value', '`expires_at` must be in the future, as Unix seconds.', { param: 'expires_at' })
    }
    const op = services.uuid()
    const granted = async (id: string) => {
      const grant = await services.ledger.grant(owner, id)
      if (grant === null) throw new Error(`grant ${id} was committed but cannot be read`)
      return showGrant(grant)
    }
    return commitOnce(
      context,
      scopeOf(null),
      {
        kind: 'grant',
        op,
        account: owner.account,
        credits: body.credits,
        grant_kind: body.kind,
        priority: body.priority ?? USUAL_PRIORITY,
        expires_at,
        models: body.models ?? null,
        cost_micro: body.cost_usd ?? 0n,
        period_key: op,
        reason: body.reason ?? null,
      },
      op,
      (found) => granted(found.resource),
      async (outcome) => {
        if (outcome.outcome === 'committed') return granted(op)
        if (outcome.outcome === 'too_large') {
          throw problem('invalid_value', `\`credits\` would take this customer past ${outcome.limit} credits.`, { param: 'credits' })
        }
        throw new Error(`a grant was answered with ${outcome.outcome}`)
      },
    )
  },
})
