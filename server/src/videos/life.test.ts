import { randomUUID } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Progress, Provider, Submitted } from '../providers/provider.ts'
import { drawClip } from '../testing/clips.ts'
import { eventually, QUICK_LOOKS, type TestWorld, testWorld } from '../testing/world.ts'
import { submitStep } from './attempt.ts'
import { queueFor } from './chain.ts'
import { fetchStep } from './fetch.ts'
import { pollStep } from './poll.ts'
import { selectWork } from './queries.ts'
import { rescue } from './sweep.ts'

/** A provider whose answers a test dictates. It counts what it was asked. */
class DictatedProvider implements Provider {
  submit_answer: (key: string) => Promise<Submitted> = async (key) => ({ outcome: 'running', ref: { id: key } })
  check_answer: () => Promise<Progress> = async () => ({ state: 'running', percent: 10 })
  find_answer: Awaited<ReturnType<Provider['find']>> = { outcome: 'absent' }
  cancel_answer: Awaited<ReturnType<Provider['cancel']>> = 'stopped'
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array()
  submits: string[] = []
  async submit(_order: Parameters<Provider['submit']>[0], key: string) {
    this.submits.push(key)
    return this.submit_answer(key)
  }
  find = async () => this.find_answer
  check = async () => this.check_answer()
  open = async () => new Blob([this.bytes]).stream()
  cancel = async () => this.cancel_answer
  forget = async () => undefined
}

const ORDER = { prompt: 'a boat on a calm lake', seconds: '4', size: '1280x720' }

/** A world in which every order goes to a provider of the test's own. */
async function dictatedWorld(options: Parameters<typeof testWorld>[0] = {}) {
  const provider = new DictatedProvider()
  let now = Date.now()
  const world = await testWorld({ settings: QUICK_LOOKS, providers: () => provider, clock: () => now, ...options })
  return {
    world,
    provider,
    advance: (ms: number) => {
      now += ms
    },
  }
}

async function order(world: TestWorld, extra: object = {}): Promise<string> {
  const made = await world.call('POST', '/v1/videos', { body: { ...ORDER, ...extra } })
  expect(made.status, JSON.stringify(made.json)).toBe(200)
  return made.json.id
}

const read = async (world: TestWorld, id: string) => (await world.call('GET', `/v1/videos/${id}`)).json
const balance = async (world: TestWorld) => (await world.call('GET', '/v1/balance')).json

async function until(world: TestWorld, id: string, matches: (video: Awaited<ReturnType<typeof read>>) => boolean) {
  return eventually(async () => {
    const video = await read(world, id)
    return matches(video) ? video : null
  })
}

/** Files that a world keeps below one of its folders. */
async function filesBelow(world: TestWorld, folder: string): Promise<string[]> {
  const found = await readdir(join(world.data_folder, folder), { recursive: true, withFileTypes: true })
  return found.filter((entry) => entry.isFile()).map((entry) => entry.name)
}

/** Runs the steps of a video by hand, in the order in which its chain asks for them, until it ends or only time would help. */
async function runSteps(world: TestWorld, _provider: DictatedProvider, video: string): Promise<void> {
  for (let steps = 0; steps < 6; steps += 1) {
    const work = await selectWork(world.database.pool, world.gateway.parts.engine, video)
    if (work === null || work.job === null) return
    const queue = queueFor(video, work.attempt.state)
    const step = queue === 'submit' ? submitStep : queue === 'fetch' ? fetchStep : pollStep
    await step(world.gateway.parts, { id: work.job, subject: video })
  }
}

async function auditIsClean(world: TestWorld) {
  const audit = await world.call('GET', '/v1/ledger/audit?full=true', { key: world.operator_key })
  expect(audit.json.checks.filter((check: { ok: boolean }) => !check.ok)).toEqual([])
  expect(audit.json.ok).toBe(true)
}

