import { z } from 'zod'
import { scopeOf } from '../../access/idempotency.ts'
import type { Owner } from '../../access/owner.ts'
import { problem } from '../../domain/problems.ts'
import { findPaid } from '../../plans/payment-queries.ts'
import { credits_field, id_field, reason_field, usd_field } from '../fields.ts'
import { isOperationId } from '../money.ts'
import { commitOnce } from '../once.ts'
import { type Circumstances, route } from '../route.ts'
import { customer_path, named } from './customer.ts'
import { findReversal, reversal_object, showReversal } from './reversal.ts'

export const reversalsCreate = route({
  method: 'POST',
  path: '/v1/customers/{id}/reversals',
  operation_id: 'createReversal',
  summary: 'Take a purchase back whose payment was refunded or charged back.',
  description:
    'What is left of the grant is taken at once; what is held of it when its hold ends; what was used is owed (`owed` of the balance). While something is owed ' +
    'nothing can be spent; the next credits pay it first. Name the grant, or its payment. All that is left of it, unless ' +
    '`credits` or `refunded_usd` say how much.',
  tag: 'Money',
  caller: 'operator',
  idempotent: true,
  problems: ['not_found', 'too_early'],
  params: customer_path,
  body: z
    .object({
      grant: id_field.optional().meta({ description: 'The id of the grant.' }),
      payment: z
        .string()
        .min(1)
        .max(200)
        .optional()
        .meta({ description: 'Instead: the reference or the id of the payment: of a month, an upgrade or a pack.' }),
      kind: z.enum(['refund', 'chargeback']),
      credits: credits_field.optional().meta({ description: 'So many credits.' }),
      refunded_usd: usd_field.optional().meta({
        description:
          'What was refunded of the payment in all so far, as payment services tell it: it takes its share of the credits, rounded down, less what was ' +
          'taken before.',
      }),
      reason: reason_field,
    })
    .superRefine(({ grant, payment, credits, refunded_usd }, context) => {
      if (grant !== undefined && payment !== undefined)
        context.addIssue({ code: 'custom', path: ['payment'], message: 'must be left out where `grant` is given' })
      if (credits !== undefined && refunded_usd !== undefined)
        context.addIssue({ code: 'custom', path: ['refunded_usd'], message: 'must be left out where `credits` are given' })
    }),
  response: reversal_object,
  async handler(context) {
    const { services, operator, params, body } = context
    const owner = await named(services, operator, params.id)
    const { credits = null, refunded_usd: refunded_micro = null, kind: purpose, reason } = body
    const grant = await purchase(context, owner, body)
    const op = services.uuid()
    return commitOnce(
      context,
      scopeOf(null),
      { kind: 'reverse', op, account: owner.account, grant, credits, refunded_micro, purpose, reason },
      op,
      async (found) => showReversal(await findReversal(context, owner, found.resource)),
      async (outcome) => {
        switch (outcome.outcome) {
          case 'committed':
            return showReversal(await findReversal(context, owner, op))
          case 'not_found':
            throw notFound(body.grant === undefined ? 'payment' : 'grant')
          case 'over_reversal': {
            const reversible = Number(outcome.reversible)
            const param = credits !== null ? 'credits' : refunded_micro !== null ? 'refunded_usd' : 'grant'
            const told = refunded_micro === null ? '' : ' That much was taken back before, or it cost nothing.'
            throw problem('invalid_value', `At most ${reversible} credits of this grant can still be taken back.${told}`, {
              param,
              extra: { reversible },
            })
          }
          default:
            throw new Error(`a reversal of ${grant} was answered with ${outcome.outcome}`)
        }
      },
    )
  },
})

/** The id of the grant that was bought. @throws Problem not_found, missing_required_parameter, too_early */
async function purchase(
  { services, now }: Circumstances,
  owner: Owner,
  { grant, payment }: { readonly grant?: string | undefined; readonly payment?: string | undefined },
): Promise<string> {
  if (grant !== undefined) {
    if (!isOperationId(grant)) throw notFound('grant')
    return grant
  }
  if (payment === undefined)
    throw problem('missing_required_parameter', 'Say what is taken back: `grant`, or `payment`.', { param: 'grant' })
  const paid = await findPaid(services.pool, owner, payment)
  if (paid === null) throw notFound('payment')
  if (paid.grant_op !== null) return paid.grant_op
  // An upgrade without a grant brought no credits: the month's are another payment's.
  if (paid.kind === 'month' && paid.subscription !== null && paid.month !== null) {
    await services.ledger.settle(owner, now) // a month that has begun is given with the next look at it
    const given = await services.ledger.grantOfMonth(owner, paid.subscription, paid.month)
    if (given !== null) return given
  }
  throw problem('too_early', 'What was paid for has not begun, or gave no credits: there is nothing to take back yet.', {
    param: 'payment',
  })
}

function notFound(param: 'grant' | 'payment') {
  const what =
    param === 'grant' ? 'no grant of this id that was given to this customer' : 'no payment of this reference or id of this customer'
  return problem('not_found', `There is ${what}.`, { param })
}
