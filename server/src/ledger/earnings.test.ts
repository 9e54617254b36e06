import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Pool, transaction } from '../db/pool.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { earn, grantKey, type MoneyLeg, type Worth } from './earnings.ts'
import { makePayee, payeeBalance, payOut } from './payees.ts'
import { royaltyStatement, royaltyTerms } from './royalties.ts'
import {
  captureOf,
  freshId,
  grantOf,
  HOUR,
  holdOf,
  type LedgerWorld,
  ledgerWorld,
  refundOf,
  reinstateOf,
  releaseOf,
  reverseOf,
  START,
  useOf,
} from './testing.ts'

let database: TestDatabase
let pool: Pool
beforeAll(async () => {
  database = await testDatabase()
  pool = database.pool
})
afterAll(() => database.drop())

function royalWorld(): LedgerWorld {
  const world = ledgerWorld(pool)
  world.riders.register(royaltyStatement)
  return world
}

/** What an account brought in, after everything was sealed. */
async function earned(world: LedgerWorld, account: bigint) {
  await world.ledger.seal(world.now)
  const { rows } = await pool.query<{ revenue: bigint; breakage: bigint; reversed: bigint }>(
    `select coalesce(sum(revenue_micro), 0)::bigint as revenue, coalesce(sum(breakage_micro), 0)::bigint as breakage,
            coalesce(sum(reversed_micro), 0)::bigint as reversed from ledger.earnings where account_id = $1`,
    [account],
  )
  return rows[0] ?? { revenue: 0n, breakage: 0n, reversed: 0n }
}

const royaltiesOf = async (op: string) =>
  (
    await pool.query<{ seq: number; payee: string; micro: bigint }>(
      'select seq, payee, amount_micro as micro from ledger.royalties where op_id = $1 order by seq, payee',
      [op],
    )
  ).rows

async function auditIsClean(world: LedgerWorld) {
  expect((await world.ledger.audit({ full: true })).checks.filter(({ ok }) => !ok)).toEqual([])
}

test('revenue is what was captured, breakage what expired, and over the life of a grant both are its price to the micro-dollar', async () => {
  const world = ledgerWorld(pool)
  const { id } = await world.account()
  await world.ledger.commit(grantOf(id, 3n, { cost_micro: 10n, expires_at: START + HOUR }))
  const [one, two] = [holdOf(id, 1n), holdOf(id, 1n)]
  for (const hold of [one, two]) await world.ledger.commit(hold)
  expect(await earned(world, id)).toEqual({ revenue: 0n, breakage: 0n, reversed: 0n })
  await world.ledger.commit(captureOf(one, 1n))
  expect(await earned(world, id)).toEqual({ revenue: 3n, breakage: 0n, reversed: 0n })
  await world.ledger.commit(captureOf(two, 1n))
  expect(await earned(world, id)).toEqual({ revenue: 6n, breakage: 0n, reversed: 0n })
  world.now = START + HOUR
  await world.ledger.sweep(world.now)
  expect(await earned(world, id)).toEqual({ revenue: 6n, breakage: 4n, reversed: 0n })
  await auditIsClean(world)
})

test('credits that are made good take their price along: it is breakage or revenue when they end, once', async () => {
  const world = ledgerWorld(pool)
  const { id } = await world.account()
  await world.ledger.commit(grantOf(id, 7n, { cost_micro: 100n, expires_at: START + HOUR }))
  const hold = holdOf(id, 3n)
  await world.ledger.commit(hold)
  world.now = START + 2 * HOUR
  await world.ledger.commit(releaseOf(hold, 'provider')) // 4 expired, 3 live on for two hours
  expect(await earned(world, id)).toEqual({ revenue: 0n, breakage: 58n, reversed: 0n })
  const again = holdOf(id, 1n)
  await world.ledger.commit(again)
  await world.ledger.commit(captureOf(again, 1n))
  world.now += 10 * HOUR
  await world.ledger.sweep(world.now)
  const { revenue, breakage } = await earned(world, id)
  expect({ revenue, all: revenue + breakage }).toEqual({ revenue: 14n, all: 100n })
  await auditIsClean(world)
})

const step = fc.record({
  what: fc.nat({ max: 10 }),
  credits: fc.integer({ min: 1, max: 9 }),
  cost: fc.integer({ min: 0, max: 50 }),
  hours: fc.nat({ max: 30 }),
  pick: fc.nat({ max: 40 }),
})