describe('a video made by the animatic', () => {
  let world: TestWorld
  beforeAll(async () => {
    world = await testWorld({ settings: QUICK_LOOKS })
  })
  afterAll(() => world.stop())

  test('is quoted, held, made, checked and charged what was quoted', async () => {
    const quote = await world.call('POST', '/v1/quotes', { body: ORDER })
    expect(quote.json).toMatchObject({ object: 'quote', credits: 40, usd: '0.40', demo: true })
    const id = await order(world, { quote: quote.json.id, metadata: { scene: '7' } })
    expect(await read(world, id)).toMatchObject({
      object: 'video',
      model: 'sora-2',
      seconds: '4',
      size: '1280x720',
      metadata: { scene: '7' },
    })
    const video = await until(world, id, (seen) => seen.status === 'completed')
    expect(video).toMatchObject({
      progress: 100,
      error: null,
      filmgate: { stage: 'done', credits: { quoted: 40, held: 0, captured: 40, released: 0 } },
    })
    const receipt = await world.call('GET', `/v1/videos/${id}/receipt`)
    expect(receipt.json).toMatchObject({ quote: quote.json.id, held: 40, charged: 40, released: 0, rate_card: { id: 'openai-2026-05' } })
    expect(await balance(world)).toMatchObject({ available: 960, held: 0, spent: 40 })
    const content = await world.call('GET', `/v1/videos/${id}/content`)
    expect(content.headers['content-type']).toBe('video/mp4')
    expect(content.bytes.subarray(4, 8).toString()).toBe('ftyp')
    const part = await world.call('GET', `/v1/videos/${id}/content`, { headers: { range: 'bytes=4-7' } })
    expect([part.status, part.bytes.toString()]).toEqual([206, 'ftyp'])
    const thumbnail = await world.call('GET', `/v1/videos/${id}/content?variant=thumbnail`)
    expect([thumbnail.status, thumbnail.headers['content-type']]).toEqual([200, 'image/webp'])
    const sheet = await world.call('GET', `/v1/videos/${id}/content?variant=spritesheet`)
    expect([sheet.status, sheet.headers['content-type']]).toEqual([200, 'image/jpeg'])
    await auditIsClean(world)
  })

  test.each([
    ['[[fail]]', 'provider_failed'],
    ['[[moderated]]', 'moderation_blocked'],
    ['[[short]]', 'output_invalid'],
  ])('that ends by %s fails as %s and costs nothing', async (sentinel, code) => {
    const before = await balance(world)
    const id = await order(world, { prompt: `a boat ${sentinel}` })
    const video = await until(world, id, (seen) => seen.status === 'failed')
    expect(video.error.code).toBe(code)
    expect(video.filmgate.credits).toMatchObject({ held: 0, captured: 0, released: 40 })
    expect((await balance(world)).available).toBe(before.available)
  })

  test('whose status reads fail at first is completed all the same', async () => {
    const id = await order(world, { prompt: 'a boat [[flaky:2]]' })
    await until(world, id, (seen) => seen.status === 'completed')
  })

  test('that hangs is cancelled by DELETE, and released once the provider has stopped', async () => {
    const before = await balance(world)
    const id = await order(world, { prompt: 'a boat [[hang]]' })
    await until(world, id, (seen) => seen.filmgate.stage === 'rendering')
    expect((await world.call('DELETE', `/v1/videos/${id}`)).json).toEqual({ id, object: 'video.deleted', deleted: true })
    const video = await until(world, id, (seen) => seen.status === 'failed')
    expect(video.error.code).toBe('cancelled')
    expect((await balance(world)).available).toBe(before.available)
  })

  test('is erased by DELETE once it has ended; its receipt stays', async () => {
    const id = await order(world, { prompt: 'a boat [[fail]]' })
    await until(world, id, (seen) => seen.status === 'failed')
    await world.call('DELETE', `/v1/videos/${id}`)
    expect((await world.call('GET', `/v1/videos/${id}`)).status).toBe(404)
    expect((await world.call('DELETE', `/v1/videos/${id}`)).status).toBe(404)
    expect((await world.call('GET', `/v1/videos/${id}/receipt`)).status).toBe(200)
  })
})

