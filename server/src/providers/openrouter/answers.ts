import type { Answer } from '../exchange.ts'
import type { Progress, ProviderRef, Submitted, Window } from '../provider.ts'
import { isAboutTheOrder, meaningOf, memberOf, microOf, retryAfter, textAt, tidy, troubleOf } from '../reading.ts'

const MICRO_PER_USD = 1_000_000n
const REFUSED = 'The provider refused the order.'
const MODERATED = 'Moderation refused the prompt, the first frame or the clip.'

/** What an answer to an order says. Whatever is not a definite no, and names no job, leaves the order unknown. */
export function readSubmitted(answer: Answer, now: number): Submitted {
  const { status, json } = answer
  const id = textAt(json, 'id')
  const error = errorOf(json)
  switch (meaningOf(status, error !== null)) {
    // Its own client takes nothing but 202; a job that is named is a job.
    case 'taken':
      return id === null ? { outcome: 'unknown', message: `the answer ${status} names no job` } : { outcome: 'running', ref: { id } }
    case 'throttled':
      return { outcome: 'throttled', retry_after_ms: retryAfter(answer.headers, now) }
    case 'rejected': {
      const refused = { outcome: 'rejected', reason: 'provider_rejected', message: REFUSED } as const
      const trouble = troubleOf(status)
      if (trouble !== null) return { ...refused, trouble }
      if (error !== null && isModeration(error)) return { ...refused, reason: 'moderation_blocked', message: MODERATED }
      if (isModelGone(status, error)) return { ...refused, gone: true }
      return isAboutTheOrder(status) && error !== null ? { ...refused, message: withoutIds(error.message) } : refused
    }
    case 'unknown':
      return { outcome: 'unknown', message: `the answer was ${status}${error === null ? '' : `: ${error.message}`}` }
  }
}

/** What a status read says. Anything but a definite word about this very job is no verdict. */
export function readProgress(id: string, { status, json }: Answer): Progress {
  const none = (message: string): Progress => ({ state: 'no_verdict', message })
  if (status !== 200) return none(`the status read was answered with ${status}`)
  if (textAt(json, 'id') !== id) return none('the status read is about another job')
  const word = textAt(json, 'status')
  const cost_micro = costOf(json)
  const failed = { state: 'failed', reason: 'provider_failed', cost_micro } as const
  switch (word) {
    case 'pending':
      return { state: 'running', percent: null, phase: 'queued' }
    case 'in_progress':
      return { state: 'running', percent: null, phase: 'rendering' }
    case 'completed':
      return { state: 'succeeded', asset: { id }, cost_micro }
    case 'cancelled':
      return { ...failed, reason: 'cancelled', message: 'The provider says that it was cancelled.' }
    case 'expired':
      return { ...failed, message: 'The provider did not make this clip in its time.' }
    case 'failed': {
      const error = errorOf(json)
      if (error !== null && isModeration(error)) return { ...failed, reason: 'moderation_blocked', message: MODERATED }
      return { ...failed, message: error === null ? 'The provider could not make this clip.' : withoutIds(error.message) }
    }
    default:
      return none(`the status ${JSON.stringify(word?.slice(0, 40) ?? null)} is not known`)
  }
}

/** The job that a callback is about. */
export function readCallback(body: Uint8Array): ProviderRef | null {
  let json: unknown
  try {
    json = JSON.parse(Buffer.from(body).toString('utf8'))
  } catch {
    return null
  }
  const id = textAt(memberOf(json, 'data'), 'id')
  return id === null ? null : { id }
}

/** Its clock may be off, and an id counts whole seconds. */
const SKEW_MS = 120_000

/** A job shows neither prompt nor model. Only its id says something that can be compared: when it was taken. */
export function isOfTime(id: string, { from, to }: Window): boolean {
  const [, seconds] = /^gen-vid-(\d{10})-/.exec(id) ?? []
  if (seconds === undefined) return true
  const at = Number(seconds) * 1000
  return at >= from - SKEW_MS && at <= to + SKEW_MS
}

interface ProviderError {
  readonly message: string
  /** It says what moderation minds. */
  readonly flags: boolean
}

/** Of a refusal an object, of a job its bare text. */
function errorOf(json: unknown): ProviderError | null {
  const error = memberOf(json, 'error')
  const message = textAt(error, 'message') ?? textAt(json, 'error')
  if (message === null) return null
  return { message: tidy(message), flags: Array.isArray(memberOf(memberOf(error, 'metadata'), 'reasons')) }
}

/** There is no code for it: the words of many vendors come through. */
function isModeration({ message, flags }: ProviderError): boolean {
  return flags || /moderat|content[ _-]?polic|safety|flagged|prohibited content/i.test(message)
}

/** A 404 is also how it says that no vendor of the model suits what the account allows; then the model is there. */
function isModelGone(status: number, error: ProviderError | null): boolean {
  if (status === 410) return true
  if (error === null) return false
  return status === 404 ? !/data policy|privacy|guardrail/i.test(error.message) : /not a valid model/i.test(error.message)
}

/** Where the vendor's own key is used, the vendor sends the bill: what is told here is no more than the fee. */
function costOf(json: unknown): bigint | null {
  const usage = memberOf(json, 'usage')
  return memberOf(usage, 'is_byok') === true ? null : microOf(memberOf(usage, 'cost'), MICRO_PER_USD)
}

/** Ids of jobs and requests further up are nobody's business. */
function withoutIds(message: string): string {
  return message.replaceAll(/\b(?:gen-[\w-]+|[\da-f][\da-f-]{15,})/gi, '…')
}
