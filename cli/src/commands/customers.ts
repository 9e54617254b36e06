import { defineCommand } from '../command.ts'
import { stampText } from '../instants.ts'
import { LIST_FLAGS, pageQuery, printList } from '../listing.ts'

export const command = defineCommand({
  words: {},
  flags: { ...LIST_FLAGS },
  about: ["The operator's: it takes an operator key."],
  examples: ['filmgate customers', 'filmgate customers --all --jsonl'],
  async run({ flags }, { out, world, gateway }) {
    const filmgate = await gateway()
    await printList(
      out,
      filmgate.each('/v1/customers', { query: pageQuery(flags), signal: world.interrupted }),
      flags,
      [
        { title: 'customer' },
        { title: 'name', least: 10 },
        { title: 'tier' },
        { title: 'rate card' },
        { title: 'time zone', least: 8 },
        { title: 'since (UTC)' },
      ],
      ({ id, name, tier, rate_card, time_zone, created_at }) => [id, name, tier ?? '', rate_card ?? '', time_zone, stampText(created_at)],
      'There are no customers.',
    )
  },
})
