import pg from 'pg'
import { inject } from 'vitest'
import { LOCKS } from '../db/locks.ts'
import { type Connection, openPool, type Pool } from '../db/pool.ts'

/** A database of one test file (or of one test): all migrations, no rows, nobody else in it. */
export interface TestDatabase {
  /** Connected as the server is: no superuser. */
  readonly pool: Pool
  /** For a second pool, or for a process of its own. */
  readonly connection: Connection
  /** Ends the pool and removes the database, whoever is still connected. May be called again. */
  drop(): Promise<void>
}

let made = 0

/**
 * Clones a template.
 * @param content `engine`: also the job engine's tables and empty queues, for whole gateways, which would make them anew each time
 * @example
 * const database = await testDatabase()
 * afterAll(() => database.drop())
 */
export async function testDatabase(content: 'migrations' | 'engine' = 'migrations'): Promise<TestDatabase> {
  const { admin, server, template, engine_template, owner, prefix, strategy } = inject('test_server')
  const copied = content === 'engine' ? engine_template : template
  const name = `${prefix}${process.pid}_${++made}`
  await asAdmin(admin, async (client) => {
    // A template must have no other session on it, and a copy that runs is one.
    await client.query('select pg_advisory_lock($1, $2)', LOCKS.test_clone)
    await client.query(`create database ${name} owner ${client.escapeIdentifier(owner)} template ${copied} strategy ${strategy}`)
  })
  const connection: Connection = { ...server, database: name }
  let dropped: Promise<void> | null = null
  const pool = openPool(connection, (error) => {
    if (dropped === null) console.error(`connection to ${name} lost:`, error.message)
  })
  const drop = async () => {
    await pool.end()
    await asAdmin(admin, (client) => client.query(`drop database if exists ${name} with (force)`))
  }
  return {
    pool,
    connection,
    drop() {
      dropped ??= drop()
      return dropped
    },
  }
}

async function asAdmin(admin: Connection, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client(admin)
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
