import { createHash, randomUUID } from 'node:crypto'
import { constants, copyFile, type FileHandle, mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import type { Instant } from '../domain/time.ts'

/** Bytes of one object that are wanted, both ends included, as in an HTTP Range. */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

/** Where clips and pictures are kept. A key is a relative name such as `videos/video_1/clip.mp4`. */
export interface Store {
  /**
   * Writes one object whole or not at all: a reader never sees part of it, and a source that breaks off leaves no file.
   * An object that was there under this key is replaced.
   * @throws StoreFull, TooManyBytes (more than `limit_bytes`), InvalidKey, or what the source threw
   */
  put(key: string, source: ReadableStream<Uint8Array> | Uint8Array, limit_bytes: number): Promise<Stored>
  /**
   * Gives an object a second key of its own, whole or not at all: neither knows what becomes of the other. Null: there is no such object.
   * @throws StoreFull, InvalidKey
   */
  copy(from: string, to: string): Promise<{ bytes: number } | null>
  /** The bytes of an object, or a range of them; null when there is none. `bytes` is the size of the whole object. Read the stream to its end or cancel it. */
  open(key: string, range?: ByteRange): Promise<{ stream: ReadableStream<Uint8Array>; bytes: number } | null>
  stat(key: string): Promise<{ bytes: number } | null>
  /** Keys directly below a folder whose objects were written before an instant. */
  list(folder: string, before: Instant): Promise<readonly string[]>
  /** Removing what is not there is no error. */
  remove(key: string): Promise<void>
  /**
   * Gives tools that read files one with the bytes of an object, while `use` runs. They may not write to it. Null: there is no such object.
   * @throws StoreFull, StoreAway, InvalidKey, or what `use` throws
   */
  local<T>(key: string, use: (path: string) => Promise<T>): Promise<T | null>
  /** A name for a file that tools may write while `use` runs; however that ends, the file is gone afterwards. */
  draft<T>(use: (path: string) => Promise<T>): Promise<T>
  /** An address that opens the object to whoever has it, for some minutes; null: this store has none. Whether the object exists is not asked. */
  link(key: string, as: LinkedAs): Promise<string | null>
  /** Null: it can be used; else one sentence why not, without a secret or an address in it. */
  trouble(): Promise<string | null>
}

/** How the bytes behind a link call themselves. */
export interface LinkedAs {
  readonly type: string
  /** Suggested file name, without blanks or quotes. */
  readonly name: string
}

export interface Stored {
  readonly bytes: number
  /** Lower-case hex. */
  readonly sha256: string
}

/** No room left on the disk (or in its quota). */
export class StoreFull extends Error {
  override readonly name = 'StoreFull'
}
/** The source had more bytes than the caller allows. */
export class TooManyBytes extends Error {
  override readonly name = 'TooManyBytes'
}
/** A key that could leave the store's folder, or that some file system would not take. */
export class InvalidKey extends Error {
  override readonly name = 'InvalidKey'
}

/** The store does not answer, or not with what was asked for: no verdict on any object, and worth another try. */
export class StoreAway extends Error {
  override readonly name: string = 'StoreAway'
}

export interface FileStore extends Store {
  /** Where an object's file is, whether it exists or not. */
  path(key: string): string
  /** Makes the folders. @throws the file system's error when they cannot be made */
  prepare(): Promise<void>
  /** Removes what writers left that were killed before `before`. Later ones may belong to another process. Returns how many. */
  sweepLeftovers(before: Instant): Promise<number>
}

// Keys never begin with a dot, so the folder of unfinished writes cannot be addressed.
const INCOMING = '.incoming'
const KEY = /^[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/
const FULL = new Set(['ENOSPC', 'EDQUOT'])

/** A store in a folder of this machine (or of a shared disk). */
export function fileStore(folder: string): FileStore {
  const root = resolve(folder)
  const incoming = join(root, INCOMING)

  const path = (key: string): string => join(root, checkKey(key))
  const size = async (key: string): Promise<{ bytes: number } | null> => {
    const found = await orNull(stat(path(key)))
    return found?.isFile() ? { bytes: found.size } : null
  }

  return {
    path,

    async prepare() {
      await mkdir(incoming, { recursive: true })
    },

    async put(key, source, limit_bytes) {
      const target = path(key)
      await mkdir(incoming, { recursive: true })
      return withDraft(incoming, async (temporary) => {
        await mkdir(dirname(target), { recursive: true })
        const stored = await writeWhole(temporary, source, limit_bytes)
        await syncFile(temporary)
        await rename(temporary, target)
        await syncFolder(dirname(target))
        return stored
      })
    },

    async copy(from, to) {
      const [origin, target] = [path(from), path(to)]
      await mkdir(incoming, { recursive: true })
      const copied = withDraft(incoming, async (temporary) => {
        await mkdir(dirname(target), { recursive: true })
        // Not a second name of one file: they would share their age, and `list` goes by it. Where the file system can, they share their blocks.
        await copyFile(origin, temporary, constants.COPYFILE_FICLONE)
        const now = new Date()
        await utimes(temporary, now, now) // some systems give a copy the time of its original
        await syncFile(temporary)
        await rename(temporary, target)
        await syncFolder(dirname(target))
        return { bytes: (await stat(target)).size }
      })
      return orNull(copied)
    },

    async open(key, range) {
      const handle = await orNull(open(path(key), 'r'))
      if (!handle) return null
      try {
        const { size } = await handle.stat()
        const stream = handle.createReadStream(range ? { start: range.first, end: range.last } : {})
        return { stream: Readable.toWeb(stream) as ReadableStream<Uint8Array>, bytes: size }
      } catch (error) {
        await handle.close()
        throw error
      }
    },

    stat: size,

    async local(key, use) {
      return (await size(key)) === null ? null : use(path(key))
    },

    async draft(use) {
      await mkdir(incoming, { recursive: true })
      return withDraft(incoming, use)
    },

    async link() {
      return null
    },

    async trouble() {
      return null
    },

    async list(folder, before) {
      const keys: string[] = []
      for (const name of (await orNull(readdir(path(folder)))) ?? []) {
        const found = await orNull(stat(join(path(folder), name)))
        if (found?.isFile() && found.mtimeMs < before) keys.push(`${folder}/${name}`)
      }
      return keys
    },

    async remove(key) {
      await rm(path(key), { force: true })
    },

    async sweepLeftovers(before) {
      let removed = 0
      for (const name of (await orNull(readdir(incoming))) ?? []) {
        const leftover = join(incoming, name)
        const found = await orNull(stat(leftover))
        if (!found || found.mtimeMs >= before) continue
        await rm(leftover, { force: true })
        removed += 1
      }
      return removed
    },
  }
}

/** @returns the key. @throws InvalidKey */
export function checkKey(key: string): string {
  if (key.length > 300 || !KEY.test(key)) throw new InvalidKey(`"${key.slice(0, 80)}" is not a key of the store.`)
  return key
}

/** Runs `use` with a name in a folder under which no file is, and afterwards none is left. */
export async function withDraft<T>(folder: string, use: (path: string) => Promise<T>): Promise<T> {
  const path = join(folder, randomUUID())
  try {
    return await use(path)
  } catch (error) {
    throw FULL.has(errorCode(error) ?? '') ? new StoreFull('There is no room left for clips.', { cause: error }) : error
  } finally {
    await rm(path, { force: true })
  }
}

/** Writes a new file. It may still be lost with the machine. @throws TooManyBytes, the file system's error, or what the source threw; part of it is then left */
export async function writeWhole(path: string, source: ReadableStream<Uint8Array> | Uint8Array, limit_bytes: number): Promise<Stored> {
  const hash = createHash('sha256')
  let bytes = 0
  const handle = await open(path, 'wx')
  try {
    for await (const chunk of source instanceof Uint8Array ? [source] : source) {
      bytes += chunk.byteLength
      if (bytes > limit_bytes) throw new TooManyBytes(`More than ${limit_bytes} bytes.`)
      hash.update(chunk)
      await writeAll(handle, chunk)
    }
  } finally {
    await handle.close()
  }
  return { bytes, sha256: hash.digest('hex') }
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  let offset = 0
  while (offset < chunk.byteLength) offset += (await handle.write(chunk, offset)).bytesWritten
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A rename lasts only when its folder was synced too; Windows has no such call and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function orNull<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return null
    throw error
  }
}

function errorCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}
