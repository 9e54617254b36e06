import sharp from 'sharp'
import { i420Bytes, toI420, toRgba } from './i420.ts'
import { planesOf } from './rgb.ts'
import { blameClips } from './unjoinable.ts'

type Sample = Parameters<typeof planesOf>[0]

/** What becomes of a frame of another shape: black bars beside it, or its edges are cut off. */
export type OtherShape = 'bars' | 'cut'

/** Brings frames to one size, upright, in the colours that our encoder writes. */
export function fitter(width: number, height: number, other_shape: OtherShape): (sample: Sample) => Promise<Uint8Array> {
  let buffer: Uint8Array | undefined
  const fitted = new Uint8Array(i420Bytes(width, height))
  return async (sample) => {
    const planes = await blameClips(() => planesOf(sample, buffer))
    buffer = planes.i420
    const fits = planes.width === width && planes.height === height && sample.rotation === 0
    if (fits && planes.matrix === '709' && !planes.full_range) return planes.i420
    const rgba = new Uint32Array(planes.width * planes.height)
    toRgba(planes.i420, planes.width, planes.height, planes, rgba)
    if (fits) toI420(rgba, width, height, fitted)
    else {
      const raw = { width: planes.width, height: planes.height, channels: 4 as const }
      const upright = await sharp(new Uint8Array(rgba.buffer), { raw }).rotate(sample.rotation).raw().toBuffer({ resolveWithObject: true })
      const shaped = await sharp(upright.data, { raw: { width: upright.info.width, height: upright.info.height, channels: 4 } })
        .resize(width, height, { fit: other_shape === 'bars' ? 'contain' : 'cover', background: '#000' })
        .raw()
        .toBuffer()
      toI420(new Uint32Array(shaped.buffer.slice(shaped.byteOffset, shaped.byteOffset + shaped.byteLength)), width, height, fitted)
    }
    return fitted
  }
}
