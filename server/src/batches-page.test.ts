import { afterAll, beforeAll, expect, test } from 'vitest'
import { has_curl, runPage } from './testing/page.ts'
import { type TestWorld, testWorld } from './testing/world.ts'

let world: TestWorld
beforeAll(async () => {
  world = await testWorld({ role: 'api' }) // nothing has to be drawn
})
afterAll(() => world.stop())

test.skipIf(!has_curl)('every command of the page about batches works, in its order', async () => {
  const id = await runPage('batches.md', world)
  const asked = { key: world.operator_key, headers: { 'filmgate-customer': id } }
  const { data } = (await world.call('GET', '/v1/batches', asked)).json
  expect(data).toMatchObject([
    {
      status: 'cancelling',
      filmgate: { max_credits: 80, concurrency: 1, price_credits: 120, counts: { waiting: 0, open: 0, cancelled: 2 }, charged: 0 },
    },
  ])
  expect((await world.call('GET', '/v1/balance', asked)).json).toMatchObject({ available: 1_000, held: 0 })
})
