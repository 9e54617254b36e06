import { z } from 'zod'
import { cancelOrErase } from '../../videos/cancel.ts'
import { id_field } from '../fields.ts'
import { route } from '../route.ts'

export const videosDelete = route({
  method: 'DELETE',
  path: '/v1/videos/{video_id}',
  operation_id: 'deleteVideo',
  summary: 'Cancel an open video, or erase an ended one',
  description:
    'An open video is asked to stop: not yet sent, it is released at once; sent, the verdict of its provider decides. An ended one loses its bytes; receipt and ledger stay.',
  tag: 'Videos',
  caller: 'customer',
  params: z.object({ video_id: id_field }),
  problems: ['not_found'],
  response: z.object({ id: z.string(), object: z.literal('video.deleted'), deleted: z.literal(true) }),
  async handler({ services, owner, params }) {
    await cancelOrErase(services.videos, owner, params.video_id)
    return { id: params.video_id, object: 'video.deleted' as const, deleted: true as const }
  },
})
