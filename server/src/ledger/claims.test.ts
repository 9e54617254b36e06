import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Pool, transaction } from '../db/pool.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import type { Operation } from './operation.ts'
import {
  captureOf,
  clearOf,
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
} from './testing.ts'

const DAY = 24 * HOUR

let database: TestDatabase
let pool: Pool
let world: LedgerWorld
beforeAll(async () => {
  database = await testDatabase()
  pool = database.pool
  world = ledgerWorld(pool)
})
afterAll(async () => {
  const clean = async (full: boolean) => (await world.ledger.audit({ full })).checks.filter(({ ok }) => !ok)
  expect(await clean(false)).toEqual([])
  expect(await clean(true)).toEqual([])
  await database.drop()
})

/** An account of this test, and what it does; the world's clock is at `START` again. */
async function account() {
  world.now = START
  const { id, owner } = await world.account()
  const commit = (operation: Operation) => world.ledger.commit(operation)
  const told = async () => {
    const { available, held, spent, owed } = await world.ledger.balance(owner, world.now)
    return { available, held, spent, owed }
  }
  return {
    id,
    owner,
    told,
    commit,
    /** Gives a pack. @returns its id */
    async pack(credits: bigint, fields: Parameters<typeof grantOf>[2] = {}) {
      const operation = grantOf(id, credits, { cost_micro: credits * 10_000n, ...fields })
      expect(await commit(operation)).toMatchObject({ outcome: 'committed' })
      return operation.op
    },
    async spend(credits: bigint) {
      const hold = holdOf(id, credits)
      await commit(hold)
      expect(await commit(captureOf(hold, credits))).toMatchObject({ outcome: 'committed' })
      return hold
    },
    async claims() {
      const { rows } = await pool.query('select no, due, forgiven, owed from ledger.claims where account_id = $1 order by no', [id])
      return rows
    },
  }
}

test('case 45: of a pack partly spent and partly held, what is available is taken, what is held when its hold ends, and the rest is owed', async () => {
  const { id, pack, spend, commit, told } = await account()
  const bought = await pack(100n)
  await spend(30n)
  const [released, captured] = [holdOf(id, 20n), holdOf(id, 10n)]
  await commit(released)
  await commit(captured)
  expect(await commit(reverseOf(id, bought, { purpose: 'refund' }))).toMatchObject({
    outcome: 'committed',
    entry: { kind: 'reversal', amount: 100n, change: -40n, available_after: 0n },
  })
  expect(await told()).toEqual({ available: 0n, held: 30n, spent: 30n, owed: 30n })
  expect(await commit(releaseOf(released, 'customer'))).toMatchObject({ outcome: 'committed', entry: { change: 0n } })
  expect(await told()).toEqual({ available: 0n, held: 10n, spent: 30n, owed: 30n })
  await commit(captureOf(captured, 4n))
  expect(await told()).toEqual({ available: 0n, held: 0n, spent: 34n, owed: 34n })
})

test('case 46: after a chargeback of what is spent, holds are refused and say what is owed; later grants pay it first', async () => {
  const { id, pack, spend, commit, told } = await account()
  const bought = await pack(50n)
  await spend(50n)
  await pack(5n) // another purchase: it is not touched, and not spent either
  await commit(reverseOf(id, bought))
  expect(await told()).toEqual({ available: 5n, held: 0n, spent: 50n, owed: 50n })
  expect(await commit(holdOf(id, 5n))).toMatchObject({ outcome: 'insufficient', needed: 5n, available: 5n, owed: 50n })
  expect(await commit(holdOf(id, 0n))).toMatchObject({ outcome: 'committed' })
  const again = grantOf(id, 30n)
  expect(await commit(again)).toMatchObject({
    outcome: 'committed',
    entry: { kind: 'grant', amount: 30n, change: 0n, available_after: 5n },
  })
  expect(await commit(again)).toMatchObject({ replayed: true, entry: { change: 0n } })
  expect(await told()).toEqual({ available: 5n, held: 0n, spent: 50n, owed: 20n })
  await pack(30n)
  expect(await told()).toEqual({ available: 15n, held: 0n, spent: 50n, owed: 0n })
  expect(await commit(holdOf(id, 15n))).toMatchObject({ outcome: 'committed' })
})

