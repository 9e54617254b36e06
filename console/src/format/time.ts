import type { Eta } from '../api/quote.ts'
import { THIN } from './credits.ts'

/** `0:07`, `1:02:40`: a position on a film strip. Whole seconds, never negative. */
export function formatTimecode(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const tail = String(whole % 60).padStart(2, '0')
  const minutes = Math.floor(whole / 60)
  return minutes < 60 ? `${minutes}:${tail}` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${tail}`
}

/** `10–30 s`, `2–4 min`, `90 s–3 min`, `4–12 h`; one figure when both ends read alike. Rounded outwards: a promise is not made tighter. */
export function formatRange(eta: Eta): string {
  const low = step(eta.low_s, Math.floor)
  const high = step(eta.high_s, Math.ceil)
  const end = `${high.value}${THIN}${high.unit}`
  if (low.unit !== high.unit) return `${low.value}${THIN}${low.unit}–${end}`
  return low.value === high.value ? end : `${low.value}–${end}`
}

/** Seconds singly below 10, in fives below 2 minutes, then whole minutes, from 3 hours on hours: nobody waits "83 seconds". */
function step(seconds: number, round: (value: number) => number): { value: number; unit: 's' | 'min' | 'h' } {
  if (seconds < 10) return { value: Math.max(1, round(seconds)), unit: 's' }
  if (seconds < 120) return { value: round(seconds / 5) * 5, unit: 's' }
  return seconds < 10_800 ? { value: round(seconds / 60), unit: 'min' } : { value: round(seconds / 3600), unit: 'h' }
}

/** What of an expected range is left `later_s` after the server named it; null once it is used up. */
export function remaining(eta: Eta, later_s: number): Eta | null {
  const high_s = eta.high_s - later_s
  // The server's range never ends: it stays at "a second" for a clip that takes longer than expected.
  return high_s <= 1 ? null : { low_s: Math.max(0, eta.low_s - later_s), high_s }
}

/** `3 minutes ago`. Times are Unix seconds. */
export function formatAgo(at_s: number, now_s: number, language: string): string {
  const past = Math.max(0, now_s - at_s)
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
  if (past < 60) return format.format(-Math.floor(past), 'second')
  if (past < 3600) return format.format(-Math.floor(past / 60), 'minute')
  if (past < 86_400) return format.format(-Math.floor(past / 3600), 'hour')
  return format.format(-Math.floor(past / 86_400), 'day')
}

export function formatMoment(at_s: number, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' }).format(at_s * 1000)
}
