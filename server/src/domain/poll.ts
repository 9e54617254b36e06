/** How often a route wants to be asked. */
export interface PollSchedule {
  /** In the first minute after it started. */
  readonly first_s: number
  /** After the first minute. */
  readonly later_s: number
}

/** Source: the articles' advice (product.md, S13): every 10 s in the first minute, then every 30 s. */
export const POLL_DEFAULT: PollSchedule = { first_s: 10, later_s: 30 }

const FIRST_PHASE_MS = 60_000
/** Spread over ±10 %, so that videos ordered together are not asked about together for ever. */
const JITTER = 0.1

/**
 * Milliseconds until the next poll.
 * @param elapsed_ms since the provider took the order
 * @param random from [0, 1)
 */
export function pollDelay(schedule: PollSchedule, elapsed_ms: number, random: number): number {
  const interval_s = elapsed_ms < FIRST_PHASE_MS ? schedule.first_s : schedule.later_s
  return Math.round(interval_s * 1000 * (1 - JITTER + 2 * JITTER * random))
}

/** Milliseconds until an interrupted step tries again: doubling from 1 s to a minute, jittered. */
export function backOff(tries: number, random: number): number {
  return Math.round(Math.min(60_000, 1000 * 2 ** Math.min(tries, 10)) * (0.75 + 0.5 * random))
}

/**
 * Milliseconds until a result that could not be fetched is fetched again: soon at first, then ever more rarely, for what its provider has lost
 * does not come back by being asked for all day.
 * @param elapsed_ms since the provider took the order
 * @param random from [0, 1)
 */
export function fetchDelay(elapsed_ms: number, random: number): number {
  return Math.round(Math.min(600_000, Math.max(8_000, elapsed_ms / 10)) * (0.75 + 0.5 * random))
}
