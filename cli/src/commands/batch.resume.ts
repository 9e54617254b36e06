import { batchText } from '../batch-text.ts'
import { defineCommand } from '../command.ts'

export const command = defineCommand({
  words: { id: { says: 'Id of the batch' } },
  flags: {},
  about: ['After a raised budget, new credits, or a pause.'],
  examples: ['filmgate batch resume batch_01'],
  async run({ words }, { out, world, gateway }) {
    const filmgate = await gateway()
    out.document(
      await filmgate.post('/v1/batches/{batch_id}/resume', { path: { batch_id: words.id }, signal: world.interrupted }),
      batchText,
    )
  },
})
