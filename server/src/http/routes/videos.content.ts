import { z } from 'zod'
import { findAsset } from '../../videos/content.ts'
import { sendAsset } from '../asset.ts'
import { id_field } from '../fields.ts'
import { route } from '../route.ts'

export const videosContent = route({
  method: 'GET',
  path: '/v1/videos/{video_id}/content',
  operation_id: 'downloadVideoContent',
  summary: 'The bytes of a finished video, or a picture of it',
  description: 'Ranges are honoured. The spritesheet is 5 columns by 2 rows of frames, 320 pixels wide each.',
  tag: 'Videos',
  caller: 'customer',
  params: z.object({ video_id: id_field }),
  query: z.object({ variant: z.enum(['video', 'thumbnail', 'spritesheet']).default('video') }),
  problems: ['not_found', 'video_not_ready', 'content_expired', 'range_not_satisfiable'],
  media: { 'video/mp4': 'The clip', 'image/webp': 'variant=thumbnail', 'image/jpeg': 'variant=spritesheet' },
  response: null,
  async handler(context) {
    const { services, owner, params, query } = context
    const asset = await findAsset(services.videos, owner, params.video_id, query.variant)
    const gone = `The bytes of video '${params.video_id}' are gone.`
    return sendAsset(context, asset, { etag: `${params.video_id}-${query.variant}`, param: 'video_id', gone })
  },
})
