import type { Answer, Request } from '../exchange.ts'
import type { Progress, ProviderOrder, ProviderRef, Submitted } from '../provider.ts'
import { listAt, memberOf, retryAfter, textAt, tidy, troubleIn, within } from '../reading.ts'
import type { Unsayable, Written } from '../submit-once.ts'

export interface Look {
  readonly path: string
  readonly request: Request
}

/** Where the clip of a finished job is. */
export type Clip =
  | { readonly at: 'link'; readonly uri: string }
  /** In the answer itself: the long string with this number (`inline.ts`). */
  | { readonly at: 'long'; readonly long: number }
  /** In the answer itself, and small. */
  | { readonly at: 'text'; readonly base64: string }

/** One of Google's two ways to order a video. Pure: it asks nobody. */
export interface Wire {
  write(order: ProviderOrder, key: string): Promise<Written | Unsayable>
  readSubmitted(answer: Answer, now: number): Submitted
  /** How a job is read; null for a reference that can not be one of this API. */
  look(ref: ProviderRef): Look | null
  readProgress(ref: ProviderRef, answer: Answer): Progress
  readClip(answer: Answer): Clip | null
  /** Null: nothing stops a job. */
  cancelPath(ref: ProviderRef): string | null
  /** Why a lost order can not be looked up. */
  readonly unfindable: string
}

/** What is inline comes first: where both are given, a link may lapse. */
export function clipIn(video: unknown, { inline, uri }: { readonly inline: string; readonly uri: string }): Clip | null {
  const held = memberOf(video, inline)
  const long = memberOf(held, 'long')
  if (typeof long === 'number') return { at: 'long', long }
  const base64 = textAt(video, inline)
  if (base64 !== null) return { at: 'text', base64 }
  const link = textAt(video, uri)
  return link === null ? null : { at: 'link', uri: link }
}

export const REFUSED = 'The provider refused the order.'
export const BLOCKED = 'The safety filter of the provider blocked it.'
export const FAILED = 'The provider could not make this clip.'

/** `google.rpc.Status`, as an answer or inside an operation. */
export interface GoogleError {
  /** An HTTP status in an answer, a gRPC code in an operation, a word in an interaction. */
  readonly code: string | null
  readonly message: string
}

/** Null: it is not in Google's shape, so something in between said it. */
export function errorIn(json: unknown): GoogleError | null {
  const message = textAt(json, 'message')
  const code = memberOf(json, 'code')
  if (message === null) return null
  return { code: typeof code === 'string' || typeof code === 'number' ? String(code) : null, message }
}

/** There is no code for it: what Google's filters say of a prompt or a picture. */
export function isModeration({ code, message }: GoogleError): boolean {
  return (
    /safety|prohibited|blocked_content|content_policy/i.test(code ?? '') ||
    /responsible ai|usage guidelines|safety (filter|polic|setting)|violat\w* .*(polic|guideline|practice)|prohibited (use|content)/i.test(
      message,
    )
  )
}

/** What a customer may read: without names of projects and the numbers that only Google's support can read. */
export function publicly(message: string): string {
  return tidy(message.replaceAll(/\s*Support codes?:.*$/gis, '').replaceAll(/`?projects\/\S+/g, 'the project'))
}

/** A refusal, or whatever else is no job. The same for both APIs. */
export function readRefusal({ status, headers, json }: Answer, now: number): Submitted {
  const error = errorIn(within(json, 'error')) ?? errorIn(within(json, 0, 'error'))
  const unknown: Submitted = { outcome: 'unknown', message: `the answer was ${status}${error === null ? '' : `: ${tidy(error.message)}`}` }
  if (status === 429 || (status === 503 && error !== null))
    return { outcome: 'throttled', retry_after_ms: retryAfter(headers, now) ?? retryDelayMs(json) }
  // 499: the caller went away, says Google; how far it had come by then nobody knows.
  if (status < 400 || status > 498 || status === 408) return unknown
  // A key that is wrong or has lapsed is an invalid argument to Google, with 400.
  if (status === 400 && isKeyInvalid(json, error))
    return { outcome: 'rejected', reason: 'provider_rejected', message: REFUSED, trouble: 'key' }
  const is_about_the_order = status === 400 || status === 413 || status === 422
  if (is_about_the_order && error !== null && isModeration(error))
    return { outcome: 'rejected', reason: 'moderation_blocked', message: BLOCKED }
  const message = is_about_the_order && error !== null ? publicly(error.message) : REFUSED
  const gone = status === 410 || (status === 404 && /no longer|discontinued|retired|shut ?down/i.test(error?.message ?? ''))
  // A key that is not one is a mistake in the request, to Google. Its own 403 is about who asks; one of something in between says nothing of that.
  const is_key = /api key not valid|api key expired/i.test(error?.message ?? '') || (status === 403 && error !== null)
  const trouble = is_key ? { trouble: 'key' as const } : troubleIn(status)
  const told = is_key ? REFUSED : message
  return { outcome: 'rejected', reason: 'provider_rejected', message: told, ...(gone ? { gone: true } : {}), ...trouble }
}

/** `google.rpc.ErrorInfo` says it by a word; the sentence is for answers that leave it out. */
function isKeyInvalid(json: unknown, error: GoogleError | null): boolean {
  const details = [...listAt(json, 'error', 'details'), ...listAt(json, 0, 'error', 'details')]
  return (
    details.some((detail) => /^API_KEY_(?:INVALID|EXPIRED)$/.test(textAt(detail, 'reason') ?? '')) ||
    /^API key (?:not valid|expired)/i.test(error?.message ?? '')
  )
}

/** `google.rpc.RetryInfo`: `"retryDelay": "7s"`. */
function retryDelayMs(json: unknown): number | null {
  for (const detail of listAt(json, 'error', 'details')) {
    const seconds = /^(\d{1,6}(?:\.\d{1,9})?)s$/.exec(textAt(detail, 'retryDelay') ?? '')?.[1]
    if (seconds !== undefined) return Math.ceil(Number(seconds) * 1000)
  }
  return null
}
