import { afterAll, expect, test } from 'vitest'
import { openPool, transaction } from '../db/pool.ts'
import { cycle } from '../domain/subscription.ts'
import { expectClean } from '../testing/clean-ledger.ts'
import { testDatabase } from '../testing/database.ts'
import { decideSettlement } from './decide.ts'
import type { SubscriptionWish } from './subscription.ts'
import { captureOf, EMPTY_KNOWN, freshId, grantOf, holdOf, type LedgerWorld, ledgerWorld, releaseOf, reverseOf, START } from './testing.ts'

const database = await testDatabase()
const { pool } = database
const second = openPool(database.connection, () => undefined)
afterAll(async () => {
  await second.end()
  await database.drop()
})

const at = (text: string) => Date.parse(text)
type Subscriber = Awaited<ReturnType<LedgerWorld['account']>>

async function subscribed(world: LedgerWorld, wish: Partial<SubscriptionWish> = {}): Promise<Subscriber> {
  const account = await world.account()
  const usual = { id: `sub_${account.id}`, anchor: world.now, zone: 'UTC', credits: 1_000n, cost_micro: 20_000_000n, rollover_max: 0n }
  await transaction(pool, (tx) => world.ledger.beginSubscription(tx, account.owner, { ...usual, ...wish }))
  return account
}

const pay = (world: LedgerWorld, { id, owner }: Subscriber, number: number) =>
  transaction(pool, (tx) => world.ledger.payCycle(tx, owner, `sub_${id}`, number))

async function keysOf({ id }: Subscriber) {
  const { rows } = await pool.query<{ period_key: string; amount: bigint }>(
    'select period_key, amount from ledger.grants where account_id = $1 order by no',
    [id],
  )
  return rows.map(({ period_key, amount }) => [period_key.replace(`sub_${id}:`, ''), Number(amount)])
}

test('cases 23, 24: credits of a month end with it, on the day of the anchor or the last of the month, and do not roll over', async () => {
  const world = ledgerWorld(pool)
  world.now = at('2028-01-31T09:00:00Z')
  const account = await subscribed(world)
  for (const [number, ends] of ['2028-02-29T09:00:00Z', '2028-03-31T09:00:00Z', '2028-04-30T09:00:00Z', '2028-05-31T09:00:00Z'].entries()) {
    if (number > 0) expect(await pay(world, account, number)).toBe(true)
    expect(await world.ledger.balance(account.owner, world.now)).toMatchObject({
      available: 1_000n,
      expiring: [{ credits: 1_000n, expires_at: at(ends) }],
    })
    await world.ledger.commit(holdOf(account.id, 1n))
    expect((await world.ledger.balance(account.owner, at(ends) - 1)).available).toBe(999n)
    world.now = at(ends)
    expect((await world.ledger.balance(account.owner, world.now)).available).toBe(0n)
  }
  expect(await keysOf(account)).toEqual([
    ['0', 1_000],
    ['1', 1_000],
    ['2', 1_000],
    ['3', 1_000],
  ])
  await expectClean(world)
})

test('case 25: a payment that is told twice, early or late gives one month, from its boundary to its end', async () => {
  const world = ledgerWorld(pool)
  world.now = at('2026-01-10T00:00:00Z')
  const account = await subscribed(world)
  world.now = at('2026-02-05T00:00:00Z') // five days early
  expect([await pay(world, account, 1), await pay(world, account, 1), await pay(world, account, 0)]).toEqual([true, false, false])
  expect((await world.ledger.balance(account.owner, world.now)).available).toBe(1_000n)
  await world.ledger.commit(holdOf(account.id, 1_000n))
  expect(await world.ledger.commit(holdOf(account.id, 1n))).toMatchObject({ outcome: 'insufficient', available: 0n })
  world.now = at('2026-02-10T00:00:00Z')
  expect(await world.ledger.commit(holdOf(account.id, 1_000n))).toMatchObject({ outcome: 'committed' })
  // Three days late: nothing until then, and not a day more after it.
  world.now = at('2026-03-10T00:00:00Z')
  expect(await world.ledger.commit(holdOf(account.id, 1n))).toMatchObject({ outcome: 'insufficient', available: 0n })
  world.now = at('2026-03-13T00:00:00Z')
  await pay(world, account, 2)
  expect(await world.ledger.balance(account.owner, world.now)).toMatchObject({
    expiring: [{ credits: 1_000n, expires_at: at('2026-04-10T00:00:00Z') }],
  })
  // A month that nobody paid is passed over.
  world.now = at('2026-05-20T00:00:00Z')
  await pay(world, account, 4)
  expect(await world.ledger.balance(account.owner, world.now)).toMatchObject({
    available: 1_000n,
    expiring: [{ expires_at: at('2026-06-10T00:00:00Z') }],
  })
  await world.ledger.commit(holdOf(account.id, 1n))
  // What was paid for the third month expired unused: it is in the books all the same.
  expect(await keysOf(account)).toEqual([
    ['0', 1_000],
    ['1', 1_000],
    ['2', 1_000],
    ['4', 1_000],
  ])
  await expectClean(world)
})

