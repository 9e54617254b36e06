import { type Canvas, createCanvas, type Image, loadImage } from '@napi-rs/canvas'
import { i420Bytes, toI420 } from '../../media/i420.ts'
import { viewAt, viewOverPicture } from './camera.ts'
import { compose } from './compositor.ts'
import { FPS, type RenderJob } from './job.ts'
import { openOverlay } from './overlay.ts'
import { readPrompt, type Story } from './prompt.ts'
import { hashText } from './random.ts'
import { buildScene } from './scene/build.ts'

/** The frames of one clip, drawn in any order. */
export interface Picture {
  readonly story: Story
  /** One frame as planes Y, U, V without gaps, in a buffer that is used again. */
  draw(frame: number): Uint8Array
  /** The frame that was drawn last. */
  readonly canvas: Canvas
}

export async function openPicture(job: RenderJob): Promise<Picture> {
  const { width, height, seconds } = job
  const frames = seconds * FPS
  const story = readPrompt(job.prompt, seconds)
  const canvas = createCanvas(width, height)
  const context = canvas.getContext('2d')
  const overlay = openOverlay(job, story)
  const reference = job.reference_path ? await loadImage(job.reference_path) : null
  const scene = reference ? null : buildScene(story, hashText(job.prompt) ^ Math.imul(job.seed + 1, 2654435761), { width, height })
  const planes = new Uint8Array(i420Bytes(width, height))

  return {
    story,
    canvas,
    draw(frame) {
      const view = reference ? viewOverPicture(story, frame, frames) : viewAt(story, frame, frames)
      if (reference) {
        const cut_width = width / view.zoom
        const cut_height = height / view.zoom
        const x = (width - cut_width) / 2 + view.x * width
        const y = (height - cut_height) / 2 + view.y * height
        drawReference(reference, clampTo(x, width - cut_width), clampTo(y, height - cut_height), cut_width, cut_height)
      } else if (scene) compose(context, scene, view, frame / FPS, { width, height })
      // The first frame of image-to-video is the picture as it was given.
      if (!reference || frame > 0) overlay.draw(context, view.shot, frame)
      const pixels = canvas.data()
      toI420(new Uint32Array(pixels.buffer, pixels.byteOffset, width * height), width, height, planes)
      return planes
    },
  }

  function drawReference(image: Image, x: number, y: number, cut_width: number, cut_height: number): void {
    context.drawImage(image, x, y, cut_width, cut_height, 0, 0, width, height)
  }
}

function clampTo(value: number, max: number): number {
  return Math.max(0, Math.min(max, value))
}
