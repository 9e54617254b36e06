import { execFileSync, spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startPostgres } from '../../server/src/db/postgres.ts'
import { eventually } from './eventually.ts'
import { freePort, newFolder } from './server.ts'

/** A PostgreSQL that belongs to nobody's data folder: what DATABASE_URL is for. */
export interface Database {
  /** For the console: what it is. */
  readonly name: string
  /** As an ordinary role that owns its database. */
  readonly url: string
  /** For drivers that want it in parts. */
  stop(): Promise<void>
}

/** Debian's PostgreSQL on a port of its own if it is installed, else a throwaway embedded one. */
export async function newDatabase(): Promise<Database> {
  const binaries = debian()
  return binaries === null ? embedded() : ofBinaries(binaries)
}

/** The newest of Debian's binaries. The system's own service and its clusters are left alone. */
function debian(): string | null {
  const root = '/usr/lib/postgresql'
  if (!existsSync(root)) return null
  const versions = readdirSync(root).filter((version) => existsSync(join(root, version, 'bin/postgres')))
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0]
  return newest === undefined ? null : join(root, newest, 'bin')
}

async function ofBinaries(binaries: string): Promise<Database> {
  const folder = await mkdtemp(join(tmpdir(), 'filmgate-e2e-pg-'))
  // PostgreSQL refuses to run as root.
  const runner = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {}
  if (runner.uid !== undefined && runner.gid !== undefined) await chown(folder, runner.uid, runner.gid)
  await chmod(folder, 0o700)
  const cluster = join(folder, 'cluster')
  execFileSync(
    join(binaries, 'initdb'),
    ['-D', cluster, '-U', 'admin', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
    {
      ...runner,
      cwd: folder,
      stdio: 'ignore',
    },
  )
  const port = await freePort()
  const settings = { listen_addresses: '127.0.0.1', port, unix_socket_directories: folder, fsync: 'off', log_min_messages: 'panic' }
  const server = spawn(
    join(binaries, 'postgres'),
    ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    {
      ...runner,
      cwd: folder,
      stdio: 'ignore',
    },
  )
  const guard = spawn('/bin/sh', ['-c', 'read -r nothing; kill -QUIT "$0"; sleep 1; rm -rf "$1"', String(server.pid), folder], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  guard.unref()
  const ended = new Promise((done) => server.on('exit', done))
  const stop = async () => {
    server.kill('SIGINT')
    await ended
    guard.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    const admin = { host: '127.0.0.1', port, user: 'admin', database: 'postgres' }
    await eventually(
      () => run(admin, 'select 1').catch(() => false),
      120_000,
      () => 'PostgreSQL does not answer',
    )
    await run(admin, 'create role gate login nosuperuser nocreatedb nocreaterole')
    await run(admin, 'create database gate owner gate')
  } catch (error) {
    await stop()
    throw error
  }
  const version = execFileSync(join(binaries, 'postgres'), ['--version'], { encoding: 'utf8' }).trim()
  return { name: version, url: `postgres://gate@127.0.0.1:${port}/gate`, stop }
}

async function embedded(): Promise<Database> {
  const folder = await newFolder()
  const postgres = await startPostgres({ data_folder: folder, log: () => undefined, durable: false })
  if (postgres.outcome !== 'running') throw new Error(postgres.sentence)
  const { host, user, database } = postgres.connection
  return {
    name: 'the embedded PostgreSQL',
    url: `postgres://${user}@localhost/${database}?host=${encodeURIComponent(host ?? '')}`,
    async stop() {
      await postgres.stop()
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function run(connection: pg.ClientConfig, sql: string): Promise<true> {
  const client = new pg.Client(connection)
  await client.connect()
  try {
    await client.query(sql)
    return true
  } finally {
    await client.end()
  }
}

function idOf(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
}
