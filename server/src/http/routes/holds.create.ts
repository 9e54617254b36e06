import { z } from 'zod'
import { scopeOf } from '../../access/idempotency.ts'
import { budgetProblem, budgetRiders, isBudget } from '../../videos/budget.ts'
import { insufficient } from '../../videos/offers.ts'
import { credits_field, wholeNumber } from '../fields.ts'
import { hold_object, showHold } from '../money.ts'
import { commitOnce } from '../once.ts'
import { route } from '../route.ts'
import { serviceHold } from './hold.ts'

const USUAL_S = 3_600
const LONGEST_S = 7 * 24 * 3_600

export const holdsCreate = route({
  method: 'POST',
  path: '/v1/holds',
  operation_id: 'createHold',
  summary: 'Set credits aside for another service; capture or release them later.',
  tag: 'Money',
  caller: 'customer',
  idempotent: true,
  problems: ['insufficient_credits', 'budget_exceeded'],
  body: z.object({
    credits: credits_field,
    description: z.string().min(1).max(1_000).optional(),
    expires_in_s: wholeNumber(1, LONGEST_S)
      .default(USUAL_S)
      .meta({ type: 'integer', minimum: 1, maximum: LONGEST_S, description: 'After so many seconds what is still held returns.' }),
  }),
  response: hold_object,
  async handler(context) {
    const { services, owner, body, now } = context
    const op = services.uuid()
    return commitOnce(
      context,
      scopeOf(owner),
      {
        kind: 'hold',
        op,
        account: owner.account,
        credits: body.credits,
        model: null,
        purpose: 'service',
        video: null,
        expires_at: now + body.expires_in_s * 1000,
        reason: body.description ?? null,
      },
      op,
      async (found) => showHold(await serviceHold(context, owner, found.resource)),
      async (outcome) => {
        if (outcome.outcome === 'committed') return showHold(await serviceHold(context, owner, op))
        if (outcome.outcome !== 'insufficient') throw new Error(`a hold was answered with ${outcome.outcome}`)
        throw await insufficient(services.videos, owner, outcome, null)
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
