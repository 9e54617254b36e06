import { ownerOf } from '../access/authenticate.ts'
import { readCustomer } from '../access/customers.ts'
import { readBudget } from '../access/keys.ts'
import type { Owner } from '../access/owner.ts'
import { transaction } from '../db/pool.ts'
import { PROBLEMS, type Problem } from '../domain/problems.ts'
import type { Instant } from '../domain/time.ts'
import type { Job } from '../jobs/jobs.ts'
import { cancel } from '../videos/cancel.ts'
import type { Batch, PausedReason } from './batch.ts'
import { beginItem } from './begin.ts'
import { cancelWaiting } from './control.ts'
import { finalise } from './finalise.ts'
import { fits } from './may-begin.ts'
import type { BatchParts } from './parts.ts'
import {
  endOneWaiting,
  endWaiting,
  lockForStep,
  lockLateLooks,
  type NextItem,
  pauseFor,
  selectForStep,
  selectNext,
  selectUnasked,
  setLooks,
} from './run-queries.ts'

/** Ends of videos call the next step by themselves; it looks again after this all the same. */
const FLOOR_MS = 30_000
/** What takes longer goes on as a job of its own: others have batches too. */
const STEP_MS = 5_000
/** A look this late has lost its job. */
const LATE_MS = 120_000
const LATE_AT_ONCE = 200
/** So many open videos are asked to stop before the step looks at its time. */
const ASKED_AT_ONCE = 50

/** When to look again; `again`: at once; `over`: this job has nothing more to do. */
type Next = Instant | 'again' | 'over'

/**
 * Goes on with a batch as far as it can now, then says when to look again. Safe to run twice and side by side: what is decided is decided with the
 * batch locked, and an item is ordered by the transaction that takes it out of waiting.
 */
export async function batchStep(parts: BatchParts, job: Job): Promise<void> {
  const until_ms = parts.monotonic() + STEP_MS
  for (;;) {
    const batch = await selectForStep(parts.pool, parts.engine, job.subject, job.id)
    if (batch === null) return
    const next = await goOn(parts, batch, job)
    if (next === 'over') return
    if (next === 'again' && parts.monotonic() < until_ms) continue
    return handOver(parts, job, batch.changes, next === 'again' ? parts.clock() : next)
  }
}

/** @param seen whatever was changed since then is looked at at once */
async function handOver(parts: BatchParts, job: Job, seen: bigint, at: Instant): Promise<void> {
  const due = await transaction(parts.pool, async (tx) => {
    const now = await lockForStep(tx, parts.engine, job.subject, job.id)
    if (now === null) return false
    const next = now.changes === seen ? at : parts.clock()
    await setLooks(tx, parts.jobs, [{ batch: now.id, job: parts.uuid(), at: next }])
    return next <= parts.clock()
  })
  if (due) parts.jobs.wake('batch')
}

async function goOn(parts: BatchParts, batch: Batch, job: Job): Promise<Next> {
  const now = parts.clock()
  const { state, waiting, open, concurrency } = batch
  if (state === 'ready' || state === 'ended') return 'over'
  if (waiting + open === 0) return finalise(parts, batch, job)
  const owner = await ownerOfBatch(parts, batch)
  if (state === 'cancelling') {
    if (waiting > 0) {
      await cancelWaiting(parts, batch.id)
      return 'again'
    }
    // Each is asked once: asked again, all of them would be looked at with every one that stops.
    const unasked = await selectUnasked(parts.pool, parts.engine, batch.id, ASKED_AT_ONCE)
    for (const video of unasked) await cancel(parts, owner, video)
    return unasked.length === ASKED_AT_ONCE ? 'again' : now + FLOOR_MS
  }
  const expires_at = batch.expires_ms ?? Number.POSITIVE_INFINITY
  if (now >= expires_at && waiting > 0) return endAll(parts, job, batch)
  if (now >= expires_at || waiting === 0) return now + FLOOR_MS
  if (state === 'paused') return expires_at
  if (open >= concurrency) return Math.min(now + FLOOR_MS, expires_at)
  const next = await beginNext(parts, owner, batch, job, now)
  return typeof next === 'number' ? Math.min(next, expires_at) : next
}

