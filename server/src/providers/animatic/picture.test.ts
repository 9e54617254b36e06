import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCanvas } from '@napi-rs/canvas'
import { describe, expect, test } from 'vitest'
import type { RenderJob } from './job.ts'
import { openPicture } from './picture.ts'
import { openSoundtrack } from './soundtrack.ts'

const job = (more: Partial<RenderJob> = {}): RenderJob => ({
  prompt: 'A fox in a snowy forest at dawn',
  width: 192,
  height: 108,
  seconds: 8,
  seed: 0,
  reference_path: null,
  operation: 'create',
  source_path: null,
  characters: [],
  short: false,
  out_path: '',
  ...more,
})

const digest = async (order: RenderJob, frame: number): Promise<string> =>
  createHash('sha256')
    .update((await openPicture(order)).draw(frame))
    .digest('hex')

describe('openPicture', () => {
  test('equal orders give equal frames; another seed, prompt or frame another one', async () => {
    const frame = await digest(job(), 50)
    expect(await digest(job(), 50)).toBe(frame)
    expect(await digest(job({ seed: 1 }), 50)).not.toBe(frame)
    expect(await digest(job({ prompt: 'A fox in a snowy forest at dusk' }), 50)).not.toBe(frame)
    expect(await digest(job(), 51)).not.toBe(frame)
  })

  test('a frame does not depend on which were drawn before', async () => {
    const picture = await openPicture(job())
    picture.draw(120)
    expect(createHash('sha256').update(picture.draw(10)).digest('hex')).toBe(await digest(job(), 10))
  })

  test('two shots of a scene differ, and the cut is where the story says', async () => {
    const picture = await openPicture(job({ prompt: 'Mountains, static camera' }))
    const [cut = 0] = picture.story.cuts
    expect(cut).toBe(96)
    const before = Uint8Array.from(picture.draw(cut - 2))
    const last = Uint8Array.from(picture.draw(cut - 1))
    const first = picture.draw(cut)
    expect(difference(last, first)).toBeGreaterThan(4 * difference(before, last))
  })

  test.each([
    'mountains',
    'the ocean',
    'a city at night',
    'a forest',
    'dunes',
    'a meadow',
    'outer space',
    'a coral reef',
    'a kitchen',
    'an abstract pattern',
  ])('every frame of %s is covered to its edges, wherever the camera goes', async (prompt) => {
    for (const camera of ['pan left', 'tilt up', 'tilt down', 'pull out', 'aerial']) {
      const picture = await openPicture(job({ prompt: `${prompt}, ${camera}` }))
      for (const frame of [0, 95, 96, 191]) {
        // What a frame leaves uncovered would show the one before.
        picture.canvas.getContext('2d').clearRect(0, 0, 192, 108)
        picture.draw(frame)
        const thinnest = picture.canvas.data().reduce((least, value, i) => (i % 4 === 3 ? Math.min(least, value) : least), 255)
        expect(thinnest).toBeGreaterThan(250)
      }
    }
  })

  test('image-to-video begins with the picture itself, and moves on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'filmgate-reference-'))
    try {
      const canvas = createCanvas(192, 108)
      const context = canvas.getContext('2d')
      for (let x = 0; x < 192; x += 8) {
        context.fillStyle = `hsl(${x * 3}, 60%, ${30 + (x % 40)}%)`
        context.fillRect(x, 0, 8, 108)
      }
      const reference_path = join(folder, 'picture.png')
      await writeFile(reference_path, canvas.toBuffer('image/png'))
      for (const prompt of ['push in', 'pull out', 'pan left', 'tilt up', 'handheld', 'orbit']) {
        const picture = await openPicture(job({ prompt, reference_path }))
        picture.draw(0)
        expect(picture.canvas.data().equals(canvas.data())).toBe(true)
        picture.draw(1)
        expect(picture.canvas.data().equals(canvas.data())).toBe(false)
      }
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('any text is drawn: none, unknown glyphs, very long, right to left', async () => {
    for (const prompt of ['', '🦊🦊🦊', '山の夜明け', 'x'.repeat(32_000), 'word '.repeat(6_000), 'غروب الشمس', 'a\u0000b']) {
      expect((await openPicture(job({ prompt }))).draw(30).length).toBe(192 * 108 * 1.5)
    }
  })
})

test('the sound is never louder than full scale, starts and ends in silence, and rings a bell on the cut', async () => {
  const order = job()
  const { story } = await openPicture(order)
  const soundtrack = openSoundtrack(story, order)
  const samples: number[] = []
  for (let chunk = 0; chunk < 375; chunk += 1) samples.push(...soundtrack.next())
  expect(samples.reduce((loudest, sample) => Math.max(loudest, Math.abs(sample)), 0)).toBeLessThanOrEqual(1)
  expect(Math.abs(samples[0] ?? 1)).toBeLessThan(0.001)
  expect(Math.abs(samples.at(-1) ?? 1)).toBeLessThan(0.001)
  // The bell is the only sound so high: compare the energy of sample differences around the cut at 4 s.
  const high = (from_s: number): number => {
    let sum = 0
    for (let i = Math.round(from_s * 96_000); i < (from_s + 0.1) * 96_000; i += 2) sum += ((samples[i + 2] ?? 0) - (samples[i] ?? 0)) ** 2
    return sum
  }
  expect(high(4)).toBeGreaterThan(2 * high(3.8))
})

function difference(a: Uint8Array, b: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i += 1) sum += Math.abs((a[i] ?? 0) - (b[i] ?? 0))
  return sum
}
