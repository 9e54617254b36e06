import { OPENAI_PROFILES, type OpenaiProfile } from '../../domain/catalogue/openai.ts'
import type { Operation } from '../../domain/order.ts'
import type { ProviderAccount } from '../../domain/provider-account.ts'
import type { FailureReason, Trouble } from '../provider.ts'

/** What the answer to a create says about the order. */
export type Verdict = 'rejected' | 'throttled' | 'unknown'

/** Statuses from here to there mean this. The first rule that fits counts; what no rule fits is `unknown`. */
export interface AnswerRule {
  readonly from: number
  readonly to: number
  /** Only in the provider's own error shape: the same status from a proxy in between says nothing. */
  readonly own_shape?: true
  /** Only with this error word. */
  readonly code?: string
  readonly means: Verdict
}

export type State = 'running' | 'succeeded' | 'failed' | 'cancelled'

/** Members of an order, by their names on the wire. */
export type Said = 'model' | 'prompt' | 'seconds' | 'size' | 'resolution'

/** How one operation is asked for. */
export interface Call {
  /** `{source}` stands for the id of the clip that it begins from. */
  readonly path: string
  readonly encoding: 'json' | 'multipart' | 'json_without_file'
  readonly says: readonly Said[]
  /** May name characters. */
  readonly characters: boolean
  /** How the clip that it begins from is given; its own id comes first, where we have one. */
  readonly clip: {
    readonly by_id: 'path' | 'field' | null
    readonly upload: boolean
    /** What a clip that is known by its id brings with it. */
    readonly says_with_upload: readonly Said[]
  }
  /** What the clip of the answer is: everything, or only the newly made seconds of an extension. */
  readonly holds: 'whole' | 'tail'
}

