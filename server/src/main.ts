import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { strongRandom } from './access/id.ts'
import { type Config, readConfig } from './config.ts'
import { readConfigFile } from './config-file.ts'
import { reachDatabase } from './db/database-url.ts'
import { makeFolder } from './db/folder.ts'
import { MIGRATIONS_FOLDER, migrate } from './db/migrate.ts'
import { type Connection, openPool } from './db/pool.ts'
import { type Postgres, startPostgres } from './db/postgres.ts'
import { explain } from './db/refusal.ts'
import { BUILT_IN, type Settings } from './domain/settings.ts'
import type { Gateway } from './gateway.ts'
import { createLog } from './log.ts'
import { uriOf } from './media/s3/place.ts'
import { findSecret } from './setup.ts'
import { welcome } from './welcome.ts'

/** Exit codes: 78 is EX_CONFIG of sysexits.h; 73 EX_CANTCREAT; 69 EX_UNAVAILABLE. */
const EXIT = { config: 78, folder: 73, unavailable: 69 } as const
/** SIGTERM must end us within 10 s (contract.md); PostgreSQL's own clean end needs a part of that. */
const STOP_MS = 5_000
const STOP_MS_MAX = 9_500

class CannotStart extends Error {
  readonly exit_code: number
  constructor(sentence: string, exit_code: number) {
    super(sentence)
    this.exit_code = exit_code
  }
}

/** The program: reads the environment, gets a database, builds the gateway, serves until it is told to stop. */
export async function main(): Promise<void> {
  try {
    await serve()
  } catch (error) {
    if (!(error instanceof CannotStart)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(error.exit_code)
  }
}

async function serve(): Promise<void> {
  const started_at = performance.now()
  const read = readConfig(process.env, process.cwd())
  if (read.outcome === 'wrong') throw new CannotStart(read.sentence, EXIT.config)
  const { config } = read
  const settings = await settingsOf(config)
  // What a failed start still says while it is taken down would only hide the reason.
  let failed = false
  const log = createLog(config.log_level, (line) => failed || process.stderr.write(line))
  // The embedded PostgreSQL makes the folder itself: when we are root, its own user must be able to enter.
  if (config.database_url !== null) await prepareFolder(config.data_folder)

  let gateway: Gateway | null = null
  const starting = getDatabase(config, log.warn)
  // Before anything runs that would outlive us: a SIGTERM may come while we start.
  const stop = once(async () => {
    failed = gateway === null
    gateway?.close()
    const hard = setTimeout(() => process.exit(0), STOP_MS_MAX)
    const database = await starting.catch(() => null)
    await gateway?.stop(STOP_MS)
    await database?.stop()
    clearTimeout(hard)
    process.exit(0)
  })
  process.on('SIGTERM', stop.run)
  process.on('SIGINT', stop.run)
  try {
    const database = await starting
    gateway = await open(config, settings, database, log)
    const address = await listen(gateway, config)
    process.stdout.write(
      welcome({
        address,
        set_up: gateway.set_up,
        settings,
        data_folder: config.data_folder,
        database: config.database_url === null ? 'embedded PostgreSQL' : 'PostgreSQL at DATABASE_URL',
        started_ms: performance.now() - started_at,
        role: config.role,
      }),
    )
  } catch (error) {
    if (stop.running()) return // what failed is what we took down
    failed = true
    await gateway?.stop(0)
    const database = await starting.catch(() => null)
    await database?.stop()
    throw refusedBySystem(error, config) ?? error
  }
}

async function settingsOf({ config_file }: Config): Promise<Settings> {
  if (config_file === null) return BUILT_IN
  const read = await readConfigFile(config_file, process.env)
  if (read.outcome === 'wrong') throw new CannotStart(read.sentence, EXIT.config)
  return read.settings
}

/** A disk that is full or may not be written is the operator's to repair, wherever on the way it shows; null for what would be our own fault. */
function refusedBySystem(error: unknown, config: Config): CannotStart | null {
  if (error instanceof CannotStart) return null
  const code = codeOf(error)
  if (code === DISK_FULL && config.database_url !== null) {
    return new CannotStart('The disk of the database at DATABASE_URL is full: free some of it there.', EXIT.unavailable)
  }
  if (code === null || !/^(53100|ENOSPC|EDQUOT|EROFS|EACCES|EPERM|ENOTDIR|EEXIST|ENOENT)$/.test(code)) return null
  const why = code === DISK_FULL ? 'ENOSPC' : error instanceof Error ? error.message : String(error)
  const { sentence } = explain(why, config.data_folder)
  return new CannotStart(sentence, EXIT.folder)
}

/** SQLSTATE disk_full. */
const DISK_FULL = '53100'

/** The system's or PostgreSQL's code of an error, or of what caused it. */
function codeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null
  return 'code' in error && typeof error.code === 'string' ? error.code : codeOf(error.cause)
}

