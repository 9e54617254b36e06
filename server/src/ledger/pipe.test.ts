import { afterAll, expect, test } from 'vitest'
import { NOT_ALL } from '../db/all-or-none.ts'
import { asTx, openPool, sqlState } from '../db/pool.ts'
import { expectClean } from '../testing/clean-ledger.ts'
import { testDatabase } from '../testing/database.ts'
import { meddlingPool } from '../testing/meddling-pool.ts'
import { createPipe } from './pipe.ts'
import { moveAll, movingOf, write, writingOf } from './queries.ts'
import { captureOf, EMPTY_ACCOUNT, freshId, grantOf, holdOf, ledgerWorld } from './testing.ts'
import { beginOf } from './transaction-queries.ts'

// Transactions that are sent behind each other without waiting. What one of them is decided on may not come true, and it may not even begin.

const database = await testDatabase()
const { pool } = database
afterAll(() => database.drop())

async function counts(): Promise<unknown> {
  const { rows } = await pool.query(
    `select (select sum(ver) from ledger.accounts) as moved, (select count(*) from ledger.journal) as rows,
            (select count(*) from ledger.unsealed) as spans, (select count(*) from ledger.open_holds) as lapsing`,
  )
  return rows[0]
}

test('statements of a transaction that did not begin do nothing, each by itself', async () => {
  const world = ledgerWorld(pool)
  const { id } = await world.account()
  await world.ledger.commit(grantOf(id, 10n))
  const before = await counts()
  const client = await pool.connect()
  const tx = asTx(client)
  const from = { ...EMPTY_ACCOUNT, id, ver: 1n }
  const moves = [{ from, to: { ...from, ver: 2n }, stored: { head: [], waiting: null, put: [], taken: [] } }]
  const refused = await moveAll(tx, movingOf(moves), freshId(), null).catch(sqlState)
  expect(refused).toBe(NOT_ALL)
  const row = {
    ...{ op: freshId(), seq: 0, account: id, ver: 2n, kind: 'hold' as const, amount: 0n, change: 0n, available_after: 10n, at_ms: 1n },
    ...{ legs: [], purpose: 'video' as const, deadline_ms: 9n, cause: null, body: null, request: null, video: 'v', reason: null },
  }
  const opened = [{ op: row.op, expires_ms: 9n }]
  const account = { ...from, ver: 2n }
  const rest = { grants: [], closed: [], cycles: null, claims: [], notes: [], crossed: false, fell: [] }
  const wrote = await write(tx, writingOf([{ account, rows: [row], opened, ...rest }]), freshId()).catch((error: Error) => error.message)
  expect(wrote).toBe('1 journal rows were decided, 0 written')
  client.release()
  expect(await counts()).toEqual(before)
})

test('a batch whose transaction does not begin is written all the same, once', async () => {
  let dropped = 0
  const lame = meddlingPool(pool, (statement) => {
    if (typeof statement !== 'string' || !statement.includes('filmgate.batch =')) return undefined
    dropped += 1
    return Promise.reject(new Error('canceled'))
  })
  const world = ledgerWorld(lame)
  const { id, owner } = await world.account()
  await world.ledger.commit(grantOf(id, 100n))
  await pool.query('create table riding (op uuid)')
  world.riders.register({
    kind: 'row',
    stage: 'row',
    at_once: true,
    async run(tx, rows) {
      const { rows: written } = await tx.query<{ op: string }>('insert into riding select unnest($1::uuid[]) returning op', [
        rows.map(({ op }) => op),
      ])
      return new Set(written.map(({ op }) => op))
    },
  })
  const holds = Array.from({ length: 20 }, () => holdOf(id, 2n))
  const answers = await Promise.all(holds.map((hold, n) => world.ledger.commit(hold, n % 2 === 0 ? [{ kind: 'row', row: {} }] : [])))
  expect((await pool.query('select op from riding')).rows).toHaveLength(10)
  expect(answers.map(({ outcome }) => outcome)).toEqual(holds.map(() => 'committed'))
  expect(dropped).toBeGreaterThan(0)
  expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 60n, held: 40n })
  await expectClean(world)
})

test('what is decided on a transaction is written only if that very one was committed, whatever versions say', async () => {
  const world = ledgerWorld(pool)
  const { id } = await world.account()
  const [stays, goes] = [freshId(), freshId()]
  const client = await pool.connect()
  const tx = asTx(client)
  const from = { ...EMPTY_ACCOUNT, id }
  const still = movingOf([{ from, to: from, stored: { head: [], waiting: null, put: [], taken: [] } }])
  const tried = async (name: string, behind: string | null, end: 'commit' | 'rollback') => {
    await client.query(beginOf(name))
    const refused = await moveAll(tx, still, name, behind).then(() => null, sqlState)
    await client.query(end)
    return refused
  }
  expect(await tried(stays, null, 'commit')).toBeNull()
  expect(await tried(goes, stays, 'rollback')).toBeNull()
  expect(await tried(freshId(), goes, 'commit')).toBe(NOT_ALL)
  expect(await tried(freshId(), stays, 'rollback')).toBeNull()
  expect(await tried(freshId(), null, 'rollback')).toBeNull()
  client.release()
})

