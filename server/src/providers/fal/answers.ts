import type { Answer } from '../exchange.ts'
import type { FailureReason, Progress, ProviderRef, Submitted } from '../provider.ts'
import { isSuccess, memberOf, retryAfter, textAt, tidy, troubleOf } from '../reading.ts'
import { appOf } from './models.ts'

/** What an answer to an order says. Whatever is not a definite no, and names no request, leaves the order unknown. */
export function readSubmitted({ status, json, headers }: Answer, endpoint: string, now: number): Submitted {
  if (isSuccess(status)) {
    const id = textAt(json, 'request_id')
    if (id === null) return { outcome: 'unknown', message: `the answer ${status} names no request` }
    return { outcome: 'running', ref: refOf(id, endpoint, json) }
  }
  const error = errorOf(json)
  if (status === 429 || (status === 503 && error !== null)) return { outcome: 'throttled', retry_after_ms: retryAfter(headers, now) }
  if (status < 400 || status > 499 || status === 408)
    return { outcome: 'unknown', message: `the answer was ${status}${error === null ? '' : `: ${error.message}`}` }
  const is_about_the_order = status === 400 || status === 413 || status === 422
  // An account without money is locked, to fal.
  const trouble = status === 403 && /balance|locked/i.test(error?.message ?? '') ? 'balance' : troubleOf(status)
  return {
    outcome: 'rejected',
    reason: (is_about_the_order && error?.reason) || 'provider_rejected',
    message: is_about_the_order && error !== null ? error.message : 'The provider refused the order.',
    // An endpoint is a model: what has no such address any more has no such model. A page from something in between says nothing of it.
    ...((status === 404 || status === 410) && error !== null ? { gone: true as const } : {}),
    ...(trouble === null ? {} : { trouble }),
  }
}

/** A request of fal's queue: its id, the app that it went to, and where fal says that it is asked about. */
export function refOf(id: string, endpoint: string, told: unknown = null): ProviderRef {
  const urls = ['status_url', 'response_url', 'cancel_url'].flatMap((name) => {
    const url = textAt(told, name)
    return url === null ? [] : [[name, url]]
  })
  return { id, app: appOf(endpoint), ...Object.fromEntries(urls) }
}

/** Where a request stands; `over` says only that: how it ended is in its result. Null: nothing definite. */
export type Standing =
  | { readonly state: 'queued' | 'rendering' }
  | { readonly state: 'over'; readonly error: { readonly message: string; readonly type: string | null } | null }

export function readStatus({ status, json }: Answer, id: string): Standing | string {
  if (status !== 200 && status !== 202) return `the status read was answered with ${status}`
  const named = textAt(json, 'request_id')
  if (named !== null && named !== id) return `the status read is about another request, ${named}`
  const word = textAt(json, 'status')
  switch (word) {
    case 'IN_QUEUE':
      return { state: 'queued' }
    case 'IN_PROGRESS':
      return { state: 'rendering' }
    case 'COMPLETED': {
      const message = textAt(json, 'error')
      return { state: 'over', error: message === null ? null : { message, type: textAt(json, 'error_type') } }
    }
    default:
      return word === null ? 'the status read names no status' : `the status ${JSON.stringify(word.slice(0, 40))} is not known`
  }
}

/** What the result of a request that is over says. @param told the error that its status named, if it did */
export function readResult({ status, json }: Answer, ref: ProviderRef, told: Extract<Standing, { state: 'over' }>['error']): Progress {
  if (isSuccess(status)) {
    if (linkOf(json) === null) return { state: 'no_verdict', message: `the result ${status} names no clip` }
    return { state: 'succeeded', asset: { ...ref }, cost_micro: null }
  }
  const error = errorOf(json)
  const failed = (reason: FailureReason | 'cancelled', message: string): Progress => ({
    state: 'failed',
    reason,
    message,
    cost_micro: null,
  })
  if (status === 499 || told?.type === 'client_cancelled') return failed('cancelled', 'The provider says that it was cancelled.')
  // These are about us, our key and the way, and never about the clip.
  const is_about_us = [401, 403, 404, 408, 429].includes(status) || status < 400
  if (!is_about_us && error !== null && (error.is_model || told !== null))
    return failed(error.reason ?? (status <= 499 ? 'provider_rejected' : 'provider_failed'), error.message)
  return { state: 'no_verdict', message: `the result was answered with ${status}` }
}

/** The clip of a result. */
export function linkOf(json: unknown): URL | null {
  const url = textAt(memberOf(json, 'video'), 'url')
  return url === null ? null : URL.parse(url)
}

interface FalError {
  readonly reason: FailureReason | null
  readonly message: string
  /** The model itself says so, in its form of errors: not fal's queue, which has a sentence. */
  readonly is_model: boolean
}

const CONTENT = ['content_policy_violation', 'partial_content_policy_violation', 'moderation_blocked']

/** `{detail: [{loc, msg, type}]}` of a model, or `{detail: "…"}` of the queue; null when the body is neither. What a type says counts, never a sentence. */
function errorOf(json: unknown): FalError | null {
  const detail = memberOf(json, 'detail')
  if (typeof detail === 'string') return { reason: null, message: tidy(detail), is_model: false }
  if (!Array.isArray(detail)) return null
  const first: unknown = detail.find((one) => CONTENT.includes(textAt(one, 'type') ?? '')) ?? detail[0]
  const message = textAt(first, 'msg')
  if (message === null) return null
  const reason = CONTENT.includes(textAt(first, 'type') ?? '') ? 'moderation_blocked' : null
  return { reason, message: tidy(message), is_model: true }
}
