import { BATCH_COLUMNS, type Batch, batchRow } from '../batch-text.ts'
import { defineCommand } from '../command.ts'

const USUAL = 20

export const command = defineCommand({
  words: {},
  flags: { limit: { short: 'n', takes: 'N', whole: [1, 100_000], says: `So many at most; ${USUAL} unless given` } },
  examples: ['filmgate batch list'],
  async run({ flags }, { out, world, gateway }) {
    const filmgate = await gateway()
    const wanted = flags.limit ?? USUAL
    const found: Batch[] = []
    for await (const batch of filmgate.each('/v1/batches', { query: { limit: Math.min(100, wanted) }, signal: world.interrupted })) {
      found.push(batch)
      if (found.length >= wanted) break
    }
    out.list(found, BATCH_COLUMNS, batchRow, 'No batches.')
  },
})
