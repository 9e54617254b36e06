import { afterAll, expect, test } from 'vitest'
import { openPool, type Pool, transaction } from '../db/pool.ts'
import { expectClean } from '../testing/clean-ledger.ts'
import { testDatabase } from '../testing/database.ts'
import { createRiderRegistry } from './riders.ts'
import { captureOf, freshId, grantOf, HOUR, holdOf, type LedgerWorld, ledgerWorld, refundOf, releaseOf, START } from './testing.ts'

const database = await testDatabase()
const { pool } = database
const second = openPool(database.connection, () => undefined)
const pools: Pool[] = [second]
afterAll(async () => {
  await Promise.all(pools.map((one) => one.end()))
  await database.drop()
})

async function funded(world: LedgerWorld, credits: bigint, fields: Partial<ReturnType<typeof grantOf>> = {}) {
  const account = await world.account()
  await world.ledger.commit(grantOf(account.id, credits, fields))
  return account
}

/** Every stored byte of an account, with the row versions of PostgreSQL itself. */
async function bytesOf(account: bigint): Promise<string> {
  const { rows } = await pool.query(
    `select (select (a.*, a.xmin)::text from ledger.accounts a where id = $1) as account,
            (select string_agg((j.*, j.xmin)::text, ';' order by ver) from ledger.journal j where account_id = $1) as journal,
            (select string_agg((g.*, g.xmin)::text, ';' order by no) from ledger.grants g where account_id = $1) as grants,
            (select count(*)::text from ledger.open_holds where account_id = $1) as open_holds`,
    [account],
  )
  return JSON.stringify(rows)
}

test('case 1: a hold for more than is available leaves every stored byte as it was, even with an expiry to book', async () => {
  const world = ledgerWorld(pool)
  const { id } = await funded(world, 10n, { expires_at: START + HOUR })
  world.now += 2 * HOUR
  const before = await bytesOf(id)
  expect(await world.ledger.commit(holdOf(id, 1n))).toEqual({ outcome: 'insufficient', needed: 1n, available: 0n })
  expect(await bytesOf(id)).toBe(before)
})

test('case 2: of N parallel holds of x on k times x exactly k succeed, from two ledgers with a pool each', async () => {
  const one = ledgerWorld(pool)
  const two = ledgerWorld(second)
  for (const k of [0, 1, 7, 20]) {
    const { id, owner } = await funded(one, BigInt(k * 3 + 2))
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? one : two).ledger.commit(holdOf(id, 3n))))
    expect(outcomes.filter((one) => one.outcome === 'committed')).toHaveLength(k)
    expect(outcomes.filter((one) => one.outcome === 'insufficient')).toHaveLength(20 - k)
    expect(await one.ledger.balance(owner, one.now)).toMatchObject({ available: 2n, held: BigInt(k * 3) })
  }
  await expectClean(one)
})

test('case 6: capture and release sent together: one wins, the other gets the winner’s outcome', async () => {
  const one = ledgerWorld(pool)
  const two = ledgerWorld(second)
  const { id } = await funded(one, 100n)
  for (let round = 0; round < 15; round++) {
    const hold = holdOf(id, 4n)
    await one.ledger.commit(hold)
    const [capture, release] = await Promise.all([one.ledger.commit(captureOf(hold, 4n)), two.ledger.commit(releaseOf(hold))])
    const captured = capture.outcome === 'committed'
    expect(captured ? release : capture).toEqual({
      outcome: 'finished',
      by: captured ? 'captured' : 'released',
      captured: captured ? 4n : 0n,
      released: captured ? 0n : 4n,
    })
    expect((captured ? capture : release).outcome).toBe('committed')
  }
  await expectClean(one)
})

test('case 8: a hold of another account cannot be finished, refunded or seen', async () => {
  const world = ledgerWorld(pool)
  const [mine, other] = [await funded(world, 10n), await funded(world, 10n)]
  const hold = holdOf(mine.id, 4n)
  await world.ledger.commit(hold)
  const before = await bytesOf(other.id)
  expect(await world.ledger.commit({ ...releaseOf(hold), account: other.id })).toEqual({ outcome: 'not_found' })
  expect(await world.ledger.commit({ ...refundOf(hold, null, 'r'), account: other.id })).toEqual({ outcome: 'not_found' })
  expect(await world.ledger.commit({ ...hold, account: other.id })).toEqual({ outcome: 'conflict' })
  expect(await world.ledger.commit(holdOf(987_654_321n, 0n))).toEqual({ outcome: 'not_found' })
  expect(await world.ledger.holdStatus(other.owner, hold.op)).toBeNull()
  expect(await world.ledger.entries(other.owner, { hold: hold.op }, { after: null, limit: 10, order: 'desc' })).toEqual([])
  expect(await bytesOf(other.id)).toBe(before)
})