test('reversals of a grant never come to more than it was, and a repeat with the same id is one', async () => {
  const { id, pack, commit, claims } = await account()
  const bought = await pack(10n)
  const first = reverseOf(id, bought, { credits: 4n })
  expect(await commit(first)).toMatchObject({ outcome: 'committed', replayed: false })
  expect(await commit(first)).toMatchObject({ outcome: 'committed', replayed: true })
  expect(await commit({ ...first, credits: 5n })).toEqual({ outcome: 'conflict' })
  expect(await commit(reverseOf(id, bought, { credits: 7n }))).toEqual({ outcome: 'over_reversal', reversible: 6n })
  expect(await commit(reverseOf(id, bought))).toMatchObject({ outcome: 'committed', entry: { amount: 6n } })
  expect(await commit(reverseOf(id, bought))).toEqual({ outcome: 'over_reversal', reversible: 0n })
  expect(await commit(reverseOf(id, freshId()))).toEqual({ outcome: 'not_found' })
  const stranger = await account()
  expect(await stranger.commit(reverseOf(stranger.id, bought))).toEqual({ outcome: 'not_found' })
  expect(await claims()).toEqual([{ no: 1n, due: 10n, forgiven: 0n, owed: 0n }])
})

test('a refund of money, told as what was refunded so far, takes its share less what was taken before, net of what was reinstated', async () => {
  const { id, pack, commit } = await account()
  const bought = await pack(100n, { cost_micro: 3_000_000n })
  const refunded = (refunded_micro: bigint) => commit(reverseOf(id, bought, { refunded_micro, purpose: 'refund' }))
  expect(await refunded(1_000_000n)).toMatchObject({ outcome: 'committed', entry: { amount: 33n } })
  expect(await refunded(1_000_000n)).toEqual({ outcome: 'over_reversal', reversible: 67n })
  const dispute = reverseOf(id, bought, { credits: 20n })
  await commit(dispute)
  await commit(reinstateOf(dispute))
  expect(await refunded(2_000_000n)).toMatchObject({ entry: { amount: 33n } })
  expect(await refunded(9_000_000n)).toMatchObject({ entry: { amount: 34n } })
  const free = await pack(10n, { cost_micro: 0n })
  expect(await commit(reverseOf(id, free, { refunded_micro: 1n }))).toEqual({ outcome: 'over_reversal', reversible: 10n })
})

test('a dispute that is won gives back exactly what was taken, once: unspent credits, what later grants paid, and what was owed', async () => {
  const { id, pack, spend, commit, told } = await account()
  const bought = await pack(100n)
  await spend(60n)
  const dispute = reverseOf(id, bought)
  await commit(dispute)
  await pack(25n)
  expect(await told()).toEqual({ available: 0n, held: 0n, spent: 60n, owed: 35n })
  expect(await commit(reinstateOf(dispute))).toMatchObject({
    outcome: 'committed',
    replayed: false,
    entry: { kind: 'reinstatement', seq: 1, amount: 100n, change: 65n },
  })
  expect(await told()).toEqual({ available: 65n, held: 0n, spent: 60n, owed: 0n })
  expect(await commit(reinstateOf(dispute))).toMatchObject({ outcome: 'committed', replayed: true })
  expect((await told()).available).toBe(65n)
  expect(await commit(reverseOf(id, bought))).toMatchObject({ outcome: 'committed', entry: { amount: 100n, change: -40n } })
})

test('what was taken of a grant that has expired when the dispute is won comes back for as long as it had left', async () => {
  const { id, owner, pack, commit } = await account()
  const bought = await pack(10n, { expires_at: START + 3 * DAY })
  const dispute = reverseOf(id, bought)
  world.now = START + DAY
  await commit(dispute)
  world.now = START + 60 * DAY
  await commit(reinstateOf(dispute))
  const { available, expiring } = await world.ledger.balance(owner, world.now)
  expect({ available, expiring }).toEqual({ available: 10n, expiring: [{ credits: 10n, expires_at: START + 62 * DAY }] })
})

