import { z } from 'zod'
import { COMPLEXITIES } from '../../domain/order.ts'
import { selectShotOfDraft } from '../../storyboards/queries.ts'
import { ShotChanged, takeOf } from '../../storyboards/riders.ts'
import { DRAFTS_MAX, finalOf } from '../../videos/promote.ts'
import { IMAGE_BYTES } from '../body.ts'
import { choosing, create_body, prompt_field, seconds_field } from '../order.ts'
import { bringReference } from '../reference.ts'
import { route } from '../route.ts'
import { acceptOrder, type Ordering, order_problems, terms } from '../take.ts'
import { presentVideo, video_object } from '../video.ts'

const { model, size, input_reference } = create_body.shape

const body = z.object({
  ...choosing,
  ...terms,
  model,
  size: size.meta({ description: 'Of the final. It or `model` must be given.' }),
  seconds: seconds_field.optional(),
  prompt: prompt_field.optional(),
  complexity: z.enum(COMPLEXITIES).optional(),
  input_reference,
  drafts: z
    .array(z.string().min(1).max(200))
    .max(DRAFTS_MAX - 1)
    .default([])
    .meta({ description: 'Other tries that were made for it: what drafting saved is counted over them too.' }),
})

export const videosPromote = route({
  method: 'POST',
  path: '/v1/videos/{video_id}/promote',
  operation_id: 'promoteVideo',
  summary: 'Make the final of a draft',
  description:
    'A new video with the prompt, model, length, first frame and characters of the draft, unless told otherwise, at another size or by another model. It is ordered and ' +
    'priced as every video; its `filmgate.promotion` says what drafting small saved. The draft stays as it is.',
  tag: 'Videos',
  caller: 'customer',
  encodings: ['json', 'multipart'],
  files: { input_reference: IMAGE_BYTES },
  idempotent: true,
  makes_a_video: true,
  problems: [...order_problems, 'not_found', 'content_expired', 'payload_too_large'],
  params: z.object({ video_id: z.string() }),
  body,
  response: video_object,
  async handler(context) {
    const { services, owner, params, body, encoding, reply } = context
    const { input_reference: picture, size = null } = body
    const told = {
      prompt: body.prompt ?? null,
      model: body.model ?? null,
      size,
      seconds: body.seconds ?? null,
      complexity: body.complexity ?? null,
      has_reference: picture !== undefined,
      drafts: body.drafts,
    }
    const { videos } = services
    // A draft of a shot is one of several tries, and its final is that of the shot.
    const shot = await selectShotOfDraft(videos.pool, owner, params.video_id)
    const order = async () => {
      const final = await finalOf(videos, owner, params.video_id, { ...told, siblings: shot?.drafts ?? [] })
      if (picture === undefined) return final
      return { ...final, reference: () => bringReference(services.guarded, picture, final.order.size, encoding) }
    }
    // No cheaper settings are offered: they would be another draft.
    const joins = shot === null ? undefined : takeOf(shot.storyboard, shot.no, 'final', null)
    const accepted = await accept(context, order, joins)
    return presentVideo(videos, owner, accepted.video, reply)
  },
})

type Order = Parameters<typeof acceptOrder>[1]

/** A storyboard that was deleted in this moment takes no part any more: the final is made all the same. */
async function accept(context: Ordering, order: Order, joins: Parameters<typeof acceptOrder>[4]) {
  try {
    return await acceptOrder(context, order, null, null, joins)
  } catch (error) {
    if (!(error instanceof ShotChanged)) throw error
    return acceptOrder(context, order, null, null)
  }
}
