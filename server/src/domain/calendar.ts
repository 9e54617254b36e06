import type { Instant } from './time.ts'

/** A day on the calendar, `2026-03-29`: compares as text. */
export type LocalDate = string

const SECOND_MS = 1_000
const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000
/** No clock on Earth is further from UTC than this. */
const FARTHEST_MS = 15 * HOUR_MS

/** The day that the calendars of a zone show at an instant. */
export function localDate(at: Instant, zone: string): LocalDate {
  return dateOf(wallClock(at, zone))
}

/** The first instant of a day in a zone: midnight, or where there is none (Cairo, Santiago) the instant at which the clocks pass it. */
export function startOfDate(date: LocalDate, zone: string): Instant {
  return firstShowing(Date.parse(date), zone)
}

/** The day so many days later. */
export function laterDate(date: LocalDate, days: number): LocalDate {
  return dateOf(Date.parse(date) + days * DAY_MS)
}

/** Whether a text names a day that exists: not 2026-02-29. */
export function isDate(text: string): text is LocalDate {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) && dateOf(Date.parse(text)) === text
}

/**
 * The boundary `months` months after an anchor, at its time of day in a zone. A day that the month does not have becomes its last: an anchor on
 * January 31 gives February 28 or 29, then March 31. Always from the anchor and never from the boundary before, or 31 would become 28 for ever.
 */
export function monthsAfter(anchor: Instant, months: number, zone: string): Instant {
  if (months === 0) return anchor // an hour that comes twice would lead to the first of the two
  const wall = new Date(wallClock(anchor, zone))
  const [year, month, day] = [wall.getUTCFullYear(), wall.getUTCMonth() + months, wall.getUTCDate()]
  const last_day = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  return firstShowing(Date.UTC(year, month, Math.min(day, last_day)) + (wall.getTime() % DAY_MS), zone)
}

/** How many boundaries of `monthsAfter` lie at or before an instant: the number of the cycle that it is in; 0 for the first. Negative before the anchor. */
export function monthsSince(anchor: Instant, at: Instant, zone: string): number {
  const [from, to] = [new Date(wallClock(anchor, zone)), new Date(wallClock(at, zone))]
  const months = (to.getUTCFullYear() - from.getUTCFullYear()) * 12 + to.getUTCMonth() - from.getUTCMonth()
  // The month of the calendar is one off at most; the boundary itself decides.
  for (let n = months + 1; ; n--) if (monthsAfter(anchor, n, zone) <= at) return n
}

/**
 * What the clocks of a zone show, as if they were in UTC. `Intl` knows the zones and nothing else of this: `Temporal` is not in every Node
 * that we run on.
 */
function wallClock(at: Instant, zone: string): number {
  return at + offset(at, zone)
}

/** How far a zone's clocks are ahead of UTC. Whole seconds: before zones there was local mean time. */
function offset(at: Instant, zone: string): number {
  if (zone === 'UTC') return 0 // what most ask for: the format would take longer than all else of a decision
  const second = Math.floor(at / SECOND_MS) * SECOND_MS
  const shown: Record<string, number> = {}
  for (const { type, value } of formatOf(zone).formatToParts(second)) shown[type] = Number(value)
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second: seconds = 0 } = shown
  return Date.UTC(year, month - 1, day, hour, minute, seconds) - second
}

/** The first instant at which the clocks of a zone show `wall` or later: of an hour that comes twice the first, of one that is left out its end. */
function firstShowing(wall: number, zone: string): Instant {
  // What lies around decides between the (at most two) offsets; the larger one is the earlier instant.
  const [a, b] = [offset(wall - FARTHEST_MS, zone), offset(wall + FARTHEST_MS, zone)]
  const [early, late] = [wall - Math.max(a, b), wall - Math.min(a, b)]
  for (const at of [early, late]) if (wallClock(at, zone) === wall) return at
  // Left out: the change of the clocks lies between the two. Before it they show less, from it on more.
  let [before, from] = [early - 1, late]
  while (from - before > 1) {
    const middle = Math.floor((before + from) / 2)
    if (wallClock(middle, zone) >= wall) from = middle
    else before = middle
  }
  return from
}

function dateOf(wall: number): LocalDate {
  return new Date(wall).toISOString().slice(0, 10)
}

/** Making a format takes far longer than using it; there are some 400 zones. */
const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en-u-ca-iso8601-nu-latn', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  formats.set(zone, format)
  return format
}
