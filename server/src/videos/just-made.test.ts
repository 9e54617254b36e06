import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestWorld, testWorld } from '../testing/world.ts'

let world: TestWorld
beforeAll(async () => {
  // Nobody begins with what is ordered: what is read afterwards is what was written.
  world = await testWorld({ role: 'api', clock: () => 1_800_000_000_000 })
})
afterAll(() => world.stop())

test.each([
  ['a plain order', {}],
  [
    'one with all that may be said',
    { metadata: { a: 'ä"\\{},', b: '' }, seconds: '8', size: '720x1280', prompt: 'NULL, "quoted", {braced} \\ und Ö 🎬' },
  ],
  ['the price that was quoted', { max_credits: 1_000 }],
])('the answer to %s is what a reading of it answers', async (_name, said) => {
  const made = await world.call('POST', '/v1/videos', { body: { model: 'sora-2', prompt: 'A boat', ...said } })
  expect(made.status).toBe(200)
  const read = await world.call('GET', `/v1/videos/${made.json.id}`)
  expect(read.json).toEqual(made.json)
  expect(read.headers['openai-poll-after-ms']).toBe(made.headers['openai-poll-after-ms'])
})
