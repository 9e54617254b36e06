import { afterAll, expect, test } from 'vitest'
import { openPool } from '../db/pool.ts'
import { testDatabase } from '../testing/database.ts'
import { accountAvailable } from './account.ts'
import { decide, decideSettlement } from './decide.ts'
import type { Known } from './known.ts'
import type { Operation } from './operation.ts'
import {
  captureOf,
  EMPTY_ACCOUNT,
  EMPTY_KNOWN,
  freshId,
  grantOf,
  HOUR,
  holdOf,
  type LedgerWorld,
  ledgerWorld,
  refundOf,
  releaseOf,
  START,
} from './testing.ts'

const database = await testDatabase()
const { pool } = database
const second = openPool(database.connection, () => undefined)
afterAll(async () => {
  await second.end()
  await database.drop()
})

async function stored(account: bigint): Promise<{ head: number; held: number; waiting: bigint | null; backlog: number; credits: bigint }> {
  const { rows } = await pool.query<{ slots: bigint[]; waiting: bigint[] | null; backlog: number; credits: bigint }>(
    `select a.slots, a.waiting, (select count(*)::int from ledger.backlog b where b.account_id = a.id) as backlog,
            (select coalesce(sum(available), 0)::bigint from ledger.backlog b where b.account_id = a.id) as credits
       from ledger.accounts a where a.id = $1`,
    [account],
  )
  const [row] = rows
  if (!row) throw new Error('there is no such account')
  const held = row.slots.filter((value, i) => i % 7 === 6 && value > 0n).length
  return { head: row.slots.length / 7, held, waiting: row.waiting?.[0] ?? null, backlog: row.backlog, credits: row.credits }
}

async function expectClean(world: LedgerWorld): Promise<void> {
  for (const full of [true, false]) {
    const audit = await world.ledger.audit({ full })
    expect(audit.checks.filter((check) => !check.ok)).toEqual([])
  }
}

/** An account with `count` grants of one credit, the first to expire last: each burns before those that were there. */
async function withGrants(world: LedgerWorld, count: number) {
  const account = await world.account()
  const grants = Array.from({ length: count }, (_, i) => grantOf(account.id, 1n, { expires_at: START + (1_000 - i) * HOUR }))
  for (const grant of grants) await world.ledger.commit(grant)
  return { ...account, grants }
}

test('case 33: an account with forty grants has eight in its row, and burns all forty in order', async () => {
  const world = ledgerWorld(pool)
  const { id, owner, grants } = await withGrants(world, 40)
  expect(await stored(id)).toEqual({ head: 8, held: 0, waiting: 32n, backlog: 32, credits: 32n })
  expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 40n })

  const hold = holdOf(id, 19n) // reaches beyond the row
  expect(await world.ledger.commit(hold)).toMatchObject({ outcome: 'committed', entry: { available_after: 21n } })
  expect(await stored(id)).toMatchObject({ head: 19, held: 19, waiting: 21n })
  const status = await world.ledger.holdStatus(owner, hold.op)
  const latest = grants.map(({ op }) => op).reverse()
  expect(status?.grants.map((grant) => grant.id)).toEqual(latest.slice(0, 19))

  await world.ledger.commit(captureOf(hold, 12n))
  expect(await stored(id)).toMatchObject({ head: 8 - 1, held: 0, waiting: 21n }) // seven returned; the row is not filled up before it must be
  expect(await world.ledger.commit(holdOf(id, 28n))).toMatchObject({ outcome: 'committed', entry: { available_after: 0n } })
  expect(await world.ledger.commit(holdOf(id, 1n))).toEqual({ outcome: 'insufficient', needed: 1n, available: 0n })
  expect(await stored(id)).toMatchObject({ waiting: null, backlog: 0 })
  await expectClean(world)
})

test('case 33: a random history on real tables is answered like one in memory without a window', async () => {
  for (let seed = 1; seed <= 3; seed++) {
    const world = ledgerWorld(pool)
    const { id, owner } = await world.account()
    let known: Known = { ...EMPTY_KNOWN, account: { ...EMPTY_ACCOUNT, id } }
    const holds: ReturnType<typeof holdOf>[] = []
    const random = sequence(seed)
    for (let i = 0; i < 150; i++) {
      world.now += random(4) === 0 ? random(12) * HOUR : 0
      // Several at once are one batch, decided one on the other.
      const together = Array.from({ length: 1 + random(3) }, (): Operation => {
        const what = random(10)
        const hold = holds[random(holds.length)]
        if (what < 4)
          return grantOf(id, BigInt(1 + random(4)), { priority: 40 + random(3) * 10, expires_at: lifetime(world.now, random(5)) })
        if (what < 7 || !hold) {
          const made = holdOf(id, BigInt(random(5) === 0 ? random(40) : random(6)))
          holds.push(made)
          return made
        }
        if (what === 7) return refundOf(hold, BigInt(1 + random(2)), freshId())
        return what === 8 ? releaseOf(hold) : captureOf(hold, hold.credits / 2n)
      })
      const outcomes = await Promise.all(together.map((operation) => world.ledger.commit(operation)))
      const expected = together.map((operation) => {
        const decided = decide(known, operation, world.now, freshId)
        known = decided.known()
        return decided.outcome
      })
      expect(outcomes.map(told)).toEqual(expected.map(told))
      const { head, held, waiting, credits } = await stored(id)
      expect(head - held).toBeLessThanOrEqual(8)
      expect(waiting ?? 0n).toBe(credits)
    }
    const { available } = await world.ledger.balance(owner, world.now)
    expect(available).toBe(accountAvailable(decideSettlement(known, world.now, freshId).account))
    await expectClean(world)
  }
})

