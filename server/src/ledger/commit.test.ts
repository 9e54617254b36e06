import type pg from 'pg'
import { afterAll, expect, test } from 'vitest'
import { openPool, type Pool } from '../db/pool.ts'
import { testDatabase } from '../testing/database.ts'
import { LedgerUnavailable } from './outcome.ts'
import { captureOf, grantOf, HOUR, holdOf, ledgerWorld, refundOf, START } from './testing.ts'

const database = await testDatabase()
const pools: Pool[] = []
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.end()))
  await database.drop()
})

type Fate = 'answer lost' | 'cut while committing' | 'cut before' | 'still in flight'

/**
 * A pool whose next commits meet the fates given, each on a connection that then is gone. One that is still in flight is
 * committed when the function that `adrift` resolves to is called.
 */
function unluckyPool(): { pool: Pool; fates: Fate[]; adrift: Promise<() => Promise<void>> } {
  const fates: Fate[] = []
  const adrift = Promise.withResolvers<() => Promise<void>>()
  const pool = openPool({ ...database.connection, max: 4 }, () => undefined)
  pools.push(pool)
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => Promise<pg.QueryResult>
    const cut = () => socketOf(client).destroy()
    const unlucky = async (...args: unknown[]) => {
      const fate = args[0] === 'commit' ? fates.shift() : undefined
      if (fate === undefined) return query(...args)
      if (fate === 'still in flight') {
        const end = client.end.bind(client) as () => Promise<void>
        Reflect.set(client, 'end', () => Promise.resolve())
        adrift.resolve(async () => {
          await query('commit')
          await end()
        })
        throw new Error('Connection terminated unexpectedly')
      }
      if (fate === 'answer lost') await query('commit')
      const pending = fate === 'cut while committing' ? query('commit') : null // sent, and cut before the answer
      cut()
      await pending?.catch(() => undefined)
      throw new Error('Connection terminated unexpectedly')
    }
    Reflect.set(client, 'query', unlucky)
  })
  return { pool, fates, adrift: adrift.promise }
}

function socketOf(client: pg.PoolClient): { destroy(): void } {
  const connection: unknown = Reflect.get(client, 'connection')
  if (typeof connection !== 'object' || connection === null) throw new Error('pg keeps its socket elsewhere now')
  return Reflect.get(connection, 'stream')
}

async function rowsOf(account: bigint): Promise<number> {
  const { rows } = await database.pool.query<{ count: bigint }>('select count(*) from ledger.journal where account_id = $1', [account])
  return Number(rows[0]?.count)
}

test.each<Fate>(['answer lost', 'cut while committing', 'cut before'])(
  'case 37: a commit with fate "%s" happens exactly once and is answered as ours',
  async (fate) => {
    const { pool, fates } = unluckyPool()
    const world = ledgerWorld(pool)
    const { id, owner } = await world.account()
    const hold = holdOf(id, 3n)
    const capture = captureOf(hold, 2n)
    const refund = refundOf(hold, 1n, 'r')
    const grant = grantOf(id, 10n)
    for (const operation of [grant, hold, capture, refund]) {
      fates.push(fate)
      expect(await world.ledger.commit(operation)).toMatchObject({ outcome: 'committed', replayed: false })
      expect(fates).toEqual([])
      expect(world.events.splice(0).map((event) => event.event)).toEqual(['commit_lost', 'retried'])
      expect(await world.ledger.commit(operation)).toMatchObject({ outcome: 'committed', replayed: true })
    }
    expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 9n, held: 0n, spent: 1n })
    expect(await rowsOf(id)).toBe(4)
    expect((await world.ledger.audit({ full: true })).ok).toBe(true)
  },
)

test('case 37: riders of an operation whose answer was lost are written once', async () => {
  const { pool, fates } = unluckyPool()
  await database.pool.query('create table ridden (op uuid)')
  const world = ledgerWorld(pool)
  const { id } = await world.account()
  world.riders.register({
    kind: 'ridden',
    stage: 'row',
    async run(tx, rows) {
      await tx.query('insert into ridden select unnest($1::uuid[])', [rows.map((one) => one.op)])
      return new Set(rows.map((one) => one.op))
    },
  })
  fates.push('cut before', 'cut before', 'answer lost')
  expect(await world.ledger.commit(grantOf(id, 10n), [{ kind: 'ridden', row: {} }])).toMatchObject({
    outcome: 'committed',
    replayed: false,
  })
  expect((await database.pool.query('select * from ridden')).rows).toHaveLength(1)
  expect(await rowsOf(id)).toBe(1)
})

