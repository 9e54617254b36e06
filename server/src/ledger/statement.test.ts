import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Owner } from '../access/owner.ts'
import { openPool, type Pool } from '../db/pool.ts'
import { periodOf } from '../domain/period.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import type { StatementLine } from './statement.ts'
import { captureOf, freshId, grantOf, HOUR, holdOf, type LedgerWorld, ledgerWorld, refundOf, releaseOf } from './testing.ts'

let database: TestDatabase
let pool: Pool
beforeAll(async () => {
  database = await testDatabase()
  pool = database.pool
})
afterAll(() => database.drop())

const BERLIN = 'Europe/Berlin'
const MARCH = periodOf('2026-03', BERLIN)
const ALL = { after: null, limit: 1_000 }

async function csvOf(world: LedgerWorld, owner: Owner, period = MARCH): Promise<string> {
  let text = ''
  for await (const chunk of world.ledger.statementCsv(owner, period, BERLIN)) text += chunk
  return text
}

test('a month is from its first instant to its last, and a hold of the month before is a line of its own in each', async () => {
  const world = ledgerWorld(pool)
  const { id, owner } = await world.account()
  world.now = MARCH.from - 2
  await world.ledger.commit(grantOf(id, 100n, { expires_at: MARCH.to }))
  world.now = MARCH.from - 1
  const hold = holdOf(id, 30n, { video: 'video_a' })
  await world.ledger.commit(hold)
  world.now = MARCH.from
  await world.ledger.commit(captureOf(hold, 20n))
  const service = holdOf(id, 5n, { purpose: 'service', expires_at: MARCH.from + HOUR, reason: 'rendering' })
  await world.ledger.commit(service)
  await world.ledger.commit(releaseOf(service))
  await world.ledger.commit(refundOf(hold, 3n, 'r'))
  world.now = MARCH.to - 1
  await world.ledger.commit(grantOf(id, 7n, { reason: 'thanks' }))
  world.now = MARCH.to
  await world.ledger.sweep(world.now)

  const before = await world.ledger.statement(owner, periodOf('2026-02', BERLIN), ALL)
  expect(before).toMatchObject({ opening: 0n, closing: 70n, charged: 0n })
  expect(before.lines.map(({ kind, held, credits }) => ({ kind, held, credits }))).toEqual([
    { kind: 'grant', held: 0n, credits: 100n },
    { kind: 'video', held: 30n, credits: -30n },
  ])
  const march = await world.ledger.statement(owner, MARCH, ALL)
  expect(march).toMatchObject({ opening: 70n, closing: 90n, charged: 17n, has_more: false })
  expect(march.totals).toEqual([
    { kind: 'grant', entries: 1n, amount: 7n, credits: 7n },
    { kind: 'hold', entries: 1n, amount: 5n, credits: -5n },
    { kind: 'capture', entries: 1n, amount: 20n, credits: 10n },
    { kind: 'release', entries: 1n, amount: 0n, credits: 5n },
    { kind: 'refund', entries: 1n, amount: 3n, credits: 3n },
  ])
  expect(march.lines).toMatchObject([
    {
      id: `entry_${hold.op}_1`,
      kind: 'video',
      video: 'video_a',
      hold: hold.op,
      held: 0n,
      charged: 20n,
      returned: 10n,
      refunded: 3n,
      credits: 13n,
    },
    { kind: 'service', reason: 'rendering', held: 5n, returned: 5n, charged: 0n, credits: 0n },
    { kind: 'grant', given: 7n, credits: 7n, reason: 'thanks', at: MARCH.to - 1 },
  ])
  expect(await world.ledger.statement(owner, periodOf('2026-04', BERLIN), ALL)).toMatchObject({
    opening: 90n,
    closing: 7n,
    lines: [{ kind: 'expire', expired: 83n, credits: -83n }],
  })
  const year = await world.ledger.statement(owner, periodOf('2026', BERLIN), ALL)
  expect(year).toMatchObject({ opening: 0n, closing: 7n, charged: 17n })
  expect(year.lines).toHaveLength(5)
  expect(await world.ledger.statement(owner, periodOf('2025', BERLIN), ALL)).toMatchObject({
    opening: 0n,
    closing: 0n,
    lines: [],
    totals: [],
  })
  expect(await world.ledger.statement(owner, periodOf('2027', BERLIN), ALL)).toMatchObject({ opening: 7n, closing: 7n, lines: [] })
})

