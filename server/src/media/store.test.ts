import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { has_object_store, NEEDS, type ObjectStore, objectStore } from '../testing/object-store/object-store.ts'
import { LocalCopies } from './local-copies.ts'
import { s3Store } from './s3/store.ts'
import { type FileStore, fileStore, InvalidKey, type Store, StoreFull, TooManyBytes } from './store.ts'

const bytes = Buffer.from('a clip of some length')
const read = async (opened: { stream: ReadableStream<Uint8Array> } | null) => new Response(opened?.stream).text()

interface Opened {
  readonly store: Store
  /** Files of unfinished writes and of lent copies. */
  unfinished(): Promise<readonly string[]>
  close(): Promise<void>
}

/** What every store promises. */
function guarantees(open: () => Promise<Opened>): void {
  let opened: Opened
  let store: Store
  beforeAll(async () => {
    opened = await open()
    store = opened.store
  })
  afterAll(() => opened.close())

  test('what was put is read back, whole and in ranges, with its size and digest', async () => {
    const stored = await store.put('videos/one/clip.mp4', new Blob([bytes]).stream(), 100)
    expect(stored).toEqual({ bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })
    expect(await store.put('videos/one/again', bytes, 100)).toEqual(stored)
    expect(await store.stat('videos/one/clip.mp4')).toEqual({ bytes: bytes.length })
    expect(await read(await store.open('videos/one/clip.mp4'))).toBe(bytes.toString())
    const part = await store.open('videos/one/clip.mp4', { first: 2, last: 5 })
    expect(part?.bytes).toBe(bytes.length)
    expect(await read(part)).toBe('clip')
    expect(await opened.unfinished()).toEqual([])
  })

  test('an object may be empty', async () => {
    expect((await store.put('marks/one', new Uint8Array(), 0)).bytes).toBe(0)
    expect(await store.stat('marks/one')).toEqual({ bytes: 0 })
    expect(await read(await store.open('marks/one'))).toBe('')
  })

  test('tools get a file with the bytes of an object as it is now, and have none left afterwards', async () => {
    for (const text of ['one', 'another']) {
      await store.put('worked/clip', new Blob([text]).stream(), 100)
      for (const _again of [1, 2]) expect(await store.local('worked/clip', (path) => readFile(path, 'utf8'))).toBe(text)
    }
    const lent = store.local('worked/clip', async (path) => {
      await store.put('worked/clip', new Blob(['later']).stream(), 100)
      await store.remove('worked/clip')
      return path
    })
    expect(typeof (await lent)).toBe('string')
    expect(await store.local('worked/clip', async () => 1)).toBeNull()
    await expect(store.draft(async (path) => writeFile(path, 'x').then(() => Promise.reject(new Error(path))))).rejects.toThrow(tmpdir())
    expect(await opened.unfinished()).toEqual([])
  })

  test('a copy is an object of its own: what becomes of either leaves the other', async () => {
    await store.put('copied/old', bytes, 100)
    expect(await store.copy('copied/old', 'copied/new')).toEqual({ bytes: bytes.length })
    await store.put('copied/old', Buffer.from('replaced'), 100)
    expect(await read(await store.open('copied/new'))).toBe(bytes.toString())
    expect(await store.copy('copied/new', 'copied/new')).toEqual({ bytes: bytes.length })
    await store.remove('copied/old')
    expect(await store.stat('copied/new')).toEqual({ bytes: bytes.length })
    expect(await store.copy('copied/old', 'copied/other')).toBeNull()
    expect(await store.stat('copied/other')).toBeNull()
    expect(await opened.unfinished()).toEqual([])
  })

  test('a list names what lies directly in a folder and is older than an instant', async () => {
    for (const key of ['listed/a', 'listed/b', 'listed/deeper/c', 'listedd']) await store.put(key, bytes, 100)
    expect([...(await store.list('listed', Number.POSITIVE_INFINITY))].sort()).toEqual(['listed/a', 'listed/b'])
    expect(await store.list('listed', Date.now() - 3_600_000)).toEqual([])
    expect(await store.list('nothing', Number.POSITIVE_INFINITY)).toEqual([])
  })

  test('an object is not seen before it is whole, and a replaced one is seen as it was', async () => {
    await store.put('seen/clip', Buffer.from('old'), 100)
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writing = store.put('seen/clip', readable, 100)
    const writer = writable.getWriter()
    await writer.write(Buffer.from('new, but '))
    expect(await new Response((await store.open('seen/clip'))?.stream).text()).toBe('old')
    await writer.write(Buffer.from('longer'))
    await writer.close()
    await writing
    expect(await new Response((await store.open('seen/clip'))?.stream).text()).toBe('new, but longer')
  })

  test('a source that breaks off, or is too long, leaves nothing', async () => {
    const broken = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bytes)
      },
      pull() {
        throw new Error('the client hung up')
      },
    })
    await expect(store.put('broken/clip', broken, 100)).rejects.toThrow('the client hung up')
    await expect(store.put('broken/clip', bytes, 10)).rejects.toBeInstanceOf(TooManyBytes)
    expect(await store.stat('broken/clip')).toBeNull()
    expect(await opened.unfinished()).toEqual([])
  })

  test.each(['', '../out', 'a/../../b', '/etc/passwd', 'a//b', '.incoming/x', 'a/.hidden', 'a\\b', 'a\0b', 'x'.repeat(301)])(
    'the key %j is refused',
    async (key) => {
      await expect(store.put(key, bytes, 100)).rejects.toBeInstanceOf(InvalidKey)
      await expect(store.open(key)).rejects.toBeInstanceOf(InvalidKey)
    },
  )

  test('what is not there is null, and removing it is no error', async () => {
    expect(await store.open('none/such')).toBeNull()
    expect(await store.stat('none/such')).toBeNull()
    await store.remove('none/such')
    await store.put('absent/clip', bytes, 100)
    await store.remove('absent/clip')
    expect(await store.stat('absent/clip')).toBeNull()
  })
}

