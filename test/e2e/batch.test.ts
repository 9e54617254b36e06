import { writeFile } from 'node:fs/promises'
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