test('opening plus totals, and opening plus lines, is closing, over any history and any cut; months follow one another', async () => {
  const world = ledgerWorld(pool)
  const step = fc.record({
    what: fc.nat({ max: 6 }),
    credits: fc.integer({ min: 0, max: 9 }),
    hours: fc.integer({ min: 0, max: 400 }),
    pick: fc.nat({ max: 30 }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 25 }),
      fc.array(fc.integer({ min: 0, max: 6_000 }), { minLength: 1, maxLength: 4 }),
      async (steps, cuts) => {
        const start = MARCH.from
        world.now = start
        const { id, owner } = await world.account()
        const holds: ReturnType<typeof holdOf>[] = []
        for (const { what, credits, hours, pick } of steps) {
          world.now += hours * HOUR
          const amount = BigInt(credits)
          const hold = holds[pick % Math.max(holds.length, 1)]
          if (what < 2 || !hold)
            await world.ledger.commit(grantOf(id, amount + 1n, { expires_at: what === 0 ? null : world.now + 200 * HOUR }))
          if (what === 2 || what === 3) {
            const made = holdOf(id, amount, what === 3 ? { purpose: 'service', expires_at: world.now + 100 * HOUR } : {})
            if ((await world.ledger.commit(made)).outcome === 'committed') holds.push(made)
          }
          if (what === 4 && hold) await world.ledger.commit(captureOf(hold, hold.credits < amount ? hold.credits : amount))
          if (what === 5 && hold) await world.ledger.commit(releaseOf(hold))
          if (what === 6 && hold) await world.ledger.commit(refundOf(hold, 1n, freshId()))
        }
        const edges = [start, ...cuts.map((hour) => start + hour * HOUR).sort((a, b) => a - b), world.now + 1]
        let balance = 0n
        for (const [i, to] of edges.entries()) {
          const from = edges[i - 1]
          if (from === undefined || to < from) continue
          const { opening, closing, totals, lines } = await world.ledger.statement(owner, { from, to }, ALL)
          expect(opening).toBe(balance)
          expect(totals.reduce((sum, one) => sum + one.credits, opening)).toBe(closing)
          expect(lines.reduce((sum, one) => sum + one.credits, opening)).toBe(closing)
          for (const line of lines.filter(({ kind }) => kind === 'video' || kind === 'service'))
            expect(line.returned - line.held + line.refunded, line.id).toBeGreaterThanOrEqual(line.credits)
          balance = closing
        }
        const { rows } = await pool.query<{ change: bigint }>(
          'select coalesce(sum(change), 0)::bigint as change from ledger.journal where account_id = $1 and at_ms < $2',
          [id, edges.at(-1)],
        )
        expect(balance).toBe(rows[0]?.change)
      },
    ),
    { numRuns: 25 },
  )
}, 180_000)

test('pages of lines are the lines, in order, each once', async () => {
  const world = ledgerWorld(pool)
  const { id, owner } = await world.account()
  world.now = MARCH.from
  await world.ledger.commit(grantOf(id, 100n))
  for (let i = 0; i < 6; i++) {
    const hold = holdOf(id, 2n)
    await world.ledger.commit(hold)
    await world.ledger.commit(captureOf(hold, 1n))
  }
  const { lines } = await world.ledger.statement(owner, MARCH, ALL)
  const paged: StatementLine[] = []
  for (let after: string | null = null; ; ) {
    const shown = await world.ledger.statement(owner, MARCH, { after, limit: 3 })
    paged.push(...shown.lines)
    after = shown.lines.at(-1)?.id ?? null
    if (!shown.has_more) break
  }
  expect(paged).toEqual(lines)
  expect(lines).toHaveLength(7)
  const stranger = await world.account()
  expect((await world.ledger.statement(stranger.owner, MARCH, { after: lines[0]?.id ?? null, limit: 9 })).lines).toEqual([])
})

