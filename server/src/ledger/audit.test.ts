import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Pool } from '../db/pool.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { readRowsAfter } from './audit-queries.ts'
import { entryKind, unpackLegs } from './journal.ts'
import { INVARIANTS, imbalance } from './replay.ts'
import { rowOf } from './rows.ts'
import { captureOf, grantOf, HOUR, holdOf, type LedgerWorld, ledgerWorld, refundOf, releaseOf, START } from './testing.ts'

const databases: TestDatabase[] = []
afterAll(() => Promise.all(databases.map((database) => database.drop())))

async function fresh(): Promise<{ pool: Pool; world: LedgerWorld }> {
  const database = await testDatabase()
  databases.push(database)
  return { pool: database.pool, world: ledgerWorld(database.pool) }
}

/** A little history with every kind of row. */
async function history(world: LedgerWorld) {
  world.now = START
  const account = await world.account()
  await world.ledger.commit(grantOf(account.id, 10n, { expires_at: START + HOUR }))
  await world.ledger.commit(grantOf(account.id, 20n, { models: ['sora-2'], cost_micro: 7n }))
  const [captured, released, open] = [holdOf(account.id, 12n), holdOf(account.id, 6n), holdOf(account.id, 5n)]
  await world.ledger.commit(captured)
  await world.ledger.commit(released)
  await world.ledger.commit(open)
  await world.ledger.commit(holdOf(account.id, 1n, { purpose: 'service', expires_at: START + 5 * HOUR }))
  world.now += 2 * HOUR
  await world.ledger.commit(captureOf(captured, 11n))
  await world.ledger.commit(releaseOf(released))
  await world.ledger.commit(refundOf(captured, 3n, 'r'))
  return { ...account, captured, released, open }
}

/** Runs SQL that the ledger's own guards would refuse, as somebody with all rights and bad intentions might. */
async function tamper(pool: Pool, statement: string, values: unknown[] = []): Promise<void> {
  const guarded = ['journal', 'grants']
  for (const table of guarded) {
    await pool.query(`grant update, delete on ledger.${table} to current_user`)
    await pool.query(`alter table ledger.${table} disable trigger append_only`)
  }
  await pool.query(statement, values)
}

const failed = (audit: Awaited<ReturnType<LedgerWorld['ledger']['audit']>>) =>
  audit.checks.filter((check) => !check.ok).map(({ name, detail }) => `${name}: ${detail}`)

let clean: Awaited<ReturnType<typeof fresh>>
beforeAll(async () => {
  clean = await fresh()
})

test('an honest ledger passes, whole and in parts, and reports every check by name', async () => {
  const { world } = clean
  await history(world)
  for (const full of [false, true, false]) {
    const audit = await world.ledger.audit({ full })
    expect(failed(audit)).toEqual([])
    expect(audit).toMatchObject({ ok: true, through: world.now })
    expect(audit.checks).toHaveLength(Object.keys(INVARIANTS).length)
  }
  await history(world)
  const next = await world.ledger.audit({ full: false })
  expect(next.ok).toBe(true)
  expect(next.checks[0]?.detail).toContain('of 1 accounts since the last audit')
})

test('case 52: over all accounts, granted = available + held + spent + expired, per grant kind', async () => {
  const { world, pool } = await fresh()
  await history(world)
  await history(world)
  const { rows } = await pool.query(
    `with moved as (
       select g.kind, sum(l.credits) filter (where l.move = 1) as issued,
              sum(l.credits * case l.move when 1 then 1 when 4 then 1 when 7 then 1 when 2 then -1 when 6 then -1 else 0 end) as available,
              sum(l.credits * case l.move when 2 then 1 when 3 then -1 when 4 then -1 when 5 then -1 else 0 end) as held,
              sum(l.credits * case l.move when 3 then 1 when 7 then -1 when 8 then -1 else 0 end) as spent,
              sum(l.credits * case when l.move in (5, 6, 8) then 1 else 0 end) as expired
         from ledger.journal j
        cross join lateral (select j.legs[i] as no, j.legs[i + 1] as move, j.legs[i + 2] as credits
                              from generate_series(1, cardinality(j.legs), 3) i) l
         join ledger.grants g on g.account_id = j.account_id and g.no = l.no group by g.kind)
     select kind, issued - available - held - spent - expired as missing,
            (select sum(amount) from ledger.grants x where x.kind = moved.kind) - issued as unissued from moved`,
  )
  expect(rows).toEqual([{ kind: 3, missing: '0', unissued: '0' }])
})

