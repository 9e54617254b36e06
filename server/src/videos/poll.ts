import type { Eta } from '../domain/eta.ts'
import { pollDelay } from '../domain/poll.ts'
import type { ProviderCost } from '../domain/provider-cost.ts'
import { type Course, shareWithin, upperBound } from '../domain/waiting.ts'
import type { Job } from '../jobs/jobs.ts'
import { pollQueue } from '../jobs/queues.ts'
import type { CancelResult, Found, Progress, Provider, ProviderRef } from '../providers/provider.ts'
import { providerOrder, referenceOf, startAnew } from './attempt.ts'
import { goOn, queueFor, type StepResult } from './chain.ts'
import { isClaimedByAnother, selectClaims } from './claim-queries.ts'
import { passOnNow } from './failover.ts'
import { costOf, expireIfOverdue, fail, forget } from './finish.ts'
import { callNext } from './line.ts'
import type { Parts } from './parts.ts'
import { selectWork } from './queries.ts'
import { believedAbsentAt, sentSince } from './resolve.ts'
import { within } from './within.ts'
import type { Work } from './work.ts'

/** After this the file is being fetched and checked: rendering alone never shows more. */
const RENDERING_PERCENT_MAX = 95
const FETCHING_PERCENT = 96
/** A status read that takes longer gives no verdict. */
export const ASK_MS = 30_000

/** What the provider has just said of an attempt. */
export interface Asked {
  readonly attempt: string
  readonly progress: Progress
}

/**
 * The poll step: asks how an attempt stands and carries the video on. An error on the way is never a verdict.
 * @param asked then it is not asked again
 */
export async function pollStep(parts: Parts, job: Job, asked: Asked | null = null): Promise<void> {
  const work = await selectWork(parts.pool, parts.engine, job.subject)
  if (work === null || work.job !== job.id) return
  const { attempt } = work
  const provider = parts.routes.provider(attempt.provider)
  if (provider !== null && attempt.state === 'submit_unknown') return lookUp(parts, provider, work, job)
  if (provider !== null && attempt.state === 'running' && attempt.ref !== null) return ask(parts, provider, work, job, attempt.ref, asked)
  // An attempt that is being sent is unknown first: there is no verdict about it that could end its video.
  if (attempt.state !== 'submitting' && (await expireIfOverdue(parts, work))) return
  if (attempt.state === 'parked') {
    if (work.cancel_requested_at === null)
      await goOn(parts, work, job, { next: { queue: pollQueue(work.video), start_at: work.deadline_at } })
    else await fail(parts, work, { attempt_state: 'cancelled', code: 'cancelled', message: 'Cancelled before it was sent.' })
    return
  }
  const start_at = provider === null ? parts.clock() + 60_000 : parts.clock()
  if (provider === null)
    parts.log.error('no provider of this name is configured; the video waits', { video: work.video, provider: attempt.provider })
  await goOn(parts, work, job, { next: { queue: queueFor(work.video, attempt.state), start_at } })
}

/** Reconciles an attempt that may or may not have arrived. */
async function lookUp(parts: Parts, provider: Provider, work: Work, job: Job): Promise<void> {
  const { attempt } = work
  const asked_at = parts.clock()
  const claim = (await claimCalled(parts, provider, work)) ?? (await claimFound(parts, provider, work))
  const now = parts.clock()
  if (typeof claim === 'object') {
    const change = { ref: claim, ref_from: 'find', started_at: attempt.send_before ?? now } as const
    // Only from where it was looked up: the sender's own answer, come meanwhile, knows better.
    const move = { to: 'running', change, from: ['submit_unknown'] } as const
    try {
      await goOn(parts, work, job, { move, next: { queue: pollQueue(work.video), start_at: now } })
      return
    } catch (error) {
      if (!isClaimedByAnother(error)) throw error // else looked up again: there may be another one
    }
  }
  const certain_at = believedAbsentAt(parts, attempt)
  // By the instant of the question: a list that was shown before it could no longer arrive says nothing, however late it is read.
  if (claim === 'absent' && asked_at >= certain_at) return startAnew(parts, work, job, 'absent', now)
  if (await expireIfOverdue(parts, work)) return
  const wait = pollDelay(parts.routes.poll(attempt.route), now - attempt.created_at, parts.random())
  const start_at = claim === 'absent' ? Math.min(now + wait * 5, certain_at) : now + wait
  await goOn(parts, work, job, { next: { queue: pollQueue(work.video), start_at: Math.max(start_at, now + 1) } })
}

