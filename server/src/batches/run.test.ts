import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Answer, eventually, type Json, type TestWorld, testWorld } from '../testing/world.ts'

const PRICE = 40
const body = (prompt = 'a boat') => ({ model: 'sora-2', seconds: '4', size: '1280x720', prompt })
const item = (custom_id: string, prompt?: string, more: object = {}) => ({ custom_id, body: body(prompt), ...more })

let world: TestWorld
beforeAll(async () => {
  world = await testWorld()
})
afterAll(() => world.stop())

function made(answer: Answer): Json {
  expect(answer.status, answer.bytes.toString()).toBe(200)
  return answer.json
}

const read = async (id: string): Promise<Json> => made(await world.call('GET', `/v1/batches/${id}`))
const itemsOf = async (id: string): Promise<Json[]> => made(await world.call('GET', `/v1/batches/${id}/items?limit=100`)).data
const ended = (id: string) => eventually(async () => ((await read(id)).filmgate.state === 'ended' ? read(id) : null))

test('every order of a batch becomes one video, with failures kept apart, and it was charged what the ledger says', async () => {
  const before = made(await world.call('GET', '/v1/balance'))
  const items = [item('one'), item('two', 'a boat [[fail]]'), item('three'), item('four', 'a boat [[moderated]]')]
  const batch = made(
    await world.call('POST', '/v1/batches', { body: { name: 'Overnight', items, concurrency: 2, metadata: { film: 'x' } } }),
  )
  expect(batch).toMatchObject({
    object: 'batch',
    status: 'in_progress',
    request_counts: { total: 4, completed: 0, failed: 0 },
    metadata: { film: 'x' },
    filmgate: {
      name: 'Overnight',
      state: 'running',
      price_credits: 4 * PRICE,
      worst_credits: 4 * PRICE,
      price_usd: '1.60',
      max_credits: null,
    },
  })
  const end = await ended(batch.id)
  expect(end).toMatchObject({
    status: 'completed',
    request_counts: { total: 4, completed: 2, failed: 2 },
    filmgate: { held: 0, charged: 2 * PRICE, remaining_credits: 0, counts: { waiting: 0, open: 0, completed: 2, failed: 2, cancelled: 0 } },
  })
  const seen = await itemsOf(batch.id)
  expect(seen.map(({ custom_id, state, charged, error }) => [custom_id, state, charged, error?.code ?? null])).toEqual([
    ['one', 'completed', PRICE, null],
    ['two', 'failed', 0, 'provider_failed'],
    ['three', 'completed', PRICE, null],
    ['four', 'failed', 0, 'moderation_blocked'],
  ])
  const after = made(await world.call('GET', '/v1/balance'))
  expect([after.spent - before.spent, after.held]).toEqual([2 * PRICE, 0])
  const video = made(await world.call('GET', `/v1/videos/${seen[0]?.video}`))
  expect(video.filmgate.batch).toEqual({ id: batch.id, custom_id: 'one' })
  const lines = (await world.call('GET', `/v1/batches/${batch.id}/results`)).bytes
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.map(({ custom_id, response, error }) => [custom_id, response.body.status, error?.code ?? null])).toEqual([
    ['one', 'completed', null],
    ['two', 'failed', 'provider_failed'],
    ['three', 'completed', null],
    ['four', 'failed', 'moderation_blocked'],
  ])
  const table = (await world.call('GET', `/v1/batches/${batch.id}/results?format=csv`)).bytes.toString().split('\r\n')
  expect(table[0]).toBe('custom_id,state,video,seconds,size,model,credits,charged,error_code,error_message,content_url')
  expect(table[1]).toBe(`one,completed,${seen[0]?.video},4,1280x720,sora-2,40,40,,,/v1/videos/${seen[0]?.video}/content`)
  for (const [file, ids] of [
    [end.output_file_id, ['one', 'three']],
    [end.error_file_id, ['two', 'four']],
  ]) {
    const content = (await world.call('GET', `/v1/files/${file}/content`)).bytes.toString()
    expect(
      content
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).custom_id),
    ).toEqual(ids)
  }
})
