import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Instant } from '../domain/time.ts'
import { LOCKS } from './locks.ts'
import { asTx, type Pool, type Sql } from './pool.ts'
import { messageOf, type Refused, refused } from './refusal.ts'

/** The migrations of this version. */
export const MIGRATIONS_FOLDER = join(import.meta.dirname, '../../db/migrations')

/** Oldest PostgreSQL that the suite runs on. */
export const SERVER_VERSION_MIN = 150_000

export interface Migrated {
  readonly outcome: 'migrated'
  /** The names that this call applied; empty when the database was up to date. */
  readonly applied: readonly string[]
}

interface Migration {
  /** `0001_access` */
  readonly name: string
  readonly sql: string
  readonly sha256: string
}

/**
 * Brings a database to this version: applies the files of `folder` that it lacks, in the order of their names, each in a
 * transaction of its own. Forward only. Of several processes at once one applies, the others wait and find nothing to do.
 * @returns refused when the server is too old, or the database has migrations that this version does not have as they are
 * @throws if a migration fails; those before it stay applied
 */
export async function migrate(pool: Pool, folder: string, now: Instant): Promise<Migrated | Refused> {
  const files = await readMigrations(folder)
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    const too_old = await refuseOldServer(client)
    if (too_old !== null) return too_old
    await client.query('select pg_advisory_lock($1, $2)', LOCKS.migrations)
    try {
      const recorded = await readRecord(client)
      const contradiction = compare(files, recorded)
      if (contradiction !== null) return contradiction
      const missing = files.filter((file) => !recorded.has(file.name))
      for (const migration of missing) await apply(asTx(client), migration, now)
      return { outcome: 'migrated', applied: missing.map(({ name }) => name) }
    } finally {
      await client.query('select pg_advisory_unlock($1, $2)', LOCKS.migrations)
    }
  } catch (error) {
    broken = error instanceof Error ? error : new Error(messageOf(error)) // may still hold the lock: not for the pool again
    throw error
  } finally {
    client.release(broken)
  }
}

/** Null when the server is new enough. */
export async function refuseOldServer(sql: Sql): Promise<Refused | null> {
  const { rows } = await sql.query(
    `select current_setting('server_version_num')::int4 as number, current_setting('server_version') as name`,
  )
  const version = z.object({ number: z.number(), name: z.string() }).parse(rows[0])
  if (version.number >= SERVER_VERSION_MIN) return null
  return refused(
    'old_server',
    `The database server is PostgreSQL ${version.name}, and Filmgate needs 15 or newer: upgrade it, or unset DATABASE_URL to use the embedded one.`,
  )
}

async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  const wrong = names.find((name) => !/^\d{4}_[a-z0-9_]+\.sql$/.test(name))
  if (wrong !== undefined) throw new Error(`migration ${wrong}: the name must read 0001_what_it_brings.sql`)
  const numbers = names.map((name) => name.slice(0, 4))
  const twice = numbers.find((number, index) => numbers.indexOf(number) !== index)
  if (twice !== undefined) throw new Error(`two migrations are numbered ${twice}`)
  return Promise.all(
    names.map(async (name) => {
      // Line ends are the checkout's business (Windows), not a change.
      const sql = (await readFile(join(folder, name), 'utf8')).replaceAll('\r\n', '\n')
      return { name: name.slice(0, -'.sql'.length), sql, sha256: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

const RECORD = `
  create schema if not exists db;
  create table if not exists db.migrations (
    name text constraint migrations_pkey primary key,
    sha256 text not null,
    applied_ms bigint not null
  )`

/** Name and hash of what was applied. Makes the record itself when the database is new. */
async function readRecord(sql: Sql): Promise<ReadonlyMap<string, string>> {
  // Asked first: a role that may not create schemas can still start on a finished database.
  const { rows: found } = await sql.query(`select to_regclass('db.migrations') is not null as exists`)
  if (!z.object({ exists: z.boolean() }).parse(found[0]).exists) await sql.query(RECORD)
  const { rows } = await sql.query('select name, sha256 from db.migrations order by name')
  return new Map(
    z
      .array(z.object({ name: z.string(), sha256: z.string() }))
      .parse(rows)
      .map((row) => [row.name, row.sha256]),
  )
}

/** Null when the record is the beginning of the files. */
function compare(files: readonly Migration[], recorded: ReadonlyMap<string, string>): Refused | null {
  const unknown = [...recorded.keys()].find((name) => !files.some((file) => file.name === name))
  if (unknown !== undefined) {
    return refused(
      'newer_database',
      `The database was used by a newer version of Filmgate (it has migration ${unknown}, which this version does not know): start that version or a later one.`,
    )
  }
  const changed = files.find((file) => recorded.has(file.name) && recorded.get(file.name) !== file.sha256)
  if (changed !== undefined) {
    return refused(
      'changed_migration',
      `Migration ${changed.name} is not the one that this database was made with: restore the file, and put changes into a new migration.`,
    )
  }
  const last = [...recorded.keys()].at(-1) ?? ''
  const late = files.find((file) => !recorded.has(file.name) && file.name < last)
  if (late !== undefined) {
    return refused(
      'changed_migration',
      `Migration ${late.name} comes before ${last}, which this database already has: give it a number after that.`,
    )
  }
  return null
}

async function apply(tx: Sql, migration: Migration, now: Instant): Promise<void> {
  await tx.query('begin')
  try {
    await tx.query(migration.sql)
    await tx.query('insert into db.migrations (name, sha256, applied_ms) values ($1, $2, $3)', [migration.name, migration.sha256, now])
    await tx.query('commit')
  } catch (error) {
    await tx.query('rollback')
    throw new Error(`migration ${migration.name} failed: ${messageOf(error)}`, { cause: error })
  }
}