test('case 33: sixty parallel holds on forty grants of one credit, from two ledgers: exactly forty succeed', async () => {
  const [one, two] = [ledgerWorld(pool), ledgerWorld(second)]
  const { id, owner } = await withGrants(one, 40)
  const outcomes = await Promise.all(Array.from({ length: 60 }, (_, i) => (i % 2 ? one : two).ledger.commit(holdOf(id, 1n))))
  expect(outcomes.filter(({ outcome }) => outcome === 'committed')).toHaveLength(40)
  expect(outcomes.filter(({ outcome }) => outcome === 'insufficient')).toHaveLength(20)
  expect(await one.ledger.balance(owner, one.now)).toMatchObject({ available: 0n, held: 40n })
  await expectClean(one)
})

test('a batch that reaches beyond the row is decided anew in the same transaction, not tried again', async () => {
  const world = ledgerWorld(pool)
  const [reaching, staying] = [await withGrants(world, 40), await withGrants(world, 1)]
  const holds = Array.from({ length: 30 }, () => holdOf(reaching.id, 1n))
  const outcomes = await Promise.all([...holds, holdOf(staying.id, 1n)].map((hold) => world.ledger.commit(hold)))
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(Array(31).fill('committed'))
  expect(world.events).toEqual([])
})

test('grants in the backlog expire on time: in every balance at once, in the journal by the sweep', async () => {
  const world = ledgerWorld(pool)
  const { id, owner } = await world.account()
  for (let i = 0; i < 10; i++) await world.ledger.commit(grantOf(id, 1n, { priority: 10 }))
  const late = grantOf(id, 5n, { expires_at: START + HOUR })
  await world.ledger.commit(late)
  expect(await stored(id)).toMatchObject({ head: 8, waiting: 7n })
  world.now = START + HOUR
  expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 10n })
  expect(await world.ledger.grant(owner, late.op)).toMatchObject({ remaining: 0n })
  expect(await world.ledger.sweep(world.now)).toMatchObject({ accounts: 1, expired: 5n })
  expect(await stored(id)).toMatchObject({ head: 8, waiting: 2n, backlog: 2 })
  await expectClean(world)
})

test('a grant in the backlog is shown with what is left of it', async () => {
  const world = ledgerWorld(pool)
  const { id, owner } = await world.account()
  const grant = grantOf(id, 9n)
  await world.ledger.commit(grant)
  const hold = holdOf(id, 4n)
  await world.ledger.commit(hold)
  await world.ledger.commit(captureOf(hold, 4n))
  for (let i = 0; i < 8; i++) await world.ledger.commit(grantOf(id, 1n, { priority: 10 }))
  expect(await stored(id)).toMatchObject({ head: 8, waiting: 5n })
  expect(await world.ledger.grant(owner, grant.op)).toMatchObject({ credits: 9n, remaining: 5n, held: 0n })
  expect((await world.ledger.balance(owner, world.now)).grants.map((one) => one.remaining)).toEqual([...Array(8).fill(1n), 5n])
  await world.ledger.commit(refundOf(hold, 2n, 'r')) // to a grant that is in the backlog
  expect(await world.ledger.grant(owner, grant.op)).toMatchObject({ remaining: 7n })
  await expectClean(world)
})

test.each([
  ['a figure', 'update ledger.backlog set available = available + 1 where account_id = $1'],
  ['a row taken out', 'delete from ledger.backlog where account_id = $1'],
  ['what the account says of it', 'update ledger.accounts set waiting[1] = waiting[1] + 1 where id = $1'],
  ['an account that says nothing waits', 'update ledger.accounts set waiting = null where id = $1'],
])('an audit, full or not, names the account when somebody edits %s of a backlog by hand', async (_what, sql) => {
  const other = await testDatabase()
  try {
    const world = ledgerWorld(other.pool)
    const account = await world.account()
    for (let i = 0; i < 9; i++) await world.ledger.commit(grantOf(account.id, 2n))
    await expectClean(world)
    await other.pool.query(sql, [account.id])
    for (const full of [false, true]) {
      const audit = await world.ledger.audit({ full })
      expect(audit.checks.filter((check) => !check.ok).map(({ name }) => name)).toContain('replay')
    }
  } finally {
    await other.drop()
  }
})

/** What an answer says, without ids of rows that an operation brought along. */
function told(outcome: Awaited<ReturnType<LedgerWorld['ledger']['commit']>>) {
  if (outcome.outcome !== 'committed') return outcome
  return {
    replayed: outcome.replayed,
    entries: outcome.entries.map(({ kind, amount, change, available_after }) => ({ kind, amount, change, available_after })),
  }
}

function lifetime(now: number, hours: number): number | null {
  return hours === 0 ? null : now + hours * 7 * HOUR
}

/** The same numbers for the same seed. */
function sequence(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
