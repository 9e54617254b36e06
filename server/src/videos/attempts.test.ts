import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type SteppedWorld, steppedWorld } from '../testing/dictated.ts'
import { tellLate } from './direct-answer.ts'
import { selectWork } from './queries.ts'
import { sweepVideos } from './sweep.ts'

let world: SteppedWorld
beforeEach(async () => {
  world = await steppedWorld()
})
afterEach(() => world.stop())

/** Send window, request timeout and the grace after it. */
const BELIEVED_MS = 10_000 + 60_000 + 60_000

const read = async (video: string) => (await world.call('GET', `/v1/videos/${video}`)).json
const balance = async () => (await world.call('GET', '/v1/balance')).json
const resolve = (id: string, body: object, headers: Record<string, string> = {}) =>
  world.asOperator('POST', `/v1/attempts/${id}/resolve`, { reason: 'asked their support', ...body }, headers)

async function auditIsClean() {
  const audit = await world.asOperator('GET', '/v1/ledger/audit?full=true')
  expect(audit.json.checks.filter((check: { ok: boolean }) => !check.ok)).toEqual([])
}

/** A video whose order may or may not have arrived, and its attempt. */
async function unknownOne(): Promise<{ video: string; id: string }> {
  world.provider.answer = async () => ({ outcome: 'unknown', message: 'no answer' })
  const video = await world.order()
  await world.step(video)
  const { id, state } = await world.attempt(video)
  expect(state).toBe('submit_unknown')
  return { video, id }
}

/** A video whose sender still waits for the answer while somebody else has made it unknown. */
async function frozenOne() {
  const video = await world.order()
  const { answer } = await world.sending(video)
  await world.step(video) // found in `submitting` by anybody else
  expect((await world.attempt(video)).state).toBe('submit_unknown')
  return { video, answer }
}

