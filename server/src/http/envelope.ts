import { sqlState } from '../db/pool.ts'
import { PROBLEMS, Problem, type ProblemCode, problem } from '../domain/problems.ts'
import { LedgerUnavailable } from '../ledger/outcome.ts'
import { StoreAway } from '../media/store.ts'
import { HungUp } from './body.ts'
import { rateLimitHeaders } from './limits.ts'

/** An answer that refuses, before it meets the HTTP library. */
export interface Refusal {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: { readonly error: Readonly<Record<string, unknown>> }
}

const RETRY_AFTER_S = 2
/** What an SDK would repeat by itself; everything else in 4xx is said once more to be final. */
const WORTH_REPEATING: readonly number[] = [408, 429]

/** The one form in which a caller hears "no". */
export function refusalOf(refused: Problem): Refusal {
  const { status, type } = PROBLEMS[refused.code]
  const headers: Record<string, string> = {}
  if (status < 500 && !WORTH_REPEATING.includes(status)) headers['x-should-retry'] = 'false'
  const wait_s = refused.retry_after_s ?? (status === 503 ? RETRY_AFTER_S : undefined)
  if (wait_s !== undefined && (status === 429 || status === 503)) headers['retry-after'] = String(Math.max(1, Math.ceil(wait_s)))
  if (wait_s !== undefined && status === 429) headers['retry-after-ms'] = String(Math.max(1, Math.ceil(wait_s * 1000)))
  if (refused.rate_limit) Object.assign(headers, rateLimitHeaders(refused.rate_limit))
  if (status === 401) headers['www-authenticate'] = 'Bearer'
  const { message, param, code, extra } = refused
  return { status, headers, body: { error: { ...extra, message, type, param, code } } }
}

/**
 * What to tell the caller about anything that was thrown.
 * `unexpected` is true for a defect of ours: the caller learns nothing but the request id, the log learns all.
 */
export function problemOf(error: unknown, ready: boolean): { problem: Problem; unexpected: boolean } {
  if (error instanceof Problem) return expected(error)
  if (error instanceof HungUp) return expected(problem('invalid_value', error.message))
  if (error instanceof LedgerUnavailable) {
    const why = error.commit_unknown
      ? 'The database went away while this was being written; a repeat with the same Idempotency-Key tells what became of it.'
      : 'The database cannot be reached right now; nothing was changed. Try again shortly.'
    return { problem: problem('overloaded', why, { retry_after_s: RETRY_AFTER_S }), unexpected: true }
  }
  if (error instanceof StoreAway) {
    const why = 'The storage of clips does not answer right now; try again shortly.'
    return { problem: problem('overloaded', why, { retry_after_s: RETRY_AFTER_S }), unexpected: true }
  }
  const code = codeOf(error)
  const known = code === null ? undefined : LIBRARY[code]
  if (known) return expected(problem(known[0], known[1]))
  if (databaseIsAway(error, code)) {
    const why = ready ? 'The database cannot be reached right now; try again shortly.' : 'The server is starting; try again shortly.'
    return { problem: problem(ready ? 'overloaded' : 'starting', why, { retry_after_s: RETRY_AFTER_S }), unexpected: true }
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return { problem: problem('overloaded', 'The server has no disk space left for this upload.', { retry_after_s: 30 }), unexpected: true }
  }
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return expected(problem('invalid_value', 'The request could not be read: it is not well-formed HTTP.'))
  }
  return {
    problem: problem('internal_error', 'Something went wrong on our side. The request id says to the operator what.'),
    unexpected: true,
  }
}

function expected(refused: Problem): { problem: Problem; unexpected: boolean } {
  return { problem: refused, unexpected: PROBLEMS[refused.code].status === 500 }
}

/** The HTTP library's own refusals, in our words. */
const LIBRARY: Readonly<Record<string, readonly [ProblemCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['payload_too_large', 'The request body is larger than this path takes (JSON: 30 MiB).'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported_media_type',
    'Send the body as application/json, or as multipart/form-data where a path takes files.',
  ],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['invalid_value', 'The body is not as long as its Content-Length header says.'],
  FST_ERR_BAD_URL: ['invalid_value', 'The address is not a valid URL path: check its percent-encoding.'],
  FST_ERR_MAX_PARAM_LENGTH: ['not_found', 'There is nothing of that id.'],
  HPE_HEADER_OVERFLOW: ['payload_too_large', 'The request headers are larger than 16 KiB.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['invalid_value', 'The request took too long to arrive.'],
}

function codeOf(error: unknown): string | null {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : null
}

const LOST_CONNECTION: readonly (string | null)[] = ['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN']

function databaseIsAway(error: unknown, code: string | null): boolean {
  const state = sqlState(error)
  if (state !== null) return state.startsWith('08') || state.startsWith('57P') || state.startsWith('53')
  // A missing file of ours also says ENOENT; the database's own names the system call.
  if (LOST_CONNECTION.includes(code)) return typeof error === 'object' && error !== null && 'syscall' in error && error.syscall !== 'open'
  if (!(error instanceof Error)) return false
  return /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Cannot use a pool after)/.test(
    error.message,
  )
}
