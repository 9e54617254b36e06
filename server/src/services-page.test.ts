import { afterAll, beforeAll, expect, test } from 'vitest'
import { has_curl, runPage } from './testing/page.ts'
import { type TestWorld, testWorld } from './testing/world.ts'

let world: TestWorld
beforeAll(async () => {
  world = await testWorld()
})
afterAll(() => world.stop())

test.skipIf(!has_curl)('every command of the page about services and reversals works, in its order', async () => {
  const id = await runPage('services.md', world)
  const call = async (path: string) => (await world.call('GET', path, { key: world.operator_key })).json
  // 33 captured and given back; 4 and 1 of it given back, 3, 5. All of the pack is gone, and nothing is owed any more.
  expect(await call(`/v1/customers/${id}/balance`)).toMatchObject({ available: 0, held: 0, owed: 0, spent: 3 + 3 + 5 })
  const { data } = await call(`/v1/customers/${id}/reversals`)
  expect(data.map(({ kind, status }: { kind: string; status: string }) => `${kind} ${status}`)).toEqual([
    'chargeback standing',
    'chargeback reinstated',
    'refund standing',
  ])
  expect(data[0].claim).toMatchObject({ credits: 1_000, taken: 1_000 - 11, written_off: 11 })
})
