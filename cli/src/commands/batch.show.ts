import type { Schema } from '@filmgate/client'
import { batchText } from '../batch-text.ts'
import { defineCommand } from '../command.ts'

const SHOWN = 20

export const command = defineCommand({
  words: { id: { says: 'Id of the batch' } },
  flags: {
    state: {
      takes: 'STATE',
      choices: ['waiting', 'open', 'completed', 'failed', 'cancelled'],
      says: 'Show its orders in this state; what failed unless given',
    },
  },
  examples: ['filmgate batch show batch_01', 'filmgate batch show batch_01 --state open --json'],
  async run({ words, flags }, { out, world, gateway }) {
    const filmgate = await gateway()
    const path = { batch_id: words.id }
    const batch = await filmgate.get('/v1/batches/{batch_id}', { path, signal: world.interrupted })
    const items: Schema<'BatchItem'>[] = []
    for await (const item of filmgate.each('/v1/batches/{batch_id}/items', {
      path,
      query: { state: flags.state ?? 'failed' },
      signal: world.interrupted,
    })) {
      items.push(item)
      if (out.format === 'text' && items.length > SHOWN) break
    }
    out.document({ ...batch, items }, () => [
      ...batchText(batch, out),
      ...(items.length === 0
        ? []
        : [
            '',
            ...out.table(
              [
                { title: 'order', least: 10 },
                { title: 'state' },
                { title: 'charged', align: 'right' },
                { title: 'video', spare: true },
                { title: 'why', least: 16 },
              ],
              items
                .slice(0, SHOWN)
                .map(({ custom_id, state, charged, video, error }) => [
                  custom_id,
                  state,
                  String(charged),
                  video ?? '',
                  error?.message ?? '',
                ]),
            ),
          ]),
      ...(items.length > SHOWN ? [`… and more: filmgate batch results ${words.id} --csv`] : []),
    ])
  },
})
