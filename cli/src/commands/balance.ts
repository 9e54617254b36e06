import { defineCommand } from '../command.ts'
import { creditsText, timeText } from '../text/amounts.ts'

export const command = defineCommand({
  words: {},
  flags: {},
  about: ['Available is what can be spent now; held is promised to clips under way.'],
  examples: ['filmgate balance', 'filmgate balance --customer cus_01 --json'],
  async run(_given, { out, world, gateway }) {
    const filmgate = await gateway()
    const balance = await filmgate.get('/v1/balance', { signal: world.interrupted })
    out.document(balance, ({ available, held, spent, owed, expiring, next_reset, pending = [] }) => [
      out.paint.bold(`${creditsText(available)} available`),
      '',
      ...out.fields([
        ['held', creditsText(held)],
        ['spent', creditsText(spent)],
        ['owed', owed === 0 ? null : `${creditsText(owed)}: the next credits pay them first`],
        ['next reset', next_reset === undefined ? null : timeText(next_reset)],
        ...expiring.map(({ credits, expires_at }) => ['expiring', `${creditsText(credits)} on ${timeText(expires_at)}`] as const),
        ...pending.map(({ name, credits }) => ['to be paid', `${name}: ${creditsText(credits)}`] as const),
      ]),
    ])
  },
})
