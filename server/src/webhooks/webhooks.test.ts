import OpenAI from 'openai'
import { Webhook } from 'standardwebhooks'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { eventOf, headersOf, hookedWorld, idOf, to } from '../testing/hooked-world.ts'
import { type Received, type Receiver, startReceiver } from '../testing/receiver.ts'
import { eventually, type Json, type TestWorld, testWorld } from '../testing/world.ts'
import { LANE_WIDTH } from './deliver.ts'
import { sweepWebhooks } from './sweep.ts'

const ORDER = { prompt: 'a boat on a calm lake', seconds: '4', size: '1280x720' }
const HOUR_MS = 3_600_000

describe('the official SDK', () => {
  let receiver: Receiver
  let world: TestWorld
  let client: OpenAI
  beforeAll(async () => {
    receiver = await startReceiver()
    world = await testWorld({ trusted_hosts: new Set([receiver.place]) })
    const address = await world.gateway.app.listen({ port: 0, host: '127.0.0.1' })
    client = new OpenAI({ apiKey: world.customer_key, baseURL: `${address}/v1`, maxRetries: 0 })
  })
  afterAll(async () => {
    await world.stop()
    await receiver.stop()
  })

  test('manages endpoints by its own methods', async () => {
    const types = await client.webhooks.eventTypes.list()
    expect(types).toMatchObject({
      object: 'list',
      data: ['video.completed', 'video.failed', 'video.progress', 'credits.low', 'grant.expiring'],
    })
    const made = await client.webhooks.create({ name: 'films', url: 'https://hooks.invalid/films', event_types: ['video.failed'] })
    expect(made).toMatchObject({
      object: 'webhook_endpoint',
      name: 'films',
      url: 'https://hooks.invalid/films',
      event_types: ['video.failed'],
    })
    expect(made.id).toMatch(/^whe_[0-9a-f]{32}$/)
    expect(made.signing_secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    const { signing_secret, ...shown } = made
    expect(await client.webhooks.retrieve(made.id)).toEqual(shown)
    const second = await client.webhooks.create({ name: 'more', url: 'https://hooks.invalid/more', event_types: ['video.failed'] })
    const listed = []
    for await (const one of client.webhooks.list({ limit: 1 })) listed.push(one.id)
    expect(listed).toEqual([second.id, made.id])
    const renamed = await client.webhooks.update(made.id, { name: 'pictures', event_types: ['video.failed', 'video.completed'] })
    expect(renamed).toMatchObject({ name: 'pictures', url: shown.url, event_types: ['video.failed', 'video.completed'] })
    const rotated = await client.webhooks.rotateSecret(made.id, { keep_old_secret_active_for_24_hours: true })
    expect(rotated.signing_secret).not.toBe(signing_secret)
    expect(rotated.signing_secret_hint).toBe(`whsec_…${rotated.signing_secret.slice(-5, -1)}`)
    for (const { id } of [made, second])
      expect(await client.webhooks.delete(id)).toEqual({ object: 'webhook_endpoint.deleted', id, deleted: true })
    await expect(client.webhooks.retrieve(made.id)).rejects.toMatchObject({ status: 404, code: 'not_found' })
    const kept = await world.gateway.webhooks.pool.query(
      'select encode(secret, $1) || encode(old_secret, $1) as text from webhooks.endpoints',
      ['escape'],
    )
    expect(JSON.stringify(kept.rows)).not.toContain(signing_secret)
  })

  test('and standardwebhooks verify what a completed and a failed video send, and read the events in it', async () => {
    const endpoint = await client.webhooks.create({
      name: 'both',
      url: `${receiver.address}/both`,
      event_types: ['video.completed', 'video.failed'],
    })
    const ordered_s = Math.floor(Date.now() / 1000)
    const videos = await Promise.all(
      ['a boat', 'a boat [[fail]]'].map((prompt) => client.videos.create({ prompt, model: 'sora-2', seconds: '4', size: '1280x720' })),
    )
    await eventually(async () => (to(receiver, '/both').length === 2 ? true : null))
    const seen = new Map<string, string>()
    for (const one of to(receiver, '/both')) {
      const event = await client.webhooks.unwrap(one.body, headersOf(one), endpoint.signing_secret)
      expect(new Webhook(endpoint.signing_secret).verify(one.body, headersOf(one))).toEqual(event)
      expect(() => new Webhook(endpoint.signing_secret).verify(`${one.body} `, headersOf(one))).toThrow('No matching signature')
      const { id, object, created_at, type, data } = eventOf(one)
      expect([idOf(one), object, one.headers['content-type']]).toEqual([id, 'event', 'application/json'])
      expect(created_at).toBeGreaterThanOrEqual(ordered_s)
      expect(created_at).toBeLessThanOrEqual(Date.now() / 1000)
      expect(Object.keys(data)).toEqual(['id'])
      expect((await client.videos.retrieve(data.id)).status).toBe(type.replace('video.', ''))
      seen.set(data.id, type)
    }
    expect(videos.map(({ id }) => seen.get(id))).toEqual(['video.completed', 'video.failed'])
  })

  test('hears from a test send what the endpoint answered, and nothing of it is in the log', async () => {
    const endpoint = await client.webhooks.create({ name: 't', url: `${receiver.address}/test`, event_types: ['video.failed'] })
    const sent = { object: 'webhook_endpoint.test', webhook_endpoint_id: endpoint.id, event_type: 'video.completed' }
    expect(await client.webhooks.test(endpoint.id, { event_type: 'video.completed' })).toEqual({
      ...sent,
      status_code: 200,
      success: true,
      error: null,
    })
    const [one] = to(receiver, '/test')
    if (one === undefined) return expect.unreachable('nothing came')
    expect(await client.webhooks.unwrap(one.body, headersOf(one), endpoint.signing_secret)).toMatchObject({ type: 'video.completed' })
    receiver.answers.set('/test', (response) => response.writeHead(500).end())
    expect(await client.webhooks.test(endpoint.id, { event_type: 'video.completed' })).toMatchObject({ status_code: 500, success: true })
    receiver.answers.set('/test', (response) => response.destroy())
    expect(await client.webhooks.test(endpoint.id, { event_type: 'video.completed' })).toMatchObject({ status_code: null, success: false })
    expect((await world.call('GET', `/v1/webhook_endpoints/${endpoint.id}/deliveries`)).json.data).toEqual([])
  })
})

describe('an event', () => {
  let kit: Awaited<ReturnType<typeof hookedWorld>>
  beforeEach(async () => {
    kit = await hookedWorld()
  })
  afterEach(() => kit.stop())

  test('is written with the end of its video, and for nobody leaves no row', async () => {
    const count = async () => Number((await kit.world.gateway.webhooks.pool.query('select count(*) as n from webhooks.events')).rows[0]?.n)
    const end = async () => {
      const { id } = (await kit.world.call('POST', '/v1/videos', { body: ORDER })).json
      await eventually(async () => ((await kit.world.call('GET', `/v1/videos/${id}`)).json.status === 'failed' ? true : null))
      return id
    }
    await end()
    await kit.endpoint('/completed-only', ['video.completed'])
    await end()
    expect(await count()).toBe(0)
    const { id } = await kit.endpoint('/failed', ['video.failed', 'video.failed'])
    const video = await end()
    expect(await count()).toBe(1)
    expect(await kit.deliveries(id)).toMatchObject([{ event: { type: 'video.failed', data: { id: video } } }])
  })

  test('reaches an endpoint that was down for two days: all of them, each once, in order per video, under ids that never change', async () => {
    const { receiver } = kit
    const { id } = await kit.endpoint('/down')
    receiver.answers.set('/down', (response) => response.destroy())
    const videos = ['video_a', 'video_b', 'video_c']
    const types = ['video.progress', 'video.completed'] as const
    await kit.happen(videos, types)
    for (let hours = 0; hours < 48; hours += 4) await kit.pass(4 * HOUR_MS)
    const failed = to(receiver, '/down')
    expect(failed.length).toBeGreaterThan(9)
    expect(new Set(failed.map((one) => eventOf(one).type))).toEqual(new Set(['video.progress'])) // the others wait their turn
    receiver.received.length = 0
    receiver.answers.clear()
    await kit.pass(27 * HOUR_MS) // the longest wait, and what chance adds to it
    const arrived = to(receiver, '/down')
    for (const video of videos) {
      expect(arrived.map(eventOf).filter(({ data }) => data.id === video)).toMatchObject(types.map((type) => ({ type })))
    }
    expect(arrived).toHaveLength(6)
    const bodies = new Map(arrived.map((one) => [idOf(one), one.body]))
    for (const one of failed) expect(bodies.get(idOf(one))).toBe(one.body)
    const log = await kit.deliveries(id)
    expect(log.map(({ state }) => state)).toEqual(Array(6).fill('delivered'))
    const [first] = log
    expect(first.log.map(({ error }: Json) => error).at(-1)).toBeNull()
    expect(first.tries).toBe(first.log.length)
  })

  test('that nobody ever takes fails after eleven tries, lets the next one pass, and comes again by a replay under the same id', async () => {
    const { receiver, world } = kit
    const { id } = await kit.endpoint('/dead')
    receiver.answers.set('/dead', (response) => response.writeHead(503).end())
    await kit.happen(['video_a'], ['video.progress'])
    for (let tries = 1; tries < 11; tries++) await kit.pass(27 * HOUR_MS)
    await kit.settled()
    const [delivery] = await kit.deliveries(id)
    expect(delivery).toMatchObject({
      state: 'failed',
      tries: 11,
      last_status_code: 503,
      next_try_at: null,
      last_error: 'It answered with status 503.',
    })
    expect(delivery.log).toHaveLength(11)
    receiver.answers.clear()
    await kit.happen(['video_a'], ['video.failed'])
    await eventually(async () => (eventOf(to(receiver, '/dead').at(-1) as Received).type === 'video.failed' ? true : null))
    const replayed = await world.call('POST', `/v1/webhook_deliveries/${delivery.id}/replay`)
    expect(replayed.json).toMatchObject({ object: 'webhook_delivery', id: delivery.id, state: 'waiting', ended_at: null })
    await eventually(async () => ((await kit.deliveries(id))[0].state === 'delivered' ? true : null))
    const last = to(receiver, '/dead').at(-1)
    expect([last && idOf(last), last?.body]).toEqual([delivery.event.id, to(receiver, '/dead')[0]?.body])
  })

  test('is not sent after a redirect, and of a long answer only the beginning is read', async () => {
    const { receiver } = kit
    const [turned, long] = [await kit.endpoint('/turned'), await kit.endpoint('/long')]
    receiver.answers.set('/turned', (response) => response.writeHead(302, { location: `${receiver.address}/elsewhere` }).end())
    let written = 0
    receiver.answers.set('/long', (response) => {
      const chunk = Buffer.alloc(64 * 1024)
      const write = () => {
        while (written < 10 * 1024 ** 2 && !response.destroyed) {
          written += chunk.byteLength
          if (!response.write(chunk)) return
        }
        response.end()
      }
      response.on('drain', write).on('error', () => undefined)
      write()
    })
    await kit.happen(['video_a'], ['video.completed'])
    await kit.settled()
    expect(await kit.deliveries(turned.id)).toMatchObject([{ state: 'waiting', tries: 1, last_status_code: 302 }])
    expect(to(receiver, '/elsewhere')).toEqual([])
    expect(await kit.deliveries(long.id)).toMatchObject([{ state: 'delivered', last_status_code: 200 }])
    expect(written).toBeLessThan(8 * 1024 ** 2)
  })

  test('for an endpoint that hangs delays none for another', async () => {
    const { receiver } = kit
    kit.waitForAnswers() // whatever waited for one of the other's would never come
    const [hanging, quick] = [await kit.endpoint('/hanging'), await kit.endpoint('/quick')]
    receiver.answers.set('/hanging', () => undefined)
    const videos = Array.from({ length: 200 }, (_, index) => `video_${index}`)
    await kit.happen(videos, ['video.completed'])
    await eventually(async () => (to(receiver, '/quick').length === videos.length ? true : null))
    expect(to(receiver, '/hanging').length).toBeLessThanOrEqual(LANE_WIDTH)
    await eventually(async () => ((await kit.deliveries(quick.id)).every(({ state }) => state === 'delivered') ? true : null))
    expect((await kit.deliveries(hanging.id)).every(({ state, tries }) => state === 'waiting' && tries === 0)).toBe(true)
  })

  test('carries the signature of the old secret too for 24 hours after a rotation that keeps it', async () => {
    const { receiver, world } = kit
    const { id, signing_secret: old } = await kit.endpoint('/rotated')
    const rotate = async (body: object) =>
      (await world.call('POST', `/v1/webhook_endpoints/${id}/rotate_secret`, { body })).json.signing_secret
    const signatures = async () => {
      receiver.received.length = 0
      await kit.happen(['video_a'], ['video.completed'])
      const one = await eventually(async () => receiver.received[0] ?? null)
      await kit.settled()
      const by = (secret: string) =>
        new Webhook(secret).sign(String(idOf(one)), new Date(Number(one.headers['webhook-timestamp']) * 1000), one.body)
      return { sent: String(one.headers['webhook-signature']).split(' '), by }
    }
    const second = await rotate({ keep_old_secret_active_for_24_hours: true })
    const both = await signatures()
    expect(both.sent).toEqual([both.by(second), both.by(old)])
    await kit.pass(24 * HOUR_MS)
    const after = await signatures()
    expect(after.sent).toEqual([after.by(second)])
    const third = await rotate({})
    const last = await signatures()
    expect(last.sent).toEqual([last.by(third)])
  })

  test('that waits for a deleted endpoint is not sent', async () => {
    const { receiver, world } = kit
    const { id } = await kit.endpoint('/deleted')
    receiver.answers.set('/deleted', (response) => response.writeHead(500).end())
    await kit.happen(['video_a'], ['video.progress', 'video.completed'])
    await eventually(async () => (receiver.received.length === 1 ? true : null))
    await world.call('DELETE', `/v1/webhook_endpoints/${id}`)
    await kit.pass(HOUR_MS)
    await kit.pass(HOUR_MS)
    expect(receiver.received).toHaveLength(1)
    const { rows } = await world.gateway.webhooks.pool.query('select state from webhooks.deliveries')
    expect(rows).toEqual([{ state: 'failed' }, { state: 'failed' }])
  })

  test('older than thirty days is forgotten with its log, but not while it waits', async () => {
    await kit.endpoint('/kept')
    kit.receiver.answers.set('/kept', (response) => response.writeHead(500).end())
    await kit.happen(['video_waiting'], ['video.completed'])
    await kit.settled()
    kit.receiver.answers.clear()
    await kit.happen(['video_told'], ['video.completed'])
    await kit.settled()
    const { pool } = kit.world.gateway.webhooks
    await sweepWebhooks(
      { ...kit.world.gateway.webhooks, clock: () => kit.now() + 31 * 24 * HOUR_MS, jobs: kit.world.gateway.webhooks.jobs },
      40 * 24 * HOUR_MS,
    )
    expect((await pool.query('select subject, tries from webhooks.deliveries')).rows).toEqual([{ subject: 'video_waiting', tries: 1 }])
  })
})

describe('an endpoint', () => {
  let kit: Awaited<ReturnType<typeof hookedWorld>>
  beforeAll(async () => {
    kit = await hookedWorld()
  })
  afterAll(() => kit.stop())
  const create = (body: object, headers: Record<string, string> = {}) => kit.world.call('POST', '/v1/webhook_endpoints', { body, headers })
  const GOOD = { name: 'h', url: 'https://hooks.invalid/', event_types: ['video.failed'] }

  test.each([
    ['http://hooks.invalid/', 'https'],
    ['ftp://hooks.invalid/', 'https'],
    ['https://user:secret@hooks.invalid/', 'password'],
    ['https://127.0.0.1/', 'public'],
    ['https://2130706433/', 'public'],
    ['https://[::1]/', 'public'],
    ['https://169.254.169.254/latest/meta-data', 'public'],
    ['https://localhost/', 'public'],
    ['hooks.invalid', 'address'],
  ])('is not made at %s', async (url, why) => {
    const answer = await create({ ...GOOD, url })
    expect([answer.status, answer.json.error.code, answer.json.error.param]).toEqual([400, 'invalid_value', 'url'])
    expect(answer.json.error.message).toContain(why)
    const { id } = await kit.endpoint('/stays')
    const changed = await kit.world.call('POST', `/v1/webhook_endpoints/${id}`, { body: { url } })
    expect([changed.status, changed.json.error.param]).toEqual([400, 'url'])
    await kit.world.call('DELETE', `/v1/webhook_endpoints/${id}`)
  })

  test.each([
    [{ ...GOOD, event_types: [] }, 'event_types'],
    [{ ...GOOD, event_types: ['batch.completed'] }, 'event_types[0]'],
    [{ ...GOOD, name: '' }, 'name'],
    [{ name: 'h', event_types: ['video.failed'] }, 'url'],
  ])('is not made of %j', async (body, param) => {
    const answer = await create(body)
    expect([answer.status, answer.json.error.param]).toEqual([400, param])
  })

  test('is made once for one idempotency key, whose repeat shows the same secret', async () => {
    const headers = { 'idempotency-key': 'hook-1' }
    const [first, again] = [await create(GOOD, headers), await create(GOOD, headers)]
    expect(again.json).toEqual(first.json)
    expect(again.headers['idempotent-replayed']).toBe('true')
    expect((await create({ ...GOOD, name: 'other' }, headers)).json.error.code).toBe('idempotency_conflict')
    await kit.world.call('DELETE', `/v1/webhook_endpoints/${first.json.id}`)
  })

  test('and its deliveries are not there for another customer', async () => {
    const { world } = kit
    const { id } = await kit.endpoint('/mine')
    await kit.happen(['video_a'], ['video.completed'])
    await kit.settled()
    const [delivery] = await kit.deliveries(id)
    const as_operator = { key: world.operator_key }
    const other = (await world.call('POST', '/v1/customers', { ...as_operator, body: { name: 'Bob' } })).json
    const { key } = (await world.call('POST', `/v1/customers/${other.id}/keys`, { ...as_operator, body: { name: 'k' } })).json
    const asked: readonly (readonly [string, string, object?])[] = [
      ['GET', `/v1/webhook_endpoints/${id}`],
      ['POST', `/v1/webhook_endpoints/${id}`, { name: 'mine now' }],
      ['DELETE', `/v1/webhook_endpoints/${id}`],
      ['POST', `/v1/webhook_endpoints/${id}/rotate_secret`, {}],
      ['POST', `/v1/webhook_endpoints/${id}/test`, { event_type: 'video.failed' }],
      ['GET', `/v1/webhook_endpoints/${id}/deliveries`],
      ['POST', `/v1/webhook_deliveries/${delivery.id}/replay`],
    ]
    const came = kit.receiver.received.length
    for (const [method, path, body] of asked)
      expect((await world.call(method, path, { key, body })).json.error.code, path).toBe('not_found')
    expect((await world.call('GET', '/v1/webhook_endpoints', { key })).json.data).toEqual([])
    expect((await world.call('GET', `/v1/webhook_endpoints/${id}`)).json.name).toBe('/mine')
    expect(kit.receiver.received).toHaveLength(came)
  })

  test('is one of fifty at most', async () => {
    const { pool } = kit.world.gateway.webhooks
    const { rows } = await pool.query('select count(*)::int as n from webhooks.endpoints where deleted_ms is null')
    for (let n = rows[0]?.n ?? 0; n < 50; n++) expect((await create(GOOD)).status).toBe(200)
    const answer = await create(GOOD)
    expect([answer.status, answer.json.error.message]).toEqual([400, expect.stringContaining('50')])
  })
})
