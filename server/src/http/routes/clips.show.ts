import { z } from 'zod'
import { problem } from '../../domain/problems.ts'
import { findShownClip } from '../../videos/shown-clip.ts'
import { sendAsset } from '../asset.ts'
import { route } from '../route.ts'

const NOT_HERE = 'There is no clip at this address. Addresses of clips are given with the answers of POST /v1/chat/completions.'

export const clipsShow = route({
  method: 'GET',
  path: '/v1/clips/{file}',
  operation_id: 'showClip',
  summary: 'A clip, for whoever has its address',
  description:
    'Signed by this server, for one clip, for 24 hours. Needs no key. Ranges are honoured. An erased clip is gone from here too.',
  tag: 'Videos',
  caller: 'public',
  params: z.object({ file: z.string() }),
  problems: ['not_found', 'content_expired', 'range_not_satisfiable'],
  media: { 'video/mp4': 'The clip' },
  response: null,
  async handler(context) {
    const { services, params, now } = context
    const named = services.clips.read(params.file)
    if (named === null) throw problem('not_found', NOT_HERE, { param: 'file' })
    if (named.expires_at <= now) {
      const path = `GET /v1/videos/${named.video}/content`
      throw problem(
        'content_expired',
        `This address has expired. ${path} gives the clip to its owner; a repeat of the request with its Idempotency-Key a new address.`,
        { param: 'file' },
      )
    }
    const clip = await findShownClip(services.pool, services.videos.engine, named.video)
    if (clip === null) throw problem('not_found', NOT_HERE, { param: 'file' })
    await services.arrivals.opened(named.video)
    return sendAsset(context, clip, { etag: `${named.video}-video`, gone: problem('not_found', NOT_HERE, { param: 'file' }) })
  },
})
