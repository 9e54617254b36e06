import { createHmac, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Emulator } from '../../../../emulators/src/desk.ts'
import { type KlingEmulatorOptions, startKlingEmulator } from '../../../../emulators/src/kling.ts'
import { configurationSchema } from '../../domain/configuration.ts'
import { ApiKey } from '../../domain/provider-account.ts'
import { settle } from '../../domain/settings.ts'
import { KEY, order, patience, SUBMIT_FAULTS } from '../../testing/openai.ts'
import { conforms, type Subject } from '../conformance.ts'
import type { Progress, ProviderOrder } from '../provider.ts'
import { Kling } from './adapter.ts'
import { readProgress } from './answers.ts'

const CLIP = new Uint8Array(1_000).fill(7)
const OPEN = { closes_at: Number.MAX_SAFE_INTEGER, open: () => true }
const PAIR = { access_key: 'an-access-key', secret_key: 'a-secret-key' }

const start = (more: Partial<KlingEmulatorOptions> = {}) => startKlingEmulator({ clip: () => CLIP, key: KEY, render_ms: 40, ...more })

function adapter(
  { base_url }: Pick<Emulator, 'base_url'>,
  options: Readonly<Record<string, string>> = {},
  clock: () => number = Date.now,
  request_timeout_ms = patience(),
): Kling {
  const account = {
    name: 'kling',
    adapter: 'kling',
    profile: null,
    base_url,
    api_key: options.access_key === undefined ? new ApiKey(KEY) : null,
    options: Object.fromEntries(Object.entries(options).map(([name, text]) => [name, new ApiKey(text)])),
    trusted_hosts: [],
    open_limit: null,
    callback_field: null,
  } as const
  return new Kling(account, { clock, request_timeout_ms })
}

const wanted = (prompt = 'a boat', more: Partial<ProviderOrder> = {}): ProviderOrder => ({
  ...order(prompt, more),
  provider_model: 'kling-v3',
})

async function refOf(provider: Kling, prompt?: string, more: Partial<ProviderOrder> = {}, key: string = randomUUID()) {
  const submitted = await provider.submit(wanted(prompt, more), key, OPEN)
  if (submitted.outcome !== 'running') throw new Error(JSON.stringify(submitted))
  return submitted.ref
}

