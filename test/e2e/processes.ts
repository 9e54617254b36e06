import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { eventually } from './eventually.ts'

// What the kernel says about processes. Linux only, as the journeys are.

/** One letter of proc(5): `R` runs, `S` sleeps, `T` is stopped by a signal, `Z` is dead and not collected; null when there is none. */
export function processState(pid: number): string | null {
  return fieldsOf(pid)?.[0] ?? null
}

/** A zombie does not live: in a container nobody may ever collect it. */
export function lives(pid: number): boolean {
  const state = processState(pid)
  return state !== null && state !== 'Z' && state !== 'X'
}

/** Everything that descends from a process now, without itself. */
export function descendants(pid: number): number[] {
  const parents = new Map(pids().map((candidate) => [candidate, Number(fieldsOf(candidate)?.[1])]))
  const found: number[] = []
  for (let generation = [pid]; generation.length > 0; found.push(...generation)) {
    const known = generation
    generation = [...parents].flatMap(([child, parent]) => (known.includes(parent) ? [child] : []))
  }
  return found
}

/** Live processes that have this folder, or something below it, as their working folder: how a PostgreSQL is told from its number's next owner. */
export function processesIn(folder: string): number[] {
  return pids().filter((pid) => {
    try {
      const cwd = readlinkSync(`/proc/${pid}/cwd`)
      return (cwd === folder || cwd.startsWith(`${folder}/`)) && lives(pid)
    } catch {
      return false // gone meanwhile, or none of our business
    }
  })
}

/** Resolves when none of them lives. */
export async function allGone(them: readonly number[], most_ms?: number): Promise<void> {
  await eventually(
    () => !them.some(lives),
    most_ms,
    () => `still alive: ${them.filter(lives).map(describe).join('; ')}`,
  )
}

/** Sends a signal; a process that is gone already is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

function describe(pid: number): string {
  try {
    return `${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()}`
  } catch {
    return `${pid}`
  }
}

function pids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

/** What follows the program's name in `stat`: state, parent and more. */
function fieldsOf(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return null
  }
}