/**
 * The job that a callback named, if the provider has such a job and nothing of it speaks against this order; null: there is none, or another
 * attempt has it, and the hint says nothing about ours.
 */
async function claimCalled(parts: Parts, provider: Provider, work: Work): Promise<ProviderRef | 'unknown' | null> {
  const { callback_ref } = work.attempt
  if (callback_ref === null || provider.fits === undefined) return null
  const ref = referenceOf(parts, provider, work, callback_ref)
  const call = provider.fits(ref, providerOrder(parts, work), { from: sentSince(parts, work.attempt), to: parts.clock() })
  if (!(await within<boolean>(ASK_MS, call, () => false))) return null
  const claim = await claimOne(parts, work, [ref])
  return claim === 'absent' ? null : claim
}

async function claimFound(parts: Parts, provider: Provider, work: Work): Promise<ProviderRef | 'absent' | 'unknown'> {
  const { attempt } = work
  const call = provider.find(attempt.id, providerOrder(parts, work), { from: sentSince(parts, attempt), to: parts.clock() })
  const found = await within<Found>(ASK_MS, call, (message) => ({ outcome: 'unknown', message }))
  return found.outcome === 'found' ? claimOne(parts, work, [found.ref, ...(found.others ?? [])]) : found.outcome
}

/**
 * One of the references that are as good as ours. Orders of the same content can not be told apart, so each is for whoever claims it first:
 * all of them being others', ours is absent; while a twin is being sent, its answer could name any of them, and nothing is claimed. Nor is
 * anything where a twin that is no equal was given up: it may have arrived after all.
 */
async function claimOne(parts: Parts, work: Work, refs: readonly ProviderRef[]): Promise<ProviderRef | 'absent' | 'unknown'> {
  const ids = refs.map(({ id }) => id)
  const since = parts.clock() - parts.timing.final_deadline_ms
  const { twin_on_its_way, owned } = await selectClaims(parts.pool, parts.engine, work.attempt, ids, since)
  if (twin_on_its_way) return 'unknown'
  return refs.find(({ id }) => !owned.includes(id)) ?? 'absent'
}

/** Asks for the verdict; before that, if the customer wants it, asks the provider to stop. */
async function ask(parts: Parts, provider: Provider, work: Work, job: Job, ref: ProviderRef, asked: Asked | null): Promise<void> {
  const stopping = work.cancel_requested_at !== null
  if (stopping && (await within<CancelResult>(ASK_MS, provider.cancel(ref), () => 'unknown')) === 'stopped') {
    const cost = costOf(parts, work, 'cancelled', null)
    await fail(parts, work, { attempt_state: 'cancelled', code: 'cancelled', message: 'Cancelled, and the provider stopped.', cost })
    return
  }
  const is_known = !stopping && asked?.attempt === work.attempt.id
  const progress = is_known ? asked.progress : await check(provider, ref)
  if (progress.state === 'failed') return verdictFailed(parts, work, progress)
  if (await expireIfOverdue(parts, work, progress.state === 'succeeded' ? progress : null)) return
  const carried = await goOn(parts, work, job, carryOn(parts, work, progress))
  if (carried && progress.state === 'succeeded') await callNext(parts, work.attempt.provider)
}

/** Asks for the verdict, once. */
export function check(provider: Provider, ref: ProviderRef): Promise<Progress> {
  return within<Progress>(ASK_MS, provider.check(ref), (message) => ({ state: 'no_verdict', message }))
}

