import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import OpenAI from 'openai'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { type DialectName, type OpenaiEmulator, type OpenaiEmulatorOptions, startOpenaiEmulator } from '../../../../emulators/src/openai.ts'

const CLIP = new Uint8Array(64).fill(1)
const started: OpenaiEmulator[] = []
afterAll(async () => void (await Promise.all(started.map((emulator) => emulator.stop()))))

let now = 0
beforeEach(() => {
  now = Date.UTC(2026, 0, 1)
})

async function start(options: Partial<OpenaiEmulatorOptions> = {}) {
  const clip = options.clip ?? (() => CLIP)
  const emulator = await startOpenaiEmulator({ render_ms: 1_000, clock: () => now, key: 'sk-test', ...options, clip })
  started.push(emulator)
  const client = new OpenAI({ apiKey: 'sk-test', baseURL: emulator.base_url, maxRetries: 0 })
  return { emulator, videos: client.videos }
}

const status = (error: unknown) => (error instanceof OpenAI.APIError ? (error.status ?? error.constructor.name) : String(error))

describe('by sentinel, for as many requests as it says, a job', () => {
  test.each([
    ['[[submit:429]]', 429, 0],
    ['[[submit:throttled]]', 429, 0],
    ['[[submit:500]]', 500, 0],
    ['[[submit:500_after]]', 500, 1],
    ['[[submit:drop_before]]', 'APIConnectionError', 0],
    ['[[submit:drop_after]]', 'APIConnectionError', 1],
    ['[[submit:hang_before]]', 'APIConnectionTimeoutError', 0],
    ['[[submit:hang_after]]', 'APIConnectionTimeoutError', 1],
    ['[[gone]]', 404, 0],
  ])('is refused or lost: %s', async (sentinel, answer, taken) => {
    const { emulator, videos } = await start()
    const options = sentinel.includes('hang') ? { timeout: 1_000 } : {}
    expect(status(await videos.create({ prompt: `a boat ${sentinel}` }, options).catch((error: unknown) => error))).toBe(answer)
    expect([emulator.jobs.size, emulator.bill().length]).toEqual([taken, taken])
    if (sentinel !== '[[gone]]') expect((await videos.create({ prompt: `a boat ${sentinel}` })).status).toBe('queued')
  })

  test('shows itself as asked while it runs, and ends when the clock says so', async () => {
    const { videos } = await start()
    const plain = await videos.create({ prompt: 'a boat [[slow:9]]' })
    const backwards = await videos.create({ prompt: 'a boat [[slow:9]] [[backwards]]' })
    const flapping = await videos.create({ prompt: 'a boat [[slow:9]] [[flapping]]' })
    const [rising, falling, states]: [number[], number[], string[]] = [[], [], []]
    for (let second = 0; second < 4; second++, now += 2_000) {
      rising.push((await videos.retrieve(plain.id)).progress)
      falling.push((await videos.retrieve(backwards.id)).progress)
      states.push((await videos.retrieve(flapping.id)).status)
    }
    expect(rising).toEqual([0, 19, 39, 59])
    expect(falling).toEqual([99, 80, 60, 40])
    expect(states).toEqual(['queued', 'queued', 'in_progress', 'queued'])
    now += 2_000
    states.length = 0
    for (let read = 0; read < 3; read++) states.push((await videos.retrieve(flapping.id)).status)
    expect(states).toEqual(['completed', 'in_progress', 'completed'])
  })

  test('fails, billed or not; late or never', async () => {
    const { emulator, videos } = await start()
    const failing = await videos.create({ prompt: 'a boat [[fail]] [[slow:60]]' })
    const billed = await videos.create({ prompt: 'a boat [[moderated]] [[billed]]' })
    const hanging = await videos.create({ prompt: 'a boat [[hang]]' })
    now += 1_000
    expect(await videos.retrieve(billed.id)).toMatchObject({ status: 'failed', error: { code: 'moderation_blocked' } })
    expect(await videos.retrieve(failing.id)).toMatchObject({ status: 'in_progress' })
    now += 60_000
    expect(await videos.retrieve(failing.id)).toMatchObject({ status: 'failed', error: { code: 'server_error' } })
    expect(await videos.retrieve(hanging.id)).toMatchObject({ status: 'in_progress' })
    expect(emulator.bill().map(({ id }) => id)).toEqual([billed.id, hanging.id])
  })

  test.each([
    ['[[no_file]]', 404],
    ['[[expired]]', 403],
    ['[[revoked]]', 401],
    ['[[gone_later]]', 404],
    ['[[content:html_502]]', 502],
  ])('is completed and has no clip: %s', async (sentinel, answer) => {
    const { videos } = await start({ render_ms: 0 })
    const { id } = await videos.create({ prompt: `a boat ${sentinel}` })
    expect(status(await videos.downloadContent(id).catch((error: unknown) => error))).toBe(answer)
    const again = await videos.downloadContent(id).catch((error: unknown) => error)
    if (!sentinel.includes(':')) expect(status(again)).toBe(answer)
  })

  test('has another clip than was ordered', async () => {
    const { videos } = await start({ render_ms: 0, clip: ({ size, lasts_s }) => Buffer.from(`${size} ${lasts_s}`) })
    const text = async (sentinel: string) => {
      const { id } = await videos.create({ prompt: `a boat ${sentinel}`, seconds: '8', size: '1280x720' })
      return (await videos.downloadContent(id)).text()
    }
    expect(await text('')).toBe('1280x720 8')
    expect(await text('[[short]]')).toBe('1280x720 4')
    expect(await text('[[long]]')).toBe('1280x720 16')
    expect(await text('[[wrong_size]]')).toBe('720x1280 8')
    expect(await text('[[not_a_video]]')).toBe('This is not a video.')
    await expect(text('[[content:truncated]]')).rejects.toThrow('terminated')
  })
})

