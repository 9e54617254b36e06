import { afterAll, beforeAll, expect, test } from 'vitest'
import { type House, openHouse } from '../../bench/open-videos/house.ts'
import { eventually } from './eventually.ts'

// How late the latest look is, in figures: `npm run bench -- open-videos`. Here only what came before what.
const OPEN = 40
const POLL_S = 0.2
const ROUNDS = 4

let house: House
beforeAll(async () => {
  house = await openHouse(POLL_S)
})
afterAll(() => house.end())

test('a provider whose status reads hang holds up no look at the videos of another', async () => {
  for (const account of ['a', 'b'] as const) await house.orderAside(account, OPEN)
  await house.provider({ hangs: 'b' })
  await house.worker()
  for (const account of ['a', 'b'] as const) await house.markSent({ account, count: OPEN, done_at: () => null, spread_ms: 0 })
  const asked = async () => {
    const { a = 0, b = 0 } = (await house.provider()).asked
    return { a, b }
  }
  await eventually(async () => (await asked()).b === OPEN)
  const before = await asked()
  // Some looks may have been on their way: one round more than is counted.
  await eventually(async () => (await asked()).a >= before.a + (ROUNDS + 1) * OPEN)
  // An unanswered read is given up after 30 s, and its video looked at again: all those rounds came while the first reads still hung.
  expect((await asked()).b).toBe(OPEN)
})
