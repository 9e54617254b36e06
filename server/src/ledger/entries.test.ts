import { afterAll, expect, test } from 'vitest'
import { testDatabase } from '../testing/database.ts'
import type { Entry } from './entries.ts'
import { captureOf, freshId, grantOf, HOUR, holdOf, type LedgerWorld, ledgerWorld, refundOf, START } from './testing.ts'

const database = await testDatabase()
afterAll(() => database.drop())

const ALL = { after: null, limit: 100, order: 'desc' } as const

async function history(world: LedgerWorld) {
  const account = await world.account()
  const soon = grantOf(account.id, 10n, { expires_at: START + HOUR, reason: '=cmd|"calc"' })
  const forever = grantOf(account.id, 20n, { grant_kind: 'adjustment' })
  await world.ledger.commit(soon)
  await world.ledger.commit(forever)
  const hold = holdOf(account.id, 8n, { video: 'video_7' })
  const other = holdOf(account.id, 8n, { video: 'video_8' })
  for (const operation of [hold, captureOf(hold, 5n), other, captureOf(other, 8n), refundOf(other, 2n, 'r')])
    await world.ledger.commit(operation)
  world.now = START + HOUR
  await world.ledger.sweep(world.now)
  return { ...account, soon, forever, hold, other }
}

test('entries are newest first, and available_after is always the running sum of credits', async () => {
  const world = ledgerWorld(database.pool)
  const { owner, soon, forever, hold } = await history(world)
  const shown = await world.ledger.entries(owner, {}, ALL)
  expect(shown.map((one) => [one.kind, one.credits, one.available_after])).toEqual([
    ['refund', 2n, 19n],
    ['capture', 0n, 17n],
    ['hold', -8n, 17n],
    ['capture', 3n, 25n],
    ['hold', -8n, 22n],
    ['adjustment', 20n, 30n],
    ['grant', 10n, 10n],
  ])
  let sum = 0n
  for (const entry of [...shown].reverse()) {
    sum += entry.credits
    expect(entry.available_after).toBe(sum)
    expect(entry.grants.reduce((total, grant) => total + grant.credits, 0n)).toBe(entry.credits)
  }
  expect(shown.at(-3)).toMatchObject({ video: 'video_7', hold: hold.op, grants: [{ id: soon.op, credits: -8n }] })
  expect(shown.at(-4)).toMatchObject({ video: 'video_7', hold: hold.op, kind: 'capture' })
  expect(shown.at(-2)).toMatchObject({ video: null, hold: null, grants: [{ id: forever.op, credits: 20n }] })
})

test('filters: by hold, kind and time; pages meet without gap or overlap in both directions', async () => {
  const world = ledgerWorld(database.pool)
  const { owner, hold } = await history(world)
  const kinds = async (filter: Parameters<LedgerWorld['ledger']['entries']>[1]) =>
    (await world.ledger.entries(owner, filter, ALL)).map((one) => one.kind)
  expect(await kinds({ hold: hold.op })).toEqual(['capture', 'hold'])
  expect(await kinds({ kind: 'capture' })).toEqual(['capture', 'capture'])
  expect(await kinds({ from: START + 1 })).toEqual([])
  expect(await kinds({ to: START })).toEqual([])
  expect(await kinds({ hold: 'nonsense' })).toEqual([])
  const all = await world.ledger.entries(owner, {}, ALL)
  for (const order of ['asc', 'desc'] as const) {
    const paged: Entry[] = []
    for (let after: string | null = null; ; ) {
      const page: readonly Entry[] = await world.ledger.entries(owner, {}, { after, limit: 2, order })
      paged.push(...page)
      after = page.at(-1)?.id ?? null
      if (after === null) break
    }
    expect(paged).toEqual(order === 'asc' ? [...all].reverse() : all)
  }
})

test('another customer’s hold, entry and grant show nothing', async () => {
  const world = ledgerWorld(database.pool)
  const mine = await history(world)
  const { owner } = await world.account()
  const [entry] = await world.ledger.entries(mine.owner, {}, ALL)
  expect(await world.ledger.entries(owner, { hold: mine.hold.op }, ALL)).toEqual([])
  expect(await world.ledger.entries(owner, {}, { ...ALL, after: entry?.id ?? '' })).toEqual([])
  expect(await world.ledger.holdStatus(owner, mine.hold.op)).toBeNull()
  expect(await world.ledger.grant(owner, mine.forever.op)).toBeNull()
  expect(await world.ledger.grant(mine.owner, mine.forever.op)).toMatchObject({ credits: 20n, kind: 'adjustment', held: 0n, models: null })
})

test('the CSV form is one line per entry, quoted, and no text in it is run as a formula', async () => {
  const world = ledgerWorld(database.pool)
  const { owner, soon } = await history(world)
  let csv = ''
  for await (const chunk of world.ledger.entriesCsv(owner, {})) csv += chunk
  const lines = csv.trimEnd().split('\r\n')
  expect(lines).toHaveLength(8)
  expect(lines[0]).toBe('id,at,time,kind,credits,available_after,video,hold,reason')
  expect(lines[7]).toBe(`entry_${soon.op}_0,${START / 1000},2026-03-29T12:00:00.000Z,grant,10,10,,,"'=cmd|""calc"""`)
})

test('a balance shows grants in burn order with what is left, held and expiring', async () => {
  const world = ledgerWorld(database.pool)
  const { id, owner } = await world.account()
  const later = grantOf(id, 20n, { expires_at: START + 2 * HOUR, models: ['sora-2-pro', 'sora-2'], priority: 60 })
  const soon = grantOf(id, 10n, { expires_at: START + HOUR })
  await world.ledger.commit(later)
  await world.ledger.commit(soon)
  await world.ledger.commit(holdOf(id, 12n))
  const at = (hours: number) => START + hours * HOUR
  expect(await world.ledger.balance(owner, START)).toMatchObject({
    available: 18n,
    held: 12n,
    spent: 0n,
    owed: 0n,
    expiring: [{ credits: 18n, expires_at: at(2) }],
    grants: [
      { id: soon.op, credits: 10n, remaining: 0n, held: 10n, expires_at: at(1), models: null },
      { id: later.op, credits: 20n, remaining: 18n, held: 2n, expires_at: at(2), priority: 60, models: ['sora-2', 'sora-2-pro'] },
    ],
  })
})

test('a hold’s status names the grants that paid and every refund; of an unknown id there is none', async () => {
  const world = ledgerWorld(database.pool)
  const { owner, soon, hold, other, forever } = await history(world)
  expect(await world.ledger.holdStatus(owner, hold.op)).toMatchObject({
    status: 'captured',
    purpose: 'video',
    credits: 8n,
    captured: 5n,
    released: 3n,
    refunded: 0n,
    grants: [{ id: soon.op, kind: 'pack', credits: 5n }],
    refunds: [],
  })
  expect(await world.ledger.holdStatus(owner, other.op)).toMatchObject({
    refunded: 2n,
    grants: [
      { id: soon.op, credits: 5n },
      { id: forever.op, credits: 3n },
    ],
    refunds: [{ request: 'r', credits: 2n, reason: 'goodwill' }],
  })
  expect(await world.ledger.holdStatus(owner, freshId())).toBeNull()
  expect(await world.ledger.holdStatus(owner, forever.op)).toBeNull()
})
