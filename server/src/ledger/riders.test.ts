import { afterAll, expect, test } from 'vitest'
import { allOrNone } from '../db/all-or-none.ts'
import type { Tx } from '../db/pool.ts'
import { expectClean } from '../testing/clean-ledger.ts'
import { testDatabase } from '../testing/database.ts'
import { meddlingPool } from '../testing/meddling-pool.ts'
import type { OpId, Rider } from './operation.ts'
import type { RiderRow } from './riders.ts'
import { freshId, grantOf, holdOf, ledgerWorld } from './testing.ts'
import { READ_ONLY } from './transaction-queries.ts'

// Riders whose answers nobody waits for before the commit. They know nothing of pipes.

const database = await testDatabase()
const { pool } = database
afterAll(() => database.drop())

/**
 * Riders that nobody's answer is waited for: rows written before the journal, refused where they are negative, and rows written a while behind it.
 * @param late what the latter do before they send anything
 */
async function strangers(
  world: ReturnType<typeof ledgerWorld>,
  table: string,
  late: () => Promise<unknown> | unknown = () => undefined,
): Promise<(n: unknown) => Rider[]> {
  await pool.query(`create table ${table} (op uuid, kind text, n int)`)
  const insert = (kind: string) => async (tx: Tx, rows: readonly RiderRow[], asked: 'all' | 'any') => {
    if (kind === 'late') await late()
    for (let hops = 0; kind === 'late' && hops < 20; hops += 1) await Promise.resolve()
    const text = `with rode as (insert into ${table} select * from unnest($1::uuid[], $2::text[], $3::int[]) as r (op, kind, n) where n >= 0 returning op)
                  ${allOrNone(['op'], 'rode', '$4')}`
    const columns = [rows.map(({ op }) => op), rows.map(() => kind), rows.map(({ row }) => row.n)]
    const rode = await tx.query<{ op: OpId }>(text, [...columns, asked === 'all' ? rows.length : null])
    return new Set(rode.rows.map(({ op }) => op))
  }
  world.riders.register({ kind: 'early', stage: 'guard', at_once: true, refuses: () => true, run: insert('early') })
  world.riders.register({ kind: 'late', stage: 'job', refuses: () => true, run: insert('late') })
  return (n) => ['early', 'late'].map((kind) => ({ kind, row: { n } }))
}

test('of transactions of strangers that follow each other, one that does not begin leaves nothing of theirs', async () => {
  let begun = 0
  const lame = meddlingPool(pool, (statement) => {
    if (typeof statement !== 'string' || !statement.includes('filmgate.batch =')) return undefined
    begun += 1
    return begun % 3 === 0 ? Promise.reject(new Error('canceled')) : undefined
  })
  const world = ledgerWorld(lame)
  const riding = await strangers(world, 'unbegun')
  const accounts = await Promise.all([world.account(), world.account(), world.account()])
  for (const { id } of accounts) await world.ledger.commit(grantOf(id, 10_000n))
  const orders = Array.from({ length: 1_500 }, (_, n) => world.ledger.commit(holdOf(accounts[n % 3]?.id ?? 0n, 1n), riding(n)))
  const answers = await Promise.all(orders)
  expect(begun).toBeGreaterThan(6)
  expect(answers.every(({ outcome }) => outcome === 'committed')).toBe(true)
  const { rows } = await pool.query('select kind, count(*)::int, count(distinct n)::int as of from unbegun group by kind order by kind')
  expect(rows).toEqual(['early', 'late'].map((kind) => ({ kind, count: 1_500, of: 1_500 })))
  const writable = await Promise.all(Array.from({ length: 4 }, () => pool.query('create temporary table writable ()')))
  expect(writable).toHaveLength(4) // connections come back as they were
  await expectClean(world)
})

test('a guard that fails where nobody waits for its answer takes back all of its batch, and fails alone', async () => {
  const world = ledgerWorld(pool)
  const riding = await strangers(world, 'refused')
  const { id, owner } = await world.account()
  await world.ledger.commit(grantOf(id, 10_000n))
  const answers = await Promise.all(
    Array.from({ length: 600 }, (_, n) => world.ledger.commit(holdOf(id, 1n), riding(n % 200 === 7 ? -n : n))),
  )
  const failed = answers.map(({ outcome }, n) => (outcome === 'committed' ? null : { n, outcome })).filter((one) => one !== null)
  expect(failed).toEqual([7, 207, 407].map((n) => ({ n, outcome: 'guard_failed' })))
  expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 9_403n, held: 597n })
  const { rows } = await pool.query('select kind, count(*)::int, count(distinct n)::int as of from refused group by kind order by kind')
  expect(rows).toEqual(['early', 'late'].map((kind) => ({ kind, count: 597, of: 597 })))
  await expectClean(world)
})

test('where neither the transaction begins nor the connection can be made read-only, nothing of strangers is left either', async () => {
  let refused = 0
  const lame = meddlingPool(pool, (statement, go) => {
    const fails = typeof statement === 'string' && (statement.includes('filmgate.batch =') || statement === READ_ONLY)
    return fails && refused++ < 2 ? go("do $$ begin raise exception 'canceled' using errcode = '57014'; end $$") : undefined
  })
  const world = ledgerWorld(lame)
  const riding = await strangers(world, 'unrestricted')
  const { id, owner } = await world.account()
  await world.ledger.commit(grantOf(id, 10n))
  refused = 0
  expect(await world.ledger.commit(holdOf(id, 1n), riding(1))).toMatchObject({ outcome: 'committed' })
  expect(refused).toBeGreaterThanOrEqual(2)
  expect((await pool.query('select kind from unrestricted order by kind')).rows).toEqual([{ kind: 'early' }, { kind: 'late' }])
  expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 9n, held: 1n })
  await expectClean(world)
})

test.each([
  { what: 'that cannot be written down', n: { toPostgres: () => expect.unreachable() } },
  { what: 'whose module fails', n: 1, late: () => Promise.reject(new Error('no queue')) },
])('a rider $what fails on our side alone, and its operation is not committed without it', async ({ n, late }) => {
  const world = ledgerWorld(pool)
  const riding = await strangers(world, `lame_${freshId().replaceAll('-', '_')}`, late)
  const { id, owner } = await world.account()
  await world.ledger.commit(grantOf(id, 10n))
  for (const remembered of [false, true]) {
    if (remembered) await world.ledger.commit(holdOf(id, 0n))
    await expect(world.ledger.commit(holdOf(id, 1n), riding(n))).rejects.toThrow()
  }
  expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 10n, held: 0n })
  await expectClean(world)
})

test('a statement that fails while another is not yet sent is heard of: its batch fails, and not the process', async () => {
  const world = ledgerWorld(pool)
  const riding = await strangers(world, 'slow', async () => {
    for (let asks = 0; asks < 50; asks += 1) await pool.query('select') // until all that was sent has been answered
  })
  const { id, owner } = await world.account()
  await world.ledger.commit(grantOf(id, 10n))
  expect(await world.ledger.commit(holdOf(id, 1n), riding(-1))).toMatchObject({ outcome: 'guard_failed' })
  expect(await world.ledger.commit(holdOf(id, 1n), riding(1))).toMatchObject({ outcome: 'committed' })
  expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 9n, held: 1n })
  await expectClean(world)
})
