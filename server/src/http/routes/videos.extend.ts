import { z } from 'zod'
import { readVideo, VIDEO_BYTES, video_field, withClips } from '../clip.ts'
import { checkAdded, clip_problems, derived_fields, takeDerived } from '../derived.ts'
import { seconds_field } from '../order.ts'
import { route } from '../route.ts'
import { order_problems, shortLink } from '../take.ts'
import { video_object } from '../video.ts'

export const videosExtend = route({
  method: 'POST',
  path: '/v1/videos/extensions',
  operation_id: 'extendVideo',
  summary: 'Go on where a video ends',
  description:
    'The result is the whole, and `seconds` of the video its length; only the seconds that are added are paid for. Up to six times, 120 seconds in total.',
  tag: 'Videos',
  caller: 'customer',
  encodings: ['json', 'multipart'],
  files: { video: VIDEO_BYTES },
  idempotent: true,
  makes_a_video: true,
  problems: [...order_problems, ...clip_problems],
  body: z.object({ ...derived_fields, seconds: seconds_field, video: video_field }),
  response: video_object,
  handler(context) {
    const { services, body, encoding } = context
    return withClips(services, async (clips) => {
      const video = readVideo(services, clips, body.video, encoding)
      return takeDerived(context, video, { operation: 'extend', seconds: checkAdded(body.seconds) }, shortLink(body.video))
    })
  },
})