function carryOn(parts: Parts, work: Work, progress: Exclude<Progress, { state: 'failed' }>): StepResult {
  if (progress.state !== 'succeeded') return lookAgain(parts, { ...work, eta: work.quote.relaxed?.eta ?? work.quote.eta }, progress)
  const change = { ready_at: parts.clock(), asset: progress.asset, cost: costOf(parts, work, 'succeeded', progress.cost_micro) }
  return { move: { to: 'fetching', change }, percent: FETCHING_PERCENT, next: { queue: 'fetch', start_at: parts.clock() } }
}

/** What a video without a verdict is asked by: a `Work`, or the less that `polls.ts` reads of many at once. */
export interface Unfinished {
  readonly video: string
  /** What was promised about how long it takes. */
  readonly eta: Eta
  readonly attempt: Pick<Work['attempt'], 'route' | 'provider' | 'started_at' | 'rendering_at'>
}

/** Decides about a video that has no verdict: when to look again, and how far to say that it is. */
export function lookAgain(parts: Parts, work: Unfinished, progress: Extract<Progress, { state: 'running' | 'no_verdict' }>): StepResult {
  const now = parts.clock()
  if (progress.state === 'no_verdict') parts.log.warn('a status read gave no verdict', { video: work.video, why: progress.message })
  const elapsed_ms = now - (work.attempt.started_at ?? now)
  warnOnceAtDeadline(parts, work, elapsed_ms)
  const start_at = now + pollDelay(parts.routes.poll(work.attempt.route), elapsed_ms, parts.random())
  const next = { queue: pollQueue(work.video), start_at }
  if (progress.state === 'no_verdict') return { next }
  const { percent, phase } = progress
  // Who shows no phase is at work once something is done.
  const is_rendering = phase === undefined ? percent !== null && percent > 0 : phase === 'rendering'
  const rendering = is_rendering && work.attempt.rendering_at === null ? { rendering_at: now } : {}
  const share = percent ?? 100 * shareWithin(courseOf(work), elapsed_ms / 1000)
  return { ...rendering, percent: Math.min(RENDERING_PERCENT_MAX, Math.floor(share)), next }
}

function courseOf({ eta }: Unfinished): Course {
  return { kind: 'range', ...eta }
}

/** The route's deadline passed since the last poll: the stage says so from now on, and somebody should look. */
function warnOnceAtDeadline(parts: Parts, work: Unfinished, elapsed_ms: number): void {
  const deadline_ms = (parts.routes.deadlineSeconds(work.attempt.route) ?? upperBound(courseOf(work))) * 1000
  const interval_ms = parts.routes.poll(work.attempt.route).later_s * 1000
  if (elapsed_ms >= deadline_ms && elapsed_ms < deadline_ms + interval_ms) {
    parts.log.warn('a provider has given no verdict by its route deadline', { video: work.video, provider: work.attempt.provider })
  }
}

/** No fault of the prompt, and nothing to pay: the next route may do better, once each. */
async function failedElsewhere(parts: Parts, work: Work, message: string, cost: ProviderCost): Promise<boolean> {
  const change = { cost, error: { code: 'provider_failed', message } }
  if ((await passOnNow(parts, work, { as: 'failed', from: ['running'], change, again_at: null })) !== 'planned') return false
  await callNext(parts, work.attempt.provider)
  await forget(parts, work.attempt.provider, work.attempt.ref)
  return true
}

async function verdictFailed(parts: Parts, work: Work, verdict: Extract<Progress, { state: 'failed' }>): Promise<void> {
  const cost = costOf(parts, work, verdict.reason, verdict.cost_micro)
  if (work.cancel_requested_at !== null || verdict.reason === 'cancelled') {
    await fail(parts, work, {
      attempt_state: 'cancelled',
      code: 'cancelled',
      message: 'Cancelled, and the provider stopped.',
      cost,
    })
    return
  }
  if (verdict.reason === 'provider_failed' && cost.micro === 0n && (await failedElsewhere(parts, work, verdict.message, cost))) return
  await fail(parts, work, { attempt_state: 'failed', code: verdict.reason, message: verdict.message, cost })
}
