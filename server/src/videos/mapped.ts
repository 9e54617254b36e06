import type { QuotedOrder } from '../domain/quote.ts'
import { openClip } from './introduce.ts'
import { CLIP_BYTES_MAX, differsFromOrder } from './measure.ts'
import type { Parts } from './parts.ts'
import { JOINING } from './tail.ts'
import type { Work } from './work.ts'

type Cut = { readonly bytes: number; readonly wrong: null } | { readonly bytes: null; readonly wrong: string }

/**
 * Stores what was ordered of a clip that was made longer or larger, as its quote said. What was made is measured first, against what the provider was
 * asked for: a clip that fell short of that is not passed on because it would still be long enough. The parts are removed however it ends.
 * @throws what is no verdict on the clip, such as a full disk
 */
export async function cutMapped(
  parts: Parts,
  work: Work,
  made: QuotedOrder,
  stream: ReadableStream<Uint8Array>,
  key: string,
): Promise<Cut> {
  // Of this run alone, like the parts of a joining.
  const run = `${JOINING}/${work.video}.${parts.uuid()}`
  const [made_key, cut_key] = [`${run}.made.mp4`, `${run}.cut.mp4`]
  try {
    await parts.store.put(made_key, stream, CLIP_BYTES_MAX)
    const seen = await parts.decoder.probe(parts.store.path(made_key))
    if (seen.outcome === 'unreadable' && (await parts.store.stat(made_key)) === null)
      throw new Error('the clip went while it was looked at')
    const wrong = seen.outcome === 'unreadable' ? `it can not be read: ${seen.why}` : differsFromOrder(seen.video, made)
    if (wrong !== null) return { bytes: null, wrong }
    const { seconds, size } = work.quote.order
    const cut = await parts.reshape(parts.store.path(made_key), { seconds, ...size }, parts.store.path(cut_key))
    if (cut.outcome === 'failed') {
      parts.log.warn('a clip could not be cut to what was ordered', { video: work.video, why: cut.why })
      return { bytes: null, wrong: 'it can not be cut to what was ordered' }
    }
    // Through the store, so that what is called complete is on the disk whole.
    const stored = await parts.store.put(key, await openClip(parts, cut_key), CLIP_BYTES_MAX)
    return { bytes: stored.bytes, wrong: null }
  } finally {
    await parts.store.remove(made_key)
    await parts.store.remove(cut_key)
  }
}