describe('an order', () => {
  test('is made once however often its idempotency key is sent, and refused under another body', async () => {
    const { world, provider } = await dictatedWorld()
    const headers = { 'idempotency-key': randomUUID() }
    const answers = await Promise.all(Array.from({ length: 20 }, () => world.call('POST', '/v1/videos', { body: ORDER, headers })))
    expect(new Set(answers.map((answer) => answer.json.id)).size).toBe(1)
    expect(answers.filter((answer) => answer.headers['idempotent-replayed'] === 'true')).toHaveLength(19)
    expect((await balance(world)).held).toBe(40)
    const other = await world.call('POST', '/v1/videos', { body: { ...ORDER, seconds: '8' }, headers })
    expect([other.status, other.json.error.code]).toEqual([409, 'idempotency_conflict'])
    await eventually(async () => (provider.submits.length > 0 ? true : null))
    expect(provider.submits).toHaveLength(1)
    await world.stop()
  })

  test('takes a quote once, for the order that was quoted, within ten minutes', async () => {
    const { world, advance } = await dictatedWorld()
    const quote = (await world.call('POST', '/v1/quotes', { body: ORDER })).json.id
    const mismatch = await world.call('POST', '/v1/videos', { body: { ...ORDER, seconds: '8', quote } })
    expect([mismatch.status, mismatch.json.error.code]).toEqual([409, 'quote_mismatch'])
    expect((await world.call('POST', '/v1/videos', { body: { ...ORDER, quote } })).status).toBe(200)
    const used = await world.call('POST', '/v1/videos', { body: { ...ORDER, quote } })
    expect([used.status, used.json.error.code]).toEqual([409, 'quote_used'])
    const late = (await world.call('POST', '/v1/quotes', { body: ORDER })).json.id
    advance(600_000)
    const expired = await world.call('POST', '/v1/videos', { body: { ...ORDER, quote: late } })
    expect([expired.status, expired.json.error.code, expired.headers['x-should-retry']]).toEqual([409, 'quote_expired', 'false'])
    expect((await balance(world)).held).toBe(40)
    await world.stop()
  })

  test('above max_credits or above the balance is refused with 402 and holds nothing', async () => {
    const { world, provider } = await dictatedWorld()
    const limited = await world.call('POST', '/v1/videos', { body: { ...ORDER, max_credits: 39 } })
    expect([limited.status, limited.json.error.code]).toEqual([402, 'price_above_limit'])
    const dear = await world.call('POST', '/v1/videos', { body: { model: 'sora-2-pro', prompt: 'x', seconds: '20', size: '1920x1080' } })
    expect(dear.json.error).toMatchObject({ code: 'insufficient_credits', needed: 1400, available: 1000 })
    expect(await balance(world)).toMatchObject({ available: 1000, held: 0 })
    expect(provider.submits).toEqual([])
    await world.stop()
  })
})

describe('a start that is alone', () => {
  test('takes up any number of open videos again, each once', async () => {
    const { world, provider } = await dictatedWorld({ role: 'api' })
    await world.database.pool.query(
      `with many as (select v, 'video_' || lpad(to_hex(v), 8, '0') as id from generate_series(1, 450) v),
            chain as (insert into videos.chains (video, job, next_ms) select id, gen_random_uuid(), 1 from many)
       insert into videos.videos (id, op_id, customer, account, created_ms, operation, model, prompt, seconds, width, height, quote_id, quote, deadline_ms)
       select id, gen_random_uuid(), 'cus_x', 1, 1, 'create', 'sora-2', 'p', 4, 1280, 720, id, '{}', 1 from many`,
    )
    expect(await rescue(world.gateway.parts, 0)).toBe(450)
    const jobs = await world.database.pool.query<{ n: bigint }>(`select count(*) as n from pgboss.job where name like 'poll-%'`)
    expect(jobs.rows[0]?.n).toBe(450n)
    expect(provider.submits).toEqual([])
    await world.stop()
  })
})

