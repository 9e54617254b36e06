import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCanvas } from '@napi-rs/canvas'
import { ALL_FORMATS, FilePathSource, Input } from 'mediabunny'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDecoder } from '../../media/decoder.ts'
import { probe } from '../../media/probe.ts'
import { createRenderer, type RenderJob } from './renderer.ts'

const log = { warn: () => {} }

describe('the renderer', () => {
  const renderer = createRenderer({ log, concurrency: 1 })
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'filmgate-render-'))
  })
  afterAll(async () => {
    await renderer.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const order = (name: string, more: Partial<RenderJob> = {}): RenderJob => ({
    prompt: 'A lighthouse on a stormy coast',
    width: 320,
    height: 180,
    seconds: 1,
    reference_path: null,
    out_path: join(folder, name),
    ...more,
  })
  const render = (job: RenderJob, on_progress: (fraction: number) => void = () => {}, signal = new AbortController().signal) =>
    renderer.render(job, on_progress, signal)

  test.each([
    [320, 180, 2],
    [180, 320, 1],
    [854, 480, 1],
    [480, 854, 1],
  ])('makes an MP4 of %i x %i and %i s exactly, H.264 and AAC, index in front', async (width, height, seconds) => {
    const job = order(`${width}.mp4`, { width, height, seconds })
    const fractions: number[] = []
    const rendered = await render(job, (fraction) => fractions.push(fraction))
    const bytes = await readFile(job.out_path)
    expect(rendered).toEqual({ outcome: 'rendered', bytes: bytes.length })
    expect(await probe(job.out_path)).toMatchObject({
      outcome: 'ok',
      video: { codec: expect.stringMatching(/^avc1\.42c0/), width, height, fps: 24, frames: seconds * 24, duration_s: seconds },
      audio: { codec: 'mp4a.40.2', channels: 2, rate: 48_000 },
      fast_start: true,
    })
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b))
    expect(fractions.at(-1)).toBe(1)
  })

  test('says in the file what it is', async () => {
    const job = order('tags.mp4')
    await render(job)
    const input = new Input({ formats: ALL_FORMATS, source: new FilePathSource(job.out_path) })
    expect(await input.getMetadataTags()).toMatchObject({ title: job.prompt, comment: expect.stringContaining('without an AI model') })
    const track = await input.getPrimaryVideoTrack()
    expect(await track?.getColorSpace()).toMatchObject({ primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false })
    input.dispose()
    expect(await readFile(job.out_path, 'latin1')).toContain('digitalsourcetype/algorithmicMedia')
  })

  test('a child that is killed in the middle costs nothing: the job goes again in a fresh one', async () => {
    const job = order('killed.mp4', { seconds: 3 })
    let killed = 0
    const rendered = await render(job, () => {
      const [pid] = renderer.pids()
      if (killed > 0 || pid === undefined) return
      killed = pid
      process.kill(pid, 'SIGKILL')
    })
    expect(killed).toBeGreaterThan(0)
    expect(rendered).toMatchObject({ outcome: 'rendered' })
    expect(renderer.pids()).not.toContain(killed)
  })

  test('a job whose children are killed each time fails, alone, and leaves no file', async () => {
    const bad = order('doomed.mp4', { seconds: 3 })
    const good = order('good.mp4')
    const [failed, rendered] = await Promise.all([
      render(bad, () => {
        for (const pid of renderer.pids()) process.kill(pid, 'SIGKILL')
      }),
      render(good),
    ])
    expect(failed).toMatchObject({ outcome: 'failed' })
    expect(rendered).toMatchObject({ outcome: 'rendered' })
    expect((await readdir(folder)).filter((name) => name.startsWith('doomed'))).toEqual([])
  })

  test('an aborted job leaves no file', async () => {
    const job = order('aborted.mp4', { seconds: 5 })
    const abort = new AbortController()
    expect(await render(job, () => abort.abort(), abort.signal)).toEqual({ outcome: 'aborted' })
    expect((await readdir(folder)).filter((name) => name.startsWith('aborted'))).toEqual([])
  })

  test('a reference that is no picture fails the job with a reason', async () => {
    const reference_path = join(folder, 'page.png')
    await writeFile(reference_path, '<html></html>')
    expect(await render(order('noref.mp4', { reference_path }))).toMatchObject({ outcome: 'failed' })
    await expect(access(join(folder, 'noref.mp4'))).rejects.toThrow()
  })

  test('colours arrive in the clip as they were given, and the first frame is the reference', async () => {
    const canvas = createCanvas(320, 180)
    const context = canvas.getContext('2d')
    for (const [i, colour] of ['#d03020', '#20a040', '#2040c0', '#f0c010'].entries()) {
      context.fillStyle = colour
      context.fillRect(i * 80, 0, 80, 180)
    }
    const reference_path = join(folder, 'bars.png')
    await writeFile(reference_path, canvas.toBuffer('image/png'))
    const job = order('bars.mp4', { reference_path })
    await render(job)
    const decoder = createDecoder({ log })
    const sheet = await decoder.spritesheet(job.out_path)
    await decoder.stop()
    if (sheet.outcome !== 'picture') throw new Error(sheet.why)
    const { default: sharp } = await import('sharp')
    const { data, info } = await sharp(sheet.bytes).raw().toBuffer({ resolveWithObject: true })
    for (const [i, expected] of [
      [0xd0, 0x30, 0x20],
      [0x20, 0xa0, 0x40],
      [0x20, 0x40, 0xc0],
      [0xf0, 0xc0, 0x10],
    ].entries()) {
      const at = (90 * info.width + i * 80 + 40) * info.channels
      for (const [channel, value] of expected.entries()) expect(Math.abs((data[at + channel] ?? 0) - value)).toBeLessThan(14)
    }
  })
})
