import type { Owner } from '../access/owner.ts'
import { transaction } from '../db/pool.ts'
import { problem } from '../domain/problems.ts'
import { StoreAway } from '../media/store.ts'
import { handOver, queueFor } from './chain.ts'
import { fail } from './finish.ts'
import type { Parts } from './parts.ts'
import { eraseVideo, forgetKeys, requestCancel, type StoredKeys, selectWork } from './queries.ts'
import { selectVideo } from './read.ts'

/**
 * DELETE: asks an open video to stop, erases an ended one. Not yet sent: it fails as `cancelled` and is released at once. Sent: the provider's
 * verdict decides; until then the stage is `cancelling`.
 * @throws Problem not_found
 */
export async function cancelOrErase(parts: Parts, owner: Owner, video: string): Promise<void> {
  const seen = await selectVideo(parts.pool, owner, video)
  if (seen === null) throw notFound(video)
  if (seen.state === 'queued' || seen.state === 'in_progress') {
    if (await cancel(parts, owner, video)) return
    // It ended between the two looks: then the caller deletes an ended video.
  }
  await erase(parts, owner, video)
}

/** Asks an open video to stop. @returns false where it has ended already: nothing is erased. */
export async function cancel(parts: Parts, owner: Owner, video: string): Promise<boolean> {
  const work = await selectWork(parts.pool, parts.engine, video)
  if (work?.attempt.state === 'planned' || work?.attempt.state === 'parked') {
    const cancelled = await fail(parts, work, { attempt_state: 'cancelled', code: 'cancelled', message: 'Cancelled before it was sent.' })
    if (cancelled) return true
  }
  const queue = await transaction(parts.pool, async (tx) => {
    if (!(await requestCancel(tx, owner, video, parts.clock()))) return null
    const now = await selectWork(tx, parts.engine, video)
    if (now === null) return null
    // An attempt that is being sent keeps its chain: its sender is about to write, and will find the request.
    if (now.attempt.state === 'submitting') return 'submit'
    const next = queueFor(video, now.attempt.state)
    await handOver(parts, tx, video, { queue: next, start_at: parts.clock() })
    return next
  })
  if (queue === null) return false
  parts.jobs.wake(queue)
  return true
}

async function erase(parts: Parts, owner: Owner, video: string): Promise<void> {
  const erased = await eraseVideo(parts.pool, owner, video, parts.clock())
  if (erased === null) throw notFound(video)
  try {
    await removeBytes(parts, erased)
  } catch (error) {
    // Nobody can read it any more, and the sweep follows: a repeat would only be told that there is no such video.
    if (!(error instanceof StoreAway)) throw error
    parts.log.warn('an erased video still has its bytes', { video, error: error.message })
  }
}

/** Removes the bytes of an erased video. Its keys are forgotten last: who is interrupted is followed by the sweep. */
export async function removeBytes(parts: Parts, erased: StoredKeys): Promise<void> {
  const { id, asset_key, reference_key } = erased
  for (const key of [asset_key, reference_key, pictureKey(id, 'thumbnail'), pictureKey(id, 'spritesheet')]) {
    if (key !== null) await parts.store.remove(key)
  }
  await forgetKeys(parts.pool, id)
}

/** Where a picture made from a clip is kept. */
export function pictureKey(video: string, variant: 'thumbnail' | 'spritesheet'): string {
  return `pictures/${video}.${variant === 'thumbnail' ? 'webp' : 'jpg'}`
}

export function notFound(video: string): Error {
  return problem('not_found', `There is no video with the id '${video}'.`, { param: 'video_id' })
}
