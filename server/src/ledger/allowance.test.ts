import { afterAll, expect, test } from 'vitest'
import { openPool, transaction } from '../db/pool.ts'
import type { AllowancePolicy } from '../domain/allowance.ts'
import { CREDITS_MAX } from '../domain/credits.ts'
import { expectClean } from '../testing/clean-ledger.ts'
import { testDatabase } from '../testing/database.ts'
import type { AllowanceWish } from './standing.ts'
import { captureOf, grantOf, HOUR, holdOf, type LedgerWorld, ledgerWorld, releaseOf } from './testing.ts'

const database = await testDatabase()
const { pool } = database
const second = openPool(database.connection, () => undefined)
afterAll(async () => {
  await second.end()
  await database.drop()
})

const at = (text: string) => Date.parse(text)
const DAILY: AllowancePolicy = [{ from: '2026-01-01', credits: 30n }]

async function allowed(world: LedgerWorld, wish: Partial<AllowanceWish> = {}) {
  const account = await world.account()
  await allow(world, account, wish)
  return account
}

function allow(world: LedgerWorld, { owner }: Awaited<ReturnType<LedgerWorld['account']>>, wish: Partial<AllowanceWish>) {
  return transaction(pool, (tx) => world.ledger.setAllowance(tx, owner, { policy: DAILY, zone: 'UTC', priority: 50, ...wish }))
}

async function daysOf(account: bigint) {
  const { rows } = await pool.query<{ period_key: string }>(
    "select period_key from ledger.grants where account_id = $1 and period_key like 'allowance:%' order by no",
    [account],
  )
  return rows.map(({ period_key }) => period_key.slice('allowance:'.length))
}

test('case 20: 100 parallel first requests of a day, from two processes, make one grant', async () => {
  const one = ledgerWorld(pool)
  const two = ledgerWorld(second)
  const { id, owner } = await allowed(one)
  for (const date of ['2026-03-29', '2026-03-30', '2026-03-31']) {
    one.now = two.now = at(`${date}T08:00:00Z`)
    const outcomes = await Promise.all(Array.from({ length: 100 }, (_, i) => (i % 2 ? one : two).ledger.commit(holdOf(id, 1n))))
    expect(outcomes.filter(({ outcome }) => outcome === 'committed')).toHaveLength(30)
    expect(outcomes.filter(({ outcome }) => outcome === 'insufficient')).toHaveLength(70)
    expect(await one.ledger.balance(owner, one.now)).toMatchObject({ available: 0n })
  }
  expect(await daysOf(id)).toEqual(['2026-03-29', '2026-03-30', '2026-03-31'])
  await expectClean(one)
})

test('what is due counts before it is made: in the balance, and in what a refusal says is there', async () => {
  const world = ledgerWorld(pool)
  const { id, owner } = await allowed(world)
  world.now = at('2026-03-29T08:00:00Z')
  const midnight = at('2026-03-30T00:00:00Z')
  expect(await world.ledger.balance(owner, world.now)).toMatchObject({
    available: 30n,
    expiring: [{ credits: 30n, expires_at: midnight }],
    grants: [{ kind: 'daily', credits: 30n, remaining: 30n }],
    next_reset: midnight,
  })
  expect(await world.ledger.commit(holdOf(id, 31n))).toEqual({ outcome: 'insufficient', needed: 31n, available: 30n })
  expect(await daysOf(id)).toEqual([])
  expect(await world.ledger.commit(holdOf(id, 30n))).toMatchObject({ outcome: 'committed', entries: [{ kind: 'grant' }, { kind: 'hold' }] })
  expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 0n, held: 30n, next_reset: midnight })
  expect((await world.ledger.balance(owner, midnight)).available).toBe(30n)
  await expectClean(world)
})

test('a day that an account has no room for stays due, and is given once something has expired', async () => {
  const world = ledgerWorld(pool)
  const { id, owner } = await allowed(world, { policy: [{ from: '2026-01-01', credits: CREDITS_MAX - 10n }] })
  world.now = at('2026-03-29T08:00:00Z')
  const soon = at('2026-03-29T09:00:00Z')
  await world.ledger.commit(grantOf(id, 40n, { expires_at: soon }))
  expect(await world.ledger.commit(holdOf(id, 10n))).toMatchObject({ outcome: 'committed', entries: [{ kind: 'hold' }] })
  expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 30n, held: 10n, next_reset: null })
  expect(await daysOf(id)).toEqual([])
  await expectClean(world)
  world.now = soon
  const midnight = at('2026-03-30T00:00:00Z')
  expect(await world.ledger.balance(owner, soon)).toMatchObject({ available: CREDITS_MAX - 10n, held: 10n, next_reset: midnight })
  expect(await world.ledger.commit(holdOf(id, 1n))).toMatchObject({ outcome: 'committed' })
  expect(await daysOf(id)).toEqual(['2026-03-29'])
  await expectClean(world)
})

