import { readdir } from 'node:fs/promises'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createLog } from '../log.ts'
import { BOUNDARY, blackPng, filePart, ORDER, orderForm, textPart } from '../testing/bad-input/case.ts'
import { eventually, type TestWorld, testWorld } from '../testing/world.ts'

let world: TestWorld
let port = 0
const logged: string[] = []
const open = new Set<Socket>()

beforeAll(async () => {
  world = await testWorld({ role: 'api', log: createLog('error', (line) => logged.push(line)) })
  await world.gateway.app.listen({ port: 0, host: '127.0.0.1' })
  port = (world.gateway.app.server.address() as AddressInfo).port
})
afterAll(() => world.stop())

afterEach(async () => {
  for (const socket of open) socket.destroy()
  open.clear()
  // Only the request that asks is in flight: nobody waits for the rest of a request that never comes.
  await eventually(async () =>
    /^filmgate_http_requests_in_flight 1$/m.test(String((await world.call('GET', '/metrics')).bytes)) ? true : null,
  )
  expect(await uploads()).toEqual([])
  expect((await world.call('GET', '/v1/videos')).json.data).toEqual([])
  expect((await world.call('GET', '/v1/balance')).json).toMatchObject({ available: 1000, held: 0, spent: 0 })
  expect((await world.call('GET', '/v1/ledger/audit?full=true', { key: world.operator_key })).json.ok).toBe(true)
  expect(logged).toEqual([])
})

/** Parts of uploads, wherever below the data folder this process keeps them. */
async function uploads(): Promise<string[]> {
  const found = await readdir(world.data_folder, { recursive: true, withFileTypes: true })
  return found.filter((entry) => entry.isFile() && !entry.name.endsWith('.key')).map((entry) => join(entry.parentPath, entry.name))
}

/** A connection that keeps what it hears. */
function dial() {
  const socket = connect(port, '127.0.0.1')
  let heard = ''
  let closed = false
  socket.on('data', (chunk) => (heard += chunk.toString('latin1')))
  socket.on('close', () => (closed = true))
  socket.on('error', () => {}) // a reset is one of the right answers
  open.add(socket)
  return {
    socket,
    answers: () => [...heard.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => Number(match[1])),
    heard: () => heard,
    until: (there: (text: string) => boolean) => eventually(async () => (there(heard) ? true : null)),
    closes: () => eventually(async () => (closed ? true : null)),
  }
}

function head(type: string, length: number | 'chunked', path = '/v1/videos', key = world.customer_key): string {
  const size = length === 'chunked' ? 'transfer-encoding: chunked' : `content-length: ${length}`
  return `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-type: ${type}\r\n${size}\r\n\r\n`
}
const FORM = `multipart/form-data; boundary=${BOUNDARY}`
const picture = Buffer.alloc(4_000_000, blackPng(1280, 720))
const form = orderForm({ ...ORDER }, filePart('input_reference', picture))
const json = JSON.stringify(ORDER)

const inFlight = (least: number) =>
  eventually(async () => {
    const seen = /^filmgate_http_requests_in_flight (\d+)$/m.exec(String((await world.call('GET', '/metrics')).bytes))
    return Number(seen?.[1]) > least ? true : null
  })
const aFile = () => eventually(async () => ((await uploads()).length > 0 ? true : null))

describe('a client that hangs up leaves nothing behind', () => {
  test.each<[string, () => (string | Buffer)[], 'request' | 'file' | 'nothing']>([
    ['after half a line of headers', () => ['POST /v1/videos HT'], 'nothing'],
    ['after its headers', () => [head('application/json', json.length)], 'request'],
    ['half-way through JSON', () => [head('application/json', json.length), json.slice(0, 20)], 'request'],
    [
      'half-way through chunked JSON',
      () => [head('application/json', 'chunked'), `${json.length.toString(16)}\r\n${json.slice(0, 20)}`],
      'request',
    ],
    ['half-way through a field of a form', () => [head(FORM, form.length), form.subarray(0, 150)], 'request'],
    ['between the headers of a part', () => [head(FORM, 9_999), textPart('prompt', 'x'), `--${BOUNDARY}\r\nContent-Dis`], 'request'],
    ['half-way through a file', () => [head(FORM, form.length), form.subarray(0, 2_000_000)], 'file'],
    ['one byte before the end of a file', () => [head(FORM, form.length), form.subarray(0, -1)], 'file'],
    [
      '20 MB into an upload of 30 MB',
      () => [head(FORM, 30_000_000), form, Buffer.alloc(16_000_000, form.subarray(-form.length >> 1))],
      'request',
    ],
  ])('%s', async (_when, pieces, seen) => {
    const { socket } = dial()
    for (const piece of pieces()) await new Promise((sent) => socket.write(piece, sent))
    if (seen !== 'nothing') await inFlight(1)
    if (seen === 'file') await aFile()
    socket.resetAndDestroy()
  })

  test('politely, while the server still reads', async () => {
    const { socket, closes } = dial()
    socket.end(Buffer.concat([Buffer.from(head(FORM, form.length)), form.subarray(0, 3_000_000)]))
    await closes()
  })

  test('without waiting for an answer to a bad order', async () => {
    const { socket } = dial()
    const bad = JSON.stringify({ ...ORDER, seconds: '7' })
    await new Promise((sent) => socket.write(head('application/json', bad.length) + bad, sent))
    socket.resetAndDestroy()
  })
})

