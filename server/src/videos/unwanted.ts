import type { Instant } from '../domain/time.ts'
import type { Parts } from './parts.ts'
import { selectEnded } from './unwanted-queries.ts'

// Several workers may have one result in hand: one that was believed dead wakes up. So bytes go only when their video has ended without them,
// as its row says; what a worker found out about them is no reason.

const MARKS = 'unwanted'

/** Where the bytes of an attempt are in our store. */
export function clipKey(video: string, attempt_no: number): string {
  return `clips/${video}/${attempt_no}.mp4`
}

/**
 * Says, before a video ends without its clip, that bytes will have to go: who is killed behind the end is followed by the sweep. A store that
 * takes no mark keeps no video open and no credits held.
 */
export async function markUnwanted(parts: Parts, video: string): Promise<void> {
  try {
    await parts.store.put(`${MARKS}/${video}`, new Uint8Array(), 0)
  } catch (error) {
    parts.log.warn('a clip could not be marked as unwanted', { video, error: String(error) })
  }
}

/** Removes the clips of a video that has ended and does not have them. Those of an open one stay: somebody may be about to complete it. */
export async function removeUnwanted(parts: Parts, video: string): Promise<void> {
  const [ended] = await selectEnded(parts.pool, parts.engine, [video])
  if (ended === undefined) return
  for (const key of await parts.store.list(`clips/${video}`, Number.POSITIVE_INFINITY)) {
    if (key !== ended.asset_key) await parts.store.remove(key)
  }
}

/** Follows up all marks. Those from before an instant have served: until then one stays for whoever is late and stores what they have. */
export async function removeMarked(parts: Parts, before: Instant): Promise<void> {
  const served = new Set(await parts.store.list(MARKS, before))
  const marks = await parts.store.list(MARKS, Number.POSITIVE_INFINITY)
  const videos = marks.map((mark) => mark.slice(MARKS.length + 1))
  for (const { id } of await selectEnded(parts.pool, parts.engine, videos)) {
    await removeUnwanted(parts, id)
    if (served.has(`${MARKS}/${id}`)) await parts.store.remove(`${MARKS}/${id}`)
  }
}
