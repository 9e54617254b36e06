import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPool, type Pool, type Tx } from '../db/pool.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { seal } from './seal.ts'
import { auditChain } from './seal-audit.ts'
import { cut, joined, rowCount } from './spans.ts'
import { captureOf, freshId, grantOf, HOUR, holdOf, type LedgerWorld, ledgerWorld, refundOf, releaseOf, START } from './testing.ts'

const databases: TestDatabase[] = []
const pools: Pool[] = []
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.end()))
  await Promise.all(databases.map((database) => database.drop()))
})

/** A ledger, and another process's on the same database. */
async function fresh() {
  const database = await testDatabase()
  databases.push(database)
  const other_pool = openPool(database.connection, () => undefined)
  pools.push(other_pool)
  return { pool: database.pool, world: ledgerWorld(database.pool), other: ledgerWorld(other_pool) }
}

async function history(world: LedgerWorld) {
  const account = await world.account()
  await world.ledger.commit(grantOf(account.id, 10n, { expires_at: START + HOUR, reason: 'hello, "you"' }))
  await world.ledger.commit(grantOf(account.id, 20n, { models: ['sora-2'], cost_micro: 7n }))
  const [captured, released] = [holdOf(account.id, 12n), holdOf(account.id, 6n, { purpose: 'service', expires_at: START + 5 * HOUR })]
  await world.ledger.commit(captured)
  await world.ledger.commit(released)
  await world.ledger.commit(captureOf(captured, 11n))
  await world.ledger.commit(releaseOf(released))
  await world.ledger.commit(refundOf(captured, 3n, 'r'))
  return { ...account, captured }
}

/** Somebody with all rights: no guard of ours stands in the way. */
async function tamper(pool: Pool, statement: string, values: unknown[] = []): Promise<void> {
  for (const table of ['journal', 'seals', 'earnings']) {
    await pool.query(`grant update, delete on ledger.${table} to current_user`)
    await pool.query(`alter table ledger.${table} disable trigger append_only`)
  }
  const { rows } = await pool.query<{ name: string }>(
    `select conname as name from pg_constraint where conrelid = 'ledger.journal'::regclass and contype = 'c'`,
  )
  for (const { name } of rows) await pool.query(`alter table ledger.journal drop constraint ${name}`)
  await pool.query(statement, values)
}

async function sealedCheck(world: LedgerWorld, full: boolean) {
  const check = (await world.ledger.audit({ full })).checks.find(({ name }) => name === 'sealed')
  return check ?? { ok: false, detail: 'there is no such check' }
}

/** How often each journal row is under a seal. */
async function seals(pool: Pool) {
  const { rows } = await pool.query<{ sealed: string; rows: string }>(
    `with spans as (select s.spans[i] as account_id, s.spans[i + 1] as first, s.spans[i + 2] as last
                      from ledger.seals s cross join lateral generate_series(1, cardinality(s.spans), 3) i)
     select n.sealed::text as sealed, count(*)::text as rows from ledger.journal j
      cross join lateral (select count(*) as sealed from spans s where s.account_id = j.account_id and j.ver between s.first and s.last) n
      group by 1 order by 1`,
  )
  return rows
}

let clean: Awaited<ReturnType<typeof fresh>>
beforeAll(async () => {
  clean = await fresh()
})

test('every row of two busy processes is sealed exactly once, although both seal all the time', async () => {
  const { pool, world, other } = await fresh()
  const accounts = await Promise.all(Array.from({ length: 5 }, () => world.account()))
  const work = [world, other].flatMap((one) =>
    accounts.map(async ({ id }) => {
      for (let i = 0; i < 20; i++) await one.ledger.commit(grantOf(id, 1n))
    }),
  )
  let busy = true
  const sealing = [world, other].map(async (one) => {
    while (busy) await one.ledger.seal(one.now)
  })
  await Promise.all(work)
  busy = false
  await Promise.all(sealing)
  await world.ledger.seal(world.now)
  expect(await seals(pool)).toEqual([{ sealed: '1', rows: '200' }])
  expect(await sealedCheck(world, true)).toMatchObject({ ok: true })
  expect((await pool.query('select 1 from ledger.unsealed')).rowCount).toBe(0)
})

