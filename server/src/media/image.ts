import { open } from 'node:fs/promises'
import sharp, { type Metadata, type Sharp } from 'sharp'
import type { Size } from '../domain/order.ts'

export type ReferenceFormat = 'jpeg' | 'png' | 'webp'

export type ReferenceCheck =
  | { readonly outcome: 'ok'; readonly format: ReferenceFormat; readonly width: number; readonly height: number }
  /** `why` is a sentence for the customer. */
  | { readonly outcome: 'refused'; readonly why: string }

// Far above any size that is sold; sharp refuses more before it decodes a pixel.
const PIXELS_MAX = 50_000_000
const DECODE_SECONDS_MAX = 10

/**
 * Checks a reference picture: JPEG, PNG or WebP by its bytes (names and media types lie), one frame, exactly the ordered size
 * as it is displayed (a photograph turned by its EXIF orientation counts as turned), and it decodes whole.
 * The size is compared before anything is decoded: a picture that unpacks into gigabytes costs a few milliseconds.
 * @throws when a path cannot be opened
 */
export async function checkReference(picture: Uint8Array | string, size: Size): Promise<ReferenceCheck> {
  const head = typeof picture === 'string' ? await firstBytes(picture) : picture
  const format = sniff(head)
  if (!format) return refused(`The reference is ${guess(head)}; send a JPEG, PNG or WebP picture.`)
  try {
    const facts = await decoder(picture).metadata()
    if (facts.format !== format) return refused('The reference picture could not be read.')
    if ((facts.pages ?? 1) > 1 || (format === 'png' && isAnimatedPng(head)))
      return refused('The reference is animated; send a single picture.')
    const { width, height } = displayed(facts)
    if (width !== size.width || height !== size.height)
      return refused(`The reference is ${width}x${height}; it must be exactly ${size.width}x${size.height}, the size of the video.`)
    await decoder(picture).timeout({ seconds: DECODE_SECONDS_MAX }).raw().toBuffer()
    return { outcome: 'ok', format, width, height }
  } catch {
    // sharp's words are libvips' words: they would not help a customer.
    return refused('The reference picture is damaged: it does not decode to its end.')
  }
}

function refused(why: string): ReferenceCheck {
  return { outcome: 'refused', why }
}

function decoder(picture: Uint8Array | string): Sharp {
  return sharp(picture, { failOn: 'error', limitInputPixels: PIXELS_MAX, sequentialRead: true })
}

async function firstBytes(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

function sniff(head: Uint8Array): ReferenceFormat | null {
  const text = ascii(head, 0, 16)
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg'
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png'
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'webp'
  return null
}

function guess(head: Uint8Array): string {
  const text = ascii(head, 0, 512).trimStart()
  if (text.length === 0) return 'empty'
  if (text.startsWith('GIF8')) return 'a GIF'
  if (/^(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?<svg/is.test(text)) return 'an SVG'
  if (/^<(!doctype html|html)/i.test(text)) return 'a web page'
  if (/^.{4}ftyp(avif|heic|mif1|heix)/s.test(text)) return 'an AVIF or HEIC picture'
  return 'not a picture that is known here'
}

/** The `acTL` chunk stands before the first `IDAT` of every animated PNG (PNG specification, 3rd edition, 11.3.6). */
function isAnimatedPng(head: Uint8Array): boolean {
  let offset = 8
  while (offset + 8 <= head.byteLength) {
    const kind = ascii(head, offset + 4, offset + 8)
    if (kind === 'acTL') return true
    if (kind === 'IDAT') return false
    offset += 12 + new DataView(head.buffer, head.byteOffset + offset, 4).getUint32(0)
  }
  return false
}

function displayed(facts: Metadata): Size {
  const turned = (facts.orientation ?? 1) >= 5
  return turned ? { width: facts.height, height: facts.width } : { width: facts.width, height: facts.height }
}

function ascii(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1', from, to)
}
