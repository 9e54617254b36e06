import { type Tx, transaction } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'
import type { AttemptState } from '../domain/transitions.ts'
import type { Job } from '../jobs/jobs.ts'
import { pollQueue, type QueueName } from '../jobs/queues.ts'
import type { Happened } from '../webhooks/delivery-queries.ts'
import { emit, videoEvent } from '../webhooks/emit.ts'
import { broughtForward } from './brought-forward.ts'
import type { Parts } from './parts.ts'
import { noteRenderings } from './poll-queries.ts'
import { type AttemptChange, lockForStep, moveAttempt, raiseProgress, setChain } from './queries.ts'
import type { Work } from './work.ts'

/** The queue that carries on a video whose newest attempt stands here. */
export function queueFor(video: string, attempt: AttemptState): QueueName {
  if (attempt === 'planned' || attempt === 'submitting') return 'submit'
  if (attempt === 'fetching' || attempt === 'checking') return 'fetch'
  return pollQueue(video)
}

export interface Next {
  readonly queue: QueueName
  readonly start_at: Instant
  /** Higher runs first; 0 unless told. */
  readonly priority?: number
}

/** What of a video a step needs to know to carry it on. */
export interface Carried extends Pick<Work, 'video' | 'customer' | 'progress' | 'callback_at'> {
  readonly attempt: Pick<Work['attempt'], 'id'>
}

export interface StepResult {
  /** Where the attempt goes; absent: it stays. */
  readonly move?: { readonly to: AttemptState; readonly change: AttemptChange; readonly from?: readonly AttemptState[] }
  readonly percent?: number
  /** Its provider was seen at work on it, for the first time. */
  readonly rendering_at?: Instant
  readonly next: Next
}

/**
 * Ends a step that leaves its video open: moves the attempt, shows progress and hands the chain to the next job, in one transaction.
 * @returns false when the video ended or another chain overtook this one; then nothing was written.
 */
export async function goOn(parts: Parts, work: Carried, job: Job, result: StepResult): Promise<boolean> {
  const done = await transaction(parts.pool, async (tx) => {
    const held = await lockForStep(tx, parts.engine, work.video, job.id)
    if (held === null) return false
    const { move } = result
    if (move && !(await moveAttempt(tx, parts.engine, work.video, work.attempt.id, move.to, move.change, move.from))) return false
    if (result.rendering_at !== undefined) await noteRenderings(tx, parts.engine, [{ attempt: work.attempt.id, at: result.rendering_at }])
    if (result.percent !== undefined) await showProgress(parts, tx, work, result.percent)
    await handOver(parts, tx, work.video, nextOf(result.next, work, held.callback_at, parts.clock()))
    return true
  })
  if (done) parts.jobs.wake(result.next.queue)
  return done
}

/** The next look comes sooner if the provider called back while this step was at it. */
function nextOf(next: Next, work: Carried, callback_at: Instant | null, now: Instant): Next {
  if (next.queue !== pollQueue(work.video)) return next
  return { ...next, start_at: broughtForward(next.start_at, work.callback_at, callback_at, now) }
}

async function showProgress(parts: Parts, tx: Tx, work: Carried, percent: number): Promise<void> {
  await raiseProgress(tx, parts.engine, work.video, percent)
  const events = progressEvents(parts, work, percent)
  if (events.length > 0) await emit(tx, parts.jobs, events)
}

/** Endpoints hear of it at every tenth of the way, not at every look. */
export function progressEvents(parts: Parts, work: Carried, percent: number | null): readonly Happened[] {
  if (percent === null || Math.floor(percent / 10) <= Math.floor(work.progress / 10)) return []
  const { video, customer } = work
  return [videoEvent(parts.uuid, parts.clock(), { type: 'video.progress', video, customer, progress: percent })]
}

/** Gives a locked video its next job. One chain per video: the job that is replaced finds that it is no longer the one. */
export async function handOver(parts: Parts, tx: Tx, video: string, next: Next): Promise<void> {
  const id = parts.uuid()
  await setChain(tx, parts.engine, video, id, next.start_at)
  await parts.jobs.enqueue(tx, [{ id, subject: video, queue: next.queue, start_at: next.start_at, priority: next.priority ?? 0 }])
}
