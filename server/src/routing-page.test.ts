import { expect, test } from 'vitest'
import { parseConfiguration } from './config-file.ts'
import { blocksOf, has_curl, runPage } from './testing/page.ts'
import { testWorld } from './testing/world.ts'

test.skipIf(!has_curl)('every command of the page about routes works, in its order', async () => {
  const world = await testWorld()
  const id = await runPage('routing.md', world)
  const videos = await world.call('GET', '/v1/videos', { key: world.operator_key, headers: { 'filmgate-customer': id } })
  expect(videos.json.data).toHaveLength(1)
  await world.stop()
})

test('the provider of the page is one that the configuration takes', async () => {
  const [text] = await blocksOf('routing.md', 'yaml')
  const read = parseConfiguration(text ?? '', 'routing.yaml', { STUDIO_A_KEY: 'sk-1', STUDIO_A_KEY_2: 'sk-2' })
  if (read.outcome === 'wrong') throw new Error(read.sentence)
  expect(read.settings.accounts).toMatchObject([
    { name: 'studio-a', open_limit: 20, sends_per_minute: 60, sends_per_second: 5 },
    { name: 'studio-a@second', open_limit: 20 },
  ])
})
