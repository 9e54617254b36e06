import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRenderer } from '../providers/animatic/renderer.ts'
import { createDecoder } from './decoder.ts'
import { probe } from './probe.ts'

const log = { warn: () => {} }
const PAGE = '<!DOCTYPE html><html><body>502 Bad Gateway</body></html>'

describe('a clip that was delivered', () => {
  const decoder = createDecoder({ log })
  let folder: string
  let clip: string
  const file = async (name: string, bytes: Uint8Array | string): Promise<string> => {
    await writeFile(join(folder, name), bytes)
    return join(folder, name)
  }
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'filmgate-media-'))
    clip = join(folder, 'clip.mp4')
    const renderer = createRenderer({ log, concurrency: 1 })
    const order = { prompt: 'A red barn at noon', width: 320, height: 180, seconds: 2, reference_path: null, out_path: clip }
    await renderer.render(order, () => {}, new AbortController().signal)
    await renderer.stop()
  })
  afterAll(async () => {
    await decoder.stop()
    await rm(folder, { recursive: true, force: true })
  })

  test('is measured without decoding it', async () => {
    expect(await probe(clip)).toMatchObject({
      outcome: 'ok',
      container: 'MP4',
      video: { codec: expect.stringMatching(/^avc1\./), width: 320, height: 180, fps: 24, frames: 48, duration_s: 2 },
      audio: { codec: 'mp4a.40.2', channels: 2, rate: 48_000 },
      fast_start: true,
    })
  })

  test('plays', async () => {
    expect(await decoder.plays(clip)).toEqual({ outcome: 'plays' })
  })

  test('is not judged by a decoder that can not start', async () => {
    const broken = createDecoder({ log, entry: new URL('./child-pool.broken-child.ts', import.meta.url) })
    await expect(broken.probe(clip)).rejects.toThrow('not looked at')
    await expect(broken.plays(clip)).rejects.toThrow('not looked at')
    await broken.stop()
  })

  test('gives a thumbnail and a sheet of ten', async () => {
    const thumbnail = await decoder.thumbnail(clip)
    if (thumbnail.outcome !== 'picture') throw new Error(thumbnail.why)
    expect(await sharp(thumbnail.bytes).metadata()).toMatchObject({ format: 'webp', width: 320, height: 180 })
    const sheet = await decoder.spritesheet(clip)
    if (sheet.outcome !== 'picture') throw new Error(sheet.why)
    expect(await sharp(sheet.bytes).metadata()).toMatchObject({ format: 'jpeg', width: 1600, height: 360 })
  })

  test('gives the same pictures every time: no frame is lost and no call waits for ever', async () => {
    const first = await decoder.spritesheet(clip)
    for (let round = 0; round < 60; round += 1) {
      expect(await decoder.plays(clip)).toEqual({ outcome: 'plays' })
      expect(await decoder.spritesheet(clip)).toEqual(first)
    }
  })

  test('is unreadable when it breaks off, although its index is whole', async () => {
    const bytes = await readFile(clip)
    const broken = await file('broken.mp4', bytes.subarray(0, Math.floor(bytes.length * 0.7)))
    expect(await probe(broken)).toMatchObject({ outcome: 'unreadable', why: expect.stringContaining('before its last frame') })
  })

  test('is read by a child in the same words', async () => {
    expect(await decoder.probe(clip)).toEqual(await probe(clip))
    expect(await decoder.probe(await file('other.mp4', PAGE))).toEqual(await probe(join(folder, 'other.mp4')))
  })

  test('whose index of a few bytes claims four billion frames is unreadable, and holds up nobody', async () => {
    const impatient = createDecoder({ log, timeout_ms: 1_500 })
    const path = await file('endless.mp4', withFrames(await readFile(clip), 0xffff_ffff))
    let turns = 0
    const turning = setInterval(() => (turns += 1), 50)
    expect(await impatient.probe(path)).toEqual({ outcome: 'unreadable', why: 'The file is not a readable clip.' })
    clearInterval(turning)
    expect(turns).toBeGreaterThan(0) // an index that is read here would have let none pass
    await impatient.stop()
  })

  test.each([
    ['a page of HTML', PAGE],
    ['nothing', ''],
    ['noise', Buffer.from(Array.from({ length: 5_000 }, (_, i) => (i * 7919) & 255))],
  ])('that is %s is unreadable and does not play', async (_, bytes) => {
    const path = await file('other.mp4', bytes)
    expect(await probe(path)).toMatchObject({ outcome: 'unreadable' })
    expect(await decoder.plays(path)).toMatchObject({ outcome: 'does_not_play' })
    expect(await decoder.thumbnail(path)).toMatchObject({ outcome: 'failed' })
  })

  test('whose pictures are zeros does not play, although its index is whole', async () => {
    const bytes = await readFile(clip)
    const media = bytes.indexOf('mdat', 0, 'latin1') + 4
    bytes.fill(0, media, bytes.length - 1_000)
    expect(await decoder.plays(await file('zeros.mp4', bytes))).toMatchObject({ outcome: 'does_not_play' })
  })

  test('that takes the decoder too long fails, and the next one is decoded', async () => {
    const hurried = createDecoder({ log, timeout_ms: 1 })
    expect(await hurried.thumbnail(clip)).toMatchObject({ outcome: 'failed' })
    await hurried.stop()
    expect(await decoder.plays(clip)).toEqual({ outcome: 'plays' })
  })

  test('gets no verdict when the decoder is stopped in the middle', async () => {
    const stopped = createDecoder({ log })
    const verdict = stopped.plays(clip)
    await Promise.all([expect(verdict).rejects.toThrow('stopping'), stopped.stop()])
  })

  test('gets no verdict when its caller waits no longer, and the next one is read', async () => {
    const path = await file('endless.mp4', withFrames(await readFile(clip), 0xffff_ffff))
    await expect(decoder.probe(path, AbortSignal.timeout(300))).rejects.toThrow()
    expect(await decoder.probe(clip)).toMatchObject({ outcome: 'ok' })
  })

  test('is decoded by a new child when the old one was killed', async () => {
    await decoder.plays(clip)
    const [pid = 0] = decoder.pids()
    process.kill(pid, 'SIGKILL')
    expect(await decoder.plays(clip)).toEqual({ outcome: 'plays' })
    expect(decoder.pids()).not.toContain(pid)
  })
})

const HOLD_OTHERS = ['moov', 'trak', 'mdia', 'minf', 'stbl']

/** The same file, every track of which claims so many samples of one byte each. */
function withFrames(boxes: Buffer, count: number): Buffer {
  const made: Buffer[] = []
  for (let at = 0; at < boxes.byteLength; at += boxes.readUInt32BE(at)) {
    const type = boxes.toString('latin1', at + 4, at + 8)
    const inside = boxes.subarray(at + 8, at + boxes.readUInt32BE(at))
    const numbers = { stsz: [0, 1, count], stts: [0, 1, count, 1] }[type]
    const body = numbers ? words(numbers) : HOLD_OTHERS.includes(type) ? withFrames(inside, count) : inside
    made.push(words([8 + body.byteLength]), Buffer.from(type, 'latin1'), body)
  }
  return Buffer.concat(made)
}

function words(numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * 4)
  for (const [i, number] of numbers.entries()) bytes.writeUInt32BE(number, i * 4)
  return bytes
}