test('a transaction that commits late is sealed after later ones were, once', async () => {
  const { pool, world, other } = await fresh()
  const [late, early] = [await world.account(), await world.account()]
  const written = Promise.withResolvers<void>()
  const go_on = Promise.withResolvers<void>()
  world.riders.register({
    kind: 'slow',
    stage: 'job',
    async run(_tx, rows) {
      written.resolve()
      await go_on.promise
      return new Set(rows.map(({ op }) => op))
    },
  })
  const slow = world.ledger.commit(grantOf(late.id, 1n), [{ kind: 'slow', row: {} }])
  await written.promise // its rows and its note are written, with the smaller id, and nobody sees them
  await other.ledger.commit(grantOf(early.id, 1n))
  expect(await other.ledger.seal(other.now)).toEqual({ seals: 1, rows: 1n })
  go_on.resolve()
  await slow
  expect(await other.ledger.seal(other.now)).toEqual({ seals: 1, rows: 1n })
  expect(await seals(pool)).toEqual([{ sealed: '1', rows: '2' }])
  expect(await sealedCheck(world, true)).toMatchObject({ ok: true })
})

test('rows that are not sealed yet are no finding, and what is sealed later needs no full audit', async () => {
  const { world } = await fresh()
  await history(world)
  expect((await sealedCheck(world, false)).detail).toContain('0 rows under seals looked at, 7 wait for theirs')
  await world.ledger.seal(world.now)
  expect((await sealedCheck(world, false)).detail).toContain('7 rows under seals looked at, 0 wait for theirs; seal 1 has the hash ')
  expect((await sealedCheck(world, false)).detail).toContain('0 rows under seals looked at')
})

test('a note of more rows than a seal takes is sealed in parts', () => {
  const spans = [
    { account: 1n, first: 3n, last: 7n },
    { account: 2n, first: 1n, last: 1n },
  ]
  for (let rows = 1n; rows <= 7n; rows++) {
    const [front, rest] = cut(spans, rows)
    expect(rowCount(front)).toBe(rows < 6n ? rows : 6n)
    expect(joined([...rest, ...front])).toEqual(spans)
  }
  expect(cut(spans, 2n)).toEqual([
    [{ account: 1n, first: 3n, last: 4n }],
    [
      { account: 1n, first: 5n, last: 7n },
      { account: 2n, first: 1n, last: 1n },
    ],
  ])
})

test('a long history that was never sealed becomes several seals', async () => {
  const { pool, world } = await fresh()
  const { id } = await world.account()
  await pool.query(
    `with made as (
       insert into ledger.journal (op_id, seq, account_id, ver, kind, amount, change, available_after, at_ms, legs)
       select gen_random_uuid(), 0, $1, i, 1, 1, 1, i, 0, array[i, 1, 1]::bigint[] from generate_series(1, 45000) i),
     noted as (insert into ledger.unsealed (spans) values (array[$1, 1, 45000]))
     update ledger.accounts set ver = 45000 where id = $1`,
    [id],
  )
  expect(await world.ledger.seal(world.now)).toEqual({ seals: 3, rows: 45_000n })
  expect(await seals(pool)).toEqual([{ sealed: '1', rows: '45000' }])
  expect((await pool.query('select 1 from ledger.unsealed')).rowCount).toBe(0)
  expect((await auditChain(pool, true)).findings).toEqual([])
})

test('where a seal of many rows takes too long it is made of fewer, until it fits', async () => {
  const { pool, world } = await fresh()
  const { id } = await world.account()
  for (let i = 0; i < 40; i++) await world.ledger.commit(grantOf(id, 1n))
  const tried: bigint[] = []
  const sealed = await seal({ pool, patience_ms: 0, on_event: (event) => world.events.push(event) }, world.now, async (tx, spans) => {
    tried.push(rowCount(spans))
    if (rowCount(spans) > 15n) await tx.query("set local statement_timeout = '1ms'; select pg_sleep(60)")
  })
  expect(tried).toEqual([40n, 20n, 10n, 10n, 10n, 10n])
  expect(sealed).toEqual({ seals: 4, rows: 40n })
  expect(await seals(pool)).toEqual([{ sealed: '1', rows: '40' }])
  expect((await auditChain(pool, true)).findings).toEqual([])
  expect(await seal({ pool, patience_ms: 0, on_event: () => undefined }, world.now, async () => undefined)).toEqual({ seals: 0, rows: 0n })
})

