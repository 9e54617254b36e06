import type { Operator } from '../access/owner.ts'
import { usdText } from '../domain/price.ts'
import { multiply, ratio, subtract } from '../domain/rational.ts'
import type { Instant } from '../domain/time.ts'
import { MARGIN_SUMS, type MarginBy, type MarginSums, selectMargin } from './loss-queries.ts'
import type { Parts } from './parts.ts'

/** What was brought in and what it cost, in groups and in total; dollars as decimal text. The total is the sum of the rows. */
export async function margin(parts: Parts, operator: Operator, by: MarginBy, from: Instant, to: Instant) {
  await parts.ledger.seal(parts.clock()) // revenue is derived then: the figures are those of now
  const rows = await selectMargin(parts.pool, operator, by, from, to)
  const total = sumsOf((name) => rows.reduce((sum, row) => sum + row[name], 0n))
  return { rows: rows.map((row) => ({ key: row.key, ...figures(parts, row) })), total: figures(parts, total) }
}

function sumsOf(sum: (name: keyof MarginSums) => bigint): MarginSums {
  const sums = {
    credits: 0n,
    revenue_micro: 0n,
    breakage_micro: 0n,
    reversed_micro: 0n,
    royalty_micro: 0n,
    cost_micro: 0n,
    estimated_micro: 0n,
    loss_micro: 0n,
  }
  for (const name of MARGIN_SUMS) sums[name] = sum(name)
  return sums
}

function figures(parts: Parts, sum: MarginSums) {
  const charged = multiply(ratio(sum.credits), parts.world.credit_usd)
  const spent = sum.cost_micro + sum.royalty_micro
  return {
    charged: { credits: Number(sum.credits), usd: usdText(charged) },
    revenue: { usd: dollars(sum.revenue_micro) },
    breakage: { usd: dollars(sum.breakage_micro) },
    reversed: { usd: dollars(sum.reversed_micro) },
    provider_cost: { usd: dollars(sum.cost_micro), estimated_usd: dollars(sum.estimated_micro) },
    royalties: { usd: dollars(sum.royalty_micro) },
    losses: { usd: dollars(sum.loss_micro) },
    margin: { usd: usdText(subtract(charged, ratio(spent, 1_000_000n))) },
    result: { usd: dollars(sum.revenue_micro + sum.breakage_micro - spent) },
  }
}

function dollars(micro: bigint): string {
  return usdText(ratio(micro, 1_000_000n))
}
