import { z } from 'zod'
import { problem } from '../../domain/problems.ts'
import { submit } from '../../videos/submit.ts'
import { IMAGE_BYTES } from '../body.ts'
import { callOf } from '../call.ts'
import { metadata_field, wholeNumber } from '../fields.ts'
import { create_body, orderOf, policyOf } from '../order.ts'
import { bringReference } from '../reference.ts'
import { route } from '../route.ts'
import { presentVideo, video_object } from '../video.ts'

const body = create_body.extend({
  metadata: metadata_field.default({}),
  max_credits: wholeNumber(0, Number.MAX_SAFE_INTEGER).transform(BigInt).optional().meta({ type: 'integer', minimum: 0 }),
  quote: z.string().min(1).max(200).optional(),
  on_insufficient: z.enum(['refuse']).default('refuse'),
  characters: z.array(z.unknown()).max(0, { error: 'can not be used yet: this server makes no characters' }).optional(),
})

export const videosCreate = route({
  method: 'POST',
  path: '/v1/videos',
  operation_id: 'createVideo',
  summary: 'Order a video',
  description: 'Prices the order, holds the credits and starts it. Nothing is charged unless a clip that is what was ordered comes out.',
  tag: 'Videos',
  caller: 'customer',
  encodings: ['json', 'multipart'],
  files: { input_reference: IMAGE_BYTES },
  idempotent: true,
  makes_a_video: true,
  problems: [
    'unknown_model',
    'unsupported_duration',
    'unsupported_size',
    'insufficient_credits',
    'price_above_limit',
    'not_in_plan',
    'quote_expired',
    'quote_mismatch',
    'quote_used',
    'idempotency_conflict',
    'no_route_available',
  ],
  body,
  response: video_object,
  async handler(context) {
    const { services, owner, body, reply, encoding, idempotency_key, fingerprint } = context
    if (body.lane === 'relaxed')
      throw problem('not_in_plan', 'The relaxed lane belongs to plans that include it; leave `lane` out.', { param: 'lane' })
    const { input_reference, size } = body
    const accepted = await submit(services.videos, owner, {
      order: orderOf(body, input_reference !== undefined),
      reference: input_reference === undefined ? null : () => bringReference(services.guarded, input_reference, size, encoding),
      metadata: body.metadata,
      quoting: { quote: body.quote ?? null, policy: policyOf(body) },
      max_credits: body.max_credits ?? null,
      idempotency: idempotency_key === null ? null : { key: idempotency_key, request_hash: fingerprint() },
      call: callOf(context),
    })
    if (accepted.replayed) reply.header('idempotent-replayed', 'true')
    return presentVideo(services.videos, owner, accepted.video, reply)
  },
})
