import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createCallbacks } from '../access/callbacks.ts'
import { type SteppedWorld, steppedWorld } from '../testing/dictated.ts'
import { broughtForward, LOOK_APART_MS, wakeOf } from './brought-forward.ts'
import { queueFor } from './chain.ts'
import { selectWork } from './queries.ts'

describe('when to look', () => {
  test('is now, if nobody has called for a second', () => {
    expect(wakeOf({ next_at: 30_000, callback_at: null }, 1_000)).toEqual({ look_at: 1_000, noted_at: 1_000 })
    expect(wakeOf({ next_at: 30_000, callback_at: 0 }, 1_000)).toEqual({ look_at: 1_000, noted_at: 1_000 })
  })

  test('is a second after the last time that a callback made us look', () => {
    expect(wakeOf({ next_at: 30_000, callback_at: 900 }, 1_000)).toEqual({ look_at: 1_900, noted_at: 1_900 })
    expect(wakeOf({ next_at: 1_900, callback_at: 1_900 }, 1_000)).toBeNull()
    expect(wakeOf({ next_at: 1_500, callback_at: 900 }, 1_000)).toBeNull()
  })

  test('is never taken from a step that is at it, which looks again itself', () => {
    expect(wakeOf({ next_at: 1_000, callback_at: null }, 1_000)).toEqual({ look_at: null, noted_at: 1_000 })
    expect(wakeOf({ next_at: 1_000, callback_at: 1_000 }, 1_000)).toEqual({ look_at: null, noted_at: 1_001 })
    expect(broughtForward(30_000, null, 1_000, 1_010)).toBe(2_000)
    expect(broughtForward(30_000, 1_000, 1_001, 5_000)).toBe(5_000)
    expect(broughtForward(1_500, null, 1_000, 1_010)).toBe(1_500)
    expect(broughtForward(30_000, 1_000, 1_000, 1_010)).toBe(30_000)
    expect(broughtForward(30_000, null, null, 1_010)).toBe(30_000)
  })

  test('is at most once a second more, whatever is called, and calls that keep coming hold no look up', () => {
    // Calls every 7 ms; a look takes 300 ms, and the next would come 30 s later.
    const looks: number[] = []
    let video: { next_at: number; callback_at: number | null } = { next_at: 30_000, callback_at: null }
    let busy: { until: number; seen: number | null } | null = null
    for (let now = 0; now < 10_000; now++) {
      if (busy !== null && now >= busy.until) {
        video = { ...video, next_at: broughtForward(now + 30_000, busy.seen, video.callback_at, now) }
        busy = null
      }
      if (busy === null && now >= video.next_at) {
        looks.push(now)
        busy = { until: now + 300, seen: video.callback_at }
      }
      if (now % 7 !== 0) continue
      const wake = wakeOf(video, now)
      if (wake !== null) video = { next_at: wake.look_at ?? video.next_at, callback_at: wake.noted_at }
    }
    expect(looks.length).toBeGreaterThanOrEqual(5)
    expect(looks.length).toBeLessThanOrEqual(11)
  })
})

