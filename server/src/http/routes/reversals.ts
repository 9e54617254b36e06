import { z } from 'zod'
import { scopeOf } from '../../access/idempotency.ts'
import { problem } from '../../domain/problems.ts'
import { credits_field, reason_field } from '../fields.ts'
import { ledger_entry, showEntry } from '../money.ts'
import { commitOnce } from '../once.ts'
import { listOf, page, page_query, paging } from '../page.ts'
import { route } from '../route.ts'
import { customer_path, named } from './customer.ts'
import { findReversal, reversal_object, reversal_path, showReversal } from './reversal.ts'

export const reversalsList = route({
  method: 'GET',
  path: '/v1/customers/{id}/reversals',
  operation_id: 'listReversals',
  summary: "A customer's purchases that were taken back.",
  tag: 'Money',
  caller: 'operator',
  problems: ['not_found'],
  params: customer_path,
  query: page_query,
  response: listOf(reversal_object),
  async handler({ services, operator, params, query, now }) {
    const owner = await named(services, operator, params.id)
    return page(await services.ledger.reversals(owner, paging(query), now), query, showReversal)
  },
})

export const reversalsRead = route({
  method: 'GET',
  path: '/v1/customers/{id}/reversals/{reversal_id}',
  operation_id: 'readReversal',
  summary: 'Read a reversal, and what has become of what it claimed.',
  tag: 'Money',
  caller: 'operator',
  problems: ['not_found'],
  params: reversal_path,
  response: reversal_object,
  async handler(context) {
    const { services, operator, params } = context
    return showReversal(await findReversal(context, await named(services, operator, params.id), params.reversal_id))
  },
})

export const reversalsReinstate = route({
  method: 'POST',
  path: '/v1/customers/{id}/reversals/{reversal_id}/reinstate',
  operation_id: 'reinstateReversal',
  summary: 'Undo a reversal, once: the dispute was won, or the refund was taken back.',
  description: 'Exactly what it took comes back, and what is owed because of it is dropped. Asked again it changes nothing more.',
  tag: 'Money',
  caller: 'operator',
  idempotent: true,
  problems: ['not_found'],
  params: reversal_path,
  body: z.object({ reason: reason_field }),
  response: reversal_object,
  async handler(context) {
    const { services, operator, params, body } = context
    const owner = await named(services, operator, params.id)
    const reversal = await findReversal(context, owner, params.reversal_id)
    const now_is = async () => showReversal(await findReversal(context, owner, reversal.id))
    return commitOnce(
      context,
      scopeOf(null),
      { kind: 'reinstate', op: reversal.id, account: owner.account, reason: body.reason },
      reversal.id,
      now_is,
      async (outcome) => {
        if (outcome.outcome === 'committed') return now_is()
        throw new Error(`the reinstatement of ${reversal.id} was answered with ${outcome.outcome}`)
      },
    )
  },
})

export const owedClear = route({
  method: 'POST',
  path: '/v1/customers/{id}/owed',
  operation_id: 'clearOwed',
  summary: 'Clear what a customer owes: write it off, or pay it with the credits that the customer has.',
  description: 'All that is owed unless told; a repayment of all takes what there is.',
  tag: 'Money',
  caller: 'operator',
  idempotent: true,
  problems: ['not_found'],
  params: customer_path,
  body: z.object({
    by: z.enum(['write_off', 'repayment']),
    credits: credits_field.optional(),
    reason: reason_field,
  }),
  response: ledger_entry,
  async handler(context) {
    const { services, operator, params, body } = context
    const owner = await named(services, operator, params.id)
    const op = services.uuid()
    const entry = async (id: string) => {
      const [found] = await services.ledger.entries(owner, { hold: id }, { after: null, limit: 1, order: 'asc' })
      if (found === undefined) throw new Error(`operation ${id} was committed but cannot be read`)
      return showEntry(found)
    }
    return commitOnce(
      context,
      scopeOf(null),
      { kind: 'clear', op, account: owner.account, by: body.by, credits: body.credits ?? null, reason: body.reason },
      op,
      (found) => entry(found.resource),
      async (outcome) => {
        switch (outcome.outcome) {
          case 'committed':
            return entry(op)
          case 'over_owed':
            throw problem('invalid_value', `This customer owes ${outcome.owed} credits, and no more can be cleared.`, {
              param: body.credits === undefined ? 'id' : 'credits',
              extra: { owed: Number(outcome.owed) },
            })
          case 'insufficient':
            throw problem('invalid_value', `Of the ${outcome.owed} credits that are owed, at most ${outcome.available} can be paid now.`, {
              param: body.credits === undefined ? 'by' : 'credits',
              extra: { owed: Number(outcome.owed), available: Number(outcome.available) },
            })
          default:
            throw new Error(`clearing what ${params.id} owes was answered with ${outcome.outcome}`)
        }
      },
    )
  },
})
