import { afterAll, expect, test } from 'vitest'
import { openPool, transaction } from '../db/pool.ts'
import { testDatabase } from '../testing/database.ts'
import { captureOf, grantOf, HOUR, holdOf, ledgerWorld, releaseOf, START } from './testing.ts'
import type { OnLow } from './watch.ts'

const database = await testDatabase()
const { pool } = database
await pool.query(
  'create table told (no bigint generated always as identity, account bigint, available bigint, threshold bigint, at_ms bigint)',
)
const second = openPool(database.connection, () => undefined)
afterAll(async () => {
  await second.end()
  await database.drop()
})

/** Written in the ledger's transaction: what is read afterwards was committed with it. */
const writeDown: OnLow = async (tx, fell) => {
  for (const { account, available, threshold, at_ms } of fell)
    await tx.query('insert into told (account, available, threshold, at_ms) values ($1, $2, $3, $4)', [
      account,
      available,
      threshold,
      at_ms,
    ])
}

async function watched(threshold: bigint | null, credits = 100n) {
  const world = ledgerWorld(pool, 5_000, writeDown)
  const { id, owner } = await world.account()
  if (credits > 0n) await world.ledger.commit(grantOf(id, credits))
  const watch = (below: bigint | null) => transaction(pool, (tx) => world.ledger.watch(tx, owner, below, world.now))
  await watch(threshold)
  const told = async () => {
    const { rows } = await pool.query<{ available: bigint }>('select available from told where account = $1 order by no', [id])
    return rows.map(({ available }) => available)
  }
  return { world, id, owner, watch, told }
}

test('who watches 30 is told at 29, once, and again only after there were 30', async () => {
  const { world, id, told } = await watched(30n)
  const first = holdOf(id, 70n)
  await world.ledger.commit(first)
  expect(await told()).toEqual([]) // 30 are not fewer than 30
  const next = holdOf(id, 1n)
  await world.ledger.commit(next)
  await world.ledger.commit(captureOf(first, 70n))
  await world.ledger.commit(holdOf(id, 9n))
  await world.ledger.commit(grantOf(id, 9n)) // 29
  expect(await told()).toEqual([29n])
  await world.ledger.commit(releaseOf(next)) // 30
  await world.ledger.commit(holdOf(id, 5n))
  expect(await told()).toEqual([29n, 25n])
})

test('forty holds at once from two processes cross it once', async () => {
  const { world, id, told } = await watched(20n, 40n)
  const other = ledgerWorld(second, 5_000, writeDown)
  const outcomes = await Promise.all(Array.from({ length: 60 }, (_, i) => (i % 2 ? world : other).ledger.commit(holdOf(id, 1n))))
  expect(outcomes.filter(({ outcome }) => outcome === 'committed')).toHaveLength(40)
  expect(await told()).toEqual([19n])
})

test('a batch that goes down, up and down again tells twice', async () => {
  const { world, id, told } = await watched(50n)
  const hold = holdOf(id, 60n)
  await Promise.all([hold, captureOf(hold, 0n, { cause: 'customer' }), holdOf(id, 51n)].map((one) => world.ledger.commit(one)))
  expect(await told()).toEqual([40n, 49n])
})

test('what could not be told was not taken either', async () => {
  const world = ledgerWorld(pool, 5_000, async () => {
    throw new Error('nobody listens')
  })
  const { id, owner } = await world.account()
  await world.ledger.commit(grantOf(id, 10n))
  await transaction(pool, (tx) => world.ledger.watch(tx, owner, 10n, world.now))
  await expect(world.ledger.commit(holdOf(id, 1n))).rejects.toThrow('nobody listens')
  expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 10n, held: 0n })
})

test('a refusal tells nothing; an expiry does, whether a sweep finds it or the next operation', async () => {
  for (const sweeping of [true, false]) {
    const { world, id, told } = await watched(5n, 0n)
    await world.ledger.commit(grantOf(id, 10n, { expires_at: START + HOUR }))
    await world.ledger.commit(grantOf(id, 3n))
    world.now = START + HOUR
    expect((await world.ledger.commit(holdOf(id, 4n))).outcome).toBe('insufficient')
    expect(await told()).toEqual([])
    if (sweeping) await world.ledger.sweep(world.now)
    else await world.ledger.commit(holdOf(id, 1n))
    expect(await told()).toEqual([3n])
  }
})

test("a day's allowance that nobody has asked for yet counts as there", async () => {
  const { world, id, owner, told } = await watched(10n, 0n)
  world.now = Date.parse('2026-04-01T08:00:00Z')
  await transaction(pool, (tx) =>
    world.ledger.setAllowance(tx, owner, { policy: [{ from: '2026-01-01', credits: 30n }], zone: 'UTC', priority: 50 }),
  )
  await world.ledger.commit(holdOf(id, 5n)) // 25 of today's 30
  world.now = Date.parse('2026-04-02T00:00:00Z')
  await world.ledger.sweep(world.now) // yesterday's are gone, and today's are due
  expect(await told()).toEqual([])
  await world.ledger.commit(holdOf(id, 25n))
  world.now = Date.parse('2026-04-03T00:00:00Z')
  await world.ledger.commit(holdOf(id, 26n)) // it rose to 30 in between
  expect(await told()).toEqual([5n, 4n])
})

test('a threshold set above what is there waits for the next fall; one that is taken away is silent', async () => {
  const { world, id, owner, watch, told } = await watched(500n)
  await world.ledger.commit(holdOf(id, 50n))
  expect(await told()).toEqual([])
  expect(await world.ledger.watched(owner)).toBe(500n)
  await world.ledger.commit(grantOf(id, 450n))
  await world.ledger.commit(holdOf(id, 1n))
  expect(await told()).toEqual([499n])
  await watch(null)
  expect(await world.ledger.watched(owner)).toBeNull()
  await world.ledger.commit(grantOf(id, 1n))
  await world.ledger.commit(holdOf(id, 500n))
  expect(await told()).toEqual([499n])
})
