import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { createCanvas } from '@napi-rs/canvas'
import sharp, { type Sharp } from 'sharp'
import { describe, expect, test, vi } from 'vitest'
import { checkReference } from './image.ts'

const SIZE = { width: 64, height: 48 }

/** Noise: nothing that a codec can shorten. */
function noise(width: number, height: number): Sharp {
  const pixels = Buffer.alloc(width * height * 3)
  for (let i = 0; i < pixels.length; i += 1) pixels[i] = (i * 2654435761) >>> 13
  return sharp(pixels, { raw: { width, height, channels: 3 } })
}

describe('checkReference', () => {
  test.each(['jpeg', 'png', 'webp'] as const)('a %s of the ordered size is taken, from memory and from a file', async (format) => {
    const bytes = await noise(64, 48).toFormat(format).toBuffer()
    const expected = { outcome: 'ok', format, ...SIZE }
    expect(await checkReference(bytes, SIZE)).toEqual(expected)
    const folder = await mkdtemp(join(tmpdir(), 'filmgate-image-'))
    try {
      const path = join(folder, 'picture.gif')
      await writeFile(path, bytes)
      expect(await checkReference(path, SIZE)).toEqual(expected)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('a photograph that its orientation turns counts as turned', async () => {
    const turned = await noise(48, 64).jpeg().withMetadata({ orientation: 6 }).toBuffer()
    expect(await checkReference(turned, SIZE)).toEqual({ outcome: 'ok', format: 'jpeg', ...SIZE })
  })

  test('another size is refused with both sizes', async () => {
    const bytes = await noise(48, 64).png().toBuffer()
    expect(await checkReference(bytes, SIZE)).toMatchObject({ outcome: 'refused', why: expect.stringMatching(/48x64.*64x48/) })
  })

  test.each(['jpeg', 'png', 'webp'] as const)('a %s that breaks off is refused', async (format) => {
    const bytes = await noise(64, 48).toFormat(format).toBuffer()
    for (const kept of [0.5, 0.9]) {
      expect(await checkReference(bytes.subarray(0, Math.floor(bytes.length * kept)), SIZE)).toMatchObject({ outcome: 'refused' })
    }
  })

  test('an image bomb is refused before it unpacks', async () => {
    const bomb = pngOf(40_000, 40_000, deflateSync(Buffer.alloc(2_000_000)))
    const unpack = vi.spyOn(sharp.prototype, 'toBuffer')
    expect(await checkReference(bomb, { width: 40_000, height: 40_000 })).toMatchObject({ outcome: 'refused' })
    expect(await checkReference(bomb, SIZE)).toMatchObject({ outcome: 'refused' })
    expect(unpack).not.toHaveBeenCalled()
    expect(await checkReference(await noise(64, 48).png().toBuffer(), SIZE)).toMatchObject({ outcome: 'ok' })
    expect(unpack).toHaveBeenCalled() // it is what unpacks
    unpack.mockRestore()
  })

  test('moving pictures are refused', async () => {
    const frames = await sharp([await noise(64, 48).png().toBuffer(), await noise(64, 48).negate().png().toBuffer()], {
      join: { animated: true },
    })
      .webp({ loop: 0 })
      .toBuffer()
    expect(await checkReference(frames, SIZE)).toMatchObject({ outcome: 'refused', why: expect.stringContaining('animated') })
    const still = await noise(64, 48).png().toBuffer()
    const animated = Buffer.concat([still.subarray(0, 33), chunk('acTL', Buffer.alloc(8)), still.subarray(33)])
    expect(await checkReference(animated, SIZE)).toMatchObject({ outcome: 'refused', why: expect.stringContaining('animated') })
  })

  test.each([
    ['a GIF', createCanvas(64, 48).encodeSync('gif')],
    ['an SVG', Buffer.from('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="64" height="48"/>')],
    ['a web page', Buffer.from('<!DOCTYPE html><html><body>Not found</body></html>')],
    ['empty', Buffer.alloc(0)],
    ['not a picture', Buffer.from('%PDF-1.7')],
    ['damaged', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3])],
  ])('%s is refused by its bytes', async (name, bytes) => {
    expect(await checkReference(bytes, SIZE)).toMatchObject({ outcome: 'refused', why: expect.stringContaining(name) })
  })
})

function pngOf(width: number, height: number, data: Buffer): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(kind: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), data])
  const check = Buffer.alloc(4)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}
