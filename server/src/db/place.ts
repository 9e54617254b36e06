import { createHash, randomBytes } from 'node:crypto'
import { chmod, chown, link, lstat, mkdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeFolder } from './folder.ts'
import { explain, messageOf, type Refused, refused } from './refusal.ts'
import { isRoot, mayEnter, type Runner, runnerForRoot, runnerOf } from './runner.ts'

/** Where the parts of the embedded PostgreSQL lie, all real paths. */
export interface Place {
  readonly outcome: 'chosen'
  /** The data folder; when PostgreSQL's user may not enter that, a folder of ours elsewhere. Holds the cluster and, if needed, the binaries. */
  readonly home: string
  readonly cluster: string
  /** The folder of the socket: mode 0700, which is all that guards it. */
  readonly sockets: string
  readonly log_file: string
  /** Null: PostgreSQL runs as we do. */
  readonly runner: Runner | null
}

/** Names the home of the cluster when that is not the data folder. It is the only truth about it: a stray cluster is never adopted. */
export const POINTER = 'postgres.location'
/** 107 on Linux, 103 on macOS. */
const SOCKET_PATH_BYTES_MAX = 103
const SOCKET_FILE = '.s.PGSQL.5432'

/**
 * Decides where the cluster of a data folder lives and who runs it, and makes the folders on the way to it.
 * @param elsewhere where clusters go whose data folder PostgreSQL's user may not enter
 */
export async function choosePlace(data_folder: string, elsewhere: string): Promise<Place | Refused> {
  try {
    // As root it must be passable for PostgreSQL's user; nobody but root can list it.
    await makeFolder(data_folder, isRoot() ? 0o711 : 0o700)
    const data = await realpath(data_folder)
    const chosen = isRoot() ? await homeForRoot(data, elsewhere) : await homeForUser(data)
    if ('outcome' in chosen) return chosen
    const cluster = join(chosen.home, 'postgres')
    const sockets = await socketFolder(cluster, chosen.runner)
    if (typeof sockets !== 'string') return sockets
    return { outcome: 'chosen', ...chosen, cluster, sockets, log_file: join(data, 'postgres.log') }
  } catch (error) {
    return explain(messageOf(error), data_folder)
  }
}

interface Home {
  readonly home: string
  readonly runner: Runner | null
}

async function homeForUser(data: string): Promise<Home | Refused> {
  const home = (await readPointer(data)) ?? data
  const owner = await ownerOf(join(home, 'postgres'))
  if (owner !== null && owner.uid !== process.getuid?.()) {
    const name = runnerOf(owner).name
    return refused(
      'no_permission',
      `The database in ${home} belongs to the system user ${name}: start Filmgate as root, as it was before, or run "chown -R $(id -u) ${home}/postgres" once as root.`,
    )
  }
  return { home, runner: null }
}

async function homeForRoot(data: string, elsewhere: string): Promise<Home | Refused> {
  const pointed = await readPointer(data)
  const owner = await ownerOf(join(pointed ?? data, 'postgres'))
  const runner = owner !== null && owner.uid !== 0 ? runnerOf(owner) : runnerForRoot()
  if (runner === null) {
    return refused(
      'unsupported_system',
      'PostgreSQL may not run as root, and there is no system user "postgres" or "nobody": create one of them, or start Filmgate as another user.',
    )
  }
  const home = pointed ?? data
  if (pointed !== null) await mkdir(home, { recursive: true, mode: 0o711 })
  if (mayEnter(home, runner)) return { home, runner }
  const advice = `set FILMGATE_DATA to a folder that everybody may pass through (such as ${elsewhere}), or start Filmgate as another user than root.`
  const problem = `PostgreSQL may not run as root, and its user ${runner.name} may not enter ${home}`
  if (owner !== null || pointed !== null)
    return refused('no_permission', `${problem}: allow that (chmod a+x on it and the folders above), or ${advice}`)

  // A random part: after `rm -r` of the data folder its old database must not come back.
  const hash = createHash('sha256').update(data).digest('hex').slice(0, 12)
  const away = join(elsewhere, `${hash}-${randomBytes(4).toString('hex')}`)
  try {
    await mkdir(elsewhere, { recursive: true, mode: 0o711 })
  } catch (error) {
    return refused('no_permission', `${problem}, nor can ${elsewhere} be made (${messageOf(error)}): ${advice}`)
  }
  if (!mayEnter(elsewhere, runner)) return refused('no_permission', `${problem}, nor ${elsewhere}: ${advice}`)
  const agreed = await writePointer(data, away)
  await mkdir(agreed, { recursive: true, mode: 0o711 })
  return { home: agreed, runner }
}

async function readPointer(data: string): Promise<string | null> {
  try {
    return (await readFile(join(data, POINTER), 'utf8')).trim()
  } catch (error) {
    if (messageOf(error).startsWith('ENOENT')) return null
    throw error
  }
}

/** Returns what the pointer says in the end: of two first starts at once, one is too late. Written before what it names exists. */
async function writePointer(data: string, home: string): Promise<string> {
  const pointer = join(data, POINTER)
  const unfinished = `${pointer}.new-${process.pid}`
  await writeFile(unfinished, `${home}\n`, { mode: 0o600, flush: true })
  try {
    await link(unfinished, pointer)
    return home
  } catch (error) {
    if (!messageOf(error).startsWith('EEXIST')) throw error
    return (await readPointer(data)) ?? home
  } finally {
    await rm(unfinished, { force: true })
  }
}

async function ownerOf(path: string): Promise<{ readonly uid: number; readonly gid: number } | null> {
  try {
    return await stat(path)
  } catch (error) {
    if (messageOf(error).startsWith('ENOENT')) return null
    throw error
  }
}

/** The cluster's own folder (0700, PostgreSQL insists), unless the socket's path would be too long for the kernel. */
async function socketFolder(cluster: string, runner: Runner | null): Promise<string | Refused> {
  if (fits(cluster)) return cluster
  const uid = runner?.uid ?? process.getuid?.() ?? 0
  const name = `filmgate-${uid}-${createHash('sha256').update(cluster).digest('hex').slice(0, 12)}`
  const short = [tmpdir(), '/tmp'].map((base) => join(base, name)).find((folder) => fits(folder) && mayEnter(join(folder, '..'), runner))
  if (short === undefined) {
    return refused(
      'no_permission',
      `The path of ${cluster} is too long for a socket and ${tmpdir()} can not serve instead: set FILMGATE_DATA to a folder with a path of less than 80 bytes.`,
    )
  }
  const made = await mkdir(short, { mode: 0o700 }).then(
    () => true,
    () => false,
  )
  if (made && runner !== null) await chown(short, runner.uid, runner.gid)
  if (made) await chmod(short, 0o700) // whatever the umask was
  // Others may write to a temporary folder: what we did not make is used only if nobody but PostgreSQL's user can have made it.
  const found = await lstat(short)
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o077) !== 0) {
    return refused(
      'no_permission',
      `${short} is needed for PostgreSQL's socket and belongs to somebody else: remove it, or set FILMGATE_DATA to a folder with a path of less than 80 bytes.`,
    )
  }
  return short
}

function fits(folder: string): boolean {
  return Buffer.byteLength(join(folder, SOCKET_FILE)) <= SOCKET_PATH_BYTES_MAX
}
