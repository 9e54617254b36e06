import { createHash } from 'node:crypto'
import { link, mkdir, readdir, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { withDraft } from './store.ts'

/**
 * Files of this machine that tools work on, of objects that lie elsewhere; the latest are kept, up to a number of bytes. Who uses one has a
 * name of its own for it, so that what is given up meanwhile, here or by another process, is not missed. A kept file never changes: what an
 * object becomes has another `version`.
 */
export class LocalCopies {
  readonly #kept: string
  readonly #in_use: string
  readonly #bytes_max: number

  /** @param kept may be shared by processes. @param in_use this process's, on the same file system (else nothing is kept) */
  constructor(kept: string, in_use: string, bytes_max: number) {
    this.#kept = kept
    this.#in_use = in_use
    this.#bytes_max = bytes_max
  }

  async prepare(): Promise<void> {
    await mkdir(this.#kept, { recursive: true, mode: 0o700 })
  }

  /** @param bring writes the file, where it is not kept. @throws StoreFull, or what `bring` and `use` throw */
  async use<T>(key: string, version: string, bring: (path: string) => Promise<void>, use: (path: string) => Promise<T>): Promise<T> {
    return this.draft(async (path) => {
      if (!(await this.#take(key, version, path))) {
        await bring(path)
        await this.keep(key, version, path)
      }
      return use(path)
    })
  }

  /** A name for a new file of this process alone. Without room on the disk, the kept files make some for the next try. @throws StoreFull, or what `use` throws */
  async draft<T>(use: (path: string) => Promise<T>): Promise<T> {
    await mkdir(this.#in_use, { recursive: true, mode: 0o700 })
    try {
      return await withDraft(this.#in_use, use)
    } catch (error) {
      if (error instanceof Error && error.name === 'StoreFull') await this.#shrink(0)
      throw error
    }
  }

  /** Keeps what is in a file for who needs it next. Failing to is no loss. */
  async keep(key: string, version: string, path: string): Promise<void> {
    try {
      await link(path, this.#pathOf(key, version))
    } catch {
      return // it is kept already, or this file system has no second names
    }
    await this.#shrink(this.#bytes_max)
  }

  async #take(key: string, version: string, path: string): Promise<boolean> {
    try {
      await link(this.#pathOf(key, version), path)
      const now = new Date()
      await utimes(path, now, now) // both names are one file: it is now the youngest
      return true
    } catch {
      await rm(path, { force: true })
      return false
    }
  }

  /** Gives up the files that were not used for longest. */
  async #shrink(bytes_max: number): Promise<void> {
    const files = []
    for (const name of await readdir(this.#kept)) {
      const path = join(this.#kept, name)
      const found = await stat(path).catch(() => null)
      if (found !== null) files.push({ path, bytes: found.size, used_ms: found.mtimeMs })
    }
    let bytes = files.reduce((sum, file) => sum + file.bytes, 0)
    for (const file of files.sort((a, b) => a.used_ms - b.used_ms)) {
      if (bytes <= bytes_max) return
      await rm(file.path, { force: true })
      bytes -= file.bytes
    }
  }

  #pathOf(key: string, version: string): string {
    return join(this.#kept, createHash('sha256').update(`${key}\n${version}`).digest('hex'))
  }
}
