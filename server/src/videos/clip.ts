import type { Owner } from '../access/owner.ts'
import { problem } from '../domain/problems.ts'
import type { VideoFacts } from '../media/probe.ts'
import type { Parts } from './parts.ts'

/** The contract's limit for a clip that a customer sends or links to. */
export const VIDEO_BYTES_MAX = 200 * 1024 ** 2

/** A clip that a customer brought: on this machine's disk until the request has its answer. */
export interface BroughtClip {
  readonly path: string
  readonly bytes: number
  readonly open: () => ReadableStream<Uint8Array>
  /** Where it was named, as the caller spelt it. */
  readonly param: string
}

/** Names that one container has: QuickTime's is MP4's parent, and what plays as one plays as the other. */
const CONTAINERS = ['MP4', 'QuickTime File Format']

/**
 * Looks at a stranger's clip: MP4 with H.264 that plays and has a length. By children of its own: what a file does to them holds up no result
 * that somebody paid for.
 * @throws Problem invalid_value; overloaded when too many wait, or this process ends meanwhile
 */
export async function inspectClip(
  parts: Pick<Parts, 'inspector' | 'inspections'>,
  owner: Owner,
  clip: Pick<BroughtClip, 'path' | 'param'>,
): Promise<VideoFacts> {
  return parts.inspections.run(owner.customer, (signal) => look(parts.inspector, clip, signal))
}

async function look(
  inspector: Parts['inspector'],
  { path, param }: Pick<BroughtClip, 'path' | 'param'>,
  signal: AbortSignal,
): Promise<VideoFacts> {
  const refused = (why: string) => problem('invalid_value', `The video can not be used: ${why}`, { param })
  // Stopped before it knew: that is no verdict on the clip.
  const stopped = () => {
    if (signal.aborted) throw refused('it takes too long to read.')
    throw problem('overloaded', 'This server is shutting down; try again, another one will answer.', { retry_after_s: 1 })
  }
  const seen = await inspector.probe(path, signal).catch(stopped)
  if (seen.outcome === 'unreadable') throw refused(seen.why)
  const { container, video } = seen
  if (!CONTAINERS.includes(container)) throw refused(`it is ${container}, and must be MP4.`)
  if (!/^avc[13]\./.test(video.codec)) throw refused('its moving picture is not H.264.')
  if (!(video.duration_s > 0) || video.frames < 1) throw refused('it has no length.')
  const played = await inspector.plays(path, signal).catch(stopped)
  if (played.outcome === 'does_not_play') throw refused('it does not play.')
  return video
}