test('case 10: two sweeps and a capture at the deadline: the hold lapses once, the capture is told that it expired', async () => {
  const one = ledgerWorld(pool)
  const two = ledgerWorld(second)
  const { id, owner } = await funded(one, 10n)
  const hold = holdOf(id, 6n, { purpose: 'service', expires_at: START + HOUR })
  await one.ledger.commit(hold)
  one.now = two.now = START + HOUR
  const [first, other, capture] = await Promise.all([
    one.ledger.sweep(one.now),
    two.ledger.sweep(two.now),
    one.ledger.commit(captureOf(hold, 6n)),
  ])
  expect(first.lapsed + other.lapsed).toBe(1)
  expect(capture).toEqual({ outcome: 'finished', by: 'expired', captured: 0n, released: 6n })
  expect(await one.ledger.holdStatus(owner, hold.op)).toMatchObject({ status: 'expired', released: 6n })
  await expectClean(one)
})

test('case 11: a capture after the sweep is refused as expired; what came too late is charged by a hold of its own', async () => {
  const world = ledgerWorld(pool)
  const { id, owner } = await funded(world, 10n)
  const hold = holdOf(id, 6n, { purpose: 'service', expires_at: START + HOUR })
  await world.ledger.commit(hold)
  world.now = START + 2 * HOUR
  await world.ledger.sweep(world.now)
  for (const credits of [6n, 0n]) {
    const late = await world.ledger.commit(captureOf(hold, credits))
    expect(late).toEqual({ outcome: 'finished', by: 'expired', captured: 0n, released: 6n })
  }
  expect(await world.ledger.commit(refundOf(hold, null, 'r'))).toEqual({ outcome: 'not_captured' })
  const again = holdOf(id, 6n, { purpose: 'service', expires_at: world.now + HOUR })
  await world.ledger.commit(again)
  expect(await world.ledger.commit(captureOf(again, 6n))).toMatchObject({ outcome: 'committed', replayed: false })
  expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 4n, held: 0n, spent: 6n })
  await expectClean(world)
})

test('case 18: at expires_at itself the sweep’s SQL, the balance and a hold agree that a grant is over; a millisecond before, that it is not', async () => {
  const world = ledgerWorld(pool)
  const { id, owner } = await funded(world, 10n, { expires_at: START + HOUR })
  world.now = START + HOUR - 1
  expect(await world.ledger.sweep(world.now)).toMatchObject({ accounts: 0, expired: 0n })
  expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 10n })
  expect(await world.ledger.commit(holdOf(id, 1n))).toMatchObject({ outcome: 'committed' })
  world.now = START + HOUR
  expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 0n, held: 1n })
  expect(await world.ledger.commit(holdOf(id, 1n))).toEqual({ outcome: 'insufficient', needed: 1n, available: 0n })
  expect(await world.ledger.sweep(world.now)).toMatchObject({ accounts: 1, expired: 9n })
  await expectClean(world)
})

test('case 12: ten thousand stranded holds are swept in bounded batches, without one write per hold', async () => {
  const world = ledgerWorld(pool)
  const { id, owner } = await funded(world, 10_000n)
  // Written by hand: 10,000 commits would test something else. The audit below vouches for the rows.
  await pool.query(
    `with made as (
       insert into ledger.journal (op_id, seq, account_id, ver, kind, amount, change, available_after, at_ms, legs, purpose, deadline_ms, body)
       select gen_random_uuid(), 0, $1, i + 1, 2, 1, -1, 10000 - i, $2, array[1, 2, 1]::bigint[], 2, $3, '\\x00'
         from generate_series(1, 10000) i returning op_id),
     noted as (insert into ledger.unsealed (spans) values (array[$1, 2, 10001]))
     insert into ledger.open_holds select op_id, $1, $3 from made`,
    [id, START, START + HOUR],
  )
  await pool.query('update ledger.accounts set ver = 10001, slots[6] = 0, slots[7] = 10000 where id = $1', [id])
  world.now = START + HOUR
  expect(await world.ledger.sweep(world.now)).toMatchObject({ lapsed: 10_000, more: false })
  // By the rows themselves: other tests share the server, and its count of transactions.
  const { rows } = await pool.query<{ transactions: bigint }>(
    'select count(distinct xmin::text) as transactions from ledger.journal where account_id = $1 and seq = 1',
    [id],
  )
  expect(Number(rows[0]?.transactions)).toBeLessThan(100)
  expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 10_000n, held: 0n })
  await expectClean(world)
})

