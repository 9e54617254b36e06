// CPU time, as the kernel counts it: what a figure means on a machine that others use too.
import { readFileSync } from 'node:fs'
import { postgresProcesses } from '../../server/src/db/processes.ts'

/** Of proc(5): hundredths of a second, whatever the kernel was built with. */
const TICK_MS = 10
const STATE_FIELD = 3
const OWN = [14, 15]
const COLLECTED = [16, 17]

/** What a PostgreSQL has used so far, its backends that ended with it: milliseconds. Linux only. */
export function postgresCpuMs(cluster: string, postmaster: number): number {
  const own = postgresProcesses(cluster).map((pid) => ticks(pid, OWN))
  return (own.reduce((sum, one) => sum + one, 0) + ticks(postmaster, COLLECTED)) * TICK_MS
}

/** What this process has used so far, all its threads: milliseconds. */
export function ownCpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function ticks(pid: number, fields: readonly number[]): number {
  try {
    // The name, in parentheses, may have spaces of its own.
    const values = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return fields.reduce((sum, field) => sum + Number(values[field - STATE_FIELD]), 0)
  } catch {
    return 0 // gone meanwhile: then the postmaster has collected it
  }
}
