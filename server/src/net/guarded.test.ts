import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, createServer as createListener, type Server } from 'node:net'
import { getCACertificates, setDefaultCACertificates, TLSSocket } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { CERTIFICATE, CERTIFICATE_KEY } from '../testing/certificate.ts'
import { forbiddenTargets, resolveForbidden } from '../testing/forbidden-targets.ts'
import { Broken } from './body.ts'
import { createGuardedClient, type GuardedOptions } from './guarded.ts'
import { type Resolve, resolveBySystem } from './resolve.ts'

/** Nobody may get here: it counts who does. */
let connections = 0
const forbidden = createListener((socket) => {
  connections += 1
  socket.destroy()
})
/** Sockets that this process opened, wherever to: a forbidden target is not even tried. */
let sockets = 0
const onSocket = () => {
  sockets += 1
}

let answer: RequestListener = (_request, response) => response.end('picture')
let asked: IncomingMessage[] = []
const server = createServer((request, response) => {
  asked.push(request)
  answer(request, response)
})

const portOf = (listener: Server) => (listener.address() as AddressInfo).port
const listen = (listener: Server, host?: string) => new Promise<void>((done) => listener.listen(0, host, done))
const close = (listener: Server) => new Promise((done) => listener.close(done))
const place = () => `127.0.0.1:${portOf(server)}`
const link = (path = '/a.png') => `http://${place()}${path}`

beforeAll(async () => {
  await listen(forbidden) // on every address of this machine, IPv6 as well where there is any
  await listen(server, '127.0.0.1')
  subscribe('net.client.socket', onSocket)
})
beforeEach(() => {
  asked = []
  connections = 0
  sockets = 0
  answer = (_request, response) => response.end('picture')
})
afterAll(async () => {
  unsubscribe('net.client.socket', onSocket)
  server.closeAllConnections()
  await Promise.all([close(forbidden), close(server)])
})

const SENTENCE = /^(The host has no public address|The (address|redirect) (must|may) .+)\.$/
const WANTED = { bytes_max: 1_000, timeout_ms: 120_000 }
const trusting = (more: Partial<GuardedOptions> = {}) =>
  createGuardedClient({ trusted_hosts: new Set([place()]), resolve: resolveForbidden, ...more })
const fetched = (path?: string, wanted = {}) => trusting().fetchBytes(link(path), { ...WANTED, ...wanted })
const redirect = (response: ServerResponse, location: string, status = 302) => response.writeHead(status, { location }).end()
/** A header holds no more than Latin-1; browsers and we read the rest as if it were in percent signs. */
const fitsHeader = (text: string) => /^[\x20-\x7e]+$/.test(text)