test('credits refunded to a reversed grant pay what is owed for it, and come back only beyond that', async () => {
  const { id, pack, spend, commit, told } = await account()
  const bought = await pack(20n)
  const [first, second] = [await spend(12n), await spend(8n)]
  await commit(reverseOf(id, bought, { credits: 15n }))
  expect((await told()).owed).toBe(15n)
  expect(await commit(refundOf(first, null, 'r'))).toMatchObject({ entry: { kind: 'refund', amount: 12n, change: 0n } })
  expect(await told()).toEqual({ available: 0n, held: 0n, spent: 8n, owed: 3n })
  expect(await commit(refundOf(second, null, 'r'))).toMatchObject({ entry: { amount: 8n, change: 5n } })
  expect(await told()).toEqual({ available: 5n, held: 0n, spent: 0n, owed: 0n })
})

test('a hold that lapses or outlives its grant gives the reversal its part', async () => {
  const { id, pack, commit, told } = await account()
  const bought = await pack(10n, { expires_at: START + HOUR })
  await commit(holdOf(id, 6n, { purpose: 'service', expires_at: START + 2 * HOUR }))
  await commit(reverseOf(id, bought, { credits: 7n }))
  expect(await told()).toEqual({ available: 0n, held: 6n, spent: 0n, owed: 0n })
  world.now = START + 2 * HOUR
  expect(await told()).toEqual({ available: 3n, held: 0n, spent: 0n, owed: 0n }) // the rest is made good, as for any other
  await world.ledger.sweep(world.now)
  expect(await told()).toEqual({ available: 3n, held: 0n, spent: 0n, owed: 0n })
})

test('what replaced a purchase is reversed with it', async () => {
  const { id, pack, commit, told } = await account()
  const bought = await pack(10n, { expires_at: START + HOUR })
  const hold = holdOf(id, 10n)
  await commit(hold)
  world.now = START + 2 * HOUR
  await commit(releaseOf(hold)) // lives on as a make-good
  expect((await told()).available).toBe(10n)
  await commit(reverseOf(id, bought))
  expect(await told()).toEqual({ available: 0n, held: 0n, spent: 0n, owed: 0n })
})

test('what is owed can be written off, or paid with what there is; neither beyond what is owed', async () => {
  const { id, pack, spend, commit, told, claims } = await account()
  const bought = await pack(10n)
  await spend(10n)
  await pack(4n)
  expect(await commit(clearOf(id, 'write_off'))).toEqual({ outcome: 'over_owed', owed: 0n })
  await commit(reverseOf(id, bought))
  expect(await commit(clearOf(id, 'write_off', 11n))).toEqual({ outcome: 'over_owed', owed: 10n })
  expect(await commit(clearOf(id, 'repayment', 5n))).toMatchObject({ outcome: 'insufficient', needed: 5n, available: 4n, owed: 10n })
  expect(await commit(clearOf(id, 'repayment'))).toMatchObject({ entry: { kind: 'repayment', amount: 4n, change: -4n } })
  expect(await commit(clearOf(id, 'repayment'))).toMatchObject({ outcome: 'insufficient', available: 0n })
  expect(await commit(clearOf(id, 'write_off', 2n))).toMatchObject({ entry: { kind: 'write_off', amount: 2n, change: 0n } })
  expect(await told()).toMatchObject({ available: 0n, owed: 4n })
  await commit(clearOf(id, 'write_off'))
  expect((await told()).owed).toBe(0n)
  expect(await claims()).toEqual([{ no: 1n, due: 10n, forgiven: 6n, owed: 0n }])
})

test('a dispute won after a write-off gives back what was taken, not what was written off', async () => {
  const { id, pack, spend, commit, told } = await account()
  const bought = await pack(10n)
  await spend(7n)
  const dispute = reverseOf(id, bought)
  await commit(dispute)
  await commit(clearOf(id, 'write_off'))
  await commit(reinstateOf(dispute))
  expect(await told()).toEqual({ available: 3n, held: 0n, spent: 7n, owed: 0n })
})

