import { type Canvas, createCanvas, type Image, loadImage } from '@napi-rs/canvas'
import { i420Bytes, toI420 } from '../../media/i420.ts'
import { viewAt, viewOverPicture } from './camera.ts'
import { openCast } from './cast.ts'
import { compose } from './compositor.ts'
import { FPS, type RenderJob } from './job.ts'
import { lookOf } from './look.ts'
import { openOverlay } from './overlay.ts'
import type { Story } from './prompt.ts'
import { buildScene } from './scene/build.ts'
import { newWorld, storyOfWorld, type World } from './world.ts'

/** The frames of one clip, drawn in any order. */
export interface Picture {
  readonly story: Story
  /** One frame as planes Y, U, V without gaps, in a buffer that is used again. */
  draw(frame: number): Uint8Array
  /** The frame that was drawn last. */
  readonly canvas: Canvas
}

/** What a clip goes on from. */
export interface Beginning {
  /** The scene that is drawn; null: the camera moves over `still`. */
  readonly world: World | null
  readonly still: Canvas | null
  /** Frames of the clip before, for the timecode. */
  readonly frames_before: number
}

/** How long the last frame of the clip before dissolves into the scene. */
const DISSOLVE_S = 1.2

/** @param from what there was before; a create begins from nothing but its prompt (and its first frame, if it has one) */
export async function openPicture(job: RenderJob, from: Beginning | null = null): Promise<Picture> {
  const { width, height, seconds } = job
  const frames = seconds * FPS
  const world = from?.world ?? newWorld(job.prompt, job.seed)
  const story = storyOfWorld(world, seconds)
  const canvas = createCanvas(width, height)
  const context = canvas.getContext('2d')
  const overlay = openOverlay(job, story)
  const cast = await openCast(job.characters, { width, height })
  const reference = job.reference_path ? await loadImage(job.reference_path) : null
  const over = reference ?? (from !== null && from.world === null ? from.still : null)
  const look = over && !reference ? lookOf(job.prompt, { width, height }) : null
  const scene = over ? null : buildScene(story, world.seed, { width, height })
  const before = scene ? (from?.still ?? null) : null
  const dissolve = Math.min(DISSOLVE_S, seconds / 2) * FPS
  const planes = new Uint8Array(i420Bytes(width, height))

  return {
    story,
    canvas,
    draw(frame) {
      const view = over ? viewOverPicture(story, frame, frames) : viewAt(story, frame, frames)
      if (over) {
        const cut_width = width / view.zoom
        const cut_height = height / view.zoom
        const x = (width - cut_width) / 2 + view.x * width
        const y = (height - cut_height) / 2 + view.y * height
        drawOver(over, clampTo(x, width - cut_width), clampTo(y, height - cut_height), cut_width, cut_height)
        look?.paint(context, frame / FPS)
      } else if (scene) compose(context, scene, view, frame / FPS, { width, height })
      // The first frame of image-to-video is the picture as it was given.
      if (!reference || frame > 0) {
        overlay.draw(context, view.shot, frame + (from?.frames_before ?? 0))
        cast?.draw(context)
      }
      if (before && frame < dissolve) {
        // Frame 0 is the last one of the clip before, as it was.
        const grown = 1 + (0.04 * frame) / dissolve
        context.globalAlpha = 1 - gentle(frame / dissolve)
        context.drawImage(before, (width * (1 - grown)) / 2, (height * (1 - grown)) / 2, width * grown, height * grown)
        context.globalAlpha = 1
      }
      const pixels = canvas.data()
      toI420(new Uint32Array(pixels.buffer, pixels.byteOffset, width * height), width, height, planes)
      return planes
    },
  }

  function drawOver(image: Image | Canvas, x: number, y: number, cut_width: number, cut_height: number): void {
    context.drawImage(image, x, y, cut_width, cut_height, 0, 0, width, height)
  }
}

function gentle(t: number): number {
  return t * t * (3 - 2 * t)
}

function clampTo(value: number, max: number): number {
  return Math.max(0, Math.min(max, value))
}