test('over any history the earnings are what a naive look at the legs gives, and once all has ended they are what was paid', async () => {
  const world = ledgerWorld(pool)
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 8, maxLength: 30 }),
      fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }),
      async (steps, seals) => {
        world.now = START
        const { id } = await world.account()
        const holds: ReturnType<typeof holdOf>[] = []
        const grants: string[] = []
        const reversals: ReturnType<typeof reverseOf>[] = []
        let paid = 0n
        for (const [i, { what, credits, cost, hours, pick }] of steps.entries()) {
          world.now += hours * HOUR
          const amount = BigInt(credits)
          const hold = holds[pick % Math.max(holds.length, 1)]
          if (what < 2 || !hold) {
            paid += BigInt(cost)
            await world.ledger.commit(grantOf(id, amount, { cost_micro: BigInt(cost), expires_at: world.now + (1 + pick) * HOUR }))
          }
          if (what === 2 || what === 3) {
            const made = holdOf(id, amount, what === 3 ? { purpose: 'service', expires_at: world.now + 9 * HOUR } : {})
            if ((await world.ledger.commit(made)).outcome === 'committed') holds.push(made)
          }
          if ((what === 4 || what === 5) && hold) await world.ledger.commit(captureOf(hold, hold.credits < amount ? hold.credits : amount))
          if (what === 6 && hold) await world.ledger.commit(releaseOf(hold, pick % 2 ? 'provider' : 'customer'))
          if (what === 7 && hold) await world.ledger.commit(refundOf(hold, 1n, freshId()))
          if (what === 8) await world.ledger.commit(useOf(id, amount))
          const grant = grants[pick % Math.max(grants.length, 1)]
          if (what === 9 && grant !== undefined) {
            reversals.push(reverseOf(id, grant, pick % 2 ? {} : { credits: amount }))
            await world.ledger.commit(reversals.at(-1) ?? grantOf(id, 1n))
          }
          const reversal = reversals[pick % Math.max(reversals.length, 1)]
          if (what === 10 && reversal) await world.ledger.commit(reinstateOf(reversal))
          if (seals[i]) await world.ledger.seal(world.now)
        }
        expect(await earned(world, id)).toEqual(await naive(id))
        for (const hold of holds) await world.ledger.commit(releaseOf(hold, 'customer'))
        world.now += 1_000 * HOUR
        await world.ledger.sweep(world.now)
        const { revenue, breakage } = await earned(world, id)
        expect(revenue + breakage).toBe(paid)
      },
    ),
    { numRuns: 15 },
  )
  await auditIsClean(world)
}, 180_000)

/** All legs of an account from the beginning, credit by credit: the price of a credit is what it adds to the rounded sum. */
async function naive(account: bigint) {
  const { rows: grants } = await pool.query<{ no: bigint; amount: bigint; cost: bigint; parent: bigint | null }>(
    'select no, amount, cost_micro as cost, made_good_of as parent from ledger.grants where account_id = $1 order by no',
    [account],
  )
  const prices = new Map<bigint, { amount: bigint; worth: bigint; used: bigint }>()
  const sums = { revenue: 0n, breakage: 0n, reversed: 0n }
  const { rows } = await pool.query<{ legs: bigint[] }>('select legs from ledger.journal where account_id = $1 order by ver', [account])
  for (const { legs } of rows) {
    for (let i = 0; i < legs.length; i += 3) {
      const [no = 0n, move = 0n, credits = 0n] = legs.slice(i, i + 3)
      const grant = grants.find((one) => one.no === no)
      if (!grant) throw new Error('a leg without a grant')
      const parent = grant.parent === null ? undefined : prices.get(grant.parent)
      if (move === 1n) {
        const carried = parent ? (parent.worth * credits) / parent.amount : 0n
        sums.breakage -= carried
        prices.set(no, { amount: grant.amount, worth: grant.cost + carried, used: 0n })
      }
      const price = prices.get(no)
      if (!price) continue
      const upTo = (used: bigint) => (price.worth * used) / price.amount
      for (let credit = 0n; credit < credits; credit++) {
        if (move === 3n) sums.revenue += upTo(price.used + 1n) - upTo(price.used++)
        if (move === 5n || move === 6n) sums.breakage += upTo(price.used + 1n) - upTo(price.used++)
        if (move === 15n || move === 16n) sums.reversed += upTo(price.used + 1n) - upTo(price.used++)
        if (move === 18n) sums.reversed -= upTo(price.used) - upTo(--price.used)
        if (move === 7n) sums.revenue -= upTo(price.used) - upTo(--price.used)
      }
      const moved = (price.worth * credits) / price.amount
      if (move === 8n || move === 17n) sums.revenue -= moved
      if (move === 8n || move === 19n) sums.breakage += moved
      if (move === 17n) sums.reversed += moved
      if (move === 19n) sums.reversed -= moved
    }
  }
  return sums
}

