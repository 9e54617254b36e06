import { monthsAfter, monthsSince } from './calendar.ts'
import type { Instant } from './time.ts'

/** A month of a subscription: number 0 begins at the anchor. It includes its first instant and not its last. */
export interface Cycle {
  readonly number: number
  readonly begins: Instant
  readonly ends: Instant
}

/** What decides which cycles' credits are due. */
export interface Cycles {
  readonly anchor: Instant
  /** Where months begin: as it was when the subscription did, so that moving changes no boundary. */
  readonly zone: string
  /** Cycles before this one are settled: given, or never paid. */
  readonly given: number
  /** Those that are paid and were not given yet, in order. */
  readonly pending: readonly number[]
}

export function cycle({ anchor, zone }: Pick<Cycles, 'anchor' | 'zone'>, number: number): Cycle {
  return { number, begins: monthsAfter(anchor, number, zone), ends: monthsAfter(anchor, number + 1, zone) }
}

export function cycleAt(of: Pick<Cycles, 'anchor' | 'zone'>, at: Instant): Cycle {
  return cycle(of, monthsSince(of.anchor, at, of.zone))
}

/**
 * The paid cycles that have begun and were not given yet, in order, and when the next one begins (null: none is paid). Pure. One that has ended by now is
 * among them: it is given and expires at once, so that the books say what became of what was paid.
 */
export function cyclesDue(of: Cycles, now: Instant): { readonly due: readonly Cycle[]; readonly next: Instant | null } {
  const due: Cycle[] = []
  for (const number of of.pending) {
    const one = cycle(of, number)
    if (one.begins > now) return { due, next: one.begins }
    due.push(one)
  }
  return { due, next: null }
}

/** The first cycle that nobody has paid. */
export function unpaid({ given, pending }: Pick<Cycles, 'given' | 'pending'>): number {
  return Math.max(given, (pending.at(-1) ?? -1) + 1)
}

/** The part of an amount for the rest of a cycle, exactly, rounded once: of 10,000 for the last third 3,333, rounded up 3,334. */
export function forTheRest(amount: bigint, { begins, ends }: Cycle, now: Instant, round: 'down' | 'up' = 'down'): bigint {
  const rest = BigInt(Math.min(ends - begins, Math.max(0, ends - now)))
  const whole = BigInt(ends - begins)
  return (amount * rest + (round === 'up' ? whole - 1n : 0n)) / whole
}
