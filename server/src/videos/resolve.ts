import { type IdempotencyRow, idempotencyRider, claim as insertKey } from '../access/idempotency.ts'
import type { Operator } from '../access/owner.ts'
import { transaction } from '../db/pool.ts'
import { type Problem, problem } from '../domain/problems.ts'
import { unixSeconds } from '../domain/time.ts'
import { answerTimeout } from '../domain/upload.ts'
import { pollQueue } from '../jobs/queues.ts'
import { referenceOf } from './attempt.ts'
import { type SeenAttempt, selectAttempt } from './attempt-queries.ts'
import { handOver } from './chain.ts'
import { isClaimedByAnother, selectStanding } from './claim-queries.ts'
import { passOn } from './failover.ts'
import { costOf, fail } from './finish.ts'
import { ABSENCE_GRACE_MS, type Parts } from './parts.ts'
import { lockVideos, moveAttempt, selectWork } from './queries.ts'
import { type Resolution, recordResolution, writeResolutions } from './riders.ts'
import type { Work } from './work.ts'

export interface Verdict {
  readonly verdict: Resolution['verdict']
  /** With `adopt` alone. */
  readonly provider_ref: string | null
  readonly reason: string
}

/** Before this the request could still be on its way, and nobody may say that it did not arrive. */
export function believedAbsentAt(
  parts: Pick<Parts, 'timing'>,
  attempt: { readonly send_before: number | null; readonly created_at: number; readonly upload_bytes: number },
): number {
  const answered_ms = answerTimeout(parts.timing.request_timeout_ms, attempt.upload_bytes)
  return (attempt.send_before ?? attempt.created_at) + answered_ms + ABSENCE_GRACE_MS
}

/** Nothing of it left before: what its provider took earlier is none of it, however alike. It may have waited in a line before that for long. */
export function sentSince(
  parts: Pick<Parts, 'timing'>,
  attempt: { readonly send_before: number | null; readonly created_at: number },
): number {
  return attempt.send_before === null ? attempt.created_at : Math.max(attempt.created_at, attempt.send_before - parts.timing.send_window_ms)
}

/** @throws Problem not_found */
export async function readAttempt(parts: Parts, operator: Operator, id: string): Promise<SeenAttempt> {
  const attempt = await selectAttempt(parts.pool, operator, id)
  if (attempt === null) throw problem('not_found', `There is no attempt with the id '${id}'.`, { param: 'id' })
  return attempt
}

/**
 * An operator ends what no provider will answer: it was not delivered (it goes again, unless the customer wants to stop), it failed (released),
 * or it is that job of the provider (it is polled at once). Recorded with who and why, in the transaction that does it.
 * @param key binds the request's Idempotency-Key in the same transaction
 * @returns `key_taken` when a twin of this very request was first
 * @throws Problem not_found, too_early, already_claimed, attempt_not_unknown
 */
export async function resolveAttempt(
  parts: Parts,
  operator: Operator,
  id: string,
  verdict: Verdict,
  key: IdempotencyRow | null,
): Promise<'resolved' | 'key_taken'> {
  const attempt = await readAttempt(parts, operator, id)
  const work = await selectWork(parts.pool, parts.engine, attempt.video)
  if (work === null || work.attempt.id !== id || work.attempt.state !== 'submit_unknown') throw notUnknown(attempt.state)
  const now = parts.clock()
  const possible_at = believedAbsentAt(parts, work.attempt)
  if (verdict.verdict !== 'adopt' && now < possible_at) throw tooEarly(possible_at)
  const resolution: Resolution = { id: parts.uuid(), attempt: id, at_ms: now, operator_key: operator.key_id, ...verdict }
  const outcome =
    verdict.verdict === 'adopt'
      ? await adopt(parts, work, resolution, key)
      : verdict.verdict === 'failed'
        ? await giveUp(parts, work, resolution, key)
        : await sendAnew(parts, work, resolution, key)
  if (outcome !== 'overtaken') return outcome
  const standing = await selectStanding(parts.pool, parts.engine, id)
  throw notUnknown(standing?.state ?? attempt.state)
}

