import { expect, test } from 'vitest'
import { orderBy } from '../bench/replay/orders.ts'
import { isCheaper, isFaster, take } from '../bench/replay/policies.ts'
import { learned, pacesOf } from '../bench/replay/times.ts'
import { market } from '../bench/routing/market.ts'
import { Chance } from './sim/random.ts'

const ORDERS = 1_000

test(`of ${ORDERS} recorded orders none had been cheaper than under cheapest with any one provider, nor expected sooner than under fastest`, () => {
  const chance = new Chance(7)
  const routes = market(1)
  const expected = learned(routes, pacesOf(routes, chance), chance)
  const taken = Array.from({ length: ORDERS }, () => take(orderBy(chance), routes, expected)).filter((one) => one !== null)
  expect(taken.length).toBeGreaterThan(ORDERS / 2)
  for (const { order, by, alone } of taken) {
    for (const [provider, single] of alone) {
      expect([provider, order, isCheaper(single.cheapest, by.cheapest)]).toEqual([provider, order, false])
      expect([provider, order, isFaster(single.fastest, by.fastest)]).toEqual([provider, order, false])
    }
  }
  // They are not all the same, or nothing would have been shown.
  expect(taken.some(({ by }) => by.cheapest !== by.fastest && by.best_value !== by.cheapest)).toBe(true)
})
