import type { Schema } from '@filmgate/client'
import { defineCommand } from '../command.ts'
import { EXIT } from '../exits.ts'
import { staleOf } from '../staleness.ts'

export const command = defineCommand({
  words: {},
  flags: { days: { takes: 'N', whole: [0, 36_500], says: 'Stale is what was read longer ago than this; 90 unless given' } },
  about: ['What the gateway sells by: price lists and facts of routes that somebody should read again. Ends with 11 when there are some.'],
  examples: ['filmgate catalogue check', 'filmgate catalogue check --days 30 --jsonl'],
  async run({ flags }, { out, world, gateway }) {
    const { days = 90 } = flags
    const filmgate = await gateway()
    const signal = world.interrupted
    const cards: Schema<'RateCard'>[] = []
    for await (const card of filmgate.each('/v1/rate_cards', { signal })) cards.push(card)
    const routes: Schema<'Route'>[] = []
    for await (const route of filmgate.each('/v1/routes', { signal })) routes.push(route)
    const stale = staleOf(cards, routes, world.now(), days)
    out.list(
      stale,
      [
        { title: 'days', align: 'right' },
        { title: 'what', least: 18 },
        { title: 'why', least: 18 },
        { title: 'at', least: 12 },
      ],
      (one) => [String(one.days), one.what, one.why, one.url ?? ''],
      `Nothing of ${cards.length} price lists and ${routes.length} routes was read more than ${days} days ago.`,
    )
    return stale.length === 0 ? EXIT.ok : EXIT.unsound
  },
})
