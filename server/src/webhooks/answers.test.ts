import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hookedWorld, to } from '../testing/hooked-world.ts'
import { eventually, type Json } from '../testing/world.ts'
import { backOff, retryAfter } from './back-off.ts'

const HOUR_MS = 3_600_000
const DAY_S = 86_400

describe('an endpoint that answers', () => {
  let kit: Awaited<ReturnType<typeof hookedWorld>>
  beforeEach(async () => {
    kit = await hookedWorld()
  })
  afterEach(() => kit.stop())
  const read = async (id: string): Promise<Json> => (await kit.world.call('GET', `/v1/webhook_endpoints/${id}`)).json
  const change = async (id: string, body: object): Promise<Json> =>
    (await kit.world.call('POST', `/v1/webhook_endpoints/${id}`, { body })).json
  const now_s = () => Math.floor(kit.now() / 1_000)

  test('410 is disabled and says so; what waited is given up, nothing new is written, and once enabled again it can be replayed', async () => {
    const { id } = await kit.endpoint('/gone')
    expect(await read(id)).toMatchObject({ status: 'enabled', disabled_at: null, disabled_reason: null, failing_since: null })
    kit.receiver.answers.set('/gone', (response) => response.writeHead(410).end())
    await kit.happen(['video_a'], ['video.progress', 'video.completed'])
    await eventually(async () => ((await kit.deliveries(id)).every(({ state }) => state === 'failed') ? true : null))
    expect(await read(id)).toMatchObject({ status: 'disabled', disabled_at: now_s(), disabled_reason: expect.stringContaining('410') })
    const [first, second] = (await kit.deliveries(id)).toSorted((a, b) => b.tries - a.tries)
    expect(first).toMatchObject({ tries: 1, last_status_code: 410 })
    expect(second).toMatchObject({ tries: 0, last_error: 'The endpoint is disabled.' })
    await kit.happen(['video_b'], ['video.completed'])
    expect(await kit.deliveries(id)).toHaveLength(2)

    kit.receiver.answers.clear()
    expect(await change(id, { disabled: false })).toMatchObject({ status: 'enabled', disabled_at: null, disabled_reason: null })
    await kit.world.call('POST', `/v1/webhook_deliveries/${second.id}/replay`)
    await kit.happen(['video_b'], ['video.completed'])
    await eventually(async () => (to(kit.receiver, '/gone').length === 3 ? true : null))
  })

  test('gladly may be disabled by its owner all the same', async () => {
    const { id } = await kit.endpoint('/off')
    expect(await change(id, { disabled: true })).toMatchObject({ status: 'disabled', disabled_reason: 'Its owner disabled it.' })
    await kit.happen(['video_a'], ['video.completed'])
    expect(await kit.deliveries(id)).toEqual([])
    expect(await change(id, { name: 'still off' })).toMatchObject({ status: 'disabled', name: 'still off' })
  })

  test.each([429, 503])('%i is left alone for as long as its Retry-After says, with everything', async (status) => {
    const { id } = await kit.endpoint('/busy')
    kit.receiver.answers.set('/busy', (response) => response.writeHead(status, { 'retry-after': '7200' }).end())
    await kit.happen(['video_a'], ['video.completed'])
    await kit.settled()
    await kit.happen(['video_b'], ['video.completed'])
    await kit.settled()
    expect(to(kit.receiver, '/busy')).toHaveLength(1)
    const next = (await kit.deliveries(id)).map(({ next_try_at }) => next_try_at - now_s())
    for (const wait_s of next) expect(Math.abs(wait_s - 7_200)).toBeLessThanOrEqual(1)
    await kit.pass(HOUR_MS)
    expect(to(kit.receiver, '/busy')).toHaveLength(1)
    kit.receiver.answers.clear()
    await kit.pass(HOUR_MS + 2_000)
    await eventually(async () => ((await kit.deliveries(id)).every(({ state }) => state === 'delivered') ? true : null))
  })

  test('nothing for 72 hours is failing, and is not any more once it takes an event', async () => {
    const { id } = await kit.endpoint('/dead')
    kit.receiver.answers.set('/dead', (response) => response.writeHead(500, { 'retry-after': '7200' }).end())
    await kit.happen(['video_a'], ['video.completed'])
    await kit.settled()
    const since = now_s()
    const [delivery] = await kit.deliveries(id)
    expect(delivery.next_try_at - since).toBeLessThan(7) // a 500 does not say when it will be better
    expect(await read(id)).toMatchObject({ status: 'enabled', failing_since: since })
    await kit.pass(71 * HOUR_MS)
    expect(await read(id)).toMatchObject({ status: 'enabled', failing_since: since })
    await kit.pass(HOUR_MS)
    expect(await read(id)).toMatchObject({ status: 'failing', failing_since: since })
    expect((await kit.world.call('GET', '/v1/webhook_endpoints')).json.data).toMatchObject([{ status: 'failing' }])
    kit.receiver.answers.clear()
    await kit.happen(['video_b'], ['video.completed'])
    await eventually(async () => ((await read(id)).status === 'enabled' ? true : null))
    expect(await read(id)).toMatchObject({ failing_since: null })
  })

  test('nothing at all within 15 s has failed a try', async () => {
    const { id } = await kit.endpoint('/silent')
    kit.receiver.answers.set('/silent', () => undefined)
    await kit.happen(['video_a'], ['video.completed'])
    const began = performance.now()
    const [delivery] = await eventually(async () => {
      const all = await kit.deliveries(id)
      return all[0]?.tries === 1 ? all : null
    })
    expect(performance.now() - began).toBeGreaterThan(14_000)
    expect(delivery).toMatchObject({ state: 'waiting', last_status_code: null, last_error: 'The server took longer than 15 s.' })
  })
})

test.each([
  ['120', 120_000],
  ['0', null],
  ['-5', null],
  ['99999999', DAY_S * 1_000],
  ['Thu, 01 Jan 1970 01:00:00 GMT', HOUR_MS],
  ['Wed, 31 Dec 1969 23:00:00 GMT', null],
  ['soon', null],
  ['', null],
  [undefined, null],
])('Retry-After %j asks for %j ms', (header, wait_ms) => {
  expect(retryAfter(header, 0)).toBe(wait_ms)
  expect(wait_ms ?? 0).toBeLessThanOrEqual(backOff(10, 0) ?? 0)
})
