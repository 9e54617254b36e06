import { afterAll, expect, test } from 'vitest'
import { openPool } from '../db/pool.ts'
import { expectClean } from '../testing/clean-ledger.ts'
import { testDatabase } from '../testing/database.ts'
import { captureOf, grantOf, HOUR, holdOf, type LedgerWorld, ledgerWorld, START, useOf } from './testing.ts'

// What this process remembers of accounts saves reading them, and changes no answer.

const database = await testDatabase()
const { pool } = database
const second = openPool(database.connection, () => undefined)
afterAll(async () => {
  await second.end()
  await database.drop()
})

/** An account with credits whose last writer was this ledger. */
async function remembered(world: LedgerWorld, credits: bigint) {
  const one = await world.account()
  await world.ledger.commit(grantOf(one.id, credits))
  await world.ledger.commit(holdOf(one.id, 0n)) // a grant is read after; this is remembered
  return one
}

test('an account that this process has just written is not read for its next holds and their ends', async () => {
  const world = ledgerWorld(pool)
  const { id, owner } = await remembered(world, 100n)
  const said: string[] = []
  const client = await pool.connect()
  client.release()
  const query = client.query.bind(client)
  Object.assign(client, {
    query(statement: { readonly name?: string }, ...rest: never[]) {
      said.push(statement.name ?? '')
      return query(statement as never, ...rest)
    },
  })
  const hold = holdOf(id, 40n)
  expect(await world.ledger.commit(hold)).toMatchObject({ outcome: 'committed', replayed: false })
  expect(await world.ledger.commit(captureOf(hold, 30n))).toMatchObject({ outcome: 'committed', replayed: false })
  expect(said).toContain('ledger.move_all')
  expect(said).not.toContain('ledger.read')
  expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 70n, held: 0n, spent: 30n })
})

test('what is repeated is answered as it is recorded, whatever would be said of it now', async () => {
  const world = ledgerWorld(pool)
  const { id } = await remembered(world, 10n)
  const [hold, use] = [holdOf(id, 6n), useOf(id, 4n)]
  await world.ledger.commit(hold)
  const used = await world.ledger.commit(use)
  expect(await world.ledger.commit(holdOf(id, 1n))).toEqual({ outcome: 'insufficient', needed: 1n, available: 0n })
  expect(await world.ledger.commit(hold)).toMatchObject({ outcome: 'committed', replayed: true })
  expect(await world.ledger.commit(use)).toEqual({ ...used, replayed: true })
  expect(await world.ledger.commit({ ...hold, credits: 5n })).toEqual({ outcome: 'conflict' })
  await expectClean(world)
})

test.each([
  ['throws', 'insert into videos_of_throws select unnest($1::uuid[]) returning op'],
  ['fails', 'insert into videos_of_fails select unnest($1::uuid[]) on conflict do nothing returning op'],
])('a repeat whose rider %s since its row is there is a repeat, alone and among others', async (how, text) => {
  const world = ledgerWorld(pool)
  await pool.query(`create table videos_of_${how} (op uuid primary key)`)
  world.riders.register({
    kind: 'video',
    stage: 'row',
    async run(tx, rows) {
      const written = await tx.query<{ op: string }>(text, [rows.map(({ op }) => op)])
      return new Set(written.rows.map(({ op }) => op))
    },
  })
  const { id } = await remembered(world, 100n)
  const hold = holdOf(id, 6n)
  const riders = [{ kind: 'video', row: {} }]
  await world.ledger.commit(hold, riders)
  expect(await world.ledger.commit(hold, riders)).toMatchObject({ outcome: 'committed', replayed: true })
  await world.ledger.commit(holdOf(id, 1n), riders) // remembered again
  const others = Array.from({ length: 5 }, () => holdOf(id, 1n))
  const answers = await Promise.all([hold, ...others].map((one) => world.ledger.commit(one, riders)))
  expect(answers.map((one) => one.outcome === 'committed' && one.replayed)).toEqual([true, false, false, false, false, false])
  expect((await pool.query(`select op from videos_of_${how}`)).rows).toHaveLength(7)
  await expectClean(world)
})

test('a service’s hold that is past its deadline gives its credits back before the next hold asks for them', async () => {
  const world = ledgerWorld(pool)
  const { id } = await remembered(world, 10n)
  await world.ledger.commit(holdOf(id, 8n, { purpose: 'service', expires_at: START + HOUR }))
  await world.ledger.commit(holdOf(id, 1n))
  world.now += 2 * HOUR
  // One credit would be there in any case: the eight come back before it is taken.
  expect(await world.ledger.commit(holdOf(id, 1n))).toMatchObject({ outcome: 'committed', entry: { available_after: 8n } })
  await expectClean(world)
})

test('a grant that expires while its account is remembered is not spent after it', async () => {
  const world = ledgerWorld(pool)
  const { id } = await world.account()
  await world.ledger.commit(grantOf(id, 10n, { expires_at: START + HOUR }))
  await world.ledger.commit(holdOf(id, 1n))
  world.now += 2 * HOUR
  expect(await world.ledger.commit(holdOf(id, 1n))).toEqual({ outcome: 'insufficient', needed: 1n, available: 0n })
  await expectClean(world)
})

test('what another process changes about a remembered account counts at once: its watch, its credits, its day', async () => {
  const told: bigint[] = []
  const one = ledgerWorld(pool, 5_000, async (_tx, fell) => void told.push(...fell.map(({ account }) => account)))
  const two = ledgerWorld(second)
  const { id, owner } = await remembered(one, 10n)
  const client = await second.connect()
  await client.query('begin')
  await two.ledger.watch({ in_transaction: true, query: client.query.bind(client), copyIn: () => Promise.reject() }, owner, 5n, two.now)
  await client.query('commit')
  client.release()
  await one.ledger.commit(holdOf(id, 6n))
  expect(told).toEqual([id])
  await two.ledger.commit(grantOf(id, 90n))
  expect(await one.ledger.commit(holdOf(id, 90n))).toMatchObject({ outcome: 'committed' })
  await expectClean(one)
})