test('100 parallel holds at a boundary, from two processes, and sweeps beside them give the month once', async () => {
  const one = ledgerWorld(pool)
  const two = ledgerWorld(second)
  const account = await subscribed(one, { credits: 30n })
  await pay(one, account, 1)
  one.now = two.now = at('2026-04-29T12:00:00Z')
  const holding = Array.from({ length: 100 }, (_, i) => (i % 2 ? one : two).ledger.commit(holdOf(account.id, 1n)))
  const sweeping = [one.ledger.sweep(one.now), two.ledger.sweep(two.now)]
  const outcomes = await Promise.all(holding)
  await Promise.all(sweeping)
  expect(outcomes.filter(({ outcome }) => outcome === 'committed')).toHaveLength(30)
  expect(await keysOf(account)).toEqual([
    ['0', 30],
    ['1', 30],
  ])
  await expectClean(one)
})

test('the sweep writes down what a month gave to whoever never asked, so that what was paid and not used shows as expired', async () => {
  const world = ledgerWorld(pool)
  const account = await subscribed(world)
  await world.ledger.sweep(world.now)
  expect(await keysOf(account)).toEqual([['0', 1_000]])
  world.now = at('2026-04-29T12:00:00Z')
  await world.ledger.sweep(world.now)
  const { rows } = await pool.query('select kind, amount from ledger.journal where account_id = $1 order by ver', [account.id])
  expect(rows).toEqual([
    { kind: 1, amount: 1_000n },
    { kind: 5, amount: 1_000n },
  ])
  await expectClean(world)
})

test('unused credits roll over up to the cap, once more than a month only as far as the cap, and held ones never', async () => {
  const world = ledgerWorld(pool)
  const account = await subscribed(world, { credits: 100n, rollover_max: 40n })
  await pay(world, account, 1)
  await pay(world, account, 2)
  const held = holdOf(account.id, 70n)
  await world.ledger.commit(held)
  world.now = at('2026-04-29T12:00:00Z') // 30 are left, all of which roll over
  expect((await world.ledger.balance(account.owner, world.now)).available).toBe(130n)
  await world.ledger.commit(releaseOf(held, 'customer'))
  expect((await world.ledger.balance(account.owner, world.now)).available).toBe(130n)
  const more = holdOf(account.id, 20n)
  await world.ledger.commit(more)
  await world.ledger.commit(captureOf(more, 20n))
  world.now = at('2026-05-29T12:00:00Z') // 110 are left, of which 40 do
  expect((await world.ledger.balance(account.owner, world.now)).available).toBe(140n)
  await world.ledger.commit(holdOf(account.id, 140n))
  expect(await keysOf(account)).toEqual([
    ['0', 100],
    ['1', 100],
    ['1:rollover', 30],
    ['2', 100],
    ['2:rollover', 40],
  ])
  await expectClean(world)
})

