import { type AllowancePolicy, type AllowanceStep, creditsOn } from './allowance.ts'
import { type LocalDate, laterDate, localDate, startOfDate } from './calendar.ts'
import type { Plan } from './plans.ts'
import type { Instant } from './time.ts'

/** While a plan is in force and paid. It includes its first instant and not its last. */
export interface Spell {
  readonly plan: Plan
  readonly from: Instant
  /** Null: until somebody ends it. */
  readonly until: Instant | null
}

/**
 * The daily credits of plans that follow one another, as dated lines. The first spell counts from its own day on: who takes out a plan has its credits at
 * once, if no day is in hand. A day belongs to the plan in force when it begins: one that ends at noon still gave that day, and none after it. Pure.
 * @param spells in order, each beginning where the one before it ends or later; none: nothing
 */
export function allowanceOf(spells: readonly Spell[], zone: string): AllowancePolicy {
  const steps: AllowanceStep[] = []
  for (const [at, { plan, from, until }] of spells.entries()) {
    const policy = plan.credits_a_day
    const begins = at === 0 ? localDate(from, zone) : firstDateFrom(from, zone)
    const ends = until === null ? null : firstDateFrom(until, zone)
    if (policy === null || (ends !== null && ends <= begins)) continue
    steps.push({ from: begins, credits: creditsOn(policy, begins) })
    steps.push(...policy.filter((step) => step.from > begins && (ends === null || step.from < ends)))
    if (ends !== null) steps.push({ from: ends, credits: 0n })
  }
  return tidied(steps)
}

/** A policy that gives on each day what both of two give. */
export function sumOf(one: AllowancePolicy, other: AllowancePolicy): AllowancePolicy {
  if (one.length === 0) return other
  if (other.length === 0) return one
  const dates = [...new Set([...one, ...other].map(({ from }) => from))].sort()
  return dates.map((from) => ({ from, credits: creditsOn(one, from) + creditsOn(other, from) }))
}

/** The first day that begins at an instant or after it. */
function firstDateFrom(at: Instant, zone: string): LocalDate {
  const date = localDate(at, zone)
  return startOfDate(date, zone) >= at ? date : laterDate(date, 1)
}

/** In order of dates, of two lines for one day the later one, and no line that changes nothing. */
function tidied(steps: readonly AllowanceStep[]): AllowancePolicy {
  const by_date = new Map(steps.map((step) => [step.from, step]))
  const sorted = [...by_date.values()].sort((a, b) => (a.from < b.from ? -1 : 1))
  return sorted.filter(({ credits }, at) => credits !== (sorted[at - 1]?.credits ?? 0n))
}