describe('a client that is slow', () => {
  test('hinders nobody else, and is cut off with an answer when its time is up', async () => {
    const { server } = world.gateway.app
    const { requestTimeout, headersTimeout } = server
    try {
      const slow = [dial(), dial(), dial()]
      slow[0]?.socket.write(head('application/json', 99_999) + json.slice(0, 5))
      slow[1]?.socket.write(Buffer.concat([Buffer.from(head(FORM, form.length)), form.subarray(0, 1_000_000)]))
      slow[2]?.socket.write('GET /v1/balance HTTP/1.1\r\nhost: x\r\nx-slow: ')
      const drip = setInterval(() => slow.forEach(({ socket }) => void socket.write('a')), 50)
      await aFile()
      expect((await world.call('GET', '/v1/balance')).status).toBe(200)
      Object.assign(server, { requestTimeout: 500, headersTimeout: 400 }) // Node swaps them when the second is the longer one
      for (const { closes } of slow) await closes()
      clearInterval(drip)
      for (const { answers, heard } of slow) {
        expect(answers(), heard()).toEqual([400])
        expect(heard()).toMatch(/x-request-id: req_[0-9a-f]{32}/)
        expect(heard()).toContain('too long to arrive')
      }
    } finally {
      Object.assign(server, { requestTimeout, headersTimeout })
    }
  })
})

describe('several requests in one breath', () => {
  test('are answered in their order', async () => {
    const { socket, until, answers, heard } = dial()
    const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nhost: x\r\n${more}\r\n`
    const bad = JSON.stringify({ ...ORDER, size: '640x640' })
    socket.write(get('/healthz') + head('application/json', bad.length) + bad + get('/v1/nothing') + get('/readyz'))
    await until((text) => (text.match(/x-request-id/g) ?? []).length === 4 && text.endsWith('}'))
    expect(answers(), heard()).toEqual([200, 400, 404, 200])
  })

  test('end at the first that is not HTTP', async () => {
    const { socket, closes, answers } = dial()
    socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n\x00\x01\x02 /v1/videos\r\n\r\n')
    await closes()
    expect(answers().at(-1)).toBe(400)
  })

  test('do not smuggle a second one inside a refused first', async () => {
    const { socket, until, answers, heard } = dial()
    const inner = `DELETE /v1/videos/video_x HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${world.customer_key}\r\n\r\n`
    socket.write(head('application/json', inner.length) + inner)
    await until((text) => text.endsWith('}'))
    expect(answers(), heard()).toEqual([400])
  })
})

describe('what is not HTTP', () => {
  const key = () => `authorization: Bearer ${world.customer_key}\r\ncontent-type: application/json\r\n`
  test.each<[string, () => string | Buffer, number[]]>([
    ['noise', () => Buffer.from(Uint8Array.from({ length: 2_000 }, (_, index) => (index * 7_919) >>> 3)), [400]],
    ['the beginning of TLS', () => Buffer.from('16030100c8010000c403037a', 'hex'), [400]],
    ['the beginning of HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400]],
    ['HTTP/9.9', () => 'GET / HTTP/9.9\r\nhost: x\r\n\r\n', [400]],
    ['a method of its own', () => 'STEAL /v1/videos HTTP/1.1\r\nhost: x\r\n\r\n', [400]],
    ['no host', () => 'GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n', [400]],
    ['a space in the path', () => 'GET /v1/vid eos HTTP/1.1\r\nhost: x\r\n\r\n', [400]],
    ['a header without a colon', () => 'GET /healthz HTTP/1.1\r\nhost: x\r\nnonsense\r\n\r\n', [400]],
    ['a header with NUL', () => 'GET /healthz HTTP/1.1\r\nhost: x\r\nx-a: a\0b\r\n\r\n', [400]],
    ['17 KiB of headers', () => `GET /healthz HTTP/1.1\r\nhost: x\r\nx-a: ${'a'.repeat(17 * 1024)}\r\n\r\n`, [413]],
    ['a path of 20,000 characters', () => `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`, [413]],
    ['two lengths', () => `POST /v1/videos HTTP/1.1\r\nhost: x\r\n${key()}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`, [400]],
    ['a length below zero', () => `POST /v1/videos HTTP/1.1\r\nhost: x\r\n${key()}content-length: -1\r\n\r\n`, [400]],
    [
      'a length and chunks',
      () => `POST /v1/videos HTTP/1.1\r\nhost: x\r\n${key()}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      [400],
    ],
    ['chunks of nonsense', () => `POST /v1/videos HTTP/1.1\r\nhost: x\r\n${key()}transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n`, [400]],
    [
      'an expectation that nobody knows',
      () => `POST /v1/videos HTTP/1.1\r\nhost: x\r\n${key()}expect: wonders\r\nconnection: close\r\ncontent-length: 2\r\n\r\n[]`,
      [400],
    ],
  ])('is answered in the envelope: %s', async (_what, bytes, wanted) => {
    const { socket, closes, answers, heard } = dial()
    socket.write(bytes())
    await closes()
    expect([...new Set(answers())], heard()).toEqual(wanted)
    expect(heard()).toMatch(/x-request-id: req_[0-9a-f]{32}/)
    expect(heard()).toMatch(/\{"error":\{"message":"[^"]+","type":"invalid_request_error","param":null,"code":"\w+"\}\}$/)
  })

  test.each([
    ['a tunnel', 'CONNECT example.com:443 HTTP/1.1\r\nhost: example.com:443\r\n\r\n'],
    ['nothing at all', ''],
    ['white space', '\r\n\r\n\r\n'],
  ])('opens nothing: %s', async (_what, bytes) => {
    const { socket, closes, answers } = dial()
    socket.end(bytes)
    await closes()
    expect(answers().filter((status) => status < 400)).toEqual([])
  })

  test('an offer to talk otherwise is not taken up', async () => {
    const { socket, until, answers } = dial()
    socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
    await until((text) => text.includes('{"status":"ok"}'))
    expect(answers()).toEqual([200])
  })
})
