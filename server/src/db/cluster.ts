import { randomBytes } from 'node:crypto'
import { chown, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Binaries } from './binaries.ts'
import type { Place } from './place.ts'
import { isAlive, postgresProcesses, signal } from './processes.ts'
import { explain, messageOf, type Refused, refused } from './refusal.ts'
import { run } from './runner.ts'

/** The bootstrap superuser. Only the launcher uses it, to make the role that the server connects as. */
export const ADMIN_ROLE = 'filmgate_admin'

/**
 * Makes the cluster of this place unless it is there. Built beside its place and then renamed: a kill at any moment leaves
 * either no cluster or a whole one. Sorting is by code point on every system (builtin C.UTF-8), never by the system's libraries.
 * @returns null when the cluster is there
 */
export async function ensureCluster(place: Place, binaries: Binaries, durable: boolean): Promise<Refused | null> {
  try {
    if (await exists(join(place.cluster, 'PG_VERSION'))) return null
    if (await exists(place.cluster)) {
      return refused(
        'broken_cluster',
        `${place.cluster} is not a PostgreSQL database: move it away, or set FILMGATE_DATA to another folder.`,
      )
    }
    await removeUnfinished(place.cluster)
    const unfinished = `${place.cluster}.new-${process.pid}-${randomBytes(3).toString('hex')}`
    try {
      await mkdir(unfinished, { mode: 0o700 })
      if (place.runner !== null) await chown(unfinished, place.runner.uid, place.runner.gid)
      const { status, said } = await run(binaries.initdb, initdbArguments(unfinished, durable), place.runner, unfinished)
      if (status !== 0) return explain(said, place.home)
      await rename(unfinished, place.cluster).catch((error: unknown) => {
        if (!/^(EEXIST|ENOTEMPTY)/.test(messageOf(error))) throw error // else another first start was faster
      })
      await sync(dirname(place.cluster))
      return null
    } finally {
      await rm(unfinished, { recursive: true, force: true })
    }
  } catch (error) {
    return explain(messageOf(error), place.home)
  }
}

function initdbArguments(folder: string, durable: boolean): string[] {
  return [
    ...['-D', folder, '-U', ADMIN_ROLE, '--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    // Whoever reaches the socket is PostgreSQL's own user or root (place.ts); both could read the files as well.
    ...['--auth-local=trust', '--auth-host=reject', '--data-checksums', '--no-instructions'],
    ...(durable ? [] : ['--no-sync']),
  ]
}

/**
 * Removes what killed first starts left, and ends an `initdb` that outlived its parent. A first start that still runs is left
 * alone. What resists is harmless, and goes next time.
 */
async function removeUnfinished(cluster: string): Promise<void> {
  const prefix = `${basename(cluster)}.new-`
  for (const name of await readdir(dirname(cluster))) {
    if (!name.startsWith(prefix)) continue
    const pid = Number.parseInt(name.slice(prefix.length), 10)
    if (isAlive(pid)) continue
    const unfinished = join(dirname(cluster), name)
    for (const orphan of postgresProcesses(unfinished)) signal(orphan, 'SIGKILL')
    await rm(unfinished, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined)
  }
}

/** A rename lasts only when its folder is on the disk. */
async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (messageOf(error).startsWith('ENOENT')) return false
    throw error
  }
}
