import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Fault } from '../../../emulators/src/openai.ts'
import { NO_BREAKERS, STUDIO_ORDER, studios } from '../testing/studios.ts'
import { submitStep } from './attempt.ts'
import { selectWork } from './queries.ts'
import { sweepVideos } from './sweep.ts'

/** The cheaper one first. Nobody listens at `nobody`; `biller` charges for what it fails at. */
const world = async () => {
  const more = { cheap: '    regions: [eu]\n', dear: '    regions: [us]\n', biller: '    bills: [provider_failed]\n' }
  const made = await studios(['cheap', 'dear', 'nobody', 'biller', 'last'], more, { timing: { failures_max: NO_BREAKERS } })
  await made.emulators.nobody.stop()
  return made
}
let at: Awaited<ReturnType<typeof world>>
beforeAll(async () => {
  at = await world()
})
afterAll(() => at.stop())

const BOTH = { providers: ['cheap', 'dear'] }
const counts = () => [at.emulators.cheap, at.emulators.dear].map(({ asked, bill }) => [asked.create, bill().length])
async function since(before: number[][]) {
  return counts().map((now, studio) => now.map((count, of) => count - (before[studio]?.[of] ?? 0)))
}

describe('an order that its route will surely not make goes on to the next one', () => {
  test.each<[string, Fault, string]>([
    ['our key is refused', { status: 401, code: 'invalid_api_key' }, 'rejected'],
    ['our balance is used up', { status: 402 }, 'rejected'],
    ['a relay has no credit for us', { status: 403, code: 'insufficient_user_quota' }, 'rejected'],
    ['our balance is used up, in words of 429', { status: 429, code: 'insufficient_quota' }, 'throttled'],
    ['the model is gone', { status: 404, code: 'model_not_found' }, 'rejected'],
    ['it asks us to come back in two minutes', { status: 429, headers: { 'retry-after': '120' } }, 'throttled'],
  ])('%s', async (_what, fault, state) => {
    const before = counts()
    at.emulators.cheap.next('create', fault)
    const video = await at.order(BOTH)
    await at.runToTheEnd()
    expect(await at.way(video)).toEqual([`cheap/sora-2 ${state}`, 'dear/sora-2 done'])
    // Sent once to each, made and billed once.
    expect(await since(before)).toEqual([
      [1, 0],
      [1, 1],
    ])
    // The customer pays what was quoted; what the other route costs more stands on its attempt.
    expect(await at.read(video)).toMatchObject({
      status: 'completed',
      filmgate: { route: 'dear/sora-2', provider: 'dear', attempts: 2, credits: { quoted: 40, captured: 40, held: 0 } },
    })
    expect((await at.attempts(video)).map(({ cost }) => cost?.usd ?? null)).toEqual([null, '0.80'])
    const { why, route, attempts } = await at.receipt(video)
    expect(why).toMatch(/^cheap\/sora-2 is the cheapest of 2 routes that can take it\. cheap\/sora-2 .*, so dear\/sora-2 took over\.$/)
    expect([route, attempts.map((attempt: { route: string }) => attempt.route)]).toEqual(['dear/sora-2', ['cheap/sora-2', 'dear/sora-2']])
  })

  test('it can not be reached, twice', async () => {
    const video = await at.order({ providers: ['nobody', 'last'] })
    await at.runToTheEnd()
    expect(await at.way(video)).toEqual(['nobody/sora-2 unsent', 'last/sora-2 done'])
  })

  test('it never got the order, which was looked for until it could not arrive any more', async () => {
    const before = counts()
    at.emulators.cheap.next('create', 'drop_before')
    const video = await at.order(BOTH)
    await at.step(video)
    expect(await at.read(video)).toMatchObject({ filmgate: { stage: 'submit_unknown', attempts: 1 } })
    await at.runToTheEnd()
    expect(await at.way(video)).toEqual(['cheap/sora-2 absent', 'dear/sora-2 done'])
    expect(await since(before)).toEqual([
      [1, 0],
      [1, 1],
    ])
  })

  test('it failed, for no fault of the prompt, and bills nothing', async () => {
    const video = await at.order(BOTH)
    await at.step(video)
    const job = [...at.emulators.cheap.jobs.values()].at(-1)
    if (job === undefined) throw new Error('there is no job')
    job.told = { status: 'failed', error: { code: 'server_error', message: 'It broke.' } }
    await at.runToTheEnd()
    expect(await at.way(video)).toEqual(['cheap/sora-2 failed', 'dear/sora-2 done'])
    expect(await at.read(video)).toMatchObject({ status: 'completed', filmgate: { credits: { captured: 40 } } })
    expect((await at.attempts(video))[0]).toMatchObject({ cost: { usd: '0.00', source: 'estimated' }, loss: null })
  })

  test('until none is left: then it fails as the last one said, and costs nothing', async () => {
    const before = counts()
    const video = await at.order({ ...BOTH, prompt: 'a boat [[fail]]' })
    await at.runToTheEnd()
    expect(await at.way(video)).toEqual(['cheap/sora-2 failed', 'dear/sora-2 failed'])
    expect(await at.read(video)).toMatchObject({
      status: 'failed',
      error: { code: 'provider_failed' },
      filmgate: { credits: { captured: 0, released: 40 } },
    })
    expect(await since(before)).toEqual([
      [1, 0],
      [1, 0],
    ])
  })

  test('but not for a customer who wants it to stop', async () => {
    const video = await at.order({ ...BOTH, prompt: 'a boat [[hang]]' })
    await at.step(video)
    await at.call('DELETE', `/v1/videos/${video}`)
    const job = [...at.emulators.cheap.jobs.values()].at(-1)
    if (job === undefined) throw new Error('there is no job')
    job.told = { status: 'failed', error: { code: 'server_error', message: 'It broke.' } }
    await at.runToTheEnd()
    expect(await at.way(video)).toEqual(['cheap/sora-2 cancelled'])
  })

  test('also when who was told is killed before the next attempt is planned: both are one transaction', async () => {
    const before = counts()
    at.emulators.cheap.next('create', { status: 401 })
    const video = await at.order(BOTH)
    const { pool, engine } = at.parts
    await pool.query(`create function videos.stop() returns trigger language plpgsql as $$ begin raise 'killed here'; end $$`)
    await pool.query(`create trigger stop before insert on videos.attempts for each row when (new.no > 1) execute function videos.stop()`)
    const { promise: died, resolve: die } = Promise.withResolvers<void>()
    const dying = { ...at.parts, pause: () => new Promise<void>(() => die()) }
    const work = await selectWork(pool, engine, video)
    void submitStep(dying, { id: work?.job ?? '', subject: video })
    await died
    await pool.query('drop function videos.stop cascade')
    expect(await at.way(video)).toEqual(['cheap/sora-2 submitting'])
    at.advance(600_000)
    await sweepVideos(at.parts)
    await at.runToTheEnd()
    // Whoever comes after knows nothing of the answer: it is looked up first.
    expect(await at.way(video)).toEqual(['cheap/sora-2 absent', 'dear/sora-2 done'])
    expect(await since(before)).toEqual([
      [1, 0],
      [1, 1],
    ])
  })
})