test('cases 13 and 28: a balance is settled before any sweep ran; the sweep then books exactly that, once', async () => {
  const world = ledgerWorld(pool)
  const { id, owner } = await funded(world, 10n, { expires_at: START + 2 * HOUR })
  await world.ledger.commit(grantOf(id, 5n))
  await world.ledger.commit(holdOf(id, 8n, { purpose: 'service', expires_at: START + HOUR }))
  world.now = START + HOUR
  expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 15n, held: 0n })
  world.now = START + 170 * HOUR
  const unswept = await world.ledger.balance(owner, world.now)
  expect(unswept).toMatchObject({ available: 5n, held: 0n, spent: 0n, grants: [{ credits: 5n, remaining: 5n }] })
  const swept = await world.ledger.sweep(world.now)
  expect(swept).toMatchObject({ lapsed: 1, expired: 10n, more: false })
  expect(await world.ledger.balance(owner, world.now)).toEqual(unswept)
  expect(await world.ledger.sweep(world.now)).toEqual({ accounts: 0, lapsed: 0, expired: 0n, more: false })
  await expectClean(world)
})

test('a video’s hold is never swept, however old', async () => {
  const world = ledgerWorld(pool)
  const { id, owner } = await funded(world, 10n, { expires_at: START + HOUR })
  const hold = holdOf(id, 10n)
  await world.ledger.commit(hold)
  world.now += 10_000 * HOUR
  await world.ledger.sweep(world.now)
  expect(await world.ledger.holdStatus(owner, hold.op)).toMatchObject({ status: 'held' })
  expect(await world.ledger.commit(captureOf(hold, 10n))).toMatchObject({ outcome: 'committed' })
})

test('case 20: a period is granted once, also with 40 parallel first requests on two ledgers', async () => {
  const one = ledgerWorld(pool)
  const two = ledgerWorld(second)
  const { id, owner } = await one.account()
  const daily = () => grantOf(id, 10n, { grant_kind: 'daily', period_key: '2026-03-29' })
  const outcomes = await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 ? one : two).ledger.commit(daily())))
  expect(outcomes.filter((one) => one.outcome === 'committed')).toHaveLength(1)
  expect(outcomes.filter((one) => one.outcome === 'already_granted')).toHaveLength(39)
  expect(await one.ledger.balance(owner, one.now)).toMatchObject({ available: 10n })
})

test('case 34: the same operation a thousand times in parallel is one effect and a thousand equal answers', async () => {
  const one = ledgerWorld(pool)
  const two = ledgerWorld(second)
  const { id, owner } = await funded(one, 100n)
  const hold = holdOf(id, 3n)
  const outcomes = await Promise.all(Array.from({ length: 1_000 }, (_, i) => (i % 2 ? one : two).ledger.commit(hold)))
  const entries = outcomes.map((outcome) => {
    if (outcome.outcome !== 'committed') throw new Error(outcome.outcome)
    return outcome.entry
  })
  expect(outcomes.filter((outcome) => outcome.outcome === 'committed' && !outcome.replayed)).toHaveLength(1)
  for (const entry of entries) expect(entry).toEqual(entries[0])
  expect(await one.ledger.balance(owner, one.now)).toMatchObject({ available: 97n, held: 3n })
})

test('case 35: the same id with two bodies, raced on two ledgers and on two accounts: one effect, the rest conflicts', async () => {
  const one = ledgerWorld(pool)
  const two = ledgerWorld(second)
  const [a, b] = [await funded(one, 10n), await funded(one, 10n)]
  for (let round = 0; round < 10; round++) {
    const op = freshId()
    const outcomes = await Promise.all([
      one.ledger.commit(holdOf(a.id, 0n, { op })),
      two.ledger.commit(holdOf(a.id, 0n, { op, reason: 'other' })),
      two.ledger.commit(holdOf(b.id, 0n, { op })),
    ])
    expect(outcomes.map((outcome) => outcome.outcome).sort()).toEqual(['committed', 'conflict', 'conflict'])
  }
  await expectClean(one)
})

test('case 41: two ledgers that read the same version: the fence makes the loser decide again, no update is lost', async () => {
  const one = ledgerWorld(pool)
  const two = ledgerWorld(second)
  const { id, owner } = await funded(one, 1_000n)
  const spend = async (world: LedgerWorld) => {
    for (let i = 0; i < 30; i++) await world.ledger.commit(holdOf(id, 1n))
  }
  await Promise.all([spend(one), spend(two)])
  expect([...one.events, ...two.events].some((event) => event.event === 'fenced')).toBe(true)
  expect(await one.ledger.balance(owner, one.now)).toMatchObject({ available: 940n, held: 60n })
  await expectClean(one)
})

