import type { Operator } from '../access/owner.ts'
import { usdText } from '../domain/price.ts'
import { multiply, ratio, subtract } from '../domain/rational.ts'
import type { Instant } from '../domain/time.ts'
import { type MarginBy, type MarginRow, selectMargin } from './loss-queries.ts'
import type { Parts } from './parts.ts'

/** What videos brought in and cost, in groups and in total; dollars as decimal text. The total is the sum of the rows. */
export async function margin(parts: Parts, operator: Operator, by: MarginBy, from: Instant, to: Instant) {
  const rows = await selectMargin(parts.pool, operator, by, from, to)
  const total = rows.reduce<Omit<MarginRow, 'key'>>(
    (sum, row) => ({
      credits: sum.credits + row.credits,
      cost_micro: sum.cost_micro + row.cost_micro,
      estimated_micro: sum.estimated_micro + row.estimated_micro,
      loss_micro: sum.loss_micro + row.loss_micro,
    }),
    { credits: 0n, cost_micro: 0n, estimated_micro: 0n, loss_micro: 0n },
  )
  return { rows: rows.map((row) => ({ key: row.key, ...figures(parts, row) })), total: figures(parts, total) }
}

/** Nobody is paid royalties yet; the field is there so that adding them changes no reader. */
const ROYALTIES_MICRO = 0n

function figures(parts: Parts, sum: Omit<MarginRow, 'key'>) {
  const charged = multiply(ratio(sum.credits), parts.world.credit_usd)
  const spent = dollars(sum.cost_micro + ROYALTIES_MICRO)
  return {
    charged: { credits: Number(sum.credits), usd: usdText(charged) },
    provider_cost: { usd: usdText(dollars(sum.cost_micro)), estimated_usd: usdText(dollars(sum.estimated_micro)) },
    royalties: { usd: usdText(dollars(ROYALTIES_MICRO)) },
    losses: { usd: usdText(dollars(sum.loss_micro)) },
    margin: { usd: usdText(subtract(charged, spent)) },
  }
}

function dollars(micro: bigint) {
  return ratio(micro, 1_000_000n)
}
