import { createHash } from 'node:crypto'
import { afterAll, expect, test } from 'vitest'
import { openPool } from '../db/pool.ts'
import { expectClean } from '../testing/clean-ledger.ts'
import { testDatabase } from '../testing/database.ts'
import { bodyOf } from './body.ts'
import { captureOf, grantOf, holdOf, ledgerWorld, releaseOf } from './testing.ts'

// What goes to the database in a way of its own arrives as it would have gone in any other.

const database = await testDatabase()
const { pool } = database
const second = openPool(database.connection, () => undefined)
afterAll(async () => {
  await second.end()
  await database.drop()
})

test('text of anybody is in the journal as it was said: tabs, line ends, backslashes, what looks like an end or like nothing', async () => {
  const world = ledgerWorld(pool)
  const { id } = await world.account()
  await world.ledger.commit(grantOf(id, 100n))
  const texts = ['a\tb', 'a\nb\r\nc', 'a\\b', '\\N', '\\.', '', 'é 漢 🎬', '"{,}"', 'NULL']
  const holds = texts.map((reason) => holdOf(id, 1n, { reason, video: reason }))
  await Promise.all(holds.map((hold) => world.ledger.commit(hold)))
  const { rows } = await pool.query<{ op_id: string; reason: string; video: string }>(
    'select op_id, reason, video from ledger.journal where op_id = any ($1) order by ver',
    [holds.map(({ op }) => op)],
  )
  expect(rows).toEqual(holds.map(({ op, reason, video }) => ({ op_id: op, reason, video })))
  await expectClean(world)
})

test('a repeat is the same operation in whatever order its fields are written', () => {
  const hold = holdOf(7n, 40n, { reason: 'he said "no"\n', video: 'video_1' })
  const said = [
    ['account', '7n'],
    ['credits', '40n'],
    ['expires_at', null],
    ['kind', 'hold'],
    ['model', 'sora-2'],
    ['purpose', 'video'],
    ['reason', 'he said "no"\n'],
    ['video', 'video_1'],
  ]
  const body = createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 32)
  const { op, kind, ...rest } = hold
  expect([bodyOf(hold), bodyOf({ ...rest, kind, op }), bodyOf({ ...hold, if_ver: 3n })]).toEqual([body, body, body])
})

test('a hold that another process has ended is ended by that one, whatever this process remembers of it', async () => {
  const [one, two] = [ledgerWorld(pool), ledgerWorld(second)]
  const { id, owner } = await one.account()
  await one.ledger.commit(grantOf(id, 10n))
  const [mine, other] = [holdOf(id, 6n), holdOf(id, 4n)]
  await one.ledger.commit(mine)
  await one.ledger.commit(other)
  expect(await two.ledger.commit(releaseOf(mine))).toMatchObject({ outcome: 'committed' })
  expect(await one.ledger.commit(captureOf(mine, 6n))).toEqual({ outcome: 'finished', by: 'released', captured: 0n, released: 6n })
  expect(await one.ledger.commit(captureOf(other, 3n))).toMatchObject({ outcome: 'committed', replayed: false })
  expect(await one.ledger.commit(captureOf(other, 3n))).toMatchObject({ outcome: 'committed', replayed: true })
  expect(await one.ledger.balance(owner, one.now)).toMatchObject({ available: 7n, held: 0n, spent: 3n })
  // What it remembers of the account is refused once, by the fence; from then on it reads.
  expect(one.events).toEqual([{ event: 'fenced', account: id }])
  await expectClean(one)
})

test('fifty holds remembered here and ended there, all at once with their ends here: each is ended once', async () => {
  const [one, two] = [ledgerWorld(pool), ledgerWorld(second)]
  const accounts = await Promise.all(Array.from({ length: 5 }, () => one.account()))
  await Promise.all(accounts.map(({ id }) => one.ledger.commit(grantOf(id, 100n))))
  const holds = accounts.flatMap(({ id }) => Array.from({ length: 10 }, () => holdOf(id, 10n)))
  await Promise.all(holds.map((hold) => one.ledger.commit(hold)))
  const ends = await Promise.all(
    holds.map((hold) => Promise.all([one.ledger.commit(captureOf(hold, 10n)), two.ledger.commit(releaseOf(hold))])),
  )
  for (const both of ends) expect(both.map(({ outcome }) => outcome).sort()).toEqual(['committed', 'finished'])
  await expectClean(one)
})