/** A ledger before whose statement number `gap` of a commit (begin, read, lock) something else happens, once. */
function interruptedWorld(gap: number, interrupt: () => Promise<unknown>): LedgerWorld {
  const interrupted = openPool({ ...database.connection, max: 1 }, () => undefined)
  pools.push(interrupted)
  let statement = 0
  interrupted.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>
    Reflect.set(client, 'query', async (...args: unknown[]) => {
      if (++statement === gap) await interrupt()
      return query(...args)
    })
  })
  return ledgerWorld(interrupted)
}

test.each([1, 2, 3])(
  'what a decision reads is of one instant: a hold that appears before statement %d is not there yet, or there whole',
  async (gap) => {
    const world = ledgerWorld(pool)
    const { id } = await funded(world, 4n)
    const hold = holdOf(id, 4n)
    const interrupted = interruptedWorld(gap, () => world.ledger.commit(hold))
    const { outcome } = await interrupted.ledger.commit(releaseOf(hold))
    expect(['not_found', 'committed']).toContain(outcome)
  },
)

test.each([1, 2, 3])(
  'what a decision reads is of one instant: a sweep before statement %d takes nothing from what was available',
  async (gap) => {
    const world = ledgerWorld(pool)
    const { id } = await funded(world, 4n)
    await world.ledger.commit(holdOf(id, 4n, { purpose: 'service', expires_at: START + HOUR }))
    world.now = START + HOUR
    const interrupted = interruptedWorld(gap, () => world.ledger.sweep(world.now))
    interrupted.now = START + HOUR
    expect(await interrupted.ledger.commit(holdOf(id, 4n))).toMatchObject({ outcome: 'committed' })
  },
)

test('two refunds at once never exceed the capture', async () => {
  const one = ledgerWorld(pool)
  const two = ledgerWorld(second)
  const { id, owner } = await funded(one, 10n)
  const hold = holdOf(id, 10n)
  await one.ledger.commit(hold)
  await one.ledger.commit(captureOf(hold, 10n))
  const outcomes = await Promise.all([one, two, one, two].map((world, i) => world.ledger.commit(refundOf(hold, 6n, `r${i}`))))
  expect(outcomes.filter((outcome) => outcome.outcome === 'committed')).toHaveLength(1)
  expect(outcomes.filter((outcome) => outcome.outcome === 'over_refund')).toHaveLength(3)
  expect(await one.ledger.balance(owner, one.now)).toMatchObject({ available: 6n, spent: 4n })
  const { rows } = await pool.query('select * from ledger.hold_money where op_id = $1', [hold.op])
  expect(rows).toEqual([{ op_id: hold.op, account_id: id, held_first: 10n, held_now: 0n, captured: 10n, released: 0n, refunded: 6n }])
})

test('case 54: an account cannot be removed', async () => {
  const world = ledgerWorld(pool)
  const { id } = await funded(world, 10n)
  await expect(pool.query('delete from ledger.accounts where id = $1', [id])).rejects.toThrow(/permission denied|append-only/)
})

test('the journal refuses UPDATE, DELETE and TRUNCATE, also from somebody who has the right', async () => {
  const world = ledgerWorld(pool)
  await funded(world, 10n)
  const attempts = ['update ledger.journal set amount = amount', 'delete from ledger.journal', 'truncate ledger.journal']
  for (const attempt of attempts) await expect(pool.query(attempt)).rejects.toThrow(/permission denied|append-only/)
  await expect(
    transaction(pool, async (tx) => {
      await tx.query('grant update, delete, truncate on ledger.journal to current_user')
      await tx.query('update ledger.journal set amount = amount')
    }),
  ).rejects.toThrow('ledger.journal is append-only: update is refused')
})

