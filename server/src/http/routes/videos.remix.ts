import { z } from 'zod'
import { clip_problems, derived_fields, takeDerived } from '../derived.ts'
import { route } from '../route.ts'
import { order_problems } from '../take.ts'
import { video_object } from '../video.ts'

export const videosRemix = route({
  method: 'POST',
  path: '/v1/videos/{video_id}/remix',
  operation_id: 'remixVideo',
  summary: 'Make a completed video anew, with another prompt',
  description: 'Model, size and length are those of the video. Takes and promises what an order does.',
  tag: 'Videos',
  caller: 'customer',
  encodings: ['json', 'multipart'],
  idempotent: true,
  makes_a_video: true,
  problems: [...order_problems, ...clip_problems],
  params: z.object({ video_id: z.string() }),
  body: z.object(derived_fields),
  response: video_object,
  handler(context) {
    return takeDerived(context, { by: 'id', id: context.params.video_id, param: 'video_id' }, { operation: 'remix', seconds: null })
  },
})
