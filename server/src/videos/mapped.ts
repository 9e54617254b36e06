import type { QuotedOrder } from '../domain/quote.ts'
import { CLIP_BYTES_MAX, differsFromOrder } from './measure.ts'
import type { Parts } from './parts.ts'
import { JOINING, streamOf } from './tail.ts'
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
  const made_key = `${JOINING}/${work.video}.${parts.uuid()}.made.mp4`
  try {
    await parts.store.put(made_key, stream, CLIP_BYTES_MAX)
    const cut = await parts.store.local(made_key, async (made_path): Promise<Cut> => {
      const seen = await parts.decoder.probe(made_path)
      if (seen.outcome === 'unreadable' && (await parts.store.stat(made_key)) === null)
        throw new Error('the clip went while it was looked at')
      const wrong = seen.outcome === 'unreadable' ? `it can not be read: ${seen.why}` : differsFromOrder(seen.video, made)
      return wrong === null ? cutTo(parts, work, made_path, key) : { bytes: null, wrong }
    })
    if (cut === null) throw new Error('the clip went before it was cut')
    return cut
  } finally {
    await parts.store.remove(made_key)
  }
}

async function cutTo(parts: Parts, work: Work, made_path: string, key: string): Promise<Cut> {
  const { seconds, size } = work.quote.order
  return parts.store.draft(async (out_path): Promise<Cut> => {
    const cut = await parts.reshape(made_path, { seconds, ...size }, out_path)
    if (cut.outcome === 'failed') {
      parts.log.warn('a clip could not be cut to what was ordered', { video: work.video, why: cut.why })
      return { bytes: null, wrong: 'it can not be cut to what was ordered' }
    }
    // Through the store, so that what is called complete is kept whole.
    const stored = await parts.store.put(key, streamOf(out_path), CLIP_BYTES_MAX)
    return { bytes: stored.bytes, wrong: null }
  })
}
