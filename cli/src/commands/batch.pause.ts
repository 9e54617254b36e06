import { batchText } from '../batch-text.ts'
import { defineCommand } from '../command.ts'

export const command = defineCommand({
  words: { id: { says: 'Id of the batch' } },
  flags: {},
  about: ['What is open goes on to its end and is charged if it succeeds.'],
  examples: ['filmgate batch pause batch_01'],
  async run({ words }, { out, world, gateway }) {
    const filmgate = await gateway()
    out.document(
      await filmgate.post('/v1/batches/{batch_id}/pause', { path: { batch_id: words.id }, signal: world.interrupted }),
      batchText,
    )
  },
})
