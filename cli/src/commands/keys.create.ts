import { defineCommand } from '../command.ts'
import { customerOf } from '../for-whom.ts'

const credits = { takes: 'CREDITS', whole: [0, 1_000_000_000] } as const

export const command = defineCommand({
  words: { name: { says: 'What the key is for' } },
  flags: {
    day: { ...credits, says: 'Spends so many a day at most' },
    month: { ...credits, says: 'So many a month' },
    total: { ...credits, says: 'So many in all' },
  },
  about: ["The operator's. The key goes to stdout and is shown this once: keep it where only you can read it."],
  examples: [
    'filmgate keys create "nightly batch" --customer cus_01 --day 200',
    '(umask 077; filmgate keys create laptop --customer cus_01 > laptop.key)',
  ],
  async run({ words, flags }, { out, world, settings, gateway }) {
    const path = { id: customerOf(settings, 'key') }
    const { day, month, total } = flags
    const budget = day === undefined && month === undefined && total === undefined ? undefined : { day, month, total }
    const filmgate = await gateway()
    const made = await filmgate.post('/v1/customers/{id}/keys', { path, body: { name: words.name, budget }, signal: world.interrupted })
    out.document(made, ({ key }) => [key])
    if (out.format === 'text') out.note(`${made.id}, ${JSON.stringify(made.name)}: it is shown this once.`)
  },
})
