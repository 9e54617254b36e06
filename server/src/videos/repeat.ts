import { type Call, callRider, forget, madeBy, placeOf } from '../access/calls.ts'
import type { Owner } from '../access/owner.ts'
import { PROBLEMS, Problem, problem } from '../domain/problems.ts'
import type { Instant } from '../domain/time.ts'
import type { Rider } from '../ledger/operation.ts'
import type { Parts } from './parts.ts'

/** What makes a video part of its call: rides on its hold. */
export type CallRiders = (video: string, now: Instant) => readonly Rider[]

/**
 * Makes a video once a call, however often an SDK repeats it by itself; see access/calls.ts.
 * @param make makes it, with `riders` in the transaction, and throws if their guard fails.
 */
export async function onceACall<Made>(
  parts: Parts,
  owner: Owner,
  call: Call,
  make: (riders: CallRiders) => Promise<Made>,
): Promise<Made | { readonly video: string; readonly replayed: true }> {
  const place = await placeOf(parts.pool, owner, call, parts.uuid(), parts.clock())
  if (place.video !== null) return { video: place.video, replayed: true }
  try {
    return await make((video, now) => {
      // An SDK hangs up before it repeats. Who is gone here may have been overtaken by its own retry, which then found no place.
      if (call.retry_count !== null && call.gone()) throw problem('overloaded', 'The client went away before its order was taken.')
      return [callRider(owner, call, place, video, now)]
    })
  } catch (error) {
    // Another request of this call may have been faster: then its video is ours, and took the credits or the quote that we now lack.
    // Where the database does not answer this neither, the caller hears of the first fault.
    const video = await madeBy(parts.pool, place).catch(() => null)
    if (video !== null) return { video, replayed: true }
    if (error instanceof Problem && PROBLEMS[error.code].status < 500) await forget(parts.pool, place, call)
    throw error
  }
}
