// The processor's time of PostgreSQL: on a machine that others use too it says more than the clock, which counts their turns as well.
import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts in hundredths of a second, on every machine that we know. */
const TICK_MICROSECONDS = 10_000

/** Microseconds that a postmaster and its processes have used so far, those that have ended too; NaN where there is no `/proc`. */
export function serverCpu(postmaster: number): number {
  let ticks = 0
  try {
    for (const entry of readdirSync('/proc')) {
      if (!/^\d+$/.test(entry)) continue
      const used = usedBy(Number(entry), postmaster)
      if (used !== null) ticks += used
    }
  } catch {
    return Number.NaN
  }
  return ticks * TICK_MICROSECONDS
}

/** Ticks of one process, if it is the postmaster (with its children that were waited for) or a child of it. */
function usedBy(pid: number, postmaster: number): number | null {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return null // it has just ended
  }
  // Behind the name, which may have spaces and brackets in it: state, parent, …
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const [, parent, , , , , , , , , , user = 0, system = 0, waited_user = 0, waited_system = 0] = fields
  if (pid === postmaster) return user + system + waited_user + waited_system
  return parent === postmaster ? user + system : null
}

/** Microseconds that this process has used so far. */
export function ownCpu(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
