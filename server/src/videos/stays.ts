import { setTimeout as wait } from 'node:timers/promises'
import { transaction } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'
import type { Job } from '../jobs/jobs.ts'
import type { QueueName } from '../jobs/queues.ts'
import { emit } from '../webhooks/emit.ts'
import { goOn, progressEvents } from './chain.ts'
import type { Parts } from './parts.ts'
import { handOverMany, noteRenderings, type Polled } from './poll-queries.ts'

/** A look that decided nothing, as most do. */
export interface Stayed {
  readonly job: Job
  readonly polled: Polled
  readonly next_at: Instant
  readonly percent: number | null
  /** Its provider was seen at work on it, for the first time. */
  readonly rendering_at: Instant | null
}

/** Under load a queue's looks are written down this seldom: at 3,333 a second about forty of a queue at once. The first of a quiet time is at once. */
const APART_MS = 100
const AT_ONCE = 500
/** With more than this unwritten no more are begun: a database that is slow must not be asked for what it can not write down. */
const UNWRITTEN_MAX = 1_000

/** Writes down the looks of one poll queue that decided nothing: many videos in one transaction, each with its next job and the end of this one. */
export class Stays {
  readonly #parts: Parts
  readonly #queue: QueueName
  #waiting: Stayed[] = []
  #writing: Promise<void> | null = null
  /** Who waits for room. */
  readonly #pressed: (() => void)[] = []
  #hurried = new AbortController()

  constructor(parts: Parts, queue: QueueName) {
    this.#parts = parts
    this.#queue = queue
  }

  add(stayed: Stayed): void {
    this.#waiting.push(stayed)
    this.#writing ??= this.#writeAll()
  }

  /** Resolves when it can take more. */
  async room(): Promise<void> {
    if (this.#waiting.length > UNWRITTEN_MAX) await new Promise<void>((more) => this.#pressed.push(more))
  }

  /** Resolves when all that was added is written, without waiting for company. */
  async flush(): Promise<void> {
    this.#hurried.abort()
    await this.#writing
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const some = this.#waiting.splice(0, AT_ONCE)
      const begun = performance.now()
      await this.#write(some)
      if (this.#waiting.length <= UNWRITTEN_MAX) for (const more of this.#pressed.splice(0)) more()
      const rest_ms = APART_MS - (performance.now() - begun)
      if (rest_ms > 0 && this.#waiting.length < AT_ONCE)
        await wait(rest_ms, undefined, { signal: this.#hurried.signal }).catch(() => undefined)
    }
    this.#writing = null
  }

  async #write(some: readonly Stayed[]): Promise<void> {
    const { parts, queue } = { parts: this.#parts, queue: this.#queue }
    const { in_hand } = parts.jobs
    const idOf = ({ job }: Stayed) => job.id
    let kept: readonly Stayed[] = []
    try {
      kept = await this.#handOver(some)
      in_hand.release(queue, kept.map(idOf))
    } catch (error) {
      parts.log.warn('looks at videos could not be written down; they are taken again', { count: some.length, error: String(error) })
    }
    const alone = some.filter((one) => !kept.includes(one))
    await Promise.all(alone.map((one) => this.#alone(one)))
  }

  async #handOver(some: readonly Stayed[]): Promise<readonly Stayed[]> {
    const { engine, jobs, pool, uuid } = this.#parts
    const stays = some.map((one) => ({ one, next_job: uuid() }))
    return transaction(pool, async (tx) => {
      const rows = stays.map(({ one: { job, polled, next_at, percent }, next_job }) => {
        return { video: polled.video, job: job.id, next_job, next_at, percent, callback_at: polled.callback_at }
      })
      const ids = await handOverMany(tx, engine, rows)
      const kept = stays.filter(({ one }) => ids.has(one.polled.video))
      if (kept.length === 0) return []
      await noteRenderings(
        tx,
        engine,
        kept.flatMap(({ one: { polled, rendering_at } }) =>
          rendering_at === null ? [] : [{ attempt: polled.attempt.id, at: rendering_at }],
        ),
      )
      const events = kept.flatMap(({ one }) => progressEvents(this.#parts, carried(one.polled), one.percent))
      if (events.length > 0) await emit(tx, jobs, events)
      const next = kept.map(({ one, next_job }) => {
        return { id: next_job, subject: one.polled.video, queue: this.#queue, start_at: one.next_at, priority: 0 }
      })
      await jobs.enqueue(tx, next)
      const done = kept.map(({ one }) => one)
      await jobs.in_hand.ended(
        tx,
        this.#queue,
        done.map(({ job }) => job.id),
      )
      return done
    })
  }

  /** Somebody called back, ended it, or had it in hand: the slow way waits its turn and looks again at what is true. */
  async #alone({ job, polled, next_at, percent, rendering_at }: Stayed): Promise<void> {
    const parts = this.#parts
    const next = { queue: this.#queue, start_at: next_at }
    await endWith(parts, this.#queue, job, async () => {
      const rendering = rendering_at === null ? {} : { rendering_at }
      await goOn(parts, carried(polled), job, percent === null ? { ...rendering, next } : { ...rendering, percent, next })
    })
  }
}

/** Runs the rest of a step whose job is in hand, and ends the job; a throw puts it back. */
export async function endWith(parts: Parts, queue: QueueName, job: Job, rest: () => Promise<void>): Promise<void> {
  const { in_hand } = parts.jobs
  try {
    await rest()
    await transaction(parts.pool, (tx) => in_hand.ended(tx, queue, [job.id]))
    in_hand.release(queue, [job.id])
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    // A database that does not answer does not take it back either: then its heartbeat ends.
    await in_hand.returned(queue, [job.id], why).catch(() => undefined)
  }
}

function carried({ video, customer, progress, callback_at, attempt }: Polled) {
  return { video, customer, progress, callback_at, attempt }
}