describe('in a folder', () => {
  guarantees(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'filmgate-store-'))
    const store = fileStore(folder)
    await store.prepare()
    return { store, unfinished: () => readdir(join(folder, '.incoming')), close: () => rm(folder, { recursive: true }) }
  })
})

describe.skipIf(!has_object_store)(`in a bucket (${NEEDS})`, () => {
  guarantees(async () => {
    const server: ObjectStore = await objectStore()
    const folder = await mkdtemp(join(tmpdir(), 'filmgate-store-'))
    const copies = new LocalCopies(join(folder, 'kept'), join(folder, 'in-use'), 1_000)
    await copies.prepare()
    return {
      store: s3Store({ place: server.place('some/where'), copies }),
      unfinished: () => readdir(join(folder, 'in-use')),
      async close() {
        await server.stop()
        await rm(folder, { recursive: true })
      },
    }
  })
})

describe('fileStore', () => {
  let folder: string
  let store: FileStore
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'filmgate-store-'))
    store = fileStore(folder)
    await store.prepare()
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const unfinished = (): Promise<string[]> => readdir(join(folder, '.incoming'))

  test('the age of a copy is its own', async () => {
    await store.put('clips/old', bytes, 100)
    const long_ago = new Date(Date.now() - 86_400_000)
    await utimes(store.path('clips/old'), long_ago, long_ago)
    expect(await store.copy('clips/old', 'sources/new')).toEqual({ bytes: bytes.length })
    expect(await store.list('sources', Date.now() - 3_600_000)).toEqual([])
    expect(await store.list('clips', Date.now() - 3_600_000)).toEqual(['clips/old'])
  })

  test.each(['ENOSPC', 'EDQUOT'])('a disk without room (%s) is told apart and leaves nothing', async (code) => {
    const full = new ReadableStream<Uint8Array>({
      pull() {
        throw Object.assign(new Error('no space left on device'), { code })
      },
    })
    await expect(store.put('clip', full, 100)).rejects.toBeInstanceOf(StoreFull)
    expect(await unfinished()).toEqual([])
  })

  test('the sweep removes what killed writers left, and nothing that is being written', async () => {
    await writeFile(join(folder, '.incoming', 'dead'), 'half')
    await utimes(join(folder, '.incoming', 'dead'), 1, 1)
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writing = store.put('clip', readable, 100)
    const writer = writable.getWriter()
    await writer.write(bytes)
    expect(await store.sweepLeftovers(10_000)).toBe(1)
    await writer.close()
    expect((await writing).bytes).toBe(bytes.length)
  })
})