describe('a forbidden target is refused, and nothing is connected', () => {
  test('there are more than a hundred of them, each with a name of its own', () => {
    const all = forbiddenTargets(1)
    expect(all.length).toBeGreaterThan(100)
    expect(new Set(all.map(([what]) => what)).size).toBe(all.length)
    expect(all.filter(([, url]) => fitsHeader(url)).length).toBeGreaterThan(100)
  })

  test.each(forbiddenTargets(0).map(([what], index) => [what, index] as const))('named: %s', async (_what, index) => {
    const [, url = ''] = forbiddenTargets(portOf(forbidden))[index] ?? []
    expect(await trusting().fetchBytes(url, WANTED)).toEqual({ outcome: 'refused', why: expect.stringMatching(SENTENCE) })
    expect([connections, sockets]).toEqual([0, 0])
  })

  test.each(forbiddenTargets(0).flatMap(([what, url], index) => (fitsHeader(url) ? [[what, index] as const] : [])))(
    'by redirect: %s',
    async (_what, index) => {
      const [, url = ''] = forbiddenTargets(portOf(forbidden))[index] ?? []
      answer = (request, response) => (request.url === '/a.png' ? redirect(response, url) : response.end('the same server'))
      const found = await trusting().fetchBytes(link(), WANTED)
      // Without a host of its own it is a place on the server that redirects, which is a right one.
      const stays = URL.canParse(url, link()) && new URL(url, link()).host === place()
      if (stays) expect(found).toMatchObject({ outcome: 'ok', url: expect.stringContaining(place()) })
      else expect(found).toEqual({ outcome: 'refused', why: expect.stringMatching(SENTENCE) })
      expect([connections, sockets]).toEqual([0, asked.length])
    },
  )

  test('and the listener would have counted', async () => {
    const careless = createGuardedClient({ trusted_hosts: new Set([`127.0.0.1:${portOf(forbidden)}`]) })
    expect((await careless.fetchBytes(`http://127.1:${portOf(forbidden)}/`, WANTED)).outcome).toBe('refused')
    expect([connections, sockets]).toEqual([1, 1])
  })

  test('a name that leads to a private address and one that leads nowhere get the same sentence', async () => {
    const [hidden, absent] = [
      await trusting().fetchBytes('http://ten.example/', WANTED),
      await trusting().fetchBytes('http://nowhere.example/', WANTED),
    ]
    expect(hidden).toEqual(absent)
  })

  test('trust is for one port only', async () => {
    const found = await trusting().fetchBytes(`http://127.0.0.1:${portOf(forbidden)}/`, WANTED)
    expect([found.outcome, connections]).toEqual(['refused', 0])
  })
})

describe('a name server that changes its answer', () => {
  /** In these tests 127.0.0.1 counts as public, so that a public address can be reached without leaving the machine. */
  const isPublic = (address: string) => address === '127.0.0.1'

  test('is asked once for a connection, which goes to what was checked', async () => {
    const answers = [['127.0.0.1'], ['10.0.0.1']]
    let questions = 0
    const resolve: Resolve = async () => answers[questions++] ?? []
    const client = createGuardedClient({ trusted_hosts: new Set(), resolve, isPublic })
    const found = await client.fetchBytes(`http://rebinding.example:${portOf(server)}/a.png`, WANTED)
    expect([found.outcome, questions, asked.length]).toEqual(['ok', 1, 1])
    expect(asked[0]?.headers.host).toBe(`rebinding.example:${portOf(server)}`)
  })

  test('is asked anew for a redirect to the same name', async () => {
    const answers = [['127.0.0.1'], ['127.0.0.1', '::1']]
    let questions = 0
    const resolve: Resolve = async () => answers[questions++] ?? []
    answer = (_request, response) => redirect(response, '/again')
    const client = createGuardedClient({ trusted_hosts: new Set(), resolve, isPublic })
    const found = await client.fetchBytes(`http://rebinding.example:${portOf(server)}/a.png`, WANTED)
    expect([found.outcome, questions, asked.length]).toEqual(['refused', 2, 1])
  })

  test('can not lead a trusted name elsewhere by its second answer', async () => {
    let questions = 0
    const resolve: Resolve = async (_host, is_trusted) => (is_trusted && questions++ === 0 ? ['127.0.0.1'] : ['10.0.0.1'])
    const client = createGuardedClient({ trusted_hosts: new Set([`emulator:${portOf(server)}`]), resolve })
    expect((await client.fetchBytes(`http://emulator:${portOf(server)}/`, WANTED)).outcome).toBe('ok')
    expect(questions).toBe(1)
  })
})

