import { spawn } from 'node:child_process'
import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, readSync, statfsSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Binaries } from './binaries.ts'
import type { Place } from './place.ts'
import { isAlive, isPostgresOf, postgresProcesses, signal } from './processes.ts'
import { explain, messageOf, type Refused, refused } from './refusal.ts'
import { asRunner, bareEnvironment } from './runner.ts'
import { type Load, PORT, postgresArguments } from './settings.ts'

/** A PostgreSQL that answers on its socket, ours or one that outlived its parent. */
export interface Postmaster {
  readonly outcome: 'answers'
  readonly pid: number
  readonly sockets: string
}

const POLL_MS = 15
/** How long backends of a killed postmaster may take to notice; then they are killed too. */
const LINGER_MS = 1_000
/** Longest start: replaying a full WAL on a slow disk. */
const START_MS = 120_000
const LOG_BYTES_MAX = 4 * 1024 * 1024
/** Above every number that a kernel gives. */
const NOBODYS_PID = 2_147_483_646

/** What PostgreSQL writes about itself into its data folder. */
interface PidFile {
  readonly pid: number
  readonly sockets: string
  readonly ready: boolean
}

export function readPidFile(cluster: string): PidFile | null {
  try {
    const lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')
    return { pid: Number(lines[0]), sockets: lines[4] ?? '', ready: lines[7]?.trim() === 'ready' }
  } catch {
    return null
  }
}

/**
 * Makes sure that a PostgreSQL of this cluster runs and answers: finds the one that runs, or starts one and waits for it.
 * Of several callers, in any process, PostgreSQL's own lock lets one start it; the others find that one.
 */
export async function ensurePostmaster(place: Place, binaries: Binaries, load: Load, abort: AbortSignal): Promise<Postmaster | Refused> {
  const started_at = performance.now()
  let lingering_since: number | null = null
  while (performance.now() - started_at < START_MS) {
    abort.throwIfAborted()
    const file = readPidFile(place.cluster)
    if (file !== null && isPostgresOf(file.pid, place.cluster)) {
      // Listening is not enough: it listens while it recovers and while it shuts down.
      if (file.ready && (await listens(file.sockets))) return { outcome: 'answers', pid: file.pid, sockets: file.sockets }
      await delay(POLL_MS)
      continue
    }
    // Its process may be hidden from us (another container on the same folder), its socket is not.
    if (await listens(place.sockets)) return { outcome: 'answers', pid: file?.pid ?? 0, sockets: place.sockets }
    if (file !== null && isAlive(file.pid)) disownPid(place.cluster, file.pid)

    const ended = await launch(place, binaries, load, abort)
    if (typeof ended !== 'string') return ended
    if (/pre-existing shared memory block/.test(ended)) {
      lingering_since ??= performance.now()
      if (performance.now() - lingering_since > LINGER_MS) for (const pid of postgresProcesses(place.cluster)) signal(pid, 'SIGKILL')
      await delay(10 * POLL_MS)
    } else if (/lock file ".*" already exists/.test(ended)) {
      await delay(POLL_MS)
    } else {
      // A full disk takes the log's lines as well.
      return explain(ended.trim() === '' && isFull(place.cluster) ? 'ENOSPC' : ended, place.home, place.log_file)
    }
  }
  return refused('did_not_start', `PostgreSQL did not get ready within ${START_MS / 1000} s: look into ${place.log_file}.`)
}

/** Starts PostgreSQL and waits until it is ready; when it ends instead, returns what it wrote to its log. */
async function launch(place: Place, binaries: Binaries, load: Load, abort: AbortSignal): Promise<Postmaster | Refused | string> {
  let log: number
  try {
    log = openSync(place.log_file, 'a+', 0o600)
  } catch (error) {
    return explain(messageOf(error), place.home)
  }
  try {
    if (fstatSync(log).size > LOG_BYTES_MAX) ftruncateSync(log)
    const log_start = fstatSync(log).size
    let ended = false
    let failure = ''
    // In a session of its own: Ctrl-C is for us, and we decide when the database may go. It writes to a file, never to a pipe
    // of ours, so that it outlives us without losing its voice.
    const child = spawn(binaries.postgres, postgresArguments(place, load), {
      cwd: place.cluster,
      env: bareEnvironment(),
      detached: true,
      stdio: ['ignore', log, log],
      ...asRunner(place.runner),
    })
    child.on('error', (error) => {
      failure = error.message
      ended = true
    })
    child.on('exit', () => {
      ended = true
    })
    child.unref()
    while (!ended) {
      const file = readPidFile(place.cluster)
      if (file?.ready && file.pid === child.pid) return { outcome: 'answers', pid: file.pid, sockets: file.sockets }
      if (abort.aborted && child.pid !== undefined) await stopPostmaster(place.cluster, child.pid)
      await delay(POLL_MS)
    }
    abort.throwIfAborted()
    return failure + readFrom(log, log_start)
  } finally {
    closeSync(log)
  }
}

function readFrom(file: number, start: number): string {
  const bytes = Buffer.alloc(Math.min(fstatSync(file).size - start, 64 * 1024))
  return bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, start))
}

/**
 * After a crash, PostgreSQL takes any live process of the same user with the old number for itself and refuses to start. The
 * number is replaced and the file kept, since its last lines let PostgreSQL see whether old backends still use its memory.
 */
function disownPid(cluster: string, pid: number): void {
  const path = join(cluster, 'postmaster.pid')
  const lines = readFileSync(path, 'utf8').split('\n')
  if (lines[0] === String(pid)) writeFileSync(path, [String(NOBODYS_PID), ...lines.slice(1)].join('\n'), { flag: 'r+' })
}

function isFull(folder: string): boolean {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize < 1024 * 1024
}

/** Whether anybody accepts connections on the socket in this folder. */
function listens(sockets: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(join(sockets, `.s.PGSQL.${PORT}`))
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

/** Stops a postmaster: at once but cleanly (it ends open sessions), after 8 s without writing out, after 10 s by force. */
export async function stopPostmaster(cluster: string, pid: number): Promise<void> {
  const steps: readonly [NodeJS.Signals, number][] = [
    ['SIGINT', 8_000],
    ['SIGQUIT', 2_000],
    ['SIGKILL', 1_000],
  ]
  for (const [name, patience_ms] of steps) {
    if (!isPostgresOf(pid, cluster)) return
    signal(pid, name)
    const sent_at = performance.now()
    while (isPostgresOf(pid, cluster) && performance.now() - sent_at < patience_ms) await delay(POLL_MS)
  }
}
