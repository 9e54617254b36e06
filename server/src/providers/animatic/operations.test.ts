import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Operation } from '../../domain/order.ts'
import { createDecoder } from '../../media/decoder.ts'
import { openPart } from '../../media/part.ts'
import { probe } from '../../media/probe.ts'
import { createStitcher } from '../../media/stitch.ts'
import { fileStore } from '../../media/store.ts'
import { testDatabase } from '../../testing/database.ts'
import { createWatcher } from '../../testing/watcher.ts'
import type { ProviderCharacter, ProviderOrder } from '../provider.ts'
import { Animatic } from './adapter.ts'
import { createRenderer } from './renderer.ts'
import { Studio } from './studio.ts'
import { worldOf } from './world.ts'

const log = { warn: () => {} }
const OPEN = { closes_at: Number.MAX_SAFE_INTEGER, open: () => true }
const SIZE = { width: 320, height: 180 }
/** Filmed by others: 96 x 64, 25 frames, mono at 44.1 kHz, one second. */
const FOREIGN = join(import.meta.dirname, '../../media/fixtures/b-frames-1.mp4')

describe('the animatic', () => {
  const renderer = createRenderer({ log, concurrency: 1 })
  const decoder = createDecoder({ log })
  const stitcher = createStitcher({ log })
  const watcher = createWatcher()
  let folder: string
  let database: Awaited<ReturnType<typeof testDatabase>>
  let studio: Studio
  let animatic: Animatic
  let source: string
  let fresh = 0

  beforeAll(async () => {
    database = await testDatabase()
    folder = await mkdtemp(join(tmpdir(), 'filmgate-operations-'))
    const store = fileStore(join(folder, 'assets'))
    await store.prepare()
    await mkdir(join(folder, 'scratch'))
    const common = { pool: database.pool, store, clock: Date.now }
    const onError = (error: unknown) => console.error(error)
    studio = new Studio({ ...common, renderer, scratch: join(folder, 'scratch'), concurrency: 1, onError })
    studio.start()
    animatic = new Animatic({ ...common, studio, decoder, uuid: randomUUID, sentinels: true })
    source = (await made('create', 'A cabin by a mountain lake, static camera', { seconds: 2 })).path
  })
  afterAll(async () => {
    await studio.stop()
    await Promise.all([renderer.stop(), decoder.stop(), stitcher.stop(), watcher.stop()])
    await database.drop()
    await rm(folder, { recursive: true, force: true })
  })

  function order(operation: Operation, prompt: string, more: Wanted = {}): ProviderOrder {
    const { seconds = 1, from, characters = [] } = more
    const begins = from === undefined ? null : { video: null, seconds: 2, provider: null }
    return {
      order: { operation, model: 'animatic', prompt, seconds, size: SIZE, has_reference: false, source: begins, complexity: 'standard' },
      provider_model: 'animatic',
      reference: null,
      source: from === undefined ? null : { ref: null, seconds: 2, bytes: 1, open: async () => new Blob([await readFile(from)]).stream() },
      characters,
      callback_url: null,
    }
  }

  /** Orders a clip, waits for it and fetches it into a file. */
  async function made(operation: Operation, prompt: string, more: Wanted = {}) {
    const key = randomUUID()
    const submitted = await animatic.submit(order(operation, prompt, more), key, OPEN)
    if (submitted.outcome !== 'running') throw new Error(`it was ${submitted.outcome}`)
    for (;;) {
      const progress = await animatic.check(submitted.ref)
      if (progress.state === 'failed') throw new Error(progress.message)
      if (progress.state === 'succeeded') {
        fresh += 1
        const path = join(folder, `${fresh}.mp4`)
        await writeFile(path, new Uint8Array(await new Response(await animatic.open(progress.asset)).arrayBuffer()))
        return { path, key, asset: progress.asset, ref: submitted.ref }
      }
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** A frame of the first tenth, grey, small. */
  async function glance(path: string): Promise<Buffer> {
    const thumbnail = await decoder.thumbnail(path)
    if (thumbnail.outcome !== 'picture') throw new Error(thumbnail.why)
    return sharp(thumbnail.bytes).resize(SIZE.width, SIZE.height).greyscale().raw().toBuffer()
  }

  test('remixes its own clip as the same shot: a scene of another hour has its outlines, another scene has not', async () => {
    const remix = await made('remix', 'At night', { seconds: 2, from: source })
    const other = await made('create', 'A cabin in a mountain valley at night, static camera, by a lake', { seconds: 2 })
    const [before, same, foreign] = [await glance(source), await glance(remix.path), await glance(other.path)]
    expect(mean(same)).toBeLessThan(mean(before) - 30)
    expect(likeness(before, same)).toBeGreaterThan(likeness(before, foreign) + 0.1)
    const { tags, close } = await openPart(remix.path)
    close()
    expect(worldOf(tags)?.prompts).toEqual(['A cabin by a mountain lake, static camera', 'At night'])
  })

  test('remixes a clip of others from its first frame, at the size and length that were ordered', async () => {
    const remix = await made('remix', 'In a purple dream', { from: FOREIGN })
    expect(await probe(remix.path)).toMatchObject({ video: { ...SIZE, frames: 24 } })
    expect(likeness(await glance(FOREIGN), await glance(remix.path))).toBeGreaterThan(0.4)
  })

  test('edits every frame of a clip and keeps its length, its frames and its sound', async () => {
    const edit = await made('edit', 'Make it night', { seconds: 2, from: source })
    const [before, after] = [await watcher.watch(source), await watcher.watch(edit.path)]
    expect(after.times).toEqual(before.times)
    expect(after.loudness).toEqual(before.loudness)
    for (const [i, value] of after.brightness.entries()) expect(value).toBeLessThan((before.brightness[i] ?? 0) - 20)
    expect(likeness(await glance(source), await glance(edit.path))).toBeGreaterThan(0.5)
    expect((await readFile(edit.path)).includes('digitalsourcetype/algorithmicMedia')).toBe(true)
  })

  test('edits a clip of others, with B-frames and another rate, and says that it did not draw it', async () => {
    const edit = await made('edit', 'Warm sunset light', { from: FOREIGN })
    const [before, after] = [await watcher.watch(FOREIGN), await watcher.watch(edit.path)]
    expect(after.times.map((time) => Math.round(time * 1000))).toEqual(before.times.map((time) => Math.round(time * 1000)))
    expect(await probe(edit.path)).toMatchObject({ video: SIZE, audio: { codec: 'mp4a.40.2', channels: 1, rate: 44_100 } })
    expect((await readFile(edit.path)).includes('digitalsourcetype/compositeSynthetic')).toBe(true)
  })

  test('extends a clip by its new seconds alone, from its last frame on, and the whole is copied together', async () => {
    const extension = await made('extend', 'The sun sets', { seconds: 1, from: source })
    expect(extension.asset).toMatchObject({ part: 'tail' })
    const [before, tail] = [await watcher.watch(source), await watcher.watch(extension.path)]
    expect(tail.times).toHaveLength(24)
    expect(Math.abs((tail.brightness[0] ?? 0) - (before.brightness.at(-1) ?? 0))).toBeLessThan(1)
    const whole = join(folder, 'whole.mp4')
    expect(await stitcher.stitch(source, extension.path, whole)).toEqual({ outcome: 'stitched', copied: true })
    expect((await watcher.watch(whole)).times).toHaveLength(72)
    // The whole shows the same scene still, and can be extended and remixed as such.
    const again = await made('extend', 'Night falls', { from: whole })
    expect(await stitcher.stitch(whole, again.path, join(folder, 'longer.mp4'))).toEqual({ outcome: 'stitched', copied: true })
  })

  test('extends what it edited without encoding anew, and what others made', async () => {
    const edit = await made('edit', 'Black and white', { from: source })
    const extension = await made('extend', 'A bird flies by', { from: edit.path })
    expect(await stitcher.stitch(edit.path, extension.path, join(folder, 'edited.mp4'))).toEqual({ outcome: 'stitched', copied: true })
    // Its first frame is bright, its last one is dark.
    const turning = join(folder, 'turning.mp4')
    await stitcher.stitch(source, (await made('create', 'The ocean at night')).path, turning)
    const [before, tail] = [await watcher.watch(turning), await watcher.watch((await made('extend', 'A cat', { from: turning })).path)]
    expect(Math.abs((tail.brightness[0] ?? 0) - (before.brightness.at(-1) ?? 0))).toBeLessThan(1)
    const foreign = await made('extend', 'A rocket rises', { from: FOREIGN })
    expect(await stitcher.stitch(FOREIGN, foreign.path, join(folder, 'foreign.mp4'))).toEqual({ outcome: 'stitched', copied: false })
  })

  test('shows its characters, who outlive their orders', async () => {
    const character = await animatic.createCharacter('Mira', async () => new Blob([await readFile(FOREIGN)]).stream())
    if (character.outcome !== 'made') throw new Error(character.message)
    const characters = [{ name: 'Mira', ref: character.ref }]
    const [alone, together] = [await made('create', 'An empty beach'), await made('create', 'An empty beach', { characters })]
    const [without, shown] = [await glance(alone.path), await glance(together.path)]
    const differing = shown.reduce((count, value, i) => count + (Math.abs(value - (without[i] ?? 0)) > 25 ? 1 : 0), 0)
    expect(differing / shown.length).toBeGreaterThan(0.02)
    await animatic.forget(together.ref)
    expect(await made('create', 'Another beach', { characters })).toMatchObject({ asset: expect.anything() })
  })

  test('takes no character from what is no clip, and keeps nothing of it', async () => {
    const before = await readdir(join(folder, 'assets/animatic/characters'))
    expect(await animatic.createCharacter('Nobody', async () => new Blob(['<html>']).stream())).toMatchObject({ outcome: 'rejected' })
    expect(await readdir(join(folder, 'assets/animatic/characters'))).toEqual(before)
  })

  test('the same key twice is one clip, and forgetting it leaves no file', async () => {
    const first = await made('edit', 'Fog', { from: source })
    expect(await animatic.submit(order('edit', 'Fog', { from: source }), first.key, OPEN)).toMatchObject({ ref: first.ref })
    expect(await animatic.check(first.ref)).toMatchObject({ state: 'succeeded' })
    await animatic.forget(first.ref)
    expect((await readdir(join(folder, 'assets/animatic'))).filter((name) => name.startsWith(first.key))).toEqual([])
  })

  test.each(['remix', 'edit', 'extend'] as const)('%s obeys the sentinels', async (operation) => {
    await expect(made(operation, 'a boat [[fail]]', { from: source })).rejects.toThrow('could not draw')
    await expect(made(operation, 'a boat [[moderated]]', { from: source })).rejects.toThrow('refused')
    const short = await probe((await made(operation, 'a boat [[short]]', { seconds: 2, from: source })).path)
    expect(short).toMatchObject({ video: { duration_s: 1 } })
  })

  test('says that it has no codecs where there are none', async () => {
    const render = async () => ({ outcome: 'unavailable', why: 'no build' }) as const
    const other = await testDatabase()
    const common = { pool: other.pool, store: fileStore(join(folder, 'other')), clock: Date.now }
    const idle = { render, pids: () => [], stop: async () => {} }
    const bare = new Studio({ ...common, renderer: idle, scratch: join(folder, 'scratch'), concurrency: 1, onError: () => {} })
    const provider = new Animatic({ ...common, studio: bare, decoder, uuid: randomUUID, sentinels: false })
    bare.start()
    const submitted = await provider.submit(order('edit', 'Fog', { from: source }), randomUUID(), OPEN)
    if (submitted.outcome !== 'running') throw new Error(`it was ${submitted.outcome}`)
    const check = () => provider.check(submitted.ref)
    await expect.poll(check).toMatchObject({ state: 'failed', message: expect.stringContaining('no video codecs') })
    await bare.stop()
    await other.drop()
  })
})

interface Wanted {
  readonly seconds?: number
  readonly from?: string
  readonly characters?: readonly ProviderCharacter[]
}

function mean(picture: Uint8Array): number {
  return picture.reduce((sum, value) => sum + value, 0) / picture.length
}

/** Correlation of two pictures: 1 when one is the other with another light. */
function likeness(a: Uint8Array, b: Uint8Array): number {
  const [mean_a, mean_b] = [mean(a), mean(b)]
  let [both, square_a, square_b] = [0, 0, 0]
  for (const [i, value] of a.entries()) {
    const [x, y] = [value - mean_a, (b[i] ?? 0) - mean_b]
    both += x * y
    square_a += x * x
    square_b += y * y
  }
  return both / Math.sqrt(square_a * square_b)
}
