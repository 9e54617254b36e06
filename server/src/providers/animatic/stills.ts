import { type Canvas, createCanvas } from '@napi-rs/canvas'
import type { VideoSample } from 'mediabunny'
import type { Size } from '../../domain/order.ts'
import type { Codecs } from '../../media/codecs.ts'
import { framesAt } from '../../media/frames.ts'
import { type Tone, toRgba } from '../../media/i420.ts'
import type { PictureTrack } from '../../media/part.ts'
import { planesOf } from '../../media/rgb.ts'

/** Brings decoded frames onto canvases of one size: upright, filling it. */
export interface Projector {
  /** The canvas is used again. */
  show(sample: VideoSample): Promise<Canvas>
}

export function openProjector({ width, height }: Size, tone: Tone | null = null): Projector {
  const canvas = createCanvas(width, height)
  const context = canvas.getContext('2d')
  let buffer: Uint8Array | undefined
  let film: { canvas: Canvas; rgba: Uint32Array } | null = null
  return {
    async show(sample) {
      const planes = await planesOf(sample, buffer)
      buffer = planes.i420
      const direct = planes.width === width && planes.height === height && sample.rotation === 0
      if (film?.canvas.width !== planes.width || film.canvas.height !== planes.height)
        film = {
          canvas: direct ? canvas : createCanvas(planes.width, planes.height),
          rgba: new Uint32Array(planes.width * planes.height),
        }
      toRgba(planes.i420, planes.width, planes.height, planes, film.rgba, tone)
      const film_context = film.canvas.getContext('2d')
      const pixels = film_context.createImageData(planes.width, planes.height)
      pixels.data.set(new Uint8ClampedArray(film.rgba.buffer))
      film_context.putImageData(pixels, 0, 0)
      if (direct) return canvas
      const quarter_turn = sample.rotation % 180 !== 0
      const [shown_width, shown_height] = quarter_turn ? [planes.height, planes.width] : [planes.width, planes.height]
      const scale = Math.max(width / shown_width, height / shown_height)
      context.save()
      context.translate(width / 2, height / 2)
      context.rotate((sample.rotation * Math.PI) / 180)
      context.scale(scale, scale)
      context.drawImage(film.canvas, -planes.width / 2, -planes.height / 2)
      context.restore()
      return canvas
    },
  }
}

/** The first or the last frame of a clip. */
export async function stillOf(
  codecs: Codecs,
  { track, first_s, end_s }: PictureTrack,
  which: 'first' | 'last',
  size: Size,
  tone: Tone | null = null,
): Promise<Canvas> {
  const [frame] = await framesAt(codecs, track, [which === 'first' ? first_s : end_s - 1e-6])
  if (!frame) throw new Error(`The clip has no ${which} frame.`)
  try {
    return await openProjector(size, tone).show(frame)
  } finally {
    frame.close()
  }
}
