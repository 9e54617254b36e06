import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { CLIP_BYTES_MAX, differsFromOrder } from './measure.ts'
import type { Parts } from './parts.ts'
import type { Work } from './work.ts'

type Joined = { readonly bytes: number; readonly wrong: null } | { readonly bytes: null; readonly wrong: string }

/** Where the parts of joinings are. */
export const JOINING = 'joining'

/**
 * Stores the whole of an extension of which a provider gave only the new seconds: source and tail in one clip. The parts are removed however
 * it ends; what a kill leaves is swept.
 * @throws what is no verdict on the clips, such as a full disk
 */
export async function joinTail(parts: Parts, work: Work, tail: ReadableStream<Uint8Array>, key: string): Promise<Joined> {
  const { source } = work
  if (source === null) throw new Error('an extension without its source')
  // Of this run alone: the engine gives a job that ran too long to a second worker, under the same id, while the first may still be at it.
  const run = `${JOINING}/${work.video}.${parts.uuid()}`
  const tail_key = `${run}.tail.mp4`
  try {
    await parts.store.put(tail_key, tail, CLIP_BYTES_MAX)
    const wrong = await tailDiffers(parts, work, tail_key)
    if (wrong !== null) return { bytes: null, wrong }
    const joined = await parts.store.local(source.key, (first_path) =>
      parts.store.local(tail_key, (second_path) =>
        parts.store.draft(async (out_path): Promise<Joined> => {
          const stitched = await parts.stitch(first_path, second_path, out_path)
          if (stitched.outcome === 'failed') {
            parts.log.warn('an extension could not be joined to its source', { video: work.video, why: stitched.why })
            return { bytes: null, wrong: 'it can not be joined to what it extends' }
          }
          // Through the store, so that what is called complete is kept whole.
          const stored = await parts.store.put(key, streamOf(out_path), CLIP_BYTES_MAX)
          return { bytes: stored.bytes, wrong: null }
        }),
      ),
    )
    if (joined === null) throw new Error('a part went before it was joined')
    return joined
  } finally {
    await parts.store.remove(tail_key)
  }
}

/** The bytes of a file of ours. */
export function streamOf(path: string): ReadableStream<Uint8Array> {
  return Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>
}

/** The tail alone is measured as a clip of its own: one of another size would be stretched by the joining. */
async function tailDiffers(parts: Parts, work: Work, tail_key: string): Promise<string | null> {
  const seen = await parts.store.local(tail_key, (path) => parts.decoder.probe(path))
  if (seen === null || (seen.outcome === 'unreadable' && (await parts.store.stat(tail_key)) === null))
    throw new Error('the tail went while it was looked at')
  if (seen.outcome === 'unreadable') return `it can not be read: ${seen.why}`
  return differsFromOrder(seen.video, { ...work.quote.order, operation: 'create', source: null })
}
