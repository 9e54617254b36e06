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
  /** How many orders may be sent now; null: as many as come. */
  readonly sends: Sends | null
}

export interface Sends {
  readonly left: number
  /** When the next one may be sent, where none may now. */
  readonly next_at: Instant
}

/** What an account was sent lately, counted under its lock. */
export interface Sent {
  readonly per_minute: number | null
  readonly per_second: number | null
  readonly in_minute: number
  readonly in_second: number
  /** When the oldest of as many as are allowed was sent; null: fewer were. */
  readonly minute_full_since: Instant | null
  readonly second_full_since: Instant | null
}

export const MINUTE_MS = 60_000
export const SECOND_MS = 1_000

/** How many may be sent now, so that in no minute and in no second more are sent than its limits say. */
export function sendsOf(sent: Sent, now: Instant): Sends | null {
  const { per_minute, per_second, in_minute, in_second, minute_full_since, second_full_since } = sent
  if (per_minute === null && per_second === null) return null
  const left = Math.min(
    per_minute === null ? Number.POSITIVE_INFINITY : per_minute - in_minute,
    per_second === null ? Number.POSITIVE_INFINITY : per_second - in_second,
  )
  const free_at = [
    minute_full_since === null ? now : minute_full_since + MINUTE_MS,
    second_full_since === null ? now : second_full_since + SECOND_MS,
  ]
  return { left: Math.max(0, left), next_at: Math.max(now, ...free_at) }
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
  if (slots.limit === null && slots.sends === null) return 'goes'
  if (room(slots) <= 0) return 'waits'
  if (was_called) return 'goes'
  return slots.waiting || room(slots) <= slots.called ? 'waits' : 'goes'
}

/** How many from the line may be called now. */
export function slotsToFill(slots: Slots, most: number): number {
  if (!slots.waiting) return 0
  return Math.max(0, Math.min(most, room(slots) - slots.called))
}

/** When the first of the line may go, where only the pace of sending keeps it: it is called ahead, and calls the next when it goes. Null: somebody is called already, or it waits for something else. */
export function callAheadAt({ limit, open, called, waiting, sends }: Slots): Instant | null {
  if (!waiting || called > 0 || sends === null || sends.left > 0) return null
  return limit !== null && open >= limit ? null : sends.next_at
}

function room({ limit, open, sends }: Slots): number {
  return Math.min(limit === null ? Number.POSITIVE_INFINITY : limit - open, sends === null ? Number.POSITIVE_INFINITY : sends.left)
}
