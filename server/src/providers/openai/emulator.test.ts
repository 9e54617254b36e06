import OpenAI from 'openai'
import { expect, test } from 'vitest'
import { startOpenaiEmulator } from '../../../../emulators/src/openai.ts'

const CLIP = new Uint8Array(64).fill(1)

test('the official SDK works against the emulator: create, retrieve, list, content, delete', async () => {
  const emulator = await startOpenaiEmulator({ clip: () => CLIP, key: 'sk-test', render_ms: 0 })
  const { videos } = new OpenAI({ apiKey: 'sk-test', baseURL: emulator.base_url, maxRetries: 0 })
  const made = await videos.create({ prompt: 'a boat', seconds: '8', size: '1280x720' })
  expect(made).toMatchObject({ object: 'video', model: 'sora-2', seconds: '8', size: '1280x720', prompt: 'a boat' })
  expect(await videos.retrieve(made.id)).toMatchObject({ status: 'completed', progress: 100, error: null })
  const other = await videos.create({ prompt: 'two boats [[fail]]' })
  const listed: string[] = []
  for await (const video of videos.list({ limit: 1 })) listed.push(video.id)
  expect(listed).toEqual([other.id, made.id])
  const content = await videos.downloadContent(made.id)
  expect(new Uint8Array(await content.arrayBuffer())).toEqual(CLIP)
  const bill = [{ id: made.id, model: 'sora-2', seconds: 8, size: '1280x720', usd: 0.8 }]
  expect(emulator.bill()).toEqual(bill)
  expect(await videos.delete(made.id)).toEqual({ id: made.id, object: 'video.deleted', deleted: true })
  await expect(videos.retrieve(made.id)).rejects.toMatchObject({ status: 404 })
  expect(emulator.bill()).toEqual(bill)
  emulator.changeKey('another')
  await expect(videos.retrieve(other.id)).rejects.toMatchObject({ status: 401 })
  expect(emulator.asked).toEqual({ create: 2, retrieve: 3, list: 2, delete: 1, content: 1 })
  await emulator.stop()
})
