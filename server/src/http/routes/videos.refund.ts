import { z } from 'zod'
import { scopeOf } from '../../access/idempotency.ts'
import { problem } from '../../domain/problems.ts'
import { holdToRefund, refundEntry } from '../../videos/refund.ts'
import { credits_field, id_field, reason_field } from '../fields.ts'
import { ledger_entry, showEntry } from '../money.ts'
import { commitOnce } from '../once.ts'
import { route } from '../route.ts'

export const videosRefund = route({
  method: 'POST',
  path: '/v1/videos/{video_id}/refund',
  operation_id: 'refundVideo',
  summary: 'Give back what a video cost, or part of it',
  tag: 'Money',
  caller: 'operator',
  idempotent: true,
  params: z.object({ video_id: id_field }),
  body: z.object({ credits: credits_field.optional(), reason: reason_field }),
  problems: ['not_found', 'invalid_value', 'idempotency_conflict'],
  response: ledger_entry,
  async handler(context) {
    const { services, operator, params, body } = context
    const hold = await holdToRefund(services.videos, operator, params.video_id)
    const request_id = services.uuid()
    const { op, account } = hold
    return commitOnce(
      context,
      scopeOf(null),
      { kind: 'refund', op, account, credits: body.credits ?? null, request_id, reason: body.reason },
      request_id,
      async (found) => showEntry(await refundEntry(services.videos, hold, found.resource)),
      async (outcome) => {
        switch (outcome.outcome) {
          case 'committed':
            return showEntry(await refundEntry(services.videos, hold, request_id))
          case 'over_refund':
            throw problem('invalid_value', `At most ${outcome.refundable} credits of this video can still be refunded.`, {
              param: body.credits === undefined ? 'video_id' : 'credits', // nobody wrote `credits` who asks for all that is left
              extra: { refundable: Number(outcome.refundable) },
            })
          case 'not_captured':
            throw problem('invalid_value', 'This video was not charged, so there is nothing to refund.', { param: 'video_id' })
          default:
            throw new Error(`the refund of ${params.video_id} was answered with ${outcome.outcome}`)
        }
      },
    )
  },
})
