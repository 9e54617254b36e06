import { rm } from 'node:fs/promises'
import fc from 'fast-check'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually, type Json, type TestWorld, testWorld } from '../testing/world.ts'
import { pollStep } from './poll.ts'
import { selectWork } from './queries.ts'
import { rescueWakes, wakeStep } from './waking.ts'

// Orders that wait for credits. No worker runs: every step is taken by hand, so that nothing happens but what a test says.

const ORDER = { prompt: 'a boat [[hang]]', model: 'sora-2', seconds: '4', size: '1280x720', on_insufficient: 'park' } // 40 credits
const DAY = 86_400_000
/** A clip is drawn within this, on a machine that has much else to do. */
const MADE_MS = 120_000
let now = Date.parse('2026-11-22T12:00:00Z')
let world: TestWorld
/** Another process of the same gateway. */
let other: TestWorld
beforeAll(async () => {
  world = await testWorld({ role: 'api', clock: () => now, trusted_hosts: new Set(['127.0.0.1:9']) })
  other = await testWorld({ role: 'api', clock: () => now, connection: world.database.connection, data_folder: world.data_folder })
})
afterAll(async () => {
  await other.gateway.stop(2_000)
  await other.database.drop()
  await world.stop()
  await rm(world.data_folder, { recursive: true, force: true })
})

async function customerWith(credits: number) {
  const operator = { key: world.operator_key }
  const { id } = (await world.call('POST', '/v1/customers', { ...operator, body: { name: 'Ada' } })).json
  const { key } = (await world.call('POST', `/v1/customers/${id}/keys`, { ...operator, body: { name: 'first' } })).json
  const manage = (path: string, body: object, method = 'POST') => world.call(method, `/v1/customers/${id}${path}`, { ...operator, body })
  const grant = async (amount: number, more: object = {}) => {
    expect((await manage('/grants', { credits: amount, kind: 'pack', ...more })).status).toBe(200)
  }
  if (credits > 0) await grant(credits)
  const get = async (path: string): Promise<Json> => (await world.call('GET', path, { key })).json
  const order = async (extra: object = {}, headers: Record<string, string> = {}, at = world) => {
    now += 1 // ids sort by time
    return at.call('POST', '/v1/videos', { key, body: { ...ORDER, ...extra }, headers })
  }
  const park = async (extra: object = {}): Promise<string> => {
    const { status, json } = await order(extra)
    expect(status, JSON.stringify(json)).toBe(200)
    return json.id
  }
  const hook = { name: 'all', url: 'http://127.0.0.1:9/hook', event_types: ['video.completed', 'video.failed'] }
  const endpoint = (await world.call('POST', '/v1/webhook_endpoints', { key, body: hook })).json.id
  const hears = async (): Promise<string[]> =>
    (await get(`/v1/webhook_endpoints/${endpoint}/deliveries?limit=100`)).data.map((one: Json) => one.event.type)
  const stage = async (video: string) => (await get(`/v1/videos/${video}`)).filmgate.stage
  return { id, key, manage, grant, get, order, park, stage, hears, available: async () => (await get('/v1/balance')).available }
}

/** Takes every wake step that is due, until none is. */
async function look(at = world): Promise<void> {
  for (;;) {
    const { rows } = await world.database.pool.query<{ account: bigint; job: string }>(
      'select account, job from videos.waking where next_ms <= $1',
      [now],
    )
    if (rows.length === 0) return
    for (const { account, job } of rows) await wakeStep(at.gateway.parts, { id: job, subject: String(account) })
  }
}

const jobOf = async (video: string): Promise<string> =>
  (await world.database.pool.query('select job from videos.chains where video = $1', [video])).rows[0]?.job

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
    parked: { at: Math.floor(now / 1000), until: null },
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

test('the oldest goes on first; one that does not fit holds up no other', async () => {
  const { park, grant, stage, available } = await customerWith(0)
  const [large, first, second, third] = [await park({ seconds: '20' }), await park(), await park(), await park()]
  await grant(90)
  await look()
  expect([await stage(large), await stage(first), await stage(second), await stage(third)]).toEqual([
    'parked',
    'waiting_to_start',
    'waiting_to_start',
    'parked',
  ])
  await grant(230)
  await look()
  expect([await stage(large), await stage(third)]).toEqual(['waiting_to_start', 'waiting_to_start'])
  expect(await available()).toBe(0)
})

