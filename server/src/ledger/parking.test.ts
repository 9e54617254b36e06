import { afterAll, expect, test } from 'vitest'
import { openPool, type Pool, transaction } from '../db/pool.ts'
import { testDatabase } from '../testing/database.ts'
import { meddlingPool } from '../testing/meddling-pool.ts'
import { createLedger } from './ledger.ts'
import type { AccountId } from './operation.ts'
import { registerParking, unparked } from './parking.ts'
import type { LedgerEvent } from './persist.ts'
import { createRiderRegistry } from './riders.ts'
import { freshId, grantOf, HOUR, holdOf, ledgerWorld, releaseOf, START } from './testing.ts'

const database = await testDatabase()
const { pool } = database
const second = openPool(database.connection, () => undefined)
await pool.query('create table noted (op uuid primary key)')
afterAll(async () => {
  await second.end()
  await database.drop()
})

/** One process: a ledger that notes whom it wakes, and a rider that may be held up in the middle of its transaction. */
function processOver(its_pool: Pool) {
  const riders = createRiderRegistry()
  registerParking(riders)
  const gate = { reached: Promise.withResolvers<void>(), open: Promise.withResolvers<void>() }
  riders.register({
    kind: 'gate',
    stage: 'row',
    async run(_, rows) {
      gate.reached.resolve()
      await gate.open.promise
      return new Set(rows.map(({ op }) => op))
    },
  })
  riders.register({
    kind: 'note',
    stage: 'guard',
    async run(tx, rows) {
      const { rows: noted } = await tx.query<{ op: string }>(
        'insert into noted select unnest($1::uuid[]) on conflict do nothing returning op',
        [rows.map(({ op }) => op)],
      )
      return new Set(noted.map(({ op }) => op))
    },
  })
  const woken: AccountId[] = []
  const events: LedgerEvent[] = []
  const time = { now: START }
  const ledger = createLedger({
    pool: its_pool,
    clock: () => time.now,
    ids: freshId,
    riders,
    on_event: (event) => events.push(event),
    wake: async (_, accounts) => void woken.push(...accounts),
  })
  return { ledger, gate, woken, events, time }
}

