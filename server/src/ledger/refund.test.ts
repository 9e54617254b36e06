import { afterAll, expect, test } from 'vitest'
import { openPool, type Pool } from '../db/pool.ts'
import { expectClean } from '../testing/clean-ledger.ts'
import { testDatabase } from '../testing/database.ts'
import { captureOf, grantOf, holdOf, type LedgerWorld, ledgerWorld, refundOf, reverseOf } from './testing.ts'

const database = await testDatabase()
const { pool } = database
const pools: Pool[] = []
afterAll(async () => {
  await Promise.all(pools.map((one) => one.end()))
  await database.drop()
})

/** A ledger on one connection of its own, before whose statement number `gap` (begin, read, lock, …) something else happens, once. */
function interrupted(gap: number, interrupt: () => Promise<unknown>): LedgerWorld {
  const one = openPool({ ...database.connection, max: 1 }, () => undefined)
  pools.push(one)
  let statement = 0
  let done: Promise<unknown> = Promise.resolve()
  one.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>
    Reflect.set(client, 'query', async (...args: unknown[]) => {
      if (++statement === gap) done = interrupt()
      await done // those behind it too: not all of them wait for each other
      return query(...args)
    })
  })
  return ledgerWorld(one)
}

async function captured(world: LedgerWorld) {
  const { id, owner } = await world.account()
  const grant = grantOf(id, 10n)
  await world.ledger.commit(grant)
  const hold = holdOf(id, 10n)
  await world.ledger.commit(hold)
  await world.ledger.commit(captureOf(hold, 10n))
  const refunded = async () => (await world.ledger.holdStatus(owner, hold.op))?.refunded
  return { id, owner, hold, grant, refunded }
}

// To read: 1 begin, 2 accounts, 3 facts of the grants, 4 rollback. To write: 5 begin, 6 move, which takes the lock, 7 and on.
test.each([1, 2, 3, 4, 5, 6])(
  'two refunds at once, the other one committed before statement %d of the first: together never more than captured',
  async (gap) => {
    const world = ledgerWorld(pool)
    const { hold, refunded } = await captured(world)
    let other: unknown
    const first = interrupted(gap, async () => {
      other = await world.ledger.commit(refundOf(hold, 6n, 'other'))
    })
    const mine = await first.ledger.commit(refundOf(hold, 6n, 'mine'))
    expect(other).toMatchObject({ outcome: 'committed' })
    expect(mine).toEqual({ outcome: 'over_refund', refundable: 4n })
    expect(await refunded()).toBe(6n)
    await expectClean(world)
  },
)

test.each([6, 7])('two refunds with one request id at once, before statement %d: one effect, and both are told of it', async (gap) => {
  const world = ledgerWorld(pool)
  const { hold, refunded } = await captured(world)
  let other: Promise<unknown> = Promise.resolve(null)
  const first = interrupted(gap, async () => {
    other = world.ledger.commit(refundOf(hold, 6n, 'same'))
    if (gap === 6) await other // at 7 the first holds the account's lock: the other one waits for it
  })
  expect(await first.ledger.commit(refundOf(hold, 6n, 'same'))).toMatchObject({ outcome: 'committed', replayed: gap === 6 })
  expect(await other).toMatchObject({ outcome: 'committed', replayed: gap === 7 })
  expect(await refunded()).toBe(6n)
  await expectClean(world)
})

test('two refunds at once that both wait for the account: the second is decided on what the first left', async () => {
  const world = ledgerWorld(pool)
  const { id, hold, refunded } = await captured(world)
  const one = ledgerWorld(openOne())
  const two = ledgerWorld(openOne())
  const lock = await pool.connect()
  await lock.query('begin')
  await lock.query('select 1 from ledger.accounts where id = $1 for update', [id])
  const refunds = [one.ledger.commit(refundOf(hold, 6n, 'a')), two.ledger.commit(refundOf(hold, 6n, 'b'))]
  await lockWaiters(2)
  await lock.query('commit')
  lock.release()
  const outcomes = (await Promise.all(refunds)).map(({ outcome }) => outcome).sort()
  expect(outcomes).toEqual(['committed', 'over_refund'])
  expect(await refunded()).toBe(6n)
  await expectClean(world)
})

test.each([1, 2, 3, 4, 5, 6])('a refund and a reversal at once, before statement %d: nothing comes back twice', async (gap) => {
  const world = ledgerWorld(pool)
  const { id, owner, hold, grant } = await captured(world)
  const first = interrupted(gap, () => world.ledger.commit(reverseOf(id, grant.op)))
  expect(await first.ledger.commit(refundOf(hold, 10n, 'r'))).toMatchObject({ outcome: 'committed', entry: { change: 0n } })
  expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 0n, spent: 0n, owed: 0n })
  await expectClean(world)
})

function openOne(): Pool {
  const one = openPool({ ...database.connection, max: 1 }, () => undefined)
  pools.push(one)
  return one
}

/** Until so many of this database's connections wait for a lock. */
async function lockWaiters(count: number): Promise<void> {
  for (;;) {
    const { rows } = await pool.query<{ waiting: number }>(
      `select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    if ((rows[0]?.waiting ?? 0) >= count) return
    await new Promise((resolve) => setImmediate(resolve))
  }
}
