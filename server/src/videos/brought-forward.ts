import type { Instant } from '../domain/time.ts'

// When a callback makes us look: decisions on instants alone.

/** However often a provider calls, it makes us look at most this often. */
export const LOOK_APART_MS = 1_000

export interface Wake {
  /** When to look instead; null: whoever is at it now looks again (`broughtForward`). */
  readonly look_at: Instant | null
  readonly noted_at: Instant
}

/** What a callback changes for a video that is looked at next at `next_at` and was called back last at `callback_at`; null: nothing. */
export function wakeOf(video: { readonly next_at: Instant; readonly callback_at: Instant | null }, now: Instant): Wake | null {
  const { next_at, callback_at } = video
  // A step is due or in hand. It is not taken away from whoever has it: calls that keep coming would never let one end.
  if (next_at <= now) return { look_at: null, noted_at: callback_at === null ? now : Math.max(now, Math.min(callback_at, now) + 1) }
  const look_at = callback_at === null ? now : Math.max(now, callback_at + LOOK_APART_MS)
  return look_at < next_at ? { look_at, noted_at: look_at } : null
}

/** When to look next, if a callback came while this step was at it: what it saw may be older than what was called for. */
export function broughtForward(next_at: Instant, seen: Instant | null, callback_at: Instant | null, now: Instant): Instant {
  if (callback_at === null || (seen !== null && callback_at <= seen)) return next_at
  return Math.min(next_at, Math.max(now, callback_at + LOOK_APART_MS))
}
