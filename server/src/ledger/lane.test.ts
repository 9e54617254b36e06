import { afterAll, expect, test, vi } from 'vitest'
import { openPool, transaction } from '../db/pool.ts'
import { expectClean } from '../testing/clean-ledger.ts'
import { testDatabase } from '../testing/database.ts'
import { LedgerUnavailable } from './outcome.ts'
import { captureOf, grantOf, holdOf, type LedgerWorld, ledgerWorld, refundOf } from './testing.ts'

// The interleavings of a lane, each forced: operations that are sent in one go are one batch.

const database = await testDatabase()
const { pool } = database
await pool.query('create table ridden (op uuid, word text unique)')
const second = openPool(database.connection, () => undefined)
afterAll(async () => {
  await second.end()
  await database.drop()
})

/** A ledger with one account for each of `credits`, and a rider that takes a word, which only one may have. */
async function laneOf(credits: readonly bigint[], on = pool) {
  const world = ledgerWorld(on)
  world.riders.register({
    kind: 'word',
    stage: 'guard',
    async run(tx, rows) {
      const taken = await tx.query<{ op: string }>(
        `insert into ridden select * from unnest($1::uuid[], $2::text[]) on conflict do nothing returning op`,
        [rows.map(({ op }) => op), rows.map(({ row }) => row.word)],
      )
      return new Set(taken.rows.map(({ op }) => op))
    },
  })
  const accounts = []
  for (const amount of credits) {
    const account = await world.account()
    await world.ledger.commit(grantOf(account.id, amount))
    accounts.push(account)
  }
  world.events.length = 0
  return { world, accounts }
}

const saying = (word: string) => [{ kind: 'word', row: { word } }]
const repeated = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i))

async function commitsDuring(work: () => Promise<unknown>): Promise<number> {
  const count = async () => {
    const { rows } = await pool.query<{ count: string }>('select count(distinct xmin::text::bigint)::text as count from ledger.journal')
    return Number(rows[0]?.count)
  }
  const before = await count()
  await work()
  return (await count()) - before
}

test('what arrives together is committed together: 200 holds on 20 accounts are one transaction', async () => {
  const { world, accounts } = await laneOf(repeated(20, () => 100n))
  const commits = await commitsDuring(() =>
    Promise.all(accounts.flatMap(({ id }) => repeated(10, () => world.ledger.commit(holdOf(id, 3n))))),
  )
  expect(commits).toBe(1)
  for (const { owner } of accounts) expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 70n, held: 30n })
  await expectClean(world)
})

test('operations of one account are decided in the order in which they arrived: a hold, its capture and a refund of it in one batch', async () => {
  const {
    world,
    accounts: [account],
  } = await laneOf([10n])
  if (account === undefined) throw new Error('no account')
  const hold = holdOf(account.id, 10n)
  const too_late = holdOf(account.id, 1n)
  const outcomes = await Promise.all(
    [hold, captureOf(hold, 6n), refundOf(hold, 2n, 'r'), too_late, holdOf(account.id, 6n), too_late].map((one) => world.ledger.commit(one)),
  )
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['committed', 'committed', 'committed', 'committed', 'insufficient', 'committed'])
  expect(outcomes.map((one) => one.outcome === 'committed' && one.replayed)).toEqual([false, false, false, false, false, true])
  expect(await world.ledger.balance(account.owner, world.now)).toMatchObject({ available: 5n, held: 1n, spent: 4n })
  await expectClean(world)
})

test('a guard that fails in a batch of 50 fails its own operation and nobody else', async () => {
  const { world, accounts } = await laneOf(repeated(50, () => 5n))
  await pool.query("insert into ridden values (null, 'taken')")
  const outcomes = await Promise.all(accounts.map(({ id }, i) => world.ledger.commit(holdOf(id, 5n), saying(i === 17 ? 'taken' : `a${i}`))))
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(repeated(50, (i) => (i === 17 ? 'guard_failed' : 'committed')))
  expect((await pool.query("select 1 from ridden where word ~ '^a[0-9]+$'")).rowCount).toBe(49)
  await expectClean(world)
})

