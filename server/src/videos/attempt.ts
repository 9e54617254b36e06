import { transaction } from '../db/pool.ts'
import { backOff, pollDelay } from '../domain/poll.ts'
import { madeAs, quotedFor } from '../domain/quote.ts'
import type { SendWindow } from '../domain/send-window.ts'
import { answerTimeout } from '../domain/upload.ts'
import type { Job } from '../jobs/jobs.ts'
import { pollQueue } from '../jobs/queues.ts'
import type { Provider, ProviderOrder, ProviderRef, Submitted } from '../providers/provider.ts'
import { learn } from './breaker.ts'
import { bringAgain } from './bring-again.ts'
import { goOn } from './chain.ts'
import { isClaimedByAnother } from './claim-queries.ts'
import { contend, tellLate } from './direct-answer.ts'
import { type Ended, passOn, passOnNow, restsBefore } from './failover.ts'
import { expireIfOverdue, fail } from './finish.ts'
import { introduceCharacters, openClip } from './introduce.ts'
import { callNext, takeSlot } from './line.ts'
import type { Parts } from './parts.ts'
import { type AttemptChange, lockForStep, lockVideos, moveAttempt, selectWork } from './queries.ts'
import { within } from './within.ts'
import type { Work } from './work.ts'

/** Where an attempt stands while its sender waits for the answer, and where others may have put it meanwhile. */
const SENT = ['submitting', 'submit_unknown'] as const
/** A throttled order without Retry-After goes again after this. */
const THROTTLE_WAIT_MS = 10_000

/**
 * The submit step: marks the attempt as being sent, commits, calls the provider once, stores what it said.
 * An attempt that it finds already being sent was somebody else's: nobody but the sender can know what arrived, so it becomes
 * `submit_unknown` and is looked up, never sent again.
 */
export async function submitStep(parts: Parts, job: Job): Promise<void> {
  const work = await selectWork(parts.pool, parts.engine, job.subject)
  if (work === null || work.job !== job.id) return
  if (work.attempt.state === 'submitting') {
    await goOn(parts, work, job, {
      move: { to: 'submit_unknown', change: { unknown_at: parts.clock() }, from: ['submitting'] },
      next: { queue: pollQueue(work.video), start_at: parts.clock() },
    })
    return
  }
  if (work.attempt.state !== 'planned') {
    await goOn(parts, work, job, { next: { queue: pollQueue(work.video), start_at: parts.clock() } })
    return
  }
  if (await expireIfOverdue(parts, work)) return
  if (work.cancel_requested_at !== null) {
    await fail(parts, work, { attempt_state: 'cancelled', code: 'cancelled', message: 'Cancelled before it was sent.' })
    return
  }
  const provider = parts.routes.provider(work.attempt.provider)
  if (provider === null) {
    parts.log.error('no provider of this name is configured; the video waits', { video: work.video, provider: work.attempt.provider })
    await goOn(parts, work, job, { next: { queue: 'submit', start_at: parts.clock() + 60_000 } })
    return
  }
  if (work.characters.some(({ ref }) => ref === null) && (await restsBefore(parts, work, job))) return
  const ready = await introduceCharacters(parts, provider, work, job)
  if (ready === null) return
  const window = await takeSlot(parts, ready, job)
  if (window === null) return
  const answer = await send(parts, provider, ready, window)
  const woken = await learn(parts, ready.attempt, answer)
  await keepAnswer(parts, ready, job, answer)
  if (woken) await callNext(parts, ready.attempt.provider)
}

async function send(parts: Parts, provider: Provider, work: Work, window: SendWindow): Promise<Submitted> {
  // The window is asked here as well as by the adapter: a worker that was stopped right after its commit never even gets to the adapter.
  if (!window.open()) return { outcome: 'undelivered', message: 'the send window had closed before anything was sent', ours: true }
  const call = provider.submit(providerOrder(parts, work), work.attempt.id, window)
  const most_ms = answerTimeout(parts.timing.request_timeout_ms, work.attempt.upload_bytes)
  return within<Submitted>(most_ms, call, (message) => ({ outcome: 'unknown', message }))
}

/** The order as it was quoted: what was priced is what is sent, in the words of the route that gets it. */
export function providerOrder(parts: Parts, work: Work): ProviderOrder {
  const { reference_key: key, source } = work
  const begins = work.quote.order.source
  return {
    order: { ...madeAs(work.quote, work.attempt.route), prompt: work.prompt },
    provider_model: quotedFor(work.quote, work.attempt.route).provider_model,
    reference: key === null ? null : () => readWhole(parts, key),
    source:
      source === null || begins === null
        ? null
        : { ref: source.ref, seconds: begins.seconds, bytes: source.bytes, open: () => openClip(parts, source.key) },
    characters: work.characters.flatMap(({ name, ref }) => (ref === null ? [] : [{ name, ref }])),
    callback_url: parts.callbacks.address(work.attempt.id),
  }
}

/** A job of an attempt's provider of which only the id is known: by a callback, or by an operator. */
export function referenceOf(parts: Parts, provider: Provider | null, work: Work, id: string): ProviderRef {
  return provider?.refOf?.(id, providerOrder(parts, work)) ?? { id }
}

async function readWhole(parts: Parts, key: string): Promise<Uint8Array> {
  const opened = await parts.store.open(key)
  if (opened === null) throw new Error(`the reference image ${key} is not in the store`)
  return new Uint8Array(await new Response(opened.stream).arrayBuffer())
}

