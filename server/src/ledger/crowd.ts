import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Chance } from '../../../test/sim/random.ts'
import type { Connection } from '../db/pool.ts'
import type { AccountId, Operation } from './operation.ts'
import type { Outcome } from './outcome.ts'
import { captureOf, freshId, grantOf, holdOf, refundOf, releaseOf } from './testing.ts'
import type { Answer, Order } from './writer.ts'

// For tests: clients of several writing processes that may be killed at any instant. What the clients were told is all that they know.

/** The process that was asked was killed, and with it its answer. */
class WriterKilled extends Error {}

/** A writing process, seen from outside. */
class Writer {
  readonly #child: ChildProcess
  readonly #asked = new Map<number, PromiseWithResolvers<Outcome>>()
  #numbers = 0
  #killed = false

  constructor(child: ChildProcess) {
    this.#child = child
    child.on('message', (answer: Answer) => {
      const asked = this.#asked.get(answer.number)
      this.#asked.delete(answer.number)
      if ('outcome' in answer) asked?.resolve(answer.outcome)
      else asked?.reject(new Error(answer.error))
    })
    child.once('disconnect', () => {
      for (const { reject } of this.#asked.values()) reject(this.#gone())
      this.#asked.clear()
    })
  }

  static async start(connection: Connection): Promise<Writer> {
    const child = fork(join(import.meta.dirname, 'writer.ts'), { stdio: 'ignore', serialization: 'advanced' })
    child.send(connection)
    await once(child, 'message')
    return new Writer(child)
  }

  commit(operation: Operation): Promise<Outcome> {
    if (!this.#child.connected) return Promise.reject(this.#gone())
    const asked = Promise.withResolvers<Outcome>()
    this.#asked.set(++this.#numbers, asked)
    const order: Order = { number: this.#numbers, operation }
    this.#child.send(order, (error) => error && asked.reject(this.#gone()))
    return asked.promise
  }

  async kill(): Promise<void> {
    const { exitCode, signalCode } = this.#child
    if (exitCode !== null || signalCode !== null) return
    this.#killed = true
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await gone
  }

  #gone(): Error {
    return this.#killed ? new WriterKilled() : new Error('a writing process ended by itself')
  }
}

/** What a client knows of an operation that it asked for. */
export interface Note {
  readonly operation: Operation
  /** `unknown`: nobody answered, and it was not asked again. */
  readonly fate: 'acknowledged' | 'refused' | 'unknown'
}

/** Clients who order from all the processes alike, and write down what they are told. */
export class Crowd {
  readonly notes: Note[] = []
  /** How often an operation was asked for again, with its id, because its process was killed. */
  repeated = 0
  readonly #chance: Chance
  readonly #connection: Connection
  readonly #accounts: readonly AccountId[]
  readonly #writers: Promise<Writer>[]
  #stopping = false

  constructor(chance: Chance, connection: Connection, accounts: readonly AccountId[], writers: number) {
    this.#chance = chance
    this.#connection = connection
    this.#accounts = accounts
    this.#writers = Array.from({ length: writers }, () => Writer.start(connection))
  }

  async started(): Promise<void> {
    await Promise.all(this.#writers)
  }

  /** Orders until it is told to stop. Rejects when an answer is wrong. */
  async work(clients: number): Promise<void> {
    await Promise.all(Array.from({ length: clients }, () => this.#orders()))
  }

  stop(): void {
    this.#stopping = true
  }

  /** Kills one of the processes, and starts another in its place. */
  async killOne(): Promise<void> {
    const i = this.#chance.between(0, this.#writers.length - 1)
    const killed = this.#writers[i]
    await (await killed)?.kill()
    this.#writers[i] = Writer.start(this.#connection)
  }

  async end(): Promise<void> {
    this.#stopping = true
    for (const started of await Promise.allSettled(this.#writers)) if (started.status === 'fulfilled') await started.value.kill()
  }

  async #orders(): Promise<void> {
    while (!this.#stopping) {
      const account = this.#accounts[this.#chance.between(0, this.#accounts.length - 1)] ?? 0n
      if (this.#chance.next() < 0.1) await this.#ask(grantOf(account, BigInt(this.#chance.between(1, 9))))
      const credits = BigInt(this.#chance.between(1, 5))
      const hold = holdOf(account, credits)
      if ((await this.#ask(hold)) !== 'acknowledged') continue
      const captured = BigInt(this.#chance.between(0, Number(credits)))
      const finished = await this.#ask(captured === 0n ? releaseOf(hold) : captureOf(hold, captured))
      if (finished === 'acknowledged' && captured > 0n && this.#chance.next() < 0.4) await this.#ask(refundOf(hold, 1n, freshId()))
    }
  }

  /** Asks, and when nobody is left to answer, asks again or lets it be. */
  async #ask(operation: Operation): Promise<Note['fate']> {
    for (;;) {
      const outcome = await this.#answerTo(operation)
      const fate = outcome === null ? 'unknown' : fateOf(operation, outcome)
      if (fate !== 'unknown' || this.#stopping || this.#chance.next() < 0.3) {
        this.notes.push({ operation, fate })
        return fate
      }
      this.repeated += 1
    }
  }

  async #answerTo(operation: Operation): Promise<Outcome | null> {
    const writer = await this.#writers[this.#chance.between(0, this.#writers.length - 1)]
    try {
      return (await writer?.commit(operation)) ?? null
    } catch (error) {
      if (error instanceof WriterKilled) return null
      throw error
    }
  }
}

function fateOf(operation: Operation, outcome: Outcome): 'acknowledged' | 'refused' {
  if (outcome.outcome === 'committed') return 'acknowledged'
  if (operation.kind === 'hold' && outcome.outcome === 'insufficient') return 'refused'
  throw new Error(`${operation.kind} ${operation.op} was answered with ${outcome.outcome}`)
}