const GATE = { kind: 'gate', row: {} }
const NOTE = { kind: 'note', row: {} }
const accounts = ledgerWorld(pool)
const parked = async () => (await pool.query<{ op_id: string }>('select op_id from ledger.parked')).rows.map(({ op_id }) => op_id)
/** Somebody waits for a lock. */
async function blocked(): Promise<void> {
  for (;;) {
    const { rows } = await pool.query("select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")
    if (rows.length > 0) return
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** A pool on which something else happens once, just before a statement of this name; or just after it. */
function before(name: string, happens: () => Promise<unknown>, after = false): Pool {
  let left = 1
  return meddlingPool(second, (statement, go) => {
    const said = typeof statement === 'string' ? statement : (statement as { readonly name?: string }).name
    if (said !== name || left-- !== 1) return undefined
    return after ? go(statement).then((answer) => happens().then(() => answer)) : { after: happens() }
  })
}

test('what credits do not suffice for waits, with its rows, and changes no money; what they suffice for does not', async () => {
  const { ledger } = processOver(pool)
  const { id, owner } = await accounts.account()
  await ledger.commit(grantOf(id, 10n))
  const hold = holdOf(id, 11n)
  expect(await ledger.park(hold, [NOTE])).toEqual({ outcome: 'parked' })
  expect(await ledger.park(hold, [NOTE])).toEqual({ outcome: 'parked' }) // once
  expect(await ledger.park(holdOf(id, 10n), [NOTE])).toEqual({ outcome: 'affordable' })
  expect((await pool.query('select op from noted where op = $1', [hold.op])).rows).toHaveLength(1)
  expect(await ledger.balance(owner, START)).toMatchObject({ available: 10n, held: 0n })
  expect(await parked()).toContain(hold.op)
  await ledger.commit(grantOf(id, 1n))
  expect(await ledger.commit(hold, [unparked()])).toMatchObject({ outcome: 'committed' })
  expect(await parked()).not.toContain(hold.op)
  expect((await ledger.audit({ full: true })).ok).toBe(true)
})

test('a parking whose commit went unanswered is looked up, and is there once', async () => {
  const lost = async () => {
    throw Object.assign(new Error('the connection was cut'), { code: 'ECONNRESET' })
  }
  const { ledger, events } = processOver(before('commit', lost, true))
  const { id } = await accounts.account()
  const hold = holdOf(id, 1n)
  expect(await ledger.park(hold, [NOTE])).toEqual({ outcome: 'parked' })
  expect(events).toContainEqual({ event: 'commit_lost', op: hold.op })
  expect((await parked()).filter((op) => op === hold.op)).toHaveLength(1)
})

test('a row that may not be written leaves nothing parked', async () => {
  const { ledger } = processOver(pool)
  const { id } = await accounts.account()
  const hold = holdOf(id, 1n)
  await pool.query('insert into noted values ($1)', [hold.op])
  expect(await ledger.park(hold, [NOTE])).toEqual({ outcome: 'guard_failed', rider: 'note' })
  expect(await parked()).not.toContain(hold.op)
})

test('grant and park at the same instant, the parking first: the grant waits for it, and wakes it', async () => {
  const one = processOver(pool)
  const two = processOver(second)
  const { id } = await accounts.account()
  const parking = one.ledger.park(holdOf(id, 5n), [GATE])
  await one.gate.reached.promise
  const granting = two.ledger.commit(grantOf(id, 5n))
  await blocked()
  one.gate.open.resolve()
  expect(await parking).toEqual({ outcome: 'parked' })
  expect(await granting).toMatchObject({ outcome: 'committed' })
  expect(two.woken).toEqual([id])
})

test('grant and park at the same instant, the grant first: the parking waits for it, and finds the credits', async () => {
  const one = processOver(pool)
  const two = processOver(second)
  const { id } = await accounts.account()
  const granting = two.ledger.commit(grantOf(id, 5n), [GATE])
  await two.gate.reached.promise
  const parking = one.ledger.park(holdOf(id, 5n), [])
  await blocked()
  two.gate.open.resolve()
  expect(await granting).toMatchObject({ outcome: 'committed' })
  expect(await parking).toEqual({ outcome: 'affordable' })
  expect(two.woken).toEqual([])
})

test('grant and park at the same instant, the parking between what the grant has read and what it writes: the grant is decided again, and wakes it', async () => {
  const one = processOver(pool)
  const { id } = await accounts.account()
  const two = processOver(before('ledger.move', () => one.ledger.park(holdOf(id, 5n), [])))
  expect(await two.ledger.commit(grantOf(id, 5n))).toMatchObject({ outcome: 'committed' })
  expect(two.events).toContainEqual({ event: 'fenced', account: id })
  expect(two.woken).toEqual([id])
})

test('whatever may raise what is available wakes what is parked: a release, a refund, a sweep, an allowance, a month', async () => {
  const { ledger, woken, time } = processOver(pool)
  const { id, owner } = await accounts.account()
  await ledger.commit(grantOf(id, 10n))
  const [released, captured, service] = [holdOf(id, 2n), holdOf(id, 2n), holdOf(id, 2n, { purpose: 'service', expires_at: START + HOUR })]
  for (const hold of [released, captured, service]) await ledger.commit(hold)
  await ledger.park(holdOf(id, 50n), [])
  await ledger.commit(holdOf(id, 1n))
  expect(woken).toEqual([])
  const woke = async (work: () => Promise<unknown>) => {
    await work()
    expect(woken.splice(0)).toEqual([id])
  }
  await woke(() => ledger.commit(releaseOf(released)))
  await ledger.commit({ kind: 'finish', op: captured.op, account: id, captured: 2n, cause: 'completed', reason: null })
  expect(woken).toEqual([])
  await woke(() => ledger.commit({ kind: 'refund', op: captured.op, account: id, credits: null, request_id: 'r', reason: 'goodwill' }))
  time.now = START + HOUR
  await woke(() => ledger.sweep(time.now))
  const orders = { policy: [{ from: '2026-01-01', credits: 5n }], zone: 'UTC', priority: 50 }
  await woke(() => transaction(pool, (tx) => ledger.setAllowance(tx, owner, orders)))
  const month = { id: 'sub_1', anchor: START, zone: 'UTC', credits: 9n, cost_micro: 0n, rollover_max: 0n }
  await woke(() => transaction(pool, (tx) => ledger.beginSubscription(tx, owner, month)))
  await woke(() => ledger.settle(owner, time.now)) // the month's credits are there
  await woke(() => transaction(pool, (tx) => ledger.payCycle(tx, owner, 'sub_1', 1)))
})

test('a hold that was decided on what was seen is not taken after the account has moved', async () => {
  const { ledger } = processOver(pool)
  const { id, owner } = await accounts.account()
  await ledger.commit(grantOf(id, 10n))
  const { ver } = await ledger.outlook(owner, START)
  const hold = holdOf(id, 3n)
  await ledger.commit(grantOf(id, 1n))
  expect(await ledger.commit({ ...hold, if_ver: ver })).toEqual({ outcome: 'moved' })
  expect(await ledger.commit({ ...hold, if_ver: ver + 1n })).toMatchObject({ outcome: 'committed', replayed: false })
  expect(await ledger.commit({ ...hold, if_ver: ver })).toMatchObject({ outcome: 'committed', replayed: true }) // done is done
})

test('what is parked goes on once, whoever is faster', async () => {
  const one = processOver(pool)
  const two = processOver(second)
  const { id, owner } = await accounts.account()
  const hold = holdOf(id, 5n)
  await one.ledger.park(hold, [])
  await one.ledger.commit(grantOf(id, 20n))
  const ended = { ...hold, credits: 0n }
  const outcomes = await Promise.all([one.ledger.commit(hold, [unparked()]), two.ledger.commit(ended, [unparked()])])
  expect(outcomes.filter(({ outcome }) => outcome === 'committed')).toHaveLength(1)
  expect((await one.ledger.balance(owner, START)).held).toBe(outcomes[0]?.outcome === 'committed' ? 5n : 0n)
})
