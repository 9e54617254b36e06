import { z } from 'zod'
import { id_field } from '../fields.ts'
import { route } from '../route.ts'
import { presentVideo, video_object } from '../video.ts'

export const videosRetrieve = route({
  method: 'GET',
  path: '/v1/videos/{video_id}',
  operation_id: 'retrieveVideo',
  summary: 'A video as it is now',
  tag: 'Videos',
  caller: 'customer',
  params: z.object({ video_id: id_field }),
  problems: ['not_found'],
  response: video_object,
  handler: ({ services, owner, params, reply }) => presentVideo(services.videos, owner, params.video_id, reply),
})
