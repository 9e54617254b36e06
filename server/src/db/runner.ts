import { spawn, spawnSync } from 'node:child_process'

/** The system user that PostgreSQL runs as. PostgreSQL refuses to run as root. */
export interface Runner {
  readonly uid: number
  readonly gid: number
  readonly name: string
}

export const isRoot = (): boolean => process.getuid?.() === 0

/** Who runs PostgreSQL when we are root and no cluster exists yet: `postgres` where it exists, else `nobody`; null when neither does. */
export function runnerForRoot(): Runner | null {
  return lookUp('postgres') ?? lookUp('nobody')
}

/** An existing cluster is run by its owner: PostgreSQL accepts nobody else, and `postgres` may have been created since. */
export function runnerOf(owner: { readonly uid: number; readonly gid: number }): Runner {
  const name = spawnSync('id', ['-un', String(owner.uid)], { encoding: 'utf8' }).stdout?.trim()
  return { uid: owner.uid, gid: owner.gid, name: name || String(owner.uid) }
}

function lookUp(name: string): Runner | null {
  const uid = spawnSync('id', ['-u', name], { encoding: 'utf8' })
  const gid = spawnSync('id', ['-g', name], { encoding: 'utf8' })
  if (uid.status !== 0 || gid.status !== 0 || Number(uid.stdout) === 0) return null
  return { uid: Number(uid.stdout), gid: Number(gid.stdout), name }
}

/** The part of spawn's options that changes the user; nothing when PostgreSQL runs as we do. */
export function asRunner(runner: Runner | null): { readonly uid?: number; readonly gid?: number } {
  return runner === null ? {} : { uid: runner.uid, gid: runner.gid }
}

/**
 * Whether the runner may pass through a folder. Tried rather than computed from modes: access lists and namespaces count too.
 * Always true when PostgreSQL runs as we do.
 */
export function mayEnter(folder: string, runner: Runner | null): boolean {
  if (runner === null) return true
  return spawnSync('/bin/sh', ['-c', 'cd / && test -x "$0"', folder], { cwd: '/', stdio: 'ignore', ...asRunner(runner) }).status === 0
}

/** Nothing of ours is inherited: PG* variables would change what PostgreSQL does, and FILMGATE_SECRET is none of its business. */
export function bareEnvironment(): NodeJS.ProcessEnv {
  return { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }
}

/** Runs a program to its end as the runner. `status` is null when it could not be started or was killed. */
export function run(
  program: string,
  args: readonly string[],
  runner: Runner | null,
  cwd: string,
): Promise<{ readonly status: number | null; readonly said: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env: bareEnvironment(), stdio: ['ignore', 'pipe', 'pipe'], ...asRunner(runner) })
    let said = ''
    const hear = (chunk: Buffer) => {
      said += chunk.toString()
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('error', (error) => resolve({ status: null, said: error.message }))
    child.on('close', (status) => resolve({ status, said }))
  })
}