describe('an attempt', () => {
  test('that the provider definitely refuses fails its video and releases the hold', async () => {
    const { world, provider } = await dictatedWorld()
    provider.submit_answer = async () => ({ outcome: 'rejected', reason: 'provider_rejected', message: 'No boats.' })
    const id = await order(world)
    const video = await until(world, id, (seen) => seen.status === 'failed')
    expect(video.error).toEqual({ code: 'provider_rejected', message: 'No boats.' })
    expect(await balance(world)).toMatchObject({ available: 1000, held: 0 })
    await auditIsClean(world)
    await world.stop()
  })

  test('whose answer was lost keeps its hold, is looked up and never sent again', async () => {
    const { world, provider } = await dictatedWorld()
    provider.submit_answer = async () => {
      throw new Error('socket hang up')
    }
    const id = await order(world)
    const unknown = await until(world, id, (seen) => seen.filmgate.stage === 'submit_unknown')
    expect(unknown.filmgate.credits.held).toBe(40)
    provider.find_answer = { outcome: 'found', ref: { id: 'job-1' } }
    await until(world, id, (seen) => seen.filmgate.stage === 'rendering')
    expect(provider.submits).toHaveLength(1)
    await world.stop()
  })

  test('that is absent goes again, but only once the request can no longer be on its way', async () => {
    const { world, provider, advance } = await dictatedWorld()
    provider.submit_answer = async () => ({ outcome: 'unknown', message: 'no answer' })
    const id = await order(world)
    await until(world, id, (seen) => seen.filmgate.stage === 'submit_unknown')
    provider.submit_answer = async (key) => ({ outcome: 'running', ref: { id: key } })
    advance(10_000 + 60_000 + 59_000)
    await new Promise((resolve) => setTimeout(resolve, 2_000)) // nothing may happen: there is no event to wait for
    expect(provider.submits).toHaveLength(1)
    advance(2_000)
    const running = await until(world, id, (seen) => seen.filmgate.stage === 'rendering')
    expect(running.filmgate.attempts).toBe(2)
    expect(provider.submits).toHaveLength(2)
    expect((await balance(world)).held).toBe(40)
    await world.stop()
  })

  test('that is throttled goes again after Retry-After as a new attempt', async () => {
    const { world, provider } = await dictatedWorld()
    provider.submit_answer = async (key) =>
      provider.submits.length === 1 ? { outcome: 'throttled', retry_after_ms: 50 } : { outcome: 'running', ref: { id: key } }
    const id = await order(world)
    const running = await until(world, id, (seen) => seen.filmgate.stage === 'rendering')
    expect(running.filmgate.attempts).toBe(2)
    expect(new Set(provider.submits).size).toBe(2)
    await world.stop()
  })

  test('that errs on every status read is never ended by that', async () => {
    const { world, provider } = await dictatedWorld()
    let reads = 0
    provider.check_answer = async () => {
      reads += 1
      if (reads % 2 === 0) throw new Error('502 Bad Gateway')
      return { state: 'no_verdict', message: '<html>' }
    }
    const id = await order(world)
    await eventually(async () => (reads >= 3 ? true : null))
    expect(await read(world, id)).toMatchObject({ status: 'in_progress', filmgate: { credits: { held: 40 } } })
    await world.stop()
  })

  test('without a verdict is shown as waiting_for_provider after the route deadline, and ends at the final one, released', async () => {
    const { world, advance } = await dictatedWorld()
    const id = await order(world)
    await until(world, id, (seen) => seen.filmgate.stage === 'rendering')
    advance(1_801_000)
    expect((await read(world, id)).filmgate.stage).toBe('waiting_for_provider')
    advance(24 * 3_600_000)
    const ended = await until(world, id, (seen) => seen.status === 'failed')
    expect(ended.error.code).toBe('expired')
    expect(await balance(world)).toMatchObject({ available: 1000, held: 0 })
    await auditIsClean(world)
    await world.stop()
  })

  test('whose result is not a video is output_invalid, not charged, and leaves no file', async () => {
    const { world, provider } = await dictatedWorld()
    provider.bytes = new TextEncoder().encode('<html>503 Service Unavailable</html>')
    provider.check_answer = async () => ({ state: 'succeeded', asset: {}, cost_micro: 400_000n })
    const id = await order(world)
    const video = await until(world, id, (seen) => seen.status === 'failed')
    expect(video.error.code).toBe('output_invalid')
    expect((await balance(world)).available).toBe(1000)
    await eventually(async () => ((await filesBelow(world, 'assets/clips')).length === 0 ? true : null))
    await world.stop()
  })

  test('that the provider can no longer stop is completed and charged although its customer cancelled', async () => {
    const { world, provider } = await dictatedWorld()
    provider.cancel_answer = 'too_late'
    const id = await order(world)
    await until(world, id, (seen) => seen.filmgate.stage === 'rendering')
    await world.call('DELETE', `/v1/videos/${id}`)
    provider.bytes = await drawClip({ seconds: 4, width: 1280, height: 720 })
    provider.check_answer = async () => ({ state: 'succeeded', asset: {}, cost_micro: 0n })
    const video = await until(world, id, (seen) => seen.status === 'completed')
    expect(video.filmgate.credits).toMatchObject({ captured: 40, released: 0 })
    await auditIsClean(world)
    await world.stop()
  })

  test('whose result comes after the final deadline is never charged', async () => {
    const { world, provider, advance } = await dictatedWorld()
    const id = await order(world)
    await until(world, id, (seen) => seen.filmgate.stage === 'rendering')
    provider.bytes = await drawClip({ seconds: 4, width: 1280, height: 720 })
    advance(24 * 3_600_000)
    provider.check_answer = async () => ({ state: 'succeeded', asset: {}, cost_micro: 400_000n })
    const video = await until(world, id, (seen) => seen.status === 'failed')
    expect(video.error.code).toBe('expired')
    expect(await balance(world)).toMatchObject({ available: 1000, held: 0, spent: 0 })
    await world.stop()
  })

  test('that was cancelled while nobody knew whether it arrived ends as cancelled once it is surely absent', async () => {
    const { world, provider, advance } = await dictatedWorld()
    provider.submit_answer = async () => ({ outcome: 'unknown', message: 'no answer' })
    const id = await order(world)
    await until(world, id, (seen) => seen.filmgate.stage === 'submit_unknown')
    await world.call('DELETE', `/v1/videos/${id}`)
    expect((await read(world, id)).filmgate.stage).toBe('cancelling')
    advance(131_000)
    const video = await until(world, id, (seen) => seen.status === 'failed')
    expect(video.error.code).toBe('cancelled')
    expect(await balance(world)).toMatchObject({ available: 1000, held: 0 })
    expect(provider.submits).toHaveLength(1)
    await world.stop()
  })

  test('that was cancelled while it was being sent is not sent again when it was not taken', async () => {
    const { world, provider } = await dictatedWorld()
    let answer: (value: Submitted) => void = () => undefined
    provider.submit_answer = () =>
      new Promise((resolve) => {
        answer = resolve
      })
    const id = await order(world)
    await until(world, id, (seen) => seen.filmgate.stage === 'submitting')
    await world.call('DELETE', `/v1/videos/${id}`)
    answer({ outcome: 'throttled', retry_after_ms: 3_600_000 })
    const video = await until(world, id, (seen) => seen.status === 'failed')
    expect(video.error.code).toBe('cancelled')
    expect(provider.submits).toHaveLength(1)
    await world.stop()
  })

  test.each(['planned', 'submitting', 'submit_unknown', 'running', 'fetching', 'checking'])(
    'found in %s after the final deadline ends as expired, and the hold is released',
    async (state) => {
      const { world, provider, advance } = await dictatedWorld({ role: 'api' })
      const id = await order(world)
      await world.database.pool.query(
        `update videos.attempts set state = $2, send_before_ms = 1, ref = case when $2 in ('running', 'fetching', 'checking') then '{"id":"job"}'::jsonb end where video = $1`,
        [id, state],
      )
      advance(24 * 3_600_000 + 1)
      await runSteps(world, provider, id)
      const video = await read(world, id)
      expect([video.status, video.error?.code]).toEqual(['failed', 'expired'])
      expect(await balance(world)).toMatchObject({ available: 1000, held: 0 })
      await auditIsClean(world)
      await world.stop()
    },
  )

  test('whose reference another attempt has keeps its hold, and holds up no other order', async () => {
    const { world, provider } = await dictatedWorld()
    provider.submit_answer = async () => ({ outcome: 'running', ref: { id: 'the same' } })
    await order(world)
    const second = await order(world)
    const third = await order(world)
    await until(world, second, (seen) => ['submit_unknown', 'rendering'].includes(seen.filmgate.stage))
    await until(world, third, (seen) => ['submit_unknown', 'rendering'].includes(seen.filmgate.stage))
    expect((await balance(world)).held).toBe(120)
    await world.stop()
  })

  test('that gets no answer at all is unknown after the request timeout', async () => {
    const { world, provider } = await dictatedWorld({ timing: { request_timeout_ms: 200 } })
    provider.submit_answer = () => new Promise(() => undefined)
    const id = await order(world)
    const video = await until(world, id, (seen) => seen.filmgate.stage === 'submit_unknown')
    expect(video.filmgate.credits.held).toBe(40)
    await world.stop()
  })

  test.each([1, 3])('waits while %i others are open at a provider with that limit, and never one more is', async (limit) => {
    const { world, provider } = await dictatedWorld()
    await world.database.pool.query(`update videos.provider_accounts set open_limit = $1 where name = 'animatic'`, [limit])
    const ids = await Promise.all(Array.from({ length: limit + 2 }, () => order(world)))
    await eventually(async () => (provider.submits.length >= limit ? true : null))
    const open = await world.database.pool.query(`select 1 from videos.attempts where state in ('submitting', 'submit_unknown', 'running')`)
    expect(open.rows).toHaveLength(limit)
    provider.check_answer = async () => ({ state: 'failed', reason: 'provider_failed', message: 'done', cost_micro: 0n })
    for (const id of ids) await until(world, id, (seen) => seen.status === 'failed')
    expect(provider.submits).toHaveLength(limit + 2)
    await world.stop()
  })

  test('that fails after its customer cancelled is cancelled, and its hold stays until the provider says so', async () => {
    const { world, provider } = await dictatedWorld()
    provider.cancel_answer = 'too_late'
    const id = await order(world)
    await until(world, id, (seen) => seen.filmgate.stage === 'rendering')
    await world.call('DELETE', `/v1/videos/${id}`)
    await until(world, id, (seen) => seen.filmgate.stage === 'cancelling')
    expect((await balance(world)).held).toBe(40)
    provider.check_answer = async () => ({ state: 'failed', reason: 'provider_failed', message: 'it broke', cost_micro: 0n })
    const video = await until(world, id, (seen) => seen.status === 'failed')
    expect(video.error.code).toBe('cancelled')
    await world.stop()
  })
})
