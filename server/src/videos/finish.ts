import { type Ending, type LossKind, type ProviderCost, providerCost } from '../domain/provider-cost.ts'
import { type Quote, quotedFor } from '../domain/quote.ts'
import type { Instant } from '../domain/time.ts'
import type { AttemptState } from '../domain/transitions.ts'
import type { Credits, FinishCause, Rider } from '../ledger/operation.ts'
import type { ProviderAsset, ProviderRef } from '../providers/provider.ts'
import { emitting, videoEvent } from '../webhooks/emit.ts'
import { callNext } from './line.ts'
import { holdNothing } from './park.ts'
import type { Parts } from './parts.ts'
import { endVideo } from './riders.ts'
import { within } from './within.ts'
import type { Work } from './work.ts'

/** How long an ended video waits for the courtesy of being forgotten by its provider. */
const FORGET_MS = 5_000

const AFTER_PROVIDER: readonly AttemptState[] = ['fetching', 'checking']

/** Why a video failed, in the words of the outside (contract.md). */
export type VideoError =
  | 'moderation_blocked'
  | 'provider_rejected'
  | 'provider_failed'
  | 'output_invalid'
  | 'cancelled'
  | 'expired'
  | 'unroutable'

const CAUSE: Readonly<Record<VideoError, FinishCause>> = {
  moderation_blocked: 'moderation',
  provider_rejected: 'provider',
  provider_failed: 'provider',
  output_invalid: 'provider',
  cancelled: 'customer',
  expired: 'expired',
  unroutable: 'platform',
}

export interface Failure {
  readonly attempt_state: AttemptState
  /** Where the attempt must stand for this to be true; by default where the step found it. */
  readonly from?: readonly AttemptState[]
  readonly code: VideoError
  /** For the customer: says what happened, not whose fault it is. */
  readonly message: string
  /** What we owe the provider for it; what the attempt has already, unless given. */
  readonly cost?: ProviderCost
  /** Why such a cost is our loss. */
  readonly loss?: LossKind
  readonly late_check_at?: number
  /** Rows of others that join the operation. */
  readonly riders?: readonly Rider[]
}

/** The final deadline passed; what it costs us is asked about once more after this. */
export const LATE_CHECK_FIRST_MS = 3_600_000

/**
 * Ends a video as failed and releases its hold, in one operation.
 * @returns false when it had ended already, or its attempt moved meanwhile: whoever moved it goes on.
 */
export async function fail(parts: Parts, work: Work, failure: Failure): Promise<boolean> {
  const { cost, loss, late_check_at, riders = [] } = failure
  const end: End = {
    state: 'failed',
    attempt_state: failure.attempt_state,
    attempt_from: failure.from ?? [work.attempt.state],
    error_code: failure.code,
    error_message: failure.message,
    loss: loss ?? LOSS[failure.code],
    ...(cost === undefined ? {} : { cost_micro: String(cost.micro), cost_source: cost.source }),
    ...(late_check_at === undefined ? {} : { late_check_ms: late_check_at }),
  }
  return finish(parts, work, 0n, CAUSE[failure.code], end, riders)
}

const LOSS: Readonly<Record<VideoError, LossKind>> = {
  moderation_blocked: 'failed_billed',
  provider_rejected: 'failed_billed',
  provider_failed: 'failed_billed',
  output_invalid: 'output_invalid',
  cancelled: 'cancelled_billed',
  expired: 'expired',
  unroutable: 'failed_billed',
}

/** What an ending costs us: as the provider reports it, else by the rule, from what the attempt's own route was quoted at. */
export function costOf(
  parts: Parts,
  work: { readonly quote: Quote; readonly attempt: Pick<Work['attempt'], 'route' | 'provider'> },
  ending: Ending,
  reported_micro: bigint | null,
): ProviderCost {
  const { route, provider } = work.attempt
  const quoted_micro = BigInt(quotedFor(work.quote, route).provider_cost_micro)
  return providerCost(ending, reported_micro, quoted_micro, parts.routes.bills(provider))
}

/** Ends a video as completed and captures the quoted price, in one operation. The bytes are in our store and were checked. */
export async function complete(
  parts: Parts,
  work: Work,
  result: { asset_key: string; asset_bytes: number; asset_seconds: number; asset?: ProviderAsset },
): Promise<boolean> {
  return finish(parts, work, BigInt(work.quote.credits), 'completed', {
    state: 'completed',
    attempt_state: 'done',
    attempt_from: ['checking'],
    ...result,
  })
}

