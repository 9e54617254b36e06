import { setTimeout as wait } from 'node:timers/promises'
import { transaction } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'
import type { Job } from '../jobs/jobs.ts'
import type { QueueName } from '../jobs/queues.ts'
import type { Parts } from './parts.ts'
import { check, lookAgain, pollStep } from './poll.ts'
import { PollMetrics } from './poll-metrics.ts'
import { type Polled, selectPolled } from './poll-queries.ts'
import { endWith, Stays } from './stays.ts'
import { label } from './watch.ts'

export interface PollLimits {
  /** Status reads of one provider account under way at once, in this process. */
  readonly parallel: number
  /** Looks at one account's videos that wait for one of those to end. */
  readonly waiting: number
  /** With all places taken and the oldest question unanswered for so long an account hangs, and what finds no room skips its turn at once. */
  readonly hangs_after_ms: number
}

/** 512 are 100,000 videos of one account every 30 s, if it answers within 150 ms. */
export const POLL_LIMITS: PollLimits = { parallel: 512, waiting: 1_000, hangs_after_ms: 500 }
/** So long what is due waits for an account that has no room but answers: others' wait with it. */
const PATIENCE_MS = 200
const LOOK_FOR_ROOM_MS = 20

/** One due look. */
interface Look {
  readonly queue: QueueName
  readonly job: Job
  readonly polled: Polled
}

interface Account {
  readonly name: string
  readonly waiting: Look[]
  /** And since when, by the monotonic clock; the oldest first. */
  readonly under_way: Map<Look, number>
  readonly metrics: PollMetrics
}

/**
 * Looks at open videos: what is due is read together, asked of its providers side by side, and written down together. A provider that does not
 * answer keeps its own account's places and nobody else's. Whatever a look decides (a verdict, a deadline, a cancellation), `pollStep` does.
 */
export class Polls {
  readonly #parts: Parts
  readonly #limits: PollLimits
  readonly #accounts = new Map<string, Account>()
  readonly #stays = new Map<QueueName, Stays>()
  #stopping = false

  constructor(parts: Parts, limits: PollLimits = POLL_LIMITS) {
    this.#parts = parts
    this.#limits = limits
  }

