import { setTimeout as delay } from 'node:timers/promises'
import { type Tx, transaction } from '../db/pool.ts'
import type { Instant } from '../domain/time.ts'
import { type Called, type End, endDeliveries, insertTries, noteHeard, replaceJobs, type Stands } from './delivery-queries.ts'
import type { WebhookParts } from './parts.ts'
import type { Sent } from './send.ts'
import { heardOf, judge } from './verdict.ts'

/** What came of a delivery that was in hand. */
export type Result = { readonly delivery: string; readonly endpoint: string } & (
  | ({ readonly outcome: 'sent'; readonly failing: boolean } & Sent)
  /** It can not be sent at all. */
  | { readonly outcome: 'closed'; readonly why: string }
  /** It was not sent: somebody else does it, or we, at another time. `old` is the job that came for it in vain; null where it was in hand. */
  | { readonly outcome: 'back'; readonly old: string | null; readonly at_ms: Instant }
)

interface Waiting {
  readonly result: Result
  readonly done: () => void
}

const BATCH = 250
const WRITES = 3
const WRITE_AGAIN_MS = 200

/**
 * Writes down what came of deliveries, many in one transaction: what comes in while one is written goes into the next. At rest a result is
 * written at once. A result that can not be written is given up: its time in hand lapses, and it is sent again.
 */
export class Settler {
  readonly #parts: WebhookParts
  #waiting: Waiting[] = []
  #writing = false

  constructor(parts: WebhookParts) {
    this.#parts = parts
  }

  /** Resolves when it is written down, or given up. */
  settle(result: Result): Promise<void> {
    return new Promise((done) => {
      this.#waiting.push({ result, done })
      if (!this.#writing) void this.#write()
    })
  }

  async #write(): Promise<void> {
    this.#writing = true
    while (this.#waiting.length > 0) {
      const batch = this.#next()
      await this.#writeDown(batch.map(({ result }) => result))
      for (const { done } of batch) done()
    }
    this.#writing = false
  }

  /** Of one delivery never two: one that lapsed and was taken up again may have been sent by us both times. */
  #next(): readonly Waiting[] {
    const batch = new Map<string, Waiting>()
    const rest: Waiting[] = []
    for (const one of this.#waiting) {
      if (batch.size < BATCH && !batch.has(one.result.delivery)) batch.set(one.result.delivery, one)
      else rest.push(one)
    }
    this.#waiting = rest
    return [...batch.values()]
  }

  async #writeDown(results: readonly Result[]): Promise<void> {
    const { pool, jobs, log } = this.#parts
    for (let writes = 1; ; writes += 1) {
      try {
        const called = await transaction(pool, (tx) => this.#record(tx, results))
        if (called.length > 0) jobs.wake('webhook')
        return
      } catch (error) {
        if (writes === WRITES)
          return log.warn('what came of webhooks could not be written down', { count: results.length, error: String(error) })
        await delay(WRITE_AGAIN_MS)
      }
    }
  }

  /** The log, and what follows from it: the end, or the next try; and what the answers say of their endpoints. */
  async #record(tx: Tx, results: readonly Result[]): Promise<readonly Called[]> {
    const { jobs, clock, chance } = this.#parts
    const now = clock()
    const sent = results.filter((result) => result.outcome === 'sent')
    const stands = new Map<string, Stands>()
    for (const one of await insertTries(
      tx,
      sent.map(({ delivery, tried }) => ({ delivery, ...tried })),
    ))
      stands.set(one.delivery, one)
    const ends: End[] = []
    const again: { delivery: string; old: string | null; next_ms: Instant }[] = []
    for (const result of results) {
      const { delivery } = result
      if (result.outcome === 'closed') ends.push({ delivery, state: 'failed', why: result.why })
      else if (result.outcome === 'back') again.push({ delivery, old: result.old, next_ms: result.at_ms })
      else {
        const verdict = judge(result, stands.get(delivery) ?? null, chance())
        if (verdict.next === 'end') ends.push({ delivery, state: verdict.state, why: null })
        if (verdict.next === 'again') again.push({ delivery, old: null, next_ms: now + verdict.wait_ms })
      }
    }
    const called = [...(await endDeliveries(tx, ends, now)), ...(await replaceJobs(tx, again))]
    await noteHeard(tx, heardOf(sent, now), now)
    await callBack(tx, jobs, called)
    return called
  }
}

/** The jobs that come back for deliveries. */
export async function callBack(tx: Tx, jobs: WebhookParts['jobs'], called: readonly Called[]): Promise<void> {
  if (called.length === 0) return
  await jobs.enqueue(
    tx,
    called.map(({ id, job, next_ms }) => ({ id: job, subject: id, queue: 'webhook', start_at: next_ms, priority: 0 })),
  )
}
