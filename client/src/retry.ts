import type { FilmgateError } from './errors.ts'

// Which requests may be sent again, and when. Pure: chance comes in as a number.

/** How the client behaves when an answer does not come. */
export interface RetryPolicy {
  /** How often at most after the first time. */
  readonly most: number
  readonly first_s: number
  /** Longest wait that the client takes by itself; a server that asks for more gets its refusal handed on. */
  readonly longest_s: number
}

export const RETRIES: RetryPolicy = { most: 3, first_s: 0.5, longest_s: 20 }

export interface Failed {
  readonly error: FilmgateError
  /** A GET, or a POST under an idempotency key that its path honours: sent twice, it is done once. */
  readonly repeatable: boolean
  /** How often it was sent already. */
  readonly sent: number
  /** The header of the answer. */
  readonly should_retry: 'true' | 'false' | null
}

/**
 * Seconds to wait before it is sent again; null when it is not.
 * @param chance between 0 and 1
 */
export function again({ error, repeatable, sent, should_retry }: Failed, policy: RetryPolicy, chance: number): number | null {
  if (!repeatable || sent > policy.most || should_retry === 'false') return null
  if (should_retry !== 'true' && !isPassing(error)) return null
  if (error.retry_after_s !== null) return error.retry_after_s > policy.longest_s ? null : error.retry_after_s * (1 + chance / 10)
  // Between half and all of a wait that doubles: callers that failed together do not come back together.
  return Math.min(policy.longest_s, policy.first_s * 2 ** (sent - 1)) * (0.5 + chance / 2)
}

/** Whether the same request may fare better in a moment. */
export function isPassing({ kind, status }: FilmgateError): boolean {
  return kind === 'unreachable' || kind === 'rate_limited' || kind === 'server' || status === 408
}
