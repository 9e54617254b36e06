import type { Owner } from '../access/owner.ts'
import { type Problem, problem } from '../domain/problems.ts'
import type { ByteRange } from '../media/store.ts'
import { notFound, pictureKey } from './cancel.ts'
import type { Parts } from './parts.ts'
import { selectVideo } from './read.ts'

export type Variant = 'video' | 'thumbnail' | 'spritesheet'

export interface Asset {
  readonly key: string
  readonly bytes: number
  readonly type: string
  /** Suggested file name. */
  readonly name: string
}

const PICTURE_BYTES_MAX = 50 * 1024 ** 2

/**
 * Which stored file answers for a video. Pictures are made from the clip at their first request and kept.
 * @throws Problem not_found, video_not_ready
 */
export async function findAsset(parts: Parts, owner: Owner, id: string, variant: Variant): Promise<Asset> {
  const video = await selectVideo(parts.pool, owner, id)
  if (video === null) throw notFound(id)
  if (video.asset_key === null || video.state !== 'completed') {
    const why = video.state === 'failed' ? 'it failed' : `it is ${video.state}`
    throw problem('video_not_ready', `Video '${id}' has no content: ${why}. Ask again once its status is completed.`, { param: 'video_id' })
  }
  if (variant === 'video') {
    return { key: video.asset_key, bytes: video.asset_bytes ?? 0, type: 'video/mp4', name: `${id}.mp4` }
  }
  const key = pictureKey(id, variant)
  const [type, name] = variant === 'thumbnail' ? ['image/webp', `${id}.webp`] : ['image/jpeg', `${id}.jpg`]
  const kept = await parts.store.stat(key)
  if (kept !== null) return { key, bytes: kept.bytes, type, name }
  const made = await drawPicture(parts, id, variant, video.asset_key)
  const stored = await parts.store.put(key, made, PICTURE_BYTES_MAX)
  if ((await selectVideo(parts.pool, owner, id)) === null) {
    await parts.store.remove(key) // it was erased while its picture was drawn
    throw notFound(id)
  }
  return { key, bytes: stored.bytes, type, name }
}

async function drawPicture(parts: Parts, id: string, variant: 'thumbnail' | 'spritesheet', asset_key: string): Promise<Uint8Array> {
  const { decoder } = parts
  const drawn = await parts.store.local(asset_key, (path) =>
    variant === 'thumbnail' ? decoder.thumbnail(path) : decoder.spritesheet(path),
  )
  if (drawn === null) throw bytesGone(id)
  if (drawn.outcome === 'picture') return drawn.bytes
  if (drawn.outcome === 'unavailable') {
    throw problem('invalid_value', `This server can not decode clips, so it has no ${variant}: ${drawn.why}`, { param: 'variant' })
  }
  throw new Error(`no ${variant} could be made: ${drawn.why}`)
}

/** The row says that there is a clip, and the store has none. */
export function bytesGone(id: string): Problem {
  return problem('not_found', `The bytes of video '${id}' are gone.`, { param: 'video_id' })
}

/**
 * Reads a Range header (RFC 9110, section 14): one range of bytes. Null: answer the whole, as for a header we do not understand or several ranges.
 * `unsatisfiable`: it begins after the end (416).
 */
export function parseRange(header: string | undefined, bytes: number): ByteRange | 'unsatisfiable' | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '')
  if (!match || (match[1] === '' && match[2] === '')) return null
  if (match[1] === '') {
    const suffix = Number(match[2])
    return suffix === 0 || bytes === 0 ? 'unsatisfiable' : { first: Math.max(0, bytes - suffix), last: bytes - 1 }
  }
  const first = Number(match[1])
  const last = match[2] === '' ? bytes - 1 : Math.min(Number(match[2]), bytes - 1)
  if (first >= bytes) return 'unsatisfiable'
  return last < first ? null : { first, last }
}
