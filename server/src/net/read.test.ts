import { createServer, type Server, type ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readOverKept } from './read.ts'

const BODY = '{"status":"in_progress"}'
const ANSWERS: Readonly<Record<string, (response: ServerResponse) => void>> = {
  '/whole': (response) => response.writeHead(200, { 'Retry-After': '7' }).end(BODY),
  '/zipped': (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(BODY)),
  '/bomb': (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(1_000_000))),
  '/broken': (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(BODY),
  '/elsewhere': (response) => response.writeHead(302, { location: '/whole' }).end(),
  '/long': (response) => response.end('x'.repeat(2_000)),
  '/cut': (response) => response.writeHead(200, { 'content-length': '100' }).write(BODY, () => response.destroy()),
  '/drop': (response) => response.destroy(),
  '/hang': () => undefined,
}

let server: Server
let base: string
let connections = 0
let asked = 0
beforeAll(async () => {
  server = createServer((request, response) => {
    asked += 1
    ANSWERS[request.url ?? '']?.(response)
  })
  server.on('connection', () => connections++)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  base = typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : ''
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

/** Only what hangs is given up. */
const read = (path: string) =>
  readOverKept(base + path, { headers: { accept: 'application/json' }, timeout_ms: path === '/hang' ? 1_000 : 120_000, bytes_max: 1_000 })

test('one connection serves one question after the other, and an answer is whole', async () => {
  for (let no = 0; no < 5; no += 1) {
    const { status, bytes, headers } = await read('/whole')
    expect([status, bytes.toString(), headers.get('retry-after'), headers.get('nothing')]).toEqual([200, BODY, '7', null])
  }
  expect(connections).toBe(1)
})

test('an answer that is packed though nobody asked for it is unpacked; a redirect is only an answer', async () => {
  expect((await read('/zipped')).bytes.toString()).toBe(BODY)
  expect((await read('/elsewhere')).status).toBe(302)
})

test.each(['/bomb', '/broken', '/long', '/cut', '/drop', '/hang'])('%s is an error, and nothing is asked twice', async (path) => {
  const before = asked
  await expect(read(path)).rejects.toThrow()
  expect(asked - before).toBe(1)
})
