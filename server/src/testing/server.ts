import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { MIGRATIONS_FOLDER, migrate } from '../db/migrate.ts'
import { type Connection, openPool } from '../db/pool.ts'
import { startPostgres } from '../db/postgres.ts'
import { Jobs } from '../jobs/jobs.ts'

/** What test files need to make databases of their own. Plain data: it travels to vitest's workers. */
export interface TestServer {
  /** May create databases; in a maintenance database. */
  readonly admin: Connection
  /** As whom the code under test connects; `database` is the template. */
  readonly server: Connection
  readonly template: string
  /** The same, with the job engine's tables: most of a gateway's start is making those. */
  readonly engine_template: string
  /** How PostgreSQL copies a template. */
  readonly strategy: 'wal_log' | 'file_copy'
  /** Who owns the databases. */
  readonly owner: string
  /** Every database of this run begins so. */
  readonly prefix: string
  /** Clips that were drawn in this run; gone with it. */
  readonly clips_folder: string
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly test_server: TestServer
  }
}

/**
 * Runs once before all tests: one PostgreSQL and two template databases with all migrations. The server of DATABASE_URL if
 * that is set (its user must be allowed to create databases), else an embedded one that is gone afterwards.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const prefix = `filmgate_test_${randomBytes(4).toString('hex')}_`
  const url = process.env.DATABASE_URL
  const { end, ...its } = url ? await given(url) : await embedded()
  const template = `${prefix}template`
  const test_server: TestServer = {
    ...its,
    server: { ...its.server, database: template },
    template,
    engine_template: `${prefix}engine`,
    prefix,
  }
  const tearDown = async () => {
    try {
      if (url) await dropAll(its.admin, prefix)
    } finally {
      await end()
    }
  }
  try {
    await makeTemplates(test_server)
    project.provide('test_server', test_server)
    return tearDown
  } catch (error) {
    await tearDown()
    throw error
  }
}

interface Server {
  readonly admin: Connection
  readonly server: Connection
  readonly owner: string
  readonly strategy: 'wal_log' | 'file_copy'
  readonly clips_folder: string
  readonly end: () => Promise<void>
}

/** Linux keeps such files in memory. */
const MEMORY_FOLDER = '/dev/shm'
/** What `statfs` calls a file system in memory. */
const TMPFS = 0x01021994
/** The databases that are there at once, and the log of what is written to them, take well under half of this. */
const MEMORY_BYTES_MIN = 4 * 1024 ** 3

/** Where the cluster goes. A database is hundreds of files: a disk's file system takes twenty times as long as memory to make and remove them. */
async function base(): Promise<string> {
  if (process.availableMemory() < 2 * MEMORY_BYTES_MIN) return tmpdir()
  try {
    const { type, bavail, bsize } = await statfs(MEMORY_FOLDER)
    return type === TMPFS && bavail * bsize >= MEMORY_BYTES_MIN ? MEMORY_FOLDER : tmpdir()
  } catch {
    return tmpdir() // no Linux
  }
}

async function embedded(): Promise<Server> {
  const folder = await mkdtemp(join(await base(), 'filmgate-test-'))
  await chmod(folder, 0o711) // as root PostgreSQL is somebody else
  const postgres = await startPostgres({ data_folder: folder, log: () => undefined, durable: false, max_connections: 300 })
  if (postgres.outcome !== 'running') {
    await rm(folder, { recursive: true, force: true })
    throw new Error(postgres.sentence)
  }
  const guard = guardAgainstKill(postgres.pid, folder)
  const owner = postgres.connection.user ?? ''
  const end = async () => {
    await postgres.stop()
    guard.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  // Nothing here is made durable, so that nothing waits for files to be synced: then copying them is cheaper than logging every page.
  const { admin_connection: admin, connection: server } = postgres
  return { admin, server, owner, strategy: 'file_copy', clips_folder: join(folder, 'clips'), end }
}

/** A test run may be killed. This waits for our end of its pipe to close, and then ends what we left. */
function guardAgainstKill(pid: number, folder: string): ChildProcess {
  const script =
    'read -r nothing; kill -QUIT "$0"; while kill -0 "$0" 2>/dev/null && [ "$((n += 1))" -lt 50 ]; do sleep 0.1; done; rm -rf "$1"'
  const guard = spawn('/bin/sh', ['-c', script, String(pid), folder], { cwd: '/', detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  guard.unref()
  return guard
}

async function given(url: string): Promise<Server> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const owner = client.user ?? ''
  const admin: Connection = { host: client.host, port: client.port, database: client.database ?? 'postgres', user: owner, ssl: client.ssl }
  // Some servers ask for no password, and undefined would not say that we mean it.
  if (typeof client.password === 'string') admin.password = client.password
  await client.end()
  const clips_folder = await mkdtemp(join(tmpdir(), 'filmgate-clips-'))
  return { admin, server: admin, owner, strategy: 'wal_log', clips_folder, end: () => rm(clips_folder, { recursive: true }) }
}

async function makeTemplates({ admin, server, template, engine_template, owner, strategy }: TestServer): Promise<void> {
  const make = (name: string, from: string) =>
    asAdmin(admin, (client) =>
      client.query(`create database ${name} owner ${client.escapeIdentifier(owner)} encoding 'UTF8' template ${from} strategy ${strategy}`),
    )
  await make(template, 'template0')
  const pool = openPool({ ...server, max: 1 }, () => undefined)
  try {
    const migrated = await migrate(pool, MIGRATIONS_FOLDER, Date.now())
    if (migrated.outcome !== 'migrated') throw new Error(migrated.sentence)
  } finally {
    await pool.end()
  }
  await make(engine_template, template)
  const jobs = new Jobs({ ...server, database: engine_template }, Date.now, (error) => console.error(error))
  await jobs.start()
  await jobs.stop(1_000)
}

/** Also those of tests that failed before they could drop theirs. */
async function dropAll(admin: Connection, prefix: string): Promise<void> {
  await asAdmin(admin, async (client) => {
    const { rows } = await client.query<{ name: string }>('select datname as name from pg_database where starts_with(datname, $1)', [
      prefix,
    ])
    for (const { name } of rows) await client.query(`drop database if exists ${client.escapeIdentifier(name)} with (force)`)
  })
}

async function asAdmin<T>(admin: Connection, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(admin)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
