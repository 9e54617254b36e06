import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FileStore, fileStore, InvalidKey, StoreFull, TooManyBytes } from './store.ts'

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
  const bytes = Buffer.from('a clip of some length')

  test('what was put is read back, whole and in ranges, with its size and digest', async () => {
    const stored = await store.put('videos/one/clip.mp4', new Blob([bytes]).stream(), 100)
    expect(stored).toEqual({ bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })
    expect(await store.stat('videos/one/clip.mp4')).toEqual({ bytes: bytes.length })
    const whole = await store.open('videos/one/clip.mp4')
    expect(await new Response(whole?.stream).text()).toBe(bytes.toString())
    const part = await store.open('videos/one/clip.mp4', { first: 2, last: 5 })
    expect(part?.bytes).toBe(bytes.length)
    expect(await new Response(part?.stream).text()).toBe('clip')
    expect(await unfinished()).toEqual([])
  })

  test('a copy is an object of its own: what becomes of either leaves the other, and its age is its own', async () => {
    await store.put('clips/old', bytes, 100)
    const long_ago = new Date(Date.now() - 86_400_000)
    await utimes(store.path('clips/old'), long_ago, long_ago)
    expect(await store.copy('clips/old', 'sources/new')).toEqual({ bytes: bytes.length })
    expect(await store.list('sources', Date.now() - 3_600_000)).toEqual([])
    expect(await store.list('clips', Date.now() - 3_600_000)).toEqual(['clips/old'])
    await store.put('clips/old', Buffer.from('replaced'), 100)
    expect(await new Response((await store.open('sources/new'))?.stream).text()).toBe(bytes.toString())
    expect(await store.copy('sources/new', 'sources/new')).toEqual({ bytes: bytes.length })
    await store.remove('clips/old')
    expect(await store.stat('sources/new')).toEqual({ bytes: bytes.length })
    expect(await store.copy('clips/old', 'sources/other')).toBeNull()
    expect(await store.stat('sources/other')).toBeNull()
    expect(await unfinished()).toEqual([])
  })

  test('an object is not seen before it is whole, and a replaced one is seen as it was', async () => {
    await store.put('clip', Buffer.from('old'), 100)
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writing = store.put('clip', readable, 100)
    const writer = writable.getWriter()
    await writer.write(Buffer.from('new, but '))
    expect(await new Response((await store.open('clip'))?.stream).text()).toBe('old')
    await writer.write(Buffer.from('longer'))
    await writer.close()
    await writing
    expect(await new Response((await store.open('clip'))?.stream).text()).toBe('new, but longer')
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
    await expect(store.put('clip', broken, 100)).rejects.toThrow('the client hung up')
    await expect(store.put('clip', bytes, 10)).rejects.toBeInstanceOf(TooManyBytes)
    expect(await store.stat('clip')).toBeNull()
    expect(await unfinished()).toEqual([])
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

  test.each(['', '../out', 'a/../../b', '/etc/passwd', 'a//b', '.incoming/x', 'a/.hidden', 'a\\b', 'a\0b', 'x'.repeat(301)])(
    'the key %j is refused',
    async (key) => {
      await expect(store.put(key, bytes, 100)).rejects.toBeInstanceOf(InvalidKey)
      expect(() => store.path(key)).toThrow(InvalidKey)
    },
  )

  test('what is not there is null, and removing it is no error', async () => {
    expect(await store.open('none/such')).toBeNull()
    expect(await store.stat('none/such')).toBeNull()
    await store.remove('none/such')
    await store.put('clip', bytes, 100)
    await store.remove('clip')
    expect(await store.stat('clip')).toBeNull()
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
