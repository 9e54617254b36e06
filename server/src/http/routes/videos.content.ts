import { z } from 'zod'
import { bytesGone, findAsset } from '../../videos/content.ts'
import { sendAsset } from '../asset.ts'
import { id_field } from '../fields.ts'
import { route } from '../route.ts'

export const videosContent = route({
  method: 'GET',
  path: '/v1/videos/{video_id}/content',
  operation_id: 'downloadVideoContent',
  summary: 'The bytes of a finished video, or a picture of it',
  description:
    'Ranges are honoured. The spritesheet is 5 columns by 2 rows of frames, 320 pixels wide each. Where clips lie in object storage the answer may be a 302 to a signed link that opens for a few minutes; follow it without the key, as clients do by themselves, or ask with `redirect=false`.',
  tag: 'Videos',
  caller: 'customer',
  params: z.object({ video_id: id_field }),
  query: z.object({
    variant: z.enum(['video', 'thumbnail', 'spritesheet']).default('video'),
    redirect: z.enum(['true', 'false']).default('true').describe('`false`: the bytes come from here, never by a link into object storage.'),
  }),
  problems: ['not_found', 'video_not_ready', 'content_expired', 'range_not_satisfiable'],
  redirects: 'A signed link into object storage, for a few minutes.',
  media: { 'video/mp4': 'The clip', 'image/webp': 'variant=thumbnail', 'image/jpeg': 'variant=spritesheet' },
  response: null,
  async handler(context) {
    const { services, owner, params, query, reply, header } = context
    const asset = await findAsset(services.videos, owner, params.video_id, query.variant)
    const gone = bytesGone(params.video_id)
    const is_head = reply.request.method === 'HEAD'
    // A client takes its Authorization away from another host, but not a header that it does not know to be a secret.
    if (!is_head && services.storage_links && query.redirect === 'true' && header('api-key') === null) {
      const { store } = services.videos
      const link = await store.link(asset.key, asset)
      if (link !== null) {
        if ((await store.stat(asset.key)) === null) throw gone
        return reply.code(302).header('location', link).header('cache-control', 'no-store').send()
      }
    }
    return sendAsset(context, asset, { etag: `${params.video_id}-${query.variant}`, gone })
  },
})
