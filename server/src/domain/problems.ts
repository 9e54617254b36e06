import type { RateLimit } from './limits.ts'

/**
 * The catalogue of everything that a caller can be told went wrong: one code, one status, one type.
 * A use case throws `problem(code, …)`; `http/envelope.ts` is the only place that turns it into an answer.
 * Source of codes and statuses: the contract's table of errors (docs/reference/errors.md prints from here).
 */
export const PROBLEMS = {
  invalid_value: { status: 400, type: 'invalid_request_error' },
  missing_required_parameter: { status: 400, type: 'invalid_request_error' },
  unknown_model: { status: 400, type: 'invalid_request_error' },
  unsupported_duration: { status: 400, type: 'invalid_request_error' },
  unsupported_size: { status: 400, type: 'invalid_request_error' },
  video_not_ready: { status: 400, type: 'invalid_request_error' },
  customer_required: { status: 400, type: 'invalid_request_error' },
  invalid_api_key: { status: 401, type: 'authentication_error' },
  operator_key_required: { status: 403, type: 'permission_error' },
  not_in_plan: { status: 403, type: 'permission_error' },
  not_in_tier: { status: 403, type: 'permission_error' },
  outside_guardrails: { status: 403, type: 'permission_error' },
  insufficient_credits: { status: 402, type: 'insufficient_credits' },
  price_above_limit: { status: 402, type: 'insufficient_credits' },
  budget_exceeded: { status: 402, type: 'insufficient_credits' },
  not_found: { status: 404, type: 'not_found_error' },
  method_not_allowed: { status: 405, type: 'invalid_request_error' },
  content_expired: { status: 410, type: 'not_found_error' },
  idempotency_conflict: { status: 409, type: 'conflict_error' },
  quote_expired: { status: 409, type: 'conflict_error' },
  quote_mismatch: { status: 409, type: 'conflict_error' },
  quote_used: { status: 409, type: 'conflict_error' },
  hold_finished: { status: 409, type: 'conflict_error' },
  too_early: { status: 409, type: 'conflict_error' },
  already_claimed: { status: 409, type: 'conflict_error' },
  batch_ended: { status: 409, type: 'conflict_error' },
  subscription_conflict: { status: 409, type: 'conflict_error' },
  attempt_not_unknown: { status: 409, type: 'conflict_error' },
  payload_too_large: { status: 413, type: 'invalid_request_error' },
  range_not_satisfiable: { status: 416, type: 'invalid_request_error' },
  unsupported_media_type: { status: 415, type: 'invalid_request_error' },
  moderation_blocked: { status: 422, type: 'invalid_request_error' },
  video_failed: { status: 422, type: 'server_error' },
  rate_limit_exceeded: { status: 429, type: 'rate_limit_error' },
  too_many_open_videos: { status: 429, type: 'rate_limit_error' },
  internal_error: { status: 500, type: 'server_error' },
  overloaded: { status: 503, type: 'server_error' },
  no_route_available: { status: 503, type: 'server_error' },
  starting: { status: 503, type: 'server_error' },
} as const

export type ProblemCode = keyof typeof PROBLEMS

export interface ProblemDetails {
  /** The request field that is wrong, as the caller spelt it: `seconds`, `input_reference[image_url]`. */
  readonly param?: string | null
  /** More members of the error object: `needed`, `available`, `offers`, … */
  readonly extra?: Readonly<Record<string, unknown>>
  /** For 429 and 503: seconds until another try makes sense. */
  readonly retry_after_s?: number
  /** For a limit: how it stands. */
  readonly rate_limit?: RateLimit
}

/** An expected refusal on its way to the caller. Everything else that is thrown is a defect of ours and answered as 500. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly param: string | null
  readonly extra: Readonly<Record<string, unknown>>
  readonly retry_after_s: number | undefined
  readonly rate_limit: RateLimit | undefined

  constructor(code: ProblemCode, message: string, details: ProblemDetails = {}) {
    super(message)
    this.name = 'Problem'
    this.code = code
    this.param = details.param ?? null
    this.extra = details.extra ?? {}
    this.retry_after_s = details.retry_after_s
    this.rate_limit = details.rate_limit
  }
}

/**
 * Makes a Problem. The message says what was wrong and what would do, in one or two sentences.
 * @example throw problem('unsupported_duration', 'sora-2 is sold as 4, 8 or 12 seconds; 7 is not.', { param: 'seconds' })
 */
export function problem(code: ProblemCode, message: string, details?: ProblemDetails): Problem {
  return new Problem(code, message, details)
}

/** Why nothing can be spent although credits may be there. */
export function owing(owed: bigint): string {
  return `${owed} credits are owed, because a payment was taken back. Nothing can be spent until they are paid: the next credits pay them first.`
}