test('a purchase that is paid back is neither revenue nor breakage, and what is given again can be earned again', () => {
  const leg = (ver: bigint, move: bigint, credits: bigint): MoneyLeg => ({
    account_id: 1n,
    ver,
    op_id: freshId(),
    at_ms: 0n,
    no: 1n,
    move,
    credits,
    amount: 10n,
    cost_micro: 95n,
    made_good_of: null,
  })
  const worths = new Map<string, Worth>()
  const earnings = earn([leg(1n, 1n, 10n), leg(2n, 3n, 3n), leg(3n, 15n, 7n), leg(4n, 18n, 2n), leg(5n, 6n, 2n)], worths)
  expect(earnings.map(({ revenue_micro, breakage_micro, reversed_micro }) => [revenue_micro, breakage_micro, reversed_micro])).toEqual([
    [28n, 0n, 0n],
    [0n, 0n, 67n],
    [0n, 0n, -19n],
    [0n, 19n, 0n],
  ])
  expect(worths.get(grantKey(1n, 1n))).toEqual({ amount: 10n, worth_micro: 95n, used: 10n })
})

const HOLDERS = [
  { id: 'ann', basis_points: 2_000n },
  { id: 'bob', basis_points: 1_000n },
]

test('case 48: the base of royalties is what the captured credits brought in, and on credits that nobody paid for it is nothing', async () => {
  const world = royalWorld()
  for (const { id } of HOLDERS) await makePayee(pool, id, id, START)
  const { id } = await world.account()
  await world.ledger.commit(grantOf(id, 5n, { grant_kind: 'promo', expires_at: START + HOUR }))
  await world.ledger.commit(grantOf(id, 10n, { cost_micro: 100_000n }))
  const [free, mixed] = [holdOf(id, 4n), holdOf(id, 3n)]
  for (const hold of [free, mixed]) {
    await world.ledger.commit(hold, [royaltyTerms(HOLDERS)])
    await world.ledger.commit(captureOf(hold, hold.credits))
  }
  await world.ledger.seal(world.now)
  expect(await royaltiesOf(free.op)).toEqual([])
  // One of the three was promotional, two cost 10,000 micro-dollars each.
  expect(await royaltiesOf(mixed.op)).toEqual([
    { seq: 1, payee: 'ann', micro: 4_000n },
    { seq: 1, payee: 'bob', micro: 2_000n },
  ])
})

test('terms that promise more than everything, or to nobody, let no hold happen', async () => {
  const world = royalWorld()
  for (const payee of ['eve', 'zed']) await makePayee(pool, payee, payee, START)
  const { id } = await world.account()
  await world.ledger.commit(grantOf(id, 5n))
  for (const shares of [
    [{ id: 'nobody', basis_points: 1n }],
    [
      { id: 'eve', basis_points: 9_999n },
      { id: 'zed', basis_points: 2n },
    ],
  ]) {
    const hold = holdOf(id, 1n)
    expect(await world.ledger.commit(hold, [royaltyTerms(shares)])).toMatchObject({ outcome: 'guard_failed' })
    expect((await pool.query('select 1 from ledger.royalty_terms where op_id = $1', [hold.op])).rowCount).toBe(0)
  }
})

