import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createListener, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLog } from '../log.ts'
import { blackPng, FORM, ORDER, orderForm, textPart } from '../testing/bad-input/case.ts'
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
const logged: string[] = []
const MIB = 1024 ** 2
const right = blackPng(1280, 720)

beforeAll(async () => {
  await new Promise<void>((done) => forbidden.listen(0, done))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  world = await testWorld({
    trusted_hosts: new Set([`127.0.0.1:${portOf(server)}`]),
    resolve: resolveForbidden,
    log: createLog('error', (line) => logged.push(line)),
  })
})
afterAll(async () => {
  await world.stop()
  server.closeAllConnections()
  await Promise.all([forbidden, server].map((listener) => new Promise((done) => listener.close(done))))
})

type Encoding = 'json' | 'multipart'
const PARAM = { json: 'input_reference.image_url', multipart: 'input_reference[image_url]' } as const

function order(encoding: Encoding, image_url: string, more: Readonly<Record<string, string>> = {}, headers = {}): Promise<Answer> {
  if (encoding === 'json') return world.call('POST', '/v1/videos', { body: { ...ORDER, ...more, input_reference: { image_url } }, headers })
  const raw = orderForm({ ...ORDER, ...more }, textPart('input_reference[image_url]', image_url))
  return world.call('POST', '/v1/videos', { raw, headers: { ...FORM, ...headers } })
}

const balance = async () => (await world.call('GET', '/v1/balance')).json
const refusal = ({ status, json }: Answer) => [status, json.error?.code, json.error?.param]

describe.each<Encoding>(['json', 'multipart'])('a link in %s', (encoding) => {
  const param = PARAM[encoding]

  test('to none of more than a hundred forbidden targets is followed', async () => {
    const before = await balance()
    const targets = forbiddenTargets(portOf(forbidden))
    expect(targets.length).toBeGreaterThan(100)
    for (const [what, url] of targets) {
      const refused = await order(encoding, url)
      expect(refusal(refused), what).toEqual([400, 'invalid_value', param])
      expect(refused.json.error.message, what).toMatch(/^The reference image can not be used: The (host|address) .+\.$/)
      expect(refused.json.error.message, what).not.toMatch(/\d+\.\d+\.\d+\.\d+|::/) // nobody learns where a name leads to
    }
    expect(connections).toBe(0)
    expect(await balance()).toEqual(before)
  })

  test('is not followed to one of them by redirect either', async () => {
    const targets = forbiddenTargets(portOf(forbidden)).filter(
      ([, url]) => /^[\x20-\x7e]+$/.test(url) && URL.canParse(url, link('/')) && new URL(url, link('/')).host !== new URL(link('/')).host,
    )
    expect(targets.length).toBeGreaterThan(100)
    for (const [what, url] of targets) {
      answer = (_request, response) => response.writeHead(302, { location: url }).end()
      expect(refusal(await order(encoding, link('/a.png'))), what).toEqual([400, 'invalid_value', param])
    }
    expect(connections).toBe(0)
  })

  test('brings the first frame, through a redirect, and the video is made', async () => {
    answer = ({ url }, response) => (url === '/a.png' ? response.end(right) : response.writeHead(307, { location: '/a.png' }).end())
    const made = await order(encoding, link('/b'))
    expect(made.status, made.bytes.toString()).toBe(200)
    const { rows } = await world.database.pool.query('select reference_key from videos.videos where id = $1', [made.json.id])
    const stored = await world.gateway.parts.store.open(rows[0]?.reference_key)
    const chunks = []
    for await (const chunk of stored?.stream ?? []) chunks.push(chunk)
    expect(Buffer.concat(chunks).equals(right)).toBe(true)
  })

  test.each<[string, RequestListener, number, string, RegExp]>([
    ['a page', (_, response) => response.end('<!doctype html><title>a</title>'), 400, 'invalid_value', /web page/],
    ['a picture of another size', (_, response) => response.end(blackPng(720, 1280)), 400, 'invalid_value', /1280x720/],
    ['nothing', (_, response) => response.end(), 400, 'invalid_value', /empty/],
    ['what is not there', (_, response) => response.writeHead(404).end(right), 400, 'invalid_value', /status 404/],
    [
      'half a picture',
      (request) => request.socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc'),
      400,
      'invalid_value',
      /broke off/,
    ],
    ['25 MiB and a byte', (_, response) => response.end(Buffer.alloc(25 * MIB + 1)), 413, 'payload_too_large', /25 MiB/],
  ])('to %s is refused', async (_what, listener, status, code, says) => {
    answer = listener
    const refused = await order(encoding, link('/a.png'))
    expect(refusal(refused)).toEqual([status, code, param])
    expect(refused.json.error.message).toMatch(says)
  })

  test('is followed only once the order has a price', async () => {
    asked = 0
    answer = (_request, response) => response.end(right)
    expect(refusal(await order(encoding, link('/a.png'), { seconds: '7' }))).toEqual([400, 'unsupported_duration', 'seconds'])
    expect(asked).toBe(0)
  })

  test('is not followed again by a repeat of its order', async () => {
    answer = (_request, response) => response.end(right)
    const headers = { 'idempotency-key': `a link in ${encoding}` }
    const first = await order(encoding, link('/a.png'), {}, headers)
    asked = 0
    answer = (_request, response) => response.writeHead(404).end()
    const again = await order(encoding, link('/a.png'), {}, headers)
    expect([again.status, again.json.id, asked]).toEqual([200, first.json.id, 0])
  })
})

test('what was refused left no file and no word in our log', async () => {
  const { rows } = await world.database.pool.query('select count(*)::int as n from videos.videos')
  expect(rows[0]?.n).toBe(4)
  expect(logged).toEqual([])
})

test('a process that ends does not wait for a stranger’s server: the caller may try again at once', async () => {
  let arrived: () => void = () => {}
  const under_way = new Promise<void>((done) => (arrived = done))
  answer = () => arrived()
  const ending = await testWorld({ trusted_hosts: new Set([`127.0.0.1:${portOf(server)}`]) })
  const waiting = ending.call('POST', '/v1/videos', { body: { ...ORDER, input_reference: { image_url: link('/a.png') } } })
  await under_way
  await ending.stop()
  const refused = await waiting
  expect([refused.status, refused.json.error?.code]).toEqual([503, 'overloaded'])
})
