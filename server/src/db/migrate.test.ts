import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { MIGRATIONS_FOLDER, migrate } from './migrate.ts'
import { openPool, type Pool } from './pool.ts'

const NOW = 1_790_000_000_000
let database: TestDatabase
let folder: string

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

beforeEach(async () => {
  // These tests have migrations of their own; what the template or the test before brought is of no interest.
  await database.pool.query('drop schema if exists db, public cascade; create schema public')
  folder = await mkdtemp(join(tmpdir(), 'filmgate-migrations-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

const file = (name: string, sql: string) => writeFile(join(folder, name), sql)
const names = async (pool: Pool) =>
  (await pool.query<{ name: string }>('select name from db.migrations order by name')).rows.map((row) => row.name)

test('a folder without migrations is a finished database', async () => {
  expect(await migrate(database.pool, folder, NOW)).toEqual({ outcome: 'migrated', applied: [] })
})

test('migrations are applied in order, once, and recorded with hash and time', async () => {
  await file('0002_second.sql', 'alter table public.first_of_two add b int')
  await file('0001_first.sql', 'create table public.first_of_two (a int); insert into public.first_of_two values (1)')
  expect(await migrate(database.pool, folder, NOW)).toEqual({ outcome: 'migrated', applied: ['0001_first', '0002_second'] })
  expect(await migrate(database.pool, folder, NOW + 1)).toEqual({ outcome: 'migrated', applied: [] })
  const { rows } = await database.pool.query('select name, length(sha256) as bytes, applied_ms from db.migrations order by name')
  expect(rows).toEqual([
    { name: '0001_first', bytes: 64, applied_ms: BigInt(NOW) },
    { name: '0002_second', bytes: 64, applied_ms: BigInt(NOW) },
  ])
})

test('of concurrent callers one applies, the others wait and find it done', async () => {
  await file('0001_slow.sql', 'create table public.made_once (a int); select pg_sleep(0.2)')
  await file('0002_next.sql', 'insert into public.made_once values (1)')
  const pools = [1, 2, 3].map(() => openPool(database.connection, () => undefined))
  try {
    const outcomes = await Promise.all(pools.map((pool) => migrate(pool, folder, NOW)))
    expect(outcomes.map((outcome) => (outcome.outcome === 'migrated' ? outcome.applied.length : outcome.sentence)).sort()).toEqual([
      0, 0, 2,
    ])
    expect((await database.pool.query('select count(*)::int as n from public.made_once')).rows).toEqual([{ n: 1 }])
  } finally {
    await Promise.all(pools.map((pool) => pool.end()))
  }
})

test('a database of a newer version is refused and left alone', async () => {
  await file('0001_first.sql', 'create table public.kept (a int)')
  await file('0002_newer.sql', 'select 1')
  await migrate(database.pool, folder, NOW)
  await rm(join(folder, '0002_newer.sql'))
  const outcome = await migrate(database.pool, folder, NOW)
  expect(outcome).toMatchObject({ outcome: 'refused', reason: 'newer_database', sentence: expect.stringContaining('0002_newer') })
  expect(await names(database.pool)).toEqual(['0001_first', '0002_newer'])
})

test('a changed file is refused; other line ends are no change', async () => {
  await file('0001_first.sql', 'select 1;\nselect 2;\n')
  await migrate(database.pool, folder, NOW)
  await file('0001_first.sql', 'select 1;\r\nselect 2;\r\n')
  expect(await migrate(database.pool, folder, NOW)).toMatchObject({ outcome: 'migrated' })
  await file('0001_first.sql', 'select 3')
  expect(await migrate(database.pool, folder, NOW)).toMatchObject({ outcome: 'refused', reason: 'changed_migration' })
})

test('a migration that comes before an applied one is refused', async () => {
  await file('0002_second.sql', 'select 1')
  await migrate(database.pool, folder, NOW)
  await file('0001_late.sql', 'select 1')
  expect(await migrate(database.pool, folder, NOW)).toMatchObject({ outcome: 'refused', reason: 'changed_migration' })
})

test('a migration that fails leaves nothing of itself, and does not block the next try', async () => {
  await file('0001_first.sql', 'create table public.whole (a int)')
  await file('0002_half.sql', 'create table public.half (a int); select 1/0')
  await expect(migrate(database.pool, folder, NOW)).rejects.toThrow('migration 0002_half failed: division by zero')
  expect((await database.pool.query(`select to_regclass('public.half') as half`)).rows).toEqual([{ half: null }])
  await file('0002_half.sql', 'create table public.half (a int)')
  expect(await migrate(database.pool, folder, NOW)).toEqual({ outcome: 'migrated', applied: ['0002_half'] })
})

test('names that would not sort are a defect of the build', async () => {
  await file('12_short.sql', 'select 1')
  await expect(migrate(database.pool, folder, NOW)).rejects.toThrow('12_short.sql')
  await rm(join(folder, '12_short.sql'))
  await mkdir(join(folder, 'notes'))
  await file('0001_a.sql', 'select 1')
  await file('0001_b.sql', 'select 1')
  await expect(migrate(database.pool, folder, NOW)).rejects.toThrow('two migrations are numbered 0001')
})

test("the template has this version's migrations", async () => {
  const fresh = await testDatabase()
  try {
    expect(await migrate(fresh.pool, MIGRATIONS_FOLDER, NOW)).toEqual({ outcome: 'migrated', applied: [] })
  } finally {
    await fresh.drop()
  }
})
