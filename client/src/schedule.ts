/** What is known of how long it takes. */
export interface Expected {
  readonly low_s: number
  readonly high_s: number
}

const FIRST_MINUTE_S = 10
const LATER_S = 30
const LEAST_S = 0.5

/**
 * Seconds until the next look at a video: 10 in the first minute, 30 later. Less, so that nobody waits long for what is there: half of what was
 * waited so far, and a tenth of what it is expected to take, until twice that is over.
 * @param chance between 0 and 1; spreads callers that began together
 */
export function nextLook(waited_s: number, eta: Expected | null, chance: number): number {
  const usual = waited_s < 60 ? FIRST_MINUTE_S : LATER_S
  const tenth = eta !== null && waited_s <= 2 * eta.high_s ? eta.high_s / 10 : usual
  return Math.min(usual, Math.max(LEAST_S, Math.min(tenth, waited_s / 2))) * (0.9 + chance / 5)
}
