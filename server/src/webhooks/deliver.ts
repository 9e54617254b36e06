import { type Tx, transaction } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'
import type { Job } from '../jobs/jobs.ts'
import { backOff } from './back-off.ts'
import { Lanes } from './lanes.ts'
import type { WebhookParts } from './parts.ts'
import { type Due, endDelivery, insertTry, replaceJob, selectDue, type Target, type Try, takeInHand } from './queries.ts'
import { send } from './send.ts'

/** Messages under way to one endpoint, and in all, from this process. */
const LANE_WIDTH = 8
const UNDER_WAY_MAX = 256
/** A step that waits holds up the steps of other endpoints that were fetched with it, this long at most. */
const PATIENCE_MS = 250
/** Who takes a delivery has this long to send it and to write down what came of it; then the sweep gives it to somebody else. */
const IN_HAND_MS = 60_000
/** How soon one looks again at the delivery before it, if that is just under way. */
const LOOK_AGAIN_MS = 1_000

/**
 * Tells endpoints. A job does not wait for an answer: it takes its delivery in hand and lets the sending go on beside it, so that an
 * endpoint that hangs holds up no worker. A process that dies in between leaves a delivery whose time in hand lapses: it is sent again.
 */
export class Deliverer {
  readonly #parts: WebhookParts
  readonly #lanes: Lanes
  readonly #under_way = new Set<Promise<void>>()

  constructor(parts: WebhookParts) {
    this.#parts = parts
    this.#lanes = new Lanes({ width: LANE_WIDTH, patience_ms: PATIENCE_MS, now: parts.monotonic })
  }

  /** The webhook step: begins to send a delivery whose turn it is, or puts it off. */
  async step(job: Job): Promise<void> {
    while (this.#under_way.size >= UNDER_WAY_MAX) await Promise.race(this.#under_way)
    const { pool, clock } = this.#parts
    const due = await selectDue(pool, job.subject, job.id)
    if (due === null) return
    const target = targetOf(due)
    if (target === null) {
      await transaction(pool, (tx) => this.#end(tx, due, 'failed'))
      return
    }
    if (due.waits_for_ms !== null) return this.#putOff(due, job, Math.max(due.waits_for_ms, clock() + LOOK_AGAIN_MS))
    const turn = await this.#lanes.take(due.endpoint)
    if (turn.outcome === 'later') return this.#putOff(due, job, clock() + turn.wait_ms)
    if (await this.#takeInHand(due, job, turn.done)) this.#begin(this.#send(due, target).finally(turn.done))
  }

  /** Resolves when nothing is under way any more. Stop the client first, or this takes as long as the slowest endpoint. */
  async settled(): Promise<void> {
    await Promise.all(this.#under_way)
  }

  async #takeInHand(due: Due, job: Job, done: () => void): Promise<boolean> {
    let taken = false
    try {
      taken = await takeInHand(this.#parts.pool, due.delivery, job.id, this.#parts.clock() + IN_HAND_MS)
    } finally {
      if (!taken) done()
    }
    return taken
  }

  #begin(sending: Promise<void>): void {
    const settled = sending
      .catch((error: unknown) => this.#parts.log.warn('what came of a webhook could not be written down', { error: String(error) }))
      .finally(() => this.#under_way.delete(settled))
    this.#under_way.add(settled)
  }

  async #putOff(due: Due, job: Job, until: Instant): Promise<void> {
    const { pool, jobs, uuid } = this.#parts
    await transaction(pool, async (tx) => {
      const id = uuid()
      if (!(await replaceJob(tx, due.delivery, job.id, id, until))) return
      await jobs.enqueue(tx, [{ id, subject: due.delivery, queue: 'webhook', start_at: until, priority: 0 }])
    })
  }

  async #send(due: Due, target: Target): Promise<void> {
    const tried = await send(this.#parts, target, { id: due.event, body: due.body })
    if (tried === null) return
    await transaction(this.#parts.pool, (tx) => this.#writeDown(tx, due, tried))
    this.#parts.jobs.wake('webhook')
  }

  /** The log, and what follows from it: the end, or the next try. */
  async #writeDown(tx: Tx, due: Due, tried: Try): Promise<void> {
    const { jobs, clock, chance, uuid } = this.#parts
    const stands = await insertTry(tx, due.delivery, tried)
    if (stands === null || stands.state !== 'waiting') return
    if (tried.error === null) return this.#end(tx, due, 'delivered')
    if (stands.job !== null) return // replayed, or given to somebody else, meanwhile: that goes on by itself
    const wait_ms = backOff(stands.round_tries, chance())
    if (wait_ms === null) return this.#end(tx, due, 'failed')
    const [id, next_at] = [uuid(), clock() + wait_ms]
    await replaceJob(tx, due.delivery, null, id, next_at)
    await jobs.enqueue(tx, [{ id, subject: due.delivery, queue: 'webhook', start_at: next_at, priority: 0 }])
  }

  /** Ends a delivery; the next one of the same video has its turn. */
  async #end(tx: Tx, due: Due, state: 'delivered' | 'failed'): Promise<void> {
    const { jobs, clock, uuid } = this.#parts
    const [id, now] = [uuid(), clock()]
    const next = await endDelivery(tx, due.delivery, state, now, id)
    if (next !== null) await jobs.enqueue(tx, [{ id, subject: next, queue: 'webhook', start_at: now, priority: 0 }])
  }
}

/** Null once the endpoint was deleted: it has no secret any more. */
function targetOf({ endpoint, url, secret, old_secret, old_secret_until_ms }: Due): Target | null {
  return secret === null ? null : { endpoint, url, secret, old_secret, old_secret_until_ms }
}
