import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { OpenRouter as Client } from '@openrouter/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Emulator } from '../../../../emulators/src/desk.ts'
import type { Fault } from '../../../../emulators/src/fault.ts'
import { type OpenRouterOptions, startOpenRouterEmulator } from '../../../../emulators/src/openrouter.ts'
import { ApiKey } from '../../domain/provider-account.ts'
import { settle } from '../../domain/settings.ts'
import { KEY, order as openaiOrder, patience, Source, SUBMIT_FAULTS } from '../../testing/openai.ts'
import { conforms } from '../conformance.ts'
import type { CalledBack, ProviderOrder, ProviderRef } from '../provider.ts'
import { OpenRouter } from './adapter.ts'
import { mayBeCalled } from './request.ts'

const CLIP = new Uint8Array(1_000).fill(7)
const PICTURE = new Uint8Array([0x89, 1, 2])
const SECRET = 'whsec-0123456789'
const OPEN = { closes_at: Number.MAX_SAFE_INTEGER, open: () => true }
const window = { from: Date.now() - 60_000, to: Date.now() + 1_800_000 }

const start = (more: Partial<OpenRouterOptions> = {}) => startOpenRouterEmulator({ clip: () => CLIP, key: KEY, render_ms: 0, ...more })

function adapter(base_url: string, more: { readonly secret?: string; readonly request_timeout_ms?: number } = {}): OpenRouter {
  const about = {
    name: 'openrouter-a',
    adapter: 'openrouter',
    profile: null,
    trusted_hosts: [],
    open_limit: null,
    callback_field: null,
  } as const
  const options = more.secret === undefined ? {} : { options: { callback_secret: new ApiKey(more.secret) } }
  const account = { ...about, base_url, api_key: new ApiKey(KEY), ...options }
  return new OpenRouter(account, { clock: Date.now, request_timeout_ms: more.request_timeout_ms ?? patience() })
}

function order(prompt = 'a boat', more: Partial<ProviderOrder> = {}): ProviderOrder {
  return { ...openaiOrder(prompt, more), provider_model: more.provider_model ?? 'veo-3.1' }
}

async function running(provider: OpenRouter, ordered = order()): Promise<ProviderRef> {
  const submitted = await provider.submit(ordered, randomUUID(), OPEN)
  if (submitted.outcome !== 'running') throw new Error(JSON.stringify(submitted))
  return submitted.ref
}

conforms(
  'openrouter',
  async () => {
    const emulator = await start({ render_ms: 120 })
    return {
      provider: adapter(emulator.base_url),
      order: (trouble) => order(`a boat on a lake ${trouble ?? ''}`),
      taken: async () => emulator.jobs.size,
      stop: () => emulator.stop(),
    }
  },
  {
    'gives a reference for an order, and the same one for the same key': 'OpenRouter knows no key: one attempt is sent once',
    'finds an order by its key, and says so when there is none': 'OpenRouter has no list of videos: its callback tells',
    'stops what can be stopped, and then says that it was cancelled': 'OpenRouter stops nothing',
  },
)

test('an account may do without a secret, brings its own card, and knows any model that the configuration lists', () => {
  const account = { name: 'openrouter-a', adapter: 'openrouter', api_key: KEY } as const
  const bare = settle({ providers: [account] }, {})
  if ('outcome' in bare) throw new Error(bare.what)
  expect(bare.routes.filter(({ provider_rate_card }) => provider_rate_card !== null).map(({ adapter }) => adapter)).toEqual(['animatic'])
  const rate = { kind: 'per_second', amount: '0.10' } as const
  const lines = [{ models: ['alibaba/wan-2.7'], sizes: 'any', seconds: [5], rate } as const]
  const source = { name: 'its feed', read_on: '2026-11-22' }
  const head = { id: 'mine', version: 1, title: 'Mine', kind: 'rates', currency: 'usd', effective_on: '2026-11-22', source } as const
  const models = ['alibaba/wan-2.7']
  const told = { ...account, models, rate_card: 'mine', options: { callback_secret: { env: 'SECRET' } } }
  const settled = settle({ providers: [told], rate_cards: [{ ...head, lines }] }, { SECRET })
  if ('outcome' in settled) throw new Error(settled.what)
  expect(settled.accounts).toMatchObject([{ base_url: 'https://openrouter.ai/api/v1' }])
  expect(settled.accounts[0]?.options?.callback_secret?.reveal()).toBe(SECRET)
  expect(settled.routes).toMatchObject([
    { name: 'openrouter-a/alibaba/wan-2.7', provider_rate_card: { id: 'mine' } },
    { adapter: 'animatic' },
  ])
})

