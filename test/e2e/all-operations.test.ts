import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI, { toFile } from 'openai'
import type { Video } from 'openai/resources/videos'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { probe } from '../../server/src/media/probe.ts'
import { eventually } from './eventually.ts'
import { type Server, startServer } from './server.ts'

// Every operation of the Videos API as a program does it: the published SDK, real files, a server of its own with the animatic.

let server: Server
let client: OpenAI
let folder: string
beforeAll(async () => {
  server = await startServer()
  client = new OpenAI({ baseURL: `${server.address}/v1`, apiKey: server.demo_key })
  folder = await mkdtemp(join(tmpdir(), 'filmgate-operations-'))
})
afterAll(async () => {
  await server.remove()
  await rm(folder, { recursive: true, force: true })
})

async function completed(order: Promise<Video>): Promise<Video> {
  const { id, status, progress } = await order
  expect([status, progress]).toEqual(['queued', 0])
  const seen: string[] = []
  const video = await eventually(async () => {
    const now = await client.videos.retrieve(id)
    seen.push(now.status)
    return now.status === 'completed' || now.status === 'failed' ? now : null
  })
  expect(video, JSON.stringify(video.error)).toMatchObject({ status: 'completed', progress: 100, error: null })
  expect(seen.every((word) => ['queued', 'in_progress', 'completed'].includes(word))).toBe(true)
  return video
}

async function clipOf(video: Video): Promise<{ bytes: Buffer; seconds: number; size: string }> {
  const bytes = Buffer.from(await (await client.videos.downloadContent(video.id)).arrayBuffer())
  const path = join(folder, `${video.id}.mp4`)
  await writeFile(path, bytes)
  const seen = await probe(path)
  if (seen.outcome !== 'ok') throw new Error(seen.why)
  return { bytes, seconds: Math.round(seen.video.duration_s), size: `${seen.video.width}x${seen.video.height}` }
}

const charged = async (video: Video) => (await server.call('GET', `/v1/videos/${video.id}/receipt`)).json.charged

describe('the official SDK', () => {
  let first: Video
  let file: Buffer
  beforeAll(async () => {
    first = await completed(client.videos.create({ prompt: 'A red boat on the sea at noon', seconds: '4', size: '1280x720' }))
    file = (await clipOf(first)).bytes
  })

  test('remixes a video: same length and size, other pictures, and its source is named', async () => {
    const remix = await completed(client.videos.remix(first.id, { prompt: 'A red boat on the sea at night, in snow' }))
    expect(remix).toMatchObject({ remixed_from_video_id: first.id, seconds: '4', size: '1280x720', model: 'sora-2' })
    const { bytes, ...shape } = await clipOf(remix)
    expect(shape).toEqual({ seconds: 4, size: '1280x720' })
    expect(bytes.equals(file)).toBe(false)
    expect(await charged(remix)).toBe(40)
  })

  test.each(['by id', 'by upload'])(
    'edits a video %s',
    async (how) => {
      const video = how === 'by id' ? { id: first.id } : await toFile(file, 'README.md')
      const edit = await completed(client.videos.edit({ prompt: 'At dusk, in the rain', video }))
      expect(edit).toMatchObject({ seconds: '4', size: '1280x720' })
      const { bytes, ...shape } = await clipOf(edit)
      expect(shape).toEqual({ seconds: 4, size: '1280x720' })
      expect(bytes.equals(file)).toBe(false)
      expect(await charged(edit)).toBe(40)
    },
    120_000,
  )

  test.each(['by id', 'by upload'])(
    'extends a video %s: the whole comes back, and only what is new is paid for',
    async (how) => {
      const video = how === 'by id' ? { id: first.id } : await toFile(file, 'clip.mp4')
      const extension = await completed(client.videos.extend({ prompt: 'The boat comes nearer', seconds: '8', video }))
      expect(extension).toMatchObject({ seconds: '12', size: '1280x720' })
      const { bytes, ...shape } = await clipOf(extension)
      expect(shape).toEqual({ seconds: 12, size: '1280x720' })
      expect(bytes.length).toBeGreaterThan(file.length)
      expect(await charged(extension)).toBe(80)
    },
    120_000,
  )

  test('makes a character, which costs nothing, and shows it in a video', async () => {
    const before = (await server.call('GET', '/v1/balance')).json.available
    const character = await client.videos.createCharacter({ name: 'Marina', video: await toFile(file, 'upload') })
    expect(character).toMatchObject({ id: expect.stringMatching(/^char_/), name: 'Marina' })
    expect(await client.videos.getCharacter(character.id ?? '')).toEqual(character)
    expect((await server.call('GET', '/v1/balance')).json.available).toBe(before)
    // The field is in the vendor's guide and in no type of its library.
    const wish = { prompt: 'Marina waves from a pier', characters: [{ id: character.id }] }
    const video = await completed(client.videos.create({ ...wish, seconds: '4', size: '1280x720' }))
    expect((await clipOf(video)).seconds).toBe(4)
  })

  test('lists, shows thumbnail and spritesheet, deletes', async () => {
    const all = []
    for await (const video of client.videos.list({ limit: 2, order: 'asc' })) all.push(video.id)
    expect(all.length).toBeGreaterThanOrEqual(7)
    expect(all[0]).toBe(first.id)
    const pictures = []
    for (const variant of ['thumbnail', 'spritesheet'] as const) {
      const answer = await client.videos.downloadContent(first.id, { variant })
      pictures.push([variant, answer.headers.get('content-type'), (await answer.arrayBuffer()).byteLength > 1_000])
    }
    expect(pictures).toEqual([
      ['thumbnail', 'image/webp', true],
      ['spritesheet', 'image/jpeg', true],
    ])
    expect(await client.videos.delete(first.id)).toEqual({ id: first.id, object: 'video.deleted', deleted: true })
    await expect(client.videos.retrieve(first.id)).rejects.toThrow(OpenAI.NotFoundError)
    await expect(client.videos.remix(first.id, { prompt: 'again' })).rejects.toThrow(OpenAI.NotFoundError)
  })
})
