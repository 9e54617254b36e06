import { setTimeout as wait } from 'node:timers/promises'
import { PgBoss } from 'pg-boss'
import { z } from 'zod'
import { allOrNone, NOT_ALL } from '../db/all-or-none.ts'
import { type Listener, listen } from '../db/listen.ts'
import { type Connection, type Sql, sqlState, type Tx } from '../db/pool.ts'
import type { Clock, Instant } from '../domain/time.ts'
import { Bell, rungFor } from './bell.ts'
import { InHand } from './in-hand.ts'
import { QUEUES, type QueueName } from './queues.ts'

/** A job names what to look at, never what to do to it: the row is the state, the engine only comes back in time. */
export interface Job {
  readonly id: string
  /** The id of the row to look at: a video, a webhook's delivery. */
  readonly subject: string
}

export interface NewJob extends Job {
  readonly queue: QueueName
  readonly start_at: Instant
  /** Higher runs first. */
  readonly priority: number
}

export interface WorkOptions {
  /** Jobs taken at once; the slowest of them holds the others' worker, so 1 where a job may take long. */
  readonly batch: number
  /** Workers of this kind in this process. */
  readonly workers: number
}

/** Jobs that wait since before webhooks existed name a `video`. */
const jobData = z.union([z.object({ subject: z.string() }), z.object({ video: z.string() }).transform(({ video }) => ({ subject: video }))])

/** A dead process's job runs elsewhere after this. pg-boss takes no less. */
const HEARTBEAT_SECONDS = 10
/** No job ever exhausts its retries: giving up is decided by the row (a video's deadline), not by the engine. */
const RETRIES_WITHOUT_END = 1_000_000

/** Between processes: which queues have something new. */
const CHANNEL = 'filmgate_wake'

/** Our thin face of pg-boss. Knows no video and no credits: `subject` is only the text it hands back. */
export class Jobs {
  readonly #boss: PgBoss
  readonly #clock: Clock
  readonly #workers = new Map<QueueName, string>()
  /** For steps that wait for somebody else. */
  readonly in_hand: InHand
  readonly #connection: Connection
  readonly #bell: Bell
  #listener: Listener | null = null

