import { defineCommand } from '../command.ts'
import { receiptText } from '../receipt-text.ts'

export const command = defineCommand({
  words: { id: { says: 'Id of the video' } },
  flags: {},
  about: ['It stays after the clip itself was deleted.'],
  examples: ['filmgate receipt video_01', 'filmgate receipt video_01 --json'],
  async run({ words }, { out, world, gateway }) {
    const filmgate = await gateway()
    const path = { video_id: words.id }
    out.document(await filmgate.get('/v1/videos/{video_id}/receipt', { path, signal: world.interrupted }), receiptText)
  },
})
