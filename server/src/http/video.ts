import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { Owner } from '../access/owner.ts'
import { LANES, OPERATIONS } from '../domain/order.ts'
import { notFound } from '../videos/cancel.ts'
import type { Parts } from '../videos/parts.ts'
import { type SeenVideo, selectVideo } from '../videos/read.ts'
import { videoObject } from '../videos/view.ts'
import { credits_shown } from './fields.ts'

const unix = z.int()

/** The video object of the wire format, plus `metadata` and `filmgate`. */
export const video_object = z
  .object({
    id: z.string(),
    object: z.literal('video'),
    model: z.string(),
    status: z.enum(['queued', 'in_progress', 'completed', 'failed']),
    progress: z.int().min(0).max(100),
    created_at: unix,
    completed_at: unix.nullable(),
    expires_at: unix.nullable(),
    prompt: z.string().nullable(),
    size: z.string(),
    seconds: z.string(),
    remixed_from_video_id: z.string().nullable(),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    metadata: z.record(z.string(), z.string()),
    filmgate: z.object({
      operation: z.enum(OPERATIONS),
      source_video: z.string().nullable(),
      credits: z.object({ quoted: credits_shown, held: credits_shown, captured: credits_shown, released: credits_shown }),
      lane: z.enum(LANES),
      route: z.string(),
      provider: z.string(),
      attempts: z.int(),
      eta: z.object({ low_s: z.int(), high_s: z.int() }),
      stage: z.enum([
        'waiting_to_start',
        'submitting',
        'submit_unknown',
        'rendering',
        'fetching',
        'checking',
        'waiting_for_provider',
        'cancelling',
        'parked',
        'done',
      ]),
      receipt_url: z.string(),
      promotion: z
        .object({
          draft: z.string().meta({ description: 'Of which it is the final.' }),
          drafts: z.array(z.string()).meta({ description: 'All tries that were made for it.' }),
          drafts_made: z.int().meta({ description: 'Those that came out.' }),
          drafting_credits: credits_shown.meta({ description: 'What they were charged, less refunds.' }),
          at_final_price_credits: credits_shown.meta({ description: 'As many tries at the price of this video.' }),
          saved_credits: credits_shown,
          saved_percent: z.string().nullable(),
        })
        .optional()
        .meta({ description: 'What drafting small saved; only on the final of a draft.' }),
      batch: z.object({ id: z.string(), custom_id: z.string() }).optional().meta({ description: 'The batch that ordered it.' }),
      demo: z.literal(true).optional(),
    }),
  })
  .meta({ id: 'Video' })

const SLOWEST_POLL_MS = 5_000
const FASTEST_POLL_MS = 500

/** A video as it is now. @throws Problem not_found */
export async function presentVideo(parts: Parts, owner: Owner, id: string, reply: FastifyReply) {
  const video = await selectVideo(parts.pool, owner, id)
  if (video === null) throw notFound(id)
  return presentSeen(parts, video, reply)
}

/** A video as it was seen, with the header that tells the official SDKs when to ask again. */
export function presentSeen(parts: Parts, video: SeenVideo, reply: FastifyReply) {
  const open = video.state === 'queued' || video.state === 'in_progress'
  if (open) reply.header('openai-poll-after-ms', String(pollAfter(parts, video)))
  return videoObject(parts, video)
}

/** A tenth of what is expected: often enough to be lively, seldom enough to be cheap. */
export function pollAfter(parts: Parts, video: SeenVideo): number {
  const expected_ms = video.quote.eta.low_s * 1000
  const fastest = parts.routes.poll(video.route).first_s <= 1 ? FASTEST_POLL_MS : FASTEST_POLL_MS * 2
  return Math.min(SLOWEST_POLL_MS, Math.max(fastest, Math.round(expected_ms / 10)))
}
