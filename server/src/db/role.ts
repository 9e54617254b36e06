import pg from 'pg'
import { ADMIN_ROLE } from './cluster.ts'
import { LOCKS } from './locks.ts'
import type { Connection } from './pool.ts'
import { PORT } from './settings.ts'

/** The role and the database of the server. No superuser: what a defect of ours may do ends at our own tables. */
export const SERVER_ROLE = 'filmgate'

/** As whom the server connects. Environment variables of PostgreSQL's clients (PGSSLMODE and others) change nothing. */
export function serverConnection(sockets: string): Connection {
  return { host: sockets, port: PORT, user: SERVER_ROLE, database: SERVER_ROLE, ssl: false }
}

/** The bootstrap superuser, in the maintenance database. For the launcher and for tests that create databases. */
export function adminConnection(sockets: string): Connection {
  return { host: sockets, port: PORT, user: ADMIN_ROLE, database: 'postgres', ssl: false }
}

/** Makes role and database of the server unless they are there. Run at each start: a first start may have been killed half-way. */
export async function ensureRole(sockets: string): Promise<void> {
  const admin = new pg.Client({ ...adminConnection(sockets), connectionTimeoutMillis: 5_000 })
  admin.on('error', () => undefined) // the query in flight rejects by itself
  try {
    await admin.connect()
    await admin.query('select pg_advisory_lock($1, $2)', LOCKS.cluster)
    const role = await admin.query('select from pg_roles where rolname = $1', [SERVER_ROLE])
    if (role.rowCount === 0) {
      await admin.query(`create role ${SERVER_ROLE} login nosuperuser nocreaterole nocreatedb noreplication nobypassrls`)
    }
    const database = await admin.query('select from pg_database where datname = $1', [SERVER_ROLE])
    if (database.rowCount === 0) await admin.query(`create database ${SERVER_ROLE} owner ${SERVER_ROLE}`)
  } finally {
    await admin.end().catch(() => undefined)
  }
}
