import { FilmgateError, type Video } from '@filmgate/client'
import { defineCommand } from '../command.ts'
import { reasons } from '../why-text.ts'

export const command = defineCommand({
  words: { id: { says: 'Id of the video' } },
  flags: {},
  about: ['Says in sentences how the video stands, what its price is made of, why this route makes it, what was tried and what that cost.'],
  examples: ['filmgate why video_01'],
  async run({ words }, { out, world, gateway }) {
    const filmgate = await gateway()
    const asked = { path: { video_id: words.id }, signal: world.interrupted }
    const receipt = await filmgate.get('/v1/videos/{video_id}/receipt', asked)
    const video: Video | null = await filmgate.get('/v1/videos/{video_id}', asked).catch((error: unknown) => {
      // A deleted video leaves its receipt.
      if (error instanceof FilmgateError && error.kind === 'not_found') return null
      throw error
    })
    out.document({ object: 'why', video: words.id, reasons: reasons(video, receipt) }, (why) =>
      why.reasons.flatMap((sentence) => out.sentence(sentence)),
    )
  },
})