test('what rolls over twice keeps the price of the month that it was paid with, and is claimed back with it', async () => {
  const world = ledgerWorld(pool)
  const account = await subscribed(world, { credits: 100n, cost_micro: 10_000_000n, rollover_max: 50n })
  const spend = async (credits: bigint) => {
    const held = holdOf(account.id, credits)
    await world.ledger.commit(held)
    await world.ledger.commit(captureOf(held, credits))
  }
  await spend(70n)
  const cheaper = { id: `sub_${account.id}`, credits: 100n, cost_micro: 1_000_000n, rollover_max: 50n }
  await transaction(pool, (tx) => world.ledger.changeSubscription(tx, account.owner, cheaper))
  await pay(world, account, 1)
  world.now = at('2026-04-29T12:00:00Z')
  await spend(90n) // of the new month: it costs less
  await pay(world, account, 2)
  world.now = at('2026-05-29T12:00:00Z') // 10 of this month and 30 of the one before roll over
  await world.ledger.sweep(world.now)
  await world.ledger.seal(world.now)
  const { rows } = await pool.query<{ no: bigint; amount: bigint; of: bigint | null; id: string }>(
    'select no, amount, made_good_of as of, id from ledger.grants where account_id = $1 order by no',
    [account.id],
  )
  expect(rows.map(({ no, amount, of }) => [no, amount, of].map(Number))).toEqual([
    [1, 100, 0],
    [2, 100, 0],
    [3, 30, 1],
    [4, 100, 0],
    [5, 10, 2],
    [6, 30, 3],
  ])
  const { rows: earned } = await pool.query(
    `select sum(revenue_micro)::bigint as revenue, sum(breakage_micro)::bigint as breakage from ledger.earnings where account_id = $1`,
    [account.id],
  )
  expect(earned).toEqual([{ revenue: 7_900_000n, breakage: 0n }])
  expect((await world.ledger.balance(account.owner, world.now)).available).toBe(140n)
  expect(await world.ledger.commit(reverseOf(account.id, rows[0]?.id ?? ''))).toMatchObject({ outcome: 'committed' })
  expect(await world.ledger.balance(account.owner, world.now)).toMatchObject({ available: 110n, owed: 70n })
  await expectClean(world)
})

test('what rolls over is of what it was also when the month before could not be given', () => {
  const of = { id: 'sub_1', anchor: START, zone: 'UTC', given: 1, pending: [1], credits: 10n, cost_micro: 0n, rollover_max: 9n }
  const { begins } = cycle(of, 1)
  const slot = { no: 5n, priority: 50n, scope: 0n, expires_ms: BigInt(begins), cost_nano: 7n, available: 4n, held: 0n }
  const account = { ...EMPTY_KNOWN.account, ver: 1n, grants_made: 5n, slots: [slot], cycle_ms: BigInt(begins) }
  const known = { ...EMPTY_KNOWN, account, subscription: { ...of, last_no: null, rolled_no: 5n } }
  const { grants, cycles } = decideSettlement(known, begins, freshId)
  expect(grants).toMatchObject([
    { no: 6n, amount: 10n, made_good_of: null },
    { no: 7n, amount: 4n, made_good_of: 5n, cost_nano: 7n },
  ])
  expect(cycles).toMatchObject({ last_no: 6n, rolled_no: 7n })
})

test('a month that was never looked at rolls over as if it had been', async () => {
  const world = ledgerWorld(pool)
  const account = await subscribed(world, { credits: 100n, rollover_max: 40n })
  await pay(world, account, 1)
  await pay(world, account, 2)
  world.now = at('2026-05-30T00:00:00Z')
  expect((await world.ledger.balance(account.owner, world.now)).available).toBe(140n)
  await world.ledger.sweep(world.now)
  expect(await world.ledger.balance(account.owner, world.now)).toMatchObject({ available: 140n })
  expect((await keysOf(account)).map(([key]) => key)).toEqual(['0', '1', '1:rollover', '2', '2:rollover'])
  await expectClean(world)
})

test('a change counts from the next month that is given', async () => {
  const world = ledgerWorld(pool)
  const account = await subscribed(world)
  const more = { id: `sub_${account.id}`, credits: 10_000n, cost_micro: 200_000_000n, rollover_max: 0n }
  await world.ledger.commit(holdOf(account.id, 1n))
  await transaction(pool, (tx) => world.ledger.changeSubscription(tx, account.owner, more))
  await pay(world, account, 1)
  expect((await world.ledger.balance(account.owner, world.now)).available).toBe(999n)
  expect((await world.ledger.balance(account.owner, at('2026-04-29T12:00:00Z'))).available).toBe(10_000n)
  await expectClean(world)
})

