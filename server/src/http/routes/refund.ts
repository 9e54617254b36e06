import { z } from 'zod'
import { reachAccount } from '../../access/authenticate.ts'
import { scopeOf } from '../../access/idempotency.ts'
import type { Operator } from '../../access/owner.ts'
import { problem } from '../../domain/problems.ts'
import { credits_field, reason_field } from '../fields.ts'
import { isOperationId, ledger_entry, showEntry } from '../money.ts'
import { commitOnce } from '../once.ts'
import { type Circumstances, route } from '../route.ts'
import { hold_path } from './hold.ts'
import { usage_path } from './usage.ts'

const about = {
  method: 'POST',
  tag: 'Money',
  caller: 'operator',
  idempotent: true,
  problems: ['not_found', 'invalid_value', 'idempotency_conflict'],
  body: z.object({ credits: credits_field.optional().meta({ description: 'All that is left unless told.' }), reason: reason_field }),
  response: ledger_entry,
} as const

export const holdsRefund = route({
  ...about,
  path: '/v1/holds/{id}/refund',
  operation_id: 'refundHold',
  summary: 'Give back what was captured of a hold, or part of it',
  params: hold_path,
  handler: (context) => refund(context, 'hold'),
})

export const usageRefund = route({
  ...about,
  path: '/v1/usage/{id}/refund',
  operation_id: 'refundUsage',
  summary: 'Give back what a usage took, or part of it',
  params: usage_path,
  handler: (context) => refund(context, 'usage'),
})

interface Asked extends Circumstances {
  readonly operator: Operator
  readonly params: { readonly id: string }
  readonly body: { readonly credits?: bigint | undefined; readonly reason: string }
}

async function refund(context: Asked, what: 'hold' | 'usage') {
  const { services, operator, params, body } = context
  const notFound = () => problem('not_found', `There is no ${what} of this id.`, { param: 'id' })
  const account = isOperationId(params.id) ? await services.ledger.accountOf(params.id) : null
  const owner = account === null ? null : await reachAccount(services.pool, operator, account)
  if (owner === null) throw notFound()
  const isUsage = (await services.ledger.usage(owner, params.id)) !== null
  if (isUsage !== (what === 'usage')) throw notFound()
  const request_id = services.uuid()
  const entry = async (request: string) => {
    const page = { after: null, limit: 1, order: 'desc' } as const
    const [found] = await services.ledger.entries(owner, { hold: params.id, request }, page)
    if (found === undefined) throw new Error(`refund ${request} of ${params.id} was committed but cannot be read`)
    return showEntry(found)
  }
  return commitOnce(
    context,
    scopeOf(null),
    { kind: 'refund', op: params.id, account: owner.account, credits: body.credits ?? null, request_id, reason: body.reason },
    request_id,
    (found) => entry(found.resource),
    async (outcome) => {
      switch (outcome.outcome) {
        case 'committed':
          return entry(request_id)
        case 'over_refund':
          throw problem('invalid_value', `At most ${outcome.refundable} credits of this ${what} can still be refunded.`, {
            param: body.credits === undefined ? 'id' : 'credits',
            extra: { refundable: Number(outcome.refundable) },
          })
        case 'not_captured':
          throw problem('invalid_value', 'Nothing was captured of this hold, so there is nothing to refund.', { param: 'id' })
        default:
          throw new Error(`the refund of ${what} ${params.id} was answered with ${outcome.outcome}`)
      }
    },
  )
}