test('a script changes one job, or everything', async () => {
  const { emulator, videos } = await start()
  const { id } = await videos.create({ prompt: 'a boat' })
  const job = emulator.jobs.get(id)
  if (job === undefined) throw new Error('it was not taken')
  job.told = (reads) => (reads < 3 ? { status: 'in_progress', progress: 90 - reads } : null)
  expect((await videos.retrieve(id)).progress).toBe(89)
  job.ready_at = now + 5_000
  now += 4_999
  expect([(await videos.retrieve(id)).status, (await videos.retrieve(id)).status]).toEqual(['in_progress', 'in_progress'])
  now += 1
  expect((await videos.retrieve(id)).status).toBe('completed')
  emulator.removeModel('sora-2')
  await expect(videos.create({ prompt: 'a boat' })).rejects.toMatchObject({ status: 404, code: 'model_not_found' })
  await expect(videos.remix(id, { prompt: 'at night' })).rejects.toMatchObject({ code: 'model_not_found' })
  expect((await videos.retrieve(id)).status).toBe('completed')
})

describe('a dialect', () => {
  const ask = async (dialect: DialectName, key: Readonly<Record<string, string>> = { authorization: 'Bearer sk-test' }) => {
    const { emulator } = await start({ dialect, render_ms: 0, link_lasts_ms: 60_000 })
    const call = async (method: string, path: string, body?: object | FormData) => {
      const json = body !== undefined && !(body instanceof FormData)
      const sent = body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }
      const headers = json ? { ...key, 'content-type': 'application/json' } : key
      const response = await fetch(path.startsWith('http') ? path : `${emulator.base_url}${path}`, { method, headers, ...sent })
      return { status: response.status, body: await response.text() }
    }
    const json = async (method: string, path: string, body?: object | FormData) => JSON.parse((await call(method, path, body)).body)
    return { call, json, emulator }
  }
  const form = (fields: Readonly<Record<string, string | Blob>>) => {
    const made = new FormData()
    for (const [name, value] of Object.entries(fields)) made.set(name, value)
    return made
  }

  test('azure: the key has its own header, and there is remix, but neither edits nor characters', async () => {
    const { call, json } = await ask('azure', { 'api-key': 'sk-test' })
    const { id } = await json('POST', '/videos', { prompt: 'a boat' })
    expect(await json('POST', `/videos/${id}/remix`, { prompt: 'at night' })).toMatchObject({ remixed_from_video_id: id })
    expect((await call('POST', '/videos/edits', { prompt: 'in fog', video: { id } })).status).toBe(404)
    expect((await (await ask('azure')).call('GET', '/videos')).status).toBe(401)
  })

  test('vllm-omni: forms only, its own ids, and DELETE stops what runs', async () => {
    const { call, json, emulator } = await ask('vllm-omni')
    expect((await call('POST', '/videos', { prompt: 'a boat' })).status).toBe(422)
    const made = await json('POST', '/videos', form({ prompt: 'a boat [[hang]]', seconds: '7', size: '512x512' }))
    expect(made).toMatchObject({ id: expect.stringMatching(/^video_gen_/), seconds: '7', media_type: 'video/mp4' })
    expect(await json('DELETE', `/videos/${made.id}`)).toMatchObject({ deleted: true })
    expect(emulator.bill()).toEqual([])
  })

  test('sglang: a form needs a picture, the list is bare, errors are details, DELETE forgets', async () => {
    const { call, json, emulator } = await ask('sglang')
    expect((await call('POST', '/videos', form({ prompt: 'a boat' }))).status).toBe(400)
    expect((await call('POST', '/videos', form({ prompt: 'a boat', input_reference: new Blob(['png']) }))).status).toBe(200)
    const made = await json('POST', '/videos', { prompt: 'a boat [[hang]]', seconds: 4, input_reference: 'https://a.example/b.png' })
    expect(emulator.jobs.get(made.id)?.ordered).toMatchObject({ seconds: 4, reference_bytes: 23 })
    expect(Object.keys(await json('GET', '/videos'))).toEqual(['object', 'data'])
    expect(await json('DELETE', `/videos/${made.id}`)).toMatchObject({ id: made.id, object: 'video', status: 'deleted' })
    expect(emulator.bill()).toHaveLength(2)
    expect(await json('GET', `/videos/${made.id}`)).toEqual({ detail: `Video with id '${made.id}' not found.` })
  })

  test('cometapi: no list, another word for failure, and a link that lapses and wants no key', async () => {
    const { call, json } = await ask('cometapi')
    expect((await call('GET', '/videos')).status).toBe(404)
    const { id, task_id } = await json('POST', '/videos', { prompt: 'a boat', seconds: 8 })
    expect(task_id).toBe(id)
    const { video_url } = await json('GET', `/videos/${id}`)
    expect((await fetch(video_url)).status).toBe(200)
    expect((await call('GET', video_url)).status).toBe(400)
    now += 60_001
    expect((await fetch(video_url)).status).toBe(403)
    expect((await fetch((await json('GET', `/videos/${id}`)).video_url)).status).toBe(200)
    const failed = await json('POST', '/videos', { prompt: 'a boat [[fail]]' })
    expect(await json('GET', `/videos/${failed.id}`)).toMatchObject({ status: 'error' })
  })
})

test('it runs as a process of its own, and is told and asked over its input', async () => {
  const child = spawn(process.execPath, ['emulators/src/serve.ts', '--render-ms', '0'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async () => JSON.parse((await lines.next()).value ?? 'null')
  const { videos } = new OpenAI({ apiKey: 'any', baseURL: (await line()).base_url, maxRetries: 0 })
  child.stdin.write('{"next":["create","500"]}\n{"report":true}\n')
  expect(await line()).toMatchObject({ asked: { create: 0 }, bill: [] })
  await expect(videos.create({ prompt: 'a boat' })).rejects.toMatchObject({ status: 500 })
  await videos.create({ prompt: 'a boat' })
  child.stdin.write('{"report":true}\n')
  expect(await line()).toMatchObject({ asked: { create: 2 }, bill: [{ operation: 'create', usd: 0.4 }] })
  child.kill()
  await once(child, 'exit')
})
