// What the ledger is measured against: pgledger, one transfer per transaction, and the commit of one inserted row, which is the least that any
// durable write costs. Driven by pgbench where there is one (a C client: the faster of the two), else by clients of ours.
import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import type { Connection } from '../../server/src/db/pool.ts'

export const ACCOUNTS = 10_000

/** A statement with two random accounts, `:a` (from 2 on) and `:b` (any other), for pgbench as for us. */
export interface Peer {
  readonly connection: Connection
  readonly name: string
  readonly sql: string
}

/** Statements a second. */
export type Drive = (peer: Peer, clients: number, seconds: number) => Promise<number>

export async function makeDatabase(admin: Connection, name: string): Promise<Connection> {
  const client = new pg.Client(admin)
  await client.connect()
  await client.query(`create database ${name}`)
  await client.end()
  return { ...admin, database: name }
}

/** Installs pgledger as its own justfile does: its two vendored functions are read beside its SQL. */
export async function installPgledger(connection: Connection, sql_file: string): Promise<{ readonly uniform: Peer; readonly hot: Peer }> {
  const client = new pg.Client(connection)
  await client.connect()
  const vendored = ['ulid-to-uuid.sql', 'uuid-to-ulid.sql'].map((file) => join(dirname(sql_file), 'vendor/scoville-pgsql-ulid', file))
  for (const file of [...vendored.filter((one) => existsSync(one)), sql_file]) await client.query(await readFile(file, 'utf8'))
  await client.query(
    `insert into pgledger_accounts (id, name, currency, allow_negative_balance, allow_positive_balance, created_at, updated_at)
     select 'pgla_' || lpad(i::text, 26, '0'), 'account ' || i, 'CRD', true, true, now(), now() from generate_series(1, ${ACCOUNTS}) i`,
  )
  await client.query('vacuum analyze')
  await client.end()
  const id = (no: string) => `'pgla_' || lpad(${no}::text, 26, '0')`
  const transfer = (name: string, to: string) => ({
    connection,
    name,
    sql: `select id from pgledger_create_transfer(${id(':a')}, ${id(to)}, 1)`,
  })
  // Hot: every transfer credits one account, which is also what an account of the platform's own is.
  return { uniform: transfer('pgledger_uniform', ':b'), hot: transfer('pgledger_hot', '1') }
}

export async function installInserts(connection: Connection): Promise<Peer> {
  const client = new pg.Client(connection)
  await client.connect()
  await client.query('create table rows (id bigserial primary key, a int, b bigint, made timestamptz default now())')
  await client.end()
  return { connection, name: 'insert', sql: 'insert into rows (a, b) values (:a, :b)' }
}

/** Median milliseconds of one insert's commit, one after another. */
export async function insertLatency(peer: Peer, for_ms: number): Promise<number> {
  const client = new pg.Client(peer.connection)
  await client.connect()
  const taken: number[] = []
  for (const end = performance.now() + for_ms; performance.now() < end; ) {
    const begun = performance.now()
    await client.query({ name: 'one', text: 'insert into rows (a, b) values ($1, $2)', values: [1, 2] })
    taken.push(performance.now() - begun)
  }
  await client.end()
  return taken.sort((a, b) => a - b)[taken.length >> 1] ?? Number.NaN
}

/** By pgbench when it is installed. @param folder for its scripts */
export function chooseDrive(folder: string): { readonly by: string; readonly drive: Drive } {
  const found = spawnSync('pgbench', ['--version'], { encoding: 'utf8' })
  if (found.status === 0) return { by: found.stdout.trim(), drive: (...how) => byPgbench(folder, ...how) }
  return { by: 'clients of our own (pgbench, which comes with PostgreSQL, is not installed and would be faster)', drive: byClients }
}

async function byPgbench(folder: string, { connection, name, sql }: Peer, clients: number, seconds: number): Promise<number> {
  const script = join(folder, `${name}.sql`)
  await writeFile(script, `\\set a random(2, ${ACCOUNTS})\n\\set b (:a % ${ACCOUNTS}) + 1\n${sql};\n`)
  const { host, port, user, database } = connection
  const { stdout } = await promisify(execFile)(
    'pgbench',
    ['-n', '-M', 'prepared', '-c', String(clients), '-T', String(seconds), '-f', script],
    { env: { PATH: process.env.PATH, PGHOST: host, PGPORT: String(port), PGUSER: String(user), PGDATABASE: database } },
  )
  const per_second = /tps = ([\d.]+)/.exec(stdout)?.[1]
  if (per_second === undefined) throw new Error(`pgbench told no figure: ${stdout}`)
  return Number(per_second)
}

async function byClients({ connection, name, sql }: Peer, clients: number, seconds: number): Promise<number> {
  const text = sql.replace(/:([ab])\b/g, (_, name) => (name === 'a' ? '$1::bigint' : '$2::bigint'))
  const unused = text.includes('$2') ? '' : ' where $2::bigint is not null'
  const open = await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = new pg.Client(connection)
      await client.connect()
      return client
    }),
  )
  try {
    let done = 0
    const begun = performance.now()
    const end = begun + seconds * 1000
    await Promise.all(
      open.map(async (client) => {
        while (performance.now() < end) {
          const a = 2 + Math.floor(Math.random() * (ACCOUNTS - 1))
          await client.query({ name, text: text + unused, values: [a, (a % ACCOUNTS) + 1] })
          done += 1
        }
      }),
    )
    return (done / (performance.now() - begun)) * 1000
  } finally {
    await Promise.all(open.map((client) => client.end()))
  }
}
