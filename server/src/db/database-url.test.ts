import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { reachDatabase } from './database-url.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

/** The test server's address as a person would write it. */
function urlOf(change: { user?: string; password?: string; database?: string } = {}): string {
  const { host = '', port = 5432, user = '', password } = database.connection
  const login = [change.user ?? user, change.password ?? (typeof password === 'string' ? password : 'hunter2')]
    .map(encodeURIComponent)
    .join(':')
  const name = change.database ?? database.connection.database
  return host.startsWith('/')
    ? `postgres://${login}@localhost:${port}/${name}?host=${encodeURIComponent(host)}`
    : `postgres://${login}@${host}:${port}/${name}`
}

test('a database that will do is reached, and its name does not show the password', async () => {
  const reached = await reachDatabase(urlOf())
  expect(reached).toMatchObject({ outcome: 'reached' })
  if (reached.outcome !== 'reached') return
  expect(reached.name).toContain(`/${database.connection.database}`)
  expect(reached.name).not.toContain('hunter2')
})

test('a superuser is told apart, to be warned about', async () => {
  const { admin } = inject('test_server')
  const reached = await reachDatabase(urlOf({ user: admin.user ?? '' }))
  expect(reached).toMatchObject({ outcome: 'reached', superuser: true })
})

test.each([
  '',
  'not a url',
  'mysql://root@localhost/x',
  'postgres://gate:se#cr/et@host:port/x',
  'postgres://gate:hunter2@local host:99999999/x',
])('%j is no address, said without repeating it', async (url) => {
  const outcome = await reachDatabase(url)
  expect(outcome).toMatchObject({ outcome: 'refused', reason: 'not_a_url' })
  expect(JSON.stringify(outcome)).not.toMatch(/hunter2|se#cr/)
})

describe('each failure is one sentence that says what to do', () => {
  const sentences = async (url: string, connect_ms = 120_000) => {
    const outcome = await reachDatabase(url, { connect_ms, starting_ms: 0 })
    if (outcome.outcome !== 'refused') throw new Error(`reached ${url}`)
    expect(outcome.sentence).not.toMatch(/hunter2|\n/)
    return outcome
  }

  test('unknown database', async () => {
    const outcome = await sentences(urlOf({ database: 'nowhere' }))
    expect(outcome.reason).toBe('unknown_database')
    expect(outcome.sentence).toContain('"nowhere"')
  })

  test('unknown user', async () => {
    expect((await sentences(urlOf({ user: 'stranger' }))).reason).toBe('wrong_login')
  })

  test('nobody listens', async () => {
    const outcome = await sentences('postgres://gate:hunter2@127.0.0.1:1/x')
    expect(outcome).toMatchObject({ reason: 'unreachable', sentence: expect.stringContaining('127.0.0.1:1') })
  })

  test('unknown host', async () => {
    expect((await sentences('postgres://gate:hunter2@no-such-host.invalid/x')).sentence).toContain('no-such-host.invalid')
  })

  test('somebody listens and says nothing', async () => {
    const silent = createServer()
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const address = silent.address()
    try {
      const port = typeof address === 'object' ? address?.port : 0
      expect((await sentences(`postgres://gate:hunter2@127.0.0.1:${port}/x`, 100)).sentence).toContain('no answer in time')
    } finally {
      silent.close()
    }
  })

  test('wrong password', async () => {
    // Speaks as PostgreSQL does when it does not know the password: an ErrorResponse with 28P01.
    const fields = 'SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user "gate"\0\0'
    const answer = Buffer.alloc(5 + fields.length)
    answer.write('E', 0)
    answer.writeInt32BE(4 + fields.length, 1)
    answer.write(fields, 5)
    const strict = createServer((socket) => socket.on('error', () => undefined).once('data', () => socket.end(answer)))
    await new Promise<void>((resolve) => strict.listen(0, '127.0.0.1', resolve))
    const address = strict.address()
    try {
      const port = typeof address === 'object' ? address?.port : 0
      const outcome = await sentences(`postgres://gate:hunter2@127.0.0.1:${port}/x`)
      expect(outcome).toMatchObject({ reason: 'wrong_login', sentence: expect.stringContaining('refuses the password') })
    } finally {
      strict.close()
    }
  })

  test('a database of another encoding', async () => {
    const name = `${inject('test_server').prefix}latin`
    const { admin } = inject('test_server')
    const { openPool } = await import('./pool.ts')
    const pool = openPool({ ...admin, max: 1 }, () => undefined)
    try {
      await pool.query(`create database ${name} encoding 'LATIN1' locale 'C' template template0`)
      expect((await sentences(urlOf({ database: name }))).sentence).toContain('LATIN1')
    } finally {
      await pool.query(`drop database if exists ${name} with (force)`)
      await pool.end()
    }
  })

  test('a user who may not create schemas', async () => {
    const { server, admin, owner } = inject('test_server')
    const outcome = await reachDatabase(urlOf({ database: admin.database ?? '' }))
    // A superuser of DATABASE_URL may everything.
    if (server.user !== admin.user)
      expect(outcome).toMatchObject({ reason: 'unsuitable_database', sentence: expect.stringContaining(owner) })
  })
})
