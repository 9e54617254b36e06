import { Readable } from 'node:stream'
import type { ReadableStream as WebStream } from 'node:stream/web'
import { z } from 'zod'
import { problem } from '../../domain/problems.ts'
import { findAsset, parseRange } from '../../videos/content.ts'
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
  async handler({ services, owner, params, query, reply, header }) {
    const { store } = services.videos
    const asset = await findAsset(services.videos, owner, params.video_id, query.variant)
    const etag = `"${params.video_id}-${query.variant}"`
    const range = header('if-range') === null || header('if-range') === etag ? parseRange(header('range') ?? undefined, asset.bytes) : null
    reply.header('accept-ranges', 'bytes').header('etag', etag).header('cache-control', 'private, max-age=3600')
    if (range === 'unsatisfiable') {
      reply.header('content-range', `bytes */${asset.bytes}`)
      throw problem('range_not_satisfiable', `The range begins behind the last of ${asset.bytes} bytes.`, { param: 'Range' })
    }
    const opened = await store.open(asset.key, range ?? undefined)
    if (opened === null) throw problem('not_found', `The bytes of video '${params.video_id}' are gone.`, { param: 'video_id' })
    reply
      .type(asset.type)
      .header('content-disposition', `inline; filename="${asset.name}"`)
      .header('content-length', String(range === null ? asset.bytes : range.last - range.first + 1))
    if (range !== null) reply.code(206).header('content-range', `bytes ${range.first}-${range.last}/${asset.bytes}`)
    return reply.send(Readable.fromWeb(opened.stream as WebStream<Uint8Array>))
  },
})
