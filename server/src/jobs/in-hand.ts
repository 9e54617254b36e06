import { setTimeout as wait } from 'node:timers/promises'
import type { JobWithMetadata, PgBoss } from 'pg-boss'
import { z } from 'zod'
import type { Tx } from '../db/pool.ts'
import type { Job } from './jobs.ts'
import type { QueueName } from './queues.ts'

/** What the engine calls one run of a job: another run of it is not ours to end. */
type Run = Pick<JobWithMetadata, 'id' | 'retryCount'>

interface Held extends Run {
  readonly since_ms: number
  /** Somebody writes its end: nobody else may lock its row. */
  ends: boolean
}

export interface InHandOptions {
  readonly boss: PgBoss
  /** Of a job's data. */
  readonly read: (data: unknown) => string
  readonly heartbeat_ms: number
  readonly onError: (error: Error) => void
}

/** How long an empty queue is left alone. */
const IDLE_MS = 500

/**
 * Jobs whose steps wait for somebody else: they are taken as they become due, and nobody waits for their end. However many hang, the next are taken.
 * Each is held, and known to live, until it `ended` or was `returned`; what a dead process held runs elsewhere after its heartbeat.
 */
export class InHand {
  readonly #options: InHandOptions
  readonly #held = new Map<QueueName, Map<string, Held>>()
  readonly #idle = new Map<QueueName, AbortController>()
  readonly #loops: Promise<void>[] = []
  readonly #heart: NodeJS.Timeout
  /** A heartbeat under way. */
  readonly #beats = new Map<QueueName, Promise<void>>()
  #stopping = false

  constructor(options: InHandOptions) {
    this.#options = options
    this.#heart = setInterval(() => {
      if (this.#beats.size === 0) void this.#beat()
    }, options.heartbeat_ms / 3)
    this.#heart.unref()
  }

  /** @param take resolves when it can take more. A throw puts back all that it was given. */
  draw(queue: QueueName, batch: number, take: (jobs: readonly Job[]) => Promise<void>): void {
    this.#held.set(queue, new Map())
    this.#loops.push(this.#loop(queue, batch, take))
  }

  /** @returns false when nothing is drawn from this queue here */
  wake(queue: QueueName): boolean {
    const idle = this.#idle.get(queue)
    idle?.abort()
    return idle !== undefined
  }

  /** Ends runs in the caller's transaction. Their rows go at once: kept as completed, each would be written once more and removed by a sweep. */
  async ended(tx: Tx, queue: QueueName, ids: readonly string[]): Promise<void> {
    const runs = this.#runs(queue, ids)
    if (runs.length === 0) return
    // A heartbeat locks many of the same rows in another order: it is waited for here, and the next leaves these out.
    for (const { id } of runs) {
      const held = this.#held.get(queue)?.get(id)
      if (held !== undefined) held.ends = true
    }
    await this.#beats.get(queue)
    const db = { executeSql: (text: string, values: unknown[] = []) => tx.query({ name: `jobs.ended_${queue}`, text, values }) }
    await this.#options.boss.deleteJob(queue, runs, { db })
  }

  /** Forgets what `ended`, after that transaction was committed. */
  release(queue: QueueName, ids: readonly string[]): void {
    for (const id of ids) this.#held.get(queue)?.delete(id)
  }

  /** Puts a job back, with back-off. */
  async returned(queue: QueueName, ids: readonly string[], why: string): Promise<void> {
    const runs = this.#runs(queue, ids)
    this.release(queue, ids)
    if (runs.length > 0) await this.#options.boss.fail(queue, runs, { message: why })
  }

  /** Takes no more. What is held stays so until it ends, or this process does. */
  async stop(): Promise<void> {
    this.#stopping = true
    for (const idle of this.#idle.values()) idle.abort()
    await Promise.all(this.#loops)
  }

  end(): void {
    clearInterval(this.#heart)
  }

  #runs(queue: QueueName, ids: readonly string[]): Run[] {
    const held = this.#held.get(queue)
    return ids.flatMap((id) => {
      const run = held?.get(id)
      return run === undefined ? [] : [{ id: run.id, retryCount: run.retryCount }]
    })
  }

  async #loop(queue: QueueName, batch: number, take: (jobs: readonly Job[]) => Promise<void>): Promise<void> {
    while (!this.#stopping) {
      // Made before the look: who wakes us during it has something that it may not have seen.
      const idle = new AbortController()
      this.#idle.set(queue, idle)
      const taken = await this.#takeOnce(queue, batch, take).catch((error: Error) => {
        this.#options.onError(error)
        return 0
      })
      if (taken < batch && !this.#stopping) await wait(IDLE_MS, undefined, { signal: idle.signal }).catch(() => undefined)
    }
  }

  async #takeOnce(queue: QueueName, batch: number, take: (jobs: readonly Job[]) => Promise<void>): Promise<number> {
    const fetched = fetchedJobs.parse(await this.#options.boss.fetch(queue, { batchSize: batch }))
    if (fetched.length === 0) return 0
    const since_ms = performance.now()
    for (const { id, retryCount } of fetched) this.#held.get(queue)?.set(id, { id, retryCount, since_ms, ends: false })
    try {
      await take(fetched.map(({ id, data }) => ({ id, subject: this.#options.read(data) })))
    } catch (error) {
      await this.returned(
        queue,
        fetched.map(({ id }) => id),
        String(error),
      )
      throw error
    }
    return fetched.length
  }

  /** Says of all that is held for a while that it lives. A run that is not ours any more is let go: whoever goes on with it looks at the row. */
  async #beat(): Promise<void> {
    for (const queue of this.#held.keys()) {
      const beat = this.#beatOf(queue).catch((error: Error) => this.#options.onError(error))
      this.#beats.set(queue, beat)
      await beat
      this.#beats.delete(queue)
    }
  }

  async #beatOf(queue: QueueName): Promise<void> {
    const { boss, heartbeat_ms } = this.#options
    const before_ms = performance.now() - heartbeat_ms / 3
    const long = [...(this.#held.get(queue)?.values() ?? [])].filter(({ since_ms, ends }) => since_ms < before_ms && !ends)
    if (long.length === 0) return
    const runs = long.map(({ id, retryCount }) => ({ id, retryCount }))
    const { settled } = touched.parse(await boss.touch(queue, runs))
    if (settled === undefined) return
    const ours = new Set(settled)
    this.release(
      queue,
      runs.map(({ id }) => id).filter((id) => !ours.has(id)),
    )
  }
}

const fetchedJobs = z.array(z.object({ id: z.string(), retryCount: z.number(), data: z.unknown() }))
const touched = z.object({ settled: z.array(z.string()).optional() })