describe('an operator', () => {
  test('finds what nobody knows, and reads for how long and what may be decided', async () => {
    const { video, id } = await unknownOne()
    world.advance(45_000)
    const listed = await world.asOperator('GET', '/v1/attempts?state=submit_unknown')
    expect(listed.json).toMatchObject({ object: 'list', first_id: id, last_id: id, has_more: false })
    expect(listed.json.data[0]).toMatchObject({ object: 'attempt', id, video, no: 1, unknown_s: 45, verdicts: ['adopt'], resolutions: [] })
    for (const query of ['state=running', 'provider=nobody', 'video=video_none', `after=${id}`, 'after=nonsense'])
      expect((await world.asOperator('GET', `/v1/attempts?${query}`)).json.data, query).toEqual([])
    expect((await world.asOperator('GET', `/v1/attempts?video=${video}&limit=0`)).json).toMatchObject({ data: [], has_more: true })
    expect((await world.asOperator('GET', '/v1/attempts/nonsense')).status).toBe(404)
    expect((await world.call('GET', `/v1/attempts/${id}`)).json.error.code).toBe('operator_key_required')
  })

  test('may not say that an order did not arrive while it could still be on its way', async () => {
    const { id } = await unknownOne()
    world.advance(BELIEVED_MS - 1)
    for (const verdict of ['not_delivered', 'failed']) {
      const early = await resolve(id, { verdict })
      expect([early.status, early.json.error.code, early.headers['x-should-retry']]).toEqual([409, 'too_early', 'false'])
      expect(early.json.error.possible_at).toBe(
        (await world.attempt((await world.asOperator('GET', `/v1/attempts/${id}`)).json.video)).absent_believed_at,
      )
    }
    world.advance(1)
    expect((await resolve(id, { verdict: 'not_delivered' })).status).toBe(200)
  })

  test('has an order that was not delivered sent again, once however often the request is repeated', async () => {
    const { video, id } = await unknownOne()
    world.advance(BELIEVED_MS)
    const headers = { 'idempotency-key': randomUUID() }
    const answers = await Promise.all(Array.from({ length: 8 }, () => resolve(id, { verdict: 'not_delivered' }, headers)))
    expect(answers.map((answer) => [answer.status, answer.json.state])).toEqual(Array.from({ length: 8 }, () => [200, 'absent']))
    expect(answers[0]?.json.resolutions).toMatchObject([
      { verdict: 'not_delivered', reason: 'asked their support', operator_key: expect.any(String) },
    ])
    const other = await resolve(id, { verdict: 'failed' }, headers)
    expect(other.json.error.code).toBe('idempotency_conflict')
    const again = await resolve(id, { verdict: 'failed' })
    expect([again.status, again.json.error.code, again.headers['x-should-retry']]).toEqual([409, 'attempt_not_unknown', 'false'])
    world.provider.answer = async (key) => ({ outcome: 'running', ref: { id: key } })
    await world.step(video)
    expect(await read(video)).toMatchObject({ status: 'in_progress', filmgate: { attempts: 2, credits: { held: 40 } } })
    expect(world.provider.submits).toHaveLength(2)
  })

  test('ends a cancelled order that was not delivered, and its hold is released', async () => {
    const { video, id } = await unknownOne()
    await world.call('DELETE', `/v1/videos/${video}`)
    world.advance(BELIEVED_MS)
    expect((await resolve(id, { verdict: 'not_delivered' })).json).toMatchObject({
      state: 'absent',
      resolutions: [{ verdict: 'not_delivered' }],
    })
    expect(await read(video)).toMatchObject({ status: 'failed', error: { code: 'cancelled' } })
    expect(await balance()).toMatchObject({ available: 1000, held: 0 })
    expect(world.provider.submits).toHaveLength(1)
    await auditIsClean()
  })

  test('gives an order up: it fails once, its hold is released, and the customer does not read why', async () => {
    const { video, id } = await unknownOne()
    world.advance(BELIEVED_MS)
    const headers = { 'idempotency-key': randomUUID() }
    const answers = await Promise.all(Array.from({ length: 8 }, () => resolve(id, { verdict: 'failed', reason: 'SECRET' }, headers)))
    expect(answers.map((answer) => [answer.status, answer.json.state])).toEqual(Array.from({ length: 8 }, () => [200, 'failed']))
    expect(answers[0]?.json.resolutions).toHaveLength(1)
    expect(await read(video)).toMatchObject({ status: 'failed', error: { code: 'provider_failed' } })
    const shown = await Promise.all(
      [`/v1/videos/${video}`, `/v1/videos/${video}/receipt`, '/v1/ledger'].map((path) => world.call('GET', path)),
    )
    for (const { bytes } of shown) expect(bytes.toString()).not.toContain('SECRET')
    expect(await balance()).toMatchObject({ available: 1000, held: 0 })
    await auditIsClean()
  })

  test("adopts a provider's job, which is asked about at once, unless another attempt has it", async () => {
    const [one, two] = [await unknownOne(), await unknownOne()]
    expect((await resolve(one.id, { verdict: 'adopt' })).json.error).toMatchObject({
      code: 'missing_required_parameter',
      param: 'provider_ref',
    })
    expect((await resolve(one.id, { verdict: 'failed', provider_ref: 'x' })).json.error.code).toBe('invalid_value')
    const adopted = await resolve(one.id, { verdict: 'adopt', provider_ref: 'job-7' })
    expect(adopted.json).toMatchObject({ state: 'running', provider_ref: 'job-7', provider_ref_from: 'operator' })
    await world.step(one.video)
    expect(world.provider.checks).toEqual(['job-7'])
    const taken = await resolve(two.id, { verdict: 'adopt', provider_ref: 'job-7' })
    expect([taken.status, taken.json.error.code, taken.headers['x-should-retry']]).toEqual([409, 'already_claimed', 'false'])
    expect(await world.attempt(two.video)).toMatchObject({ state: 'submit_unknown', resolutions: [] })
  })

  test('adopts a job with all that its provider needs to know of it, not with its id alone', async () => {
    const { video, id } = await unknownOne()
    world.provider.refOf = (job, { order }) => ({ id: job, part: 'tail', seconds: order.seconds })
    expect((await resolve(id, { verdict: 'adopt', provider_ref: 'job-7' })).json).toMatchObject({ state: 'running', provider_ref: 'job-7' })
    const { rows } = await world.database.pool.query('select ref from videos.attempts where video = $1', [video])
    expect(rows).toEqual([{ ref: { id: 'job-7', part: 'tail', seconds: 4 } }])
  })

  test('is told once of an attempt that stays unknown, and sees it in the metrics', async () => {
    await unknownOne()
    const told = () => world.lines.filter((line) => line.includes('nobody knows whether a provider took an order')).length
    world.advance(15 * 60_000 - 1)
    await sweepVideos(world.gateway.parts)
    expect(told()).toBe(0)
    world.advance(1)
    await Promise.all([sweepVideos(world.gateway.parts), sweepVideos(world.gateway.parts)])
    await sweepVideos(world.gateway.parts)
    expect(told()).toBe(1)
    const text = (await world.call('GET', '/metrics')).bytes.toString()
    expect(text).toContain('filmgate_attempts_unknown{provider="animatic"} 1\n')
    expect(text).toContain('filmgate_attempts_unknown_oldest_seconds{provider="animatic"} 900\n')
  })
})

