import { z } from 'zod'
import { type Pool, type Sql, type Tx, transaction } from '../db/pool.ts'
import type { Clock, Instant } from '../domain/time.ts'
import {
  deleteCallsBefore,
  deleteEmptyCall,
  fillCalls,
  insertCall,
  lockCallsAlike,
  markAnswered,
  markArrived,
  selectCallVideo,
  takeCall,
} from './call-queries.ts'
import type { Owner } from './owner.ts'

// The official SDKs repeat a request by themselves and send no idempotency key: all that tells a repeat from a second order is the
// header `x-stainless-retry-count`. So a call gets a place before anything is done for it, and whatever it makes is written
// into that place by the transaction that makes it, if the place is still empty. Why no order of events makes two videos:
// - The first request is still at work when its retry comes, here or in another process: the retry finds the place, both work, and the
//   first of the two commits fills it. The other commit fails at its guard and answers what it finds there.
// - The process died, or its commit was answered to nobody: the commit may still be ending on the server. The retry's guard waits for it
//   (it is the same row), then sees what it made.
// - A request is overtaken by its own retry before it had a place: its client hung up before it sent the retry, so it makes
//   nothing (videos/repeat.ts).
// - Retries beside each other take different places, or the same if they are of one call.
// Two first requests are two orders, however alike.

/** How long a call can be repeated. */
export const CALL_MS = 15 * 60_000

/** One request of a call. */
export interface Call {
  readonly key_id: string
  /** `POST /v1/videos`: for people who read the table. */
  readonly operation: string
  /** SHA-256 over method, path and body. */
  readonly request_hash: Uint8Array
  /** Which repeat this is, 0 for the first request; null where the client does not say: then it never is one. */
  readonly retry_count: number | null
  /** Whether the client went away. */
  gone(): boolean
}

/** Where a call keeps what it made. */
export interface Place {
  readonly id: string
  /** It is in the table already. */
  readonly stands: boolean
  /** What the call has made. */
  readonly video: string | null
}

/** Finds the place of a request's call: that of the call which it repeats, else a new one. */
export async function placeOf(pool: Pool, owner: Owner, call: Call, id: string, now: Instant): Promise<Place> {
  const { retry_count } = call
  if (retry_count === null) return { id, stands: false, video: null }
  if (retry_count > 0) {
    return transaction(pool, async (tx) => {
      await lockCallsAlike(tx, call)
      const taken = await takeCall(tx, owner, call, retry_count, now - CALL_MS)
      if (taken !== null) return { ...taken, stands: true }
      await insertCall(tx, owner, call, id, retry_count, now) // its first request never arrived
      return { id, stands: true, video: null }
    })
  }
  await insertCall(pool, owner, call, id, retry_count, now)
  return { id, stands: true, video: null }
}

/** What a call has made by now. */
export function madeBy(sql: Sql, place: Place): Promise<string | null> {
  return selectCallVideo(sql, place.id)
}

/** A refused call makes nothing, and must not take in the retries of a later one. */
export async function forget(sql: Sql, place: Place, call: Call): Promise<void> {
  if (place.stands && call.retry_count !== null) await deleteEmptyCall(sql, place.id, call.retry_count)
}

const callRow = z.object({
  id: z.string(),
  stands: z.boolean(),
  key_id: z.string(),
  customer: z.string(),
  operation: z.string(),
  /** In hex. */
  request_hash: z.string(),
  video: z.string(),
  created_ms: z.number(),
})
export type CallRow = Readonly<z.infer<typeof callRow>>

export const CALL_RIDER = 'access.calls'

/** Fills a place in the transaction that makes the video. Its guard: the place is there and empty. */
export function callRider(owner: Owner, call: Call, place: Place, video: string, now: Instant) {
  const { key_id, operation } = call
  const request_hash = Buffer.from(call.request_hash).toString('hex')
  const { id, stands } = place
  const row: CallRow = { id, stands, key_id, customer: owner.customer, operation, request_hash, video, created_ms: now }
  return { kind: CALL_RIDER, row: { ...row } } as const
}

/** The set-based statement behind `callRider`, in the form that the ledger's registry takes. */
export const callStatement = {
  kind: CALL_RIDER,
  stage: 'guard',
  at_once: true,
  refuses: () => true,
  run(
    tx: Tx,
    riders: readonly { readonly op: string; readonly row: Readonly<Record<string, unknown>> }[],
    asked: 'all' | 'any',
  ): Promise<ReadonlySet<string>> {
    const rows = riders.map(({ op, row }) => ({ ...callRow.parse(row), op }))
    return fillCalls(tx, rows, asked)
  },
} as const

/** Deletes calls that nobody repeats any more. Returns how many. */
export function sweepCalls(sql: Sql, now: Instant): Promise<number> {
  return deleteCallsBefore(sql, now - CALL_MS)
}

const NOTED_MAX = 100_000

/**
 * Notes that the answer to a call arrived: its key named the video. The truth is in the table; a process remembers what it has written
 * there, so that a video that is asked for all day costs one statement in its first 15 minutes.
 */
export class Arrivals {
  readonly #sql: Sql
  readonly #clock: Clock
  readonly #noted = new Set<string>()

  constructor(sql: Sql, clock: Clock) {
    this.#sql = sql
    this.#clock = clock
  }

  note(key_id: string, video: string): Promise<void> {
    return this.#noteOnce(`${key_id} ${video}`, video, (now) => markArrived(this.#sql, key_id, video, now))
  }

  /** Somebody has what only the answer told: the address of its clip. */
  opened(video: string): Promise<void> {
    return this.#noteOnce(video, video, (now) => markAnswered(this.#sql, video, now))
  }

  async #noteOnce(name: string, video: string, write: (now: Instant) => Promise<void>): Promise<void> {
    const now = this.#clock()
    const made_s = Number.parseInt(/^video_([0-9a-f]{8})[0-9a-f]{1,64}$/.exec(video)?.[1] ?? '0', 16) // see `videoId`
    if (made_s * 1000 <= now - CALL_MS - 1000 || this.#noted.has(name)) return
    await write(now)
    if (this.#noted.size >= NOTED_MAX) this.#noted.clear()
    this.#noted.add(name)
  }
}
