import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { z } from 'zod'
import { problem } from '../domain/problems.ts'
import { Broken, type NotFetched } from '../net/body.ts'
import { type BroughtClip, VIDEO_BYTES_MAX } from '../videos/clip.ts'
import type { Named } from '../videos/source.ts'
import { type Source, spell } from './issues.ts'
import type { Services } from './services.ts'
import { UploadedFile, Uploads, uploaded_file } from './uploads.ts'

export const VIDEO_BYTES = VIDEO_BYTES_MAX

/** Callers wait for the answer meanwhile: below the minute after which common proxies give up. */
const LINK_MS = 45_000
const LONGEST_ID = 200
/** The guarded client says itself from where on a link is too long. */
const LONGEST_LINK = 1_000_000

/** A clip to begin from: a file part, a video of the caller's by id, or a link. */
export const video_field = z.union(
  [
    uploaded_file,
    z.object({ id: z.string().min(1).max(LONGEST_ID).optional(), video_url: z.string().min(1).max(LONGEST_LINK).optional() }),
  ],
  { error: 'must be a video file, or an object with the id of a video' },
)
type Given = z.output<typeof video_field>

/** Links that a request follows are brought to this process's folder of uploads; `use` has ended when they go. */
export async function withClips<T>(services: Services, use: (clips: Uploads) => Promise<T>): Promise<T> {
  const clips = new Uploads(services.upload_folder)
  try {
    return await use(clips)
  } finally {
    await clips.dispose()
  }
}

/**
 * What the field `video` names. Nothing is brought before it is needed.
 * @throws Problem unless it names exactly one thing
 */
export function readVideo(services: Services, clips: Uploads, given: Given, source: Source): Named {
  if (given instanceof UploadedFile) return { by: 'clip', bring: async () => brought(given, 'video') }
  const { id, video_url } = given
  if (id !== undefined && video_url === undefined) return { by: 'id', id, param: spell(['video', 'id'], source) ?? 'video' }
  if (id !== undefined || video_url === undefined) {
    throw problem('invalid_value', '`video` must be a file, or have exactly one of id and video_url.', { param: 'video' })
  }
  const param = spell(['video', 'video_url'], source) ?? 'video'
  return { by: 'clip', bring: async () => brought(await followLink(services, clips, video_url, param), param) }
}

function brought(file: UploadedFile, param: string): BroughtClip {
  const open = () => Readable.toWeb(createReadStream(file.path)) as ReadableStream<Uint8Array>
  return { path: file.path, bytes: file.size, open, param }
}

async function followLink(services: Services, clips: Uploads, link: string, param: string): Promise<UploadedFile> {
  const wanted = { bytes_max: VIDEO_BYTES, timeout_ms: LINK_MS, accept: 'video/mp4,video/*,application/octet-stream' }
  const opened = await services.guarded.openStream(link, wanted)
  if (opened.outcome !== 'ok') throw notBrought(opened, param)
  try {
    const taken = await clips.take('video', opened.stream, VIDEO_BYTES, { name: '', type: opened.type ?? '' })
    if (taken !== 'too_large') return taken
  } catch (error) {
    if (error instanceof Broken) throw notBrought(error.not_fetched, param)
    throw error
  }
  throw problem('payload_too_large', 'A video may have at most 200 MiB.', { param })
}

function notBrought(not_fetched: NotFetched, param: string) {
  switch (not_fetched.outcome) {
    case 'stopped':
      return problem('overloaded', 'This server is shutting down; try again, another one will answer.', { retry_after_s: 1 })
    case 'too_large':
      return problem('payload_too_large', `The video can not be used: ${not_fetched.why}`, { param })
    case 'refused':
      return problem('invalid_value', `The video can not be used: ${not_fetched.why}`, { param })
  }
}
