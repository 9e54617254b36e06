import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PARKED_ORDER as ORDER, openParking, type Parking } from '../testing/parking.ts'
import { eventually, type Json, testWorld } from '../testing/world.ts'
import { rescueWakes } from './waking.ts'

// What waited for credits goes on: who, when, and at which price.

/** A clip is drawn within this, on a machine that has much else to do. */
const MADE_MS = 120_000

let parking: Parking
let world: Parking['world']
let other: Parking['other']
let clock: Parking['clock']
const customerWith = (credits: number) => parking.customerWith(credits)
const look = (at = world) => parking.look(at)
beforeAll(async () => {
  parking = await openParking()
  ;({ world, other, clock } = parking)
})
afterAll(() => parking.stop())

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
  clock.now += 16 * 60_000 // a price that changes says no word: somebody looks every quarter of an hour
  await look()
  expect([await stage(capped), await stage(cheap)]).toEqual(['waiting_to_start', 'waiting_to_start'])
  expect(await available()).toBe(1_000 - 64 - 40 - 80)
})

test('nobody grants anything: the allowance of the next day lets it go on, at the reset', async () => {
  clock.now = Date.parse('2026-11-25T12:00:00Z')
  const { manage, order, park, stage } = await customerWith(0)
  await manage('/allowance', { policy: [{ from: '2026-01-01', credits: 40 }] })
  expect((await order()).json.filmgate.credits.held).toBe(40)
  const video = await park()
  await look()
  clock.now = Date.parse('2026-11-25T23:59:59.999Z')
  await look()
  expect(await stage(video)).toBe('parked')
  clock.now = Date.parse('2026-11-26T00:00:00Z')
  await look()
  expect(await stage(video)).toBe('waiting_to_start')
})

test('the budget of the key that ordered is kept to: what is over it goes on when it begins anew', async () => {
  clock.now = Date.parse('2026-11-27T23:00:00Z')
  const { manage, grant, stage } = await customerWith(0)
  const { key } = (await manage('/keys', { name: 'small', budget: { day: 40 } })).json
  const park = async (): Promise<string> => {
    clock.now += 1
    return (await world.call('POST', '/v1/videos', { key, body: ORDER })).json.id
  }
  const [first, second] = [await park(), await park()]
  await grant(200)
  await look()
  expect([await stage(first), await stage(second)]).toEqual(['waiting_to_start', 'parked'])
  clock.now = Date.parse('2026-11-28T00:15:00Z')
  await look()
  expect(await stage(second)).toBe('waiting_to_start')
  clock.now += 1
  expect((await world.call('POST', '/v1/videos', { key, body: ORDER })).json.error.code).toBe('budget_exceeded') // both count where they are
})

test('the budget that it keeps to is the one that its key has by then: lowered it waits, raised or taken away it goes on', async () => {
  clock.now = Date.parse('2026-11-27T10:00:00Z')
  const { manage, grant, stage } = await customerWith(0)
  const made = (await manage('/keys', { name: 'small', budget: { total: 80 } })).json
  const change = async (budget: object | null) => {
    expect((await manage(`/keys/${made.id}`, { budget }, 'PATCH')).status).toBe(200)
    clock.now += 16 * 60_000 // nobody tells of it: what is parked is looked at every quarter of an hour
    await look()
  }
  clock.now += 1
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
  clock.now += 16 * 60_000
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

test('a wake that was lost is given again by the sweep', async () => {
  const { id, park, grant, stage } = await customerWith(0)
  const { pool } = world.database
  const video = await park()
  await look()
  await grant(40)
  const { rows } = await pool.query('select w.account, w.job from videos.waking w where w.customer = $1', [id])
  await pool.query('delete from pgboss.job where id = $1', [rows[0]?.job])
  expect(await rescueWakes(world.gateway.parts)).toBe(0) // it could still come
  clock.now += 121_000
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
      const alive = () => grants.filter(({ expires, left }) => expires > clock.now && left > 0).sort((a, b) => a.expires - b.expires)
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
            const expires = one.lives_s === null ? Number.POSITIVE_INFINITY : (Math.floor(clock.now / 1000) + one.lives_s) * 1000
            await grant(one.credits, one.lives_s === null ? {} : { expires_at: expires / 1000 })
            if (expires > clock.now) grants.push({ left: one.credits, expires })
            break
          }
          case 'order':
            videos.push({ id: await park({ seconds: String(one.seconds) }), price: one.seconds * 10, at: 'parked' })
            break
          case 'pass':
            clock.now += one.seconds * 1000
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
