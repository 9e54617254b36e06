import { listVideos } from '../../videos/read.ts'
import { videoObject } from '../../videos/view.ts'
import { list, listOf, page_query } from '../page.ts'
import { route } from '../route.ts'
import { video_object } from '../video.ts'

export const videosList = route({
  method: 'GET',
  path: '/v1/videos',
  operation_id: 'listVideos',
  summary: 'Videos, newest first',
  tag: 'Videos',
  caller: 'customer',
  query: page_query,
  response: listOf(video_object),
  async handler({ services, owner, query }) {
    const { after, limit, order } = query
    const found = await listVideos(services.pool, owner, { after: after ?? null, limit, order })
    return list(
      found.videos.map((video) => videoObject(services.videos, video)),
      found.has_more,
    )
  },
})
