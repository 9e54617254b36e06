import type { Schema, Video } from './calls.ts'
import { PROBLEM_CODES } from './generated.ts'

/** What went wrong, as far as a program has to tell apart. */
export type ErrorKind =
  | 'invalid_request'
  | 'authentication'
  | 'permission'
  | 'insufficient_credits'
  | 'not_found'
  | 'conflict'
  | 'too_large'
  | 'rate_limited'
  | 'server'
  | 'unreachable'
  | 'not_filmgate'
  | 'aborted'

/** Codes of the server's catalogue. */
export type ProblemCode = (typeof PROBLEM_CODES)[number]
/** What the client finds out by itself; `unlisted` is a code of a newer server, to be read in `details.code`. */
export const CLIENT_CODES = [
  'bad_base_url',
  'bad_key',
  'bad_id',
  'bad_header',
  'bad_signature',
  'unreachable',
  'no_answer',
  'bad_gateway',
  'redirected',
  'not_filmgate',
  'unknown_route',
  'aborted',
  'timed_out',
  'unlisted',
] as const
export type ClientCode = (typeof CLIENT_CODES)[number]
export type ErrorCode = ProblemCode | ClientCode

export type Offer = NonNullable<Schema<'Error'>['error']['offers']>[number]

/** A line of a batch that was refused. */
export interface RowProblem {
  readonly line: number
  readonly custom_id: string | null
  readonly param: string | null
  readonly code: string
  readonly message: string
}

export interface ErrorFacts {
  readonly kind: ErrorKind
  readonly code: ErrorCode
  readonly message: string
  /** Of the HTTP answer; null without one. */
  readonly status?: number | null
  readonly param?: string | null
  readonly request_id?: string | null
  readonly retry_after_s?: number | null
  /** The whole `error` of the answer: also what newer servers say. */
  readonly details?: Readonly<Record<string, unknown>>
  readonly charged?: false | 'unknown'
  readonly video?: Video | null
  readonly cause?: unknown
}

/** The only thing that a call throws. */
export class FilmgateError extends Error {
  readonly kind: ErrorKind
  readonly code: ErrorCode
  readonly status: number | null
  readonly param: string | null
  readonly request_id: string | null
  readonly retry_after_s: number | null
  readonly details: Readonly<Record<string, unknown>>
  /** Of 402: what would do. */
  readonly offers: readonly Offer[]
  /** Of a refused batch: its bad lines. */
  readonly rows: readonly RowProblem[]
  /** `unknown`: it was sent and what became of it was not heard. The same call with the same idempotency key tells, and does not pay again. */
  readonly charged: false | 'unknown'
  /** Of a wait that was left: how the video stood. It goes on without us. */
  readonly video: Video | null

  constructor(facts: ErrorFacts) {
    super(facts.message, facts.cause === undefined ? {} : { cause: facts.cause })
    this.name = 'FilmgateError'
    this.kind = facts.kind
    this.code = facts.code
    this.status = facts.status ?? null
    this.param = facts.param ?? null
    this.request_id = facts.request_id ?? null
    this.retry_after_s = facts.retry_after_s ?? null
    this.details = facts.details ?? {}
    this.offers = listOf<Offer>(this.details.offers)
    this.rows = listOf<RowProblem>(this.details.rows)
    this.charged = facts.charged ?? false
    this.video = facts.video ?? null
  }
}

/** A code as the catalogue spells it; `unlisted` if this client does not know it. */
export function knownCode(code: unknown): ProblemCode | 'unlisted' {
  return PROBLEM_CODES.find((known) => known === code) ?? 'unlisted'
}

const KIND_OF_STATUS: Readonly<Record<number, ErrorKind>> = {
  401: 'authentication',
  402: 'insufficient_credits',
  403: 'permission',
  404: 'not_found',
  409: 'conflict',
  410: 'not_found',
  413: 'too_large',
  429: 'rate_limited',
}

export function kindOfStatus(status: number): ErrorKind {
  return KIND_OF_STATUS[status] ?? (status >= 500 ? 'server' : 'invalid_request')
}

// The contract promises what is in it; a member that is no list is none.
function listOf<T>(of: unknown): readonly T[] {
  return Array.isArray(of) ? of : []
}
