import { FPS } from './job.ts'
import type { CameraMove, Story } from './prompt.ts'

/** Where the camera stands. Shifts are fractions of the frame; zoom is 1 or more. */
export interface View {
  readonly x: number
  readonly y: number
  readonly zoom: number
  readonly shot: number
}

/** How far the camera may stray sideways; layers are painted so much wider. */
export const PAN_MAX = 0.14
/** The same for up and down. */
export const TILT_MAX = 0.08

// Framings of one scene: wide, closer, to the other side, close. A story of more shots goes round.
const FRAMINGS = [
  { zoom: 1.04, x: 0, y: 0 },
  { zoom: 1.32, x: 0.05, y: 0.07 },
  { zoom: 1.16, x: -0.06, y: 0.03 },
  { zoom: 1.44, x: 0.02, y: 0.06 },
] as const

/** The camera at a frame. One shot: the move runs over the whole clip; several: each shot has its own framing and repeats the move. */
export function viewAt(story: Story, frame: number, frames: number): View {
  const starts = [0, ...story.cuts, frames]
  const shot = story.cuts.filter((cut) => cut <= frame).length
  const from = starts[shot] ?? 0
  const to = starts[shot + 1] ?? frames
  const progress = gentle((frame - from) / Math.max(1, to - from - 1))
  const framing = FRAMINGS[shot % FRAMINGS.length] ?? FRAMINGS[0]
  const moved = move(story.camera, progress, frame / FPS)
  return {
    x: clamp(moved.x + framing.x, PAN_MAX),
    y: clamp(moved.y + framing.y, TILT_MAX),
    zoom: moved.zoom * framing.zoom,
    shot,
  }
}

/** The camera over a given picture: frame 0 is the picture as it is, and the view never leaves it. */
export function viewOverPicture(story: Story, frame: number, frames: number): View {
  const progress = gentle(frame / Math.max(1, frames - 1))
  const moved = move(story.camera === 'pull-out' ? 'push-in' : story.camera, progress, frame / FPS)
  const start = move(story.camera === 'pull-out' ? 'push-in' : story.camera, 0, 0)
  // A move away from the picture's middle needs room: the zoom grows with it.
  const x = moved.x - start.x
  const y = moved.y - start.y
  const zoom = Math.max(1 + 0.16 * progress, 1 + 2.05 * Math.max(Math.abs(x), Math.abs(y)))
  return { x, y, zoom: frame === 0 ? 1 : zoom, shot: story.cuts.filter((cut) => cut <= frame).length }
}

function move(camera: CameraMove, progress: number, t: number): { x: number; y: number; zoom: number } {
  const from = (a: number, b: number): number => a + (b - a) * progress
  switch (camera) {
    case 'push-in':
      return { x: 0, y: 0, zoom: from(1, 1.2) }
    case 'pull-out':
      return { x: 0, y: 0, zoom: from(1.2, 1) }
    case 'pan-right':
    case 'track-right':
      return { x: from(-0.11, 0.11), y: 0, zoom: 1.02 }
    case 'pan-left':
    case 'track-left':
      return { x: from(0.11, -0.11), y: 0, zoom: 1.02 }
    case 'tilt-up':
      return { x: 0, y: from(0.06, -0.06), zoom: 1.04 }
    case 'tilt-down':
      return { x: 0, y: from(-0.06, 0.06), zoom: 1.04 }
    case 'aerial':
      return { x: from(-0.03, 0.03), y: from(-0.05, 0.05), zoom: from(1, 1.24) }
    case 'orbit':
      return { x: from(-0.12, 0.12), y: 0, zoom: 1.02 + 0.08 * Math.sin(Math.PI * progress) }
    case 'handheld':
      return {
        x: 0.01 * (Math.sin(t * 1.9) + 0.6 * Math.sin(t * 4.3 + 1)),
        y: 0.008 * (Math.sin(t * 2.3 + 2) + 0.5 * Math.sin(t * 5.1)),
        zoom: from(1.04, 1.08),
      }
    case 'static':
      return { x: 0, y: 0, zoom: from(1, 1.02) }
  }
}

/** Mostly eased, a little linear: a cut never lands on a standing picture. */
function gentle(t: number): number {
  return 0.25 * t + 0.75 * t * t * (3 - 2 * t)
}

function clamp(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, value))
}
