import { readFile, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Json } from './call.ts'
import { balanceOf, expectCleanAudit, listAll, newCustomer } from './customer.ts'
import { NODE, Program } from './program.ts'
import type { Server } from './server.ts'
import { type Studio, startStudio } from './studio.ts'

let studio: Studio
let server: Server
beforeAll(async () => {
  studio = await startStudio({ finishes: true })
  server = studio.server
})
afterAll(() => studio.remove())

test('the batch program of aggregators runs as it is: by priority, failures apart, each clip behind its link, each order once', async () => {
  const { key } = await newCustomer(server, 1_000)
  const tasks = [
    { prompt: 'a fox in the snow', model: 'sora_video2-landscape', priority: 3, seconds: '4' },
    { prompt: 'a boat on a lake', model: 'sora_video2-landscape', priority: 1, seconds: '4' },
    { prompt: 'a kite [[fail]]', model: 'sora_video2-landscape', priority: 2 },
    { prompt: 'a poem', model: 'gpt-5', priority: 4 },
  ]
  const file = join(server.data_folder, 'tasks.json')
  await writeFile(file, JSON.stringify(tasks))
  const env = { OPENAI_BASE_URL: `${server.address}/v1`, OPENAI_API_KEY: key, BATCH_PAUSE_MS: '10' }
  const { code, stdout, stderr } = await new Program(NODE, ['examples/batch.ts', file], env).ended
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toContain('2 made, 2 failed')
  const links = new Map([...stdout.matchAll(/^made {4}(.+?): (http\S+\.mp4)$/gm)].map(([, prompt = '', link = '']) => [prompt, link]))
  expect([...links.keys()]).toEqual(['a boat on a lake', 'a fox in the snow'])
  expect(stdout).toMatch(/^failed {2}a kite \[\[fail\]\]: .*You were not charged\.$/m)
  expect(stdout).toMatch(/^failed {2}a poem: 400 .*gpt-5/m)
  for (const link of links.values()) {
    const clip = await fetch(link) // without a key
    expect([
      clip.status,
      Buffer.from(await clip.arrayBuffer())
        .subarray(4, 8)
        .toString(),
    ]).toEqual([200, 'ftyp'])
  }
  const videos = await listAll(server, key, '/v1/videos?order=asc')
  expect(videos.map(({ prompt, seconds, status }: Json) => [prompt, seconds, status])).toEqual([
    ['a boat on a lake', '4', 'completed'],
    ['a kite [[fail]]', '12', 'failed'],
    ['a fox in the snow', '4', 'completed'],
  ])
  expect(await balanceOf(server, key)).toMatchObject({ available: 920, held: 0, spent: 80 })
  await expectCleanAudit(server)
})

test("a program with Python's requests reads the same: a JSON body with spaces, lines of the stream as they come", async () => {
  const { key } = await newCustomer(server, 1_000)
  const body =
    '{"model": "sora_video2-landscape", "seconds": 4, "stream": true, "messages": [{"role": "user", "content": "a fox in the snow"}]}'
  const headers = {
    'User-Agent': 'python-requests/2.32.3',
    'Accept-Encoding': 'gzip, deflate',
    Accept: '*/*',
    Connection: 'keep-alive',
    Authorization: `Bearer ${key}`,
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
  }
  const pieces: string[] = []
  const type = await new Promise<string>((done, fail) => {
    const asking = request(`${server.address}/v1/chat/completions`, { method: 'POST', headers }, (answer) => {
      answer.setEncoding('utf8').on('data', (piece: string) => pieces.push(piece))
      answer.on('end', () => done(String(answer.headers['content-type']))).on('error', fail)
    })
    asking.on('error', fail).end(body)
  })
  expect(type).toContain('text/event-stream')
  expect(pieces.length, 'it comes piece by piece').toBeGreaterThan(2)
  let text = ''
  let is_done = false
  for (const line of pieces.join('').split('\n')) {
    if (!line.startsWith('data: ')) continue
    is_done = line === 'data: [DONE]'
    if (!is_done) text += JSON.parse(line.slice('data: '.length)).choices[0].delta.content ?? ''
  }
  expect(is_done).toBe(true)
  expect(text).toMatch(/\[[^\]]+\.mp4\]\(http:\/\/127\.0\.0\.1:\d+\/v1\/clips\/\S+\.mp4\)\n$/)
  expect(await balanceOf(server, key)).toMatchObject({ available: 960, held: 0, spent: 40 })
})