test('one row that takes too long is a fault, and stays unsealed', async () => {
  const { pool, world } = await fresh()
  await world.ledger.commit(grantOf((await world.account()).id, 1n))
  const slow = async (tx: Tx) => {
    await tx.query("set local statement_timeout = '1ms'; select pg_sleep(60)")
  }
  await expect(seal({ pool, patience_ms: 0, on_event: () => undefined }, world.now, slow)).rejects.toThrow(
    'a seal of 1 rows took longer than a statement may',
  )
  expect(await world.ledger.seal(world.now)).toEqual({ seals: 1, rows: 1n })
})

test('what is hashed of a row is fixed text, whatever the version of the database', async () => {
  const { pool } = clean
  const op = '01890a5d-ac96-774b-bcce-b302099a8057'
  const { rows } = await pool.query<{ digest: Buffer }>(
    `select ledger.row_digest(row($1, 2, 3, 4, 6, 5, 5, 9, 1774785600000, '{1,7,5}', null, null, null, '\\xab01', 'r|1', null, 'naïve')::ledger.journal) as digest`,
    [op],
  )
  const said = `journal|${op}|2|3|4|6|5|5|9|1774785600000|{1,7,5}|-|-|-|ab01|3:r|1|-|6:naïve`
  expect(rows[0]?.digest.toString('hex')).toBe(createHash('sha256').update(said, 'utf8').digest('hex'))
})

const EDIT_BY_TYPE: Readonly<Record<string, (column: string) => string>> = {
  uuid: () => `'01890a5d-ac96-774b-bcce-b302099a8057'`,
  smallint: (column) => `coalesce(${column}, 0) + 40`,
  bigint: (column) => `coalesce(${column}, 0) + 1000000`,
  'bigint[]': (column) => `${column} || 1::bigint`,
  bytea: (column) => `coalesce(${column}, '') || '\\x00'`,
  text: (column) => `coalesce(${column}, '') || '-'`,
}

test('each column of each sealed row, edited by hand: the audit names the row, the quick one too', async () => {
  const { pool, world } = await fresh()
  const { id } = await history(world)
  await world.ledger.seal(world.now)
  expect(await sealedCheck(world, true)).toMatchObject({ ok: true })
  const { rows: columns } = await pool.query<{ name: string; type: string }>(
    `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute where attrelid = 'ledger.journal'::regclass and attnum > 0 and not attisdropped`,
  )
  expect(columns.length).toBeGreaterThanOrEqual(17)
  const { rows } = await pool.query<{ op_id: string; seq: number; ver: bigint }>(
    'select op_id, seq, ver from ledger.journal where account_id = $1 order by ver',
    [id],
  )
  await tamper(pool, 'select 1')
  await pool.query('create table kept as select * from ledger.journal')
  for (const [i, { name, type }] of columns.entries()) {
    const row = rows[i % rows.length]
    const edit = EDIT_BY_TYPE[type]
    if (!row || !edit) throw new Error(`nobody knows how to edit ${name}, which is of type ${type}`)
    await pool.query(`update ledger.journal set ${name} = ${edit(name)} where account_id = $1 and ver = $2`, [id, row.ver])
    const place = name === 'account_id' || name === 'ver' ? `account ${id}, version ${row.ver}: its journal row is gone` : null
    const op = name === 'op_id' ? '01890a5d-ac96-774b-bcce-b302099a8057' : row.op_id
    const seq = name === 'seq' ? row.seq + 40 : row.seq
    const named = place ?? `account ${id}, journal row (${op}, ${seq}): it was changed after it was sealed`
    for (const full of [false, true]) expect(await sealedCheck(world, full), name).toMatchObject({ ok: false, detail: named })
    await pool.query('delete from ledger.journal')
    await pool.query('insert into ledger.journal select * from kept')
    expect(await sealedCheck(world, true)).toMatchObject({ ok: true })
  }
})