/** A provider's answer is paid for or about to be: it is stored again until it sticks. */
async function keepAnswer(parts: Parts, work: Work, job: Job, answer: Submitted): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await storeAnswer(parts, work, job, answer)
      return
    } catch (error) {
      parts.log.warn('the answer of a provider could not be stored yet', { video: work.video, error: String(error) })
      await parts.pause(backOff(tries, parts.random()))
    }
  }
}

async function storeAnswer(parts: Parts, work: Work, job: Job, answer: Submitted): Promise<void> {
  const now = parts.clock()
  switch (answer.outcome) {
    case 'running': {
      if ((await storeReference(parts, work, job, answer.ref)) === 'stored') return
      return storeAnswer(parts, work, job, { outcome: 'unknown', message: 'its reference belongs to another attempt' })
    }
    case 'rejected': {
      if (await bringAgain(parts, work, answer)) return
      if (await refusedElsewhere(parts, work, answer)) return
      const released = await fail(parts, work, {
        attempt_state: 'rejected',
        from: SENT,
        code: answer.reason,
        message: answer.message,
      })
      if (!released) parts.log.warn('a rejection came after the video had ended', { video: work.video })
      return
    }
    case 'throttled': {
      await startAnew(parts, work, job, 'throttled', now + (answer.retry_after_ms ?? THROTTLE_WAIT_MS), answer.trouble === undefined)
      return
    }
    case 'undelivered': {
      // Who is not there for a second time is not waited for where another one is.
      const is_second = answer.ours !== true && work.attempt.send_before !== null
      if (is_second && (await goesElsewhere(parts, work, { as: 'unsent', from: SENT, again_at: null }))) return
      const next = { queue: 'submit', start_at: now + backOff(2, parts.random()) } as const
      if (await goOn(parts, work, job, { move: { to: 'planned', change: {} }, next })) return
      const back = await moveLate(parts, work, 'planned', {})
      parts.log.warn('nothing was sent within the send window', { video: work.video, planned_again: back })
      return
    }
    case 'unknown':
      parts.log.warn('a provider may or may not have taken an order', { video: work.video, why: answer.message })
      await goOn(parts, work, job, {
        move: { to: 'submit_unknown', change: { unknown_at: now }, from: ['submitting'] },
        next: { queue: pollQueue(work.video), start_at: now + backOff(1, parts.random()) },
      })
  }
}

/** Gives an attempt the job that the provider named to its sender; `of another`: one that it can not have. */
async function storeReference(parts: Parts, work: Work, job: Job, ref: ProviderRef): Promise<'stored' | 'of another'> {
  const now = parts.clock()
  const delay = pollDelay(parts.routes.poll(work.attempt.route), 0, parts.random())
  const next = { queue: pollQueue(work.video), start_at: now + delay }
  const change = { ref, ref_from: 'answer', started_at: now } as const
  try {
    if (await goOn(parts, work, job, { move: { to: 'running', change }, next })) return 'stored'
    // Another chain went on without us (we were stopped, or our job lapsed). It looks for this very reference: give it.
    if (await moveLate(parts, work, 'running', change)) return 'stored'
    await tellLate(parts, work, ref)
    return 'stored'
  } catch (error) {
    if (!isClaimedByAnother(error)) throw error
    return contend(parts, work, ref)
  }
}

/** What only the sending worker knows, told after somebody else took over the chain. False: the attempt has moved on. */
async function moveLate(parts: Parts, work: Work, to: 'running' | 'planned', change: AttemptChange): Promise<boolean> {
  return transaction(parts.pool, async (tx) => {
    await lockVideos(tx, parts.engine, [work.video])
    return moveAttempt(tx, parts.engine, work.video, work.attempt.id, to, change)
  })
}

/** Refused for what is not the order: the next route may take it. Never what was refused for its content. */
async function refusedElsewhere(parts: Parts, work: Work, refusal: Extract<Submitted, { outcome: 'rejected' }>): Promise<boolean> {
  const { reason, message, trouble, gone } = refusal
  if (reason === 'moderation_blocked' || (trouble === undefined && gone === undefined)) return false
  const change = { error: { code: reason, message } }
  return goesElsewhere(parts, work, { as: 'rejected', from: SENT, change, again_at: null })
}

async function goesElsewhere(parts: Parts, work: Work, ended: Ended): Promise<boolean> {
  if ((await passOnNow(parts, work, ended)) !== 'planned') return false
  await callNext(parts, work.attempt.provider)
  return true
}

/**
 * The provider has not taken this attempt and never will: the next one is planned, here or on another route, unless the customer wants to stop.
 * @param again_at when it may go again here
 * @param by_time whether time alone may help: what an operator has to mend is not waited for where another route is
 */
export async function startAnew(
  parts: Parts,
  work: Work,
  job: Job,
  ended_as: 'throttled' | 'absent',
  again_at: number,
  by_time = true,
): Promise<void> {
  const from = ended_as === 'absent' ? (['submit_unknown'] as const) : SENT
  const done = await transaction(parts.pool, async (tx) => {
    if (!(await lockForStep(tx, parts.engine, work.video, job.id))) return 'overtaken'
    if (!by_time && (await passOn(parts, tx, work, { as: ended_as, from, again_at: null })) === 'planned') return 'planned'
    return passOn(parts, tx, work, { as: ended_as, from, again_at })
  })
  if (done === 'planned') {
    parts.jobs.wake('submit')
    // A provider that refuses for load is not offered the next one at once: the line goes on when this one comes again.
    if (ended_as === 'absent') await callNext(parts, work.attempt.provider)
  }
  if (done === 'cancelled') {
    await fail(parts, work, { attempt_state: ended_as, from, code: 'cancelled', message: 'Cancelled before a provider took it.' })
  }
}