test("the vendor's own client works against the emulator", async () => {
  const emulator = await start()
  const { videoGeneration } = new Client({ apiKey: KEY, serverURL: emulator.base_url, retryConfig: { strategy: 'none' } })
  const url = `data:image/png;base64,${Buffer.from(PICTURE).toString('base64')}`
  const frame = { type: 'image_url', imageUrl: { url }, frameType: 'first_frame' } as const
  const wanted = { model: 'google/veo-3.1', prompt: 'a boat', duration: 8, size: '1280x720' }
  const made = await videoGeneration.generate({ videoGenerationRequest: { ...wanted, frameImages: [frame] } })
  expect(made).toMatchObject({ id: expect.stringMatching(/^gen-vid-\d{10}-\w{20}$/), status: 'pending' })
  expect(emulator.jobs.get(made.id)?.ordered).toMatchObject({ seconds: 8, size: '1280x720', reference_bytes: 3 })
  const done = await videoGeneration.getGeneration({ jobId: made.id })
  expect(done).toMatchObject({ id: made.id, status: 'completed', usage: { cost: 3.2, isByok: false } })
  const content = await videoGeneration.getVideoContent({ jobId: made.id })
  expect(new Uint8Array(await new Response(content).arrayBuffer())).toEqual(CLIP)
  const hanging = await videoGeneration.generate({ videoGenerationRequest: { ...wanted, prompt: '[[hang]]' } })
  await expect(videoGeneration.getVideoContent({ jobId: hanging.id })).rejects.toMatchObject({ statusCode: 409 })
  const failed = await videoGeneration.generate({ videoGenerationRequest: { ...wanted, prompt: '[[fail]]' } })
  expect(await videoGeneration.getGeneration({ jobId: failed.id })).toMatchObject({ status: 'failed', error: expect.any(String) })
  const { data } = await videoGeneration.listVideosModels()
  expect(data).toContainEqual(expect.objectContaining({ id: 'google/veo-3.1', supportedDurations: [4, 6, 8] }))
  const wrong = videoGeneration.generate({ videoGenerationRequest: { ...wanted, duration: 7 } })
  await expect(wrong).rejects.toMatchObject({ statusCode: 400, message: 'Unsupported duration.' })
  await emulator.stop()
})

