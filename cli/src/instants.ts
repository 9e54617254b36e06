import { usage } from './exits.ts'
import { timeText } from './text/amounts.ts'

/**
 * Unix seconds of what a person writes: a day or an instant (UTC unless it names an offset), or Unix seconds as they are.
 * @throws Failure with exit 2
 */
export function unixSecondsOf(text: string | undefined, flag: string): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,12}$/.test(text)) return Number(text)
  const written = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?)?$/.test(text)
  const zoned = text.length > 10 && !/(?:Z|[+-]\d\d:\d\d)$/.test(text) ? `${text}Z` : text
  const ms = written ? Date.parse(zoned.replace(' ', 'T')) : Number.NaN
  // A day that no month has is read as one of the next by some.
  const is_real = !Number.isNaN(ms) && new Date(Date.parse(`${text.slice(0, 10)}T00:00:00Z`)).toISOString().startsWith(text.slice(0, 10))
  if (!is_real) throw usage(`${flag} ${JSON.stringify(text)}: write a day as 2026-11-22, an instant as 2026-11-22T14:30, or Unix seconds.`)
  return Math.floor(ms / 1_000)
}

/** For columns under a title that says UTC. */
export function stampText(at: number | null): string {
  return timeText(at).replace(/ UTC$/, '')
}

export function dayText(at: number | null): string {
  return timeText(at).slice(0, 10)
}
