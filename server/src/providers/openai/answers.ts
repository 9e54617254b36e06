import type { Answer } from '../exchange.ts'
import type { CharacterMade, FailureReason, Progress, ProviderRef, Submitted, Trouble } from '../provider.ts'
import { isAboutTheOrder, isSuccess, jsonOf, memberOf, retryAfter, textAt, tidy } from '../reading.ts'
import type { Call, Profile, Verdict } from './profile.ts'

/** What was asked, as far as its answer depends on it. */
export interface Asked {
  readonly holds: Call['holds']
  /** It named the clip that it begins from by the provider's own id. */
  readonly by_id: ProviderRef | null
  /** That clip could be uploaded instead. */
  readonly can_upload: boolean
  /** It names characters. */
  readonly has_characters: boolean
}

/** What an answer to an order says. Whatever is not a definite no, and names no job, leaves the order unknown. */
export function readSubmitted(
  profile: Profile,
  { holds, by_id, can_upload, has_characters }: Asked,
  answer: Answer,
  now: number,
): Submitted {
  const { status } = answer
  const json = unwrapped(profile, answer.json)
  const id = textAt(json, 'id')
  if (isSuccess(status)) {
    return id === null
      ? { outcome: 'unknown', message: `the answer ${status} names no job` }
      : { outcome: 'running', ref: refOf(id, holds) }
  }
  const error = errorOf(json)
  const trouble = troubleOf(profile, status, error)
  switch (meaningOf(profile, status, error)) {
    case 'throttled':
      return { outcome: 'throttled', retry_after_ms: retryAfter(answer.headers, now), ...(trouble && { trouble }) }
    case 'rejected': {
      const reason = reasonOf(profile, error) ?? 'provider_rejected'
      if (trouble !== null) return { outcome: 'rejected', reason, message: REFUSED, trouble }
      if (error !== null && isModelGone(profile, error)) return { outcome: 'rejected', reason, message: refusal(status, error), gone: true }
      const is_something_gone = (status === 404 || status === 410) && error !== null
      if (has_characters && (isAboutCharacters(error) || (is_something_gone && by_id === null)))
        return { outcome: 'rejected', reason, message: refusal(status, error), forgot: 'characters' }
      if (by_id === null || !is_something_gone) return { outcome: 'rejected', reason, message: refusal(status, error) }
      return { outcome: 'rejected', reason, message: CLIP_GONE, ...(can_upload ? { forgot: 'clip' } : {}) }
    }
    default:
      return { outcome: 'unknown', message: `the answer was ${status}${error === null ? '' : `: ${error.message}`}` }
  }
}

/** What an answer to a new character says. It costs nothing: whatever is neither a character nor a definite no to this very one just failed. */
export function readCharacter(profile: Profile, { status, json }: Answer): CharacterMade {
  const id = textAt(json, 'id')
  if (isSuccess(status) && id !== null) return { outcome: 'made', ref: { id } }
  const error = errorOf(json)
  const is_mendable = troubleOf(profile, status, error) !== null
  if (!is_mendable && meaningOf(profile, status, error) === 'rejected') return { outcome: 'rejected', message: refusal(status, error) }
  return { outcome: 'failed', message: `the answer was ${status}${error === null ? '' : `: ${error.message}`}` }
}

/** What a status read says. Anything but a definite word about this very job is no verdict. */
export function readProgress(profile: Profile, ref: ProviderRef, { status, json }: Answer): Progress {
  const { id } = ref
  const none = (message: string): Progress => ({ state: 'no_verdict', message })
  if (status !== 200) return none(`the status read was answered with ${status}`)
  const word = textAt(json, 'status')
  if (word === null) return none('the status read names no status')
  const named = textAt(json, 'id')
  if (named !== null && named !== id) return none(`the status read is about another job, ${named}`)
  switch (profile.states[word.toLowerCase()]) {
    case 'running':
      return { state: 'running', percent: percentOf(json) }
    case 'succeeded':
      return { state: 'succeeded', asset: ref.part === 'tail' ? { id, part: 'tail' } : { id }, cost_micro: null }
    case 'cancelled':
      return { state: 'failed', reason: 'cancelled', message: 'The provider says that it was cancelled.', cost_micro: null }
    case 'failed': {
      const error = errorOf(json)
      const reason = reasonOf(profile, error) ?? 'provider_failed'
      return { state: 'failed', reason, message: error?.message ?? 'The provider could not make this clip.', cost_micro: null }
    }
    default:
      return none(`the status ${JSON.stringify(word.slice(0, 40))} is not known`)
  }
}

/** One job of a list, as far as it says what was ordered. */
export interface Listed {
  readonly id: string
  /** Seconds since 1970, by the provider's clock. */
  readonly created_at: number
  readonly model: string | null
  readonly prompt: string | null
  readonly seconds: number | null
  readonly size: string | null
  /** The video that it is a remix of; null: of none. Undefined: it does not say. */
  readonly remixed_from: string | null | undefined
}

export interface Page {
  readonly jobs: readonly Listed[]
  /** Null: it does not say. */
  readonly has_more: boolean | null
}

