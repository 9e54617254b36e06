import type { Schema } from '@filmgate/client'
import { defineCommand } from '../command.ts'
import { usage } from '../exits.ts'
import { unixSecondsOf } from '../instants.ts'
import { timeText } from '../text/amounts.ts'

type Sums = Schema<'Margin'>['total']

export const command = defineCommand({
  words: {},
  flags: {
    by: { takes: 'WHAT', choices: ['model', 'route', 'provider', 'customer', 'day'], says: 'A row for each; model unless given' },
    from: { takes: 'TIME', says: 'From then on: 2026-11-01, or with a time' },
    to: { takes: 'TIME', says: 'Before then' },
  },
  about: [
    "The operator's, in dollars: charged less provider cost, royalties and losses is the margin; the result counts what was paid for the credits.",
  ],
  examples: ['filmgate margin --by route --from 2026-11-01', 'filmgate margin --by day --json'],
  async run({ flags }, { out, world, gateway }) {
    const from = unixSecondsOf(flags.from, '--from')
    const to = unixSecondsOf(flags.to, '--to')
    if (from !== undefined && to !== undefined && to <= from) throw usage('--to must lie after --from.')
    const filmgate = await gateway()
    const margin = await filmgate.get('/v1/margin', { query: { by: flags.by, from, to }, signal: world.interrupted })
    const right = { align: 'right' } as const
    out.document(margin, ({ by, data, total }) => [
      ...out.table(
        [
          { title: by, least: 10 },
          { title: 'credits', ...right },
          { title: 'charged', ...right },
          { title: 'cost', ...right },
          { title: 'royalties', ...right },
          { title: 'losses', ...right },
          { title: 'margin', ...right },
          { title: 'revenue', ...right },
          { title: 'result', ...right },
        ],
        [...data.map(({ key, ...sums }) => [key ?? '(none)', ...cells(sums)]), ['total', ...cells(total)]],
      ),
      '',
      ...out.fields([
        ['in', 'dollars'],
        ['from', from === undefined ? 'the beginning' : timeText(from)],
        ['to', to === undefined ? 'now' : timeText(to)],
        ['estimated', total.provider_cost.estimated_usd === '0.00' ? null : `$${total.provider_cost.estimated_usd} of the cost`],
      ]),
    ])
  },
})

function cells({ charged, provider_cost, royalties, losses, margin, revenue, result }: Sums): readonly string[] {
  return [String(charged.credits), ...[charged, provider_cost, royalties, losses, margin, revenue, result].map(({ usd }) => usd)]
}