type End = Omit<Parameters<typeof endVideo>[0], 'video' | 'attempt' | 'ended_ms'>

async function finish(
  parts: Parts,
  work: Work,
  captured: Credits,
  cause: FinishCause,
  end: End,
  riders: readonly Rider[] = [],
): Promise<boolean> {
  if (work.attempt.state === 'parked') {
    const held = await holdNothing(parts, work)
    return held !== null && finish(parts, held, captured, cause, { ...end, attempt_from: ['planned'] }, riders)
  }
  const now = parts.clock()
  const owed = BigInt(end.cost_micro ?? work.attempt.cost_micro ?? 0n)
  const outcome = await parts.ledger.commit(
    { kind: 'finish', op: work.op, account: work.account, captured, cause, reason: end.error_code ?? null },
    [
      endVideo({ ...end, video: work.video, attempt: work.attempt.id, ended_ms: now }),
      emitting(videoEvent(parts.uuid, now, { type: `video.${end.state}`, video: work.video, customer: work.customer })),
      ...riders,
      ...ofBatch(parts, work, captured, end, now),
    ],
  )
  switch (outcome.outcome) {
    case 'committed':
      parts.log.info('video ended', { video: work.video, state: end.state, error: end.error_code, captured: String(captured) })
      if (end.loss !== undefined && owed > 0n) logLoss(parts, { video: work.video, kind: end.loss, cost_micro: String(owed) })
      parts.jobs.wake('webhook')
      if (work.batch !== null) parts.jobs.wake('batch')
      // What is being fetched or checked is out of the provider's hands already.
      if (!AFTER_PROVIDER.includes(work.attempt.state)) await callNext(parts, work.attempt.provider)
      if (work.source !== null) await parts.store.remove(work.source.key) // what is left over by a kill is swept
      // A provider that has forgotten it can not say any more what became of it.
      if (end.late_check_ms === undefined) await forget(parts, work.attempt.provider, work.attempt.ref)
      return !outcome.replayed
    case 'guard_failed':
    case 'finished':
      return false
    default:
      // A hold of ours that is unknown or larger than the capture would be a broken invariant: loud, and tried again, never papered over.
      throw new Error(`video ${work.video} could not be finished: ${outcome.outcome}`)
  }
}

function ofBatch({ on_end }: Parts, { video, batch }: Work, captured: Credits, end: End, at: Instant): readonly Rider[] {
  if (batch === null || on_end === undefined) return []
  const { error_code: code, error_message: message = '' } = end
  return on_end({ batch, video, captured, at, error: code === undefined ? null : { code, message } })
}

/** Says that we pay for something that no customer pays for. */
export function logLoss(parts: Parts, loss: { video: string; kind: LossKind; cost_micro: string }): void {
  parts.log.error('a provider is paid for what no customer is charged for: our loss', loss)
}

/** Lets the provider remove its copy, for nobody will ask for it again. A courtesy: what fails here is forgotten too. */
export async function forget(parts: Parts, account: string, ref: ProviderRef | null): Promise<void> {
  const provider = parts.routes.provider(account)
  if (provider === null || ref === null) return
  await within(FORGET_MS, provider.forget(ref), () => undefined)
}

/**
 * Whether the final deadline has passed: the video ends now, verdict or not. A result that comes later is never charged.
 * What a provider may still be making, or may have taken without anybody knowing, is counted as a loss at its quoted cost, and asked about
 * again (late.ts).
 * @param success the verdict that came with this look, too late
 */
export async function expireIfOverdue(parts: Parts, work: Work, success: { cost_micro: bigint | null } | null = null): Promise<boolean> {
  const now = parts.clock()
  if (now < work.deadline_at) return false
  const { state } = work.attempt
  const without_verdict = success === null && (state === 'running' || state === 'submit_unknown')
  await fail(parts, work, {
    attempt_state: 'expired',
    code: 'expired',
    message:
      state === 'parked'
        ? 'There were not enough credits for it before its final deadline.'
        : 'The video was not finished within its final deadline. You were not charged.',
    ...(success === null ? {} : { cost: costOf(parts, work, 'succeeded', success.cost_micro) }),
    ...(without_verdict ? { cost: costOf(parts, work, 'no_verdict', null) } : {}),
    ...(without_verdict ? { late_check_at: now + LATE_CHECK_FIRST_MS } : { loss: 'late_success' }),
  })
  return true
}