test('case 19: what was held a second before midnight is paid by that day, and the next day is whole', async () => {
  const world = ledgerWorld(pool)
  const { id, owner } = await allowed(world)
  world.now = at('2026-03-29T23:59:59Z')
  const [kept, lost] = [holdOf(id, 20n), holdOf(id, 10n)]
  await world.ledger.commit(kept)
  await world.ledger.commit(lost)
  world.now = at('2026-03-30T00:00:10Z')
  await world.ledger.commit(captureOf(kept, 20n))
  await world.ledger.commit(releaseOf(lost, 'customer'))
  expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 30n, held: 0n, spent: 20n })
  // A finish gives nobody a day: who orders nothing costs no row.
  expect(await daysOf(id)).toEqual(['2026-03-29'])
  await expectClean(world)
})

test('case 29: at midnight itself the old day is gone and the new one is there, never both', async () => {
  const world = ledgerWorld(pool)
  const { id } = await allowed(world)
  world.now = at('2026-03-29T12:00:00Z')
  await world.ledger.commit(holdOf(id, 1n))
  world.now = at('2026-03-30T00:00:00Z')
  expect(await world.ledger.commit(holdOf(id, 31n))).toMatchObject({ outcome: 'insufficient', available: 30n })
  expect(await world.ledger.commit(holdOf(id, 30n))).toMatchObject({
    entries: [{ kind: 'expire', amount: 29n }, { kind: 'grant' }, { kind: 'hold' }],
  })
  await expectClean(world)
})

test('the sweep gives nobody a day, and what it books at midnight makes no difference', async () => {
  const world = ledgerWorld(pool)
  const { id, owner } = await allowed(world)
  world.now = at('2026-03-29T12:00:00Z')
  await world.ledger.commit(holdOf(id, 1n))
  for (const date of ['2026-03-30', '2026-03-31', '2026-04-01']) await world.ledger.sweep(at(`${date}T00:00:30Z`))
  expect(await daysOf(id)).toEqual(['2026-03-29'])
  world.now = at('2026-04-01T10:00:00Z')
  expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 30n, next_reset: at('2026-04-02T00:00:00Z') })
  await expectClean(world)
})

test('golden: an allowance that is switched off at a date is whole the instant before, and says so plainly from then on', async () => {
  const world = ledgerWorld(pool)
  const free = [
    { from: '2025-10-01', credits: 30n },
    { from: '2026-01-10', credits: 0n },
  ]
  const { id, owner } = await allowed(world, { policy: free, zone: 'America/New_York' })
  world.now = at('2026-01-10T04:59:59.999Z')
  expect(await world.ledger.commit(holdOf(id, 30n))).toMatchObject({ outcome: 'committed' })
  world.now = at('2026-01-10T05:00:00Z')
  expect(await world.ledger.commit(holdOf(id, 1n))).toEqual({ outcome: 'insufficient', needed: 1n, available: 0n })
  expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 0n, next_reset: null })
  await expectClean(world)
})

test('a policy that changes counts from the next day; ended and begun again it gives no day twice', async () => {
  const world = ledgerWorld(pool)
  const account = await allowed(world)
  const { id, owner } = account
  world.now = at('2026-03-29T12:00:00Z')
  await world.ledger.commit(holdOf(id, 30n))
  for (const credits of [0n, 100n]) await allow(world, account, { policy: credits === 0n ? [] : [{ from: '2026-01-01', credits }] })
  expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 0n, next_reset: at('2026-03-30T00:00:00Z') })
  expect(await world.ledger.commit(holdOf(id, 1n))).toMatchObject({ outcome: 'insufficient' })
  world.now = at('2026-03-30T00:00:00Z')
  expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 100n })
  await allow(world, account, { policy: [] })
  expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 0n, next_reset: null })
  await expectClean(world)
})

