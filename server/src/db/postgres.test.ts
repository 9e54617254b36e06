import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { POINTER } from './place.ts'
import { type Connection, openPool } from './pool.ts'
import { type Postgres, type PostgresOptions, startPostgres } from './postgres.ts'
import { isAlive, postgresProcesses } from './processes.ts'
import { isRoot, type Runner, runnerForRoot } from './runner.ts'

/** A cluster that was stopped cleanly: for tests that are about something else than the first start. */
let shared: string
let base: string
let running: Postgres[]
let children: ChildProcess[]

const newFolder = async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'filmgate-postgres-')))
  await chmod(folder, 0o711) // as root PostgreSQL is somebody else
  return folder
}

beforeAll(async () => {
  running = []
  shared = await newFolder()
  base = shared
  await (await started(shared)).stop()
})
afterAll(() => rm(shared, { recursive: true, force: true }))

beforeEach(async () => {
  base = await newFolder()
  running = []
  children = []
})

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  await Promise.all(running.map((postgres) => postgres.stop()))
  await rm(base, { recursive: true, force: true, maxRetries: 10 })
})

const start = async (folder: string, more: Partial<PostgresOptions> = {}) => {
  const outcome = await startPostgres({
    data_folder: folder,
    log: () => undefined,
    durable: false,
    elsewhere: join(base, 'elsewhere'),
    ...more,
  })
  if (outcome.outcome === 'running') running.push(outcome)
  return outcome
}

const started = async (folder: string, more: Partial<PostgresOptions> = {}): Promise<Postgres> => {
  const outcome = await start(folder, more)
  if (outcome.outcome !== 'running') throw new Error(outcome.sentence)
  return outcome
}

/** Rows of one statement on a connection of its own. */
async function rowsOf(connection: Connection, statement: string): Promise<unknown[]> {
  const client = new pg.Client(connection)
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}

const POSTGRES_TS = JSON.stringify(join(import.meta.dirname, 'postgres.ts'))

/** Another process that starts the data folder and then waits to be killed. */
function starter(folder: string): ChildProcess {
  const script = `
    const { startPostgres } = await import(${POSTGRES_TS})
    const postgres = await startPostgres({ data_folder: ${JSON.stringify(folder)}, log: console.error, durable: false })
    console.log(postgres.outcome, postgres.pid ?? postgres.by_pid)
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  return child
}

/** Another process that says how a start ends. To root nothing is forbidden: it becomes the one whom PostgreSQL runs as. */
function starterAs(runner: Runner | null, folder: string): ChildProcess {
  const become = runner === null ? '' : `process.setgroups([]); process.setgid(${runner.gid}); process.setuid(${runner.uid})`
  const script = `
    const { startPostgres } = await import(${POSTGRES_TS})
    ${become}
    console.log(JSON.stringify(await startPostgres({ data_folder: ${JSON.stringify(folder)}, log: console.error, durable: false })))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  return child
}

