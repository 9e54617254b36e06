import { z } from 'zod'
import { readVideo, VIDEO_BYTES, video_field, withClips } from '../clip.ts'
import { clip_problems, derived_fields, takeDerived } from '../derived.ts'
import { route } from '../route.ts'
import { order_problems } from '../take.ts'
import { video_object } from '../video.ts'

export const videosEdit = route({
  method: 'POST',
  path: '/v1/videos/edits',
  operation_id: 'editVideo',
  summary: 'Change a video by a prompt',
  description:
    'Of a completed video of yours, an uploaded one or a linked one, as long as that is. An uploaded one is made by `model`, sora-2 unless given.',
  tag: 'Videos',
  caller: 'customer',
  encodings: ['json', 'multipart'],
  files: { video: VIDEO_BYTES },
  idempotent: true,
  makes_a_video: true,
  problems: [...order_problems, ...clip_problems],
  body: z.object({ ...derived_fields, video: video_field }),
  response: video_object,
  handler(context) {
    const { services, body, encoding } = context
    return withClips(services, async (clips) => {
      const video = readVideo(services, clips, body.video, encoding)
      return takeDerived(context, video, { operation: 'edit', seconds: null })
    })
  },
})