test('case 49: a refund takes royalties back in proportion; what was paid out already becomes a receivable and never a negative payout', async () => {
  const world = royalWorld()
  for (const payee of ['kim', 'lee']) await makePayee(pool, payee, payee, START)
  const { id } = await world.account()
  await world.ledger.commit(grantOf(id, 3n, { cost_micro: 1_000n }))
  const hold = holdOf(id, 3n)
  await world.ledger.commit(hold, [
    royaltyTerms([
      { id: 'kim', basis_points: 1_000n },
      { id: 'lee', basis_points: 500n },
    ]),
  ])
  await world.ledger.commit(captureOf(hold, 3n))
  await world.ledger.seal(world.now)
  const pay = (amount_micro: bigint) =>
    transaction(pool, (tx) => payOut(tx, { id: freshId(), payee: 'kim', amount_micro, reference: 'bank' }, world.now))
  expect(await payeeBalance(pool, 'kim')).toEqual({ earned_micro: 100n, paid_micro: 0n, payable_micro: 100n, receivable_micro: 0n })
  expect(await pay(101n)).toEqual({ outcome: 'too_much', payable_micro: 100n })
  const both = await Promise.all([pay(60n), pay(60n)])
  expect(both.map(({ outcome }) => outcome).sort()).toEqual(['paid', 'too_much'])
  await world.ledger.commit(refundOf(hold, 1n, 'a'))
  await world.ledger.seal(world.now)
  expect(await royaltiesOf(hold.op)).toEqual([
    { seq: 1, payee: 'kim', micro: 100n },
    { seq: 1, payee: 'lee', micro: 50n },
    { seq: 2, payee: 'kim', micro: -33n }, // of 666: 67 and 33
    { seq: 2, payee: 'lee', micro: -17n },
  ])
  await world.ledger.commit(refundOf(hold, null, 'b'))
  await world.ledger.seal(world.now)
  expect(await payeeBalance(pool, 'kim')).toEqual({ earned_micro: 0n, paid_micro: 60n, payable_micro: 0n, receivable_micro: 60n })
  expect(await payeeBalance(pool, 'lee')).toMatchObject({ earned_micro: 0n })
  expect(await pay(1n)).toEqual({ outcome: 'too_much', payable_micro: 0n })
  expect(await payeeBalance(pool, 'nobody')).toBeNull()
})

test('case 50: whoever derives royalties may die at any point and be one of several: each capture counts once for each holder', async () => {
  const [world, other] = [royalWorld(), royalWorld()]
  await makePayee(pool, 'sam', 'Sam', START)
  const { id } = await world.account()
  await world.ledger.commit(grantOf(id, 10n, { cost_micro: 10_000n }))
  for (let i = 0; i < 10; i++) {
    const hold = holdOf(id, 1n)
    await world.ledger.commit(hold, [royaltyTerms([{ id: 'sam', basis_points: 5_000n }])])
    await world.ledger.commit(captureOf(hold, 1n))
  }
  // Dies after it wrote everything, before the commit: the notes cannot be taken.
  await pool.query(`create function ledger.die() returns trigger language plpgsql as $$ begin raise exception 'killed'; end $$;
    create trigger die before delete on ledger.unsealed for each statement execute function ledger.die()`)
  await expect(world.ledger.seal(world.now)).rejects.toThrow('killed')
  expect(await payeeBalance(pool, 'sam')).toMatchObject({ earned_micro: 0n })
  await pool.query('drop trigger die on ledger.unsealed')
  await Promise.all([world.ledger.seal(world.now), other.ledger.seal(world.now), world.ledger.seal(world.now)])
  await world.ledger.seal(world.now)
  expect(await payeeBalance(pool, 'sam')).toMatchObject({ earned_micro: 5_000n })
  await auditIsClean(world)
})

test('earnings that somebody changes by hand are named by the full audit', async () => {
  const world = ledgerWorld(pool)
  const { id } = await world.account()
  await world.ledger.commit(grantOf(id, 2n, { cost_micro: 8n }))
  const hold = holdOf(id, 1n)
  await world.ledger.commit(hold)
  await world.ledger.commit(captureOf(hold, 1n))
  await world.ledger.seal(world.now)
  const named = async () => (await world.ledger.audit({ full: true })).checks.find(({ name }) => name === 'earnings')
  expect(await named()).toMatchObject({ ok: true })
  await pool.query('alter table ledger.earnings disable trigger append_only')
  await pool.query('update ledger.earnings set revenue_micro = 5 where account_id = $1', [id])
  expect((await named())?.detail).toContain(`account ${id}: its earnings are 5 micro-dollars, of its grants 4 were recognised`)
  await pool.query('update ledger.earnings set revenue_micro = 8 where account_id = $1', [id])
  await pool.query('update ledger.worths set used = 2 where account_id = $1', [id])
  expect((await named())?.detail).toContain(`account ${id}: of grant 1 2 credits are recognised as used, its journal used 1`)
})
