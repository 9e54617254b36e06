import { readdir } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createListener, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FORM, orderForm, textPart } from '../testing/bad-input/case.ts'
import { drawClip } from '../testing/clips.ts'
import { forbiddenTargets, resolveForbidden } from '../testing/forbidden-targets.ts'
import { type Answer, type TestWorld, testWorld } from '../testing/world.ts'

/** Nobody may get here: it counts who does. */
let connections = 0
const forbidden = createListener((socket) => {
  connections += 1
  socket.destroy()
})
let answer: RequestListener = (_request, response) => response.end()
let asked = 0
const server = createServer((request, response) => {
  asked += 1
  answer(request, response)
})
const portOf = (listener: Server) => (listener.address() as AddressInfo).port
const link = (path: string) => `http://127.0.0.1:${portOf(server)}${path}`

let world: TestWorld
let four = Buffer.alloc(0)

beforeAll(async () => {
  await new Promise<void>((done) => forbidden.listen(0, done))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  four = await drawClip({ seconds: 4, width: 1280, height: 720 })
  world = await testWorld({ trusted_hosts: new Set([`127.0.0.1:${portOf(server)}`]), resolve: resolveForbidden })
})
afterAll(async () => {
  await world.stop()
  server.closeAllConnections()
  await Promise.all([forbidden, server].map((listener) => new Promise((done) => listener.close(done))))
})

type Encoding = 'json' | 'multipart'

/** Every place where a clip may be given as a link. */
const PLACES = [
  ['/v1/videos/edits', { prompt: 'in winter [[hang]]', model: 'sora-2' }],
  ['/v1/videos/extensions', { prompt: 'it goes on [[hang]]', seconds: '4' }],
  ['/v1/videos/characters', { name: 'Ada' }],
  ['/v1/quotes', { operation: 'edit' }],
] as const
const ALL = PLACES.flatMap(([path, fields]) => (['json', 'multipart'] as const).map((encoding) => ({ path, fields, encoding })))

function ask({ path, fields, encoding }: (typeof ALL)[number], video_url: string, headers = {}): Promise<Answer> {
  if (encoding === 'json') return world.call('POST', path, { body: { ...fields, video: { video_url } }, headers })
  return world.call('POST', path, { raw: orderForm(fields, textPart('video[video_url]', video_url)), headers: { ...FORM, ...headers } })
}

const paramOf = (encoding: Encoding) => (encoding === 'json' ? 'video.video_url' : 'video[video_url]')
const refusal = ({ status, json }: Answer) => [status, json.error?.code, json.error?.param]

describe.each(ALL)('a link to a clip in $encoding at $path', (place) => {
  const param = paramOf(place.encoding)

  test('is followed to none of more than a hundred forbidden targets, straight or by redirect', async () => {
    const targets = forbiddenTargets(portOf(forbidden))
    expect(targets.length).toBeGreaterThan(100)
    for (const [what, url] of targets) {
      const refused = await ask(place, url)
      expect(refusal(refused), what).toEqual([400, 'invalid_value', param])
      expect(refused.json.error.message, what).not.toMatch(/\d+\.\d+\.\d+\.\d+|::/) // nobody learns where a name leads to
    }
    for (const [what, url] of targets.filter(([, url]) => /^https?:\/\/[\x21-\x7e]+$/.test(url)).slice(0, 40)) {
      answer = (_request, response) => response.writeHead(302, { location: url }).end()
      expect(refusal(await ask(place, link('/a.mp4'))), what).toEqual([400, 'invalid_value', param])
    }
    expect(connections).toBe(0)
  })

  test.each<[string, RequestListener, number, string, RegExp]>([
    ['a page', (_, response) => response.end('<!doctype html><title>a</title>'), 400, 'invalid_value', /readable clip/],
    ['nothing', (_, response) => response.end(), 400, 'invalid_value', /empty/],
    ['half a clip', (_, response) => response.end(four.subarray(0, four.length >> 1)), 400, 'invalid_value', /can not be used/],
    ['what is not there', (_, response) => response.writeHead(404).end(four), 400, 'invalid_value', /status 404/],
    [
      'what breaks off',
      (request) => request.socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc'),
      400,
      'invalid_value',
      /broke off/,
    ],
    [
      '200 MiB and a byte',
      (_, response) => response.writeHead(200, { 'content-length': 200 * 1024 ** 2 + 1 }).write('x'),
      413,
      'payload_too_large',
      /200 MiB/,
    ],
  ])('to %s is refused', async (_what, listener, status, code, says) => {
    answer = listener
    const refused = await ask(place, link('/a.mp4'))
    expect(refusal(refused)).toEqual([status, code, param])
    expect(refused.json.error.message).toMatch(says)
  })

  test('brings the clip, once for one idempotency key, and leaves nothing on the way in', async () => {
    answer = (_request, response) => response.end(four)
    const headers = { 'idempotency-key': `${place.path} ${place.encoding}` }
    const made = await ask(place, link('/a.mp4'), headers)
    expect(made.status, made.bytes.toString()).toBe(200)
    asked = 0
    const again = await ask(place, link('/a.mp4'), headers)
    expect(again.status).toBe(200)
    if (place.path !== '/v1/quotes') expect([again.json.id, asked]).toEqual([made.json.id, 0])
    expect(await filesIn('uploads')).toEqual([])
  })
})

test('what was refused was never stored', async () => {
  expect(await filesIn('sources')).toHaveLength(4)
  expect(await filesIn('characters')).toHaveLength(2)
})

/** Files below folders of this name, wherever the world keeps them. */
async function filesIn(folder: string): Promise<string[]> {
  const found = await readdir(world.data_folder, { recursive: true, withFileTypes: true })
  return found.filter((entry) => entry.isFile() && join(entry.parentPath, '/').includes(`/${folder}/`)).map((entry) => entry.name)
}