test('the database itself refuses an unbalanced row, a second finish, and an account below zero', async () => {
  const world = ledgerWorld(pool)
  const { id } = await funded(world, 10n)
  const hold = holdOf(id, 4n)
  await world.ledger.commit(hold)
  await world.ledger.commit(releaseOf(hold))
  const insert = (seq: number, kind: number, amount: number, change: number, legs: string) =>
    pool.query(
      `insert into ledger.journal (op_id, seq, account_id, ver, kind, amount, change, available_after, at_ms, legs, purpose, cause)
       values ($1, $2::smallint, $3, 99, $4, $5, $6, 5, 0, $7, null, case when $2::smallint = 1 then 1 end)`,
      [seq === 1 ? hold.op : freshId(), seq, id, kind, amount, change, legs],
    )
  await expect(insert(0, 1, 5, 6, '{1,1,5}')).rejects.toThrow('journal_balanced')
  await expect(insert(0, 1, 5, 0, '{1,3,5}')).rejects.toThrow('journal_balanced')
  await expect(insert(0, 4, 0, 0, '{}')).rejects.toThrow('journal_seq_fits_kind')
  await expect(insert(1, 4, 0, 0, '{}')).rejects.toThrow('journal_pkey')
  await expect(pool.query('update ledger.accounts set slots[6] = -1 where id = $1', [id])).rejects.toThrow('accounts_slots_ok')
  await expect(pool.query('update ledger.accounts set slots = slots || slots where id = $1', [id])).rejects.toThrow('accounts_slots_ok')
})

test('an unknown rider is refused before any money moves, and a kind is registered once', async () => {
  const world = ledgerWorld(pool)
  const { id } = await funded(world, 10n)
  const before = await bytesOf(id)
  await expect(world.ledger.commit(holdOf(id, 1n), [{ kind: 'nobody', row: {} }])).rejects.toThrow(
    'nobody registered riders of kind nobody',
  )
  expect(await bytesOf(id)).toBe(before)
  const registry = createRiderRegistry()
  const statement = { kind: 'a', stage: 'row' as const, run: async () => new Set<string>() }
  registry.register(statement)
  expect(() => registry.register(statement)).toThrow('twice')
})

test('riders run after the account lock and before the journal, jobs after it, each kind as one set', async () => {
  const world = ledgerWorld(pool)
  const { id } = await funded(world, 10n)
  const seen: unknown[] = []
  for (const stage of ['job', 'row', 'guard'] as const) {
    world.riders.register({
      kind: stage,
      stage,
      async run(tx, rows) {
        const journal = await tx.query('select 1 from ledger.journal where op_id = $1', [rows[0]?.op])
        const lock = await second.query('select id from ledger.accounts where id = $1 for update skip locked', [id])
        seen.push([stage, rows.map((one) => one.row), journal.rows.length, lock.rows.length])
        return new Set(rows.map((one) => one.op))
      },
    })
  }
  const hold = holdOf(id, 1n)
  const riders = [
    { kind: 'job', row: { n: 1 } },
    { kind: 'row', row: { n: 2 } },
    { kind: 'guard', row: { n: 3 } },
    { kind: 'row', row: { n: 4 } },
  ]
  await world.ledger.commit(hold, riders)
  expect(seen).toEqual([
    ['guard', [{ n: 3 }], 0, 0],
    ['row', [{ n: 2 }, { n: 4 }], 0, 0],
    ['job', [{ n: 1 }], 1, 0],
  ])
  const elsewhere = ledgerWorld(pool)
  for (const { kind } of riders.slice(0, 3)) elsewhere.riders.register({ kind, stage: 'row', run: async () => new Set() })
  expect(await elsewhere.ledger.commit(hold, riders)).toMatchObject({ outcome: 'committed', replayed: true }) // a replay that is read runs no rider
})

test.each(['guard', 'row', 'job'] as const)(
  'a failed %s leaves every byte as it was, in the ledger and in the riders’ tables',
  async (stage) => {
    const world = ledgerWorld(pool)
    const { id } = await funded(world, 10n, { expires_at: START + HOUR })
    await world.ledger.commit(grantOf(id, 10n))
    await pool.query(`create table riders_${stage} (op uuid)`)
    world.riders.register({
      kind: 'writes',
      stage: 'guard',
      async run(tx, rows) {
        await tx.query(`insert into riders_${stage} select unnest($1::uuid[])`, [rows.map((one) => one.op)])
        return new Set(rows.map((one) => one.op))
      },
    })
    world.riders.register({ kind: 'fails', stage, run: async () => new Set() })
    world.now += 2 * HOUR // an expiry would be booked along
    const before = await bytesOf(id)
    const hold = holdOf(id, 4n)
    const outcome = await world.ledger.commit(hold, [
      { kind: 'writes', row: {} },
      { kind: 'fails', row: {} },
    ])
    expect(outcome).toEqual({ outcome: 'guard_failed', rider: 'fails' })
    expect(await bytesOf(id)).toBe(before)
    expect((await pool.query(`select * from riders_${stage}`)).rows).toEqual([])
    expect(await world.ledger.commit(hold)).toMatchObject({ outcome: 'committed', replayed: false })
  },
)
