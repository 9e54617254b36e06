import type { Schema } from '@filmgate/client'
import { defineCommand } from '../command.ts'
import { timeText } from '../text/amounts.ts'

const USUAL = 20

export const command = defineCommand({
  words: {},
  flags: { limit: { short: 'n', takes: 'N', whole: [1, 100_000], says: `So many at most; ${USUAL} unless given` } },
  examples: ['filmgate storyboard list'],
  async run({ flags }, { out, world, gateway }) {
    const filmgate = await gateway()
    const wanted = flags.limit ?? USUAL
    const found: Schema<'StoryboardSummary'>[] = []
    for await (const one of filmgate.each('/v1/storyboards', { query: { limit: Math.min(100, wanted) }, signal: world.interrupted })) {
      found.push(one)
      if (found.length >= wanted) break
    }
    out.list(
      found,
      [{ title: 'id' }, { title: 'shots', align: 'right' }, { title: 'name', least: 8 }, { title: 'made', spare: true }],
      ({ id, shot_count, name, created_at }) => [id, String(shot_count), name ?? '', timeText(created_at)],
      'No storyboards.',
    )
  },
})
