import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { drawClip } from '../testing/clips.ts'
import { type SteppedWorld, steppedWorld } from '../testing/dictated.ts'
import { eventually } from '../testing/world.ts'
import { fetchStep } from './fetch.ts'
import type { Parts } from './parts.ts'
import { selectWork } from './queries.ts'
import { sweepVideos } from './sweep.ts'
import { joinTail } from './tail.ts'
import type { Work } from './work.ts'

const HOUR_MS = 3_600_000

let world: SteppedWorld
let four: Buffer<ArrayBuffer>
let id: string

beforeAll(async () => {
  four = await drawClip({ seconds: 4, width: 1280, height: 720 })
  world = await steppedWorld()
  world.provider.verdict = () => ({ state: 'succeeded', asset: {}, cost_micro: null })
})
afterAll(() => world.stop())
beforeEach(async () => {
  world.provider.bytes = new Uint8Array(four)
  id = await world.order()
  await world.step(id)
  await world.step(id)
})

async function work(): Promise<Work> {
  const found = await selectWork(world.database.pool, world.gateway.parts.engine, id)
  if (found === null) throw new Error('there is no such video')
  return found
}
const status = async () => (await world.call('GET', `/v1/videos/${id}`)).json.status
const clips = () => readdir(join(world.data_folder, 'assets/clips', id)).catch(() => [])
const sweep = (later_ms = 0) => sweepVideos({ ...world.gateway.parts, clock: () => world.gateway.parts.clock() + later_ms })

/** A worker that sleeps when it has the bytes and is about to look at them. */
async function sleeper(parts: Partial<Parts> = {}, probe = world.gateway.parts.decoder.probe) {
  const asleep = Promise.withResolvers<void>()
  const awake = Promise.withResolvers<void>()
  const { parts: own } = world.gateway
  const decoder: Parts['decoder'] = {
    ...own.decoder,
    async probe(path) {
      asleep.resolve()
      await awake.promise
      return probe(path)
    },
  }
  const job = { id: (await work()).job ?? '', subject: id }
  const done = fetchStep({ ...own, decoder, ...parts }, job)
  await asleep.promise
  return {
    async wake() {
      awake.resolve()
      await done
    },
  }
}

describe('a worker that wakes up after another one completed its video', () => {
  test.each(['behind the final deadline', 'and can not read it'])('%s leaves its bytes', async (how) => {
    const { parts } = world.gateway
    let readable = true
    const probe: Parts['decoder']['probe'] = async (path) =>
      readable ? parts.decoder.probe(path) : { outcome: 'unreadable', why: 'It is empty.' }
    const late = await sleeper({}, probe)
    await world.step(id)
    expect(await status()).toBe('completed')
    if (how === 'behind the final deadline') world.advance(25 * HOUR_MS)
    else readable = false
    await late.wake()
    await sweep()
    await sweep(2 * HOUR_MS)
    const content = await world.call('GET', `/v1/videos/${id}/content`)
    expect([content.status, content.bytes.equals(four)]).toEqual([200, true])
  })
})

test('bytes that come after their video was ended go', async () => {
  const provider = world.provider
  const { promise, resolve } = Promise.withResolvers<void>()
  const opening = Promise.withResolvers<void>()
  const { open } = provider
  const job = { id: (await work()).job ?? '', subject: id }
  provider.open = async () => {
    opening.resolve()
    await promise
    return open()
  }
  const late = fetchStep(world.gateway.parts, job)
  await opening.promise
  provider.open = open
  world.advance(25 * HOUR_MS)
  await world.step(id)
  expect(await status()).toBe('failed')
  resolve()
  await late
  expect(await clips()).toEqual([])
})

test.each(['output_invalid', 'expired'])('who is killed behind the end of a video (%s) leaves no bytes for ever', async (code) => {
  const { parts } = world.gateway
  if (code === 'output_invalid') world.provider.bytes = new TextEncoder().encode('<html>')
  const list = async (folder: string, before: number) => {
    if (folder.startsWith('clips/')) throw new Error('killed')
    return parts.store.list(folder, before)
  }
  const doomed = await sleeper({ store: { ...parts.store, list } })
  if (code === 'expired') world.advance(25 * HOUR_MS)
  await doomed.wake().catch(() => undefined)
  expect((await world.call('GET', `/v1/videos/${id}`)).json.error.code).toBe(code)
  expect(await clips()).toEqual(['1.mp4'])
  await sweep()
  expect(await clips()).toEqual([])
  await sweep(2 * HOUR_MS)
  expect(await readdir(join(world.data_folder, 'assets/unwanted'))).toEqual([])
})

test('two workers that join one tail have parts of their own', async () => {
  const { parts } = world.gateway
  await parts.store.put(`sources/${id}`, four, four.length)
  const source = { key: `sources/${id}`, bytes: four.length, ref: null }
  const outs: string[] = []
  const joined = Promise.withResolvers<void>()
  const stitch: Parts['stitch'] = async (_first, second, out) => {
    outs.push(second, out)
    if (outs.length === 4) joined.resolve()
    await joined.promise
    await writeFile(out, four)
    return { outcome: 'stitched', copied: true }
  }
  const one = { ...(await work()), source }
  const tail = () => new Blob([four]).stream()
  const both = ['a', 'b'].map((key) => joinTail({ ...parts, stitch }, one, tail(), `clips/${id}/${key}.mp4`))
  expect(await Promise.all(both)).toEqual([
    { bytes: four.length, wrong: null },
    { bytes: four.length, wrong: null },
  ])
  expect(new Set(outs).size).toBe(4)
  await eventually(async () => ((await readdir(join(world.data_folder, 'assets/joining'))).length === 0 ? true : null))
})

test.each(['the disk is full', 'the tail is gone'])('a tail that can not be joined because %s is joined at the next try', async (fault) => {
  const { parts } = world.gateway
  await parts.store.put(`sources/${id}`, four, four.length)
  const one = { ...(await work()), source: { key: `sources/${id}`, bytes: four.length, ref: null } }
  const key = `clips/${id}/1.mp4`
  const stitch: Parts['stitch'] = async (_first, _second, out) => {
    await writeFile(out, four)
    return { outcome: 'stitched', copied: true }
  }
  const full = async () => Promise.reject(new Error('ENOSPC'))
  const put: Parts['store']['put'] = async (name, bytes, limit) => {
    const stored = await parts.store.put(name, bytes, limit)
    await parts.store.remove(name)
    return stored
  }
  const faulty = fault === 'the disk is full' ? { ...parts, stitch: full } : { ...parts, store: { ...parts.store, put } }
  const tail = () => new Blob([four]).stream()
  await expect(joinTail(faulty, one, tail(), key)).rejects.toThrow(fault === 'the disk is full' ? 'ENOSPC' : 'went')
  expect(await readdir(join(world.data_folder, 'assets/joining'))).toEqual([])
  expect(await joinTail({ ...parts, stitch }, one, tail(), key)).toEqual({ bytes: four.length, wrong: null })
})

test('a clip that goes while it is looked at is fetched again, and is no verdict', async () => {
  const late = await sleeper()
  await world.gateway.parts.store.remove(`clips/${id}/1.mp4`)
  await late.wake()
  expect(await status()).toBe('in_progress')
  world.advance(HOUR_MS)
  await world.step(id)
  expect(await status()).toBe('completed')
})