describe('an order', () => {
  let emulator: Emulator
  let provider: OpenRouter
  beforeAll(async () => {
    emulator = await start()
    provider = adapter(emulator.base_url)
  })
  afterAll(() => emulator.stop())

  test.each(SUBMIT_FAULTS)('is sent once when it meets %s', async (_name, fault, outcome, taken) => {
    const [asked, jobs] = [emulator.asked.submit, emulator.jobs.size]
    emulator.next('submit', fault)
    const hasty = adapter(emulator.base_url, { request_timeout_ms: patience(fault) })
    const submitted = await hasty.submit(order(), randomUUID(), OPEN)
    expect(submitted).toMatchObject(outcome)
    expect(JSON.stringify(submitted)).not.toContain(KEY)
    expect([emulator.asked.submit - asked, emulator.jobs.size - jobs]).toEqual([1, taken])
  })

  test.each([
    ['veo-3.1', 'google/veo-3.1', 4, true],
    ['veo-3.1-fast', 'google/veo-3.1-fast', 8, true],
    ['veo-3.1-lite', 'google/veo-3.1-lite', 6, true],
    ['google/veo-3.1', 'google/veo-3.1', 4, undefined],
    ['alibaba/wan-2.7', 'alibaba/wan-2.7', 5, undefined],
  ])('of %s arrives to the letter as %s', async (provider_model, model, seconds, generate_audio) => {
    for (const picture of [null, PICTURE]) {
      const wanted = order('a boat,\n"under way" — 船', { provider_model, reference: picture && (async () => picture) })
      const ref = await running(provider, { ...wanted, order: { ...wanted.order, seconds } })
      expect(emulator.jobs.get(ref.id)?.ordered).toEqual({
        prompt: 'a boat,\n"under way" — 船',
        model,
        seconds,
        size: '1280x720',
        reference_bytes: picture?.byteLength ?? 0,
        callback_url: null,
        more: { generate_audio },
      })
    }
  })

  test('that OpenRouter has no words for is refused without asking', async () => {
    const asked = emulator.asked.submit
    for (const wanted of [
      order('Mara', { characters: [{ name: 'Mara', ref: { id: 'char_1' } }] }),
      { ...openaiOrder('a boat', { source: new Source(null) }, 'extend'), provider_model: 'veo-3.1' },
    ])
      expect(await provider.submit(wanted, randomUUID(), OPEN)).toMatchObject({ outcome: 'rejected', reason: 'provider_rejected' })
    expect(emulator.asked.submit).toBe(asked)
  })

  test('asks its window after the picture was read; one whose picture cannot be read, or that nobody listens for, is undelivered', async () => {
    const asked = emulator.asked.submit
    let read = false
    const reference = async () => {
      read = true
      return PICTURE
    }
    const closing = { closes_at: 0, open: () => !read }
    expect(await provider.submit(order('a boat', { reference }), randomUUID(), closing)).toMatchObject({ outcome: 'undelivered' })
    const lost = order('a boat', { reference: () => Promise.reject(new Error('gone')) })
    expect(await provider.submit(lost, randomUUID(), OPEN)).toMatchObject({ outcome: 'undelivered' })
    expect(emulator.asked.submit).toBe(asked)
    const away = await start()
    await away.stop()
    expect(await adapter(away.base_url).submit(order(), randomUUID(), OPEN)).toMatchObject({ outcome: 'undelivered' })
  })

  test('whose answer was lost is never said to be absent', async () => {
    expect(await provider.find()).toMatchObject({ outcome: 'unknown' })
  })

  test('for a model that is no more is refused for good, and the customer reads nothing of it', async () => {
    const away = await start()
    away.removeModel('google/veo-3.1')
    const refused = await adapter(away.base_url).submit(order(), randomUUID(), OPEN)
    expect(refused).toEqual({ outcome: 'rejected', reason: 'provider_rejected', message: 'The provider refused the order.', gone: true })
    await away.stop()
  })
})

describe('a job', () => {
  let emulator: Emulator
  let provider: OpenRouter
  beforeAll(async () => {
    emulator = await start()
    provider = adapter(emulator.base_url)
  })
  afterAll(() => emulator.stop())

  const bytes = async (account: OpenRouter, { id }: ProviderRef) =>
    new Uint8Array(await new Response(await account.open({ id })).arrayBuffer())

  test.each(['drop_before', 'hang_before', 'html', 'html_502', 'truncated', 'empty', 401, 404, 429, 500, 503] satisfies Fault[])(
    'has no verdict by a read that meets %s',
    async (fault) => {
      const ref = await running(provider)
      emulator.next('retrieve', fault, fault)
      const hasty = adapter(emulator.base_url, { request_timeout_ms: patience(fault) })
      expect(await hasty.fits(ref, order(), window)).toBe(false)
      expect(await hasty.check(ref)).toMatchObject({ state: 'no_verdict' })
      expect(await provider.check(ref)).toMatchObject({ state: 'succeeded' })
    },
  )

  test('costs by its own account, whole micro-dollars, a fraction rounded up', async () => {
    const cost = async (ordered: ProviderOrder) => provider.check(await running(provider, ordered))
    expect(await cost(order())).toMatchObject({ state: 'succeeded', cost_micro: 1_600_000n })
    expect(await cost(order('a boat', { provider_model: 'veo-3.1-lite' }))).toMatchObject({ cost_micro: 200_001n })
    expect(await cost(order('[[fail]]'))).toMatchObject({ reason: 'provider_failed', cost_micro: 0n })
    expect(await cost(order('[[fail]] [[billed]]'))).toMatchObject({ reason: 'provider_failed', cost_micro: 1_600_000n })
    expect(await cost(order('[[hang]]'))).toEqual({ state: 'running', percent: null, phase: 'rendering' })
  })

  test.each(['drop_before', 'truncated', 'html', 404, 409, 410, 500] satisfies Fault[])(
    'gives its clip after one that met %s',
    async (fault) => {
      const ref = await running(provider)
      emulator.next('content', fault)
      await expect(bytes(provider, ref)).rejects.toThrow()
      expect(await bytes(provider, ref)).toEqual(CLIP)
    },
  )

  test('is redirected to its clip without our key, and never to where nobody is trusted', async () => {
    const away = await start({ redirects: true })
    const account = adapter(away.base_url)
    const ref = await running(account)
    expect(await bytes(account, ref)).toEqual(CLIP)
    away.next('content', { status: 302, headers: { location: 'http://169.254.169.254/latest' } })
    await expect(account.open({ id: ref.id })).rejects.toThrow(/no public address/)
    await away.stop()
  })

  test('gives its clip no more once that has lapsed', async () => {
    let now = Date.now()
    const lapsing = await start({ clip_lasts_ms: 1_000, clock: () => now })
    const account = adapter(lapsing.base_url)
    const ref = await running(account)
    expect(await bytes(account, ref)).toEqual(CLIP)
    now += 1_000
    await expect(bytes(account, ref)).rejects.toThrow(/410/)
    await lapsing.stop()
  })

  test('cannot be stopped', async () => {
    expect(await provider.cancel()).toBe('too_late')
    await provider.forget()
  })
})

