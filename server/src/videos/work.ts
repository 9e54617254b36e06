import { z } from 'zod'
import { type Quote, storedQuote } from '../domain/quote.ts'
import type { AttemptState, VideoState } from '../domain/transitions.ts'
import { uploadBytes } from '../domain/upload.ts'
import type { AccountId, OpId } from '../ledger/operation.ts'
import type { Forgettable, ProviderAsset, ProviderRef } from '../providers/provider.ts'

/** What a step of the engine looks at: a video and its newest attempt. */
export interface Work {
  readonly video: string
  readonly op: OpId
  readonly customer: string
  readonly account: AccountId
  readonly created_at: number
  /** Who ordered it; null: its customer did. */
  readonly batch: string | null
  readonly state: VideoState
  readonly progress: number
  readonly prompt: string
  readonly reference_key: string | null
  /** Our own copy of the clip that it begins from. */
  readonly source: {
    readonly key: string
    readonly bytes: number
    /** What the account of the newest attempt called that clip, if it made it itself and has it still. */
    readonly ref: ProviderRef | null
  } | null
  readonly characters: readonly {
    readonly id: string
    readonly name: string
    readonly key: string
    readonly bytes: number
    /** Null: this account does not know it yet. */
    readonly ref: ProviderRef | null
  }[]
  readonly quote: Quote
  readonly cancel_requested_at: number | null
  readonly deadline_at: number
  /** The one chain: who runs a step under another job id has been overtaken. */
  readonly job: string | null
  readonly asset_key: string | null
  /** When its provider last called back. */
  readonly callback_at: number | null
  readonly attempt: {
    readonly id: string
    readonly no: number
    readonly route: string
    readonly provider: string
    readonly state: AttemptState
    readonly created_at: number
    readonly send_before: number | null
    /** What sending it takes at most: see `answerTimeout`. */
    readonly upload_bytes: number
    readonly started_at: number | null
    /** When its provider was first seen at work on it. */
    readonly rendering_at: number | null
    readonly ref: ProviderRef | null
    readonly asset: ProviderAsset | null
    /** What its provider has forgotten of this video, as earlier attempts showed: it goes along. */
    readonly brings: readonly Forgettable[]
    /** What we owe the provider for it, as far as is known. */
    readonly cost_micro: bigint | null
    /** What a callback called its job: a hint. */
    readonly callback_ref: string | null
  }
}

const instant = z.bigint().transform(Number)
export const attemptState = z.enum([
  'parked',
  'planned',
  'submitting',
  'submit_unknown',
  'running',
  'fetching',
  'checking',
  'done',
  'rejected',
  'throttled',
  'absent',
  'unsent',
  'failed',
  'cancelled',
  'expired',
])
export const videoState = z.enum(['queued', 'in_progress', 'completed', 'failed'])

const reference = z.looseObject({ id: z.string() })

const workRow = z.object({
  id: z.string(),
  op_id: z.string(),
  customer: z.string(),
  account: z.bigint(),
  created_ms: instant,
  batch: z.string().nullable(),
  state: videoState,
  progress: z.number(),
  prompt: z.string(),
  reference_key: z.string().nullable(),
  quote: storedQuote,
  cancel_requested_ms: instant.nullable(),
  deadline_ms: instant,
  job: z.string().nullable(),
  asset_key: z.string().nullable(),
  attempt: z.string(),
  no: z.number(),
  route: z.string(),
  provider: z.string(),
  attempt_state: attemptState,
  attempt_created_ms: instant,
  send_before_ms: instant.nullable(),
  started_ms: instant.nullable(),
  rendering_ms: instant.nullable(),
  ref: reference.nullable(),
  asset: z.looseObject({ part: z.literal('tail').exactOptional() }).nullable(),
  brings: z.array(z.enum(['clip', 'characters'])),
  cost_micro: z.bigint().nullable(),
  callback_ref: z.string().nullable(),
  callback_ms: instant.nullable(),
  source_key: z.string().nullable(),
  source_bytes: instant.nullable(),
  source_ref: reference.nullable(),
  characters: z.array(z.object({ id: z.string(), name: z.string(), key: z.string(), bytes: z.number(), ref: reference.nullable() })),
})

/** Reads a row of `selectWork`. A row that does not parse is a defect of ours: it throws, and the step is tried again. */
export function parseWork(row: unknown): Work {
  const r = workRow.parse(row)
  return {
    video: r.id,
    op: r.op_id,
    customer: r.customer,
    account: r.account,
    created_at: r.created_ms,
    batch: r.batch,
    state: r.state,
    progress: r.progress,
    prompt: r.prompt,
    reference_key: r.reference_key,
    source: r.source_key === null ? null : { key: r.source_key, bytes: r.source_bytes ?? 0, ref: r.source_ref },
    characters: r.characters,
    quote: r.quote,
    cancel_requested_at: r.cancel_requested_ms,
    deadline_at: r.deadline_ms,
    job: r.job,
    asset_key: r.asset_key,
    callback_at: r.callback_ms,
    attempt: {
      id: r.attempt,
      no: r.no,
      route: r.route,
      provider: r.provider,
      state: r.attempt_state,
      created_at: r.attempt_created_ms,
      send_before: r.send_before_ms,
      upload_bytes: uploadBytes({ clip_bytes: r.source_bytes, has_picture: r.reference_key !== null }),
      started_at: r.started_ms,
      rendering_at: r.rendering_ms,
      ref: r.ref,
      asset: r.asset,
      brings: r.brings,
      cost_micro: r.cost_micro,
      callback_ref: r.callback_ref,
    },
  }
}