test('after a lost commit the account is locked before anything is looked up: a transaction that is still ending decides the answer', async () => {
  const { pool, fates, adrift } = unluckyPool()
  const world = ledgerWorld(pool)
  const { id } = await world.account()
  await world.ledger.commit(grantOf(id, 10n, { expires_at: START + HOUR }))
  fates.push('still in flight')
  let settled = false
  const committing = world.ledger.commit(holdOf(id, 10n)).finally(() => {
    settled = true
  })
  // Whoever looks without the lock sees no hold, and a grant that has expired: "insufficient" for what was held.
  const moved = adrift.then(() => {
    world.now = START + HOUR
  })
  await moved
  const { pool: watch } = database
  const waiting = async () =>
    (await watch.query("select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")).rows.length > 0
  while (!settled && !(await waiting()));
  const end = await adrift
  await end()
  expect(await committing).toMatchObject({ outcome: 'committed', replayed: false, entry: { kind: 'hold', amount: 10n } })
})

test.each([
  ['a deadlock', "do $$ begin raise exception 'x' using errcode = '40P01'; end $$"],
  ['a serialization failure', "do $$ begin raise exception 'x' using errcode = '40001'; end $$"],
  ['a statement timeout', "do $$ begin raise exception 'x' using errcode = '57014'; end $$"],
  ['a killed connection', 'select pg_terminate_backend(pg_backend_pid())'],
])('case 42: %s before the commit is retried, not answered', async (_what, trouble) => {
  const { pool } = unluckyPool()
  const world = ledgerWorld(pool)
  const { id } = await world.account()
  let troubles = 2
  world.riders.register({
    kind: 'trouble',
    stage: 'job',
    async run(tx, rows) {
      if (troubles-- > 0) await tx.query(trouble)
      return new Set(rows.map((one) => one.op))
    },
  })
  expect(await world.ledger.commit(grantOf(id, 10n), [{ kind: 'trouble', row: {} }])).toMatchObject({
    outcome: 'committed',
    replayed: false,
  })
  expect(world.events.map((event) => event.event)).toEqual(['retried', 'retried'])
  expect(await rowsOf(id)).toBe(1)
})

test('an error of a rider is thrown as it is, and nothing moved', async () => {
  const { pool } = unluckyPool()
  const world = ledgerWorld(pool)
  const { id } = await world.account()
  world.riders.register({ kind: 'defect', stage: 'job', run: () => Promise.reject(new Error('a defect')) })
  world.riders.register({
    kind: 'swallows',
    stage: 'job',
    async run(tx, rows) {
      await tx.query('select 1 / 0').catch(() => undefined)
      return new Set(rows.map((one) => one.op))
    },
  })
  for (const kind of ['defect', 'swallows']) await expect(world.ledger.commit(grantOf(id, 10n), [{ kind, row: {} }])).rejects.toThrow()
  expect(await rowsOf(id)).toBe(0)
})

test('a database that does not answer is LedgerUnavailable; after a commit was under way it says that the outcome is unknown', async () => {
  const nowhere = openPool({ host: '/nonexistent', connectionTimeoutMillis: 200 }, () => undefined)
  pools.push(nowhere)
  const away = ledgerWorld(nowhere, 50)
  await expect(away.ledger.commit(grantOf(1n, 10n))).rejects.toMatchObject({ name: 'LedgerUnavailable', commit_unknown: false })

  const { pool, fates } = unluckyPool()
  const world = ledgerWorld(pool, 0)
  const { id } = await world.account()
  const grant = grantOf(id, 10n)
  fates.push('answer lost')
  const error: unknown = await world.ledger.commit(grant).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(LedgerUnavailable)
  expect(error).toMatchObject({ commit_unknown: true })
  expect(await world.ledger.commit(grant)).toMatchObject({ outcome: 'committed', replayed: true })
})