test('batches behind one that is rolled back at its very end are decided anew, and nobody is answered twice', async () => {
  let rolled_back = 0
  const failing = meddlingPool(pool, (statement, go) => {
    if (statement !== 'commit' || rolled_back > 0 || !armed) return undefined
    rolled_back += 1
    return go('rollback')
  })
  let armed = false
  const world = ledgerWorld(failing)
  const accounts = await Promise.all([world.account(), world.account(), world.account()])
  for (const { id } of accounts) await world.ledger.commit(grantOf(id, 10_000n))
  for (const { id } of accounts) await world.ledger.commit(holdOf(id, 1n))
  armed = true
  let answered = 0
  const orders = Array.from({ length: 2_000 }, async (_, n) => {
    const { id } = accounts[n % 3] ?? { id: 0n }
    const hold = holdOf(id, 3n)
    const held = await world.ledger.commit(hold).catch(() => null)
    answered += 1
    // Of a batch that ended as nobody expects each operation is tried by itself.
    expect(held).toMatchObject({ outcome: 'committed' })
    expect(await world.ledger.commit(captureOf(hold, 2n))).toMatchObject({ outcome: 'committed', replayed: false })
  })
  await Promise.all(orders)
  expect([rolled_back, answered]).toEqual([1, 2_000])
  for (const { owner } of accounts) {
    const { available, held, spent } = await world.ledger.balance(owner, world.now)
    expect(available + held + spent).toBe(10_000n)
    expect(held).toBe(1n)
  }
  await expectClean(world)
})

test('a batch that comes to nothing takes the one behind it along, and not each one behind that without end', async () => {
  let sent = 0
  let spoilt = 0
  let in_vain = 0
  const spoiling = meddlingPool(pool, (statement, go) => {
    const {
      name,
      text = '',
      values = [],
    } = statement as { readonly name?: string; readonly text?: string; readonly values?: readonly unknown[] }
    if (name !== 'ledger.move_all') return undefined
    sent += 1
    const spoils = sent % 10 === 0
    if (spoils) spoilt += 1
    // The one right behind it takes its time before it says that it was in vain, with its accounts locked.
    const slow = { text: text.replace(/else (.*) end/, "else case when pg_sleep(0.2)::text = '' then $1 end end"), values }
    const moving = go(spoils ? { name, text, values: values.with(-1, 'nobody') } : sent % 10 === 1 && sent > 1 ? slow : statement)
    moving.catch(() => (in_vain += 1))
    return moving
  })
  const world = ledgerWorld(spoiling)
  const accounts = await Promise.all(Array.from({ length: 300 }, () => world.account()))
  await Promise.all(accounts.map(({ id }) => world.ledger.commit(grantOf(id, 1_000n))))
  // Without a pause: whoever is answered comes again, so that there is always a batch to be sent behind another.
  const caller = async (_: unknown, n: number) => {
    for (let turn = 0; turn < 20; turn += 1) {
      const { id } = accounts[(n * 7 + turn) % 300] ?? { id: 0n }
      expect(await world.ledger.commit(holdOf(id, 1n))).toMatchObject({ outcome: 'committed' })
    }
  }
  await Promise.all(Array.from({ length: 1_536 }, caller))
  expect(spoilt).toBeGreaterThan(3)
  expect(in_vain).toBeLessThanOrEqual(spoilt * 2)
  expect(world.events.filter(({ event }) => event === 'fenced')).toEqual([])
  await expectClean(world)
})

test('what is known to be committed is not asked about on another connection', async () => {
  const pipe = createPipe(pool)
  const [first, second] = [freshId(), freshId()]
  const seen: (string | null)[] = []
  const commit = (name: string, behind: string, sent: () => void = () => undefined) =>
    pipe.send(name, false, sent, async (_tx, sending) => {
      seen.push(sending.unsure(behind))
      await sending.commit([])
    })
  await commit(first, 'nobody')
  const { promise: sent, resolve } = Promise.withResolvers<void>()
  const ended = commit(second, first, resolve)
  await sent
  await Promise.all([ended, commit(freshId(), second)])
  expect(seen).toEqual(['nobody', null, second])
})

