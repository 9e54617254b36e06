import type { Answer } from '../exchange.ts'
import type { FailureReason, Progress, ProviderRef, Submitted } from '../provider.ts'
import { isSuccess, memberOf, retryAfter, textAt, tidy, troubleOf } from '../reading.ts'

/** What an answer to an order says. Whatever is not a definite no, and names no prediction, leaves the order unknown. */
export function readSubmitted({ status, json, headers }: Answer, now: number): Submitted {
  if (isSuccess(status)) {
    const id = textAt(json, 'id')
    if (id === null) return { outcome: 'unknown', message: `the answer ${status} names no prediction` }
    return { outcome: 'running', ref: { id } }
  }
  const detail = textAt(json, 'detail')
  if (status === 429 || (status === 503 && detail !== null)) return { outcome: 'throttled', retry_after_ms: retryAfter(headers, now) }
  if (status < 400 || status > 499 || status === 408)
    return { outcome: 'unknown', message: `the answer was ${status}${detail === null ? '' : `: ${tidy(detail)}`}` }
  const is_about_the_order = detail !== null && (status === 400 || status === 413 || status === 422)
  const trouble = troubleOf(status)
  return {
    outcome: 'rejected',
    reason: is_about_the_order ? reasonOf(detail, 'provider_rejected') : 'provider_rejected',
    message: is_about_the_order ? tidy(detail) : 'The provider refused the order.',
    ...((status === 404 || status === 410) && detail !== null ? { gone: true as const } : {}),
    ...(trouble === null ? {} : { trouble }),
  }
}

/** What a prediction says of itself. Anything but a definite word about this very one is no verdict. */
export function readProgress({ status, json }: Answer, { id }: ProviderRef): Progress {
  const none = (message: string): Progress => ({ state: 'no_verdict', message })
  const failed = (reason: FailureReason | 'cancelled', message: string): Progress => ({
    state: 'failed',
    reason,
    message,
    cost_micro: null,
  })
  if (status !== 200) return none(`the status read was answered with ${status}`)
  const named = textAt(json, 'id')
  if (named !== null && named !== id) return none(`the status read is about another prediction, ${named}`)
  const word = textAt(json, 'status')
  switch (word) {
    case 'starting':
      return { state: 'running', percent: null, phase: 'queued' }
    case 'processing':
      return { state: 'running', percent: null, phase: 'rendering' }
    case 'succeeded':
      if (linkOf(json) !== null) return { state: 'succeeded', asset: { id }, cost_micro: null }
      if (memberOf(json, 'data_removed') === true) return failed('provider_failed', 'The provider no longer has the clip.')
      if (memberOf(json, 'output') === null) return failed('provider_failed', 'The provider made no clip.')
      return none('its output is of a form that is not known')
    case 'failed': {
      const error = textAt(json, 'error')
      if (error === null) return failed('provider_failed', 'The provider could not make this clip.')
      return failed(reasonOf(error, 'provider_failed'), tidy(error.replaceAll(id, '…')))
    }
    case 'canceled':
      return failed('cancelled', 'The provider says that it was cancelled.')
    case 'aborted':
      return failed('cancelled', 'The provider gave it up before it began.')
    default:
      return none(word === null ? 'the status read names no status' : `the status ${JSON.stringify(word.slice(0, 40))} is not known`)
  }
}

/** The clip of a prediction: each model has its own form, an address, a list of them, or an object with one in it. */
export function linkOf(json: unknown): URL | null {
  return linkIn(memberOf(json, 'output'), 2)
}

/** One prediction, as a list or a read shows it. */
export interface Shown {
  readonly id: string
  readonly created_at: number
  readonly model: string | null
  readonly version: string | null
  /** Null: it does not say, which may mean that there is none. */
  readonly webhook: string | null
  /** Null: it does not say, or says no more. */
  readonly input: unknown
}

/** Null when it has no id or no time. */
export function readShown(item: unknown): Shown | null {
  const id = textAt(item, 'id')
  const created_at = Date.parse(textAt(item, 'created_at') ?? '')
  if (id === null || Number.isNaN(created_at)) return null
  const input = memberOf(item, 'input')
  return {
    id,
    created_at,
    model: textAt(item, 'model'),
    version: textAt(item, 'version'),
    webhook: textAt(item, 'webhook'),
    input: textAt(input, 'prompt') === null ? null : input,
  }
}

export interface Page {
  readonly shown: readonly Shown[]
  /** Of the next page; null: this is the last. */
  readonly cursor: string | null
}

/** A page of the list; null when it is none. A prediction without id or time makes the page unreadable: absence must not rest on it. */
export function readPage({ status, json }: Answer): Page | null {
  const results = memberOf(json, 'results')
  const next = memberOf(json, 'next')
  if (status !== 200 || !Array.isArray(results) || (next !== null && typeof next !== 'string')) return null
  const shown: Shown[] = []
  for (const item of results) {
    const one = readShown(item)
    if (one === null) return null
    shown.push(one)
  }
  // Only the cursor of that address is used: where it leads is not for an answer to say.
  const cursor = next === null ? null : (URL.parse(next)?.searchParams.get('cursor') ?? null)
  return next !== null && cursor === null ? null : { shown, cursor }
}

/** Replicate has no codes for it: models say so in sentences, its own end with this one. */
const FLAGGED = /\(E005\)|flagged as sensitive|\bNSFW\b|content policy|safety (?:filter|system|checker)/i

function reasonOf(sentence: string, otherwise: FailureReason): FailureReason {
  return FLAGGED.test(sentence) ? 'moderation_blocked' : otherwise
}

function linkIn(output: unknown, deep: number): URL | null {
  if (typeof output === 'string') {
    const url = URL.parse(output)
    return url?.protocol === 'https:' || url?.protocol === 'http:' ? url : null
  }
  if (deep === 0 || typeof output !== 'object' || output === null) return null
  const named = ['video', 'url', 'output'].map((name) => memberOf(output, name))
  for (const member of [...named, ...Object.values(output)]) {
    const link = linkIn(member, deep - 1)
    if (link !== null) return link
  }
  return null
}
