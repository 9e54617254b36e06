import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { MIGRATIONS_FOLDER, migrate } from '../db/migrate.ts'
import { type Connection, openPool } from '../db/pool.ts'
import { startPostgres } from '../db/postgres.ts'

/** What test files need to make databases of their own. Plain data: it travels to vitest's workers. */
export interface TestServer {
  /** May create databases; in a maintenance database. */
  readonly admin: Connection
  /** As whom the code under test connects; `database` is the template. */
  readonly server: Connection
  readonly template: string
  /** Who owns the databases. */
  readonly owner: string
  /** Every database of this run begins so. */
  readonly prefix: string
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly test_server: TestServer
  }
}

/**
 * Runs once before all tests: one PostgreSQL and one template database with all migrations. The server of DATABASE_URL if
 * that is set (its user must be allowed to create databases), else an embedded one that is gone afterwards.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const prefix = `filmgate_test_${randomBytes(4).toString('hex')}_`
  const url = process.env.DATABASE_URL
  const { admin, server, owner, end } = url ? await given(url) : await embedded()
  const template = `${prefix}template`
  const tearDown = async () => {
    try {
      if (url) await dropAll(admin, prefix)
    } finally {
      await end()
    }
  }
  try {
    const test_server: TestServer = { admin, server: { ...server, database: template }, template, owner, prefix }
    await makeTemplate(test_server)
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
  readonly end: () => Promise<void>
}

async function embedded(): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'filmgate-test-'))
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
  return { admin: postgres.admin_connection, server: postgres.connection, owner, end }
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
  return { admin, server: admin, owner, end: async () => undefined }
}

async function makeTemplate({ admin, server, template, owner }: TestServer): Promise<void> {
  await asAdmin(admin, (client) =>
    client.query(`create database ${template} owner ${client.escapeIdentifier(owner)} encoding 'UTF8' template template0`),
  )
  const pool = openPool({ ...server, max: 1 }, () => undefined)
  try {
    const migrated = await migrate(pool, MIGRATIONS_FOLDER, Date.now())
    if (migrated.outcome !== 'migrated') throw new Error(migrated.sentence)
  } finally {
    await pool.end()
  }
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
