import { setImmediate as nextTick } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { openPool, type Pool } from '../db/pool.ts'
import { expectClean } from '../testing/clean-ledger.ts'
import { testDatabase } from '../testing/database.ts'
import type { Operation } from './operation.ts'
import { captureOf, freshId, grantOf, holdOf, type LedgerWorld, ledgerWorld, releaseOf } from './testing.ts'

// What may happen between two statements of a batch of fifty, each made to happen there. Guards that fail and poisoned operations: lane.test.ts; two
// refunds at once: ledger.test.ts; lost answers of single operations: commit.test.ts.

const SIZE = 50
const database = await testDatabase()
const { pool } = database
await pool.query('create table ridden (op uuid, word text)')
const pools: Pool[] = []
afterAll(async () => {
  await Promise.all(pools.map((one) => one.end()))
  await database.drop()
})

type Account = Awaited<ReturnType<LedgerWorld['account']>>
type Act = (send: () => Promise<unknown>) => Promise<unknown>

/**
 * A ledger as another process has it. What happens instead of its next statement of this name (or text) is up to `act`, which can send it, before,
 * after or never; when it throws, the connection is gone.
 */
function anotherProcess(): { readonly world: LedgerWorld; at(statement: string, act: Act): void } {
  const traps = new Map<string, Act>()
  const own = openPool({ ...database.connection, max: 4 }, () => undefined)
  pools.push(own)
  own.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>
    let trapped: Promise<unknown> | null = null
    Reflect.set(client, 'query', async (...args: unknown[]) => {
      // What was sent behind it, without waiting for its answer, stays behind it.
      while (trapped !== null) await trapped
      const [said] = args
      const name = typeof said === 'object' && said !== null ? String(Reflect.get(said, 'name')) : String(said)
      const trap = name.replace(/_all$/, '') // all of a batch at once, or those that can be
      const act = traps.get(trap)
      if (act === undefined) return query(...args)
      traps.delete(trap)
      const sprung = Promise.withResolvers<void>()
      trapped = sprung.promise
      try {
        return await act(() => {
          const answer = query(...args)
          trapped = null
          sprung.resolve()
          return answer
        })
      } catch (error) {
        await client.end()
        throw error
      } finally {
        trapped = null
        sprung.resolve()
      }
    })
  })
  const world = ledgerWorld(own)
  world.riders.register({
    kind: 'word',
    stage: 'row',
    async run(tx, rows) {
      await tx.query('insert into ridden select * from unnest($1::uuid[], $2::text[])', [
        rows.map(({ op }) => op),
        rows.map(({ row }) => row.word),
      ])
      return new Set(rows.map(({ op }) => op))
    },
  })
  world.riders.register({ kind: 'never', stage: 'guard', run: () => Promise.resolve(new Set()) })
  return { world, at: (statement, act) => void traps.set(statement, act) }
}

async function accountsOf(world: LedgerWorld, credits: bigint): Promise<readonly [Account, ...Account[]]> {
  const make = async () => {
    const account = await world.account()
    await world.ledger.commit(grantOf(account.id, credits))
    return account
  }
  return [await make(), ...(await Promise.all(Array.from({ length: SIZE - 1 }, make)))]
}

const lost = () => Promise.reject(new Error('Connection terminated unexpectedly'))
const ridden = (word: string) => [{ kind: 'word', row: { word } }]
const outcomesOf = (outcomes: readonly { readonly outcome: string }[]) => outcomes.map(({ outcome }) => outcome)

async function ridersSaying(word: string): Promise<number> {
  return (await pool.query('select 1 from ridden where word = $1', [word])).rows.length
}

async function rowsOf(operations: readonly Operation[]): Promise<number> {
  return (await pool.query('select 1 from ledger.journal where op_id = any ($1)', [operations.map(({ op }) => op)])).rows.length
}

