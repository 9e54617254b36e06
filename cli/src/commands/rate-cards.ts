import type { Schema } from '@filmgate/client'
import { defineCommand } from '../command.ts'
import { rateCardText } from '../rate-card-text.ts'

type RateCard = Schema<'RateCard'>

export const command = defineCommand({
  words: { id: { optional: true, says: 'Show the lines of this one' } },
  flags: {},
  examples: ['filmgate rate-cards', 'filmgate rate-cards openai-2026-05'],
  async run({ words }, { out, world, gateway }) {
    const filmgate = await gateway()
    const signal = world.interrupted
    if (words.id !== undefined) {
      out.document(await filmgate.get('/v1/rate_cards/{id}', { path: { id: words.id }, signal }), rateCardText)
      return
    }
    const cards: RateCard[] = []
    for await (const card of filmgate.each('/v1/rate_cards', { signal })) cards.push(card)
    out.list(
      cards,
      [
        { title: 'rate card' },
        { title: 'what', least: 14 },
        { title: 'in', least: 3 },
        { title: 'since' },
        { title: 'read on' },
        { title: 'from', least: 14 },
      ],
      ({ id, title, currency, effective_on, source }) => [id, title, currency, effective_on, source.read_on, source.name],
      'There are no rate cards.',
    )
  },
})
