import { beforeAll, expect, test } from 'vitest'
import { type OpenaiEmulator, startOpenaiEmulator } from '../../../emulators/src/openai.ts'
import { parseConfiguration } from '../config-file.ts'
import { drawClip } from '../testing/clips.ts'
import { eventually, type TestWorld, testWorld } from '../testing/world.ts'
import { ABSENCE_GRACE_MS, TIMING } from './parts.ts'

const ORDER = { model: 'sora-2', prompt: 'a boat on a calm lake', seconds: '4', size: '1280x720' }
const KEY = 'sk-studio-0123456789'

const clips = new Map<number, Uint8Array>()
beforeAll(async () => {
  for (const seconds of [4, 2]) clips.set(seconds, await drawClip({ seconds, width: 1280, height: 720 }))
})

/** A gateway that is configured with the emulator as its one provider, as its operator would write it. */
async function configured(limits = '') {
  const emulator = await startOpenaiEmulator({ clip: ({ lasts_s }) => clips.get(lasts_s) ?? new Uint8Array(), key: KEY, render_ms: 0 })
  const text = `providers:
  - name: studio-a
    adapter: openai
    base_url: ${emulator.base_url}
    api_key: { env: STUDIO_A_KEY }
    models: [sora-2]
    rate_card: openai-2026-05
    poll: { first_s: 0.05, later_s: 0.05 }
${limits}`
  const read = parseConfiguration(text, 'filmgate.yaml', { STUDIO_A_KEY: KEY })
  if (read.outcome === 'wrong') throw new Error(read.sentence)
  let now = Date.now()
  // No fault here is a silence, so the time limits are the product's: a shorter one would run out on a busy machine, and lose other replies than those meant.
  const world = await testWorld({ settings: read.settings, clock: () => now })
  const advance = (ms: number) => {
    now += ms
  }
  return { emulator, world, advance, stop: async () => void (await Promise.all([world.stop(), emulator.stop()])) }
}

async function order(world: TestWorld, extra: object = {}): Promise<string> {
  const made = await world.call('POST', '/v1/videos', { body: { ...ORDER, ...extra } })
  expect(made.status, JSON.stringify(made.json)).toBe(200)
  return made.json.id
}

function until(world: TestWorld, id: string, matches: (video: { status: string; filmgate: { stage: string } }) => boolean) {
  return eventually(async () => {
    const { json } = await world.call('GET', `/v1/videos/${id}`)
    return matches(json) ? json : null
  })
}

const ended = (world: TestWorld, id: string) => until(world, id, ({ status }) => status === 'completed' || status === 'failed')
const usd = (emulator: OpenaiEmulator) => emulator.bill().map((line) => line.usd)

async function auditIsClean(world: TestWorld) {
  const audit = await world.call('GET', '/v1/ledger/audit?full=true', { key: world.operator_key })
  expect(audit.json.checks.filter((check: { ok: boolean }) => !check.ok)).toEqual([])
}

test('an order goes through the configured provider, is fetched, checked, completed and charged', async () => {
  const { emulator, world, advance, stop } = await configured()
  const quote = (await world.call('POST', '/v1/quotes', { body: ORDER })).json
  expect(quote).toMatchObject({ credits: 40, route: 'studio-a/sora-2' })
  expect(quote.demo).toBeUndefined()
  const id = await order(world, { quote: quote.id })
  expect(await ended(world, id)).toMatchObject({
    status: 'completed',
    model: 'sora-2',
    filmgate: { provider: 'studio-a', attempts: 1, credits: { captured: 40, held: 0 } },
  })
  const content = await world.call('GET', `/v1/videos/${id}/content`)
  expect(Buffer.compare(content.bytes, Buffer.from(clips.get(4) ?? []))).toBe(0)
  expect([emulator.asked.create, usd(emulator)]).toEqual([1, [0.4]])
  // The animatic is there for its own model and stands in for nobody.
  expect((await world.call('POST', '/v1/quotes', { body: { ...ORDER, model: 'animatic' } })).json).toMatchObject({
    credits: 0,
    route: 'animatic/animatic',
  })
  const pinned = await world.call('POST', '/v1/videos', { body: { ...ORDER, route: 'animatic' } })
  expect([pinned.status, pinned.json.error.code]).toEqual([400, 'invalid_value'])
  const tables = await world.database.pool.query<{ text: string }>(
    `select coalesce(string_agg(row_to_json(a)::text || row_to_json(v)::text, ''), '') as text
       from videos.attempts a join videos.videos v on v.id = a.video`,
  )
  expect(tables.rows[0]?.text).toContain(id)
  expect(tables.rows[0]?.text).not.toContain(KEY)
  await auditIsClean(world)
  // What it took is learned, and shown.
  advance(61_000)
  const latency = await eventually(async () => {
    const routes = (await world.call('GET', '/v1/routes')).json.data
    return routes.find(({ name }: { name: string }) => name === 'studio-a/sora-2').latency[0] ?? null
  })
  expect(latency).toMatchObject({ seconds: 4, size: '1280x720', samples: 1, fetch_s: expect.any(Number) })
  await stop()
})

