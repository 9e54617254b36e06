import { execFileSync, spawnSync } from 'node:child_process'
import { chmod, mkdir, rm, rmdir, writeFile } from 'node:fs/promises'
import { createServer, type Server as TcpServer } from 'node:net'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Database, newDatabase } from './database.ts'
import { GIVE_UP_MS } from './eventually.ts'
import { processesIn } from './processes.ts'
import { type Exit, filmgate } from './program.ts'
import { endPostgres, freePort, newFolder, newServer } from './server.ts'

/** A start that can not succeed says so soon; one that goes on instead is ended, and fails its test by that. */
const SECRET = Buffer.alloc(32, 7).toString('base64')

let folder: string
beforeAll(async () => {
  folder = await newFolder()
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

/** Starts where it cannot succeed. Each start has a data folder of its own unless it brings one. */
let starts = 0
async function refused(env: Readonly<Record<string, string>>, node?: string): Promise<Exit> {
  const data = join(folder, `data-${++starts}`)
  const program = filmgate({ PORT: '0', FILMGATE_DATA: data, ...env }, node)
  const patience = setTimeout(() => program.child.kill('SIGKILL'), GIVE_UP_MS)
  const exit = await program.ended
  clearTimeout(patience)
  const left = processesIn(env.FILMGATE_DATA ?? data)
  await endPostgres(env.FILMGATE_DATA ?? data)
  expect(left, 'processes left behind').toEqual([])
  return exit
}

/** One sentence for the person at the terminal, and nothing else. */
function expectOneSentence(exit: Exit, about: RegExp, code: number): void {
  expect(exit.stderr.trim()).toMatch(about)
  expect(exit.stderr).toMatch(/^[^\n]+\.\n$/)
  expect(exit.stderr).not.toMatch(/\bat .+:\d+:\d+|Error:/)
  expect(exit.stdout).toBe('')
  expect([exit.code, exit.signal]).toEqual([code, null])
}

describe('a variable that makes no sense stops the start with exit code 78', () => {
  test.each([
    ['PORT', { PORT: 'http' }, /PORT is "http"; it takes a port number, 0 to 65535/],
    ['PORT', { PORT: '70000' }, /PORT is "70000"; it takes a port number/],
    ['HOST', { HOST: '203.0.113.7' }, /203\.0\.113\.7 is not an address of this machine: change HOST/],
    ['HOST', { HOST: 'no-such-host.invalid' }, /no-such-host\.invalid is not an address of this machine: change HOST/],
    ['FILMGATE_ROLE', { FILMGATE_ROLE: 'boss' }, /FILMGATE_ROLE is "boss"; it takes all, api or worker/],
    ['FILMGATE_SENTINELS', { FILMGATE_SENTINELS: 'yes' }, /FILMGATE_SENTINELS is "yes"; it takes 0 or 1/],
    ['FILMGATE_CREDIT_USD', { FILMGATE_CREDIT_USD: '0' }, /FILMGATE_CREDIT_USD is "0"; it takes a positive decimal/],
    [
      'FILMGATE_STORAGE',
      { FILMGATE_STORAGE: 'ftp://x' },
      /FILMGATE_STORAGE is "ftp:\/\/x"; it takes file: \(the data folder\) or s3:\/\/bucket\/prefix/,
    ],
    ['FILMGATE_SECRET', { FILMGATE_SECRET: 'hunter2' }, /FILMGATE_SECRET is not 32 bytes in base64/],
    ['FILMGATE_SECRET', { DATABASE_URL: 'postgres://a@127.0.0.1/b' }, /FILMGATE_SECRET is not set; with DATABASE_URL it is needed/],
    ['FILMGATE_OPERATOR_KEY', { FILMGATE_OPERATOR_KEY: 'hunter2' }, /FILMGATE_OPERATOR_KEY/],
  ])('%s: %j', async (_name, env, about) => {
    const exit = await refused(env)
    expectOneSentence(exit, about, 78)
    expect(exit.stderr).not.toContain('hunter2')
  })
})

test('object storage that is not there stops the start with exit code 78', async () => {
  const storage = { FILMGATE_STORAGE: 's3://clips', AWS_ENDPOINT_URL: `http://127.0.0.1:${await freePort()}` }
  const exit = await refused({ ...storage, AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'hunter2' })
  expectOneSentence(
    exit,
    /^The object storage at http:\/\/127\.0\.0\.1:\d+ can not be reached \(ECONNREFUSED\): check AWS_ENDPOINT_URL/,
    78,
  )
  expect(exit.stderr).not.toContain('hunter2')
})

describe('a configuration file with a mistake stops the start with exit code 78 and names the line', () => {
  const provider = (more: string) =>
    `providers:\n  - name: a\n    adapter: openai\n    base_url: https://a.example/v1\n    rate_card: openai-2026-05\n${more}`
  test.each([
    ['an unknown key', provider('    modells: [sora-2]\n'), /^filmgate\.yaml, line 6: providers\[0\] has an unknown key "modells"/],
    [
      'a missing variable',
      provider('    api_key: { env: NOT_SET_ANYWHERE }\n'),
      /^filmgate\.yaml, line 6: .*api_key names a variable that is not set/,
    ],
    ['a broken file', 'providers: [', /^filmgate\.yaml, line 1: it can not be read as YAML/],
    ['no file', null, /filmgate\.yaml, which FILMGATE_CONFIG names, can not be read \(ENOENT\)/],
  ])('%s', async (_name, text, about) => {
    const path = join(folder, `config-${++starts}`, 'filmgate.yaml')
    await mkdir(dirname(path))
    if (text !== null) await writeFile(path, text)
    expectOneSentence(await refused({ FILMGATE_CONFIG: path }), about, 78)
  })
})

test('a busy port stops the start, names the port and the variable, and leaves no PostgreSQL', async () => {
  const holder: TcpServer = createServer()
  const port = await freePort()
  await new Promise<void>((listening) => holder.listen(port, '127.0.0.1', listening))
  const exit = await refused({ PORT: String(port) })
  await new Promise((closed) => holder.close(closed))
  expectOneSentence(exit, new RegExp(`Something else listens on 127\\.0\\.0\\.1:${port}: .*PORT`), 69)
})

describe('a data folder that can not be written stops the start and says what to change', () => {
  const cases: [string, () => Promise<string>][] = [
    [
      'below a file',
      async () => {
        await writeFile(join(folder, 'file'), '')
        return join(folder, 'file', 'data')
      },
    ],
    [
      'that is a file',
      async () => {
        await writeFile(join(folder, 'file'), '')
        return join(folder, 'file')
      },
    ],
    ['in /proc', async () => '/proc/filmgate'],
    ['in /sys', async () => '/sys/filmgate'],
  ]
  if (process.getuid?.() !== 0) {
    cases.push([
      'without the permission',
      async () => {
        const closed = join(folder, 'closed')
        await mkdir(closed)
        await chmod(closed, 0o500)
        return closed
      },
    ])
  }
  test('that is there but takes no files', async () => {
    expectOneSentence(await refused({ FILMGATE_DATA: '/sys' }), /FILMGATE_DATA|change its owner/, 73)
  })
  for (const [name, place] of cases) {
    test(name, async () => {
      expectOneSentence(await refused({ FILMGATE_DATA: await place() }), /FILMGATE_DATA|change its owner/, 73)
    })
    test(`${name}, with DATABASE_URL`, async () => {
      const env = { FILMGATE_DATA: await place(), DATABASE_URL: 'postgres://a@127.0.0.1:1/b', FILMGATE_SECRET: SECRET }
      expectOneSentence(await refused(env), /FILMGATE_DATA/, 73)
    })
  }
})

describe('a full disk stops the start and says how much to free', () => {
  const may_mount = mayMount()
  if (!may_mount) console.log('This user may not mount a small file system: a start on a full disk is not tested.')
  else {
    test.each(['64k', '8m', '24m', '40m'])('of %s, before there is a database', (size) =>
      withDisk(size, async (disk) => {
        expectOneSentence(await refused({ FILMGATE_DATA: join(disk, 'data') }), /is full: free at least \d+ MB/, 73)
      }),
    )

    // How much a start needs differs between versions: whatever is too little is refused, at every stage from the schema to the first key.
    test('that has room for the database but not for all that a start makes', async () => {
      const outcomes: string[] = []
      for (let size_kb = 41_000; size_kb <= 49_000; size_kb += 1_000) {
        await withDisk(`${size_kb}k`, async (disk) => {
          const exit = await startOrRefusal(join(disk, 'data'))
          if (exit !== null) expectOneSentence(exit, /is full: free at least \d+ MB/, 73)
          outcomes.push(exit === null ? 'starts' : 'refused')
        })
      }
      console.log(`from 41,000 kB: ${outcomes.join(', ')}`)
      expect(outcomes[0]).toBe('refused')
      expect(outcomes.at(-1)).toBe('starts')
    })
  }
})

async function withDisk(size: string, work: (disk: string) => Promise<void>): Promise<void> {
  const disk = join(folder, `disk-${size}`)
  await mkdir(disk)
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0711`, 'tmpfs', disk])
  try {
    await work(disk)
  } finally {
    execFileSync('umount', [disk])
    await rmdir(disk)
  }
}

/** Null: it came up (and was ended again). */
async function startOrRefusal(data: string): Promise<Exit | null> {
  const server = await newServer({ data_folder: data })
  try {
    await server.start()
    return null
  } catch (error) {
    if (server.program.exit === null) throw error
    expect(processesIn(data), 'processes left behind').toEqual([])
    return server.program.exit
  } finally {
    await server.remove()
  }
}

function mayMount(): boolean {
  if (process.getuid?.() !== 0) return false
  const there = '/tmp'
  return spawnSync('unshare', ['-m', 'sh', '-c', `mount -t tmpfs -o size=64k tmpfs ${there}`]).status === 0
}

describe('a DATABASE_URL that leads nowhere stops the start and says what to correct', () => {
  let database: Database
  beforeAll(async () => {
    database = await newDatabase()
    console.log(`on ${database.name}`)
  })
  afterAll(() => database.stop())

  test('and where it leads somewhere, the data folder must take files all the same', async () => {
    const exit = await refused({ DATABASE_URL: database.url, FILMGATE_SECRET: SECRET, FILMGATE_DATA: '/sys' })
    expectOneSentence(exit, /FILMGATE_DATA|change its owner/, 73)
  })

  test.each([
    ['no address at all', () => 'filmgate', /DATABASE_URL is not of the form postgres:\/\//],
    ['another kind of address', () => 'mysql://root:hunter2@127.0.0.1/x', /DATABASE_URL is not of the form postgres:\/\//],
    [
      'a server that is not there',
      () => 'postgres://gate:hunter2@127.0.0.1:1/gate',
      /No PostgreSQL answers at 127\.0\.0\.1:1: .*connection refused/,
    ],
    [
      'a host that is not there',
      () => 'postgres://gate:hunter2@no-such-host.invalid/gate',
      /No host is called "no-such-host\.invalid": correct DATABASE_URL/,
    ],
    [
      'a database that is not there',
      () => changed(database.url, { pathname: '/nowhere' }),
      /There is no database "nowhere" on .*: create it there, or correct/,
    ],
    [
      'a role that is not there',
      () => changed(database.url, { username: 'nobody-here' }),
      /does not let nobody-here@.* in: check the user in DATABASE_URL/,
    ],
  ])('%s', async (_name, url, about) => {
    const exit = await refused({ DATABASE_URL: url(), FILMGATE_SECRET: SECRET })
    expectOneSentence(exit, about, 69)
    expect(exit.stderr).not.toContain('hunter2')
  })
})

function changed(url: string, part: { readonly pathname?: string; readonly username?: string }): string {
  return Object.assign(new URL(url), part).href
}

describe('a Node that is too old stops the start with exit code 78', () => {
  const old = oldNode()
  if (old === null) console.log('There is no old Node at /usr/bin/node: what it says is not tested.')
  else
    test(`${old.version}`, async () => {
      expectOneSentence(
        await refused({}, old.path),
        /^Filmgate needs Node 22\.18 or newer and this is v\d+\.\d+\.\d+: run it with "npm start"/,
        78,
      )
    })
})

function oldNode(): { readonly path: string; readonly version: string } | null {
  const path = '/usr/bin/node'
  const version = spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? ''
  const [major = 0, minor = 0] = version.replace('v', '').split('.').map(Number)
  return version !== '' && (major < 22 || (major === 22 && minor < 18)) ? { path, version } : null
}