async function prepareFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder, 0o700)
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new CannotStart(
      `The data folder ${folder} can not be made (${why}): make it writable for this user, or name another with FILMGATE_DATA.`,
      EXIT.folder,
    )
  }
}

interface Database {
  readonly connection: Connection
  readonly embedded: boolean
  stop(): Promise<void>
}

async function getDatabase(config: Config, warn: (message: string) => void): Promise<Database> {
  const found = config.database_url === null ? await embedded(config, warn) : await reached(config.database_url)
  const pool = openPool({ ...found.connection, max: 2, statement_timeout: 0 }, () => undefined)
  try {
    const migrated = await migrate(pool, MIGRATIONS_FOLDER, Date.now())
    if (migrated.outcome !== 'migrated') throw new CannotStart(migrated.sentence, EXIT.unavailable)
    await pool.end()
    return found
  } catch (error) {
    await pool.end()
    await found.stop()
    throw error
  }
}

async function embedded(config: Config, warn: (message: string) => void): Promise<Database> {
  const postgres: Postgres | { outcome: string; sentence: string } = await startPostgres({
    data_folder: config.data_folder,
    log: warn,
    on_down: () => warn('PostgreSQL is gone; it is being started again'),
    on_up: () => warn('PostgreSQL answers again'),
  })
  if (!('connection' in postgres)) throw new CannotStart(postgres.sentence, postgres.outcome === 'owned' ? EXIT.unavailable : EXIT.folder)
  return { connection: postgres.connection, embedded: true, stop: () => postgres.stop() }
}

async function reached(url: string): Promise<Database> {
  const database = await reachDatabase(url)
  if (database.outcome !== 'reached') throw new CannotStart(database.sentence, EXIT.unavailable)
  return { connection: database.connection, embedded: false, stop: async () => undefined }
}

async function open(config: Config, settings: Settings, database: Database, log: ReturnType<typeof createLog>): Promise<Gateway> {
  const secret = await findSecret(config.data_folder, config.secret, strongRandom)
  if (secret === null)
    throw new CannotStart('FILMGATE_SECRET is not 32 bytes in base64; `openssl rand -base64 32` prints a good one.', EXIT.config)
  // Most of our modules are the gateway's. A start that was refused before needs none of them, and what is on its way to a database that is
  // slow to answer is not kept from its answer while they load.
  const { openGateway } = await import('./gateway.ts')
  const gateway = await openGateway({
    connection: database.connection,
    data_folder: config.data_folder,
    storage: storageOf(config),
    s3: config.s3,
    storage_links: config.storage_links,
    role: config.role,
    secret,
    operator_key: config.operator_key,
    credit_usd: config.credit_usd,
    settings,
    sentinels: config.sentinels,
    trusted_hosts: config.trusted_hosts,
    alone: database.embedded,
    console_folder: join(import.meta.dirname, '../../console/dist'),
    log,
  })
  if ('outcome' in gateway) throw new CannotStart(gateway.sentence, EXIT.config)
  return gateway
}

/** What processes that share a database compare. The embedded one moves with its data folder. */
function storageOf({ s3, database_url, data_folder }: Config): string {
  if (s3 !== null) return uriOf(s3)
  return database_url === null ? 'file:' : pathToFileURL(join(data_folder, 'assets')).href
}

async function listen(gateway: Gateway, config: Config): Promise<string> {
  try {
    const bound = await gateway.app.listen({ host: config.host, port: config.port })
    return bound
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    const where = `${config.host}:${config.port}`
    if (code === 'EADDRINUSE')
      throw new CannotStart(`Something else listens on ${where}: end it, or choose another port with PORT.`, EXIT.unavailable)
    if (code === 'EACCES')
      throw new CannotStart(`This user may not listen on ${where}: choose a port above 1023 with PORT.`, EXIT.unavailable)
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new CannotStart(`${config.host} is not an address of this machine: change HOST.`, EXIT.config)
    throw error
  }
}

/** npm passes SIGTERM on, so it may come twice; the second changes nothing. */
function once(run: () => Promise<void>): { run(): void; running(): boolean } {
  let running = false
  return {
    running: () => running,
    run() {
      if (running) return
      running = true
      run().catch((error: unknown) => {
        process.stderr.write(`Stopping failed: ${String(error)}\n`)
        process.exit(1)
      })
    },
  }
}
