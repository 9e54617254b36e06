import { mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

/**
 * Makes a folder and those above it that are missing. Node's own recursive `mkdir` never returns where the system answers "no such file" for a
 * folder whose parent is there (below /proc, for one), so each level is made, and may fail, by itself.
 * @throws the file system's error
 */
export async function makeFolder(folder: string, mode: number): Promise<void> {
  const missing: string[] = []
  for (let path = resolve(folder); !(await isThere(path)); path = dirname(path)) missing.unshift(path)
  for (const path of missing) {
    await mkdir(path, { mode }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error // another process made it in between
    })
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    // The dot tells a folder from a file: below a file nothing can be made.
    await stat(`${path}/.`)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}