/** A dialect of the Videos API, as data. */
export interface Profile {
  /** Of the operations that make a video, those that this server has. */
  readonly calls: Readonly<Partial<Record<Operation, Call>>>
  /** Where characters are made known; null: it knows none. */
  readonly characters: string | null
  /** What it calls models that have another name in our catalogue. */
  readonly names: Readonly<Record<string, string>>
  /** Refusals may stand without an envelope, and one from further up comes as text within another. */
  readonly wraps_errors: boolean
  /** How seconds are said in JSON; in a form they are text. */
  readonly seconds: 'text' | 'number'
  readonly reference_field: string
  readonly clip_field: string
  readonly key_header: 'authorization' | 'api-key'
  readonly answers: readonly AnswerRule[]
  readonly states: Readonly<Record<string, State>>
  /** Error words of a refusal or failure; others are the usual reason of the place where they come up. */
  readonly reasons: Readonly<Record<string, FailureReason>>
  /** Error words for what an operator has to mend. Beside them only 401 and 402 say so: a 403 may be about the prompt. */
  readonly troubles: Readonly<Record<string, Trouble>>
  /** Error words for a model that is not there: any other 404 to an order that names a clip is about that clip. */
  readonly model_gone: readonly string[]
  /** Whether an order whose answer was lost can be looked up: in the list, by time and content. The wire format knows no key. */
  readonly lookup: 'list' | 'none'
  /** What stops a running job. DELETE of a finished one erases its result. */
  readonly cancel: 'delete' | 'none'
  /** A member of the finished video that links to its bytes; null: they are at `/content`. */
  readonly link: string | null
  /** The member of an order that says where this server may call back; null: it has none that we know of. */
  readonly callback_field: string | null
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

/** Of OpenAI, Azure, and the relays that were read (their 403 for a wallet that is empty). */
const TROUBLES: Readonly<Record<string, Trouble>> = {
  invalid_api_key: 'key',
  account_deactivated: 'key',
  organization_deactivated: 'key',
  unsupported_country_region_territory: 'key',
  insufficient_permissions: 'key',
  PermissionDenied: 'key',
  AuthenticationFailed: 'key',
  insufficient_quota: 'balance',
  billing_hard_limit_reached: 'balance',
  billing_not_active: 'balance',
  insufficient_user_quota: 'balance',
  insufficient_balance: 'balance',
  insufficient_credits: 'balance',
}

const NO_CLIP = { by_id: null, upload: false, says_with_upload: [] } as const
/** The guide: by id the model is that of the clip; with an upload it has to be given. */
const ID_OR_UPLOAD = { by_id: 'field', upload: true, says_with_upload: ['model'] } as const

const CREATE: Call = {
  path: '/videos',
  encoding: 'multipart',
  says: ['model', 'prompt', 'seconds', 'size'],
  characters: false,
  clip: NO_CLIP,
  holds: 'whole',
}
const REMIX: Call = {
  path: '/videos/{source}/remix',
  encoding: 'json',
  says: ['prompt'],
  characters: false,
  clip: { by_id: 'path', upload: false, says_with_upload: [] },
  holds: 'whole',
}
const EDIT: Call = {
  path: '/videos/edits',
  encoding: 'json_without_file',
  says: ['prompt'],
  characters: false,
  clip: ID_OR_UPLOAD,
  holds: 'whole',
}
const EXTEND: Call = { ...EDIT, path: '/videos/extensions', says: ['prompt', 'seconds'] }

const OPENAI: Profile = {
  calls: { create: { ...CREATE, characters: true }, remix: REMIX, edit: EDIT, extend: EXTEND },
  characters: '/videos/characters',
  names: {},
  wraps_errors: false,
  seconds: 'text',
  reference_field: 'input_reference',
  clip_field: 'video',
  key_header: 'authorization',
  answers: USUAL_ANSWERS,
  states: STATES,
  reasons: REASONS,
  troubles: TROUBLES,
  model_gone: ['model_not_found', 'DeploymentNotFound'],
  lookup: 'list',
  cancel: 'none',
  link: null,
  callback_field: null, // OpenAI's webhooks are set up in its dashboard
}

/** Servers that only make videos. */
const CREATES_ONLY: Profile = { ...OPENAI, calls: { create: CREATE }, characters: null }
const JSON_CREATE: Call = { ...CREATE, encoding: 'json_without_file' }

export const PROFILES: Readonly<Record<OpenaiProfile, Profile>> = {
  openai: OPENAI,
  azure: { ...CREATES_ONLY, calls: { create: JSON_CREATE, remix: REMIX }, key_header: 'api-key' },
  /** Takes forms only; DELETE aborts a running job. */
  'vllm-omni': { ...CREATES_ONLY, cancel: 'delete' },
  /** Older versions demand an image in every form: text alone goes as JSON. DELETE forgets a job and lets it run on. */
  sglang: { ...CREATES_ONLY, calls: { create: JSON_CREATE } },
  /** A relay without a list; a finished video may link to its file. */
  cometapi: { ...CREATES_ONLY, answers: RELAY_ANSWERS, lookup: 'none', link: 'video_url' },
  /** Text alone goes as JSON, a picture in a form. Its own 503 says that the key's group has no such model: then nothing was passed on. */
  'apiyi-relay': {
    ...CREATES_ONLY,
    calls: { create: JSON_CREATE },
    answers: [{ from: 503, to: 503, code: 'model_not_found', means: 'rejected' }, ...RELAY_ANSWERS],
    lookup: 'none',
    wraps_errors: true,
  },
  /** Wants the class of the size beside it; a finished video links to its file for seven days. */
  laozhang: {
    ...CREATES_ONLY,
    calls: { create: { ...JSON_CREATE, says: [...JSON_CREATE.says, 'resolution'] } },
    answers: RELAY_ANSWERS,
    names: { 'gemini-omni-1.2': 'gemini-omni-1.2-flash' },
    lookup: 'none',
    link: 'video_url',
    wraps_errors: true,
  },
}

/** @throws for a profile that the configuration should have refused */
export function profileOf({ name, profile }: Pick<ProviderAccount, 'name' | 'profile'>): Profile {
  const known = OPENAI_PROFILES.find((one) => one === profile)
  if (known === undefined) throw new Error(`${name} has the unknown profile ${profile}`)
  return PROFILES[known]
}
