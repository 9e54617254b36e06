import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MIGRATIONS_FOLDER, migrate } from '../db/migrate.ts'
import { SHIPPED_PLANS } from '../domain/plans.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { storedPlan } from './queries.ts'

const LAST_BEFORE = '0023_ledger_window.sql'
let database: TestDatabase
let folder: string
beforeAll(async () => {
  database = await testDatabase()
  folder = await mkdtemp(join(tmpdir(), 'filmgate-migrations-'))
})
afterAll(async () => {
  await database.drop()
  await rm(folder, { recursive: true })
})

test('months that were paid before payments had rows of their own are payments still, each once', async () => {
  const { pool } = database
  const { rows: schemas } = await pool.query<{ name: string }>(
    `select nspname as name from pg_namespace where nspname !~ '^pg_' and nspname not in ('information_schema', 'public')`,
  )
  for (const { name } of schemas) await pool.query(`drop schema ${name} cascade`)
  for (const file of await readdir(MIGRATIONS_FOLDER)) {
    if (file <= LAST_BEFORE) await copyFile(join(MIGRATIONS_FOLDER, file), join(folder, file))
  }
  expect(await migrate(pool, folder, 1)).toMatchObject({ outcome: 'migrated' })
  const plus = SHIPPED_PLANS.find(({ id }) => id === 'plus')
  if (!plus) throw new Error('there is no plan Plus')
  const { grace_days: _, credits_a_day: __, ...as_it_was } = storedPlan(plus)
  await pool.query(`insert into plans.subscriptions (id, customer, plan, started_ms) values ('sub_1', 'cus_1', $1, 5)`, [as_it_was])
  await pool.query(
    `insert into plans.payments (subscription, month, amount_micro, method, reference, at_ms)
     values ('sub_1', 0, 20000000, 'manual', 'in_1', 5), ('sub_1', 1, 20000000, 'manual', null, 6)`,
  )
  expect(await migrate(pool, MIGRATIONS_FOLDER, 2)).toMatchObject({ outcome: 'migrated' })
  const { rows } = await pool.query(
    `select customer, kind, state, month, product->>'id' as plan, reference, settled_ms::int from plans.payments order by month`,
  )
  const payment = { customer: 'cus_1', kind: 'month', state: 'paid', plan: 'plus' }
  expect(rows).toEqual([
    { ...payment, month: 0, reference: 'in_1', settled_ms: 5 },
    { ...payment, month: 1, reference: null, settled_ms: 6 },
  ])
})
