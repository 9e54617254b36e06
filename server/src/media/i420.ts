// Sixteen-bit fixed point of BT.709, limited range (Rec. ITU-R BT.709-6, 3.2 and 3.4).
const Y_R = 11966
const Y_G = 40254
const Y_B = 4064
const Y_OFFSET = (16 << 16) + 32768
// Chroma is computed from sums of four pixels: two more bits of shift.
const U_R = -6596
const U_G = -22189
const UV_MAIN = 28784
const V_G = -26145
const V_B = -2639
const UV_OFFSET = (128 << 18) + 131072

export function i420Bytes(width: number, height: number): number {
  return (width * height * 3) / 2
}

/**
 * Converts opaque RGBA (little-endian, as canvas gives it) into contiguous planes Y, U, V. Width and height are even.
 * The encoder could do it too, but with the matrix of BT.601, which no player expects of HD.
 */
export function toI420(rgba: Uint32Array, width: number, height: number, planes: Uint8Array): void {
  const chroma_width = width >> 1
  const u_plane = width * height
  const v_plane = u_plane + (u_plane >> 2)
  for (let y = 0; y < height; y += 2) {
    let top = y * width
    let bottom = top + width
    let chroma = (y >> 1) * chroma_width
    for (const end = bottom; top < end; top += 2, bottom += 2, chroma += 1) {
      const a = rgba[top] as number
      const b = rgba[top + 1] as number
      const c = rgba[bottom] as number
      const d = rgba[bottom + 1] as number
      planes[top] = luma(a)
      planes[top + 1] = luma(b)
      planes[bottom] = luma(c)
      planes[bottom + 1] = luma(d)
      const red_blue = (a & 0xff00ff) + (b & 0xff00ff) + (c & 0xff00ff) + (d & 0xff00ff)
      const red = red_blue & 0xffff
      const blue = red_blue >>> 16
      const green = ((a >>> 8) & 255) + ((b >>> 8) & 255) + ((c >>> 8) & 255) + ((d >>> 8) & 255)
      planes[u_plane + chroma] = (U_R * red + U_G * green + UV_MAIN * blue + UV_OFFSET) >> 18
      planes[v_plane + chroma] = (UV_MAIN * red + V_G * green + V_B * blue + UV_OFFSET) >> 18
    }
  }
}

/** What a decoded frame's planes mean. */
export interface Meaning {
  /** Rec. 601 for old and small clips, 709 otherwise. */
  readonly matrix: '601' | '709'
  readonly full_range: boolean
}

/** Changes a picture while it is converted: brightness by a table, colours by gain and shift around grey. */
export interface Tone {
  /** 256 values: of brightness, black 0 and white 255. */
  readonly luma: Uint8Array
  readonly chroma_gain: number
  /** Towards blue and towards red, in steps of 1/255. */
  readonly blue: number
  readonly red: number
}

const CHROMA: Readonly<Record<Meaning['matrix'], readonly [number, number, number, number]>> = {
  '601': [1.402, 0.3441, 0.7141, 1.772],
  '709': [1.5748, 0.1873, 0.4681, 1.8556],
}

/** Converts planes Y, U, V without gaps into opaque RGBA (little-endian), through a tone if there is one. Width and height may be odd. */
export function toRgba(
  i420: Uint8Array,
  width: number,
  height: number,
  meaning: Meaning,
  rgba: Uint32Array,
  tone: Tone | null = null,
): void {
  const [v_red, u_green, v_green, u_blue] = CHROMA[meaning.matrix]
  const c_gain = (meaning.full_range ? 1 : 255 / 224) * (tone?.chroma_gain ?? 1)
  const y_table = brightness(meaning.full_range, tone?.luma ?? null)
  const red_table = new Int32Array(256)
  const blue_table = new Int32Array(256)
  const green_u = new Int32Array(256)
  const green_v = new Int32Array(256)
  for (let i = 0; i < 256; i += 1) {
    const u = (i - 128) * c_gain + (tone?.blue ?? 0)
    const v = (i - 128) * c_gain + (tone?.red ?? 0)
    red_table[i] = Math.round(v_red * v)
    blue_table[i] = Math.round(u_blue * u)
    green_u[i] = Math.round(u_green * u)
    green_v[i] = Math.round(v_green * v)
  }
  const chroma_width = (width + 1) >> 1
  const u_plane = width * height
  const v_plane = u_plane + chroma_width * ((height + 1) >> 1)
  for (let y = 0; y < height; y += 1) {
    const row = y * width
    const chroma_row = (y >> 1) * chroma_width
    for (let x = 0; x < width; x += 2) {
      const at = chroma_row + (x >> 1)
      const u = i420[u_plane + at] as number
      const v = i420[v_plane + at] as number
      const red = red_table[v] as number
      const blue = blue_table[u] as number
      const green = (green_u[u] as number) + (green_v[v] as number)
      const first = y_table[i420[row + x] as number] as number
      rgba[row + x] = pixel(first + red, first - green, first + blue)
      if (x + 1 === width) continue
      const second = y_table[i420[row + x + 1] as number] as number
      rgba[row + x + 1] = pixel(second + red, second - green, second + blue)
    }
  }
}

function brightness(full_range: boolean, tone: Uint8Array | null): Int32Array {
  return Int32Array.from({ length: 256 }, (_, y) => {
    const value = Math.max(0, Math.min(255, Math.round(full_range ? y : ((y - 16) * 255) / 219)))
    return tone?.[value] ?? value
  })
}

function pixel(red: number, green: number, blue: number): number {
  const r = red < 0 ? 0 : red > 255 ? 255 : red
  const g = green < 0 ? 0 : green > 255 ? 255 : green
  const b = blue < 0 ? 0 : blue > 255 ? 255 : blue
  return (0xff000000 | (b << 16) | (g << 8) | r) >>> 0
}

function luma(pixel: number): number {
  return (Y_R * (pixel & 255) + Y_G * ((pixel >>> 8) & 255) + Y_B * ((pixel >>> 16) & 255) + Y_OFFSET) >> 16
}
