import { type LocalDate, laterDate, localDate, startOfDate } from './calendar.ts'
import type { Instant } from './time.ts'

/** How many credits a day, from which day on: `[{ from: '2025-10-01', credits: 30 }, { from: '2026-01-10', credits: 0 }]`. Nothing before the first. */
export type AllowancePolicy = readonly AllowanceStep[]

export interface AllowanceStep {
  readonly from: LocalDate
  /** 0 ends it. */
  readonly credits: bigint
}

/** One day's credits: good from when it begins until it ends. */
export interface AllowanceDay {
  readonly date: LocalDate
  readonly ends: Instant
}

export interface AllowanceDue {
  /** The day whose credits are due and were not given yet. */
  readonly day: (AllowanceDay & { readonly credits: bigint }) | null
  /** When the next day with credits begins; null when the policy has none any more. */
  readonly next: Instant | null
}

/** Shorter than any day of a clock that changes, and long enough that moving between zones brings nothing. */
export const SHORTEST_MS = 20 * 3_600_000

/** What a policy gives on a day. */
export function creditsOn(policy: AllowancePolicy, date: LocalDate): bigint {
  let credits = 0n
  let since = ''
  for (const step of policy) {
    if (step.from > date || step.from < since) continue
    credits = step.credits
    since = step.from
  }
  return credits
}

/**
 * What a policy owes at an instant. Pure.
 *
 * A day ends at the first midnight, in the customer's zone, of a later date than its own that is at least 20 hours after it began; while it
 * lasts nothing else is due. It begins at its own midnight, or when the day before it ends. So a customer who moves between zones keeps the day in
 * hand as it was promised; no two days begin within 20 hours of each other, no date is given twice, and never more than one is left out.
 * @param last the newest day that was given; null for none
 */
export function allowanceDue(policy: AllowancePolicy, zone: string, last: AllowanceDay | null, now: Instant): AllowanceDue {
  if (last !== null && now < last.ends) return { day: null, next: nextAfter(policy, zone, last) }
  const day = dayAt(zone, last, now)
  const credits = creditsOn(policy, day.date)
  return { day: credits > 0n ? { ...day, credits } : null, next: nextAfter(policy, zone, day) }
}

function dayAt(zone: string, last: AllowanceDay | null, now: Instant): AllowanceDay {
  const today = localDate(now, zone)
  const following = last === null ? today : laterDate(last.date, 1)
  let date = today > following ? today : following
  const midnight = startOfDate(today, zone)
  const begins = last === null || midnight > last.ends ? midnight : last.ends
  for (;;) {
    const ends = startOfDate(laterDate(date, 1), zone)
    if (ends - begins >= SHORTEST_MS) return { date, ends }
    date = laterDate(date, 1)
  }
}

function nextAfter(policy: AllowancePolicy, zone: string, day: AllowanceDay): Instant | null {
  const following = dayAt(zone, day, day.ends)
  if (creditsOn(policy, following.date) > 0n) return day.ends
  const later = policy.filter((step) => step.from > following.date && creditsOn(policy, step.from) > 0n).map((step) => step.from)
  const [soonest] = later.sort()
  return soonest === undefined ? null : Math.max(day.ends, startOfDate(soonest, zone))
}