test('an account of a batch of 50 that another process moves between reading and locking is decided on anew; the other 49 are not', async () => {
  const [one, two] = [anotherProcess(), anotherProcess()]
  const accounts = await accountsOf(two.world, 5n)
  const [moved] = accounts
  one.at('ledger.move', async (send) => {
    // On what the batch has read this hold would be covered. It takes one credit of the five, which all were wanted.
    expect(await two.world.ledger.commit(holdOf(moved.id, 1n))).toMatchObject({ outcome: 'committed' })
    return send()
  })
  const outcomes = await Promise.all(accounts.map(({ id }) => one.world.ledger.commit(holdOf(id, 5n), ridden('moved'))))
  expect(outcomes[0]).toEqual({ outcome: 'insufficient', needed: 5n, available: 4n })
  expect(new Set(outcomesOf(outcomes.slice(1)))).toEqual(new Set(['committed']))
  expect(one.world.events).toEqual([{ event: 'fenced', account: moved.id }])
  expect(await ridersSaying('moved')).toBe(SIZE - 1)
  expect(await one.world.ledger.balance(moved.owner, one.world.now)).toMatchObject({ available: 4n, held: 1n })
  await expectClean(one.world)
})

test('a hold that another process ends between reading and locking was ended by that process, for a whole batch of 50', async () => {
  const [one, two] = [anotherProcess(), anotherProcess()]
  const accounts = await accountsOf(two.world, 5n)
  const holds = accounts.map(({ id }) => holdOf(id, 5n))
  await Promise.all(holds.map((hold) => two.world.ledger.commit(hold)))
  one.at('ledger.move', async (send) => {
    await Promise.all(holds.map((hold) => two.world.ledger.commit(releaseOf(hold))))
    return send()
  })
  const outcomes = await Promise.all(holds.map((hold) => one.world.ledger.commit(captureOf(hold, 5n), ridden('too late'))))
  expect(outcomes).toEqual(holds.map(() => ({ outcome: 'finished', by: 'released', captured: 0n, released: 5n })))
  expect(await ridersSaying('too late')).toBe(0)
  for (const { owner } of accounts.slice(0, 3))
    expect(await one.world.ledger.balance(owner, one.world.now)).toMatchObject({ available: 5n })
  await expectClean(one.world)
})

test('case 37: a batch of 50 whose commit was made and whose answer was lost is answered as done by us, each once with its rider', async () => {
  const one = anotherProcess()
  const accounts = await accountsOf(one.world, 5n)
  const holds = accounts.map(({ id }) => holdOf(id, 5n))
  one.at('commit', async (send) => {
    await send()
    return lost()
  })
  const outcomes = await Promise.all(holds.map((hold) => one.world.ledger.commit(hold, ridden('answer lost'))))
  expect(outcomes.map((one) => one.outcome === 'committed' && one.replayed)).toEqual(holds.map(() => false))
  expect(one.world.events.map(({ event }) => event)).toEqual(['commit_lost', 'retried'])
  expect([await rowsOf(holds), await ridersSaying('answer lost')]).toEqual([SIZE, SIZE])
  await expectClean(one.world)
})

test('case 37: a batch of 50 whose connection was gone before its commit is done again, each once with its rider', async () => {
  const one = anotherProcess()
  const accounts = await accountsOf(one.world, 5n)
  const holds = accounts.map(({ id }) => holdOf(id, 5n))
  one.at('commit', lost)
  const outcomes = await Promise.all(holds.map((hold) => one.world.ledger.commit(hold, ridden('commit lost'))))
  expect(new Set(outcomesOf(outcomes))).toEqual(new Set(['committed']))
  expect([await rowsOf(holds), await ridersSaying('commit lost')]).toEqual([SIZE, SIZE])
  await expectClean(one.world)
})

