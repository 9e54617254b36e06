import { createHash } from 'node:crypto'
import { constants, copyFile, link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { EXIT, Failure } from './exits.ts'
import { type Settings, stateFolder } from './settings.ts'
import type { World } from './world.ts'

// Orders under way, on disk: written before the first byte goes out, taken away when what was asked for is done. A run of the same
// command that finds one goes on with it under the same idempotency key, so that a crash in between does not pay twice.

export interface Run {
  readonly version: 1
  /** The idempotency key of the order. */
  readonly key: string
  /** What was agreed to: sent with the order. */
  readonly max_credits: number
  /** Null until the answer came. */
  readonly id: string | null
  readonly begun_at: number
}

/** The gateway forgets an idempotency key after 30 days: an order that old would be made anew. */
const KEPT_S = 29 * 86_400

export type Identity = string & { readonly is: 'identity' }

/** Which runs are the same: this gateway, this key, this customer and this very order. Where the result is put, and how it is shown, is no part of it. */
export function identityOf(settings: Settings, order: unknown): Identity {
  const text = JSON.stringify([1, settings.url.value, settings.key.value, settings.customer.value, order])
  const is = createHash('sha256').update(text).digest('hex').slice(0, 32)
  return is as Identity
}

type Place = Pick<World, 'env' | 'home' | 'now'>

function fileOf(world: Place, identity: Identity): string {
  return join(stateFolder(world), 'runs', `${identity}.json`)
}

/**
 * The order under way; null when there is none, or one that the gateway no longer knows the key of.
 * @throws Failure when there may be one that can not be read: taken for none it would be paid twice
 */
export async function findRun(world: Place, identity: Identity): Promise<Run | null> {
  const run = await readRun(fileOf(world, identity))
  if (run === null) return null
  if (run.begun_at > world.now() / 1_000 - KEPT_S) return run
  await forgetRun(world, identity)
  return null
}

/**
 * Keeps a new order before it is sent. Two that begin the same at the same moment get one and the same.
 * @throws Failure when it can not be written: then nothing is ordered
 */
export async function beginRun(
  world: Place & Pick<World, 'uuid'>,
  identity: Identity,
  max_credits: number,
): Promise<{ readonly run: Run; readonly joined: boolean }> {
  const path = fileOf(world, identity)
  const run: Run = { version: 1, key: world.uuid(), max_credits, id: null, begun_at: Math.floor(world.now() / 1_000) }
  try {
    await mkdir(join(stateFolder(world), 'runs'), { recursive: true, mode: 0o700 })
    const unfinished = await written(path, run)
    try {
      if (await placed(unfinished, path)) return { run, joined: false }
    } finally {
      await rm(unfinished, { force: true })
    }
    const found = await readRun(path)
    if (found !== null) return { run: found, joined: true }
    // It ended between the two looks: this one is another.
    return await beginRun(world, identity, max_credits)
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure(EXIT.unexpected, {
      code: 'state_not_written',
      message: `The order can not be remembered in ${path} (${codeOf(error) ?? String(error)}), so it was not sent: without that a repeat after a crash would pay twice. Make the folder writable, or set XDG_STATE_HOME.`,
    })
  }
}

/** Gives the file its name unless that is taken. @returns whether it has it now */
async function placed(unfinished: string, path: string): Promise<boolean> {
  try {
    // Unlike a rename this fails when the name is taken.
    await link(unfinished, path)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    try {
      // A file system without links.
      await copyFile(unfinished, path, constants.COPYFILE_EXCL)
    } catch (again) {
      if (codeOf(again) === 'EEXIST') return false
      throw again
    }
  }
  return true
}

/** The answer came: from now on it is this that is waited for. Where that can not be written, the key alone leads the next run to it. */
export async function noteId(world: Place, identity: Identity, run: Run, id: string): Promise<void> {
  const path = fileOf(world, identity)
  await written(path, { ...run, id })
    .then((unfinished) => rename(unfinished, path))
    .catch(() => undefined)
}

/** @throws Failure when it can not be taken away */
export async function forgetRun(world: Place, identity: Identity): Promise<void> {
  const path = fileOf(world, identity)
  await rm(path, { force: true }).catch((error: unknown) => {
    throw new Failure(EXIT.unexpected, {
      code: 'state_not_written',
      message: `The order kept in ${path} can not be taken away (${codeOf(error) ?? String(error)}): the same command goes on with it until it is.`,
    })
  })
}

/** Whoever asks for a video by its id knows of it: the command that ordered it need not go on with it any more. */
export async function acknowledge(world: Place, id: string): Promise<void> {
  const folder = join(stateFolder(world), 'runs')
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name)
    const run = await readRun(path).catch(() => null)
    if (run?.id === id) await rm(path, { force: true })
  }
}

/** On the disk, not only in its cache: a crash of the machine is a crash too. */
async function written(path: string, run: Run): Promise<string> {
  // By its key, too: two containers that share this folder may have the same process number.
  const unfinished = `${path}.${run.key}.${process.pid}`
  const file = await open(unfinished, 'w', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(run)}\n`)
    await file.sync()
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  } finally {
    await file.close()
  }
  return unfinished
}

/** @throws Failure when what is there can not be read: another user's, a newer program's, cut off */
async function readRun(path: string): Promise<Run | null> {
  let why = 'it is not of this program'
  try {
    const run: unknown = JSON.parse(await readFile(path, 'utf8'))
    if (isRun(run)) return run
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    if (code !== null) why = code
  }
  throw new Failure(EXIT.unexpected, {
    code: 'state_not_read',
    message: `This order may be under way already, and what is known of it in ${path} can not be read (${why}), so nothing was sent. Make it readable; or look at \`filmgate videos\`, and order anew with --new.`,
  })
}

function isRun(run: unknown): run is Run {
  return (
    typeof run === 'object' &&
    run !== null &&
    'version' in run &&
    run.version === 1 &&
    'key' in run &&
    typeof run.key === 'string' &&
    'max_credits' in run &&
    typeof run.max_credits === 'number' &&
    'id' in run &&
    (run.id === null || typeof run.id === 'string') &&
    'begun_at' in run &&
    typeof run.begun_at === 'number'
  )
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}