test('a grant that paid what was owed for another can itself be taken back: it is owed again', async () => {
  const { id, pack, spend, commit, told } = await account()
  const [first] = [await pack(10n)]
  await spend(10n)
  const dispute = reverseOf(id, first)
  await commit(dispute)
  const second = await pack(12n)
  expect(await told()).toMatchObject({ available: 2n, owed: 0n })
  await commit(reverseOf(id, second))
  expect(await told()).toMatchObject({ available: 0n, owed: 10n })
  await commit(reinstateOf(dispute)) // what the second had paid comes back to it, and is taken
  expect(await told()).toMatchObject({ available: 0n, owed: 0n })
})

test('what replaces credits that had paid for another pays what is owed for their own purchase, whose rest can then be taken back', async () => {
  const { id, pack, spend, commit, told } = await account()
  const first = await pack(2n)
  await spend(2n)
  const dispute = reverseOf(id, first)
  await commit(dispute)
  const second = await pack(5n, { expires_at: START + DAY }) // 2 of it pay for the first
  await spend(1n)
  await commit(reverseOf(id, second, { credits: 4n }))
  expect(await told()).toMatchObject({ available: 0n, owed: 2n })
  world.now = START + 2 * DAY
  await commit(reinstateOf(dispute)) // the 2 come back to the second, have expired there, and are replaced
  expect(await told()).toMatchObject({ available: 0n, owed: 0n })
  expect(await commit(reverseOf(id, second))).toMatchObject({ outcome: 'committed', entry: { amount: 1n } })
  expect(await told()).toMatchObject({ available: 0n, owed: 1n })
})

test('while something is owed no allowance is given: what is free pays no debt', async () => {
  const { id, owner, pack, spend, commit, told } = await account()
  const bought = await pack(10n)
  await spend(10n)
  await commit(reverseOf(id, bought))
  await transaction(pool, (tx) =>
    world.ledger.setAllowance(tx, owner, { policy: [{ from: '2026-01-01', credits: 30n }], zone: 'UTC', priority: 50 }),
  )
  expect(await told()).toEqual({ available: 0n, held: 0n, spent: 10n, owed: 10n })
  expect((await world.ledger.balance(owner, world.now)).next_reset).toBeNull()
  expect(await commit(holdOf(id, 1n))).toMatchObject({ outcome: 'insufficient', owed: 10n })
  await commit(clearOf(id, 'write_off'))
  expect((await told()).available).toBe(30n)
  expect(await commit(holdOf(id, 1n))).toMatchObject({ outcome: 'committed' })
})

test('the database refuses a reversal whose legs take more than they claim, and a debt below zero', async () => {
  const { id } = await account()
  const { rows } = await pool.query(`select ledger.balanced(8::smallint, 5, -6, '{1,9,5,1,15,6}') as more,
    ledger.balanced(8::smallint, 5, -5, '{1,9,5,1,15,5}') as whole, ledger.balanced(1::smallint, 5, 3, '{2,1,5,2,15,2}') as unpaid`)
  expect(rows).toEqual([{ more: false, whole: true, unpaid: false }])
  await expect(pool.query('update ledger.accounts set debt = -1 where id = $1', [id])).rejects.toThrow(/accounts_never_negative/)
})

test('a debt, a claim or an awaited amount changed by hand is named by the audit', async () => {
  const { id, pack, spend, commit } = await account()
  const bought = await pack(10n)
  await spend(10n)
  await commit(reverseOf(id, bought))
  expect((await world.ledger.audit({ full: false })).ok).toBe(true)
  const wrong = async (statement: string) => {
    const client = await pool.connect()
    try {
      await client.query(statement, [id])
    } finally {
      client.release()
    }
    const { checks } = await world.ledger.audit({ full: true })
    return checks.filter(({ ok }) => !ok).map(({ name }) => name)
  }
  expect(await wrong('update ledger.accounts set debt = 4 where id = $1')).toEqual(['claims'])
  expect((await world.ledger.audit({ full: false })).ok).toBe(false)
  expect(await wrong('update ledger.accounts set debt = 10 where id = $1')).toEqual([])
  expect(await wrong('update ledger.claims set owed = 9, forgiven = 1 where account_id = $1')).toEqual(['claims'])
  expect(await wrong('update ledger.claims set owed = 10, forgiven = 0 where account_id = $1')).toEqual([])
})