  /** Begins looks at what is due in a queue. Resolves when they have begun, or wait for their account. */
  async take(queue: QueueName, jobs: readonly Job[]): Promise<void> {
    const { engine, pool } = this.#parts
    const found = await selectPolled(
      pool,
      engine,
      jobs.map(({ subject }) => subject),
    )
    const by_video = new Map(found.map((polled) => [polled.video, polled]))
    const overtaken: Job[] = []
    const without_place: Look[] = []
    for (const job of jobs) {
      const polled = by_video.get(job.subject)
      if (polled?.job !== job.id) overtaken.push(job)
      else if (!this.#enter({ queue, job, polled })) without_place.push({ queue, job, polled })
    }
    await this.#end(queue, overtaken)
    // After all that have one, so that none of them waits for these.
    const until_ms = this.#parts.monotonic() + PATIENCE_MS
    for (const look of without_place) await this.#enterLater(look, until_ms)
    await this.#staysOf(queue).room()
  }

  async #end(queue: QueueName, jobs: readonly Job[]): Promise<void> {
    if (jobs.length === 0) return
    const { in_hand } = this.#parts.jobs
    const ids = jobs.map(({ id }) => id)
    await transaction(this.#parts.pool, (tx) => in_hand.ended(tx, queue, ids))
    in_hand.release(queue, ids)
  }

  /** @returns false when its account has neither a place for it nor room to wait */
  #enter(look: Look): boolean {
    const account = this.#accountOf(look)
    if (this.#stopping) this.#stay(look, this.#parts.clock(), null)
    else if (account.under_way.size < this.#limits.parallel) this.#begin(account, look)
    else if (account.waiting.length < this.#limits.waiting) account.waiting.push(look)
    else return false
    return true
  }

  /** An account that answers has room soon, if it is this process that was slow. */
  async #enterLater(look: Look, until_ms: number): Promise<void> {
    const account = this.#accountOf(look)
    while (!this.#enter(look)) {
      const now_ms = this.#parts.monotonic()
      const [oldest_ms = now_ms] = account.under_way.values()
      if (now_ms >= until_ms || now_ms - oldest_ms >= this.#limits.hangs_after_ms) return this.#skip(account, look)
      await wait(LOOK_FOR_ROOM_MS)
    }
  }

  /** Nobody can ask its provider now: as if it had been asked and said nothing. */
  #skip(account: Account, look: Look): void {
    account.metrics.put_off += 1
    const { next } = lookAgain(this.#parts, look.polled, { state: 'running', percent: null })
    this.#stay(look, next.start_at, null)
  }

  #begin(account: Account, look: Look): void {
    account.under_way.set(look, this.#parts.monotonic())
    account.metrics.began(Math.max(0, this.#parts.clock() - look.polled.due_at))
    const { queue, job } = look
    const putBack = (error: unknown) => this.#parts.jobs.in_hand.returned(queue, [job.id], String(error)).catch(() => undefined)
    const goOn = () => {
      account.under_way.delete(look)
      const next = account.waiting.shift()
      if (next !== undefined) this.#begin(account, next)
    }
    this.#look(account, look).catch(putBack).finally(goOn)
  }

  async #look(account: Account, look: Look): Promise<void> {
    const { polled, queue, job } = look
    const { attempt } = polled
    const parts = this.#parts
    const provider = parts.routes.provider(attempt.provider)
    if (provider === null || attempt.state !== 'running' || attempt.ref === null || polled.cancels) {
      return endWith(parts, queue, job, () => pollStep(parts, job))
    }
    const progress = await check(provider, attempt.ref)
    // Stopped meanwhile: it was handed over, and whoever has it now asks again.
    if (!account.under_way.has(look)) return
    const is_open = progress.state === 'running' || progress.state === 'no_verdict'
    if (!is_open || parts.clock() >= polled.deadline_at) {
      return endWith(parts, queue, job, () => pollStep(parts, job, { attempt: attempt.id, progress }))
    }
    const { next, percent = null, rendering_at = null } = lookAgain(parts, polled, progress)
    this.#stay(look, next.start_at, percent, rendering_at)
  }

  #stay({ queue, job, polled }: Look, next_at: Instant, percent: number | null, rendering_at: Instant | null = null): void {
    this.#staysOf(queue).add({ job, polled, next_at, percent, rendering_at })
  }

  #staysOf(queue: QueueName): Stays {
    let stays = this.#stays.get(queue)
    if (stays === undefined) {
      stays = new Stays(this.#parts, queue)
      this.#stays.set(queue, stays)
    }
    return stays
  }

  #accountOf({ polled }: Look): Account {
    const name = polled.attempt.provider
    let account = this.#accounts.get(name)
    if (account === undefined) {
      account = { name, waiting: [], under_way: new Map(), metrics: new PollMetrics() }
      this.#accounts.set(name, account)
    }
    return account
  }

  /** Prometheus lines about this process's looks. */
  metrics(): string {
    const accounts = [...this.#accounts.values()].map((account) => ({ ...account, label: label(account.name) }))
    return [
      '# HELP filmgate_poll_lag_seconds How late this process began a look at an open video.',
      '# TYPE filmgate_poll_lag_seconds histogram',
      ...accounts.flatMap((account) => account.metrics.lines(account.label)),
      '# HELP filmgate_polls_in_flight Looks of this process that wait for a provider.',
      '# TYPE filmgate_polls_in_flight gauge',
      ...accounts.map((account) => `filmgate_polls_in_flight{provider="${account.label}"} ${account.under_way.size}`),
      '# HELP filmgate_polls_waiting Due looks that wait until their provider has answered others.',
      '# TYPE filmgate_polls_waiting gauge',
      ...accounts.map((account) => `filmgate_polls_waiting{provider="${account.label}"} ${account.waiting.length}`),
      '# HELP filmgate_polls_put_off_total Looks that skipped a turn because their provider left too many unanswered.',
      '# TYPE filmgate_polls_put_off_total counter',
      ...accounts.map((account) => `filmgate_polls_put_off_total{provider="${account.label}"} ${account.metrics.put_off}`),
      '',
    ].join('\n')
  }

  /** Hands over whatever waits for a provider, so that others look at once, and writes down what is known. */
  async stop(): Promise<void> {
    this.#stopping = true
    const now = this.#parts.clock()
    for (const account of this.#accounts.values()) {
      for (const look of [...account.waiting.splice(0), ...account.under_way.keys()]) this.#stay(look, now, null)
      account.under_way.clear()
    }
    await Promise.all([...this.#stays.values()].map((stays) => stays.flush()))
  }
}