describe('a callback', () => {
  let world: SteppedWorld
  let usual: Pick<SteppedWorld['provider'], 'answer' | 'verdict' | 'found' | 'check'>
  beforeAll(async () => {
    world = await steppedWorld()
    world.gateway.parts.routes.poll = () => ({ first_s: 30, later_s: 30 })
    const { answer, verdict, found, check } = world.provider
    usual = { answer, verdict, found, check }
  })
  afterEach(() => Object.assign(world.provider, usual))
  afterAll(() => world.stop())

  const tokenOf = async (video: string, secret = world.secret): Promise<string> => {
    const { id } = await world.attempt(video)
    return createCallbacks(secret, 'http://here').address(id)?.split('/').at(-1) ?? ''
  }
  const call = (token: string, raw: string | Buffer = '{}', headers: Record<string, string> = { 'content-type': 'application/json' }) =>
    world.call('POST', `/v1/callbacks/${token}`, { key: null, raw, headers })
  const nextOf = async (video: string) => {
    const { rows } = await world.database.pool.query<{ job: string; due: bigint }>(
      `select job, next_ms as due from videos.chains where video = $1`,
      [video],
    )
    return { job: rows[0]?.job, due: Number(rows[0]?.due) }
  }
  const now = () => world.gateway.parts.clock()
  async function runningOne(): Promise<string> {
    const video = await world.order()
    await world.step(video)
    expect((await world.attempt(video)).state).toBe('running')
    expect((await nextOf(video)).due).toBeGreaterThan(now() + 2 * LOOK_APART_MS)
    return video
  }

  test('makes the next look at a running video due now, in a chain that replaces the one before', async () => {
    const video = await runningOne()
    const before = await nextOf(video)
    expect(before.due).toBeGreaterThan(now())
    const answer = await call(await tokenOf(video))
    expect([answer.status, answer.json]).toEqual([202, { object: 'callback', received: true }])
    const after = await nextOf(video)
    expect(after).toEqual({ job: expect.not.stringMatching(before.job ?? ''), due: now() })
    const queue = queueFor(video, 'running')
    expect(queue).toMatch(/^poll/)
    expect((await world.gateway.parts.jobs.live(world.database.pool, [after.job ?? ''])).has(after.job ?? '')).toBe(true)
    world.provider.verdict = () => ({ state: 'failed', reason: 'provider_failed', message: 'no', cost_micro: null })
    await world.step(video)
    expect((await world.attempt(video)).state).toBe('failed')
  })

  test('is believed in nothing: what its body says is asked for', async () => {
    const video = await runningOne()
    await call(await tokenOf(video), JSON.stringify({ id: 'another', status: 'completed' }))
    await world.step(video)
    expect(world.provider.checks).not.toContain('another')
    expect((await world.attempt(video)).state).toBe('running')
  })

  test('that comes twice makes us look once in a second', async () => {
    const video = await runningOne()
    const token = await tokenOf(video)
    const answers = await Promise.all(Array.from({ length: 20 }, () => call(token)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]))
    expect((await nextOf(video)).due).toBe(now())
    await world.step(video)
    const looked = now()
    // One of the twenty may have come while the step was due: it is looked once more, a second later.
    world.advance(1)
    for (let i = 0; i < 20; i++) await call(token)
    expect((await nextOf(video)).due - looked).toBeGreaterThanOrEqual(LOOK_APART_MS)
    expect((await nextOf(video)).due - looked).toBeLessThanOrEqual(LOOK_APART_MS + 2)
  })

  test('that comes while a look is under way leads to another look', async () => {
    const video = await runningOne()
    const token = await tokenOf(video)
    world.advance(3_600_000) // the look is due
    const { promise, resolve } = Promise.withResolvers<void>()
    world.provider.check = async () => {
      await call(token)
      resolve()
      return { state: 'running', percent: 20 }
    }
    await world.step(video)
    await promise
    expect((await nextOf(video)).due).toBeLessThanOrEqual(now() + LOOK_APART_MS + 1)
  })

  test('about an order that may have arrived makes us look it up at once', async () => {
    world.provider.answer = async () => ({ outcome: 'unknown', message: 'no answer' })
    const video = await world.order()
    await world.step(video)
    await world.step(video) // not there yet: the next look-up is some time away
    expect((await nextOf(video)).due).toBeGreaterThan(now() + LOOK_APART_MS)
    world.provider.found = () => ({ outcome: 'found', ref: { id: 'job-1' } })
    await call(await tokenOf(video))
    expect((await nextOf(video)).due).toBe(now())
    await world.step(video)
    expect(await world.attempt(video)).toMatchObject({ state: 'running', provider_ref: 'job-1', provider_ref_from: 'find' })
  })

  test('while its order is being sent takes nothing from the sender, and is remembered', async () => {
    const video = await world.order()
    const sent = await world.sending(video)
    const { job } = await nextOf(video)
    expect((await call(await tokenOf(video))).status).toBe(202)
    expect((await nextOf(video)).job).toBe(job)
    await sent.answer({ outcome: 'running', ref: { id: 'job-2' } })
    expect((await world.attempt(video)).state).toBe('running')
    expect((await nextOf(video)).due).toBeLessThanOrEqual(now() + LOOK_APART_MS)
  })

  test('that comes late, to an ended video or to an older attempt, changes nothing', async () => {
    const video = await runningOne()
    const token = await tokenOf(video)
    world.provider.verdict = () => ({ state: 'failed', reason: 'provider_failed', message: 'no', cost_micro: null })
    await world.step(video)
    const ended = await nextOf(video)
    expect((await call(token)).status).toBe(202)
    expect(await nextOf(video)).toEqual(ended)

    world.provider.answer = async () => ({ outcome: 'throttled', retry_after_ms: 60_000 })
    const other = await world.order()
    const first = await tokenOf(other)
    await world.step(other)
    expect((await world.attempt(other)).no).toBe(2)
    const waiting = await nextOf(other)
    for (const late of [first, await tokenOf(other)]) expect((await call(late)).status).toBe(202)
    expect(await nextOf(other)).toEqual(waiting)
  })

  test('with a token that we did not make is not found, and looks like any other that is not', async () => {
    const video = await runningOne()
    const before = await nextOf(video)
    const token = await tokenOf(video)
    const other =
      createCallbacks(await otherSecret(), 'http://here')
        .address((await world.attempt(video)).id)
        ?.split('/')
        .at(-1) ?? ''
    const nobody = createCallbacks(world.secret, 'http://here').address('01890000-0000-7000-8000-000000000000')?.split('/').at(-1) ?? ''
    const flipped = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`
    const moved = `${'A'.repeat(22)}${token.slice(22)}`
    for (const forged of [other, nobody, flipped, moved, token.slice(0, -1), `${token}A`, 'x', '%20', (await world.attempt(video)).id]) {
      const answer = await call(forged)
      expect([answer.status, answer.json.error?.code, answer.json.error?.message], forged).toEqual([
        404,
        'not_found',
        'There is no callback of this token.',
      ])
    }
    expect(await nextOf(video)).toEqual(before)
  })

  test('may have a body of any kind, of a MiB at most', async () => {
    const video = await runningOne()
    const token = await tokenOf(video)
    const bodies: readonly (readonly [string | Buffer, Record<string, string>])[] = [
      ['', {}],
      ['{"broken', { 'content-type': 'application/json' }],
      ['[1]', { 'content-type': 'application/json' }],
      ['null', { 'content-type': 'application/json' }],
      ['{"id": 7, "data": "x"}', { 'content-type': 'application/json' }],
      [JSON.stringify({ id: 'a\0b' }), { 'content-type': 'application/json' }],
      ['a=b', { 'content-type': 'application/x-www-form-urlencoded' }],
      ['--x--', { 'content-type': 'multipart/form-data; boundary=x' }],
      [Buffer.from([0xff, 0xfe, 0x00]), { 'content-type': 'application/x-nonsense' }],
      ['text', {}],
      ['x'.repeat(1024 * 1024), { 'content-type': 'text/plain' }],
    ]
    for (const [body, headers] of bodies) expect((await call(token, body, headers)).status, `${headers['content-type']}`).toBe(202)
    const large = await call(token, 'x'.repeat(1024 * 1024 + 1), { 'content-type': 'text/plain' })
    expect([large.status, large.json.error.code]).toEqual([413, 'payload_too_large'])
    expect((await world.call('GET', `/v1/callbacks/${token}`, { key: null })).status).toBe(405)
  })

  test('leaves no token in the database', async () => {
    const video = await runningOne()
    const token = await tokenOf(video)
    await call(token)
    const { rows } = await world.database.pool.query<{ text: string }>(
      `select (row_to_json(v)::text || row_to_json(a)::text) as text from videos.videos v join videos.attempts a on a.video = v.id where v.id = $1`,
      [video],
    )
    expect(JSON.stringify(rows)).not.toContain(token)
    expect((await selectWork(world.database.pool, world.gateway.parts.engine, video))?.callback_at).toBe(now())
  })

  async function otherSecret() {
    const { Secret } = await import('../access/secret.ts')
    const secret = Secret.read(Buffer.alloc(32, 8).toString('base64'))
    if (secret === null) throw new Error('the other secret is no secret')
    return secret
  }
})