test('the audit names a month that is counted and was not given, and one that would be given twice', async () => {
  const world = ledgerWorld(pool)
  const account = await subscribed(world)
  await world.ledger.commit(holdOf(account.id, 1n))
  const wrong = async (change: string) => {
    await pool.query(`update ledger.subscriptions set ${change} where account_id = $1`, [account.id])
    const { checks } = await world.ledger.audit({ full: true })
    return checks.find(({ name }) => name === 'standing')
  }
  expect(await wrong('given = 2')).toMatchObject({ ok: false, detail: expect.stringContaining('was not') })
  expect(await wrong('given = 0')).toMatchObject({ ok: false, detail: expect.stringContaining('not counted as given') })
  expect(await wrong('given = 1')).toMatchObject({ ok: true })
})

test('a month in the backlog ends and rolls over like one in the row, whoever comes first', async () => {
  const world = ledgerWorld(pool)
  const first_comes: ((account: Subscriber) => Promise<unknown>)[] = [
    ({ id }) => world.ledger.commit(holdOf(id, 1n)),
    ({ id }) => world.ledger.commit(grantOf(id, 1n)),
    () => world.ledger.sweep(world.now),
    ({ owner }) => world.ledger.settle(owner, world.now),
  ]
  for (const comes of first_comes) {
    world.now = at('2026-01-10T00:00:00Z')
    const account = await subscribed(world, { credits: 10n, rollover_max: 4n })
    for (let i = 0; i < 9; i++) await world.ledger.commit(grantOf(account.id, 1n, { priority: 10 }))
    await pay(world, account, 1)
    const { rows } = await pool.query('select 1 from ledger.backlog b where account_id = $1 and no = 1', [account.id])
    expect(rows).toHaveLength(1)
    world.now = at('2026-02-10T00:00:00Z') - 1
    expect(await world.ledger.balance(account.owner, world.now)).toMatchObject({ available: 19n })
    world.now += 1
    expect(await world.ledger.balance(account.owner, world.now)).toMatchObject({ available: 9n + 10n + 4n })
    expect(await comes(account)).not.toMatchObject({ outcome: 'insufficient' })
    const months = (await keysOf(account)).filter(([key]) => String(key).length < 20)
    expect(months).toEqual([
      ['0', 10],
      ['1', 10],
      ['1:rollover', 4],
    ])
    await expectClean(world)
  }
})

test('one that begins instead of another forgets when that was due', async () => {
  const world = ledgerWorld(pool)
  const account = await subscribed(world, { credits: 10n })
  await world.ledger.commit(holdOf(account.id, 10n))
  await pay(world, account, 1)
  await transaction(pool, (tx) =>
    world.ledger.beginSubscription(tx, account.owner, {
      id: `sub_${account.id}_free`,
      anchor: world.now,
      zone: 'UTC',
      credits: 0n,
      cost_micro: 0n,
      rollover_max: 0n,
    }),
  )
  const { rows } = await pool.query('select due_ms, cycle_ms from ledger.accounts where id = $1', [account.id])
  expect(rows).toEqual([{ due_ms: null, cycle_ms: null }])
  await expectClean(world)
})

test('months that give nothing follow months that gave something, and the audit has nothing to say', async () => {
  const world = ledgerWorld(pool)
  world.now = at('2026-01-10T00:00:00Z')
  const account = await subscribed(world)
  await world.ledger.commit(holdOf(account.id, 1n))
  world.now = at('2026-02-10T00:00:00Z')
  const nothing = { id: `sub_${account.id}`, credits: 0n, cost_micro: 5_000_000n, rollover_max: 0n }
  await transaction(pool, (tx) => world.ledger.changeSubscription(tx, account.owner, nothing))
  expect(await pay(world, account, 1)).toBe(true)
  await world.ledger.sweep(world.now)
  await expectClean(world)
  world.now = at('2026-03-10T00:00:00Z')
  await transaction(pool, (tx) => world.ledger.changeSubscription(tx, account.owner, { ...nothing, credits: 500n, rollover_max: 500n }))
  expect(await pay(world, account, 2)).toBe(true)
  expect((await world.ledger.balance(account.owner, world.now)).available).toBe(500n)
  await world.ledger.sweep(world.now)
  await expectClean(world)
})