describe('what a server answers', () => {
  test('is brought whole, with what it says of itself', async () => {
    answer = (_request, response) => response.writeHead(200, { 'content-type': 'image/png', 'set-cookie': 'a=b' }).end('picture')
    expect(await fetched()).toEqual({ outcome: 'ok', bytes: Buffer.from('picture'), type: 'image/png', url: link() })
    expect(Object.keys(asked[0]?.headers ?? {}).sort()).toEqual(['accept', 'accept-encoding', 'connection', 'host', 'user-agent'])
    expect(asked[0]?.headers).toMatchObject({ 'accept-encoding': 'identity', accept: '*/*', connection: 'close' })
  })

  test.each([301, 302, 303, 307, 308])('is followed by %i, three times and no more, without cookies', async (status) => {
    answer = (request, response) => {
      const left = Number(request.url?.slice(1))
      if (left === 0) return response.end('picture')
      response.setHeader('set-cookie', 'a=b')
      return redirect(response, `/${left - 1}`, status)
    }
    expect(await fetched('/3')).toMatchObject({ outcome: 'ok', url: link('/0') })
    expect(asked.map(({ headers }) => headers.cookie)).toEqual([undefined, undefined, undefined, undefined])
    asked = []
    expect(await fetched('/4')).toEqual({ outcome: 'refused', why: 'The server redirects more than 3 times.' })
    expect(asked.length).toBe(4)
  })

  test.each<[string, RequestListener, RegExp]>([
    ['an error', (_, response) => response.writeHead(404).end(), /status 404/],
    ['a part', (_, response) => response.writeHead(206).end('p'), /status 206/],
    ['no content', (_, response) => response.writeHead(204).end(), /status 204/],
    ['"not modified", which is no redirect', (_, response) => response.writeHead(304, { location: '/b' }).end(), /status 304/],
    ['a redirect to nowhere', (_, response) => response.writeHead(302).end(), /without saying where/],
    ['packed content', (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('picture')), /packed/],
    ['nothing', (request) => request.socket.destroy(), /can not be reached/],
    ['no HTTP', (request) => request.socket.end('SSH-2.0-OpenSSH\r\n'), /can not be reached/],
    [
      'another protocol',
      (request) => request.socket.end('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
      /reached/,
    ],
    ['a head without end', (request) => request.socket.end(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}`), /can not be reached/],
    ['less than it said', (request) => request.socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npict'), /broke off/],
    [
      'chunks without an end',
      (request) => request.socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\npict\r\n'),
      /broke off/,
    ],
  ])('is refused when it is %s', async (_what, listener, why) => {
    answer = listener
    expect(await fetched()).toEqual({ outcome: 'refused', why: expect.stringMatching(why) })
  })

  test('is too large when it says so, before a byte of it is read', async () => {
    answer = (_request, response) => response.writeHead(200, { 'content-length': 1_001 }).flushHeaders()
    expect(await fetched()).toEqual({ outcome: 'too_large', why: 'What the server sends is larger than 1000 bytes.' })
  })

  test('is too large when it goes on, and is cut off there', async () => {
    let cut_off: () => void = () => {}
    const gone = new Promise<void>((done) => (cut_off = done))
    answer = (_request, response) => {
      const more = () => void (response.write(Buffer.alloc(200)) && setImmediate(more))
      response.on('drain', more).on('close', cut_off)
      more()
    }
    expect((await fetched()).outcome).toBe('too_large')
    await gone
  })

  test('may be just as large as wanted', async () => {
    answer = (_request, response) => response.end(Buffer.alloc(1_000))
    expect((await fetched()).outcome).toBe('ok')
  })

  test('is nothing when nobody listens', async () => {
    const unused = createListener()
    await listen(unused, '127.0.0.1')
    const where = `127.0.0.1:${portOf(unused)}`
    await close(unused)
    const client = createGuardedClient({ trusted_hosts: new Set([where]) })
    expect(await client.fetchBytes(`http://${where}/`, WANTED)).toMatchObject({ outcome: 'refused' })
    expect(await client.fetchBytes(`https://${where}/`, WANTED)).toMatchObject({ outcome: 'refused' })
  })

  test('must speak TLS where https was asked for', async () => {
    expect(await trusting().fetchBytes(`https://${place()}/`, WANTED)).toMatchObject({ outcome: 'refused' })
    expect(asked).toEqual([])
  })
})

describe('https', () => {
  const names: (string | false)[] = []
  const secure = createSecureServer({ cert: CERTIFICATE, key: CERTIFICATE_KEY }, (request, response) => {
    names.push(request.socket instanceof TLSSocket && (request.socket.servername ?? false))
    response.end('picture')
  })
  const authorities = getCACertificates('default')
  beforeAll(() => listen(secure, '127.0.0.1'))
  afterAll(async () => {
    setDefaultCACertificates(authorities)
    await close(secure)
  })
  const client = createGuardedClient({ trusted_hosts: new Set(), resolve: async () => ['127.0.0.1'], isPublic: () => true })
  const ask = (name: string) => client.fetchBytes(`https://${name}:${portOf(secure)}/a.png`, WANTED)
  const DISTRUSTED = { outcome: 'refused', why: 'The server can not be reached, or its certificate is not valid.' }

  test('takes no certificate that nobody vouches for', async () => {
    expect(await ask('pictures.example')).toEqual(DISTRUSTED)
    expect(names).toEqual([])
  })

  test('asks the checked address for the name, and wants a certificate of that name', async () => {
    setDefaultCACertificates([CERTIFICATE])
    expect(await ask('pictures.example')).toMatchObject({ outcome: 'ok' })
    expect(await ask('films.example')).toEqual(DISTRUSTED)
    expect(names).toEqual(['pictures.example'])
  })
})

test('a trusted name may come from this machine’s own files', async () => {
  expect(
    await trusting({ trusted_hosts: new Set([`localhost:${portOf(server)}`]), resolve: resolveBySystem }).fetchBytes(
      `http://localhost:${portOf(server)}/`,
      WANTED,
    ),
  ).toMatchObject({ outcome: 'ok' })
})

describe('time ends every fetch', () => {
  const LATE = { outcome: 'refused', why: 'The server took longer than 0.2 s.' }
  const hint = (response: ServerResponse) => {
    const timer = setInterval(() => response.writeProcessing(), 20)
    response.on('close', () => clearInterval(timer))
  }
  const drip = (response: ServerResponse) => {
    const timer = setInterval(() => response.write('x'), 20)
    response.on('close', () => clearInterval(timer))
  }

  test.each<[string, RequestListener]>([
    ['silence', () => {}],
    ['a head and silence', (_, response) => response.flushHeaders()],
    ['a drip', (_, response) => drip(response)],
    ['hints without end', (_, response) => hint(response)],
    [
      'redirects that each take a part of the time',
      (request, response) => void setTimeout(() => redirect(response, `${request.url}a`), 90),
    ],
  ])('%s', async (_what, listener) => {
    answer = listener
    expect(await fetched('/', { timeout_ms: 200 })).toEqual(LATE)
  })

  test('a name server that keeps silent', async () => {
    const client = createGuardedClient({ trusted_hosts: new Set(), resolve: () => new Promise(() => {}) })
    expect(await client.fetchBytes('http://silent.example/', { ...WANTED, timeout_ms: 200 })).toEqual(LATE)
  })
})

describe('a stream', () => {
  test('comes piece by piece, and fails where its limit is', async () => {
    answer = (_request, response) => response.end(Buffer.alloc(2_000_000))
    const opened = await trusting().openStream(link(), { ...WANTED, bytes_max: 1_999_999 })
    expect(opened.outcome).toBe('too_large')
    answer = (_request, response) => {
      response.write(Buffer.alloc(1_000_000)) // in chunks: nothing says how much there will be
      response.end(Buffer.alloc(1_000_000))
    }
    const chunked = await trusting().openStream(link(), { ...WANTED, bytes_max: 1_999_999 })
    if (chunked.outcome !== 'ok') throw new Error(chunked.outcome)
    let bytes = 0
    const read = async () => {
      for await (const chunk of chunked.stream) bytes += chunk.byteLength
    }
    await expect(read()).rejects.toThrow(Broken)
    expect(bytes).toBeGreaterThan(0)
    expect(bytes).toBeLessThan(2_000_000)
  })

  test('that is cancelled lets go of its server', async () => {
    let cut_off: () => void = () => {}
    const gone = new Promise<void>((done) => (cut_off = done))
    answer = (_request, response) => void response.on('close', cut_off).write('x')
    const opened = await trusting().openStream(link(), WANTED)
    if (opened.outcome !== 'ok') throw new Error(opened.outcome)
    await opened.stream.cancel()
    await gone
  })
})

describe('a message', () => {
  const MESSAGE = {
    headers: { 'content-type': 'application/json', 'webhook-id': 'evt_1' },
    body: '{"é":1}',
    timeout_ms: 120_000,
    answer_bytes_max: 1_000,
  }
  const posted = (more = {}) => trusting().post(link(), { ...MESSAGE, ...more })

  test('arrives as it is, once', async () => {
    const bodies: string[] = []
    answer = async (request, response) => {
      let body = ''
      for await (const chunk of request.setEncoding('utf8')) body += chunk
      bodies.push(body)
      response.writeHead(204).end()
    }
    expect(await posted()).toEqual({ outcome: 'answered', status: 204 })
    expect([bodies, asked[0]?.method]).toEqual([[MESSAGE.body], 'POST'])
    expect(asked[0]?.headers).toMatchObject({ ...MESSAGE.headers, 'content-length': '8' })
  })

  test('is not sent on by a redirect', async () => {
    answer = (_request, response) => redirect(response, '/elsewhere', 307)
    expect(await posted()).toEqual({ outcome: 'answered', status: 307 })
    expect(asked.length).toBe(1)
  })

  test('is answered however long the answer is', async () => {
    answer = (_request, response) => {
      const more = () => void (response.write(Buffer.alloc(200)) && setImmediate(more))
      response.on('drain', more)
      more()
    }
    expect(await posted()).toEqual({ outcome: 'answered', status: 200 })
  })

  test('is given up in time', async () => {
    answer = () => {}
    expect(await posted({ timeout_ms: 200 })).toEqual({ outcome: 'refused', why: 'The server took longer than 0.2 s.' })
  })

  test('goes to no forbidden target', async () => {
    for (const [what, url] of forbiddenTargets(portOf(forbidden))) {
      expect(await trusting().post(url, MESSAGE), what).toEqual({ outcome: 'refused', why: expect.stringMatching(SENTENCE) })
    }
    expect([connections, sockets]).toEqual([0, 0])
  })

  test('goes to a public host by https only', async () => {
    const client = trusting({ resolve: async () => ['127.0.0.1'], isPublic: () => true })
    const found = await client.post(`http://example.com:${portOf(server)}/`, MESSAGE)
    expect(found).toEqual({ outcome: 'refused', why: 'The address must begin with https://.' })
    expect(asked).toEqual([])
  })
})

test('a stream that nobody reads is ended by the stop as well', async () => {
  const client = trusting()
  answer = (_request, response) => void response.write('x')
  const opened = await client.openStream(link(), WANTED)
  if (opened.outcome !== 'ok') throw new Error(opened.outcome)
  client.stop()
  const broken = await opened.stream
    .getReader()
    .read()
    .catch((error: unknown) => error)
  expect(broken).toBeInstanceOf(Broken)
  expect(broken).toMatchObject({ not_fetched: { outcome: 'stopped' } })
})

test('a client that is stopped ends what it has in hand, and fetches nothing more', async () => {
  const client = trusting()
  let arrived: () => void = () => {}
  const under_way = new Promise<void>((done) => (arrived = done))
  answer = () => arrived()
  const found = client.fetchBytes(link(), WANTED)
  await under_way
  client.stop()
  expect(await found).toEqual({ outcome: 'stopped' })
  expect(await client.fetchBytes(link(), WANTED)).toEqual({ outcome: 'stopped' })
  expect(asked.length).toBe(1)
})
