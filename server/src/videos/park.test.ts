import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PARKED_ORDER as ORDER, openParking, type Parking } from '../testing/parking.ts'
import type { Json } from '../testing/world.ts'
import { pollStep } from './poll.ts'
import { selectWork } from './queries.ts'

// What waits for credits: how it comes to wait, and how it ends without them. What goes on: waking.test.ts.

const DAY = 86_400_000
let parking: Parking
let world: Parking['world']
let other: Parking['other']
let clock: Parking['clock']
let jobOf: Parking['jobOf']
const customerWith = (credits: number) => parking.customerWith(credits)
const look = (at = world) => parking.look(at)
beforeAll(async () => {
  parking = await openParking()
  ;({ world, other, clock, jobOf } = parking)
})
afterAll(() => parking.stop())

test('an order without credits waits without a hold, says so, and goes on by itself with the price when they come', async () => {
  const { order, stage, get, grant, available } = await customerWith(30)
  const { status, json } = await order()
  expect(status).toBe(200)
  expect(json).toMatchObject({
    status: 'queued',
    error: null,
    filmgate: { stage: 'parked', credits: { quoted: 40, held: 0, captured: 0, released: 0 } },
  })
  await look()
  expect(await stage(json.id)).toBe('parked')
  expect(await get(`/v1/videos/${json.id}/receipt`)).toMatchObject({
    held: 0,
    charged: 0,
    grants: [],
    refunds: [],
    attempts: [{ state: 'parked' }],
    parked: { at: Math.floor(clock.now / 1000), until: null },
  })
  expect((await get('/v1/videos')).data[0]).toMatchObject({ id: json.id, filmgate: { stage: 'parked' } })
  await grant(10)
  await look()
  expect(await get(`/v1/videos/${json.id}`)).toMatchObject({ filmgate: { stage: 'waiting_to_start', credits: { quoted: 40, held: 40 } } })
  expect(await available()).toBe(0)
  expect((await get(`/v1/ledger?video=${json.id}`)).data.map(({ kind, credits }: Json) => [kind, credits])).toEqual([['hold', -40]])
})

test('without `on_insufficient` it is refused; with something else it is a mistake; with enough credits it does not wait', async () => {
  const { order, grant } = await customerWith(0)
  expect((await order({ on_insufficient: 'refuse' })).json.error.code).toBe('insufficient_credits')
  expect((await order({ on_insufficient: 'x' })).json.error).toMatchObject({ code: 'invalid_value', param: 'on_insufficient' })
  await grant(40)
  expect((await order()).json.filmgate).toMatchObject({ stage: 'waiting_to_start', credits: { held: 40 } })
})

test('an idempotency key binds to the video that waits', async () => {
  const { order, get } = await customerWith(0)
  const key = { 'idempotency-key': 'once' }
  const answers = await Promise.all([order({}, key), order({}, key, other), order({}, key)])
  expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1)
  expect((await order({}, key)).headers['idempotent-replayed']).toBe('true')
  expect((await get('/v1/videos')).data).toHaveLength(1)
})

test('DELETE ends it at once, as cancelled, with a hold and a release of nothing; its webhooks and receipt are as always', async () => {
  const { park, key, get, grant, stage, available, hears } = await customerWith(39)
  const video = await park()
  const deleted = await world.call('DELETE', `/v1/videos/${video}`, { key })
  expect(deleted.status).toBe(200)
  expect(await get(`/v1/videos/${video}`)).toMatchObject({
    status: 'failed',
    error: { code: 'cancelled' },
    filmgate: { stage: 'done', credits: { quoted: 40, held: 0, captured: 0, released: 0 } },
  })
  expect((await get(`/v1/ledger?video=${video}`)).data.map(({ kind, credits }: Json) => [kind, credits])).toEqual([
    ['release', 0],
    ['hold', 0],
  ])
  expect(await get(`/v1/videos/${video}/receipt`)).toMatchObject({ held: 0, charged: 0, attempts: [{ state: 'cancelled' }] })
  const told = await hears()
  expect(told).toEqual(['video.failed'])
  await grant(100)
  await look()
  expect(await stage(video)).toBe('done')
  expect(await available()).toBe(139)
  expect((await world.call('GET', '/v1/ledger/audit?full=true', { key: world.operator_key })).json.ok).toBe(true)
})

test('a process that dies while it ends one leaves one that ends all the same', async () => {
  const { park, key, get, grant } = await customerWith(0)
  const video = await park()
  const { parts } = world.gateway
  const commit = parts.ledger.commit
  // The hold of nothing is there, the end is not.
  const dying = {
    ...parts.ledger,
    commit: (...asked: Parameters<typeof commit>) => (asked[0].kind === 'finish' ? Promise.reject(new Error('killed')) : commit(...asked)),
  }
  Object.assign(parts, { ledger: dying })
  expect((await world.call('DELETE', `/v1/videos/${video}`, { key })).status).toBe(500)
  Object.assign(parts, { ledger: { ...dying, commit } })
  expect(await get(`/v1/videos/${video}`)).toMatchObject({ status: 'queued', filmgate: { stage: 'cancelling' } })
  await grant(100)
  await look()
  const { submitStep } = await import('./attempt.ts')
  await submitStep(parts, { id: await jobOf(video), subject: video })
  expect(await get(`/v1/videos/${video}`)).toMatchObject({ status: 'failed', error: { code: 'cancelled' } })
})

