import type { VideoSample } from 'mediabunny'
import sharp from 'sharp'
import type { Meaning } from './i420.ts'

export interface RgbPicture {
  readonly width: number
  readonly height: number
  readonly rgb: Uint8Array
}

/** Planes of a decoded frame and what their numbers mean. */
export interface Planes extends Meaning {
  readonly width: number
  readonly height: number
  /** Y, U, V one after the other without gaps; chroma at half size. */
  readonly i420: Uint8Array
}

// The decoder converts other layouts (NV12, ten bits) to this one.
const I420: VideoFrameCopyToOptions & { readonly format: 'I420' } = { format: 'I420' }

/** A decoded frame as upright RGB, scaled down to `side_max`. */
export async function rgbOf(sample: VideoSample, side_max: number, side: 'longer' | 'width'): Promise<RgbPicture> {
  const quarter_turn = sample.rotation % 180 !== 0
  const shown_width = quarter_turn ? sample.codedHeight : sample.codedWidth
  const shown_height = quarter_turn ? sample.codedWidth : sample.codedHeight
  const scale = Math.min(1, side_max / (side === 'width' ? shown_width : Math.max(shown_width, shown_height)))
  const planes = await planesOf(sample)
  const picture = scaledRgb(planes, Math.round(planes.width * scale), Math.round(planes.height * scale))
  if (sample.rotation === 0) return picture
  const turned = await sharp(picture.rgb, { raw: { width: picture.width, height: picture.height, channels: 3 } })
    .rotate(sample.rotation)
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { width: turned.info.width, height: turned.info.height, rgb: turned.data }
}

/** The planes of a decoded frame as it was coded: not turned upright. @param buffer is used again when it is of the right size */
export async function planesOf(sample: VideoSample, buffer?: Uint8Array): Promise<Planes> {
  const size = sample.allocationSize(I420)
  const i420 = buffer?.length === size ? buffer : new Uint8Array(size)
  await sample.copyTo(i420, I420)
  const { matrix, fullRange } = sample.colorSpace
  return {
    width: sample.codedWidth,
    height: sample.codedHeight,
    i420,
    matrix: matrix === 'smpte170m' || matrix === 'bt470bg' || (!matrix && sample.codedHeight < 720) ? '601' : '709',
    full_range: fullRange === true,
  }
}

/** Box-filters the planes to the target size and converts once per target pixel. */
export function scaledRgb(planes: Planes, width: number, height: number): RgbPicture {
  const { i420, width: from_width, height: from_height } = planes
  const chroma_width = (from_width + 1) >> 1
  const u_plane = from_width * from_height
  const v_plane = u_plane + chroma_width * ((from_height + 1) >> 1)
  const [y_gain, y_black] = planes.full_range ? [1, 0] : [255 / 219, 16]
  const c_gain = planes.full_range ? 1 : 255 / 224
  const [v_red, u_green, v_green, u_blue] = planes.matrix === '709' ? [1.5748, 0.1873, 0.4681, 1.8556] : [1.402, 0.3441, 0.7141, 1.772]
  const rgb = new Uint8Array(width * height * 3)
  let at = 0
  for (let y = 0; y < height; y += 1) {
    const top = Math.floor((y * from_height) / height)
    const bottom = Math.max(top + 1, Math.floor(((y + 1) * from_height) / height))
    for (let x = 0; x < width; x += 1) {
      const left = Math.floor((x * from_width) / width)
      const right = Math.max(left + 1, Math.floor(((x + 1) * from_width) / width))
      let sum = 0
      for (let row = top; row < bottom; row += 1)
        for (let column = left; column < right; column += 1) sum += i420[row * from_width + column] as number
      // Chroma is half as fine already: the sample in the middle of the box will do.
      const chroma = ((top + bottom) >> 2) * chroma_width + ((left + right) >> 2)
      const luma = (sum / ((bottom - top) * (right - left)) - y_black) * y_gain
      const u = ((i420[u_plane + chroma] as number) - 128) * c_gain
      const v = ((i420[v_plane + chroma] as number) - 128) * c_gain
      rgb[at] = byte(luma + v_red * v)
      rgb[at + 1] = byte(luma - u_green * u - v_green * v)
      rgb[at + 2] = byte(luma + u_blue * u)
      at += 3
    }
  }
  return { width, height, rgb }
}

function byte(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value + 0.5
}
