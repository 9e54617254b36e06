import type { AttemptState } from '../domain/transitions.ts'
import type { Credits, FinishCause } from '../ledger/operation.ts'
import type { ProviderAsset } from '../providers/provider.ts'
import { emitting, videoEvent } from '../webhooks/emit.ts'
import type { Parts } from './parts.ts'
import { endVideo } from './riders.ts'
import { within } from './within.ts'
import type { Work } from './work.ts'

/** How long an ended video waits for the courtesy of being forgotten by its provider. */
const FORGET_MS = 5_000

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
  readonly cost_micro?: bigint | null
}

/**
 * Ends a video as failed and releases its hold, in one operation.
 * @returns false when it had ended already, or its attempt moved meanwhile: whoever moved it goes on.
 */
export async function fail(parts: Parts, work: Work, failure: Failure): Promise<boolean> {
  return finish(parts, work, 0n, CAUSE[failure.code], {
    state: 'failed',
    attempt_state: failure.attempt_state,
    attempt_from: failure.from ?? [work.attempt.state],
    error_code: failure.code,
    error_message: failure.message,
    ...(failure.cost_micro == null ? {} : { cost_micro: String(failure.cost_micro) }),
  })
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

async function finish(parts: Parts, work: Work, captured: Credits, cause: FinishCause, end: End): Promise<boolean> {
  const now = parts.clock()
  const outcome = await parts.ledger.commit(
    { kind: 'finish', op: work.op, account: work.account, captured, cause, reason: end.error_code ?? null },
    [
      endVideo({ ...end, video: work.video, attempt: work.attempt.id, ended_ms: now }),
      emitting(videoEvent(parts.uuid, now, { type: `video.${end.state}`, video: work.video, customer: work.customer })),
    ],
  )
  switch (outcome.outcome) {
    case 'committed':
      parts.log.info('video ended', { video: work.video, state: end.state, error: end.error_code, captured: String(captured) })
      parts.jobs.wake('webhook')
      if (work.source !== null) await parts.store.remove(work.source.key) // what is left over by a kill is swept
      await forget(parts, work)
      return !outcome.replayed
    case 'guard_failed':
    case 'finished':
      return false
    default:
      // A hold of ours that is unknown or larger than the capture would be a broken invariant: loud, and tried again, never papered over.
      throw new Error(`video ${work.video} could not be finished: ${outcome.outcome}`)
  }
}

/** Lets the provider remove its copy, for nobody will ask for it again. A courtesy: what fails here is forgotten too. */
async function forget(parts: Parts, work: Work): Promise<void> {
  const provider = parts.routes.provider(work.attempt.provider)
  const { ref } = work.attempt
  if (provider === null || ref === null) return
  await within(FORGET_MS, provider.forget(ref), () => undefined)
}

/**
 * Whether the final deadline has passed: the video ends now, verdict or not. A result that comes later is never charged.
 * @param cost_micro what we owe the provider for it all the same
 */
export async function expireIfOverdue(parts: Parts, work: Work, cost_micro: bigint | null = null): Promise<boolean> {
  if (parts.clock() < work.deadline_at) return false
  if (cost_micro !== null && cost_micro > 0n)
    parts.log.error('a result came after the final deadline: our loss', { video: work.video, cost_micro: String(cost_micro) })
  await fail(parts, work, {
    attempt_state: 'expired',
    code: 'expired',
    cost_micro,
    message: 'The video was not finished within its final deadline. You were not charged.',
  })
  return true
}
