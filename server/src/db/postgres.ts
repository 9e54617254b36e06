import { rmdir } from 'node:fs/promises'
import { totalmem } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { type Binaries, findBinaries } from './binaries.ts'
import { ensureCluster } from './cluster.ts'
import { type Ownership, takeOwnership } from './owner.ts'
import { choosePlace, type Place } from './place.ts'
import { type Connection, sqlState } from './pool.ts'
import { ensurePostmaster, type Postmaster, readPidFile, stopPostmaster } from './postmaster.ts'
import { explain, messageOf, type Refused } from './refusal.ts'
import { adminConnection, ensureRole, serverConnection } from './role.ts'
import type { Load } from './settings.ts'

export interface PostgresOptions {
  /** The folder of everything that lasts. Made if it is not there. */
  readonly data_folder: string
  /** One line for the operator at a time. PostgreSQL's own log is `postgres.log` in the data folder. */
  readonly log: (line: string) => void
  /** Told when PostgreSQL is gone; every connection to it is. It is being started again. */
  readonly on_down?: () => void
  /** Told when it answers again and the data folder is still ours. */
  readonly on_up?: () => void
  /** Default true. False only for tests: a crash of the machine may lose everything. */
  readonly durable?: boolean
  /** Default 100. */
  readonly max_connections?: number
  /** Where the cluster goes when we are root and PostgreSQL's user may not enter the data folder. Default `/var/lib/filmgate`. */
  readonly elsewhere?: string
}

/** The embedded PostgreSQL of one data folder, owned by this process until `stop` or death. */
export interface Postgres {
  readonly outcome: 'running'
  /** For the server's pool: a role that is no superuser. Stays the same when PostgreSQL is restarted. */
  readonly connection: Connection
  /** The bootstrap superuser, for tests that create databases. The server never uses it. */
  readonly admin_connection: Connection
  /** The real path of the cluster. */
  readonly cluster: string
  /** PostgreSQL's process now; another one after a restart. */
  readonly pid: number
  /** Ends PostgreSQL cleanly, within 11 s at worst. May be called again: the same end. Close pools before, or they report errors. */
  stop(): Promise<void>
}

/**
 * Starts the embedded PostgreSQL of a data folder, or takes over the one that a killed process left running, and keeps it up.
 * Everything that a person can repair is a value with one sentence; `owned` when another process has this folder.
 * @example const postgres = await startPostgres({ data_folder: '.filmgate', log: console.error })
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres | Refused> {
  const place = await choosePlace(options.data_folder, options.elsewhere ?? '/var/lib/filmgate')
  if (place.outcome !== 'chosen') return place
  const binaries = await findBinaries(place.home, place.runner)
  if (binaries.outcome !== 'found') return binaries
  const load = { durable: options.durable ?? true, max_connections: options.max_connections ?? 100, memory_bytes: memoryBytes() }
  const not_made = await ensureCluster(place, binaries, load.durable)
  if (not_made !== null) return not_made
  const keeper = new Keeper(place, binaries, load, options)
  return (await keeper.raise()) ?? keeper
}

const RETRY_MS = 50
const RETRY_MS_MAX = 2_000
/** How often a start tries again when PostgreSQL goes away between two of its steps (another process is just stopping it). */
const START_TRIES = 20

/** Whether an error only says that PostgreSQL went away, is coming up or is going down. */
function isPassing(error: unknown): boolean {
  const state = sqlState(error) ?? sqlState(error instanceof Error ? error.cause : null)
  return state === null || state.startsWith('57P') || state.startsWith('08')
}

/** Keeps one PostgreSQL up and owned. */
class Keeper implements Postgres {
  readonly outcome = 'running'
  readonly #place: Place
  readonly #binaries: Binaries
  readonly #load: Load
  readonly #options: PostgresOptions
  readonly #stopping = new AbortController()
  #postmaster: Postmaster | null = null
  #ownership: Ownership | null = null
  #recovery: Promise<void> = Promise.resolve()
  #stopped: Promise<void> | null = null

  constructor(place: Place, binaries: Binaries, load: Load, options: PostgresOptions) {
    this.#place = place
    this.#binaries = binaries
    this.#load = load
    this.#options = options
  }

  get connection(): Connection {
    return serverConnection(this.#sockets)
  }

  get admin_connection(): Connection {
    return adminConnection(this.#sockets)
  }

  get cluster(): string {
    return this.#place.cluster
  }

  get pid(): number {
    return this.#postmaster?.pid ?? 0
  }

  get #sockets(): string {
    return this.#postmaster?.sockets ?? this.#place.sockets
  }

  /** Gets PostgreSQL up and owned; null when it is. Leaves nothing running that nobody owns. */
  async raise(): Promise<Refused | null> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#tryToRaise()
      } catch (error) {
        if (!isPassing(error) || tries === START_TRIES) {
          await this.stop()
          return explain(messageOf(error), this.#place.home, this.#place.log_file)
        }
        await delay(RETRY_MS * Math.min(tries, 10))
      }
    }
  }

  async #tryToRaise(): Promise<Refused | null> {
    const postmaster = await ensurePostmaster(this.#place, this.#binaries, this.#load, this.#stopping.signal)
    if (postmaster.outcome !== 'answers') return postmaster
    this.#postmaster = postmaster
    await ensureRole(postmaster.sockets)
    const ownership = await takeOwnership(this.connection, this.#options.data_folder, () => this.#lost())
    if (ownership.outcome !== 'owner') return ownership
    this.#ownership = ownership
    return null
  }

  /** The owner's connection ended: the postmaster was killed, or it restarts its backends because one was. */
  #lost(): void {
    if (this.#stopping.signal.aborted) return
    this.#options.log('PostgreSQL is gone; starting it again.')
    this.#options.on_down?.()
    this.#recovery = this.#recover()
  }

  async #recover(): Promise<void> {
    let told = ''
    for (let wait_ms = RETRY_MS; !this.#stopping.signal.aborted; wait_ms = Math.min(2 * wait_ms, RETRY_MS_MAX)) {
      const trouble = await this.#tryToRaise().then(
        (refused) => refused?.sentence ?? null,
        (error: unknown) => messageOf(error),
      )
      if (this.#stopping.signal.aborted) return
      if (trouble === null) {
        this.#options.log('PostgreSQL is back.')
        this.#options.on_up?.()
        return
      }
      if (trouble !== told) this.#options.log(trouble)
      told = trouble
      await delay(wait_ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
    }
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#end()
    return this.#stopped
  }

  async #end(): Promise<void> {
    this.#stopping.abort(new Error('PostgreSQL is being stopped'))
    await this.#recovery
    // Ours until it is down: the lock goes with it, and a start that comes now waits for the end of this one.
    const pid = readPidFile(this.#place.cluster)?.pid ?? this.pid
    await stopPostmaster(this.#place.cluster, pid)
    await this.#ownership?.release()
    if (this.#place.sockets !== this.#place.cluster) await rmdir(this.#place.sockets).catch(() => undefined) // in use again: not ours
  }
}

/** Of the machine, or the part of it that a container gives us. */
function memoryBytes(): number {
  const limit = process.constrainedMemory()
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem()
}
