import { z } from 'zod'
import { refundVideo } from '../../videos/refund.ts'
import { credits_field, id_field, reason_field } from '../fields.ts'
import { ledger_entry, showEntry } from '../money.ts'
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
  async handler({ services, operator, params, body, idempotency_key, reply }) {
    const refunded = await refundVideo(services.videos, operator, params.video_id, {
      credits: body.credits ?? null,
      reason: body.reason,
      request_id: idempotency_key ?? services.uuid(),
    })
    if (refunded.replayed) reply.header('idempotent-replayed', 'true')
    return showEntry(refunded.entry)
  },
})