test('one that can not be read any more holds up no other, and says so', async () => {
  const { park, grant, stage } = await customerWith(0)
  const [strange, broken, sound] = [await park(), await park(), await park()]
  const { pool } = world.database
  const { rows: kept } = await pool.query('select quote from videos.videos where id = $1', [broken])
  await pool.query(`update videos.parkings set policy = '[]' where video = $1`, [strange])
  await pool.query(`update videos.videos set quote = '{}' where id = $1`, [broken])
  await grant(120)
  const { parts } = world.gateway
  const { log } = parts
  const said: unknown[] = []
  Object.assign(parts, { log: { ...log, error: (_: string, fields: { video?: string }) => said.push(fields.video) } })
  await look()
  Object.assign(parts, { log })
  expect(said).toEqual([strange, broken])
  expect(await stage(sound)).toBe('waiting_to_start')
  const { rows } = await pool.query('select video from videos.parkings where video = any ($1) and until_ms is null order by video', [
    [strange, broken],
  ])
  expect(rows.map(({ video }) => video)).toEqual([strange, broken])
  await pool.query(`update videos.parkings set policy = '{}' where video = $1`, [strange])
  await pool.query('update videos.videos set quote = $2 where id = $1', [broken, kept[0]?.quote])
})

test("credits that come while the parked are looked through are the oldest one's: no younger one takes them", async () => {
  const { park, grant, stage, available } = await customerWith(0)
  const [large, small] = [await park({ seconds: '20' }), await park()] // 200 and 40
  await grant(40)
  const { parts } = world.gateway
  const { ledger } = parts
  let came = false
  const interrupted: typeof ledger.commit = async (operation, riders) => {
    if (!came && operation.kind === 'hold') {
      came = true
      await grant(160) // the large one was passed by a moment ago
    }
    return ledger.commit(operation, riders)
  }
  Object.assign(parts, { ledger: { ...ledger, commit: interrupted } })
  await look()
  Object.assign(parts, { ledger })
  expect([came, await stage(large), await stage(small), await available()]).toEqual([true, 'waiting_to_start', 'parked', 0])
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

test('the audit knows that an open video has a hold unless it is parked', async () => {
  const { park, order, grant } = await customerWith(0)
  const parked = await park()
  await grant(40)
  const open = (await order({ seconds: '4' })).json.id
  const { pool } = world.database
  const audited = async () => (await world.call('GET', '/v1/ledger/audit', { key: world.operator_key })).json
  const check = async () => (await audited()).checks.find(({ name }: Json) => name === 'videos')
  expect(await check()).toMatchObject({ ok: true })
  await pool.query("update videos.attempts set state = case state when 'parked' then 'planned' else 'parked' end where video = any ($1)", [
    [parked, open],
  ])
  expect(await audited()).toMatchObject({ ok: false })
  expect((await check()).detail.split('; ')).toEqual([
    `${parked}: it waits for credits, and is not parked`,
    `${open}: it is parked, and nothing waits for it`,
  ])
  await pool.query("update videos.attempts set state = case state when 'parked' then 'planned' else 'parked' end where video = any ($1)", [
    [parked, open],
  ])
  await look()
  expect(await check()).toMatchObject({ ok: true })
})

test('the audit names an open video that nothing comes back to, and an ended one that something does', async () => {
  const { park } = await customerWith(0)
  const lost = await park()
  const { pool } = world.database
  const check = async () =>
    (await world.call('GET', '/v1/ledger/audit', { key: world.operator_key })).json.checks.find(({ name }: Json) => name === 'videos')
  const { rows } = await pool.query<{ job: string; next_ms: bigint }>('delete from videos.chains where video = $1 returning job, next_ms', [
    lost,
  ])
  await pool.query("insert into videos.chains (video, job, next_ms) values ('video_gone', $1, 1)", [rows[0]?.job])
  expect((await check()).detail.split('; ')).toEqual([
    `${lost}: it is open, and nothing comes back to it`,
    'video_gone: it has ended, and something comes back to it',
  ])
  await pool.query("update videos.chains set video = $1, next_ms = $2 where video = 'video_gone'", [lost, rows[0]?.next_ms])
  expect(await check()).toMatchObject({ ok: true })
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

test('it is priced again: by the card of the day, never above max_credits; then it waits on', async () => {
  const { manage, park, grant, get, stage, available } = await customerWith(0)
  const [capped, free, cheap] = [await park({ max_credits: 63 }), await park(), await park({ max_credits: 100, seconds: '8' })]
  expect((await manage('', { rate_card: 'app-credits-2026-01' }, 'PATCH')).status).toBe(200) // 16 a second
  await grant(1_000)
  await look()
  expect([await stage(capped), await stage(free), await stage(cheap)]).toEqual(['parked', 'waiting_to_start', 'parked'])
  expect((await get(`/v1/videos/${free}`)).filmgate.credits).toMatchObject({ quoted: 64, held: 64 })
  expect((await get(`/v1/videos/${free}/receipt`)).rate_card.id).toBe('app-credits-2026-01')
  expect((await manage('', { rate_card: null }, 'PATCH')).status).toBe(200)
  now += 16 * 60_000 // a price that changes says no word: somebody looks every quarter of an hour
  await look()
  expect([await stage(capped), await stage(cheap)]).toEqual(['waiting_to_start', 'waiting_to_start'])
  expect(await available()).toBe(1_000 - 64 - 40 - 80)
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
    now += later_ms
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
  now += 11 * 60_000
  await grant(100)
  await look()
  expect(await stage(video)).toBe('waiting_to_start')
  const work = await selectWork(world.database.pool, world.gateway.parts.engine, video)
  expect(work?.quote).toMatchObject({ order: { has_reference: true }, wishes })
  expect(work?.quote.id).not.toBe(quote)
})

test('nobody grants anything: the allowance of the next day lets it go on, at the reset', async () => {
  now = Date.parse('2026-11-25T12:00:00Z')
  const { manage, order, park, stage } = await customerWith(0)
  await manage('/allowance', { policy: [{ from: '2026-01-01', credits: 40 }] })
  expect((await order()).json.filmgate.credits.held).toBe(40)
  const video = await park()
  await look()
  now = Date.parse('2026-11-25T23:59:59.999Z')
  await look()
  expect(await stage(video)).toBe('parked')
  now = Date.parse('2026-11-26T00:00:00Z')
  await look()
  expect(await stage(video)).toBe('waiting_to_start')
})

test('the budget of the key that ordered is kept to: what is over it goes on when it begins anew', async () => {
  now = Date.parse('2026-11-27T23:00:00Z')
  const { manage, grant, stage } = await customerWith(0)
  const { key } = (await manage('/keys', { name: 'small', budget: { day: 40 } })).json
  const park = async (): Promise<string> => {
    now += 1
    return (await world.call('POST', '/v1/videos', { key, body: ORDER })).json.id
  }
  const [first, second] = [await park(), await park()]
  await grant(200)
  await look()
  expect([await stage(first), await stage(second)]).toEqual(['waiting_to_start', 'parked'])
  now = Date.parse('2026-11-28T00:15:00Z')
  await look()
  expect(await stage(second)).toBe('waiting_to_start')
  now += 1
  expect((await world.call('POST', '/v1/videos', { key, body: ORDER })).json.error.code).toBe('budget_exceeded') // both count where they are
})

test('the budget that it keeps to is the one that its key has by then: lowered it waits, raised or taken away it goes on', async () => {
  now = Date.parse('2026-11-27T10:00:00Z')
  const { manage, grant, stage } = await customerWith(0)
  const made = (await manage('/keys', { name: 'small', budget: { total: 80 } })).json
  const change = async (budget: object | null) => {
    expect((await manage(`/keys/${made.id}`, { budget }, 'PATCH')).status).toBe(200)
    now += 16 * 60_000 // nobody tells of it: what is parked is looked at every quarter of an hour
    await look()
  }
  now += 1
  const video = (await world.call('POST', '/v1/videos', { key: made.key, body: ORDER })).json.id
  await change({ total: 10 })
  await grant(200)
  await look()
  expect(await stage(video)).toBe('parked')
  await change({ total: 40 })
  expect(await stage(video)).toBe('waiting_to_start')
  const another = await customerWith(0)
  const spent = (await another.manage('/keys', { name: 'spent', budget: { total: 10 } })).json
  const waiting = (await world.call('POST', '/v1/videos', { key: spent.key, body: ORDER })).json.id
  await another.grant(200)
  await look()
  expect(await another.stage(waiting)).toBe('parked')
  expect((await another.manage(`/keys/${spent.id}`, { budget: null }, 'PATCH')).status).toBe(200)
  now += 16 * 60_000
  await look()
  expect(await another.stage(waiting)).toBe('waiting_to_start')
})

test('it goes on within the guardrails of its customer as they are then', async () => {
  const { manage, park, grant, stage, get } = await customerWith(0)
  const [short, long] = [await park(), await park({ seconds: '8' })]
  expect((await manage('', { guardrails: { seconds: [8], price_floor: { credits: 100 } } }, 'PATCH')).status).toBe(200)
  await grant(1_000)
  await look()
  expect([await stage(short), await stage(long)]).toEqual(['parked', 'waiting_to_start'])
  expect((await get(`/v1/videos/${long}`)).filmgate.credits.held).toBe(100)
})

test('while something is owed nothing goes on, whatever is there; it does when that is paid', async () => {
  const { key, manage, park, grant, stage, available } = await customerWith(0)
  const bought = (await manage('/grants', { credits: 100, kind: 'pack' })).json.id
  const hold = (await world.call('POST', '/v1/holds', { key, body: { credits: 60 } })).json.id
  await world.call('POST', `/v1/holds/${hold}/capture`, { key, body: {} })
  await grant(50)
  expect((await manage('/reversals', { grant: bought, kind: 'chargeback', reason: 'dispute' })).status).toBe(200)
  const video = await park()
  await look()
  expect([await stage(video), await available()]).toEqual(['parked', 50])
  await grant(60)
  await look()
  expect([await stage(video), await available()]).toEqual(['waiting_to_start', 10])
})

test('what waits until its final deadline is expired, charged nothing, and counts from when it was accepted', async () => {
  const { park, get, grant, stage } = await customerWith(0)
  const [video, late] = [await park(), await park()]
  const job = { id: await jobOf(video), subject: video }
  now += DAY - 60_000
  await pollStep(world.gateway.parts, job)
  expect(await stage(video)).toBe('parked')
  now += 60_000
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

test('a wake that was lost is given again by the sweep', async () => {
  const { id, park, grant, stage } = await customerWith(0)
  const { pool } = world.database
  const video = await park()
  await look()
  await grant(40)
  const { rows } = await pool.query('select w.account, w.job from videos.waking w where w.customer = $1', [id])
  await pool.query('delete from pgboss.job where id = $1', [rows[0]?.job])
  expect(await rescueWakes(world.gateway.parts)).toBe(0) // it could still come
  now += 121_000
  expect(await rescueWakes(world.gateway.parts)).toBeGreaterThan(0)
  await look()
  expect(await stage(video)).toBe('waiting_to_start')
  expect(await rescueWakes(world.gateway.parts)).toBe(0)
})

test('of an end and a wake at the same instant one wins, whole', async () => {
  const { key, park, grant, get, available, hears } = await customerWith(0)
  const videos = []
  for (let i = 0; i < 10; i++) videos.push(await park())
  await grant(400)
  const deletes = videos.map((video, i) => (i % 2 ? world : other).call('DELETE', `/v1/videos/${video}`, { key }))
  const answers = await Promise.all([...deletes, look(), look(other)])
  expect(answers.slice(0, 10).map((answer) => (answer as { status: number } | undefined)?.status)).toEqual(Array(10).fill(200))
  await look()
  const ended = await Promise.all(videos.map((video) => get(`/v1/videos/${video}`)))
  for (const { status, error, filmgate } of ended) {
    expect([status, error?.code, filmgate.credits.held, filmgate.credits.captured]).toEqual(['failed', 'cancelled', 0, 0])
  }
  expect(await available()).toBe(400)
  const told = await hears()
  expect(told).toHaveLength(10)
  expect((await world.call('GET', '/v1/ledger/audit?full=true', { key: world.operator_key })).json.ok).toBe(true)
})

test('grants, parkings and two processes that wake, all at once: in the end nothing waits that fits, and nothing is spent twice', async () => {
  const { order, grant, get, available } = await customerWith(0)
  const parking = Array.from({ length: 24 }, (_, i) => order({}, {}, i % 2 ? world : other))
  const granting = Array.from({ length: 24 }, () => grant(30))
  await Promise.all([...parking, ...granting, look(), look(other)])
  await Promise.all([look(), look(other)])
  const { held } = await get('/v1/balance')
  expect([held, await available()]).toEqual([720, 0])
  const stages = (await get('/v1/videos?limit=100')).data.map((video: Json) => video.filmgate.stage)
  expect([stages.filter((stage: string) => stage === 'parked').length, stages.length]).toEqual([6, 24])
})

type Step =
  | { readonly kind: 'grant'; readonly credits: number; readonly lives_s: number | null }
  | { readonly kind: 'order'; readonly seconds: number }
  | { readonly kind: 'pass'; readonly seconds: number }
  | { readonly kind: 'cancel'; readonly which: number }
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('grant' as const),
    credits: fc.integer({ min: 1, max: 150 }),
    lives_s: fc.option(fc.integer({ min: 1, max: 5_000 })),
  }),
  fc.record({ kind: fc.constant('order' as const), seconds: fc.constantFrom(4, 8, 12, 16, 20) }),
  fc.record({ kind: fc.constant('order' as const), seconds: fc.constantFrom(4, 8, 12, 16, 20) }),
  fc.record({ kind: fc.constant('pass' as const), seconds: fc.integer({ min: 1, max: 3_000 }) }),
  fc.record({ kind: fc.constant('cancel' as const), which: fc.nat({ max: 20 }) }),
)

test('property: whatever comes, goes and expires, what fits goes on, the oldest first, and never more than there is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      const { key, grant, park, stage, available } = await customerWith(0)
      // The reference: grants burn soonest expiry first, and nothing that went on comes back.
      const grants: { left: number; readonly expires: number }[] = []
      const videos: { readonly id: string; readonly price: number; at: 'parked' | 'waiting_to_start' | 'done' }[] = []
      const alive = () => grants.filter(({ expires, left }) => expires > now && left > 0).sort((a, b) => a.expires - b.expires)
      const there = () => alive().reduce((sum, { left }) => sum + left, 0)
      const take = (price: number) => {
        let left = price
        for (const one of alive()) {
          const taken = Math.min(left, one.left)
          one.left -= taken
          left -= taken
        }
      }
      const goOn = () => {
        for (const video of videos) {
          if (video.at !== 'parked' || video.price > there()) continue
          take(video.price)
          video.at = 'waiting_to_start'
        }
      }
      for (const one of steps) {
        switch (one.kind) {
          case 'grant': {
            const expires = one.lives_s === null ? Number.POSITIVE_INFINITY : (Math.floor(now / 1000) + one.lives_s) * 1000
            await grant(one.credits, one.lives_s === null ? {} : { expires_at: expires / 1000 })
            if (expires > now) grants.push({ left: one.credits, expires })
            break
          }
          case 'order':
            videos.push({ id: await park({ seconds: String(one.seconds) }), price: one.seconds * 10, at: 'parked' })
            break
          case 'pass':
            now += one.seconds * 1000
            break
          case 'cancel': {
            const waiting = videos.filter(({ at }) => at === 'parked')
            const video = waiting[one.which % Math.max(1, waiting.length)]
            if (video === undefined) break
            expect((await world.call('DELETE', `/v1/videos/${video.id}`, { key })).status).toBe(200)
            video.at = 'done'
          }
        }
        await look()
        goOn()
        expect(await available()).toBe(there())
        expect(await Promise.all(videos.map(({ id }) => stage(id)))).toEqual(videos.map(({ at }) => at))
      }
    }),
    { numRuns: 12 },
  )
  expect((await world.call('GET', '/v1/ledger/audit?full=true', { key: world.operator_key })).json.ok).toBe(true)
})

test(
  'with workers: it goes on, and is made',
  async () => {
    const working = await testWorld()
    try {
      const { customer_key: key, operator_key } = working
      await working.call('POST', '/v1/holds', { key, body: { credits: 1_000 } })
      const { json } = await working.call('POST', '/v1/videos', { key, body: { ...ORDER, prompt: 'a boat' } })
      expect(json.filmgate.stage).toBe('parked')
      const { rows } = await working.database.pool.query('select id from access.customers')
      await working.call('POST', `/v1/customers/${rows[0]?.id}/grants`, { key: operator_key, body: { credits: 40, kind: 'pack' } })
      const made = await eventually(async () => {
        const seen = (await working.call('GET', `/v1/videos/${json.id}`, { key })).json
        return seen.status === 'completed' ? seen : null
      }, MADE_MS)
      expect(made.filmgate.credits).toMatchObject({ quoted: 40, held: 0, captured: 40 })
    } finally {
      await working.stop()
    }
  },
  2 * MADE_MS,
)