const EDITS: readonly { what: string; sql: string; names: string }[] = [
  {
    what: 'more credits in a grant row',
    sql: `update ledger.journal set amount = 11, change = 11, legs[3] = 11, available_after = 11 where account_id = $1 and ver = 1`,
    names: 'ver 2',
  },
  {
    what: 'a running balance',
    sql: `update ledger.journal set available_after = available_after + 1 where account_id = $1 and ver = 3`,
    names: 'ver 3',
  },
  {
    what: 'a capture made smaller',
    sql: `update ledger.journal set legs[3] = legs[3] - 1, amount = amount - 1 where account_id = $1 and kind = 3`,
    names: 'capture',
  },
  { what: 'a time', sql: `update ledger.journal set at_ms = at_ms + 100000000 where account_id = $1 and ver = 2`, names: 'ver 3' },
  { what: 'a row taken out', sql: `delete from ledger.journal where account_id = $1 and ver = 4`, names: 'ver 5' },
  { what: 'slots', sql: `update ledger.accounts set slots[6] = slots[6] + 1 where id = $1`, names: 'account' },
  { what: 'spent', sql: `update ledger.accounts set spent = spent - 1 where id = $1`, names: 'account' },
  { what: 'an expiry', sql: `update ledger.grants set expires_ms = 1 where account_id = $1 and no = 2`, names: 'account' },
  { what: 'a forgotten open hold', sql: `delete from ledger.open_holds where account_id = $1`, names: 'account' },
]

test.each(EDITS)('a full audit names the row when somebody edits $what by hand', async ({ sql, names }) => {
  const { world, pool } = await fresh()
  await history(world)
  const { id } = await history(world)
  expect((await world.ledger.audit({ full: true })).ok).toBe(true)
  const { rows } = await pool.query<{ op_id: string; seq: number; ver: bigint; kind: number }>(
    'select op_id, seq, ver, kind from ledger.journal where account_id = $1',
    [id],
  )
  const row = names === 'capture' ? rows.find((one) => one.kind === 3) : rows.find((one) => `ver ${one.ver}` === names)
  await tamper(pool, sql, [id])
  const audit = await world.ledger.audit({ full: true })
  expect(audit.ok).toBe(false)
  expect(failed(audit).join('\n')).toContain(row ? `account ${id}, journal row (${row.op_id}, ${row.seq})` : `account ${id}`)
  expect(failed(audit).join('\n')).not.toContain('account 1,')
})

test('an incremental audit finds an account row that was edited although no operation touched it', async () => {
  const { world, pool } = await fresh()
  const { id } = await history(world)
  expect((await world.ledger.audit({ full: false })).ok).toBe(true)
  await pool.query('update ledger.accounts set slots[6] = slots[6] + 1 where id = $1', [id])
  for (let again = 0; again < 2; again++) {
    const audit = await world.ledger.audit({ full: false }) // and goes on finding it: no checkpoint is made from a wrong account
    expect(failed(audit).join('\n')).toContain(`replay: account ${id}: its slots are`)
  }
})

test('an incremental audit goes on from the checkpoint: holds from before it are finished after it', async () => {
  const { world } = await fresh()
  const { id, open, captured } = await history(world)
  await world.ledger.audit({ full: false })
  await world.ledger.commit(captureOf(open, 2n))
  await world.ledger.commit(refundOf(captured, 4n, 's'))
  await world.ledger.commit(grantOf(id, 1n))
  world.now += 30 * HOUR
  await world.ledger.sweep(world.now)
  expect(failed(await world.ledger.audit({ full: false }))).toEqual([])
  expect(failed(await world.ledger.audit({ full: true }))).toEqual([])
})

test('an audit beside running operations sees one snapshot', async () => {
  const { world } = await fresh()
  const { id } = await history(world)
  const working = Promise.all(Array.from({ length: 60 }, () => world.ledger.commit(holdOf(id, 0n))))
  for (let i = 0; i < 5; i++) expect(failed(await world.ledger.audit({ full: i % 2 === 0 }))).toEqual([])
  await working
})

test('the database and the audit judge the same rows as balanced: every kind with every single leg', async () => {
  const { pool } = await fresh()
  const { rows } = await pool.query<{ kind: number; amount: bigint; change: bigint; move: bigint; credits: bigint; balanced: boolean }>(
    `select kind, amount, change, move, credits, ledger.balanced(kind::smallint, amount, change, array[1, move, credits]) as balanced
       from generate_series(1, 7) kind, unnest(array[0, 2, 5]::bigint[]) amount, generate_series(-5::bigint, 5, 5) change,
            generate_series(1::bigint, 8) move, unnest(array[0, 2, 5]::bigint[]) credits`,
  )
  const { world } = clean
  const { id } = await history(world)
  const [stored] = await readRowsAfter(clean.pool, [{ account: id, ver: 0n }], 1)
  if (!stored) throw new Error('there is no row')
  const row = rowOf(stored)
  const judged = rows.map((one) => {
    const legs = unpackLegs([1n, one.move, one.credits])
    return imbalance({ ...row, kind: entryKind(one.kind), amount: one.amount, change: one.change, legs }) === null
  })
  expect(judged).toEqual(rows.map((one) => one.balanced))
  expect(judged.filter((one) => one).length).toBeGreaterThan(5)
})
