import { afterAll, expect, test } from 'vitest'
import { CREDITS_MAX } from '../domain/credits.ts'
import { testDatabase } from '../testing/database.ts'
import { grantOf, ledgerWorld } from './testing.ts'

const database = await testDatabase()
const { pool } = database
afterAll(() => database.drop())

test('accounts without room for the month that is due, more of them than a sweep takes at once, keep it from nobody', async () => {
  const world = ledgerWorld(pool)
  await pool.query(
    `with full_up as (
       insert into ledger.accounts (ver, slots, grants_made, due_ms, cycle_ms)
       select 1, array[1, 50, 0, 9223372036854775807, 0, $1::bigint, 0], 1, 1, 1 from generate_series(1, 101) returning id)
     insert into ledger.subscriptions (account_id, id, anchor_ms, zone, credits, cost_micro, rollover_max, given, pending)
     select id, 'sub_' || id, 1, 'UTC', 10, 0, 0, 0, '{0}' from full_up`,
    [CREDITS_MAX],
  )
  const account = await world.account()
  await world.ledger.commit(grantOf(account.id, 9n, { expires_at: world.now + 1 }))
  world.now += 1
  expect(await world.ledger.sweep(world.now)).toEqual({ accounts: 1, lapsed: 0, expired: 9n, more: false })
})