async function saidBy(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('no stdout')
  const [chunk] = await once(child.stdout, 'data')
  return String(chunk).trim()
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

test('the first start makes a private cluster, a role that is no superuser, and no TCP port; a second start is refused; a stop leaves nothing', async () => {
  const folder = join(base, `an odd "name", it's`)
  const postgres = await started(folder, { durable: true })
  const role = await rowsOf(
    postgres.connection,
    `select rolname, rolsuper, rolcreaterole, rolcreatedb, current_database() as database,
       current_setting('listen_addresses') as tcp, current_setting('fsync') as fsync, current_setting('data_checksums') as checksums
     from pg_roles where rolname = current_user`,
  )
  expect(role).toEqual([
    {
      rolname: 'filmgate',
      rolsuper: false,
      rolcreaterole: false,
      rolcreatedb: false,
      database: 'filmgate',
      tcp: '',
      fsync: 'on',
      checksums: 'on',
    },
  ])
  expect(
    await rowsOf(postgres.connection, `select string_agg(word, '' order by word) as sorted from unnest(array['b', 'a', 'B', 'ä']) word`),
  ).toEqual([{ sorted: 'Babä' }])
  expect((await stat(postgres.cluster)).mode & 0o077).toBe(0)
  expect((await stat(join(folder, 'postgres.log'))).mode & 0o077).toBe(0)

  const second = await start(folder)
  expect(second).toMatchObject({ outcome: 'owned', by_pid: process.pid, sentence: expect.stringContaining(`process ${process.pid}`) })

  await Promise.all([postgres.stop(), postgres.stop()])
  expect(postgresProcesses(postgres.cluster)).toEqual([])
  expect((await readdir(postgres.cluster)).filter((name) => /postmaster\.pid|\.s\.PGSQL/.test(name))).toEqual([])
})

test('when the owner is killed the next start takes over its running PostgreSQL, with the data', async () => {
  const child = starter(shared)
  const [outcome, pid] = (await saidBy(child)).split(' ')
  expect(outcome).toBe('running')
  expect(await start(shared)).toMatchObject({ outcome: 'owned', by_pid: child.pid })

  const connection = { host: join(shared, 'postgres'), user: 'filmgate', database: 'filmgate' }
  await rowsOf(connection, 'create table public.kept_7 as select 7 as a')
  await kill(child)
  const postgres = await started(shared)
  expect(postgres.pid).toBe(Number(pid))
  expect(await rowsOf(postgres.connection, 'select a from public.kept_7')).toEqual([{ a: 7 }])
  await postgres.stop()
  expect(postgresProcesses(postgres.cluster)).toEqual([])
})

test('a killed PostgreSQL is back by itself, with every committed row, although a busy backend lingers', async () => {
  let down = 0
  let back: () => void = () => undefined
  const up = new Promise<void>((resolve) => {
    back = resolve
  })
  const postgres = await started(shared, { durable: true, on_down: () => down++, on_up: () => back() })
  const pool = openPool(postgres.connection, () => undefined)
  try {
    await pool.query('create table public.kept as select generate_series(1, 1000) as a')
    const { rows } = await pool.query('select pg_backend_pid() as pid')
    // No latch, no wait: this backend does not notice that its postmaster is gone.
    const busy = pool.query('select count(*) from generate_series(1, 100000) a, generate_series(1, 1000000) b')
    busy.catch(() => undefined)
    const killed = postgres.pid
    process.kill(killed, 'SIGKILL')
    await up // the busy one would go on for hours
    await expect(busy).rejects.toThrow()
    expect(isAlive(rows[0].pid)).toBe(false)
    expect(postgres.pid).not.toBe(killed)
    expect(down).toBe(1)
    expect((await pool.query('select count(*)::int as n from public.kept')).rows).toEqual([{ n: 1000 }])
    expect(await start(shared)).toMatchObject({ outcome: 'owned' })
  } finally {
    await pool.end()
  }
})

test('a killed backend restarts the others: the data folder is still ours afterwards', async () => {
  let back: () => void = () => undefined
  const up = new Promise<void>((resolve) => {
    back = resolve
  })
  const postgres = await started(shared, { on_up: () => back() })
  const client = new pg.Client(postgres.connection)
  client.on('error', () => undefined)
  await client.connect()
  const { rows } = await client.query('select pg_backend_pid() as pid')
  process.kill(rows[0].pid, 'SIGKILL')
  await up
  expect(await start(shared)).toMatchObject({ outcome: 'owned', by_pid: process.pid })
})

test('a stop while PostgreSQL is being started again ends it for good', async () => {
  const downs: Promise<void>[] = []
  const postgres = await started(shared, { on_down: () => downs.push(Promise.resolve().then(() => postgres.stop())) })
  const client = new pg.Client(postgres.connection)
  client.on('error', () => undefined)
  await client.connect()
  const ended = new Promise<void>((resolve) => client.on('end', resolve))
  process.kill(postgres.pid, 'SIGKILL')
  await ended
  await postgres.stop()
  expect(postgresProcesses(postgres.cluster)).toEqual([])
})

test('of first starts at once one owns the folder, the others say who', async () => {
  const outcomes = await Promise.all([start(base), start(base), start(base)])
  expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['owned', 'owned', 'running'])
  expect((await readdir(base)).filter((name) => name.includes('.new-'))).toEqual([])
})

test('a first start that is killed half-way leaves no half cluster', async () => {
  const child = starter(base)
  // Found by looking, since a process that is killed tells nobody how far it got.
  while (!(await readdir(base)).some((name) => name.startsWith('postgres'))) await new Promise(setImmediate)
  await kill(child)
  expect(await readdir(base)).not.toContain('postgres')
  const postgres = await started(base)
  expect(await rowsOf(postgres.connection, 'select 1 as a')).toEqual([{ a: 1 }])
  expect((await readdir(base)).sort()).toEqual(['postgres', 'postgres.log'])
})

test('a recycled process number in postmaster.pid does not keep PostgreSQL down', async () => {
  const postgres = await started(shared)
  const { uid, gid } = await stat(postgres.cluster)
  const pid_file = join(postgres.cluster, 'postmaster.pid')
  const lines = (await readFile(pid_file, 'utf8')).split('\n')
  await postgres.stop()
  const stranger = spawn('/bin/sleep', ['60'], { uid, gid, cwd: '/', stdio: 'ignore' })
  children.push(stranger)
  await writeFile(pid_file, [stranger.pid, ...lines.slice(1)].join('\n'), { mode: 0o600 })
  await chown(pid_file, uid, gid)
  const again = await started(shared)
  expect(again.pid).not.toBe(stranger.pid)
  expect(isAlive(stranger.pid ?? 0)).toBe(true)
})

