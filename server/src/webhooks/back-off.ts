const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** What passes after the first, second, … failed try: 72 hours together, as the original API promises its receivers. */
const WAITS_MS: readonly number[] = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  1 * HOUR,
  3 * HOUR,
  8 * HOUR,
  12 * HOUR,
  24 * HOUR,
  24 * HOUR,
]

/**
 * How long to wait after a failed try; null when it was the last.
 * @param failed how many have failed by now
 * @param random from [0, 1): adds up to a tenth, so that what failed together does not come back together
 */
export function backOff(failed: number, random: number): number | null {
  const wait = WAITS_MS[failed - 1]
  return wait === undefined ? null : Math.round(wait * (1 + random / 10))
}

/** No endpoint is left alone for longer at its own request: as long as the longest wait above. */
const RETRY_AFTER_MS_MAX = 24 * HOUR

/** How long an endpoint asks to be left alone: `Retry-After` in seconds or as a date. Null when it asks for nothing that can be understood. */
export function retryAfter(header: string | undefined, now: number): number | null {
  if (header === undefined) return null
  const text = header.trim()
  if (!/^(\d+|[A-Z].+ GMT)$/.test(text)) return null
  const wait_ms = /^\d/.test(text) ? Number(text) * SECOND : Date.parse(text) - now
  return wait_ms > 0 ? Math.min(wait_ms, RETRY_AFTER_MS_MAX) : null
}
