import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { has_object_store, NEEDS, type ObjectStore, objectStore } from '../../testing/object-store/object-store.ts'
import { LocalCopies } from '../local-copies.ts'
import { openStore } from '../open-store.ts'
import { type Store, StoreAway } from '../store.ts'
import { readPlace, type S3Place } from './place.ts'
import { s3Store } from './store.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filmgate-s3-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function refusal(s3: S3Place): Promise<string> {
  const opened = await openStore({ data_folder: folder, scratch: join(folder, 'scratch'), s3, before: 0 })
  return 'outcome' in opened ? opened.sentence : 'it is taken'
}

function placeAt(endpoint: string): S3Place {
  const keys = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'hunter2' }
  const read = readPlace('s3://clips', { ...keys, AWS_ENDPOINT_URL: endpoint })
  if (read.outcome === 'wrong') throw new Error(read.sentence)
  return read.place
}

/** Serves while `use` runs, and says which paths it was asked for. */
async function serving(
  answer: (path: string) => { status: number; headers?: Record<string, string>; body?: string },
  use: (at: string) => Promise<void>,
) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    const { status, headers = {}, body = '' } = answer(request.url ?? '')
    response.writeHead(status, headers).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await use(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  return asked
}

describe('what is no object storage', () => {
  test('nobody there: the start says where it looked', async () => {
    let gone = ''
    await serving(
      () => ({ status: 200 }),
      async (at) => {
        gone = at
      },
    )
    expect(await refusal(placeAt(gone))).toMatch(
      /^The object storage at http:\/\/127\.0\.0\.1:\d+ can not be reached \(ECONNREFUSED\): check AWS_ENDPOINT_URL/,
    )
  })

  test('a web server: the start says that it is something else', async () => {
    await serving(
      () => ({ status: 200, body: '<html>' }),
      async (at) => expect(await refusal(placeAt(at))).toMatch(/is no object storage that can be used/),
    )
  })

  test('a redirect is not followed: what is signed goes to nobody else', async () => {
    let sentence = ''
    const elsewhere = await serving(
      () => ({ status: 200 }),
      async (other) => {
        await serving(
          () => ({ status: 307, headers: { location: `${other}/stolen` }, body: '<Error><Code>TemporaryRedirect</Code></Error>' }),
          async (at) => {
            sentence = await refusal(placeAt(at))
          },
        )
      },
    )
    expect(sentence).toMatch(/is not in the region us-east-1: set AWS_REGION/)
    expect(elsewhere).toEqual([])
  })
})

