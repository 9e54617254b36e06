import { startOfDate } from './calendar.ts'
import type { Instant } from './time.ts'

/** A calendar month or year, `2026-03` or `2026`, in somebody's time zone: from its first instant on, up to the first of the next. */
export interface Period {
  readonly from: Instant
  readonly to: Instant
}

/** Whether a text names one, from 1970 to 9998. */
export function isPeriod(text: string): boolean {
  return /^(19[7-9]\d|[2-9]\d{3})(-(0[1-9]|1[0-2]))?$/.test(text) && !text.startsWith('9999')
}

/** Begins and ends where the zone's calendars change their page, so the periods of a zone follow one another without gap or overlap. */
export function periodOf(text: string, zone: string): Period {
  const [year = 0, month] = text.split('-').map(Number)
  const first = (y: number, m: number) => startOfDate(`${y}-${String(m).padStart(2, '0')}-01`, zone)
  if (month === undefined) return { from: first(year, 1), to: first(year + 1, 1) }
  return { from: first(year, month), to: month === 12 ? first(year + 1, 1) : first(year, month + 1) }
}
