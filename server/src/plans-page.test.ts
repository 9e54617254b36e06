import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseConfiguration } from './config-file.ts'
import { blocksOf, has_curl, runPage } from './testing/page.ts'
import { type TestWorld, testWorld } from './testing/world.ts'

let world: TestWorld
beforeAll(async () => {
  world = await testWorld()
})
afterAll(() => world.stop())

test.skipIf(!has_curl)('every command of the page about plans works, in its order', async () => {
  const id = await runPage('plans.md', world)
  const { json } = await world.call('GET', `/v1/customers/${id}/balance`, { key: world.operator_key })
  // A month, two packs, a day, a promotion, an adjustment.
  expect(json).toMatchObject({ available: 1_000 + 1_000 + 2_000 + 30 + 50 + 40 })
  expect(json).not.toHaveProperty('pending')
})

test('the plan and the pack of the page are ones that the configuration takes', async () => {
  const [text] = await blocksOf('plans.md', 'yaml')
  if (text === undefined) throw new Error('the page has no configuration')
  const read = parseConfiguration(text, 'plans.yaml', {})
  if (read.outcome === 'wrong') throw new Error(read.sentence)
  expect(read.settings.plans.find(({ id }) => id === 'studio')).toMatchObject({ credits: 4_000n, grace_days: 7, price_micro: 49_500_000n })
  expect(read.settings.packs.map(({ id }) => id)).toContain('small')
})
