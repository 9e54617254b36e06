import { z } from 'zod'
import { LANES } from '../../domain/order.ts'
import { receipt } from '../../videos/receipt.ts'
import { credits_shown, id_field } from '../fields.ts'
import { route } from '../route.ts'

const receipt_object = z
  .object({
    object: z.literal('receipt'),
    video: z.string(),
    quote: z.string(),
    quoted: credits_shown,
    rate_card: z.object({ id: z.string(), version: z.int() }),
    lines: z.array(z.object({ label: z.string(), quantity: z.string(), unit: z.string(), rate: z.string(), credits: z.string() })),
    grants: z.array(z.object({ id: z.string(), kind: z.string(), credits: credits_shown })),
    lane: z.enum(LANES),
    route: z.string(),
    why: z.string(),
    attempts: z.array(
      z.object({
        route: z.string(),
        provider: z.string(),
        state: z.string(),
        started_at: z.int().nullable(),
        ended_at: z.int().nullable(),
        error: z.object({ code: z.string(), message: z.string() }).optional(),
      }),
    ),
    held: credits_shown,
    charged: credits_shown,
    released: credits_shown,
    refunds: z.array(z.object({ id: z.string(), at: z.int(), credits: credits_shown, reason: z.string().nullable() })),
    parked: z
      .object({ at: z.int(), until: z.int().nullable().meta({ description: 'When it went on, or ended; null: it waits.' }) })
      .optional()
      .meta({ description: 'It waited for credits.' }),
    demo: z.literal(true).optional(),
  })
  .meta({ id: 'Receipt' })

export const videosReceipt = route({
  method: 'GET',
  path: '/v1/videos/{video_id}/receipt',
  operation_id: 'readReceipt',
  summary: 'What a video cost, and why',
  tag: 'Money',
  caller: 'customer',
  params: z.object({ video_id: id_field }),
  problems: ['not_found'],
  response: receipt_object,
  handler: ({ services, owner, params }) => receipt(services.videos, owner, params.video_id),
})