test('the table begins with the opening balance, ends with the closing one, and no spreadsheet runs what somebody typed', async () => {
  const world = ledgerWorld(pool)
  const { id, owner } = await world.account()
  world.now = MARCH.from - HOUR
  await world.ledger.commit(grantOf(id, 5n))
  world.now = MARCH.from + HOUR
  await world.ledger.commit(grantOf(id, 1n, { reason: '=HYPERLINK("http://x","y")' }))
  await world.ledger.commit(grantOf(id, 1n, { reason: 'two\r\nlines, "quoted"' }))
  await world.ledger.commit(holdOf(id, 4n, { reason: '@sum', purpose: 'service', expires_at: MARCH.to }))
  const text = await csvOf(world, owner)
  const lines = text.replace('\r\n', '\n').split(/\r\n(?=2026|$)/)
  expect(lines[0]).toMatch(
    /^date,at,time,kind,video,hold,given,held,charged,returned,refunded,expired,credits,balance,reason,id\n2026-03-01,1772319600,2026-02-28T23:00:00\.000Z,opening,,,,,,,,,,5,,$/,
  )
  expect(lines[1]).toMatch(
    /^2026-03-01,1772323200,2026-03-01T00:00:00\.000Z,grant,,,1,0,0,0,0,0,1,6,"'=HYPERLINK\(""http:\/\/x"",""y""\)",entry_/,
  )
  expect(lines[2]).toContain(',7,"two\r\nlines, ""quoted""",entry_')
  expect(lines[3]).toMatch(/service,,[0-9a-f-]{36},0,4,0,0,0,0,-4,3,'@sum,entry_/)
  expect(lines[4]).toMatch(/^2026-04-01,\d+,2026-03-31T22:00:00\.000Z,closing,,,,,,,,,,3,,$/)
  expect(lines[5]).toBe('')
})

test('a statement is found by key: its plan walks neither the journal nor the history of the account', async () => {
  // One connection, so that it has told what it read when it is asked.
  const single = openPool({ ...database.connection, max: 1 }, () => undefined)
  const world = ledgerWorld(single)
  const { id, owner } = await world.account()
  world.now = MARCH.from - 1
  await world.ledger.commit(grantOf(id, 1_000_000n))
  await pool.query(
    `with made as (
       insert into ledger.journal (op_id, seq, account_id, ver, kind, amount, change, available_after, at_ms, legs, purpose)
       select gen_random_uuid(), 0, $1, i + 1, 2, 1, -1, 1000000 - i, $2::bigint + i::bigint * 60000, array[1, 2, 1]::bigint[], 1 from generate_series(1, 100000) i)
     update ledger.accounts set ver = 100001, slots[6] = 900000, slots[7] = 100000 where id = $1`,
    [id, MARCH.from],
  )
  await single.query('analyze ledger.journal')
  const reads = async () => {
    await single.query('select pg_stat_force_next_flush()')
    const { rows } = await single.query<{ read: bigint }>(
      `select (seq_tup_read + idx_tup_fetch) as read from pg_stat_user_tables where relid = 'ledger.journal'::regclass`,
    )
    return Number(rows[0]?.read ?? 0)
  }
  const early = await reads()
  const { lines, opening, closing } = await world.ledger.statement(
    owner,
    { from: MARCH.from + 600_000, to: MARCH.from + 1_200_000 },
    { after: null, limit: 100 },
  )
  expect({ lines: lines.length, opening, closing }).toEqual({ lines: 10, opening: 999_991n, closing: 999_981n })
  const read = (await reads()) - early
  await single.end()
  expect(read).toBeGreaterThan(20)
  expect(read).toBeLessThan(1_000)
})