test('when the answer to a parking is lost, and it goes on at another price or ends before it is asked for again, the order is answered with it', async () => {
  const meanwhiles = [
    async (customer: Awaited<ReturnType<typeof customerWith>>) => {
      await customer.manage('', { rate_card: 'app-credits-2026-01' }, 'PATCH')
      await customer.grant(100)
      await look()
      return { status: 'queued', filmgate: { stage: 'waiting_to_start', credits: { quoted: 64, held: 64 } } }
    },
    async ({ get, key }: Awaited<ReturnType<typeof customerWith>>) => {
      const [video] = (await get('/v1/videos')).data
      await world.call('DELETE', `/v1/videos/${video.id}`, { key })
      return { status: 'failed', error: { code: 'cancelled' } }
    },
  ]
  for (const meanwhile of meanwhiles) {
    const customer = await customerWith(0)
    const { parts } = world.gateway
    const { ledger } = parts
    let expected = {}
    const lost: typeof ledger.park = async (hold, riders) => {
      Object.assign(parts, { ledger })
      expect(await ledger.park(hold, riders)).toEqual({ outcome: 'parked' })
      expected = await meanwhile(customer)
      return ledger.park(hold, riders)
    }
    Object.assign(parts, { ledger: { ...ledger, park: lost } })
    const { status, json } = await customer.order({}, { 'idempotency-key': 'lost' })
    expect(status, JSON.stringify(json)).toBe(200)
    expect(expected).toHaveProperty('status')
    expect(json).toMatchObject(expected)
    expect((await customer.get('/v1/videos')).data.map(({ id }: Json) => id)).toEqual([json.id])
  }
})

test('a quote that was named is honoured while it lasts, and priced again after', async () => {
  for (const [later_ms, price] of [
    [0, 40],
    [11 * 60_000, 64],
  ] as const) {
    const { manage, key, park, grant, get } = await customerWith(0)
    const { prompt: _, on_insufficient: __, ...priced } = ORDER
    const quote = (await world.call('POST', '/v1/quotes', { key, body: priced })).json.id
    const video = await park({ quote })
    await manage('', { rate_card: 'app-credits-2026-01' }, 'PATCH')
    clock.now += later_ms
    await grant(100)
    await look()
    expect((await get(`/v1/videos/${video}`)).filmgate.credits.held).toBe(price)
  }
})

test('priced again after its quote, it still keeps to what that was asked for with, and to the picture that came with the order', async () => {
  const { key, park, grant, stage } = await customerWith(0)
  const { prompt: _, on_insufficient: __, ...priced } = ORDER
  const wishes = { providers: ['animatic'], mapping: 'exact' }
  const quote = (await world.call('POST', '/v1/quotes', { key, body: { ...priced, ...wishes } })).json.id
  const png = await sharp({ create: { width: 1280, height: 720, channels: 3, background: '#246' } })
    .png()
    .toBuffer()
  const video = await park({ quote, input_reference: { image_url: `data:image/png;base64,${png.toString('base64')}` } })
  clock.now += 11 * 60_000
  await grant(100)
  await look()
  expect(await stage(video)).toBe('waiting_to_start')
  const work = await selectWork(world.database.pool, world.gateway.parts.engine, video)
  expect(work?.quote).toMatchObject({ order: { has_reference: true }, wishes })
  expect(work?.quote.id).not.toBe(quote)
})

test('what waits until its final deadline is expired, charged nothing, and counts from when it was accepted', async () => {
  const { park, get, grant, stage } = await customerWith(0)
  const [video, late] = [await park(), await park()]
  const job = { id: await jobOf(video), subject: video }
  clock.now += DAY - 60_000
  await pollStep(world.gateway.parts, job)
  expect(await stage(video)).toBe('parked')
  clock.now += 60_000
  await pollStep(world.gateway.parts, { id: await jobOf(video), subject: video })
  const ended = await get(`/v1/videos/${video}`)
  expect(ended).toMatchObject({
    status: 'failed',
    error: { code: 'expired' },
    filmgate: { credits: { held: 0, captured: 0, released: 0 } },
  })
  expect(ended.error.message).toContain('credits')
  await grant(1_000)
  await pollStep(world.gateway.parts, { id: await jobOf(late), subject: late })
  expect((await get(`/v1/videos/${late}`)).error.code).toBe('expired')
})
