import type { ErrorShape } from '../answer.ts'
import type { Operation } from './route.ts'

/** What a server of this format does in its own way. Source: the vendors' own code and documents, as of November 2026. */
export interface Dialect {
  readonly operations: readonly Operation[]
  readonly id_prefix: string
  readonly key_header: 'authorization' | 'api-key'
  /** What a create may be written as. `form_with_picture`: older servers demand an image in every form. */
  readonly create: 'both' | 'form' | 'json_or_form_with_picture'
  /** `text`: JSON must give seconds as a string. */
  readonly json_seconds: 'text' | 'any'
  /** Null: any. */
  readonly seconds: readonly number[] | null
  readonly sizes: readonly string[] | null
  /** What DELETE does to a running job: refused, stopped, or forgotten while it runs on (and costs). */
  readonly delete_running: 'refused' | 'stops' | 'forgets'
  readonly delete_answers: 'deletion' | 'video'
  /** `bare`: without first_id, last_id and has_more. */
  readonly list: 'whole' | 'bare'
  readonly errors: ErrorShape
  /** The member of a finished video that links to its clip; the link needs no key. */
  readonly link: string | null
  /** The field of an order that says whom to call when the job has ended. */
  readonly callback_field: string | null
  /** Names of the wire format's states that differ. */
  readonly words: Readonly<Record<string, string>>
  /** 0 until it is 100. */
  readonly coarse_progress: boolean
  /** More members of a video. */
  readonly more: (id: string) => Readonly<Record<string, unknown>>
}

const EVERYTHING: readonly Operation[] = [
  'create',
  'remix',
  'edit',
  'extend',
  'retrieve',
  'list',
  'delete',
  'content',
  'create_character',
  'character',
]
const SELF_HOSTED: readonly Operation[] = ['create', 'retrieve', 'list', 'delete', 'content']

/** OpenAI's own. */
export function inEnvelope(status: number, code: string, message: string): unknown {
  const type = status >= 500 ? 'server_error' : status === 429 ? 'rate_limit_error' : 'invalid_request_error'
  return { error: { message, type, param: null, code } }
}

const OPENAI: Dialect = {
  operations: EVERYTHING,
  id_prefix: 'video_',
  key_header: 'authorization',
  create: 'both',
  json_seconds: 'text',
  seconds: [4, 8, 12, 16, 20],
  sizes: ['720x1280', '1280x720', '1024x1792', '1792x1024', '1080x1920', '1920x1080'],
  delete_running: 'refused',
  delete_answers: 'deletion',
  list: 'whole',
  errors: inEnvelope,
  link: null,
  callback_field: null,
  words: {},
  coarse_progress: false,
  more: () => ({}),
}

export const DIALECTS = {
  openai: OPENAI,
  azure: { ...OPENAI, operations: [...SELF_HOSTED, 'remix'], key_header: 'api-key', sizes: ['720x1280', '1280x720'], seconds: [4, 8, 12] },
  'vllm-omni': {
    ...OPENAI,
    operations: SELF_HOSTED,
    id_prefix: 'video_gen_',
    create: 'form',
    seconds: null,
    sizes: null,
    delete_running: 'stops',
    more: (id) => ({ media_type: 'video/mp4', file_name: `${id}.mp4`, inference_time_s: 1.5, stage_durations: {}, peak_memory_mb: 1_024 }),
  },
  sglang: {
    ...OPENAI,
    operations: SELF_HOSTED,
    create: 'json_or_form_with_picture',
    json_seconds: 'any',
    seconds: null,
    sizes: null,
    delete_running: 'forgets',
    delete_answers: 'video',
    list: 'bare',
    errors: (_status, _code, detail) => ({ detail }), // FastAPI's
    coarse_progress: true,
    more: () => ({ quality: 'standard' }),
  },
  cometapi: {
    ...OPENAI,
    operations: ['create', 'retrieve', 'delete', 'content'],
    id_prefix: 'task_',
    json_seconds: 'any',
    seconds: null,
    sizes: null,
    link: 'video_url',
    words: { failed: 'error' },
    more: (id) => ({ task_id: id }),
  },
} as const satisfies Readonly<Record<string, Dialect>>

export type DialectName = keyof typeof DIALECTS
