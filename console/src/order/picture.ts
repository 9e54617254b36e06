import type { FirstFrame } from './order.ts'
import { cropTo, formatPixels, type Size, sizeOf } from './size.ts'

/** A picture that somebody chose, decoded once. */
export interface Picture extends Size {
  readonly id: string
  readonly name: string
  readonly file: Blob
  readonly bitmap: ImageBitmap
}

/** What the API takes as it is, up to this many bytes (its limit is 20 MiB as base64 text). */
const SENDABLE = new Set(['image/jpeg', 'image/png', 'image/webp'])
const SENDABLE_BYTES_MAX = 15_000_000

let pictures = 0

/** Decodes a chosen file; null when the browser cannot read it as a picture. */
export async function readPicture(file: File): Promise<Picture | null> {
  try {
    const bitmap = await createImageBitmap(file)
    pictures += 1
    return { id: `picture-${pictures}`, name: file.name, file, bitmap, width: bitmap.width, height: bitmap.height }
  } catch {
    return null
  }
}

export function fitsExactly(picture: Size, size: string): boolean {
  return `${picture.width}x${picture.height}` === size
}

/** The first frame for a clip of this size: the file itself if it has exactly these pixels, else its middle, scaled. */
export async function firstFrameOf(picture: Picture, size: string): Promise<FirstFrame> {
  const id = `${picture.id}@${size}`
  if (fitsExactly(picture, size) && SENDABLE.has(picture.file.type) && picture.file.size <= SENDABLE_BYTES_MAX) {
    return { id, data_url: await dataUrl(picture.file) }
  }
  const wanted = sizeOf(size)
  const canvas = document.createElement('canvas')
  canvas.width = wanted.width
  canvas.height = wanted.height
  const context = canvas.getContext('2d')
  if (!context) throw new Error(`No canvas of ${formatPixels(size)} can be made`)
  const part = cropTo(picture, wanted)
  context.imageSmoothingQuality = 'high'
  // JPEG has no transparency: what is clear in the picture becomes white, as on paper, instead of black.
  context.fillStyle = 'white'
  context.fillRect(0, 0, wanted.width, wanted.height)
  context.drawImage(picture.bitmap, part.x, part.y, part.width, part.height, 0, 0, wanted.width, wanted.height)
  return { id, data_url: canvas.toDataURL('image/jpeg', 0.92) }
}

function dataUrl(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result))
    reader.onerror = () => reject(reader.error ?? new Error('The file could not be read'))
    reader.readAsDataURL(file)
  })
}
