import type { OpenaiProfile } from '../../domain/catalogue.ts'
import type { FailureReason } from '../provider.ts'

/** What the answer to a create says about the order. */
export type Verdict = 'rejected' | 'throttled' | 'unknown'

/** Statuses from here to there mean this. The first rule that fits counts; what no rule fits is `unknown`. */
export interface AnswerRule {
  readonly from: number
  readonly to: number
  /** Only in the provider's own error shape: the same status from a proxy in between says nothing. */
  readonly own_shape?: true
  readonly means: Verdict
}

export type State = 'running' | 'succeeded' | 'failed' | 'cancelled'

/** A dialect of the Videos API, as data. */
export interface Profile {
  /** How a create is written: always as a form, or as JSON unless there is a file. */
  readonly create: 'multipart' | 'json_without_file'
  readonly seconds: 'text' | 'number'
  readonly reference_field: string
  readonly key_header: 'authorization' | 'api-key'
  readonly answers: readonly AnswerRule[]
  readonly states: Readonly<Record<string, State>>
  /** Error words of a refusal or failure; others are the usual reason of the place where they come up. */
  readonly reasons: Readonly<Record<string, FailureReason>>
  /** Whether a create whose answer was lost can be looked up: in the list, by time and content. The wire format knows no key. */
  readonly lookup: 'list' | 'none'
  /** What stops a running job. DELETE of a finished one erases its result. */
  readonly cancel: 'delete' | 'none'
  /** A member of the finished video that links to its bytes; null: they are at `/content`. */
  readonly link: string | null
}

/** Source: design.md, section 4. A server that answers 4xx has read the request and refused it; 408 says that it has not read it all. */
const USUAL_ANSWERS: readonly AnswerRule[] = [
  { from: 429, to: 429, means: 'throttled' },
  { from: 503, to: 503, own_shape: true, means: 'throttled' },
  { from: 408, to: 408, means: 'unknown' },
  { from: 400, to: 499, means: 'rejected' },
]

/** A relay wraps what it got from further up: its 503 may come from behind the point where the order was taken. */
const RELAY_ANSWERS = USUAL_ANSWERS.filter((rule) => rule.from !== 503)

/** The words of the servers that were read (vendors' sources and documents); a word that is not here is no verdict. */
const STATES: Readonly<Record<string, State>> = {
  queued: 'running',
  pending: 'running',
  submitted: 'running',
  not_start: 'running',
  preparing: 'running',
  preprocessing: 'running',
  in_progress: 'running',
  processing: 'running',
  running: 'running',
  generating: 'running',
  completed: 'succeeded',
  complete: 'succeeded',
  success: 'succeeded',
  succeeded: 'succeeded',
  finished: 'succeeded',
  done: 'succeeded',
  failed: 'failed',
  failure: 'failed',
  fail: 'failed',
  error: 'failed',
  expired: 'failed',
  cancelled: 'cancelled',
  canceled: 'cancelled',
  deleted: 'cancelled',
}

const REASONS: Readonly<Record<string, FailureReason>> = {
  moderation_blocked: 'moderation_blocked',
  content_policy_violation: 'moderation_blocked',
  content_filter: 'moderation_blocked',
  input_moderation: 'moderation_blocked',
  output_moderation: 'moderation_blocked',
}

const OPENAI: Profile = {
  create: 'multipart',
  seconds: 'text',
  reference_field: 'input_reference',
  key_header: 'authorization',
  answers: USUAL_ANSWERS,
  states: STATES,
  reasons: REASONS,
  lookup: 'list',
  cancel: 'none',
  link: null,
}

export const PROFILES: Readonly<Record<OpenaiProfile, Profile>> = {
  openai: OPENAI,
  azure: { ...OPENAI, create: 'json_without_file', key_header: 'api-key' },
  /** Takes forms only; DELETE aborts a running job. */
  'vllm-omni': { ...OPENAI, cancel: 'delete' },
  /** Older versions demand an image in every form: text alone goes as JSON. DELETE forgets a job and lets it run on. */
  sglang: { ...OPENAI, create: 'json_without_file' },
  /** A relay without a list; a finished video may link to its file. */
  cometapi: { ...OPENAI, answers: RELAY_ANSWERS, lookup: 'none', link: 'video_url' },
}