test('a reply that is lost after the order was taken ends in submit_unknown, is found by list and content, and is bought once', async () => {
  const { emulator, world, stop } = await configured()
  emulator.next('create', 'drop_after')
  emulator.next('list', 500, 'html')
  const id = await order(world)
  const unknown = await until(world, id, ({ filmgate }) => filmgate.stage === 'submit_unknown')
  expect(unknown.filmgate.credits).toMatchObject({ held: 40, captured: 0 })
  expect(await ended(world, id)).toMatchObject({ status: 'completed', filmgate: { attempts: 1, credits: { captured: 40 } } })
  expect([emulator.asked.create, usd(emulator)]).toEqual([1, [0.4]])
  await auditIsClean(world)
  await stop()
})

test('two orders of the same content whose replies are lost claim one job each', async () => {
  const { emulator, world, stop } = await configured()
  emulator.next('create', 'drop_after', 'drop_after')
  const ids = await Promise.all([order(world), order(world)])
  for (const id of ids) expect(await ended(world, id)).toMatchObject({ status: 'completed', filmgate: { attempts: 1 } })
  const claimed = await world.database.pool.query<{ ref_id: string }>('select ref_id from videos.attempts order by ref_id')
  expect(claimed.rows.map((row) => row.ref_id)).toEqual([...emulator.jobs.keys()].sort())
  expect([emulator.asked.create, usd(emulator)]).toEqual([2, [0.4, 0.4]])
  await stop()
})

test('a reply that is lost before the order was taken goes again once it can not arrive any more, and is bought once', async () => {
  const { emulator, world, advance, stop } = await configured()
  emulator.next('create', 'drop_before')
  const id = await order(world)
  await until(world, id, ({ filmgate }) => filmgate.stage === 'submit_unknown')
  advance(TIMING.send_window_ms + TIMING.request_timeout_ms + ABSENCE_GRACE_MS + 1)
  expect(await ended(world, id)).toMatchObject({ status: 'completed', filmgate: { attempts: 2, credits: { captured: 40 } } })
  expect([emulator.asked.create, usd(emulator)]).toEqual([2, [0.4]])
  await stop()
})

test.each([
  ['[[fail]]', 'provider_failed'],
  ['[[moderated]]', 'moderation_blocked'],
  ['[[short]]', 'output_invalid'],
])('an order that ends by %s at the provider fails as %s and costs its customer nothing', async (sentinel, code) => {
  const { world, stop } = await configured()
  const video = await ended(world, await order(world, { prompt: `a boat ${sentinel}` }))
  expect([video.error.code, video.filmgate.credits]).toMatchObject([code, { held: 0, captured: 0, released: 40 }])
  await stop()
})

test('more orders than the provider takes at once wait, exactly', async () => {
  const { emulator, world, stop } = await configured('    limits: { open_videos: 1 }\n')
  await order(world, { prompt: 'a boat [[hang]]' })
  await eventually(async () => (emulator.jobs.size === 1 ? true : null))
  const second = await order(world)
  await eventually(async () =>
    (await world.call('GET', '/metrics', { key: null })).bytes.includes('filmgate_videos_open 2') ? true : null,
  )
  expect((await world.call('GET', `/v1/videos/${second}`)).json.filmgate.stage).toBe('waiting_to_start')
  const [hanging] = emulator.jobs.values()
  if (hanging === undefined) throw new Error('there is no job')
  hanging.told = { status: 'failed', error: { code: 'server_error', message: 'It broke.' } }
  expect(await ended(world, second)).toMatchObject({ status: 'completed' })
  await stop()
})
