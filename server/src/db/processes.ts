import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'

/** Whether a process of this number runs, whoever owns it. A zombie does not: in a container nobody may ever collect it. */
export function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
  return !isZombie(pid)
}

function isZombie(pid: number): boolean {
  try {
    return / Z \d+ /.test(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, ''))
  } catch {
    return false
  }
}

/**
 * The live PostgreSQL processes of one cluster: the postmaster and what it left behind. Numbers are recycled, so each is
 * known by what it is: a `postgres` (or the `initdb` that makes one) whose working folder is the cluster.
 */
export function postgresProcesses(cluster: string): number[] {
  if (process.platform !== 'linux') return listedProcesses(cluster)
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isPostgresOf(pid, cluster))
}

/** Whether this very process is a PostgreSQL of this cluster. */
export function isPostgresOf(pid: number, cluster: string): boolean {
  if (process.platform !== 'linux') return listedProcesses(cluster).includes(pid)
  try {
    // A replaced binary reads "… (deleted)".
    const program = basename(readlinkSync(`/proc/${pid}/exe`)).split(' ')[0]
    return (program === 'postgres' || program === 'initdb') && readlinkSync(`/proc/${pid}/cwd`) === cluster && !isZombie(pid)
  } catch {
    return false // gone meanwhile, or of a user whose processes are none of our business
  }
}

/** Without /proc: the postmaster shows the cluster's path, the others the name that it was given (`cluster_name`). */
function listedProcesses(cluster: string): number[] {
  const name = clusterName(cluster)
  return execFileSync('ps', ['-A', '-o', 'pid=,command='], { encoding: 'utf8' })
    .split('\n')
    .filter(
      (line) => line.includes(`postgres: ${name}`) || line.includes(`postgres -D ${cluster} `) || line.includes(`initdb -D ${cluster} `),
    )
    .map((line) => Number.parseInt(line, 10))
}

/** Shown in process titles; at most 63 ASCII characters. */
export function clusterName(cluster: string): string {
  return `filmgate ${cluster.replace(/[^ -~]/g, '?').slice(-50)}`
}

/** Sends a signal; a process that is gone already is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
