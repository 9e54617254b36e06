import type { Eta } from '../domain/eta.ts'

/** What a batch has still to do, and how. Times of all items one after the other. */
export interface Ahead {
  readonly waiting: number
  readonly open: number
  readonly total: number
  readonly low_s: number
  readonly high_s: number
  readonly concurrency: number
  readonly delay_s: number
}

/** When a batch may be through, if nothing stops it: as many side by side as it may have, each no sooner after the one before it than its pace. */
export function etaOf({ waiting, open, total, low_s, high_s, concurrency, delay_s }: Ahead): Eta {
  if (waiting + open === 0) return { low_s: 0, high_s: 0 }
  const one = { low_s: low_s / total, high_s: high_s / total }
  const rounds = Math.ceil((waiting + open) / concurrency)
  const paced_s = waiting * delay_s
  return {
    low_s: Math.ceil(Math.max(waiting === 0 ? 0 : one.low_s, rounds * one.low_s, paced_s)),
    high_s: Math.ceil(rounds * one.high_s + paced_s),
  }
}