test('a row that is taken out of a sealed range, and one that is put in its place, are named', async () => {
  const { pool, world } = await fresh()
  const { id, captured } = await history(world)
  await world.ledger.seal(world.now)
  await tamper(pool, 'create table taken as select * from ledger.journal where op_id = $1 and seq = 0'.replace('$1', `'${captured.op}'`))
  await pool.query('delete from ledger.journal where op_id = $1 and seq = 0', [captured.op])
  expect(await sealedCheck(world, false)).toMatchObject({ ok: false, detail: `account ${id}, version 3: its journal row is gone` })
  const other = freshId()
  await pool.query('update taken set op_id = $1', [other])
  await pool.query('insert into ledger.journal select * from taken')
  expect((await sealedCheck(world, false)).detail).toBe(`account ${id}, journal row (${other}, 0): it was changed after it was sealed`)
})

test('a row that came past the ledger is under no seal, and named for it', async () => {
  const { pool, world } = await fresh()
  const { id } = await history(world)
  await world.ledger.seal(world.now)
  await pool.query(
    `with made as (
       insert into ledger.journal (op_id, seq, account_id, ver, kind, amount, change, available_after, at_ms, legs)
       select $2, 0, account_id, ver + 1, 1, 5, 5, available_after + 5, at_ms, '{1,1,5}' from ledger.journal where account_id = $1 and ver = 7)
     update ledger.accounts set ver = ver + 1 where id = $1`,
    [id, freshId()],
  )
  expect((await sealedCheck(world, false)).detail).toContain(`account ${id}, versions 8 to 8: no seal has them`)
  await world.ledger.commit(grantOf(id, 1n)) // the next row does not take it along
  await world.ledger.seal(world.now)
  expect((await sealedCheck(world, true)).detail).toContain(`account ${id}, versions 8 to 8: no seal has them`)
})

test('a row that was taken out before its seal stops no chain, and is named', async () => {
  const { pool, world } = await fresh()
  const { id } = await history(world)
  await tamper(pool, `delete from ledger.journal where account_id = ${id} and ver = 2`)
  expect(await world.ledger.seal(world.now)).toEqual({ seals: 1, rows: 6n })
  expect((await sealedCheck(world, false)).detail).toContain(`account ${id}, versions 2 to 2: no seal has them`)
})

const SEAL_EDITS = [
  'update ledger.seals set sealed_ms = sealed_ms + 1 where no = 2',
  'update ledger.seals set spans[3] = spans[3] + 1 where no = 2',
  `update ledger.seals set marks = set_byte(marks, 0, (get_byte(marks, 0) + 1) % 256) where no = 2`,
  `update ledger.seals set rows_digest = sha256('x') where no = 2`,
  `update ledger.seals set previous = sha256('x') where no = 2`,
  `update ledger.seals set hash = sha256('x') where no = 2`,
  'delete from ledger.seals where no = 2',
]

test('a seal that is edited or taken out is named, and so is the end of a chain that was cut off', async () => {
  const { pool, world } = await fresh()
  const accounts: bigint[] = []
  for (let i = 0; i < 3; i++) {
    accounts.push((await history(world)).id)
    await world.ledger.seal(world.now)
  }
  expect(await sealedCheck(world, false)).toMatchObject({ ok: true })
  await tamper(pool, 'create table kept as select * from ledger.seals')
  for (const edit of SEAL_EDITS) {
    await pool.query(edit)
    for (const full of [false, true]) {
      const { ok, detail } = await sealedCheck(world, full)
      expect({ ok, named: detail.includes('seal 2: ') }, `${edit}, ${detail}`).toEqual({ ok: false, named: true })
    }
    await pool.query('delete from ledger.seals')
    await pool.query('insert into ledger.seals select * from kept')
  }
  await pool.query('delete from ledger.seals where no = 3')
  for (const full of [false, true])
    expect((await sealedCheck(world, full)).detail).toContain(`account ${accounts[2]}, versions 1 to 7: no seal has them`)
})

test('a history that was changed and sealed anew does not end in the hash that somebody noted', async () => {
  const { pool, world } = await fresh()
  const { id } = await history(world)
  await world.ledger.seal(world.now)
  expect(await sealedCheck(world, false)).toMatchObject({ ok: true })
  await tamper(pool, `update ledger.journal set reason = 'another' where account_id = ${id} and ver = 1`)
  for (const table of ['seals', 'earnings', 'worths']) await pool.query(`delete from ledger.${table}`)
  await pool.query('insert into ledger.unsealed (spans) values ($1)', [[id, 1n, 7n]])
  await world.ledger.seal(world.now)
  expect((await sealedCheck(world, false)).detail).toBe('seal 1: it is not the one that the last audit saw')
})
