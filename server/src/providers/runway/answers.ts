import type { Answer } from '../exchange.ts'
import type { FailureReason, Progress, Submitted } from '../provider.ts'
import { isAboutTheOrder, meaningOf, memberOf, microOf, retryAfter, textAt, tidy, troubleOf } from '../reading.ts'

/** A credit is a cent. */
const MICRO_PER_CREDIT = 10_000n
const REFUSED = 'The provider refused the order.'

/** What an answer to an order says. Whatever is not a definite no, and names no task, leaves the order unknown. */
export function readSubmitted(answer: Answer, now: number): Submitted {
  const { status, json } = answer
  const id = textAt(json, 'id')
  const said = errorOf(answer)
  switch (meaningOf(status, said !== null)) {
    case 'taken':
      return id === null ? { outcome: 'unknown', message: `the answer ${status} names no task` } : { outcome: 'running', ref: { id } }
    // Over the tasks of a day: tasks over those at once are taken, and wait as THROTTLED.
    case 'throttled':
      return { outcome: 'throttled', retry_after_ms: retryAfter(answer.headers, now) }
    case 'rejected': {
      const refused = { outcome: 'rejected', reason: 'provider_rejected', message: REFUSED } as const
      // Credits that are used up are a mistake in the request, to Runway.
      const trouble = status === 400 && /\bcredits\b/i.test(said ?? '') ? 'balance' : troubleOf(status)
      if (trouble !== null) return { ...refused, trouble }
      if (isModelGone(answer)) return { ...refused, gone: true }
      return isAboutTheOrder(status) && said !== null ? { ...refused, message: said } : refused
    }
    case 'unknown':
      return { outcome: 'unknown', message: `the answer was ${status}${said === null ? '' : `: ${said}`}` }
  }
}

/** What a read of a task says. Anything but a definite word about this very task is no verdict. */
export function readProgress(id: string, { status, json }: Answer): Progress {
  const none = (message: string): Progress => ({ state: 'no_verdict', message })
  if (status !== 200) return none(`the task was answered with ${status}`)
  if (textAt(json, 'id') !== id) return none('the answer is about another task')
  const word = textAt(json, 'status')
  const cost_micro = microOf(memberOf(memberOf(json, 'cost'), 'credits'), MICRO_PER_CREDIT)
  switch (word) {
    case 'PENDING':
    case 'THROTTLED':
      return { state: 'running', percent: null, phase: 'queued' }
    case 'RUNNING':
      return { state: 'running', percent: percentOf(json), phase: 'rendering' }
    case 'SUCCEEDED':
      return outputOf(json) === null ? none('the task succeeded and links to nothing') : { state: 'succeeded', asset: { id }, cost_micro }
    case 'CANCELLED':
      return { state: 'failed', reason: 'cancelled', message: 'The provider says that it was cancelled.', cost_micro }
    case 'FAILED':
      return { state: 'failed', ...failureOf(textAt(json, 'failureCode') ?? ''), cost_micro }
    default:
      return none(`the status ${JSON.stringify(word?.slice(0, 40) ?? null)} is not known`)
  }
}

/** A link to the result; each read gives a new one. */
export function outputOf(json: unknown): URL | null {
  const output = memberOf(json, 'output')
  const first: unknown = Array.isArray(output) ? output[0] : null
  return typeof first === 'string' ? URL.parse(first) : null
}

/** Whether a 404 is Runway's own word about a task, not that of something in between. */
export function isUnknownTask(answer: Answer): boolean {
  return answer.status === 404 && errorOf(answer) !== null
}

/**
 * Codes are read part by part: new ones come under the old heads. What Runway itself says of a failure is for developers by its own advice, and
 * codes may name a part of the order that was not there: customers get sentences of ours.
 */
function failureOf(code: string): { readonly reason: FailureReason; readonly message: string } {
  const parts = code.split('.')
  if (parts.includes('SAFETY')) {
    const what = parts.includes('OUTPUT') ? 'the clip that was made' : 'the prompt or the first frame'
    return { reason: 'moderation_blocked', message: `The moderation of the provider refused ${what}.` }
  }
  if (parts[0] === 'ASSET' || parts[0] === 'INPUT_PREPROCESSING')
    return { reason: 'provider_rejected', message: 'The provider could not use the first frame or the prompt.' }
  return { reason: 'provider_failed', message: 'The provider could not make this clip.' }
}

/** The API refuses unknown models as a mistake in that field. */
function isModelGone(answer: Answer): boolean {
  if (answer.status === 410 || isUnknownTask(answer)) return true
  const issues = memberOf(answer.json, 'issues')
  return (
    answer.status === 400 &&
    Array.isArray(issues) &&
    issues.some((issue) => {
      const path = memberOf(issue, 'path')
      return Array.isArray(path) && path[0] === 'model'
    })
  )
}

/** In its own shape: `{ error: "…" }`. */
function errorOf({ json }: Answer): string | null {
  const error = textAt(json, 'error')
  return error === null ? null : tidy(error)
}

function percentOf(json: unknown): number | null {
  const progress = memberOf(json, 'progress')
  return typeof progress === 'number' && Number.isFinite(progress) ? Math.min(100, Math.max(0, progress * 100)) : null
}
