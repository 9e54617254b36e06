import type { Eta } from './eta.ts'

// How long something takes, as a distribution. Ranges are its median and its ninth decile: half of all clips come before `low_s`, one in ten after `high_s`.

const LOW = 0.5
const HIGH = 0.9
/** What takes longer is worth a look: one in a hundred does. */
const BOUND = 0.99

/** One that was waited for. `censored`: it has not come yet, or something else ended it; that it took at least so long is known. */
export interface Wait {
  readonly ms: number
  readonly censored: boolean
}

/** Falling steps: from `ms` on, the share that has not come yet. */
export type Curve = readonly { readonly ms: number; readonly left: number }[]

export type Course =
  /** By what somebody published, or promised. */
  | { readonly kind: 'range'; readonly low_s: number; readonly high_s: number }
  /** By what was seen. `longest_s`: of what came and of what has not come yet. */
  | { readonly kind: 'observed'; readonly curve: Curve; readonly longest_s: number }

/** The estimator of Kaplan and Meier (1958): what is still under way counts for as long as it has lasted, instead of being left out, which would make all look quicker. */
export function kaplanMeier(waits: readonly Wait[]): Curve {
  // Of equal waits those that came count first: the others were there still.
  const sorted = waits.toSorted((a, b) => a.ms - b.ms || Number(a.censored) - Number(b.censored))
  const curve: { ms: number; left: number }[] = []
  let left = 1
  for (const [at, { ms, censored }] of sorted.entries()) {
    if (censored) continue
    const at_risk = sorted.length - at
    left *= 1 - 1 / at_risk
    const last = curve.at(-1)
    if (last?.ms === ms) last.left = left
    else curve.push({ ms, left })
  }
  return curve
}

/** The course of what was waited for. */
export function observe(waits: readonly Wait[]): Course {
  return { kind: 'observed', curve: kaplanMeier(waits), longest_s: Math.max(0, ...waits.map(({ ms }) => ms)) / 1000 }
}

/** What is left of the wait for something that has not come for so long: never less than nothing, and growing once it is late. Whole seconds. */
export function remaining(course: Course, elapsed_s: number): Eta {
  const low = Math.max(0, quantileGiven(course, LOW, elapsed_s) - elapsed_s)
  const high = Math.max(1, quantileGiven(course, HIGH, elapsed_s) - elapsed_s)
  return { low_s: Math.floor(low + ROUNDING), high_s: Math.max(Math.floor(low + ROUNDING), Math.ceil(high - ROUNDING)) }
}

/** The share that has come within so long: from 0 to 1, and never falling as time goes on. */
export function shareWithin(course: Course, elapsed_s: number): number {
  return 1 - leftAfter(course, Math.max(0, elapsed_s))
}

/** By when nearly all have come, whole seconds. */
export function upperBound(course: Course): number {
  return Math.max(1, Math.ceil(quantileGiven(course, BOUND, 0) - ROUNDING))
}

/** Powers and their roots are not exact: a range that goes in must come out. Seconds. */
const ROUNDING = 0.01

function leftAfter(course: Course, elapsed_s: number): number {
  if (course.kind === 'range') {
    const { median, steep } = logLogistic(course)
    return 1 / (1 + (elapsed_s / median) ** steep)
  }
  return course.curve.findLast(({ ms }) => ms <= elapsed_s * 1000)?.left ?? 1
}

/** By when a share of those have come that had not come by `elapsed_s`. */
function quantileGiven(course: Course, share: number, elapsed_s: number): number {
  const wanted = (1 - share) * leftAfter(course, elapsed_s)
  if (course.kind === 'range') {
    const { median, steep } = logLogistic(course)
    const odds = (elapsed_s / median) ** steep
    // So late that odds can not be counted any more: then the tail alone, which is a power.
    if (odds > 1e12) return elapsed_s * (1 - share) ** (-1 / steep)
    return median * (1 / wanted - 1) ** (1 / steep)
  }
  const { curve } = course
  const found = curve.find(({ left }) => left <= wanted + 1e-12)
  if (found !== undefined && found.ms > elapsed_s * 1000) return found.ms / 1000
  // Later than anything that was seen: it may well take as much again as the share says.
  return Math.max(course.longest_s, elapsed_s * (1 + share / 2))
}

/** The log-logistic distribution through both ends of a range: in closed form, and what is late is expected to be later still. */
function logLogistic({ low_s, high_s }: { readonly low_s: number; readonly high_s: number }): {
  readonly median: number
  readonly steep: number
} {
  const median = Math.max(low_s, 0.5)
  // A range without width is given a little: a division by nothing helps nobody.
  const width = Math.max(high_s / median, 1.000001)
  return { median, steep: Math.log(HIGH / (1 - HIGH)) / Math.log(width) }
}
