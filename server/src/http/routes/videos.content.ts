import { Readable } from 'node:stream'
import type { ReadableStream as WebStream } from 'node:stream/web'
import { z } from 'zod'
import { problem } from '../../domain/problems.ts'
import type { Store } from '../../media/store.ts'
import { bytesGone, findAsset, parseRange } from '../../videos/content.ts'
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
  async handler({ services, owner, params, query, reply, header }) {
    const { store } = services.videos
    const asset = await findAsset(services.videos, owner, params.video_id, query.variant)
    const is_head = reply.request.method === 'HEAD'
    // A client takes its Authorization away from another host, but not a header that it does not know to be a secret.
    if (!is_head && services.storage_links && query.redirect === 'true' && header('api-key') === null) {
      const link = await store.link(asset.key, asset)
      if (link !== null) {
        if ((await store.stat(asset.key)) === null) throw bytesGone(params.video_id)
        return reply.code(302).header('location', link).header('cache-control', 'no-store').send()
      }
    }
    const etag = `"${params.video_id}-${query.variant}"`
    const range = header('if-range') === null || header('if-range') === etag ? parseRange(header('range') ?? undefined, asset.bytes) : null
    reply.header('accept-ranges', 'bytes').header('etag', etag).header('cache-control', 'private, max-age=3600')
    if (range === 'unsatisfiable') {
      reply.header('content-range', `bytes */${asset.bytes}`)
      throw problem('range_not_satisfiable', `The range begins behind the last of ${asset.bytes} bytes.`, { param: 'Range' })
    }
    const stream = is_head ? await nothingOf(store, asset.key) : ((await store.open(asset.key, range ?? undefined))?.stream ?? null)
    if (stream === null) throw bytesGone(params.video_id)
    reply
      .type(asset.type)
      .header('content-disposition', `inline; filename="${asset.name}"`)
      .header('content-length', String(range === null ? asset.bytes : range.last - range.first + 1))
    if (range !== null) reply.code(206).header('content-range', `bytes ${range.first}-${range.last}/${asset.bytes}`)
    return reply.send(Readable.fromWeb(stream as WebStream<Uint8Array>))
  },
})

/** For a HEAD: what is there is not read. */
async function nothingOf(store: Store, key: string): Promise<ReadableStream<Uint8Array> | null> {
  return (await store.stat(key)) === null ? null : new Blob([]).stream()
}
