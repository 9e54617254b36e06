import { ceil, compare, decimal, multiply, parseDecimal, type Rational, ratio, ZERO } from '../../domain/rational.ts'
import type { Answer } from '../exchange.ts'
import type { Found, Progress, ProviderRef, Submitted } from '../provider.ts'
import { memberOf, retryAfter, textAt, tidy, troubleOf, within } from '../reading.ts'
import { type Kind, refTo } from './request.ts'

const REFUSED = 'The provider refused the order.'
const BLOCKED = 'The safety filter of the provider blocked it.'
const FAILED = 'The provider could not make this clip.'

/** No clip takes more: what says so is no number of units. */
const UNITS_MAX = ratio(1_000_000n)

type Meaning = 'rejected' | 'key' | 'balance' | 'about_the_order' | 'no_such_thing' | 'moderation' | 'throttled' | 'unknown'

/** What Kling says is in its own code, whatever the status: errors come with 200 too. Codes that are not here are known to nobody. */
const CODES: readonly { readonly from: number; readonly to: number; readonly means: Meaning }[] = [
  { from: 1000, to: 1004, means: 'key' }, // who asks: no token, a wrong one, one that is not valid yet or any more
  { from: 1100, to: 1103, means: 'balance' }, // the account: nothing left to pay with
  { from: 1200, to: 1202, means: 'about_the_order' },
  { from: 1203, to: 1203, means: 'no_such_thing' },
  { from: 1300, to: 1301, means: 'moderation' },
  { from: 1302, to: 1303, means: 'throttled' }, // too often, too many at once
  { from: 1304, to: 1304, means: 'key' }, // from an address that is not allowed
  { from: 5001, to: 5001, means: 'throttled' }, // not in service for a while
  { from: 5000, to: 5999, means: 'unknown' },
]

/** What an answer to an order says. Whatever is not a definite no, and names no task, leaves the order unknown. */
export function readSubmitted({ status, headers, json }: Answer, kind: Kind, now: number): Submitted {
  const code = codeIn(json)
  const id = textAt(json, 'data', 'task_id')
  if (code === 0 && isSuccess(status) && id !== null) return { outcome: 'running', ref: refTo(id, kind) }
  const message = messageIn(json)
  const rejected = (text: string): Submitted => ({ outcome: 'rejected', reason: 'provider_rejected', message: text })
  const meaning = meaningOf(status, code)
  switch (meaning) {
    case 'throttled':
      return { outcome: 'throttled', retry_after_ms: retryAfter(headers, now) }
    case 'moderation':
      return { outcome: 'rejected', reason: 'moderation_blocked', message: BLOCKED }
    case 'about_the_order':
      return rejected(message ?? REFUSED)
    case 'no_such_thing': {
      const gone = /model/i.test(message ?? '')
      return { outcome: 'rejected', reason: 'provider_rejected', message: REFUSED, ...(gone ? { gone: true } : {}) }
    }
    case 'key':
    case 'balance':
      return { outcome: 'rejected', reason: 'provider_rejected', message: REFUSED, trouble: meaning }
    case 'rejected':
      return rejected(REFUSED)
    default:
      return { outcome: 'unknown', message: `the answer was ${status}${code === null ? '' : `, ${code}: ${message ?? ''}`}` }
  }
}

/** Whether there is a task of the name that we gave it. Only Kling's own word that there is none counts. */
export function readFound({ status, json }: Answer, key: string, kind: Kind): Found {
  const code = codeIn(json)
  if (code !== null && meaningOf(status, code) === 'no_such_thing') return { outcome: 'absent' }
  const id = textAt(json, 'data', 'task_id')
  if (status !== 200 || code !== 0 || id === null)
    return { outcome: 'unknown', message: `the look-up was answered with ${status}, ${code ?? 'no code'}` }
  const named = textAt(json, 'data', 'task_info', 'external_task_id')
  return named === null || named === key
    ? { outcome: 'found', ref: refTo(id, kind) }
    : { outcome: 'unknown', message: 'the look-up found a task of another name' }
}

/**
 * What a status read says. Anything but a definite word about this very task is no verdict.
 * @param unit_usd what a unit of the account's package costs; null: nobody said
 */
export function readProgress({ id, kind }: ProviderRef, { status, json }: Answer, unit_usd: Rational | null): Progress {
  const none = (message: string): Progress => ({ state: 'no_verdict', message })
  const code = codeIn(json)
  if (status !== 200 || code !== 0) return none(`the status read was answered with ${status}, ${code ?? 'no code'}`)
  const data = memberOf(json, 'data')
  const named = textAt(data, 'task_id')
  if (named !== id) return none(`the status read is about another task, ${named}`)
  const word = textAt(data, 'task_status')
  const cost_micro = costIn(data, unit_usd)
  switch (word) {
    case 'submitted':
      return { state: 'running', percent: null, phase: 'queued' }
    case 'processing':
      return { state: 'running', percent: null, phase: 'rendering' }
    case 'succeed':
      if (linkIn(json) === null) return none('the task has succeeded and shows no clip')
      return { state: 'succeeded', asset: { id, kind: kind === 'image2video' ? kind : 'text2video' }, cost_micro }
    case 'failed': {
      const message = tidied(textAt(data, 'task_status_msg'))
      if (isModeration(message)) return { state: 'failed', reason: 'moderation_blocked', message: BLOCKED, cost_micro }
      return { state: 'failed', reason: 'provider_failed', message: message ?? FAILED, cost_micro }
    }
    default:
      return none(`the status ${JSON.stringify(word?.slice(0, 40))} is not known`)
  }
}

/** The link to the clip of a finished task. */
export function linkIn(json: unknown): URL | null {
  return URL.parse(textAt(json, 'data', 'task_result', 'videos', 0, 'url') ?? '')
}

/** The task that a callback says it is about. Anybody could have written it. */
export function taskIn(json: unknown): string | null {
  return textAt(json, 'task_id') ?? textAt(json, 'data', 'task_id')
}

/** Units are what is paid in. None of them is no cost; of any other number only the account knows what it is worth. */
function costIn(data: unknown, unit_usd: Rational | null): bigint | null {
  const told = memberOf(data, 'final_unit_deduction')
  const units = typeof told === 'string' || typeof told === 'number' ? parseDecimal(String(told)) : null
  if (units === null || compare(units, ZERO) < 0 || compare(units, UNITS_MAX) > 0) return null
  if (units.n === 0n) return 0n
  return unit_usd === null ? null : ceil(multiply(multiply(units, unit_usd), decimal('1000000')))
}

function isModeration(message: string | null): boolean {
  return message !== null && /risk control|sensitive|moderat|content (security|safety|polic)|violat/i.test(message)
}

function meaningOf(status: number, code: number | null): Meaning {
  const known = code === null ? undefined : CODES.find(({ from, to }) => code >= from && code <= to)
  if (known !== undefined) return known.means
  if (status === 429) return 'throttled'
  const trouble = troubleOf(status)
  if (trouble !== null) return trouble
  return status >= 400 && status <= 499 && status !== 408 ? 'rejected' : 'unknown'
}

/** Kling's own envelope; null: something in between has answered. */
function codeIn(json: unknown): number | null {
  const code = within(json, 'code')
  return typeof code === 'number' ? code : null
}

function messageIn(json: unknown): string | null {
  return tidied(textAt(json, 'message'))
}

/** A token that is quoted back at us is good for half an hour. */
function tidied(message: string | null): string | null {
  return message === null ? null : tidy(message.replaceAll(/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, '[redacted]'))
}

function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299
}
