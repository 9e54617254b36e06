import { defineCommand } from '../command.ts'

export const command = defineCommand({
  words: { name: { says: 'What the customer is called' } },
  flags: {
    'time-zone': { takes: 'ZONE', says: 'Where its days begin: Europe/Paris; UTC unless given' },
    'rate-card': { takes: 'ID', says: 'What it pays by' },
  },
  about: ["The operator's. It begins without credits and without a key: filmgate keys create."],
  examples: ['filmgate customers create "Studio North" --time-zone Europe/Oslo'],
  async run({ words, flags }, { out, world, gateway }) {
    const filmgate = await gateway()
    const body = { name: words.name, time_zone: flags['time-zone'], rate_card: flags['rate-card'] }
    const customer = await filmgate.post('/v1/customers', { body, signal: world.interrupted })
    out.document(customer, ({ id, name, time_zone, rate_card }) =>
      out.fields([
        ['customer', id],
        ['name', name],
        ['time zone', time_zone],
        ['rate card', rate_card],
      ]),
    )
  },
})