test('case 22: moving to another zone keeps the day in hand and gives no second one', async () => {
  const world = ledgerWorld(pool)
  const { id, owner } = await allowed(world, { zone: 'Europe/Berlin' })
  world.now = at('2026-06-01T18:00:00Z')
  await world.ledger.commit(holdOf(id, 10n))
  await transaction(pool, (tx) => world.ledger.moveZone(tx, owner, 'Asia/Tokyo')) // where it is June 2
  expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 20n, next_reset: at('2026-06-01T22:00:00Z') })
  expect(await world.ledger.commit(holdOf(id, 21n))).toMatchObject({ outcome: 'insufficient', available: 20n })
  world.now = at('2026-06-01T22:00:00Z')
  await world.ledger.commit(holdOf(id, 30n))
  expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 0n, next_reset: at('2026-06-03T15:00:00Z') })
  await expectClean(world)
})

test('an allowance burns in the order that everything burns in: before a pack, because it ends sooner', async () => {
  const world = ledgerWorld(pool)
  const { id, owner } = await allowed(world)
  await world.ledger.commit(grantOf(id, 100n))
  await world.ledger.commit(holdOf(id, 40n))
  const { grants } = await world.ledger.balance(owner, world.now)
  expect(grants.map(({ kind, remaining }) => [kind, remaining])).toEqual([
    ['daily', 0n],
    ['pack', 90n],
  ])
  await expectClean(world)
})

/** A pool in which something happens just before a batch locks the accounts that it decided on. */
function interruptedPool(interrupt: () => Promise<unknown>) {
  const interrupted = openPool({ ...database.connection, max: 2 }, () => undefined)
  interrupted.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>
    let done = false
    Reflect.set(client, 'query', async (...args: unknown[]) => {
      const [statement] = args
      const locks = typeof statement === 'object' && statement !== null && Reflect.get(statement, 'name') === 'ledger.move'
      if (locks && !done) {
        done = true
        await interrupt()
      }
      return query(...args)
    })
  })
  return interrupted
}

test('a policy that changes between reading and writing is decided on as it is: nobody gets a day that was just ended', async () => {
  const usual = ledgerWorld(pool)
  const account = await allowed(usual)
  const interrupted = interruptedPool(() => allow(usual, account, { policy: [] }))
  const world = ledgerWorld(interrupted)
  expect(await world.ledger.commit(holdOf(account.id, 5n))).toEqual({ outcome: 'insufficient', needed: 5n, available: 0n })
  expect(await daysOf(account.id)).toEqual([])
  await interrupted.end()
  await expectClean(usual)
})

test('the audit names a day that was given twice, and an account that would forget its next one', async () => {
  const world = ledgerWorld(pool)
  const { id } = await allowed(world)
  await world.ledger.commit(holdOf(id, 1n))
  await pool.query('update ledger.accounts set standing_ms = standing_ms + $2 where id = $1', [id, BigInt(HOUR)])
  const looks = await world.ledger.audit({ full: true })
  expect(looks.checks.find(({ name }) => name === 'standing')).toMatchObject({
    ok: false,
    detail: expect.stringContaining(`account ${id}`),
  })
  await pool.query('update ledger.accounts set standing_ms = standing_ms - $2 where id = $1', [id, BigInt(HOUR)])
  await pool.query('update ledger.allowances set last_no = null where account_id = $1', [id])
  const newest = await world.ledger.audit({ full: true })
  expect(newest.checks.find(({ name }) => name === 'standing')).toMatchObject({
    ok: false,
    detail: expect.stringContaining('newest day'),
  })
  await pool.query('update ledger.allowances set last_no = 1 where account_id = $1', [id])
  await expectClean(world)
})

test('a day is given to an account whose row has no room for it, and is spent from there', async () => {
  const world = ledgerWorld(pool)
  const { id, owner } = await allowed(world)
  for (let i = 0; i < 12; i++) await world.ledger.commit(grantOf(id, 1n, { priority: 10 }))
  expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 42n })
  expect(await world.ledger.commit(holdOf(id, 1n))).toMatchObject({ outcome: 'committed', entry: { available_after: 41n } })
  expect(await world.ledger.commit(holdOf(id, 36n))).toMatchObject({ outcome: 'committed', entry: { available_after: 5n } })
  world.now += 24 * HOUR
  expect(await world.ledger.commit(holdOf(id, 30n))).toMatchObject({ outcome: 'committed', entry: { available_after: 0n } })
  expect(await daysOf(id)).toHaveLength(2)
  await expectClean(world)
})
