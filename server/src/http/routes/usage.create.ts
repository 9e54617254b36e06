import { z } from 'zod'
import { scopeOf } from '../../access/idempotency.ts'
import { budgetProblem, budgetRiders, isBudget } from '../../videos/budget.ts'
import { insufficient } from '../../videos/offers.ts'
import { commitOnce } from '../once.ts'
import { listOf, page, page_query, paging } from '../page.ts'
import { route } from '../route.ts'
import { findUsage, showUsage, usage_fields, usage_object, usage_path, usageOperation } from './usage.ts'

export const usageCreate = route({
  method: 'POST',
  path: '/v1/usage',
  operation_id: 'recordUsage',
  summary: 'Take credits for what another service did, in one call.',
  description:
    'Like a hold that is captured at once: one line in the ledger, of kind `capture`. All or nothing; it can be refunded. Send an `Idempotency-Key`: ' +
    'the same key is the same usage, also where it comes as the `id` of a record of `/v1/usage/batch`.',
  tag: 'Money',
  caller: 'customer',
  idempotent: true,
  problems: ['insufficient_credits', 'budget_exceeded'],
  body: z.object(usage_fields),
  response: usage_object,
  async handler(context) {
    const { services, owner, body, now } = context
    const op = services.uuid()
    return commitOnce(
      context,
      scopeOf(owner),
      usageOperation(owner, op, body),
      op,
      async (found) => showUsage(await findUsage(context, owner, found.resource)),
      async (outcome) => {
        if (outcome.outcome === 'committed') return showUsage(await findUsage(context, owner, op))
        if (outcome.outcome === 'insufficient') throw await insufficient(services.videos, owner, outcome, null)
        throw new Error(`usage was answered with ${outcome.outcome}`)
      },
      {
        riders: await budgetRiders(services.videos, owner, body.credits, now),
        async refused(rider) {
          if (isBudget(rider)) throw await budgetProblem(services.videos, owner, body.credits, now)
          return null
        },
      },
    )
  },
})

export const usageList = route({
  method: 'GET',
  path: '/v1/usage',
  operation_id: 'listUsage',
  summary: 'What services used, newest first.',
  tag: 'Money',
  caller: 'customer',
  query: page_query,
  response: listOf(usage_object),
  handler: async ({ services, owner, query }) => page(await services.ledger.usagePage(owner, paging(query)), query, showUsage),
})

export const usageRead = route({
  method: 'GET',
  path: '/v1/usage/{id}',
  operation_id: 'readUsage',
  summary: 'Read a usage.',
  tag: 'Money',
  caller: 'customer',
  params: usage_path,
  response: usage_object,
  handler: async (context) => showUsage(await findUsage(context, context.owner, context.params.id)),
})