describe.skipIf(!has_object_store)(`with an object storage (${NEEDS})`, () => {
  let server: ObjectStore
  let copies: LocalCopies
  let store: Store
  const kept = () => readdir(join(folder, 'kept'))
  const stream = (bytes: number) => new Blob([new Uint8Array(bytes).fill(7)]).stream()
  beforeAll(async () => {
    server = await objectStore()
    copies = new LocalCopies(join(folder, 'kept'), join(folder, 'in-use'), 250)
    await copies.prepare()
    store = s3Store({ place: server.place('faults'), copies, tries: 2 })
  })
  afterAll(() => server.stop())

  test.each([
    [
      'a wrong secret',
      'x',
      { AWS_SECRET_ACCESS_KEY: 'hunter2' },
      /does not take the credentials \(SignatureDoesNotMatch\): check AWS_ACCESS_KEY_ID/,
    ],
    ['a wrong region', 'x', { AWS_REGION: 'eu-north-7' }, /clips is not in the region eu-north-7: set AWS_REGION to us-east-1\.$/],
    [
      'no such bucket',
      'x',
      { FILMGATE_STORAGE: 's3://no-such-bucket' },
      /^There is no bucket no-such-bucket at .*: make it, or correct FILMGATE_STORAGE\.$/,
    ],
    ['all is well', 'x', {}, /^it is taken$/],
  ])('%s: the start says what to change', async (_name, prefix, more, about) => {
    const sentence = await refusal(server.place(prefix, more))
    expect(sentence).toMatch(about)
    expect(sentence).not.toContain('hunter2')
  })

  test('a link opens one object, in ranges too, to whoever has it, and not for long', async () => {
    await store.put('linked', new TextEncoder().encode('a clip'), 100)
    await store.put('other', new TextEncoder().encode('secret'), 100)
    const as = { type: 'video/mp4', name: 'video_1.mp4' }
    const link = (await store.link('linked', as)) ?? ''
    const whole = await fetch(link)
    expect([whole.status, whole.headers.get('content-type'), whole.headers.get('content-disposition'), await whole.text()]).toEqual([
      200,
      'video/mp4',
      'inline;filename="video_1.mp4"',
      'a clip',
    ])
    const range = await fetch(link, { headers: { range: 'bytes=2-3' } })
    expect([range.status, await range.text()]).toEqual([206, 'cl'])
    expect((await fetch(link.replace('linked', 'other'))).status).toBe(403)
    expect((await fetch(link, { method: 'DELETE' })).status).toBe(403)
    expect(link).not.toContain('testing-secret')
    expect(new URL(link).searchParams.get('X-Amz-Expires')).toBe('300')
    const short = s3Store({ place: server.place('faults'), copies, link_s: 1 })
    const shorter = (await short.link('linked', as)) ?? ''
    await expect.poll(async () => (await fetch(shorter)).status).toBe(403)
    expect((await fetch(link)).status).toBe(200)
  })

  test('a connection that breaks in the middle is made anew, and the object comes whole', async () => {
    let broken = false
    server.line.on_sent = () => {
      if (broken) return
      broken = true
      void server.line.down().then(() => server.line.up())
    }
    expect((await store.put('again', stream(300_000), 1_000_000)).bytes).toBe(300_000)
    expect(broken).toBe(true)
    expect(await store.stat('again')).toEqual({ bytes: 300_000 })
  })

  test('while it is away nothing is taken for absent, and afterwards all is there', async () => {
    await store.put('here', stream(100), 100)
    expect(await store.trouble()).toBeNull()
    await server.line.down()
    const away = s3Store({ place: server.place('faults'), copies, tries: 1 })
    for (const ask of [
      () => away.stat('here'),
      () => away.open('here'),
      () => away.local('here', async () => 1),
      () => away.copy('here', 'there'),
      () => away.list('x', 0),
      () => away.put('new', stream(100), 100),
      () => away.remove('here'),
    ])
      await expect(ask()).rejects.toBeInstanceOf(StoreAway)
    expect(await away.trouble()).toMatch(/^The object storage can not be reached \(ECONNREFUSED\)\.$/)
    await server.line.up()
    expect(await readdir(join(folder, 'in-use'))).toEqual([])
    expect([await store.stat('here'), await store.stat('new'), await store.stat('there')]).toEqual([{ bytes: 100 }, null, null])
  })

  test('local copies are kept up to their limit, the latest; what is kept is not brought again', async () => {
    for (const key of ['a', 'b', 'c', 'd']) await store.put(`kept/${key}`, new Blob([key.repeat(100)]).stream(), 100)
    expect((await kept()).length).toBe(2)
    const before = await kept()
    expect(await store.local('kept/d', async () => 'used')).toBe('used')
    expect(await kept()).toEqual(before)
    expect(await store.local('kept/a', async () => 'used')).toBe('used')
    expect((await kept()).length).toBe(2)
    expect(await kept()).not.toEqual(before)
  })

  test('a process that is killed while it uploads leaves no object, and the next one stores it', async () => {
    const bytes = 24 * 1024 ** 2
    const sent = Promise.withResolvers<void>()
    let count = 0
    server.line.on_sent = (piece) => {
      count += piece
      if (count > bytes / 4) sent.resolve()
    }
    const uploader = join(import.meta.dirname, '../../testing/object-store/uploader.ts')
    const env = { ...process.env, ...server.env('faults') }
    const child = spawn(process.execPath, [uploader, join(folder, 'killed'), 'clips/killed', String(bytes)], { env, stdio: 'ignore' })
    const ended = new Promise((resolve) => child.once('close', resolve))
    await Promise.race([sent.promise, ended])
    child.kill('SIGKILL')
    await ended
    server.line.on_sent = () => undefined
    expect(count).toBeLessThan(bytes)
    expect(await store.stat('clips/killed')).toBeNull()
    expect(await store.list('clips', Number.POSITIVE_INFINITY)).toEqual([])
    await store.put('clips/killed', stream(bytes), bytes)
    expect(await store.stat('clips/killed')).toEqual({ bytes })
  })
})