test('of two in one batch with the same guard one wins, and the other hears of its defeat only when the winner is committed', async () => {
  const { world, accounts } = await laneOf(repeated(20, () => 5n))
  const seen: number[] = []
  const outcomes = await Promise.all(
    accounts.map(async ({ id }) => {
      const outcome = await world.ledger.commit(holdOf(id, 5n), saying('same'))
      if (outcome.outcome === 'guard_failed') seen.push((await second.query("select 1 from ridden where word = 'same'")).rowCount ?? 0)
      return outcome.outcome
    }),
  )
  expect(outcomes.filter((outcome) => outcome === 'committed')).toHaveLength(1)
  expect(seen).toEqual(repeated(19, () => 1))
  await expectClean(world)
})

test('case 38: a poisoned operation fails alone; its neighbours are committed at their next try', async () => {
  const { world, accounts } = await laneOf(repeated(50, () => 5n))
  // PostgreSQL has no text with a NUL in it: the statement of the whole batch fails.
  const outcomes = await Promise.allSettled(
    accounts.map(({ id }, i) => world.ledger.commit(holdOf(id, 5n, i === 30 ? { reason: 'a\u0000b' } : {}), saying(`b${i}`))),
  )
  expect(outcomes.map(({ status }) => status)).toEqual(repeated(50, (i) => (i === 30 ? 'rejected' : 'fulfilled')))
  expect((await pool.query("select 1 from ridden where word ~ '^b[0-9]+$'")).rowCount).toBe(49)
  expect(world.events).toEqual([])
  await expectClean(world)
})

test('an account that somebody else has locked keeps nobody waiting but its own operations, which keep their order', async () => {
  const { world, accounts } = await laneOf([10n, 10n, 10n])
  const [locked, ...others] = accounts
  if (locked === undefined) throw new Error('no account')
  const order: string[] = []
  let waiting: Promise<unknown> = Promise.resolve()
  await transaction(second, async (tx) => {
    await tx.query('select 1 from ledger.accounts where id = $1 for update', [locked.id])
    const note = (name: string) => (outcome: { readonly outcome: string }) => void order.push(`${name} ${outcome.outcome}`)
    waiting = Promise.all([
      world.ledger.commit(holdOf(locked.id, 6n)).then(note('first')),
      world.ledger.commit(holdOf(locked.id, 6n)).then(note('second')),
      world.ledger.commit(holdOf(locked.id, 4n)).then(note('third')),
    ])
    for (let i = 0; i < 5; i++) {
      const outcomes = await Promise.all(others.map(({ id }) => world.ledger.commit(holdOf(id, 1n))))
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(['committed', 'committed'])
    }
    expect(order).toEqual([])
  })
  await waiting
  expect(order).toEqual(['first committed', 'second insufficient', 'third committed'])
  await expectClean(world)
})

test('case 43: more operations than the lane takes are refused with nothing held, and the others go on', async () => {
  const {
    world,
    accounts: [account],
  } = await laneOf([100_000n])
  if (account === undefined) throw new Error('no account')
  const outcomes = await Promise.allSettled(repeated(10_200, () => world.ledger.commit(holdOf(account.id, 1n))))
  const refused = outcomes.filter((one) => one.status === 'rejected').map((one) => one.reason)
  expect(refused).toHaveLength(200)
  expect(refused.every((reason) => reason instanceof LedgerUnavailable && !reason.commit_unknown)).toBe(true)
  expect(await world.ledger.balance(account.owner, world.now)).toMatchObject({ available: 90_000n, held: 10_000n })
  expect(await world.ledger.commit(holdOf(account.id, 1n))).toMatchObject({ outcome: 'committed' })
})

/** A rider whose batch stands still, written and not committed, until it is told how to end. */
function standingStill(world: LedgerWorld) {
  const written = Promise.withResolvers<void>()
  const how = Promise.withResolvers<'well' | 'badly' | 'refused'>()
  let first = true
  world.riders.register({
    kind: 'still',
    stage: 'job',
    async run(_tx, rows) {
      if (first) {
        first = false
        written.resolve()
        const ends = await how.promise
        if (ends === 'badly') throw new Error('a poisoned operation')
        if (ends === 'refused') return new Set()
      }
      return new Set(rows.map(({ op }) => op))
    },
  })
  return { rider: { kind: 'still', row: {} }, written: written.promise, end: how.resolve }
}

/** Some batch that came after `since` has read what it is decided on. */
async function anotherHasRead(since: Date): Promise<void> {
  const look = `select 1 from pg_stat_activity where datname = current_database() and state = 'idle' and query = 'rollback' and state_change > $1`
  while ((await second.query(look, [since])).rows.length === 0);
}