/** A page of the list; null when it is none. A job without id or time makes the page unreadable: absence must not rest on it. */
export function readPage({ status, json }: Answer): Page | null {
  const data = memberOf(json, 'data')
  if (status !== 200 || !Array.isArray(data)) return null
  const jobs: Listed[] = []
  for (const item of data) {
    const job = readListed(item)
    if (job === null) return null
    jobs.push(job)
  }
  const has_more = memberOf(json, 'has_more')
  return { jobs, has_more: typeof has_more === 'boolean' ? has_more : null }
}

/** One job, as a list or a status read shows it; null when it has no id or no time. */
export function readListed(item: unknown): Listed | null {
  const id = textAt(item, 'id')
  const created_at = Number(memberOf(item, 'created_at') ?? Number.NaN)
  if (id === null || !Number.isFinite(created_at)) return null
  const seconds = memberOf(item, 'seconds')
  return {
    id,
    created_at,
    model: textAt(item, 'model'),
    prompt: textAt(item, 'prompt'),
    seconds: typeof seconds === 'string' || typeof seconds === 'number' ? Number(seconds) : null,
    size: textAt(item, 'size'),
    remixed_from: memberOf(item, 'remixed_from_video_id') === undefined ? undefined : textAt(item, 'remixed_from_video_id'),
  }
}

/** The job that a callback is about: it brings the video itself, or an event about it, whose own id is none of a job. */
export function readCallback(body: Uint8Array): ProviderRef | null {
  const json = jsonOf(body)
  const id = textAt(json, 'data', 'id') ?? (memberOf(json, 'object') === 'event' ? null : textAt(json, 'id'))
  return id === null ? null : { id }
}

/** The link to the result, where the profile has one. */
export function linkOf(profile: Profile, { json }: Answer): URL | null {
  const text = profile.link === null ? null : textAt(json, profile.link)
  return text === null ? null : URL.parse(text)
}

const REFUSED = 'The provider refused the order.'
const CLIP_GONE = 'The provider no longer has the clip that this order begins from.'

function refusal(status: number, error: ProviderError | null): string {
  return isAboutTheOrder(status) ? (error?.message ?? REFUSED) : REFUSED
}

function meaningOf(profile: Profile, status: number, error: ProviderError | null): Verdict {
  const rule = profile.answers.find(
    ({ from, to, own_shape, code }) =>
      status >= from && status <= to && (!own_shape || error !== null) && (code === undefined || error?.code === code),
  )
  return rule?.means ?? 'unknown'
}

/** A word that names the order itself is about the order, whatever the status says: nobody is asked to pay for a prompt that was refused. */
function troubleOf(profile: Profile, status: number, error: ProviderError | null): Trouble | null {
  if (reasonOf(profile, error) !== null) return null
  const named = error?.code ? profile.troubles[error.code] : undefined
  if (named !== undefined) return named
  if (status === 401) return 'key'
  return status === 402 ? 'balance' : null
}

function isModelGone(profile: Profile, { code }: ProviderError): boolean {
  return code !== null && profile.model_gone.includes(code)
}

function isAboutCharacters(error: ProviderError | null): boolean {
  return error?.param?.startsWith('characters') ?? false
}

interface ProviderError {
  readonly code: string | null
  /** Which part of the order it is about. */
  readonly param: string | null
  readonly message: string
}

/** The word of relays for a refusal that came from further up, as text. */
const WRAPPED = 'fail_to_fetch_task'

/** An answer with its error in the envelope, and out of those that it is wrapped in. Whose words of the last cannot be told apart are not shown. */
function unwrapped(profile: Profile, json: unknown): unknown {
  if (!profile.wraps_errors) return json
  const error = memberOf(json, 'error') ?? json
  const code = textAt(error, 'code')
  if (code === null || textAt(error, 'message') === null) return json
  if (code !== WRAPPED) return { error }
  try {
    const inner: unknown = JSON.parse(textAt(error, 'message') ?? '')
    return textAt(memberOf(inner, 'error') ?? inner, 'message') === null ? { error: { code, message: REFUSED } } : unwrapped(profile, inner)
  } catch {
    return { error: { code, message: REFUSED } }
  }
}

/** The error of the wire format, or FastAPI's `detail`; null when the body has neither. */
function errorOf(json: unknown): ProviderError | null {
  const error = memberOf(json, 'error')
  // An empty one is said all the same: its code may tell more.
  const message = memberOf(error, 'message') ?? memberOf(json, 'detail')
  const code = memberOf(error, 'code')
  if (typeof message !== 'string') return null
  return {
    code: typeof code === 'string' || typeof code === 'number' ? String(code) : null,
    param: textAt(error, 'param'),
    message: tidy(message),
  }
}

function reasonOf(profile: Profile, error: ProviderError | null): FailureReason | null {
  return error?.code ? (profile.reasons[error.code] ?? null) : null
}

function percentOf(json: unknown): number | null {
  const progress = memberOf(json, 'progress')
  return typeof progress === 'number' && Number.isFinite(progress) ? Math.min(100, Math.max(0, progress)) : null
}

/** What its bytes will be goes with it: a status read does not say. */
export function refOf(id: string, holds: Call['holds']): ProviderRef {
  return holds === 'tail' ? { id, part: 'tail' } : { id }
}
