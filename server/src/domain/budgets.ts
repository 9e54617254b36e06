import { z } from 'zod'
import { laterDate, localDate, startOfDate } from './calendar.ts'
import type { Instant } from './time.ts'

/** How many credits one API key may spend. Null: as many as there are. Hard: no order is taken that would pass one. */
export interface Budget {
  /** On each local date of the customer. */
  readonly day: number | null
  /** In each of their calendar months. */
  readonly month: number | null
  /** Ever. */
  readonly total: number | null
}

const most = (description: string) => z.int().min(0).max(Number.MAX_SAFE_INTEGER).nullable().default(null).describe(description)

/** As an operator writes it; what is left out or null is not limited. */
export const budgetSchema = z.strictObject({
  day: most("Credits on each local date, in the customer's time zone."),
  month: most('Credits in each calendar month, in the same zone.'),
  total: most('Credits ever.'),
})

export const PERIODS = ['day', 'month', 'total'] as const
export type Period = (typeof PERIODS)[number]

/** The part of time that a budget is for. An order counts where it was made, however long it takes. */
export interface Span {
  readonly begins: Instant
  /** When it starts anew; null: never. */
  readonly ends: Instant | null
}

/** Today, this month and ever, as the customer's calendar has them. */
export function spansAt(now: Instant, zone: string): Readonly<Record<Period, Span>> {
  const today = localDate(now, zone)
  const first = `${today.slice(0, 8)}01`
  // From any first of a month 31 days lead into the next one.
  const next = `${laterDate(first, 31).slice(0, 8)}01`
  return {
    day: { begins: startOfDate(today, zone), ends: startOfDate(laterDate(today, 1), zone) },
    month: { begins: startOfDate(first, zone), ends: startOfDate(next, zone) },
    total: { begins: 0, ends: null },
  }
}

export type Spent = Readonly<Record<Period, bigint>>

/** The first budget that an order would pass; null when it fits in all. */
export function overBudget(budget: Budget, spent: Spent, credits: bigint): Period | null {
  return PERIODS.find((period) => passes(budget[period], spent[period] + credits)) ?? null
}

function passes(limit: number | null, credits: bigint): boolean {
  return limit !== null && credits > BigInt(limit)
}
