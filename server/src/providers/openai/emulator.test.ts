import { createReadStream, openAsBlob } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { type ClipOrder, startOpenaiEmulator } from '../../../../emulators/src/openai.ts'
import { createRenderer } from '../animatic/renderer.ts'

const KEY = 'sk-test'
const SIZE = '1280x720'
const CLIP = new Uint8Array(64).fill(1)

let folder: string
let path: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filmgate-emulator-'))
  path = join(folder, 'boat.mp4')
  const renderer = createRenderer({ log: { warn: () => undefined }, concurrency: 1 })
  const job = { prompt: 'a boat', width: 480, height: 854, seconds: 4, reference_path: null, out_path: path }
  expect(await renderer.render(job, () => undefined, new AbortController().signal)).toMatchObject({ outcome: 'rendered' })
  await renderer.stop()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('the official SDK works against the emulator: all ten operations, with real files', async () => {
  const ordered: ClipOrder[] = []
  const clip = (order: ClipOrder) => {
    ordered.push(order)
    return CLIP
  }
  const emulator = await startOpenaiEmulator({ clip, key: KEY, render_ms: 0 })
  const { videos } = new OpenAI({ apiKey: KEY, baseURL: emulator.base_url, maxRetries: 0 })

  const boat = await videos.createCharacter({ name: 'Mara', video: createReadStream(path) })
  expect(await videos.getCharacter(boat.id ?? '')).toEqual(boat)
  // Neither the SDK's types nor the specification know characters on a create; the guide does.
  const cast = { characters: [{ id: boat.id }] }
  const made = await videos.create({ prompt: 'Mara in a boat', seconds: '8', size: SIZE, input_reference: createReadStream(path), ...cast })
  expect(made).toMatchObject({ object: 'video', model: 'sora-2', seconds: '8', size: SIZE, prompt: 'Mara in a boat' })
  expect(emulator.jobs.get(made.id)?.ordered).toMatchObject({ characters: [boat.id], reference_bytes: (await readFile(path)).byteLength })
  expect(await videos.retrieve(made.id)).toMatchObject({ status: 'completed', progress: 100, error: null })
  const linked = await videos.create({ prompt: 'a boat', model: 'sora-2-pro', input_reference: { image_url: 'https://a.example/b.png' } })
  expect(emulator.jobs.get(linked.id)?.ordered.reference_bytes).toBe(23)

  const remix = await videos.remix(made.id, { prompt: 'at night' })
  expect(remix).toMatchObject({ prompt: 'at night', seconds: '8', size: SIZE, model: 'sora-2', remixed_from_video_id: made.id })
  expect(await videos.edit({ prompt: 'in fog', video: { id: linked.id } })).toMatchObject({ model: 'sora-2-pro', seconds: '4' })
  const uploaded = await videos.edit({ prompt: 'in rain', video: await openAsBlob(path) })
  expect(uploaded).toMatchObject({ size: '480x854', seconds: '4' })
  const longer = await videos.extend({ prompt: 'it lands', seconds: '4', video: { id: made.id } })
  expect(longer).toMatchObject({ seconds: '12', size: SIZE })
  expect(await videos.extend({ prompt: 'it lands', seconds: '8', video: createReadStream(path) })).toMatchObject({ seconds: '12' })

  const bytes = async (id: string, variant?: 'thumbnail' | 'spritesheet') => {
    const content = await videos.downloadContent(id, variant && { variant })
    return [content.headers.get('content-type'), new Uint8Array(await content.arrayBuffer()).subarray(0, 4)]
  }
  expect(await bytes(made.id)).toEqual(['video/mp4', CLIP.subarray(0, 4)])
  expect(await bytes(made.id, 'thumbnail')).toEqual(['image/webp', new TextEncoder().encode('RIFF')])
  expect(await bytes(made.id, 'spritesheet')).toEqual(['image/jpeg', new Uint8Array([0xff, 0xd8, 0xff, 0xe0])])
  ordered.length = 0
  await bytes(longer.id)
  expect(ordered).toMatchObject([
    { operation: 'create', lasts_s: 8, source_bytes: null },
    { operation: 'extend', lasts_s: 12, seconds: 4, source_bytes: CLIP },
  ])
  await bytes(uploaded.id)
  expect(Buffer.compare(ordered[2]?.source_bytes ?? CLIP, await readFile(path))).toBe(0)

  const listed: string[] = []
  for await (const video of videos.list({ limit: 4 })) listed.push(video.id)
  expect(listed).toEqual([...emulator.jobs.keys()].reverse())
  expect(listed).toHaveLength(7)
  const bill = emulator.bill()
  expect(bill.map(({ operation, usd }) => [operation, usd])).toEqual([
    ['create', 0.8],
    ['create', 1.2],
    ['remix', 0.8],
    ['edit', 1.2],
    ['edit', 0.4],
    ['extend', 0.4],
    ['extend', 0.8],
  ])
  expect(await videos.delete(made.id)).toEqual({ id: made.id, object: 'video.deleted', deleted: true })
  await expect(videos.retrieve(made.id)).rejects.toMatchObject({ status: 404 })
  await expect(videos.remix(made.id, { prompt: 'again' })).rejects.toMatchObject({ status: 404 })
  expect(emulator.bill()).toEqual(bill)
  emulator.changeKey('another')
  await expect(videos.retrieve(linked.id)).rejects.toMatchObject({ status: 401 })
  expect(emulator.asked).toMatchObject({ create: 2, remix: 2, edit: 2, extend: 2, delete: 1, content: 5, list: 2, create_character: 1 })
  await emulator.stop()
})

test('JSON says the same as a form', async () => {
  const emulator = await startOpenaiEmulator({ clip: () => CLIP, render_ms: 0 })
  const post = async (what: string, body: object) => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${emulator.base_url}/videos${what}`, { method: 'POST', headers, body: JSON.stringify(body) })
    return { status: response.status, json: z.looseObject({ id: z.string().default('') }).parse(await response.json()) }
  }
  const made = await post('', { prompt: 'a boat', seconds: '4', size: SIZE, input_reference: { image_url: 'data:,' } })
  expect(made).toMatchObject({ status: 200, json: { seconds: '4', size: SIZE } })
  const video = { id: made.json.id }
  expect(await post('/edits', { prompt: 'in fog', video })).toMatchObject({ status: 200, json: { seconds: '4' } })
  expect(await post('/extensions', { prompt: 'on', seconds: '8', video })).toMatchObject({ status: 200, json: { seconds: '12' } })
  expect(await post(`/${video.id}/remix`, { prompt: 'at night' })).toMatchObject({ json: { remixed_from_video_id: video.id } })
  const wrong: [string, object, number][] = [
    ['', {}, 400],
    ['', { prompt: 'a boat', seconds: 4 }, 400],
    ['', { prompt: 'a boat', seconds: '5' }, 400],
    ['', { prompt: 'a boat', size: '1x1' }, 400],
    ['', { prompt: 'a boat', characters: [{ id: 'char_none' }] }, 404],
    ['/edits', { prompt: 'in fog' }, 400],
    ['/edits', { prompt: 'in fog', video: { id: 'video_none' } }, 404],
    ['/extensions', { prompt: 'on', video }, 400],
    ['/characters', { name: 'Mara' }, 400],
    ['/nothing/at/all', {}, 404],
  ]
  for (const [what, body, status] of wrong) expect(await post(what, body), JSON.stringify([what, body])).toMatchObject({ status })
  await emulator.stop()
})