async function endOf(provider: Kling, ref: { readonly id: string }): Promise<Progress> {
  for (;;) {
    const progress = await provider.check(ref)
    if (progress.state !== 'running') return progress
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

async function subject(picture: Uint8Array | null): Promise<Subject> {
  const emulator = await start(PAIR)
  return {
    provider: adapter(emulator, picture === null ? {} : PAIR),
    order: (trouble) => wanted(`a boat on a lake ${trouble ?? ''}`, { reference: picture && (async () => picture) }),
    taken: async () => emulator.jobs.size,
    stop: () => emulator.stop(),
  }
}

for (const picture of [null, new Uint8Array([0x89, 1, 2])])
  conforms(`kling ${picture === null ? 'of words, by a key' : 'of a picture, by a pair of keys'}`, () => subject(picture), {
    'gives a reference for an order, and the same one for the same key':
      'Kling does not promise that a second submit of one key is the same: one attempt is sent once, and looked up by that key',
    'stops what can be stopped, and then says that it was cancelled': 'Kling has no cancel',
  })

describe('a create', () => {
  let emulator: Emulator
  beforeAll(async () => {
    emulator = await start()
  })
  afterAll(() => emulator.stop())

  const submit = (ordered = wanted(), fault?: unknown) =>
    adapter(emulator, {}, Date.now, patience(fault)).submit(ordered, randomUUID(), OPEN)

  test.each(SUBMIT_FAULTS)('is sent once when it meets %s', async (_name, fault, outcome, taken) => {
    const [asked, jobs] = [emulator.asked.submit, emulator.jobs.size]
    emulator.next('submit', fault)
    const submitted = await submit(wanted(), fault)
    expect(submitted).toMatchObject(outcome)
    expect(JSON.stringify(submitted)).not.toContain(KEY)
    expect([emulator.asked.submit - asked, emulator.jobs.size - jobs]).toEqual([1, taken])
  })

  test.each([
    [1000, { outcome: 'rejected', reason: 'provider_rejected', message: 'The provider refused the order.' }],
    [1004, { outcome: 'rejected', message: 'The provider refused the order.' }],
    [1101, { outcome: 'rejected', message: 'The provider refused the order.' }],
    [1102, { outcome: 'rejected', message: 'The provider refused the order.' }],
    [1201, { outcome: 'rejected', message: 'What it says.' }],
    [1203, { outcome: 'rejected', message: 'The provider refused the order.' }],
    [1301, { outcome: 'rejected', reason: 'moderation_blocked', message: 'The safety filter of the provider blocked it.' }],
    [1302, { outcome: 'throttled', retry_after_ms: null }],
    [1303, { outcome: 'throttled', retry_after_ms: null }],
    [5000, { outcome: 'unknown' }],
    [5001, { outcome: 'throttled' }],
    [5002, { outcome: 'unknown' }],
  ])('means by the code %i the same with every status that it comes with', async (code, outcome) => {
    for (const status of [200, 400, 429, 500]) {
      emulator.next('submit', { status, code: `code:${code}`, message: 'What it says.' })
      expect(await submit(), String(status)).toMatchObject(outcome)
    }
  })

  test('is unknown by a code that nobody knows, but for a refusal by its status', async () => {
    emulator.next('submit', { status: 200, code: 'code:7777' }, { status: 400, code: 'code:7777' }, { status: 200, code: 'code:0' })
    expect([await submit(), await submit(), await submit()]).toMatchObject([
      { outcome: 'unknown' },
      { outcome: 'rejected' },
      { outcome: 'unknown' },
    ])
  })

  test('of a model that is no more is told from other things that are not there', async () => {
    emulator.next('submit', { status: 404, code: 'model_not_found' }, { status: 404, message: 'The element does not exist' })
    expect(await submit()).toMatchObject({ outcome: 'rejected', gone: true })
    expect(await submit()).not.toHaveProperty('gone')
  })

  test('says what was ordered, with and without a picture', async () => {
    const key = randomUUID()
    const callback_url = 'http://127.0.0.1:9/v1/callbacks/token'
    const { id } = await refOf(adapter(emulator), 'two "boats"\n船', { callback_url }, key)
    expect(emulator.jobs.get(id)?.ordered).toEqual({
      prompt: 'two "boats"\n船',
      model: 'kling-v3',
      seconds: 4,
      size: '1280x720',
      reference_bytes: 0,
      callback_url,
      more: { kind: 'text2video', sound: 'on', external_task_id: key },
    })
    const tall = { ...wanted(), order: { ...wanted().order, seconds: 15, size: { width: 1080, height: 1920 } } }
    expect(await submit(tall)).toMatchObject({ outcome: 'running' })
    expect([...emulator.jobs.values()].at(-1)?.ordered).toMatchObject({ seconds: 15, size: '1080x1920' })
    const turbo = { ...wanted(), provider_model: 'kling-2.5-turbo', order: { ...wanted().order, seconds: 5 } }
    expect(await submit(turbo)).toMatchObject({ outcome: 'running' })
    expect([...emulator.jobs.values()].at(-1)?.ordered).toMatchObject({ model: 'kling-v2-5-turbo', more: { sound: 'off' } })
    const still = await refOf(adapter(emulator), 'a boat', { reference: async () => new Uint8Array([0xff, 1, 2, 3]) })
    expect(emulator.jobs.get(still.id)?.ordered).toMatchObject({ reference_bytes: 4, more: { kind: 'image2video' } })
  })

  test('whose answer was lost is found by its key, and by nobody else’s', async () => {
    const [key, provider] = [randomUUID(), adapter(emulator)]
    for (const [prompt, reference] of [['a boat'], ['a boat', async () => new Uint8Array([0x89])]] as const) {
      const lost = wanted(prompt, reference === undefined ? {} : { reference })
      const own = `${key}-${reference === undefined ? 1 : 2}`
      emulator.next('submit', 'drop_after')
      expect(await provider.submit(lost, own, OPEN)).toMatchObject({ outcome: 'unknown' })
      const id = [...emulator.jobs.keys()].at(-1) ?? ''
      expect(await provider.find(own, lost)).toEqual({ outcome: 'found', ref: provider.refOf(id, lost) })
      expect(await provider.check(provider.refOf(id, lost))).toMatchObject({ state: expect.stringMatching('running|succeeded') })
      expect(await provider.find(`${own}0`, lost)).toEqual({ outcome: 'absent' })
      // Its own task id is no key of ours.
      expect(await provider.find(id, lost)).toMatchObject({ outcome: 'unknown' })
    }
  })

  test('is not surely absent by a look-up that met a fault', async () => {
    for (const fault of ['drop_before', 'hang_before', 'html', 'html_502', 'truncated', 'empty', 400, 401, 429, 500, 503] as const) {
      const key = randomUUID()
      emulator.next('list', fault)
      if (fault === 'truncated' || fault === 'empty') await refOf(adapter(emulator), 'a boat', {}, key)
      expect(await adapter(emulator, {}, Date.now, patience(fault)).find(key, wanted()), String(fault)).toMatchObject({
        outcome: 'unknown',
      })
    }
    emulator.next('list', { status: 200, code: 'code:1203' })
    expect(await adapter(emulator).find(randomUUID(), wanted())).toEqual({ outcome: 'absent' })
  })
})

describe('a task', () => {
  let emulator: Emulator
  beforeAll(async () => {
    emulator = await start({ render_ms: 0 })
  })
  afterAll(() => emulator.stop())

  test.each(['drop_before', 'hang_before', 'html', 'html_502', 'truncated', 'empty', 401, 404, 429, 500, 503] as const)(
    'has no verdict by a status read that meets %s',
    async (fault) => {
      const provider = adapter(emulator)
      const ref = await refOf(provider)
      emulator.next('retrieve', fault)
      const mine = adapter(emulator, {}, Date.now, patience(fault))
      expect(await mine.check(ref)).toMatchObject({ state: 'no_verdict' })
      expect(await provider.check(ref)).toMatchObject({ state: 'succeeded' })
    },
  )

  test('has no verdict by a read that is about another', () => {
    const json = { code: 0, data: { task_id: '2', task_status: 'failed' } }
    expect(readProgress({ id: '1' }, { status: 200, headers: new Headers(), json }, null)).toMatchObject({ state: 'no_verdict' })
  })

  test('has no verdict by an error that comes with 200, nor by a reference that is a path', async () => {
    const provider = adapter(emulator)
    const ref = await refOf(provider)
    emulator.next('retrieve', { status: 200, code: 'code:1203' }, { status: 200, code: 'code:1301' })
    expect([await provider.check(ref), await provider.check(ref)]).toMatchObject([{ state: 'no_verdict' }, { state: 'no_verdict' }])
    expect(await provider.check({ id: '../text2video' })).toMatchObject({ state: 'no_verdict' })
  })

  test('costs the units that it took, at the price that the account says, and nothing is guessed', async () => {
    const costOf = async (options: Readonly<Record<string, string>>, prompt: string) => {
      const provider = adapter(emulator, options)
      const progress = await endOf(provider, await refOf(provider, prompt))
      return 'cost_micro' in progress ? progress.cost_micro : 'none'
    }
    expect(await costOf({ unit_usd: '0.14' }, 'a boat')).toBe(504_000n) // 4 s at 0.9 units: 3.6 of them, as its list says
    expect(await costOf({ unit_usd: '0.0999999' }, 'a boat')).toBe(360_000n) // a part of a micro-dollar is one
    expect(await costOf({}, 'a boat')).toBe(null)
    expect(await costOf({}, '[[fail]]')).toBe(0n)
    expect(await costOf({ unit_usd: '0.14' }, '[[fail]] [[billed]]')).toBe(504_000n)
    expect(await costOf({}, '[[moderated]]')).toBe(0n)
    expect(() => adapter(emulator, { unit_usd: 'cheap' })).toThrow('unit_usd of kling is not a decimal')
  })

  test('gives its clip after a link that failed, and the link no key', async () => {
    const provider = adapter(emulator)
    const done = await endOf(provider, await refOf(provider))
    if (done.state !== 'succeeded') throw new Error(done.state)
    const bytes = async () => new Uint8Array(await new Response(await provider.open(done.asset)).arrayBuffer())
    for (const fault of ['drop_before', 'truncated', 404, 500] as const) {
      emulator.next('content', fault)
      await expect(bytes(), String(fault)).rejects.toThrow()
    }
    expect(await bytes()).toEqual(CLIP)
  })

  test('is named by a callback, which is only a hint', async () => {
    const provider = adapter(emulator)
    const say = (text: string) => provider.readCallback(Buffer.from(text))
    expect(await say('{"task_id":"1","task_status":"succeed"}')).toEqual({ outcome: 'about', ref: { id: '1' } })
    expect(await say('{"task_status":"succeed"}')).toEqual({ outcome: 'nothing' })
    expect(await say('{"task_id":7}')).toEqual({ outcome: 'nothing' })
    expect(await say('{')).toEqual({ outcome: 'nothing' })
    expect('fits' in provider).toBe(false)
  })
})

describe('a pair of keys', () => {
  let emulator: Emulator
  let now = 1_795_000_000_000
  beforeAll(async () => {
    emulator = await start({ ...PAIR, clock: () => now, render_ms: 0 })
  })
  afterAll(() => emulator.stop())

  test('signs a token that lasts half an hour from five seconds ago, anew for each request', async () => {
    const ahead = (ms: number) => adapter(emulator, PAIR, () => now + ms).submit(wanted(), randomUUID(), OPEN)
    expect([await ahead(0), await ahead(4_000), await ahead(-1_790_000)]).toMatchObject(Array(3).fill({ outcome: 'running' }))
    expect([await ahead(6_000), await ahead(-1_810_000)]).toMatchObject(Array(2).fill({ outcome: 'rejected' }))
    const provider = adapter(emulator, PAIR, () => now)
    const ref = await refOf(provider)
    now += 3_600_000
    expect(await provider.check(ref)).toMatchObject({ state: 'succeeded' })
  })

  test('must be whole, and right; no token is told to anybody', async () => {
    expect(() => adapter(emulator, { access_key: 'alone' })).toThrow('only one of access_key and secret_key')
    const wrong = adapter(emulator, { ...PAIR, secret_key: 'another' }, () => now)
    expect(await wrong.submit(wanted(), randomUUID(), OPEN)).toMatchObject({
      outcome: 'rejected',
      message: 'The provider refused the order.',
    })
    const token = 'eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJhIn0.c2ln'
    emulator.next('submit', { status: 400, message: `Not with ${token} or ${PAIR.secret_key}` })
    expect(await adapter(emulator, PAIR, () => now).submit(wanted(), randomUUID(), OPEN)).toMatchObject({
      message: 'Not with [redacted] or [redacted]',
    })
  })
})

const readAnswer = z.looseObject({ code: z.number(), data: z.looseObject({ task_id: z.string() }).optional() }).parse

test('an account needs its keys alone: address, models and prices are known', () => {
  const settled = settle(configurationSchema.parse({ providers: [{ name: 'k', adapter: 'kling', options: PAIR }] }), {})
  if (!('routes' in settled)) throw new Error(settled.what)
  expect(settled.accounts).toMatchObject([{ base_url: 'https://api-singapore.klingai.com/v1' }])
  expect(settled.routes.slice(0, 4).map(({ name, provider_rate_card }) => [name, provider_rate_card?.id])).toEqual([
    ['k/kling-v3', 'kling-2026-07'],
    ['k/sora-2/kling-v3', 'kling-2026-07'],
    ['k/sora-2-pro/kling-v3', 'kling-2026-07'],
    ['k/kling-2.5-turbo', undefined],
  ])
})

/** What the documents of Kling show, in the words of their own example; there is no client of theirs for JavaScript. */
test('the emulator is spoken to as the documents do', async () => {
  const emulator = await start({ ...PAIR, render_ms: 0 })
  const seconds = Math.floor(Date.now() / 1000)
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const head = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ iss: PAIR.access_key, exp: seconds + 1_800, nbf: seconds - 5 })}`
  const token = `${head}.${createHmac('sha256', PAIR.secret_key).update(head).digest('base64url')}`
  const ask = async (path: string, body?: object) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
    const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) }
    return readAnswer(await (await fetch(`${emulator.base_url}${path}`, init)).json())
  }
  const made = await ask('/videos/text2video', {
    model_name: 'kling-v3',
    prompt: 'a boat',
    duration: '5',
    mode: 'pro',
    sound: 'on',
    external_task_id: 'mine',
  })
  expect(made).toEqual({
    code: 0,
    message: 'SUCCEED',
    request_id: expect.any(String),
    data: {
      task_id: expect.any(String),
      task_status: 'submitted',
      task_info: { external_task_id: 'mine' },
      created_at: expect.any(Number),
      updated_at: expect.any(Number),
    },
  })
  for (const name of ['mine', made.data?.task_id])
    expect((await ask(`/videos/text2video/${name}`)).data).toMatchObject({
      task_id: made.data?.task_id,
      task_status: 'succeed',
      task_result: { videos: [{ id: expect.any(String), url: expect.stringMatching(/^http/), duration: '5.041' }] },
      final_unit_deduction: '6.0',
    })
  expect(await ask('/videos/image2video/mine')).toMatchObject({ code: 1203 })
  await emulator.stop()
})