describe('a callback', () => {
  let emulator: Emulator
  const heard: CalledBack[] = []
  const events: string[] = []
  let address: string
  const receiver = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const header = (name: string) => [request.headers[name]].flat()[0] ?? null
    heard.push(await adapter(emulator.base_url, { secret: SECRET }).readCallback(Buffer.concat(parts), header))
    events.push(header('x-openrouter-idempotency-key') ?? '')
    response.writeHead(204).end()
  })
  beforeAll(async () => {
    emulator = await start({ callback_secret: SECRET, render_ms: 60_000 })
    await new Promise<void>((listening) => receiver.listen(0, '127.0.0.1', listening))
    const listens = receiver.address()
    address = `http://127.0.0.1:${typeof listens === 'object' ? listens?.port : ''}/v1/callbacks/token`
  })
  afterAll(async () => {
    await emulator.stop()
    await new Promise((closed) => receiver.close(closed))
  })

  test('is believed to name its job when its signature fits, and else not at all', async () => {
    const ref = await running(adapter(emulator.base_url), order('a boat', { callback_url: address }))
    const job = emulator.jobs.get(ref.id)
    if (job !== undefined) job.told = { state: 'succeeded', percent: 100 }
    for (const how of [{}, {}, { forged: true }, { at: Date.now() - 301_000 }]) await emulator.callBack(ref.id, how)
    expect(heard).toMatchObject([{ outcome: 'about', ref }, { outcome: 'about', ref }, { outcome: 'forged' }, { outcome: 'forged' }])
    expect(new Set(events)).toEqual(new Set([`${ref.id}-completed`]))
  })

  test('that nobody signs is heard where the account has no secret, and forged where it has one', async () => {
    const body = Buffer.from('{"type":"video.generation.completed","data":{"id":"gen-vid-1"}}')
    const about = { outcome: 'about', ref: { id: 'gen-vid-1' } }
    expect(await adapter(emulator.base_url).readCallback(body, () => null)).toEqual(about)
    expect(await adapter(emulator.base_url, { secret: SECRET }).readCallback(body, () => null)).toMatchObject({ outcome: 'forged' })
    expect(await adapter(emulator.base_url).readCallback(Buffer.from('{}'), () => null)).toEqual({ outcome: 'nothing' })
  })

  test('is about a job that is there, and of the time of its order', async () => {
    const provider = adapter(emulator.base_url)
    const ref = await running(provider)
    expect(await provider.fits(ref, order(), window)).toBe(true)
    expect(await provider.fits(ref, order(), { from: window.from + 3_600_000, to: window.to + 3_600_000 })).toBe(false)
    expect(await provider.fits({ id: 'gen-vid-none' }, order(), window)).toBe(false)
  })

  test.each([
    ['https://openrouter.ai/api/v1', 'https://films.example/v1/callbacks/token', true],
    ['https://openrouter.ai/api/v1', 'http://films.example/v1/callbacks/token', false],
    ['http://127.0.0.1:9100/api/v1', 'http://127.0.0.1:8787/v1/callbacks/token', true],
  ])('from %s to %s is asked for: %s', (base_url, callback_url, asked) => {
    expect(mayBeCalled(base_url, callback_url)).toBe(asked ? callback_url : null)
    expect(mayBeCalled(base_url, null)).toBeNull()
  })
})