class KeyTaken extends Error {}

type Outcome = 'resolved' | 'key_taken' | 'overtaken'

async function adopt(parts: Parts, work: Work, resolution: Resolution, key: IdempotencyRow | null): Promise<Outcome> {
  const provider = parts.routes.provider(work.attempt.provider)
  const ref = referenceOf(parts, provider, work, resolution.provider_ref ?? '')
  const change = { ref, ref_from: 'operator', started_at: work.attempt.send_before ?? resolution.at_ms } as const
  const outcome = await recorded(parts, work, resolution, key, async (tx) => {
    if (!(await moveAttempt(tx, parts.engine, work.video, work.attempt.id, 'running', change, ['submit_unknown']))) return false
    await handOver(parts, tx, work.video, { queue: pollQueue(work.video), start_at: resolution.at_ms })
    return true
  }).catch((error: unknown) => {
    if (!isClaimedByAnother(error)) throw error
    throw problem('already_claimed', 'Another attempt has this reference of the provider; each belongs to one.', { param: 'provider_ref' })
  })
  if (outcome === 'resolved') parts.jobs.wake(pollQueue(work.video))
  return outcome
}

async function sendAnew(parts: Parts, work: Work, resolution: Resolution, key: IdempotencyRow | null): Promise<Outcome> {
  let stops = false
  const outcome = await recorded(parts, work, resolution, key, async (tx) => {
    const onward = await passOn(parts, tx, work, { as: 'absent', from: ['submit_unknown'], again_at: resolution.at_ms })
    stops = onward === 'cancelled'
    return onward === 'planned'
  })
  if (outcome === 'resolved') parts.jobs.wake('submit')
  if (!stops) return outcome
  return ended(parts, work, resolution, key, {
    attempt_state: 'absent',
    code: 'cancelled',
    message: 'Cancelled before a provider took it.',
  })
}

/** The operator's reason is for operators; the customer hears what happened. */
function giveUp(parts: Parts, work: Work, resolution: Resolution, key: IdempotencyRow | null): Promise<Outcome> {
  return ended(parts, work, resolution, key, {
    attempt_state: 'failed',
    code: 'provider_failed',
    message: 'The provider gave no answer that decides about this video, so it was ended. You were not charged.',
    cost: costOf(parts, work, 'provider_failed', null),
  })
}

async function ended(
  parts: Parts,
  work: Work,
  resolution: Resolution,
  key: IdempotencyRow | null,
  failure: Omit<Parameters<typeof fail>[2], 'from' | 'riders'>,
): Promise<Outcome> {
  const riders = [recordResolution(resolution), ...(key === null ? [] : [idempotencyRider(key)])]
  const done = await fail(parts, work, { ...failure, from: ['submit_unknown'], riders })
  return done ? 'resolved' : 'overtaken'
}

/** A decision that moves no money, with its record and its key in one transaction. */
async function recorded(
  parts: Parts,
  work: Work,
  resolution: Resolution,
  key: IdempotencyRow | null,
  decide: (tx: Parameters<typeof lockVideos>[0]) => Promise<boolean>,
): Promise<Outcome> {
  try {
    return await transaction(parts.pool, async (tx) => {
      await lockVideos(tx, parts.engine, [work.video])
      if (!(await decide(tx))) return 'overtaken'
      await writeResolutions(tx, [resolution])
      if (key !== null && (await insertKey(tx, key)) === 'taken') throw new KeyTaken()
      return 'resolved'
    })
  } catch (error) {
    if (error instanceof KeyTaken) return 'key_taken'
    throw error
  }
}

function notUnknown(state: string): Problem {
  return problem('attempt_not_unknown', `Only an attempt in submit_unknown can be resolved; this one is ${state}.`, {
    param: 'id',
    extra: { state },
  })
}

function tooEarly(possible_at: number): Problem {
  const at = unixSeconds(possible_at + 999)
  return problem(
    'too_early',
    `The request could still be on its way to the provider; decide again after ${new Date(at * 1000).toISOString()}.`,
    {
      extra: { possible_at: at },
    },
  )
}
