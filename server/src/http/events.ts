import { z } from 'zod'
import { EVENT_TYPES, type EventType } from '../webhooks/event-types.ts'
import { credits_shown } from './fields.ts'
import { GRANT_KINDS } from './money.ts'

// What the bodies of webhooks look like, for the contract.

const video_id = z.string().meta({ description: "The video's id." })

/** What each type of event says beside its type and time. */
const DATA: Readonly<Record<EventType, { readonly summary: string; readonly data: z.ZodType }>> = {
  'video.completed': { summary: 'A video is there.', data: z.object({ id: video_id }) },
  'video.failed': { summary: 'A video ended without a clip; nothing was charged.', data: z.object({ id: video_id }) },
  'video.progress': { summary: 'A video came further.', data: z.object({ id: video_id, progress: z.number() }) },
  'credits.low': {
    summary: 'Fewer credits are available than you set (POST /v1/notices). Once, and again only after there were as many.',
    data: z.object({
      id: z.string().meta({ description: "The customer's id." }),
      available: credits_shown.meta({ description: 'What was left at that moment.' }),
      threshold: credits_shown,
    }),
  },
  'grant.expiring': {
    summary: 'A grant with credits left is about to expire. Once per grant.',
    data: z.object({
      id: z.string().meta({ description: "The grant's id." }),
      kind: z.enum(GRANT_KINDS),
      remaining: credits_shown.meta({ description: 'What could still be spent at that moment.' }),
      expires_at: z.int(),
    }),
  },
}

/** By type: a sentence, and the schema of the whole body. */
export const EVENTS = EVENT_TYPES.map((type) => ({
  type,
  summary: DATA[type].summary,
  body: z.object({
    id: z.string().meta({ description: 'The same on every try and replay, and in the header `webhook-id`.' }),
    object: z.literal('event'),
    created_at: z.int(),
    type: z.literal(type),
    data: DATA[type].data,
  }),
}))
