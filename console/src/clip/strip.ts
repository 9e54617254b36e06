import type { Video } from '../api/video.ts'

/** The frames of a clip's film strip, in order. */
export const FRAMES = ['waiting', 'submitting', 'rendering', 'fetching', 'checking', 'done'] as const
export type FrameName = (typeof FRAMES)[number]

/** How a frame of the strip looks: always an icon and a colour, and words beside. */
export type FrameState = 'ahead' | 'current' | 'passed' | 'unknown' | 'parked' | 'failed' | 'cancelled'

export interface StripFrame {
  readonly name: FrameName
  readonly state: FrameState
  /** Seconds after the order at which this stage began; null when nobody saw it. */
  readonly at_s: number | null
}

/** Seconds after the order at which each stage was first seen. */
export type Seen = Readonly<Partial<Record<FrameName, number>>>

/** Where each of the API's stages lies on the strip. `cancelling` has no frame of its own: it happens wherever the clip was. */
const FRAME_OF: Readonly<Record<string, FrameName>> = {
  waiting_to_start: 'waiting',
  parked: 'waiting',
  submitting: 'submitting',
  submit_unknown: 'submitting',
  rendering: 'rendering',
  waiting_for_provider: 'rendering',
  fetching: 'fetching',
  checking: 'checking',
  done: 'done',
}

/** The frame that a video is on. A stage that this page does not know yet is shown as rendering while open. */
export function frameOf(video: Video, seen: Seen): FrameName {
  if (video.status === 'completed') return 'done'
  const known = FRAME_OF[video.filmgate.stage]
  if (known !== undefined && !(known === 'done' && video.status === 'failed')) return known
  return latest(seen) ?? (video.status === 'queued' ? 'waiting' : 'rendering')
}

function latest(seen: Seen): FrameName | undefined {
  return FRAMES.findLast((name) => name !== 'done' && seen[name] !== undefined)
}

/** Notes what is to be seen now. The first sight of a stage stands; returns the same object when nothing is new. */
export function look(seen: Seen, video: Video, now_ms: number): Seen {
  const frame = frameOf(video, seen)
  const ended_s = video.completed_at !== null ? video.completed_at - video.created_at : null
  const at_s = frame === 'waiting' ? 0 : frame === 'done' && ended_s !== null ? ended_s : elapsed(video, now_ms)
  return seen[frame] === undefined ? { ...seen, [frame]: Math.max(0, at_s) } : seen
}

/** Whole seconds since the order, by this machine's clock: never negative, however wrong that clock is. */
export function elapsed(video: Video, now_ms: number): number {
  return Math.max(0, Math.floor(now_ms / 1000) - video.created_at)
}

/** The strip as it is to be drawn. */
export function stripOf(video: Video, seen: Seen): readonly StripFrame[] {
  const here = FRAMES.indexOf(frameOf(video, seen))
  return FRAMES.map((name, index) => ({
    name,
    state: index < here ? 'passed' : index > here ? 'ahead' : stateHere(video),
    at_s: name === 'waiting' ? 0 : (seen[name] ?? null),
  }))
}

function stateHere(video: Video): FrameState {
  if (video.status === 'completed') return 'passed'
  if (video.status === 'failed') return video.error?.code === 'cancelled' ? 'cancelled' : 'failed'
  const { stage } = video.filmgate
  if (stage === 'submit_unknown' || stage === 'waiting_for_provider') return 'unknown'
  return stage === 'parked' ? 'parked' : 'current'
}

/** An open clip's bar never says more than this: only a stored and checked clip is whole. */
export const OPEN_MAX = 95

/** Percent for the bar: never backwards from what was shown, never full before the end. */
export function barOf(video: Video, shown: number): number {
  if (video.status === 'completed') return 100
  return Math.min(OPEN_MAX, Math.max(shown, video.progress))
}