async function databaseTime(): Promise<Date> {
  const { rows } = await second.query<{ now: Date }>('select clock_timestamp() as now')
  if (rows[0] === undefined) throw new Error('the database has no time')
  return rows[0].now
}

/** So many that they are decided while another batch is being written. */
const CROWD = 50

test('a batch that is decided while another is being written is decided on what that leaves, and answers only after it', async () => {
  const { world, accounts } = await laneOf([100n, 100n])
  const [account, other] = accounts
  if (account === undefined || other === undefined) throw new Error('no account')
  const still = standingStill(world)
  const hold = holdOf(account.id, 70n)
  const order: string[] = []
  const first = world.ledger.commit(hold, [still.rider]).then((outcome) => void order.push(`first ${outcome.outcome}`))
  await still.written
  const since = await databaseTime()
  const crowd = [
    captureOf(hold, 50n), // of a hold that nobody can read yet
    holdOf(account.id, 51n), // 30 are left, and 20 came back
    hold, // a repeat
    ...repeated(CROWD, () => holdOf(account.id, 1n)),
    holdOf(other.id, 5n),
  ].map(async (operation) => {
    const outcome = await world.ledger.commit(operation)
    order.push(outcome.outcome)
    return outcome
  })
  await anotherHasRead(since)
  expect(order).toEqual([])
  still.end('well')
  await first
  const [captured, refused, repeat, ...held] = await Promise.all(crowd)
  expect(order[0]).toBe('first committed')
  expect(captured).toMatchObject({ outcome: 'committed', entry: { kind: 'capture', ver: 3n } })
  expect(refused).toEqual({ outcome: 'insufficient', needed: 51n, available: 50n })
  expect(repeat).toMatchObject({ outcome: 'committed', replayed: true })
  expect(held.map(({ outcome }) => outcome)).toEqual(repeated(CROWD + 1, () => 'committed'))
  expect(world.events).toEqual([])
  expect(await world.ledger.balance(account.owner, world.now)).toMatchObject({ available: 0n, held: 50n, spent: 50n })
  await expectClean(world)
})

test('what was decided on a batch that then failed is decided again, in its order', async () => {
  const { world, accounts } = await laneOf([100n, 100n])
  const [account, other] = accounts
  if (account === undefined || other === undefined) throw new Error('no account')
  const still = standingStill(world)
  const poisoned = world.ledger.commit(holdOf(account.id, 70n), [still.rider])
  await still.written
  const since = await databaseTime()
  const crowd = [
    holdOf(account.id, 50n), // not while 70 are held
    ...repeated(CROWD, () => holdOf(account.id, 1n)),
    holdOf(account.id, 1n),
    holdOf(other.id, 5n),
  ].map((operation) => world.ledger.commit(operation))
  await anotherHasRead(since)
  still.end('badly')
  // Alone it goes well: it is behind nobody, and before those that came after it.
  const [first] = await Promise.all([poisoned.catch((error: Error) => error.message)])
  const outcomes = await Promise.all(crowd)
  expect(first).toBe('a poisoned operation')
  expect(outcomes.map(({ outcome }) => outcome)).toEqual([...repeated(CROWD + 1, () => 'committed'), 'insufficient', 'committed'])
  expect(await world.ledger.balance(account.owner, world.now)).toMatchObject({ available: 0n, held: 100n })
  await expectClean(world)
})

test('a version that another writer reached by another way is not the one that was foretold', async () => {
  const elsewhere = ledgerWorld(second)
  const interrupted = openPool(database.connection, () => undefined)
  let between: (() => Promise<unknown>) | null = null
  interrupted.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>
    Reflect.set(client, 'query', async (...args: unknown[]) => {
      const answer = await query(...args)
      const now = args[0] === 'rollback' ? between : null
      if (now === null) return answer
      between = null
      await now()
      return answer
    })
  })
  const {
    world,
    accounts: [account],
  } = await laneOf([100n], interrupted)
  if (account === undefined) throw new Error('no account')
  const still = standingStill(world)
  const poisoned = world.ledger.commit(holdOf(account.id, 70n), [still.rider]).catch((error: Error) => error.message)
  await still.written
  const since = await databaseTime()
  const crowd = repeated(CROWD, () => world.ledger.commit(holdOf(account.id, 1n)))
  await anotherHasRead(since)
  between = () => elsewhere.ledger.commit(holdOf(account.id, 5n)) // the second row of the account, as the 70 would have been
  still.end('badly')
  expect(await poisoned).toBe('a poisoned operation')
  expect((await Promise.all(crowd)).map(({ outcome }) => outcome)).toEqual(repeated(CROWD, () => 'committed'))
  expect(await world.ledger.balance(account.owner, world.now)).toMatchObject({ available: 45n, held: 55n })
  await expectClean(world)
  await interrupted.end()
})