describe('the answer that a sender itself gets', () => {
  test('wins over what a look-up saw: the claimant is looked up again and finds its own', async () => {
    const a = await frozenOne()
    const b = await unknownOne()
    world.provider.found = () => ({ outcome: 'found', ref: { id: 'job-a' } })
    await world.step(b.video)
    expect(await world.attempt(b.video)).toMatchObject({ state: 'running', provider_ref: 'job-a', provider_ref_from: 'find' })
    await a.answer({ outcome: 'running', ref: { id: 'job-a' } })
    expect(await world.attempt(a.video)).toMatchObject({ state: 'running', provider_ref: 'job-a', provider_ref_from: 'answer' })
    expect(await world.attempt(b.video)).toMatchObject({ state: 'submit_unknown', provider_ref: null, started_at: null })
    expect(await read(b.video)).toMatchObject({ status: 'queued', filmgate: { stage: 'submit_unknown', credits: { held: 40 } } })
    world.provider.found = () => ({ outcome: 'found', ref: { id: 'job-a' }, others: [{ id: 'job-b' }] })
    await world.step(b.video)
    expect(await world.attempt(b.video)).toMatchObject({ state: 'running', provider_ref: 'job-b' })
    expect(world.provider.submits).toHaveLength(2)
  })

  test("wins on both sides at once when two look-ups had taken each other's job", async () => {
    const pairs = []
    for (let n = 0; n < 5; n++) {
      const [a, b] = [await frozenOne(), await frozenOne()]
      const jobs = { a: `job-a${n}`, b: `job-b${n}` }
      const [key_a, key_b] = [(await world.attempt(a.video)).id, (await world.attempt(b.video)).id]
      world.provider.found = (key) => ({ outcome: 'found', ref: { id: key === key_a ? jobs.b : key === key_b ? jobs.a : 'none' } })
      await Promise.all([world.step(a.video), world.step(b.video)])
      expect([(await world.attempt(a.video)).provider_ref, (await world.attempt(b.video)).provider_ref]).toEqual([jobs.b, jobs.a])
      pairs.push({ a, b, jobs })
    }
    await Promise.all(
      pairs.flatMap(({ a, b, jobs }) => [
        a.answer({ outcome: 'running', ref: { id: jobs.a } }),
        b.answer({ outcome: 'running', ref: { id: jobs.b } }),
      ]),
    )
    for (const { a, b, jobs } of pairs) {
      expect(await world.attempt(a.video)).toMatchObject({ state: 'running', provider_ref: jobs.a, provider_ref_from: 'answer' })
      expect(await world.attempt(b.video)).toMatchObject({ state: 'running', provider_ref: jobs.b, provider_ref_from: 'answer' })
    }
    expect(world.provider.submits).toHaveLength(10)
    expect((await balance()).held).toBe(400)
  })

  test('does not reopen a claimant that has ended: its own attempt stays unknown and keeps its hold', async () => {
    const a = await frozenOne()
    const b = await unknownOne()
    world.provider.found = () => ({ outcome: 'found', ref: { id: 'job-a' } })
    await world.step(b.video)
    world.provider.verdict = () => ({ state: 'failed', reason: 'provider_failed', message: 'it broke', cost_micro: 0n })
    await world.step(b.video)
    expect((await read(b.video)).status).toBe('failed')
    await a.answer({ outcome: 'running', ref: { id: 'job-a' } })
    expect(await world.attempt(a.video)).toMatchObject({ state: 'submit_unknown', provider_ref: null })
    expect(await read(a.video)).toMatchObject({ status: 'queued', filmgate: { credits: { held: 40 } } })
  })

  test("is waited for where two orders look alike and each has a picture of its own: no customer is given another's clip", async () => {
    const [a, b] = [await unknownOne(), await unknownOne()]
    world.provider.found = () => ({ outcome: 'found', ref: { id: 'job-of-one' } })
    await world.database.pool.query(`update videos.videos set reference_key = 'references/' || id`)
    for (const { video } of [a, b]) {
      await world.step(video)
      expect(await world.attempt(video)).toMatchObject({ state: 'submit_unknown', provider_ref: null })
    }
    // The operator knows whose it is; what is left is nobody else's.
    expect((await resolve(b.id, { verdict: 'adopt', provider_ref: 'job-of-one' })).status).toBe(200)
    world.provider.found = () => ({ outcome: 'found', ref: { id: 'job-of-one' }, others: [{ id: 'job-of-other' }] })
    await world.step(a.video)
    expect(await world.attempt(a.video)).toMatchObject({ state: 'running', provider_ref: 'job-of-other' })
  })

  test('changes nothing where the look-up was right', async () => {
    const a = await frozenOne()
    world.provider.found = () => ({ outcome: 'found', ref: { id: 'job-a' } })
    await world.step(a.video)
    await a.answer({ outcome: 'running', ref: { id: 'job-a' } })
    expect(await world.attempt(a.video)).toMatchObject({ state: 'running', provider_ref: 'job-a', loss: null })
    expect(world.lines.filter((line) => line.includes('our loss'))).toEqual([])
  })
})

test('a list that was asked for while the order could still be on its way does not make it absent, however late it is read', async () => {
  const { video } = await unknownOne()
  world.advance(BELIEVED_MS - 1)
  world.provider.found = () => {
    world.advance(20_000)
    return { outcome: 'absent' }
  }
  await world.step(video)
  expect(await world.attempt(video)).toMatchObject({ no: 1, state: 'submit_unknown' })
  await world.step(video)
  expect(await world.attempt(video)).toMatchObject({ no: 2, state: 'planned' })
})

test('a sender whose attempt waits again since it looked is told to store its answer once more, not that it is known', async () => {
  const { video } = await unknownOne()
  const { parts } = world.gateway
  const work = await selectWork(parts.pool, parts.engine, video)
  if (work === null) throw new Error('the video is gone')
  await expect(tellLate(parts, work, { id: 'job-a' })).rejects.toThrow('changed hands')
})
