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

function luma(pixel: number): number {
  return (Y_R * (pixel & 255) + Y_G * ((pixel >>> 8) & 255) + Y_B * ((pixel >>> 16) & 255) + Y_OFFSET) >> 16
}