test('what was decided on a batch whose guard then fails is answered soon, however busy the other accounts are', async () => {
  const { world, accounts } = await laneOf([1000n, ...repeated(2 * CROWD, () => 100_000n)])
  const [account, ...others] = accounts
  if (account === undefined) throw new Error('no account')
  const still = standingStill(world)
  const refused = world.ledger.commit(holdOf(account.id, 70n), [still.rider])
  await still.written
  const since = await databaseTime()
  let answered = false
  const hold = world.ledger.commit(holdOf(account.id, 1n)).finally(() => {
    answered = true
  })
  // More than one batch has room for, so one is always being written while the next is decided; and each brings something new for the account.
  let rounds = 0
  const hot: Promise<unknown>[] = []
  const busy = repeated(1_200, async (place) => {
    const other = others[place % others.length]
    for (let i = 0; i < 6 && other; i++) {
      if (place % 40 === 0) hot.push(world.ledger.commit(holdOf(account.id, 1n)))
      await world.ledger.commit(holdOf(other.id, 1n))
      if (!answered) rounds = Math.max(rounds, i)
    }
  })
  await anotherHasRead(since)
  still.end('refused')
  expect(await refused).toMatchObject({ outcome: 'guard_failed' })
  expect(await hold).toMatchObject({ outcome: 'committed' })
  await Promise.all(busy)
  await Promise.all(hot)
  expect(rounds).toBeLessThan(2)
  await expectClean(world)
})

test('two batches that fail one after the other lose nobody who waits behind both', async () => {
  const {
    world,
    accounts: [account],
  } = await laneOf([1000n])
  if (account === undefined) throw new Error('no account')
  const still = standingStill(world)
  const first = [world.ledger.commit(holdOf(account.id, 1n), [still.rider]), world.ledger.commit(holdOf(account.id, 1n))]
  await still.written
  const refused = vi.spyOn(pool, 'connect').mockImplementationOnce(() => Promise.reject(new Error('no connection')))
  const crowd = repeated(CROWD, () => world.ledger.commit(holdOf(account.id, 1n)))
  await vi.waitUntil(() => refused.mock.calls.length > 0, { timeout: 120_000 })
  const late = [world.ledger.commit(holdOf(account.id, 1n)), world.ledger.commit(holdOf(account.id, 1n))]
  still.end('badly')
  const outcomes = await Promise.all([...first, ...crowd, ...late])
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(repeated(CROWD + 4, () => 'committed'))
  expect(await world.ledger.balance(account.owner, world.now)).toMatchObject({ held: BigInt(CROWD + 4) })
  refused.mockRestore()
  await expectClean(world)
})

test('what cannot be foretold waits for the batch before: a grant, a refund, and whatever the account does behind them', async () => {
  const {
    world,
    accounts: [account],
  } = await laneOf([100n])
  if (account === undefined) throw new Error('no account')
  const still = standingStill(world)
  const hold = holdOf(account.id, 70n)
  const first = world.ledger.commit(hold, [still.rider])
  await still.written
  const since = await databaseTime()
  const crowd = [
    captureOf(hold, 70n),
    ...repeated(CROWD, () => holdOf(account.id, 0n)),
    grantOf(account.id, 11n),
    refundOf(hold, 20n, 'r'),
    holdOf(account.id, 61n),
  ].map((operation) => world.ledger.commit(operation))
  await anotherHasRead(since)
  still.end('well')
  await first
  const outcomes = await Promise.all(crowd)
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(repeated(crowd.length, () => 'committed'))
  expect(await world.ledger.balance(account.owner, world.now)).toMatchObject({ available: 0n, held: 61n, spent: 50n })
  await expectClean(world)
})
