import { afterAll, describe, expect, test } from 'vitest'
import { transaction } from '../db/pool.ts'
import { testDatabase } from '../testing/database.ts'
import type { GrantKind } from './operation.ts'
import { captureOf, grantOf, HOUR, holdOf, type LedgerWorld, ledgerWorld, releaseOf } from './testing.ts'

// What expires under an open hold, for a grant of every kind, however it came (research: cases 15, 16, 17, 19, 24, 29).

const database = await testDatabase()
const { pool } = database
afterAll(() => database.drop())

const NOON = Date.parse('2026-04-10T12:00:00Z')
const ENDS = Date.parse('2026-04-11T00:00:00Z')

type Account = Awaited<ReturnType<LedgerWorld['account']>>
/** Each gives 10 credits that end at midnight. */
const GIVE: Readonly<Record<GrantKind, (world: LedgerWorld, account: Account) => Promise<unknown>>> = {
  daily: (world, { owner }) =>
    transaction(pool, (tx) =>
      world.ledger.setAllowance(tx, owner, {
        policy: [
          { from: '2026-04-10', credits: 10n },
          { from: '2026-04-11', credits: 0n },
        ],
        zone: 'UTC',
        priority: 50,
      }),
    ),
  subscription: (world, { id, owner }) => {
    const wish = { anchor: Date.parse('2026-03-11T00:00:00Z'), zone: 'UTC', credits: 10n, cost_micro: 200_000n, rollover_max: 10n }
    return transaction(pool, (tx) => world.ledger.beginSubscription(tx, owner, { id: `sub_${id}`, ...wish }))
  },
  pack: (world, { id }) => world.ledger.commit(grantOf(id, 10n, { grant_kind: 'pack', expires_at: ENDS, cost_micro: 200_000n })),
  promo: (world, { id }) =>
    world.ledger.commit(grantOf(id, 10n, { grant_kind: 'promo', expires_at: ENDS, models: ['sora-2'], priority: 10 })),
  adjustment: (world, { id }) => world.ledger.commit(grantOf(id, 10n, { grant_kind: 'adjustment', expires_at: ENDS, reason: 'sorry' })),
}
const KINDS: readonly GrantKind[] = ['daily', 'subscription', 'pack', 'promo', 'adjustment']

describe.each(KINDS)('credits of kind %s that end while they are held', (kind) => {
  async function held() {
    const world = ledgerWorld(pool)
    world.now = NOON
    const account = await world.account()
    await GIVE[kind](world, account)
    const hold = holdOf(account.id, 8n)
    expect((await world.ledger.commit(hold)).outcome).toBe('committed')
    const balance = () => world.ledger.balance(account.owner, world.now)
    world.now = ENDS
    await world.ledger.sweep(world.now)
    const clean = async () => {
      const audit = await world.ledger.audit({ full: true })
      expect(audit.checks.filter((check) => !check.ok)).toEqual([])
    }
    return { world, id: account.id, hold, balance, clean }
  }

  test('case 15: no new hold may use them, and what is held stays capturable', async () => {
    const { world, id, hold, balance, clean } = await held()
    expect(await balance()).toMatchObject({ available: 0n, held: 8n })
    expect((await world.ledger.commit(holdOf(id, 1n))).outcome).toBe('insufficient')
    world.now = ENDS + HOUR
    expect((await world.ledger.commit(captureOf(hold, 5n))).outcome).toBe('committed')
    expect(await balance()).toMatchObject({ available: 0n, held: 0n, spent: 5n, grants: [] })
    await clean()
  })

  test('case 16: after a failure of ours they live on as the same kind, for as long as they were away', async () => {
    const { world, id, hold, balance, clean } = await held()
    world.now = ENDS + HOUR // away for 13 hours
    await world.ledger.commit(releaseOf(hold, 'platform'))
    const until = ENDS + HOUR + 13 * HOUR
    expect(await balance()).toMatchObject({ available: 8n, grants: [{ kind, credits: 8n, expires_at: until }] })
    // Again, and again: never beyond a day after they first ended.
    const again = holdOf(id, 8n)
    await world.ledger.commit(again)
    world.now = until + 6 * HOUR
    await world.ledger.commit(releaseOf(again, 'provider'))
    expect(await balance()).toMatchObject({ available: 8n, grants: [{ kind, expires_at: ENDS + 24 * HOUR }] })
    world.now = ENDS + 24 * HOUR
    await world.ledger.sweep(world.now)
    expect(await balance()).toMatchObject({ available: 0n, grants: [] })
    await clean()
  })

  test.each(['customer', 'moderation'] as const)('case 16: after an end by the %s they are gone', async (cause) => {
    const { world, hold, balance, clean } = await held()
    await world.ledger.commit(releaseOf(hold, cause))
    expect(await balance()).toMatchObject({ available: 0n, held: 0n, spent: 0n, grants: [] })
    await clean()
  })
})

test('case 17: a hold on a pack keeps no promotion alive, and one on both returns each to what it was', async () => {
  const world = ledgerWorld(pool)
  world.now = NOON
  const { id, owner } = await world.account()
  await world.ledger.commit(grantOf(id, 10n, { grant_kind: 'promo', expires_at: ENDS }))
  await world.ledger.commit(grantOf(id, 10n, { grant_kind: 'pack', cost_micro: 200_000n }))
  const hold = holdOf(id, 15n)
  await world.ledger.commit(hold)
  world.now = ENDS
  await world.ledger.commit(releaseOf(hold, 'customer'))
  expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 10n, grants: [{ kind: 'pack', remaining: 10n }] })
})

test('what is made good of a month does not roll over with the next one', async () => {
  const world = ledgerWorld(pool)
  world.now = Date.parse('2026-04-01T00:00:00Z')
  const { id, owner } = await world.account()
  const sub = `sub_${id}`
  await transaction(pool, (tx) =>
    world.ledger.beginSubscription(tx, owner, { id: sub, anchor: world.now, zone: 'UTC', credits: 10n, cost_micro: 0n, rollover_max: 10n }),
  )
  const hold = holdOf(id, 10n)
  world.now = Date.parse('2026-04-30T23:00:00Z')
  await world.ledger.commit(hold)
  await transaction(pool, (tx) => world.ledger.payCycle(tx, owner, sub, 1))
  world.now = Date.parse('2026-05-01T01:00:00Z')
  await world.ledger.commit(releaseOf(hold, 'provider'))
  expect(await world.ledger.balance(owner, world.now)).toMatchObject({ available: 20n })
  expect(await world.ledger.balance(owner, Date.parse('2026-05-01T03:00:00Z'))).toMatchObject({ available: 10n })
})
