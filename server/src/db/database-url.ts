import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { z } from 'zod'
import { refuseOldServer } from './migrate.ts'
import { type Connection, sqlState } from './pool.ts'
import { messageOf, type Refused, refused } from './refusal.ts'

/** A database that answered and can hold Filmgate. */
export interface Reached {
  readonly outcome: 'reached'
  readonly connection: Connection
  /** For the log: `gate@db.example:5432/filmgate`, without the password. */
  readonly name: string
  /** The role may do anything on that server, which the gateway should not be able to: worth a warning. */
  readonly superuser: boolean
}

export interface Patience {
  /** For one attempt to connect. Default 5 s. */
  readonly connect_ms?: number
  /** How long a server that says it is starting is waited for. Default 15 s. */
  readonly starting_ms?: number
}

const RETRY_MS = 250

/**
 * Reads a DATABASE_URL, connects once and looks whether that database will do. What a person can put right comes back as
 * one sentence; the password is in none of them.
 */
export async function reachDatabase(url: string, patience: Patience = {}): Promise<Reached | Refused> {
  const { connect_ms = 5_000, starting_ms = 15_000 } = patience
  const not_a_url = refused(
    'not_a_url',
    'DATABASE_URL is not of the form postgres://USER:PASSWORD@HOST:5432/DATABASE (special characters in the password must be percent-encoded).',
  )
  if (!/^postgres(ql)?:\/\//.test(url)) return not_a_url
  const started_at = performance.now()
  for (;;) {
    let client: pg.Client
    try {
      client = new pg.Client({ connectionString: url, connectionTimeoutMillis: connect_ms })
    } catch {
      return not_a_url // the error would quote the address
    }
    client.on('error', () => undefined) // what runs rejects by itself
    try {
      await client.connect()
      return (
        (await unsuitable(client)) ?? {
          outcome: 'reached',
          connection: { connectionString: url },
          name: nameOf(client),
          superuser: await isSuperuser(client),
        }
      )
    } catch (error) {
      const starting = sqlState(error) === '57P03'
      if (!starting || performance.now() - started_at > starting_ms) return explainConnection(error, client)
    } finally {
      await client.end().catch(() => undefined)
    }
    await delay(RETRY_MS)
  }
}

function nameOf(client: pg.Client): string {
  return `${client.user}@${client.host}:${client.port}/${client.database}`
}

const LOOK = `
  select current_setting('server_encoding') as encoding, pg_is_in_recovery() as standby,
    has_database_privilege(current_database(), 'CREATE') as may_create, to_regclass('db.migrations') is not null as used_before`

/** Null when the database will do. */
async function unsuitable(client: pg.Client): Promise<Refused | null> {
  const too_old = await refuseOldServer(client)
  if (too_old !== null) return too_old
  const { rows } = await client.query(LOOK)
  const found = z.object({ encoding: z.string(), standby: z.boolean(), may_create: z.boolean(), used_before: z.boolean() }).parse(rows[0])
  const name = nameOf(client)
  if (found.standby) return refused('unsuitable_database', `${name} is a read-only standby: let DATABASE_URL name the primary server.`)
  if (found.encoding !== 'UTF8') {
    return refused(
      'unsuitable_database',
      `The database ${name} has the encoding ${found.encoding}: create one with "create database filmgate encoding 'UTF8' template template0".`,
    )
  }
  if (!found.may_create && !found.used_before) {
    return refused(
      'unsuitable_database',
      `The user of ${name} may not create schemas there: run "grant create on database ${client.database} to ${client.user}" as its owner.`,
    )
  }
  return null
}

async function isSuperuser(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query('select rolsuper from pg_roles where rolname = current_user')
  return z.object({ rolsuper: z.boolean() }).parse(rows[0]).rolsuper
}

function explainConnection(error: unknown, client: pg.Client): Refused {
  const name = nameOf(client)
  const message = messageOf(error)
  switch (sqlState(error)) {
    case '28P01':
      return refused('wrong_login', `The database server refuses the password for ${name}: correct user and password in DATABASE_URL.`)
    case '28000':
      return refused(
        'wrong_login',
        `The database server does not let ${name} in: check the user in DATABASE_URL, and the server's pg_hba.conf for this machine.`,
      )
    case '3D000':
      return refused(
        'unknown_database',
        `There is no database "${client.database}" on ${client.host}:${client.port}: create it there, or correct the name at the end of DATABASE_URL.`,
      )
    case '42501':
      return refused(
        'wrong_login',
        `The user of ${name} may not connect to that database: run "grant connect on database ${client.database} to ${client.user}" as its owner.`,
      )
    case '53300':
      return refused(
        'unreachable',
        `The database server of ${name} has no connection left: raise its max_connections, or end others that use it.`,
      )
    case '57P03':
      return refused('unreachable', `The database server of ${name} is still starting up or shutting down: start again when it is ready.`)
  }
  if (/password must be a string|no password supplied/i.test(message)) {
    return refused(
      'wrong_login',
      `The database server asks for a password for ${name}: put it into DATABASE_URL (postgres://USER:PASSWORD@HOST/DATABASE).`,
    )
  }
  if (/SSL|certificate|TLS/i.test(message)) {
    return refused(
      'unreachable',
      `No encrypted connection to ${name} came about: check sslmode in DATABASE_URL and the server's certificate (${message}).`,
    )
  }
  if (/ENOTFOUND|EAI_AGAIN/.test(message)) {
    return refused('unreachable', `No host is called "${client.host}": correct DATABASE_URL.`)
  }
  return refused(
    'unreachable',
    `No PostgreSQL answers at ${client.host}:${client.port}: start it, or correct host and port in DATABASE_URL (${reason(message)}).`,
  )
}

function reason(message: string): string {
  return /ECONNREFUSED/.test(message) ? 'connection refused' : /timeout/i.test(message) ? 'no answer in time' : message.slice(0, 200)
}
