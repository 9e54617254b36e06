import { z } from 'zod'
import type { Instant } from './time.ts'

/** How much one customer may ask for. Null: as much as they like. */
export interface Limits {
  /** Videos ordered within any 60 s. */
  readonly creates_per_minute: number | null
  /** Videos that have not ended. */
  readonly open_videos: number | null
  /** Status reads, lists, quotes and downloads: so many at once, and that many again each minute. Counted by each process for itself. */
  readonly reads_per_minute: number | null
}

export const NO_LIMITS: Limits = { creates_per_minute: null, open_videos: null, reads_per_minute: null }

const most = (description: string) => z.int().min(1).max(1_000_000).nullable().default(null).describe(description)

/** As an operator writes them; what is left out or null is not limited. */
export const limitsSchema = z.strictObject({
  creates_per_minute: most('Videos ordered within any 60 seconds.'),
  open_videos: most('Videos that have not ended.'),
  reads_per_minute: most('Reads, lists, quotes and downloads: so many at once, and that many again each minute. Counted by each process.'),
})

/** What binds a customer: their own limits, if they were given any, instead of everybody's. */
export function limitsOf(own: Limits | null, everybody: Limits): Limits {
  return own ?? everybody
}

export const WINDOW_MS = 60_000

/** What a caller is told about a limit: how many, how many are left, and in how long all are there again. */
export interface RateLimit {
  readonly limit: number
  readonly remaining: number
  readonly reset_ms: number
}

/** A customer's orders, counted from rows. */
export interface Orders {
  /** Within the last minute. */
  readonly made: number
  /** The newest of them but for `creates_per_minute - 1`: when it is a minute old, there is room for one more. */
  readonly frees_with: Instant | null
  readonly newest: Instant | null
  readonly open: number
  /** When the first of the open ones is expected to end. */
  readonly first_end_at: Instant | null
}

export type OrderVerdict =
  | { readonly verdict: 'fits'; readonly creates: RateLimit | null }
  | {
      readonly verdict: 'rate_limit_exceeded' | 'too_many_open_videos'
      readonly rate: RateLimit
      readonly retry_after_ms: number
    }

const ESTIMATE_MS_MAX = 60_000
const ESTIMATE_MS_MIN = 1_000

/** Whether one more order fits, and if not, in how long another try makes sense: exactly for the rate, by the estimate for what is open. */
export function orderVerdict({ creates_per_minute, open_videos }: Limits, orders: Orders, now: Instant): OrderVerdict {
  const until = (at: Instant | null) => Math.max(1, (at ?? now - WINDOW_MS) + WINDOW_MS - now)
  if (creates_per_minute !== null && orders.made >= creates_per_minute) {
    const rate = { limit: creates_per_minute, remaining: 0, reset_ms: until(orders.newest) }
    return { verdict: 'rate_limit_exceeded', rate, retry_after_ms: until(orders.frees_with) }
  }
  if (open_videos !== null && orders.open >= open_videos) {
    const expected_ms = (orders.first_end_at ?? now) - now
    const retry_after_ms = Math.min(ESTIMATE_MS_MAX, Math.max(ESTIMATE_MS_MIN, expected_ms))
    return { verdict: 'too_many_open_videos', rate: { limit: open_videos, remaining: 0, reset_ms: retry_after_ms }, retry_after_ms }
  }
  if (creates_per_minute === null) return { verdict: 'fits', creates: null }
  const reset_ms = orders.made === 0 ? 0 : until(orders.newest)
  return { verdict: 'fits', creates: { limit: creates_per_minute, remaining: creates_per_minute - orders.made, reset_ms } }
}

export interface GcraVerdict {
  readonly allowed: boolean
  /** When all that was taken is paid back: the whole state, to be kept for the next time. */
  readonly paid_back_at: number
  readonly rate: RateLimit
  readonly retry_after_ms: number
}

/**
 * The generic cell rate algorithm: every request costs a minute's share, up to a whole minute may be owed.
 * @param paid_back_at what the last verdict said; null for somebody new
 */
export function gcra(paid_back_at: number | null, now: Instant, per_minute: number): GcraVerdict {
  const share_ms = WINDOW_MS / per_minute
  // A clock that was set back must not lock anybody out for as long.
  const owed_until = Math.min(Math.max(paid_back_at ?? now, now), now + WINDOW_MS)
  const next = owed_until + share_ms
  const room_ms = WINDOW_MS - (next - now)
  const rate = (remaining: number, reset_ms: number): RateLimit => ({ limit: per_minute, remaining, reset_ms })
  if (room_ms < -ROUNDING_MS) return { allowed: false, paid_back_at: owed_until, rate: rate(0, owed_until - now), retry_after_ms: -room_ms }
  const remaining = Math.max(0, Math.floor((room_ms + ROUNDING_MS) / share_ms))
  return { allowed: true, paid_back_at: next, rate: rate(remaining, next - now), retry_after_ms: 0 }
}

/** Sums of shares are not exact: a third of a minute three times is a minute. */
const ROUNDING_MS = 0.001
