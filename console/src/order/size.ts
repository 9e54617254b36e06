export interface Size {
  readonly width: number
  readonly height: number
}

/** Reads `1280x720`. What is not of that form counts as a 16:9 picture, so that a strange size still has a frame. */
export function sizeOf(size: string): Size {
  const match = /^(\d+)x(\d+)$/.exec(size)
  return match ? { width: Number(match[1]), height: Number(match[2]) } : { width: 16, height: 9 }
}

export function isPortrait(size: string): boolean {
  const { width, height } = sizeOf(size)
  return height > width
}

/** `1280 × 720`. */
export function formatPixels(size: string): string {
  const { width, height } = sizeOf(size)
  return `${width} × ${height}`
}

/** The middle part of a picture that has the wanted proportions: nothing is stretched, only edges are lost. */
export function cropTo(source: Size, wanted: Size): Size & { readonly x: number; readonly y: number } {
  const scale = Math.min(source.width / wanted.width, source.height / wanted.height)
  const width = wanted.width * scale
  const height = wanted.height * scale
  return { x: (source.width - width) / 2, y: (source.height - height) / 2, width, height }
}
