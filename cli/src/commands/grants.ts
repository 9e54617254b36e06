import { defineCommand } from '../command.ts'
import { timeText } from '../text/amounts.ts'

export const command = defineCommand({
  words: {},
  flags: {},
  about: ['In the order in which they are spent.'],
  examples: ['filmgate grants', 'filmgate grants --jsonl'],
  async run(_given, { out, world, gateway }) {
    const filmgate = await gateway()
    const { grants } = await filmgate.get('/v1/balance', { signal: world.interrupted })
    out.list(
      grants,
      [
        { title: 'grant' },
        { title: 'kind' },
        { title: 'left', align: 'right' },
        { title: 'held', align: 'right' },
        { title: 'of', align: 'right' },
        { title: 'expires' },
        { title: 'for', least: 8 },
        { title: 'reason', least: 10 },
      ],
      ({ id, kind, remaining, held, credits, expires_at, models, reason }) => [
        id ?? '(due)',
        kind,
        String(remaining),
        String(held),
        String(credits),
        expires_at === null ? 'never' : timeText(expires_at),
        models === null ? 'all models' : models.join(', '),
        reason ?? '',
      ],
      'There are no credits, and none are due.',
    )
  },
})
