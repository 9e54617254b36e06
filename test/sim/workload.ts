import { setTimeout as delay } from 'node:timers/promises'
import type { Answer, Json } from '../e2e/call.ts'
import { listAll } from '../e2e/customer.ts'
import type { Server } from '../e2e/server.ts'
import type { Chance } from './random.ts'

/** Kinds of order, and how each must end whatever happens meanwhile. */
export const KINDS = [
  { name: 'plain', weight: 30, ask: () => '', ends: 'completed' },
  { name: 'slow', weight: 30, ask: (chance: Chance) => `[[slow:${chance.between(1, 12)}]]`, ends: 'completed' },
  { name: 'flaky', weight: 10, ask: () => '[[flaky:1]]', ends: 'completed' },
  { name: 'fail', weight: 10, ask: () => '[[fail]]', ends: 'provider_failed' },
  { name: 'moderated', weight: 5, ask: () => '[[moderated]]', ends: 'moderation_blocked' },
  { name: 'short', weight: 10, ask: () => '[[short]]', ends: 'output_invalid' },
  { name: 'cancelled', weight: 5, ask: () => '[[hang]]', ends: 'cancelled' },
] as const
export type Kind = (typeof KINDS)[number]

export interface Ordered {
  readonly key: string
  readonly kind: Kind
  /** Every id that any answer to this order named. */
  readonly ids: Set<string>
  readonly credits: number
}

/** On the card app-credits-2026-01. The cheapest clips to draw: one or two seconds of 480p. */
export const RATE_CARD = 'app-credits-2026-01'
const CREDITS_A_SECOND = 4
const CREATORS = 4
const PAUSE_MS = 50
const BURST_MS = 500

/**
 * A customer's program that goes on through every fault: it keeps so many videos open, and repeats a request under the same
 * idempotency key until it is answered.
 */
export class Workload {
  readonly ordered: Ordered[] = []
  /** Requests whose answer was lost, or was a 5xx that says to come again. */
  repeats = 0
  /** Answers that must never come. */
  readonly wrong: string[] = []
  /** Videos once seen in stage submit_unknown. */
  readonly unknown = new Set<string>()
  readonly #server: Server
  readonly #key: string
  readonly #chance: Chance
  readonly #open_usual: number
  #open_wanted: number
  readonly #stages = new Map<string, string>()
  readonly #cancelling: Promise<void>[] = []
  #running: Promise<unknown> | null = null
  #creating = true
  #watching = true

  constructor(server: Server, key: string, chance: Chance, open_wanted: number) {
    this.#server = server
    this.#key = key
    this.#chance = chance
    this.#open_usual = open_wanted
    this.#open_wanted = open_wanted
  }

  start(): void {
    this.#running = Promise.all([this.#watch(), ...Array.from({ length: CREATORS }, () => this.#create())])
  }

  /** Acknowledged and not seen ended yet. */
  get open(): number {
    return this.ordered.filter((order) => [...order.ids].some((id) => this.#stages.get(id) !== 'done')).length
  }

  /** Orders so many more at once, so that a fault of the next moments meets requests and sends under way. */
  burst(count: number): void {
    this.#open_wanted = this.open + count
    setTimeout(() => {
      this.#open_wanted = this.#open_usual
    }, BURST_MS)
  }

  /** Orders nothing more, and waits until all that was asked is answered and everything has ended. */
  async drain(most_ms: number): Promise<void> {
    this.#creating = false
    const end = performance.now() + most_ms
    while (this.open > 0 || this.ordered.some((order) => order.ids.size === 0)) {
      if (performance.now() > end) throw new Error(`${this.open} videos did not end: ${JSON.stringify(this.#left())}`)
      await delay(PAUSE_MS)
    }
    this.#watching = false
    await this.#running
    await Promise.all(this.#cancelling)
  }

  /** Ends at once, whatever is open. */
  async abandon(): Promise<void> {
    this.#creating = false
    this.#watching = false
    await Promise.race([this.#running, delay(5_000)])
  }

  #left(): string[] {
    return this.ordered.flatMap(({ kind, ids }) =>
      [...ids].flatMap((id) => (this.#stages.get(id) === 'done' ? [] : [`${kind.name} ${id} ${this.#stages.get(id)}`])),
    )
  }

  async #create(): Promise<void> {
    while (this.#creating) {
      if (this.open >= this.#open_wanted) {
        await delay(PAUSE_MS)
        continue
      }
      const kind = this.#chance.pick(KINDS)
      const seconds = this.#chance.between(1, 2)
      const order: Ordered = {
        key: `run-${this.#chance.seed}-${this.ordered.length}`,
        kind,
        ids: new Set(),
        credits: seconds * CREDITS_A_SECOND,
      }
      const body = { prompt: `a boat on a lake ${kind.ask(this.#chance)}`, seconds: String(seconds), size: '854x480' }
      this.ordered.push(order)
      const answer = await this.#untilAnswered('POST', '/v1/videos', { body, headers: { 'idempotency-key': order.key } })
      if (answer === null) continue
      order.ids.add(answer.json.id)
      if (kind.name === 'cancelled') this.#cancelling.push(this.#cancel(answer.json.id, this.#chance.between(0, 4_000)))
      // Now and then an answered request is sent once more, as a nervous client does.
      else if (this.#chance.next() < 0.1) {
        const again = await this.#untilAnswered('POST', '/v1/videos', { body, headers: { 'idempotency-key': order.key } })
        if (again !== null) order.ids.add(again.json.id)
      }
    }
  }

  async #cancel(id: string, after_ms: number): Promise<void> {
    await delay(after_ms)
    for (;;) {
      const asked = await this.#server.call('DELETE', `/v1/videos/${id}`, { key: this.#key, timeout_ms: 10_000 }).catch(() => null)
      if (asked?.status === 200) return
      if (asked !== null && asked.status < 500) this.wrong.push(`DELETE ${id}: ${asked.status} ${asked.bytes}`)
      // A second DELETE of a video that has ended meanwhile would erase it: look first.
      const seen = await this.#untilAnswered('GET', `/v1/videos/${id}`, {})
      if (seen === null || ['cancelling', 'done'].includes(seen.json.filmgate.stage)) return
    }
  }

  /** Repeats a request until the server says what became of it. Null: it said something that must not be. */
  async #untilAnswered(
    method: string,
    path: string,
    options: { readonly body?: Json; readonly headers?: Record<string, string> },
  ): Promise<Answer | null> {
    for (;;) {
      const answer = await this.#server.call(method, path, { key: this.#key, timeout_ms: 10_000, ...options }).catch(() => null)
      if (answer?.status === 200) return answer
      if (answer !== null && answer.status !== 503) {
        this.wrong.push(`${method} ${path}: ${answer.status} ${answer.bytes}`)
        if (answer.status < 500) return null
      }
      this.repeats += 1
      await delay(PAUSE_MS)
    }
  }

  async #watch(): Promise<void> {
    while (this.#watching) {
      const videos = await listAll(this.#server, this.#key, '/v1/videos').catch(() => [])
      for (const { id, filmgate } of videos) {
        this.#stages.set(id, filmgate.stage)
        if (filmgate.stage === 'submit_unknown') this.unknown.add(id)
      }
      await delay(10 * PAUSE_MS)
    }
  }
}