test('another process that writes just where a batch was rolled back is not overwritten by the batch behind', async () => {
  const elsewhere = ledgerWorld(pool)
  let gate: Promise<unknown> | null = null
  let armed: (() => Promise<unknown>) | null = null
  // Everything behind the commit that comes to nothing waits until the other process has brought the account to the very version foretold.
  const failing = meddlingPool(pool, (statement, go) => {
    if (gate !== null) return { after: gate }
    if (statement !== 'commit' || armed === null) return undefined
    const intrude = armed
    armed = null
    const ended = go('rollback')
    gate = ended.then(intrude)
    return ended
  })
  const world = ledgerWorld(failing)
  const { id, owner } = await world.account()
  await world.ledger.commit(grantOf(id, 1_000n))
  await world.ledger.commit(holdOf(id, 1n))
  expect(gate).toBeNull()
  armed = () => elsewhere.ledger.commit(holdOf(id, 5n)).then(() => (gate = null))
  const first = world.ledger.commit(holdOf(id, 3n))
  await Promise.resolve()
  const crowd = Array.from({ length: 60 }, () => holdOf(id, 2n))
  const answers = await Promise.all([first, ...crowd.map((hold) => world.ledger.commit(hold))])
  expect(answers.map(({ outcome }) => outcome)).toEqual(answers.map(() => 'committed'))
  expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 871n, held: 129n })
  await expectClean(world)
})

test('a batch that failed at once does not land before the one in front of it, and nobody is decided on what that has not done', async () => {
  const elsewhere = ledgerWorld(pool)
  const fresh = openPool({ ...database.connection, idleTimeoutMillis: 5 }, () => undefined) // connections that have prepared nothing
  let armed = false
  let intruded = false
  let failed = 0
  let late = 0n
  let both = 0n
  const gate = Promise.withResolvers<void>()
  const slow = meddlingPool(fresh, (statement, go) => {
    const { name, values } = statement as { readonly name?: string; readonly values?: readonly unknown[] }
    if (armed && name === 'ledger.write') {
      const noting = go(statement)
      noting.catch(() => (failed += 1))
      return noting
    }
    if (!armed || name !== 'ledger.move') return undefined
    const ids = String(values?.[0]).slice(1, -1).split(',')
    if (ids.includes(`${late}`)) return gate.promise.then(() => go(statement)) // the first batch, again by itself: it takes its time
    if (!ids.includes(`${both}`) || intruded) return undefined
    intruded = true
    return elsewhere.ledger.commit(holdOf(both, 5n)).then(() => go(statement)) // what brings the account to the version foretold
  })
  const world = ledgerWorld(slow)
  const [x, y, w, v] = [await world.account(), await world.account(), await world.account(), await world.account()]
  for (const { id } of [x, y, w, v]) {
    await world.ledger.commit(grantOf(id, 1_000n))
    await world.ledger.commit(holdOf(id, 0n))
  }
  late = x.id
  both = y.id
  await elsewhere.ledger.commit(holdOf(x.id, 1n))
  await expect.poll(() => fresh.totalCount).toBe(0)
  armed = true
  const ticks = async (count: number) => {
    for (let i = 0; i < count; i += 1) await Promise.resolve()
  }
  const first = [world.ledger.commit(holdOf(x.id, 1n)), world.ledger.commit(holdOf(y.id, 3n))]
  await ticks(4)
  const second = Array.from({ length: 60 }, () => world.ledger.commit(holdOf(w.id, 1n)))
  await ticks(4)
  let third_answered = false
  const third = [world.ledger.commit(grantOf(v.id, 7n)), ...Array.from({ length: 60 }, () => world.ledger.commit(holdOf(y.id, 1n)))]
  void Promise.all(third).then(() => (third_answered = true))
  await expect.poll(() => failed).toBe(2) // the first by its account, the second since what it relied on was never prepared
  for (let i = 0; i < 20; i += 1) await pool.query('select 1')
  const early = third_answered
  gate.resolve()
  const answers = await Promise.all([...first, ...second, ...third])
  expect(answers.map(({ outcome }) => outcome)).toEqual(answers.map(() => 'committed'))
  expect(early).toBe(false)
  expect(await world.ledger.balance(y.owner, world.now)).toMatchObject({ held: 63n + (intruded ? 5n : 0n) })
  await expectClean(world)
  await fresh.end()
})

test('a connection is kept while transactions follow each other, and given back when they end', async () => {
  const pipe = createPipe(pool)
  const pids: number[] = []
  const one = (name: string) =>
    pipe.send(
      name,
      false,
      () => undefined,
      async (tx, sending) => {
        const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid')
        pids.push(rows[0]?.pid ?? 0)
        await sending.commit([])
      },
    )
  await Promise.all([one(freshId()), one(freshId())])
  expect(new Set(pids).size).toBe(1)
  await expect.poll(() => pool.totalCount - pool.idleCount).toBe(0)
})