test.each(['made', 'not made'])(
  'case 37: a client that repeats at another process while the answer to a commit that was %s is lost gets one hold, and so does the first process',
  async (fate) => {
    const [one, two] = [anotherProcess(), anotherProcess()]
    const accounts = await accountsOf(one.world, 5n)
    const holds = accounts.map(({ id }) => holdOf(id, 5n))
    const word = `repeated, ${fate}`
    let repeats: Promise<readonly { readonly outcome: string }[]> = Promise.resolve([])
    one.at('commit', async (send) => {
      if (fate === 'made') await send()
      // Where nothing was committed its locks are still held: the repeats wait for the end of the connection.
      repeats = Promise.all(holds.map((hold) => two.world.ledger.commit(hold, ridden(word))))
      if (fate === 'made') await repeats
      return lost()
    })
    const outcomes = await Promise.all(holds.map((hold) => one.world.ledger.commit(hold, ridden(word))))
    expect(new Set(outcomesOf([...outcomes, ...(await repeats)]))).toEqual(new Set(['committed']))
    expect(await repeats).toHaveLength(SIZE)
    expect([await rowsOf(holds), await ridersSaying(word)]).toEqual([SIZE, SIZE])
    for (const { owner } of accounts.slice(0, 3)) {
      expect(await one.world.ledger.balance(owner, one.world.now)).toMatchObject({ available: 0n, held: 5n })
    }
    await expectClean(one.world)
  },
)

test('case 38: a rider that the database refuses fails its own operation; the other 49 are committed with theirs', async () => {
  const one = anotherProcess()
  const accounts = await accountsOf(one.world, 5n)
  const poisoned = 23
  const outcomes = await Promise.allSettled(
    // PostgreSQL has no text with a NUL in it: the statement of all fifty riders fails.
    accounts.map(({ id }, i) => one.world.ledger.commit(holdOf(id, 5n), ridden(i === poisoned ? 'a\u0000b' : 'beside poison'))),
  )
  expect(outcomes.map(({ status }) => status)).toEqual(accounts.map((_, i) => (i === poisoned ? 'rejected' : 'fulfilled')))
  expect(await ridersSaying('beside poison')).toBe(SIZE - 1)
  const { owner } = accounts[poisoned] ?? accounts[0]
  expect(await one.world.ledger.balance(owner, one.world.now)).toMatchObject({ available: 5n, held: 0n })
  await expectClean(one.world)
})

test('a refund and another of the same hold in one batch, whose account moves meanwhile, never exceed the capture', async () => {
  const [one, two] = [anotherProcess(), anotherProcess()]
  const [{ id, owner }] = await accountsOf(two.world, 10n)
  const hold = holdOf(id, 10n)
  await two.world.ledger.commit(hold)
  await two.world.ledger.commit(captureOf(hold, 10n))
  const refund = (credits: bigint) =>
    ({ kind: 'refund', op: hold.op, account: id, credits, request_id: freshId(), reason: 'goodwill' }) as const
  one.at('ledger.move', async (send) => {
    await two.world.ledger.commit(refund(4n))
    return send()
  })
  const outcomes = await Promise.all([refund(4n), refund(4n), refund(2n)].map((operation) => one.world.ledger.commit(operation)))
  expect(outcomesOf(outcomes)).toEqual(['committed', 'over_refund', 'committed'])
  expect(await one.world.ledger.balance(owner, one.world.now)).toMatchObject({ available: 10n, spent: 0n })
  await expectClean(one.world)
})

type Fate = 'written' | 'its guard fails' | 'its answer is lost' | 'it is lost' | 'its account moves'

/**
 * Batches on the same accounts: the second (and the third) has read and decided on what those before it will leave before the first is written, and then the
 * first meets its fate.
 */