  /**
   * @param clock what `start_at` is measured by. The engine waits by its own time: a job is due as long after its enqueue as `start_at` was ahead.
   * @param onError faults of the engine's own loops (a lost connection, most often); they go on by themselves.
   */
  constructor(connection: Connection, clock: Clock, onError: (error: Error) => void) {
    this.#clock = clock
    this.#connection = connection
    this.#bell = new Bell((text) => this.#boss.getDb().executeSql('select pg_notify($1, $2)', [CHANNEL, text]))
    this.#boss = new PgBoss({
      ...bossConnection(connection),
      max: 4,
      schema: 'pgboss',
      schedule: false,
      maintenanceIntervalSeconds: 60,
      superviseIntervalSeconds: 5,
      monitorIntervalSeconds: 5,
    })
    this.#boss.on('error', onError)
    this.#boss.on('warning', () => undefined)
    const read = (data: unknown) => jobData.parse(data).subject
    this.in_hand = new InHand({ boss: this.#boss, read, heartbeat_ms: HEARTBEAT_SECONDS * 1000, onError })
  }

  /** Installs or upgrades the engine's tables, creates every queue and fills its cache, so that no enqueue needs a second connection. */
  async start(): Promise<void> {
    await this.#boss.start()
    for (const queue of QUEUES) {
      await this.#boss.createQueue(queue, {
        partition: true,
        policy: 'standard',
        retryLimit: RETRIES_WITHOUT_END,
        retryDelay: 1,
        retryBackoff: true,
        retryDelayMax: 60,
        expireInSeconds: 3600,
        heartbeatSeconds: HEARTBEAT_SECONDS,
        retentionSeconds: 30 * 86_400,
        deleteAfterSeconds: 1,
      })
      // What it knows of a queue it reads at the first insert, and at none before: on a connection of its own, while our transaction is open.
      await this.#boss.insert(queue, [], { db: { executeSql: async () => ({ rows: [] }) } })
    }
  }

  /** Writes jobs inside the caller's transaction. Throws, and has the database roll back, when the engine does not take every one of them. */
  async enqueue(tx: Tx, jobs: readonly NewJob[]): Promise<void> {
    const ahead = Date.now() - this.#clock()
    for (const queue of new Set(jobs.map((job) => job.queue))) {
      const mine = jobs.filter((job) => job.queue === queue)
      const inserting = this.#boss.insert(
        queue,
        mine.map((job) => ({
          id: job.id,
          data: { subject: job.subject },
          startAfter: new Date(job.start_at + ahead),
          priority: job.priority,
        })),
        // Named, for the engine writes one text for each queue: it is planned once a connection, not once a batch.
        { db: { executeSql: (text, values = []) => tx.query(allOf(`jobs.insert_${queue}`, text, values, mine.length)) }, returnId: true },
      )
      await inserting.catch((error: unknown) => {
        if (sqlState(error) !== NOT_ALL) throw error
        throw new Error(`queue ${queue} did not take all of ${mine.length} jobs`, { cause: error })
      })
    }
  }

  /** Which of these job ids can still run by themselves (waiting, due or in hand). */
  async live(sql: Sql, ids: readonly string[]): Promise<ReadonlySet<string>> {
    const found = await sql.query<{ id: string }>({
      name: 'jobs.live',
      text: `select id from pgboss.job where id = any($1::uuid[]) and state in ('created', 'retry', 'active')`,
      values: [ids],
    })
    return new Set(found.rows.map((row) => row.id))
  }

  /** Runs `handle` for every due job of a queue in this process. A throw puts that one job back, with back-off. */
  async work(queue: QueueName, options: WorkOptions, handle: (job: Job) => Promise<void>): Promise<void> {
    await this.#work(queue, options, (jobs) =>
      Promise.all(jobs.map((job) => outcomeOf([job], () => handle(job)))).then((all) => all.flat()),
    )
  }

  /** The same for jobs that are cheaper together: a throw puts all of them back. */
  async workTogether(queue: QueueName, options: WorkOptions, handle: (jobs: readonly Job[]) => Promise<void>): Promise<void> {
    await this.#work(queue, options, (jobs) => outcomeOf(jobs, () => handle(jobs)))
  }

  async #work(queue: QueueName, options: WorkOptions, run: (jobs: readonly Job[]) => Promise<JobResult[]>): Promise<void> {
    const worker = await this.#boss.work(
      queue,
      {
        batchSize: options.batch,
        localConcurrency: options.workers,
        pollingIntervalSeconds: 0.5,
        burstWhenBatchFull: true,
        perJobResults: true,
      },
      (jobs) => run(jobs.map(({ id, data }) => ({ id, subject: jobData.parse(data).subject }))),
    )
    this.#workers.set(queue, worker)
  }

  /**
   * Looks at a queue now instead of at its next half second. Only a hint: call it after the commit. Where this process works none of that queue, the
   * others are told, gathered.
   */
  wake(queue: QueueName): void {
    if (!this.#wakeHere(queue)) this.#bell.ring(queue)
  }

  /** From now on, other processes wake the queues that this one works. */
  hearOthers(): void {
    this.#listener ??= listen(this.#connection, CHANNEL, (text) => {
      const rung = new Set(rungFor(text))
      for (const queue of QUEUES) if (rung.has(queue)) this.#wakeHere(queue)
    })
  }

  #wakeHere(queue: QueueName): boolean {
    const worker = this.#workers.get(queue)
    if (worker !== undefined) this.#boss.notifyWorker(worker)
    return this.in_hand.wake(queue) || worker !== undefined
  }

  /** Takes no new jobs, waits up to `timeout_ms` for those in hand. What is left runs again elsewhere after its heartbeat. */
  async stop(timeout_ms: number): Promise<void> {
    await this.#listener?.stop()
    await this.in_hand.stop()
    // Asked by itself the engine looks only every half second whether its workers have stopped.
    const idle = Promise.all([...this.#workers.keys()].map((queue) => this.#boss.offWork(queue, { wait: true })))
    const over = new AbortController()
    await Promise.race([idle, wait(timeout_ms, undefined, { signal: over.signal }).catch(() => undefined)])
    over.abort()
    this.in_hand.end()
    await this.#boss.stop({ graceful: false, close: true })
  }
}

type JobResult =
  | { readonly id: string; readonly status: 'completed' }
  | { readonly id: string; readonly status: 'failed'; readonly output: { readonly message: string } }

async function outcomeOf(jobs: readonly Job[], run: () => Promise<void>): Promise<JobResult[]> {
  try {
    await run()
    return jobs.map(({ id }) => ({ id, status: 'completed' }))
  } catch (error) {
    const output = { message: error instanceof Error ? error.message : String(error) }
    return jobs.map(({ id }) => ({ id, status: 'failed', output }))
  }
}

/** pg-boss takes `pg`'s connection settings under the same names, but for what it does not know. */
function bossConnection(connection: Connection): Record<string, unknown> {
  const { connectionString, host, port, user, password, database, ssl, options } = connection
  return Object.fromEntries(
    Object.entries({ connectionString, host, port, user, password, database, ssl, options }).filter(([, value]) => value !== undefined),
  )
}

/** The engine leaves out jobs that conflict, without a word. */
function allOf(name: string, inserting: string, values: readonly unknown[], expected: number) {
  const text = `with taken as (${inserting}) ${allOrNone(['id'], 'taken', `$${values.length + 1}`)}`
  return { name, text, values: [...values, expected] }
}
