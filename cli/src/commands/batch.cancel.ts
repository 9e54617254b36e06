import { batchText } from '../batch-text.ts'
import { defineCommand } from '../command.ts'

export const command = defineCommand({
  words: { id: { says: 'Id of the batch' } },
  flags: {},
  about: ['What was not begun costs nothing; what a provider has finished first is charged.'],
  examples: ['filmgate batch cancel batch_01'],
  async run({ words }, { out, world, gateway }) {
    const filmgate = await gateway()
    out.document(
      await filmgate.post('/v1/batches/{batch_id}/cancel', { path: { batch_id: words.id }, signal: world.interrupted }),
      batchText,
    )
  },
})
