import type { Instant } from './time.ts'

/** How a provider account stands, counted under its lock or close to it. */
export interface Slots {
  /** Null: it takes whatever comes. */
  readonly limit: number | null
  /** Attempts in its hands, surely or possibly. */
  readonly open: number
  /** Attempts that were called from the line and have not come yet: each has a slot kept for it. */
  readonly called: number
  /** Somebody is in the line who was not called. */
  readonly waiting: boolean
}

/** Who was called and has not come after this has lost its slot to the next: its worker may be dead. */
export const CALL_KEPT_MS = 30_000

/** Calls made before this count no longer. */
export function callsSince(now: Instant): Instant {
  return now - CALL_KEPT_MS
}

/**
 * Whether an attempt may go to its provider now. Who was called only needs room; whoever comes by itself stands behind all that wait or were
 * called, so that a slot goes to the one whose turn it is and not to the one who happens to look.
 * @param slots without the attempt that asks
 */
export function slotVerdict(slots: Slots, was_called: boolean): 'goes' | 'waits' {
  if (slots.limit === null) return 'goes'
  if (slots.open >= slots.limit) return 'waits'
  if (was_called) return 'goes'
  return slots.waiting || slots.open + slots.called >= slots.limit ? 'waits' : 'goes'
}

/** How many from the line may be called now. */
export function slotsToFill(slots: Slots, most: number): number {
  if (!slots.waiting) return 0
  return slots.limit === null ? most : Math.max(0, Math.min(most, slots.limit - slots.open - slots.called))
}