test('the batch program of the Videos API runs as it is: order, look, download; by priority, failures apart, each order once', async () => {
  const { key } = await newCustomer(server, 90)
  const tasks = [
    { prompt: 'a fox in the snow', model: 'sora-2', seconds: '4', size: '1280x720', priority: 4 },
    { prompt: 'a boat on a lake', model: 'sora-2', seconds: '4', size: '1280x720', priority: 1 },
    { prompt: 'a kite [[fail]]', model: 'sora-2', seconds: '4', size: '1280x720', priority: 2 },
    { prompt: 'seven seconds', model: 'sora-2', seconds: '7', size: '1280x720', priority: 3 },
    { prompt: 'once too often', model: 'sora-2', seconds: '4', size: '1280x720', priority: 5 },
  ]
  const file = join(server.data_folder, 'video-tasks.json')
  await writeFile(file, JSON.stringify(tasks))
  const env = { OPENAI_BASE_URL: `${server.address}/v1`, OPENAI_API_KEY: key, BATCH_PAUSE_MS: '10', BATCH_LOOK_MS: '50' }
  const args = ['examples/batch-videos.ts', file, join(server.data_folder, 'video-clips')]
  const { code, stdout, stderr } = await new Program(NODE, args, env).ended
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toContain('2 made, 3 failed')
  const clips = new Map([...stdout.matchAll(/^made {4}(.+?): (\S+\.mp4)$/gm)].map(([, prompt = '', path = '']) => [prompt, path]))
  expect([...clips.keys()]).toEqual(['a boat on a lake', 'a fox in the snow'])
  for (const path of clips.values()) expect((await readFile(path)).subarray(4, 8).toString()).toBe('ftyp')
  expect(stdout).toMatch(/^failed {2}a kite \[\[fail\]\]: \S/m)
  expect(stdout).toMatch(/^failed {2}seven seconds: 400 .*7/m)
  expect(stdout).toMatch(/^failed {2}once too often: 402 /m)
  expect(await balanceOf(server, key)).toMatchObject({ available: 10, held: 0, spent: 80 })
  await expectCleanAudit(server)
})

/** What Python's clients say of themselves: `requests`, and the official SDK over httpx. */
const REQUESTS = { 'User-Agent': 'python-requests/2.32.3', 'Accept-Encoding': 'gzip, deflate', Accept: '*/*', Connection: 'keep-alive' }
const OPENAI_PYTHON = {
  Accept: 'application/json',
  'Accept-Encoding': 'gzip, deflate',
  Connection: 'keep-alive',
  'User-Agent': 'OpenAI/Python 2.8.0',
  'X-Stainless-Lang': 'python',
  'X-Stainless-Package-Version': '2.8.0',
  'X-Stainless-OS': 'Linux',
  'X-Stainless-Arch': 'x64',
  'X-Stainless-Runtime': 'CPython',
  'X-Stainless-Runtime-Version': '3.12.3',
  'X-Stainless-Async': 'false',
  'x-stainless-retry-count': '0',
  'x-stainless-read-timeout': '600',
}
/** Fields as httpx writes them: no type of their own, a boundary of 32 hexadecimal digits. */
const BOUNDARY = '0f1e2d3c4b5a69788796a5b4c3d2e1f0'
const multipart = (fields: Readonly<Record<string, string>>) =>
  `${Object.entries(fields)
    .map(([name, value]) => `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join('')}--${BOUNDARY}--\r\n`

test.each([
  ['requests, a JSON body with spaces', REQUESTS, 'application/json', (order: Json) => JSON.stringify(order, null, 1).replaceAll('\n', '')],
  ['the official SDK, a JSON body', OPENAI_PYTHON, 'application/json', (order: Json) => JSON.stringify(order)],
  ['the official SDK, a form', OPENAI_PYTHON, `multipart/form-data; boundary=${BOUNDARY}`, (order: Json) => multipart(order)],
])('the Videos API program as Python sends it runs the same: %s', async (_name, said, type, written) => {
  const { key } = await newCustomer(server, 100)
  const headers = { ...said, Authorization: `Bearer ${key}` }
  const ask = (method: string, path: string, body: string | null = null) =>
    new Promise<{ status: number; bytes: Buffer }>((done, fail) => {
      const sent = body === null ? headers : { ...headers, 'Content-Type': type, 'Content-Length': String(Buffer.byteLength(body)) }
      const asking = request(`${server.address}/v1${path}`, { method, headers: sent }, async (answer) => {
        done({ status: answer.statusCode ?? 0, bytes: Buffer.concat(await answer.toArray()) })
      })
      asking.on('error', fail).end(body)
    })
  const order = (prompt: string, seconds = '4') => written({ prompt, model: 'sora-2', seconds, size: '1280x720' })
  const results: Json[] = []
  const failures: Json[] = []
  for (const body of [order('a boat on a lake'), order('nine seconds', '9'), order('a kite [[fail]]')]) {
    const created = await ask('POST', '/videos', body)
    let video = JSON.parse(created.bytes.toString())
    while (video.status === 'queued' || video.status === 'in_progress') {
      await new Promise((done) => setTimeout(done, 50))
      video = JSON.parse((await ask('GET', `/videos/${video.id}`)).bytes.toString())
    }
    if (video.status !== 'completed') failures.push([created.status, video.error.code])
    else results.push((await ask('GET', `/videos/${video.id}/content`)).bytes.subarray(4, 8).toString())
  }
  expect([results, failures]).toEqual([
    ['ftyp'],
    [
      [400, 'unsupported_duration'],
      [200, 'provider_failed'],
    ],
  ])
  expect(await balanceOf(server, key)).toMatchObject({ available: 60, held: 0, spent: 40 })
})
