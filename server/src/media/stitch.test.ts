import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ALL_FORMATS, EncodedPacketSink, FilePathSource, Input } from 'mediabunny'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createRenderer, type RenderJob } from '../providers/animatic/renderer.ts'
import { createWatcher, type Seen } from '../testing/watcher.ts'
import { openClip } from './clip-writer.ts'
import { openPart } from './part.ts'
import { probe } from './probe.ts'
import { createStitcher } from './stitch.ts'

const log = { warn: () => {} }
/** x264 with B-frames, 25 frames a second in a time base of 12,800; AAC, mono, 44.1 kHz, primed through an edit list. One second each. */
const B_FRAMES = [1, 2].map((n) => join(import.meta.dirname, 'fixtures', `b-frames-${n}.mp4`)) as [string, string]

describe('the stitcher', () => {
  const renderer = createRenderer({ log, concurrency: 1 })
  const stitcher = createStitcher({ log })
  const watcher = createWatcher()
  let folder: string
  let night: string
  let desert: string
  let small: string
  let mute: string
  let out: string
  const render = async (name: string, more: Partial<RenderJob>): Promise<string> => {
    const out_path = join(folder, name)
    const order = { prompt: 'a desert', width: 320, height: 180, seconds: 1, reference_path: null, out_path, ...more }
    expect(await renderer.render(order, () => {}, new AbortController().signal)).toMatchObject({ outcome: 'rendered' })
    return out_path
  }
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'filmgate-stitch-'))
    out = join(folder, 'out.mp4')
    night = await render('night.mp4', { prompt: 'the ocean at night' })
    desert = await render('desert.mp4', { prompt: 'a desert', seconds: 2 })
    small = await render('small.mp4', { prompt: 'a desert', width: 180, height: 320 })
    mute = await withoutSound(night, join(folder, 'mute.mp4'))
  })
  beforeEach(() => rm(out, { force: true }))
  afterAll(async () => {
    await renderer.stop()
    await stitcher.stop()
    await watcher.stop()
    await rm(folder, { recursive: true, force: true })
  })

  /** Stitches, and compares what is seen in the whole with what is seen in its parts, frame by frame. */
  async function stitched(first: string, second: string): Promise<{ whole: Seen; parts: readonly [Seen, Seen]; copied: boolean }> {
    const result = await stitcher.stitch(first, second, out)
    if (result.outcome === 'failed') throw new Error(result.why)
    const [a, b, whole] = [await watcher.watch(first), await watcher.watch(second), await watcher.watch(out)]
    expect(whole.times).toHaveLength(a.times.length + b.times.length)
    const [first_probe, second_probe, probed] = [await probe(first), await probe(second), await probe(out)]
    if (first_probe.outcome !== 'ok' || second_probe.outcome !== 'ok' || probed.outcome !== 'ok') throw new Error('one can not be read')
    expect(probed).toMatchObject({ container: 'MP4', fast_start: true, video: { codec: expect.stringMatching(/^avc1\./) } })
    const seam_s = first_probe.video.duration_s
    expect(Math.abs(probed.video.duration_s - seam_s - second_probe.video.duration_s)).toBeLessThan(0.001)
    const expected = [...a.times, ...b.times.map((time) => time + seam_s)]
    for (const [i, time] of whole.times.entries()) expect(Math.abs(time - (expected[i] ?? 0))).toBeLessThan(0.001)
    expect(await firstPacketFrom(out, seam_s)).toMatchObject({ type: 'key' })
    return { whole, parts: [a, b], copied: result.copied }
  }

  test('copies clips of one encoder, packet by packet: nothing is encoded anew', async () => {
    const { whole, parts, copied } = await stitched(night, desert)
    expect(copied).toBe(true)
    expect(whole.brightness).toEqual(parts.flatMap(({ brightness }) => brightness))
    expect(Math.abs(whole.samples / 48_000 - 3)).toBeLessThan(0.03)
  })

  test('goes on with what it made', async () => {
    expect(await stitcher.stitch(night, desert, join(folder, 'once.mp4'))).toEqual({ outcome: 'stitched', copied: true })
    const { copied, whole } = await stitched(join(folder, 'once.mp4'), night)
    expect(copied).toBe(true)
    expect(whole.times).toHaveLength(96)
  })

  test('copies B-frames, other time bases and edit lists', async () => {
    const { whole, parts, copied } = await stitched(...B_FRAMES)
    expect(copied).toBe(true)
    expect(whole.brightness).toEqual(parts.flatMap(({ brightness }) => brightness))
    expect(whole.times.map((time) => Math.round(time * 25))).toEqual(Array.from({ length: 50 }, (_, i) => i))
  })

  test('encodes anew what another encoder made: the same frames in the same order', async () => {
    // Of one size: only the parameter sets differ.
    const tiny = await render('tiny.mp4', { prompt: 'the ocean at night', width: 96, height: 64 })
    const { whole, parts, copied } = await stitched(tiny, B_FRAMES[0])
    expect(copied).toBe(false)
    const before = parts.flatMap(({ brightness }) => brightness)
    for (const [i, value] of whole.brightness.entries()) expect(Math.abs(value - (before[i] ?? 0))).toBeLessThan(3)
    // Mono at 44.1 kHz became stereo at 48 kHz, as loud as before and in its place.
    expect(await probe(out)).toMatchObject({ audio: { codec: 'mp4a.40.2', channels: 2, rate: 48_000 } })
    expect(Math.abs(whole.samples / 48_000 - 2)).toBeLessThan(0.03)
    expect(Math.abs((whole.loudness[15] ?? 0) - (parts[1].loudness[5] ?? 0))).toBeLessThan(0.02)
  })

  test('encodes a clip of another size anew at the size of the first', async () => {
    expect((await stitched(night, small)).copied).toBe(false)
    expect(await probe(out)).toMatchObject({ video: { width: 320, height: 180 } })
  })

  test.each([
    ['first', () => [mute, desert] as const, [1, 9], [12, 26]],
    ['second', () => [desert, mute] as const, [21, 28], [2, 16]],
  ])(
    'a %s clip without sound is silent in the whole, the other is heard in its place',
    async (_, clips, [from, to], [loud_from, loud_to]) => {
      const { whole, copied } = await stitched(...clips())
      expect(copied).toBe(true)
      expect(Math.abs(whole.samples / 48_000 - 3)).toBeLessThan(0.03)
      expect(Math.max(...whole.loudness.slice(from, to))).toBeLessThan(0.001)
      expect(Math.max(...whole.loudness.slice(loud_from, loud_to))).toBeGreaterThan(0.02)
    },
  )

  test('two clips without sound give one without sound', async () => {
    expect((await stitched(mute, mute)).copied).toBe(true)
    expect(await probe(out)).toMatchObject({ audio: null })
  })

  describe('cuts a clip to its first seconds', () => {
    /** The frames of the cut are those that the whole begins with. */
    async function cut(path: string, shape: { seconds: number; width: number; height: number }) {
      const result = await stitcher.reshape(path, shape, out)
      if (result.outcome === 'failed') throw new Error(result.why)
      const [whole, seen, probed] = [await watcher.watch(path), await watcher.watch(out), await probe(out)]
      const { width, height } = shape
      expect(probed).toMatchObject({
        container: 'MP4',
        fast_start: true,
        video: { width, height, codec: expect.stringMatching(/^avc1\./) },
      })
      if (probed.outcome === 'ok')
        expect(Math.abs(probed.video.duration_s - Math.min(shape.seconds, whole.times.length))).toBeLessThan(0.001)
      for (const [i, value] of seen.brightness.entries()) expect(Math.abs(value - (whole.brightness[i] ?? 0))).toBeLessThan(3)
      expect(Math.abs(seen.samples / 48_000 - shape.seconds)).toBeLessThan(0.03)
      return { ...result, frames: seen.times.length }
    }

    test('by copying, where frames are stored as they are shown', async () => {
      expect(await cut(desert, { seconds: 1.5, width: 320, height: 180 })).toMatchObject({ copied: true, frames: 36 })
    })
    test('by encoding, where later frames are needed for earlier ones', async () => {
      expect(await cut(B_FRAMES[0], { seconds: 0.5, width: 96, height: 64 })).toMatchObject({ copied: false, frames: 13 })
    })
    test('at a smaller size', async () => {
      expect(await cut(desert, { seconds: 1, width: 160, height: 90 })).toMatchObject({ copied: false, frames: 24 })
    })
    test('and says so when it can not be read', async () => {
      const page = join(folder, 'page.mp4')
      await writeFile(page, '<!DOCTYPE html><html></html>')
      expect(await stitcher.reshape(page, { seconds: 1, width: 96, height: 64 }, out)).toMatchObject({ outcome: 'failed' })
      expect((await readdir(folder)).filter((name) => name.startsWith('out'))).toEqual([])
    })
  })

  test.each([
    ['breaks off', async () => (await readFile(desert)).subarray(0, Math.floor((await stat(desert)).size * 0.7))],
    ['is a page of HTML', () => '<!DOCTYPE html><html></html>'],
    ['is empty', () => ''],
  ])('a clip that %s fails with a reason and leaves no file', async (_, bytes) => {
    const bad = join(folder, 'bad.mp4')
    await writeFile(bad, await bytes())
    for (const [first, second] of [
      [bad, night],
      [night, bad],
    ] as const)
      expect(await stitcher.stitch(first, second, out)).toEqual({ outcome: 'failed', why: expect.stringMatching(/./) })
    expect((await readdir(folder)).filter((name) => name.startsWith('out'))).toEqual([])
  })

  test('pictures of zeros fail where they would have to be decoded', async () => {
    const bytes = await readFile(small)
    bytes.fill(0, bytes.indexOf('mdat', 0, 'latin1') + 4, bytes.length - 1_000)
    await writeFile(join(folder, 'zeros.mp4'), bytes)
    expect(await stitcher.stitch(night, join(folder, 'zeros.mp4'), out)).toMatchObject({ outcome: 'failed' })
  })

  test.skipIf(process.platform !== 'linux')('a full disk is no verdict on the clips, whether they are copied or encoded anew', async () => {
    for (const second of [desert, small]) {
      const full = join(folder, 'full.mp4')
      await symlink('/dev/full', `${full}.part`)
      await expect(stitcher.stitch(night, second, full)).rejects.toThrow('ENOSPC')
    }
  })

  test('a clip that is not there, or a child that is lost, is no verdict on the clips', async () => {
    await expect(stitcher.stitch(night, join(folder, 'gone.mp4'), out)).rejects.toThrow('ENOENT')
    const killing = setInterval(() => {
      for (const pid of stitcher.pids()) process.kill(pid, 'SIGKILL')
    }, 10)
    try {
      await expect(stitcher.stitch(night, small, out)).rejects.toThrow('SIGKILL')
    } finally {
      clearInterval(killing)
    }
    expect((await readdir(folder)).filter((name) => name.startsWith('out'))).toEqual([])
  })

  test('throws when it is stopped in the middle, and leaves no file', async () => {
    const abort = new AbortController()
    const stitching = stitcher.stitch(night, small, out, abort.signal)
    setTimeout(() => abort.abort(), 100)
    await expect(stitching).rejects.toThrow('stopped')
    expect((await readdir(folder)).filter((name) => name.startsWith('out'))).toEqual([])
  })
})

async function firstPacketFrom(path: string, time_s: number) {
  const input = new Input({ formats: ALL_FORMATS, source: new FilePathSource(path) })
  try {
    const track = await input.getPrimaryVideoTrack()
    return track && (await new EncodedPacketSink(track).getPacket(time_s + 0.001, { verifyKeyPackets: true }))
  } finally {
    input.dispose()
  }
}

async function withoutSound(path: string, muted: string): Promise<string> {
  const { pictures, close } = await openPart(path)
  const { config, frames } = pictures
  const copied = { kind: 'copied', config, rotation: 0, frames_max: frames } as const
  const clip = await openClip(null, { path: muted, pictures: copied, sound: null, tags: {}, trailer: null })
  for await (const packet of new EncodedPacketSink(pictures.track).packets()) await clip.addPicturePacket(packet)
  await clip.finish()
  close()
  return muted
}