async function oneBehindAnother(fate: Fate, first: bigint, second: bigint, third: bigint | null = null) {
  const [one, two] = [anotherProcess(), anotherProcess()]
  const accounts = await accountsOf(two.world, 5n)
  let told = 0
  const commit = (credits: bigint, riders: Parameters<LedgerWorld['ledger']['commit']>[1] = []) =>
    Promise.all(
      accounts.map(async ({ id }) => {
        const outcome = await one.world.ledger.commit(holdOf(id, credits), riders)
        told += 1
        return outcome
      }),
    )
  let behind: ReturnType<typeof commit> | null = null
  let last: ReturnType<typeof commit> | null = null
  one.at('ledger.move', async (send) => {
    const hasDecided = async (credits: bigint) => {
      const read = Promise.withResolvers<void>()
      one.at('ledger.read', async (look) => {
        const rows = await look()
        read.resolve()
        return rows
      })
      const answers = commit(credits)
      await read.promise
      for (let i = 0; i < 5; i++) await nextTick()
      return { answers }
    }
    behind = (await hasDecided(second)).answers
    if (third !== null) last = (await hasDecided(third)).answers
    if (fate === 'its account moves') await Promise.all(accounts.map(({ id }) => two.world.ledger.commit(holdOf(id, 1n))))
    // Whatever the second was decided on is not so yet: nobody has been told anything.
    expect(told).toBe(0)
    return send()
  })
  if (fate === 'its answer is lost') one.at('commit', (send) => send().then(lost))
  if (fate === 'it is lost') one.at('commit', lost)
  const before = await commit(first, fate === 'its guard fails' ? [{ kind: 'never', row: {} }] : [])
  const after = (await behind) ?? []
  const at_last = (await last) ?? []
  await expectClean(one.world)
  const said = (outcomes: typeof before) => [
    ...new Set(outcomes.map((answer) => ('available' in answer ? `${answer.available} left` : answer.outcome))),
  ]
  const { available, held } = await one.world.ledger.balance(accounts[0].owner, one.world.now)
  return { before: said(before), after: said(after), at_last: said(at_last), available, held }
}

test.each<readonly [Fate, string, string, bigint]>([
  ['written', 'committed', '2 left', 2n],
  ['its guard fails', 'guard_failed', 'committed', 1n],
  ['its answer is lost', 'committed', '2 left', 2n],
  ['it is lost', 'committed', '2 left', 2n],
  ['its account moves', 'committed', '1 left', 1n],
])(
  'a batch that was decided on what the one before it would leave is answered by what that has left: %s',
  async (fate, first, second, left) => {
    // Of five credits three, and then four.
    expect(await oneBehindAnother(fate, 3n, 4n)).toMatchObject({ before: [first], after: [second], available: left })
  },
)

test.each<readonly [Fate, string, string, bigint]>([
  ['written', 'committed', 'committed', 0n],
  ['its guard fails', 'guard_failed', 'committed', 3n],
  ['its answer is lost', 'committed', 'committed', 0n],
  ['it is lost', 'committed', 'committed', 0n],
  ['its account moves', 'committed', '1 left', 1n],
])('a batch that was granted what the one before it would leave gets no more than that has left: %s', async (fate, first, second, left) => {
  // Of five credits three, and then two.
  expect(await oneBehindAnother(fate, 3n, 2n)).toMatchObject({ before: [first], after: [second], available: left })
})

test.each<readonly [Fate, string, string, string, bigint]>([
  ['written', 'committed', 'committed', '1 left', 1n],
  ['its guard fails', 'guard_failed', 'committed', 'committed', 1n],
  ['its answer is lost', 'committed', 'committed', '1 left', 1n],
  ['it is lost', 'committed', 'committed', '1 left', 1n],
  ['its account moves', 'committed', 'committed', '0 left', 0n],
])('of three batches under way none overtakes another, whatever happens to the first: %s', async (fate, first, second, third, left) => {
  // Of five credits three, then one, then three.
  const said = await oneBehindAnother(fate, 3n, 1n, 3n)
  expect(said).toMatchObject({ before: [first], after: [second], at_last: [third], available: left })
})
