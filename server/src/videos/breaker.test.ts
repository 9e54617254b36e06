import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { STUDIO_ORDER, studios } from '../testing/studios.ts'

/** The cheaper one first. */
let at: Awaited<ReturnType<typeof twoStudios>>
const twoStudios = () => studios(['cheap', 'dear'])
beforeAll(async () => {
  at = await twoStudios()
})
afterAll(() => at.stop())
beforeEach(() => at.parts.pool.query('delete from videos.breakers'))

const routes = async (key = at.operator_key) => (await at.call('GET', '/v1/routes', { key })).json.data
const breakerOf = async (name: string) => (await routes()).find((route: { name: string }) => route.name === name).breaker
const metrics = async () => (await at.call('GET', '/metrics', { key: null })).bytes.toString()
const quote = async (extra: object = {}) => (await at.call('POST', '/v1/quotes', { body: { ...STUDIO_ORDER, ...extra } })).json
const asked = () => [at.emulators.cheap.asked.create, at.emulators.dear.asked.create]

/** Five orders that the cheap one only has for that: their replies are lost. */
async function fell() {
  for (let failures = 0; failures < 5; failures += 1) {
    at.emulators.cheap.next('create', 500)
    await at.step(await at.order({ prompt: `lost ${failures}` }))
  }
}

describe('the breaker of a provider account', () => {
  test('opens after five failures one after the other: orders go elsewhere, and everybody can see why', async () => {
    await fell()
    const [cheap = 0] = asked()
    const quoted = await quote()
    expect(quoted).toMatchObject({ route: 'dear/sora-2', credits: 40 })
    expect(quoted.candidates[1]).toMatchObject({
      route: 'cheap/sora-2',
      rejected: 'unavailable',
      message: 'cheap/sora-2 takes no orders at present: its provider does not answer.',
    })
    expect(await breakerOf('cheap/sora-2')).toMatchObject({ state: 'open', cause: 'unreachable', failures: 5 })
    expect(await breakerOf('dear/sora-2')).toBeNull()
    expect((await routes(at.customer_key))[0]).not.toHaveProperty('breaker')
    expect(await metrics()).toContain('filmgate_breaker_open{name="cheap",provider="cheap"} 1\n')
    expect(asked()[0]).toBe(cheap)
  })

  test('keeps what was ordered before it opened from the account as well, and is closed by the first that is taken after a rest', async () => {
    const before = [await at.order(), await at.order()]
    await fell()
    for (const video of before) {
      await at.step(video)
      expect((await at.way(video))[0]).toBe('cheap/sora-2 unsent')
    }
    for (const video of before) await at.step(video)
    for (const video of before) expect((await at.way(video)).at(-1)).toBe('dear/sora-2 running')
    at.advance(600_000)
    // Asked for again after its rest: one order tries, the next one does not wait for it.
    expect(await quote()).toMatchObject({ route: 'cheap/sora-2' })
    const [first, second] = [await at.order({ prompt: 'first' }), await at.order({ prompt: 'second' })]
    at.emulators.cheap.next('create', 'drop_after')
    await at.step(first)
    await at.step(second)
    expect([await at.way(first), (await at.way(second))[0]]).toEqual([['cheap/sora-2 submit_unknown'], 'cheap/sora-2 unsent'])
    expect(await breakerOf('cheap/sora-2')).toMatchObject({ state: 'open', cause: 'unreachable' })
    at.advance(60_000)
    const third = await at.order({ prompt: 'third' })
    await at.step(third)
    expect(await at.way(third)).toEqual(['cheap/sora-2 running'])
    expect(await breakerOf('cheap/sora-2')).toBeNull()
    expect(await metrics()).toContain('filmgate_breaker_open{name="cheap",provider="cheap"} 0\n')
  })

  test('is never opened by prompts that are refused, however many, nor by load', async () => {
    for (let times = 0; times < 8; times += 1) {
      at.emulators.cheap.next('create', { status: 400, code: times % 2 === 0 ? 'moderation_blocked' : 'invalid_prompt' })
      await at.step(await at.order())
      at.emulators.cheap.next('create', 429)
      await at.step(await at.order())
    }
    expect(await breakerOf('cheap/sora-2')).toBeNull()
  })

  test('opens for a key that is refused after two, and an order that can go nowhere else waits for it to close', async () => {
    at.emulators.cheap.changeKey('another')
    for (let times = 0; times < 2; times += 1) await at.step(await at.order())
    expect(await breakerOf('cheap/sora-2')).toMatchObject({ state: 'open', cause: 'key', failures: 2 })
    const one = await at.order({ route: 'cheap' })
    expect((await at.receipt(one)).why).toBe(
      'The order names cheap. cheap/sora-2 takes no orders at present: its provider takes none of our orders. The order waits for it.',
    )
    await at.step(one)
    expect(await at.way(one)).toEqual(['cheap/sora-2 planned'])
    at.advance(60_000)
    const other = await at.order({ route: 'cheap' })
    at.emulators.cheap.changeKey('sk-studio-0123456789')
    at.emulators.cheap.next('create', { status: 401 })
    await at.step(one)
    await at.step(other)
    expect([await at.way(one), await at.way(other)]).toEqual([['cheap/sora-2 rejected'], ['cheap/sora-2 planned']])
    at.advance(120_000)
    await at.step(other)
    expect(await at.way(other)).toEqual(['cheap/sora-2 running'])
    expect(await breakerOf('cheap/sora-2')).toBeNull()
  })

  test('opens for one route alone when its model is gone', async () => {
    at.emulators.cheap.next('create', { status: 404, code: 'model_not_found' })
    const video = await at.order()
    await at.step(video)
    await at.step(video)
    expect(await at.way(video)).toEqual(['cheap/sora-2 rejected', 'dear/sora-2 running'])
    const { rows } = await at.parts.pool.query('select name, cause from videos.breakers')
    expect(rows).toEqual([{ name: 'cheap/sora-2', cause: 'model' }])
    // Nobody waits for what is gone, holding credits for it; after a rest one order tries.
    const pinned = { body: { ...STUDIO_ORDER, route: 'cheap' } }
    const refused = await at.call('POST', '/v1/videos', pinned)
    expect([refused.status, refused.json.error.code]).toEqual([503, 'no_route_available'])
    expect(refused.json.error.message).toContain('its provider does not make this model any more')
    at.advance(60_000)
    expect((await at.call('POST', '/v1/quotes', pinned)).status).toBe(200)
  })
})

test('an outage of the cheapest in the middle costs no customer a clip, and no order is sent twice', async () => {
  const before = asked()
  const videos: string[] = []
  const orderSome = async (many: number) => {
    for (let order = 0; order < many; order += 1) videos.push(await at.order({ prompt: `outage ${videos.length}` }))
  }
  await orderSome(8)
  for (const video of videos.slice(0, 2)) await at.step(video)
  at.emulators.cheap.next('create', ...Array(6).fill('html_502'))
  for (const video of videos.slice(2)) await at.step(video)
  await orderSome(2)
  await at.runToTheEnd(videos)
  for (const video of videos)
    expect(await at.read(video), video).toMatchObject({ status: 'completed', filmgate: { credits: { captured: 40 } } })
  const attempts = await Promise.all(videos.map((video) => at.attempts(video)))
  const sent = attempts.flat().filter(({ state }) => state !== 'unsent')
  expect(asked().reduce((sum, count, studio) => sum + count - (before[studio] ?? 0), 0)).toBe(sent.length)
  expect(sent.filter(({ route }) => route === 'cheap/sora-2').length).toBeLessThanOrEqual(8)
  await at.expectCleanAudit()
})
