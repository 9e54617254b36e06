import { openClip } from './introduce.ts'
import { CLIP_BYTES_MAX, differsFromOrder } from './measure.ts'
import type { Parts } from './parts.ts'
import type { Work } from './work.ts'

type Joined = { readonly bytes: number; readonly wrong: null } | { readonly bytes: null; readonly wrong: string }

/**
 * Stores the whole of an extension of which a provider gave only the new seconds: source and tail in one clip. The parts are removed however
 * it ends; a kill leaves at most what the next try replaces.
 */
export async function joinTail(parts: Parts, work: Work, tail: ReadableStream<Uint8Array>, key: string): Promise<Joined> {
  const { source } = work
  if (source === null) throw new Error('an extension without its source')
  const [tail_key, whole_key] = partKeys(key)
  try {
    await parts.store.put(tail_key, tail, CLIP_BYTES_MAX)
    const wrong = await tailDiffers(parts, work, tail_key)
    if (wrong !== null) return { bytes: null, wrong }
    const paths = [source.key, tail_key, whole_key].map((one) => parts.store.path(one))
    const [first_path = '', second_path = '', out_path = ''] = paths
    const stitched = await parts.stitch(first_path, second_path, out_path)
    if (stitched.outcome === 'failed') {
      parts.log.warn('an extension could not be joined to its source', { video: work.video, why: stitched.why })
      return { bytes: null, wrong: 'it can not be joined to what it extends' }
    }
    // Through the store, so that what is called complete is on the disk whole.
    const stored = await parts.store.put(key, await openClip(parts, whole_key), CLIP_BYTES_MAX)
    return { bytes: stored.bytes, wrong: null }
  } finally {
    await removeParts(parts, key)
  }
}

export async function removeParts(parts: Parts, key: string): Promise<void> {
  for (const part of partKeys(key)) await parts.store.remove(part)
}

function partKeys(key: string): readonly [tail: string, whole: string] {
  return [`${key}.tail.mp4`, `${key}.whole.mp4`]
}

/** The tail alone is measured as a clip of its own: one of another size would be stretched by the joining. */
async function tailDiffers(parts: Parts, work: Work, tail_key: string): Promise<string | null> {
  const seen = await parts.decoder.probe(parts.store.path(tail_key))
  if (seen.outcome === 'unreadable') return `it can not be read: ${seen.why}`
  return differsFromOrder(seen.video, { ...work.quote.order, operation: 'create', source: null })
}