describe('a folder that will not do is refused in one sentence', () => {
  const refusal = async (folder: string, more: Partial<PostgresOptions> = {}) => {
    const outcome = await start(folder, more)
    if (outcome.outcome !== 'refused') throw new Error(outcome.outcome)
    expect(outcome.sentence).toMatch(/^[^\n]+: [^\n]+\.$/)
    return outcome
  }

  test('a file in its place', async () => {
    await writeFile(join(base, 'file'), '')
    expect((await refusal(join(base, 'file'))).sentence).toContain('is not a folder')
    expect((await refusal(join(base, 'file', 'below'))).sentence).toContain('is not a folder')
  })

  test('something else called postgres in it', async () => {
    await mkdir(join(base, 'postgres'))
    await writeFile(join(base, 'postgres', 'letter.txt'), '')
    expect((await refusal(base)).reason).toBe('broken_cluster')
    expect(await readdir(join(base, 'postgres'))).toEqual(['letter.txt'])
  })

  test('a folder that may not be written', async () => {
    const fixed = join(base, 'fixed')
    await mkdir(fixed, { mode: 0o500 })
    const runner = isRoot() ? runnerForRoot() : null
    if (runner !== null) await chown(fixed, runner.uid, runner.gid)
    for (const folder of [fixed, join(fixed, 'below')]) {
      const outcome = JSON.parse(await saidBy(starterAs(runner, folder)))
      expect(outcome).toMatchObject({ outcome: 'refused', reason: 'no_permission' })
      expect(outcome.sentence).toMatch(/^[^\n]+ may not be written by this user: [^\n]+\.$/)
    }
    expect(await readdir(fixed)).toEqual([])
  })

  test.runIf(isRoot())('as root: PostgreSQL may enter neither it nor the place elsewhere', async () => {
    await mkdir(join(base, 'private'), { mode: 0o700 })
    const outcome = await refusal(join(base, 'private', 'data'), { elsewhere: join(base, 'private', 'elsewhere') })
    expect(outcome).toMatchObject({ reason: 'no_permission', sentence: expect.stringContaining('may not enter') })
  })
})

test('a path too long for a socket gets a private short folder for it, removed again; one that others could open is not used', async () => {
  const folder = join(base, 'long'.repeat(30))
  const postgres = await started(folder)
  const sockets = postgres.connection.host ?? ''
  expect(dirname(sockets)).not.toContain('long')
  expect((await stat(sockets)).mode & 0o777).toBe(0o700)
  expect((await stat(sockets)).uid).toBe((await stat(postgres.cluster)).uid)
  expect(await rowsOf(postgres.connection, 'select 1 as a')).toEqual([{ a: 1 }])
  await postgres.stop()
  await expect(stat(sockets)).rejects.toThrow('ENOENT')

  const { uid, gid } = await stat(postgres.cluster)
  const unsafe = [{ mode: 0o777, owner: uid }, ...(isRoot() ? [{ mode: 0o700, owner: uid + 1 }] : [])]
  for (const { mode, owner } of unsafe) {
    await mkdir(sockets)
    try {
      await chmod(sockets, mode)
      await chown(sockets, owner, gid)
      expect(await start(folder)).toMatchObject({ outcome: 'refused', sentence: expect.stringContaining(sockets) })
    } finally {
      await rm(sockets, { recursive: true })
    }
  }
})

test.runIf(isRoot())(
  'as root below a private folder the cluster lives elsewhere, and a folder made anew does not get the old one',
  async () => {
    await mkdir(join(base, 'private'), { mode: 0o700 })
    const folder = join(base, 'private', 'data')
    const postgres = await started(folder)
    await rowsOf(postgres.connection, 'create table public.kept as select 7 as a')
    const home = (await readFile(join(folder, POINTER), 'utf8')).trim()
    expect(postgres.cluster).toBe(join(home, 'postgres'))
    expect(dirname(home)).toBe(join(base, 'elsewhere'))
    expect((await stat(postgres.cluster)).mode & 0o077).toBe(0)
    expect(await start(folder)).toMatchObject({ outcome: 'owned' })
    await postgres.stop()

    const again = await started(folder)
    expect(await rowsOf(again.connection, 'select a from public.kept')).toEqual([{ a: 7 }])
    await again.stop()
    await rm(folder, { recursive: true })
    const anew = await started(folder)
    expect(anew.cluster).not.toBe(again.cluster)
  },
)
