import type { Credits } from './credits.ts'
import { divide, multiply, ratio, toFixed } from './rational.ts'

/** What the tries of a final came to, as the ledger has it. */
export interface Drafting {
  /** Tries that came out: who fails costs nothing, at whichever settings. */
  readonly made: number
  /** What they were charged, less what was given back. */
  readonly charged: Credits
}

export interface Promotion {
  /** As many tries at the price of the final. */
  readonly at_final_price_credits: Credits
  /** Below 0: they cost more. */
  readonly saved_credits: Credits
  /** One place at most, cut off; null where the final costs nothing. */
  readonly saved_percent: string | null
}

/** What drafting saved: what the tries cost, against as many at the price of the final. */
export function promotionOf({ made, charged }: Drafting, final_credits: Credits): Promotion {
  const at_final = BigInt(made) * final_credits
  const saved = at_final - charged
  const percent = at_final === 0n ? null : toFixed(multiply(divide(ratio(saved), ratio(at_final)), ratio(100n)), 1).replace(/\.0$/, '')
  return { at_final_price_credits: at_final, saved_credits: saved, saved_percent: percent }
}