async function beginNext(parts: BatchParts, owner: Owner, batch: Batch, job: Job, now: Instant): Promise<Next> {
  const item = await selectNext(parts.pool, parts.engine, batch.id)
  if (item === null) return 'again'
  const turn_at = turnOf(batch, item)
  if (turn_at > now) return turn_at
  const { max_credits, held_credits, charged_credits } = batch
  if (!fits({ max_credits, spent: held_credits + charged_credits }, item.price)) return stop(parts, batch, job, 'cap')
  const began = await beginItem(parts, owner, batch.id, item)
  switch (began.outcome) {
    case 'begun':
    case 'not_begun':
      return 'again'
    case 'waits':
      parts.log.info('a batch waits', { batch: batch.id, why: began.why })
      return now + began.after_ms
    case 'refused':
      return endOne(parts, batch, job, item, began.problem)
    case 'short':
      return batch.on_insufficient === 'fail' ? endOne(parts, batch, job, item, began.problem) : stop(parts, batch, job, began.reason)
  }
}

/** When an item's turn comes, as far as pacing goes. */
function turnOf({ last_begun_ms, started_ms, delay_ms }: Batch, item: Pick<NextItem, 'delay_ms'>): Instant {
  if (last_begun_ms !== null) return last_begun_ms + (item.delay_ms ?? delay_ms)
  return (started_ms ?? 0) + (item.delay_ms ?? 0)
}

/** Pauses it, unless an open item may still give back what is missing: its end is waited for. */
async function stop(parts: BatchParts, batch: Batch, job: Job, reason: PausedReason): Promise<Next> {
  if (batch.open > 0) return parts.clock() + FLOOR_MS
  const paused = await transaction(parts.pool, async (tx) => {
    const now = await lockForStep(tx, parts.engine, batch.id, job.id)
    if (now === null || now.changes !== batch.changes) return false
    await pauseFor(tx, parts.engine, batch.id, reason)
    return true
  })
  if (paused) parts.log.info('a batch was paused', { batch: batch.id, reason })
  return 'again'
}

async function endOne(parts: BatchParts, batch: Batch, job: Job, item: NextItem, { code, message }: Problem): Promise<Next> {
  await transaction(parts.pool, async (tx) => {
    // Whoever stopped it meanwhile may change what it was refused for.
    if ((await lockForStep(tx, parts.engine, batch.id, job.id))?.state !== 'running') return
    const end = { state: 'failed', code, message, status: PROBLEMS[code].status } as const
    await endOneWaiting(tx, parts.engine, batch.id, item.no, end, parts.clock())
  })
  return 'again'
}

/** The window is over: what was not begun never is. */
async function endAll(parts: BatchParts, job: Job, batch: Batch): Promise<Next> {
  await transaction(parts.pool, async (tx) => {
    if ((await lockForStep(tx, parts.engine, batch.id, job.id)) === null) return
    const message = 'The batch did not get to it within its time.'
    await endWaiting(tx, parts.engine, batch.id, { state: 'failed', code: 'batch_expired', message, status: null }, parts.clock())
  })
  return 'again'
}

/** Who orders: the customer with what binds them now, and with the budget of the key that made the batch, as it is by now. */
async function ownerOfBatch(parts: BatchParts, { customer, account, budget_key }: Batch): Promise<Owner> {
  const bare = ownerOf(parts.engine, customer, account)
  const { tier, guardrails, limits } = await readCustomer(parts.pool, bare)
  const budget = budget_key === null ? null : await readBudget(parts.pool, bare, budget_key)
  const gates = { tier, guardrails, budget: budget === null || budget_key === null ? null : { ...budget, key_id: budget_key } }
  return ownerOf(parts.engine, customer, account, gates, limits)
}

/** Gives batches that nobody looks at any more a new job. @param late_ms 0 at a start that is alone on its database */
export async function rescueBatches(parts: BatchParts, late_ms = LATE_MS): Promise<number> {
  return transaction(parts.pool, async (tx) => {
    const due = late_ms === 0 ? parts.clock() + 1 : parts.clock() - late_ms
    const late = await lockLateLooks(tx, parts.engine, due, LATE_AT_ONCE)
    const jobs = late.map(({ job }) => job)
    const live = late_ms === 0 ? new Set<string>() : await parts.jobs.live(tx, jobs)
    const lost = late.filter(({ job }) => !live.has(job)).map(({ batch }) => ({ batch, job: parts.uuid(), at: parts.clock() }))
    await setLooks(tx, parts.jobs, lost)
    return lost.length
  })
}
