import { z } from 'zod'
import { BILL_VERDICTS } from '../../domain/bill.ts'
import { usdText } from '../../domain/price.ts'
import { add, ratio } from '../../domain/rational.ts'
import { unixSeconds } from '../../domain/time.ts'
import type { BillItem } from '../../videos/bill-queries.ts'
import type { Bill } from '../../videos/bills.ts'

export const bill_path = z.object({ id: z.string() })

const usd = z.string().meta({ description: 'Dollars, exact; negative for what is given back.', examples: ['0.40'] })

export const bill_object = z
  .object({
    object: z.literal('bill'),
    id: z.string(),
    provider: z.string(),
    from: z.int(),
    to: z.int(),
    imported_at: z.int(),
    adopted_at: z.int().nullable().meta({ description: 'When its amounts became what attempts cost.' }),
    billed_usd: usd,
    rounding_usd: usd.meta({ description: 'The part of `billed_usd` that no line has, because lines are whole micro-dollars.' }),
    totals: z.array(z.object({ verdict: z.enum(BILL_VERDICTS), count: z.int(), billed_usd: usd, ours_usd: usd })).meta({
      description:
        '`matched`: billed as our attempts have it. `different`: billed otherwise. `missing`: owed by our attempts of the period, and in no bill of this provider. ' +
        '`unexpected`: for a job that no attempt has. `other`: for no job at all. With the rounding they add up to what is billed.',
    }),
  })
  .meta({ id: 'Bill' })

export const bill_item_object = z
  .object({
    object: z.literal('bill_item'),
    id: z.string(),
    verdict: z.enum(BILL_VERDICTS),
    line: z.int().nullable().meta({ description: 'Of the file, the first if it has several about this job; its head is line 1.' }),
    lines: z.int(),
    description: z.string(),
    provider_ref: z.string().nullable(),
    billed_usd: usd.nullable(),
    attempt: z.string().nullable(),
    video: z.string().nullable(),
    state: z.string().nullable(),
    ours: z.object({ usd, source: z.enum(['reported', 'estimated', 'billed']) }).nullable(),
  })
  .meta({ id: 'BillItem' })

export function showBill({ id, provider, from_ms, to_ms, imported_ms, adopted_ms, rest_pico, totals }: Bill) {
  const lines = totals.reduce((sum, { billed_micro }) => sum + billed_micro, 0n)
  const rounding = ratio(rest_pico, 1_000_000_000_000n)
  return {
    object: 'bill' as const,
    id,
    provider,
    from: unixSeconds(from_ms),
    to: unixSeconds(to_ms),
    imported_at: unixSeconds(imported_ms),
    adopted_at: adopted_ms === null ? null : unixSeconds(adopted_ms),
    billed_usd: usdText(add(ratio(lines, 1_000_000n), rounding)),
    rounding_usd: usdText(rounding),
    totals: totals.map(({ verdict, count, billed_micro, ours_micro }) => ({
      verdict,
      count,
      billed_usd: dollars(billed_micro),
      ours_usd: dollars(ours_micro),
    })),
  }
}

export function showBillItem({
  id,
  verdict,
  line,
  lines,
  description,
  ref_id,
  billed_micro,
  attempt,
  video,
  state,
  cost_micro,
  cost_source,
}: BillItem) {
  return {
    object: 'bill_item' as const,
    id,
    verdict,
    line,
    lines,
    description,
    provider_ref: ref_id,
    billed_usd: billed_micro === null ? null : dollars(billed_micro),
    attempt,
    video,
    state,
    ours: cost_micro === null || cost_source === null ? null : { usd: dollars(cost_micro), source: cost_source },
  }
}

function dollars(micro: bigint): string {
  return usdText(ratio(micro, 1_000_000n))
}