describe('an order stays where it is', () => {
  test.each<[string, string, string[]]>([
    ['its content was refused when it was ordered', '[[submit:400]]', ['cheap/sora-2 rejected']],
    ['it was moderated', '[[moderated]]', ['cheap/sora-2 failed']],
    ['its clip is none, and billed', '[[not_a_video]]', ['cheap/sora-2 failed']],
    ['nobody knows whether it arrived, and it did', '[[submit:drop_after]]', ['cheap/sora-2 done']],
    ['the provider asks for a moment', '[[submit:429x3]]', [...Array(3).fill('cheap/sora-2 throttled'), 'cheap/sora-2 done']],
  ])('because %s', async (_what, sentinel, way) => {
    const asked = at.emulators.dear.asked.create
    const video = await at.order({ ...BOTH, prompt: `a boat ${sentinel}` })
    await at.runToTheEnd()
    expect(await at.way(video)).toEqual(way)
    expect(at.emulators.dear.asked.create).toBe(asked)
  })

  test.each([
    ['is pinned to a route', { route: 'cheap/sora-2' }],
    ['is pinned to a provider', { route: 'cheap' }],
    ['allows no other provider', { providers: ['cheap'] }],
    ['allows no other region', { regions: ['eu'] }],
  ])('because it %s', async (_what, wishes) => {
    at.emulators.cheap.next('create', { status: 401 })
    const video = await at.order(wishes)
    await at.runToTheEnd()
    expect(await at.way(video)).toEqual(['cheap/sora-2 rejected'])
    expect(await at.read(video)).toMatchObject({ status: 'failed', error: { code: 'provider_rejected' } })
  })

  test('because it names a quote and allows less than that did', async () => {
    const quote = (await at.call('POST', '/v1/quotes', { body: STUDIO_ORDER })).json
    at.emulators.cheap.next('create', { status: 401 })
    const video = await at.order({ quote: quote.id, providers: ['cheap'] })
    await at.runToTheEnd()
    expect(await at.way(video)).toEqual(['cheap/sora-2 rejected'])
  })

  test('because the provider bills what it fails at', async () => {
    const video = await at.order({ prompt: 'a boat [[fail]][[billed]]', providers: ['biller', 'last'] })
    await at.runToTheEnd()
    expect(await at.way(video)).toEqual(['biller/sora-2 failed'])
    expect((await at.attempts(video))[0]).toMatchObject({ cost: { usd: '1.60' }, loss: 'failed_billed' })
  })
})

test('the books are in order after all of it', () => at.expectCleanAudit())
