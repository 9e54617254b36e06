import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { GoogleGenAI } from '@google/genai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Emulator } from '../../../../emulators/src/desk.ts'
import { type GoogleEmulatorOptions, startGoogleEmulator } from '../../../../emulators/src/google.ts'
import { configurationSchema } from '../../domain/configuration.ts'
import { ApiKey } from '../../domain/provider-account.ts'
import { openSendWindow } from '../../domain/send-window.ts'
import { settle } from '../../domain/settings.ts'
import { KEY, order, patience, SUBMIT_FAULTS } from '../../testing/openai.ts'
import { conforms, type Subject } from '../conformance.ts'
import type { Progress, ProviderOrder, ProviderRef } from '../provider.ts'
import { Google } from './adapter.ts'
import { longBytes } from './inline.ts'
import { interactions } from './interactions.ts'
import { vertex } from './vertex.ts'

const CLIP = new Uint8Array(1_000).fill(7)
const OPEN = { closes_at: Number.MAX_SAFE_INTEGER, open: () => true }
const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes !!!').toString('base64')}`
const MODELS = { vertex: 'veo-3.1', gemini: 'gemini-omni-1.2' } as const
type Api = keyof typeof MODELS

const start = (api: Api, more: Partial<GoogleEmulatorOptions> = {}) =>
  startGoogleEmulator({ api, clip: () => CLIP, key: KEY, render_ms: 40, ...more })

function adapter(
  { base_url }: Pick<Emulator, 'base_url'>,
  api: Api,
  options: Readonly<Record<string, string>> = {},
  timeout_ms = patience(),
  trusted_hosts: readonly string[] = [],
): Google {
  const account = {
    name: 'google',
    adapter: 'google',
    profile: api,
    base_url,
    api_key: new ApiKey(KEY),
    options: Object.fromEntries(Object.entries(options).map(([name, text]) => [name, new ApiKey(text)])),
    trusted_hosts,
    open_limit: null,
    callback_field: null,
  } as const
  return new Google(account, { clock: Date.now, request_timeout_ms: timeout_ms })
}

const wanted = (api: Api, prompt = 'a boat', more: Partial<ProviderOrder> = {}): ProviderOrder => ({
  ...order(prompt, more),
  provider_model: MODELS[api],
})

async function refOf(provider: Google, api: Api, prompt?: string, more: Partial<ProviderOrder> = {}): Promise<ProviderRef> {
  const submitted = await provider.submit(wanted(api, prompt, more), randomUUID(), OPEN)
  if (submitted.outcome !== 'running') throw new Error(JSON.stringify(submitted))
  return submitted.ref
}

async function endOf(provider: Google, ref: ProviderRef): Promise<Progress> {
  for (;;) {
    const progress = await provider.check(ref)
    if (progress.state !== 'running') return progress
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

async function bytesOf(provider: Google, progress: Progress): Promise<Uint8Array> {
  if (progress.state !== 'succeeded') throw new Error(JSON.stringify(progress))
  return new Uint8Array(await new Response(await provider.open(progress.asset)).arrayBuffer())
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

async function subject(api: Api, more: Partial<GoogleEmulatorOptions> = {}): Promise<Subject> {
  const emulator = await start(api, more)
  return {
    provider: adapter(emulator, api),
    order: (trouble) => wanted(api, `a boat on a lake ${trouble ?? ''}`),
    taken: async () => emulator.jobs.size,
    stop: () => emulator.stop(),
  }
}

const NO_KEY = 'neither API takes a key of ours: one attempt is sent once'
const NO_LIST = 'neither API has a list to look into'
conforms('google as vertex', () => subject('vertex'), {
  'gives a reference for an order, and the same one for the same key': NO_KEY,
  'finds an order by its key, and says so when there is none': NO_LIST,
  'stops what can be stopped, and then says that it was cancelled': 'nothing stops an operation of Veo',
})
for (const inline of [false, true])
  conforms(`google as gemini, ${inline ? 'inline' : 'linked'}`, () => subject('gemini', { inline }), {
    'gives a reference for an order, and the same one for the same key': NO_KEY,
    'finds an order by its key, and says so when there is none': NO_LIST,
  })

describe.each(['vertex', 'gemini'] satisfies Api[])('a create at %s', (api) => {
  let emulator: Emulator
  beforeAll(async () => {
    emulator = await start(api)
  })
  afterAll(() => emulator.stop())

  test.each(SUBMIT_FAULTS)('is sent once when it meets %s', async (_name, fault, outcome, taken) => {
    const [asked, jobs] = [emulator.asked.submit, emulator.jobs.size]
    emulator.next('submit', fault)
    const submitted = await adapter(emulator, api, {}, patience(fault)).submit(wanted(api), randomUUID(), OPEN)
    expect(submitted).toMatchObject(outcome)
    expect(JSON.stringify(submitted)).not.toContain(KEY)
    expect([emulator.asked.submit - asked, emulator.jobs.size - jobs]).toEqual([1, taken])
  })

  test('says what was ordered, with and without a picture', async () => {
    for (const picture of [null, new Uint8Array([0x89, 1, 2])]) {
      const { id } = await refOf(adapter(emulator, api), api, 'two "boats"\n船', { reference: picture && (async () => picture) })
      expect(emulator.jobs.get(id)?.ordered).toMatchObject({
        prompt: 'two "boats"\n船',
        model: { vertex: 'veo-3.1-generate-001', gemini: 'gemini-omni-1.2-flash' }[api],
        seconds: 4,
        size: '1280x720',
        reference_bytes: picture === null ? 0 : 3,
      })
    }
    const tall = { ...wanted(api), order: { ...wanted(api).order, seconds: 6, size: { width: 1080, height: 1920 } } }
    expect(await adapter(emulator, api).submit(tall, randomUUID(), OPEN)).toMatchObject({ outcome: 'running' })
    expect([...emulator.jobs.values()].at(-1)?.ordered).toMatchObject({ seconds: 6, size: '1080x1920' })
  })

  test('asks its window directly before the request: after the picture was read', async () => {
    let read = false
    const reference = async () => {
      read = true
      return new Uint8Array([0x89])
    }
    const asked = emulator.asked.submit
    const closing = { closes_at: 0, open: () => !read }
    expect(await adapter(emulator, api).submit(wanted(api, 'a boat', { reference }), randomUUID(), closing)).toMatchObject({
      outcome: 'undelivered',
    })
    expect(emulator.asked.submit).toBe(asked)
  })

  test('waits as long as the details of a 429 say, and knows a model that is no more by the words', async () => {
    emulator.next('submit', { status: 429, code: 'retry_7s' }, { status: 404, code: 'model_not_found' }, 404)
    const submit = () => adapter(emulator, api).submit(wanted(api), randomUUID(), OPEN)
    expect(await submit()).toEqual({ outcome: 'throttled', retry_after_ms: 7_000 })
    expect(await submit()).toMatchObject({ outcome: 'rejected', gone: true })
    expect(await submit()).not.toHaveProperty('gone')
    expect(await adapter(emulator, api).submit({ ...wanted(api), provider_model: 'veo-3.0' }, randomUUID(), OPEN)).toMatchObject({
      gone: true,
    })
  })

  test('is moderated in words that carry no number of support and no project', async () => {
    const provider = adapter(emulator, api)
    for (const prompt of ['[[moderated]]', '[[moderated]] [[words]]'])
      expect(await endOf(provider, await refOf(provider, api, prompt))).toEqual({
        state: 'failed',
        reason: 'moderation_blocked',
        message: 'The safety filter of the provider blocked it.',
        cost_micro: null,
      })
    expect(await endOf(provider, await refOf(provider, api, '[[fail]]'))).toMatchObject({
      message: 'The provider could not make this clip.',
    })
  })

  test.each(['drop_before', 'hang_before', 'html', 'html_502', 'truncated', 'empty', 401, 404, 429, 500, 503] as const)(
    'has no verdict by a status read that meets %s',
    async (fault) => {
      const provider = adapter(emulator, api, {}, patience(fault))
      const ref = await refOf(adapter(emulator, api), api)
      emulator.next('retrieve', fault)
      expect(await provider.check(ref)).toMatchObject({ state: 'no_verdict' })
    },
  )

  test('is not read at a place of its own choice', async () => {
    const provider = adapter(emulator, api)
    const asked = emulator.asked.retrieve
    for (const id of ['../../v1/files', 'projects/p/../../x/operations/1', 'https://example.com/'])
      expect(await provider.check({ id })).toMatchObject({ state: 'no_verdict' })
    expect(emulator.asked.retrieve).toBe(asked)
  })
})

describe('a clip that comes inline', () => {
  /** Vertex gives out up to 20. */
  const MIB = Number(process.env.FILMGATE_INLINE_MIB ?? 3)
  const LARGE = new Uint8Array(MIB * 1024 ** 2).map((_, at) => (at * 31) % 251)

  test.each(['vertex', 'gemini'] satisfies Api[])('at %s is let pass by a status read, and streamed whole', async (api) => {
    const emulator = await start(api, { clip: () => LARGE, inline: true, render_ms: 0 })
    const provider = adapter(emulator, api)
    const done = await provider.check(await refOf(provider, api))
    expect(done).toMatchObject({ state: 'succeeded', asset: { long: 0 } })
    expect(JSON.stringify(done).length).toBeLessThan(500)
    expect(Buffer.compare(await bytesOf(provider, done), LARGE)).toBe(0)
    await emulator.stop()
  })

  test('may be cut anywhere, and spelt with escapes', async () => {
    const text = JSON.stringify({
      text: 'a " long \\',
      a: 'x'.repeat(70_000),
      b: Buffer.from(LARGE.subarray(0, 70_001)).toString('base64'),
    })
      .replaceAll('/', '\\/')
      .replaceAll(/=+"/g, (found) => found.replaceAll('=', '\\u003d'))
    for (const step of [7, 65_536, 1_000_000]) {
      const chunks = (async function* () {
        for (let at = 0; at < text.length; at += step) yield Buffer.from(text.slice(at, at + step))
      })()
      const parts: Uint8Array[] = []
      for await (const part of longBytes(chunks, 1)) parts.push(part)
      expect(Buffer.compare(Buffer.concat(parts), LARGE.subarray(0, 70_001))).toBe(0)
    }
    const readAll = async (json: string, wanted: number) => {
      for await (const _part of longBytes(ReadableStream.from([Buffer.from(json)]), wanted));
    }
    await expect(readAll(text, 2)).rejects.toThrow('does not hold the clip')
    await expect(readAll(text.slice(0, -10), 1)).rejects.toThrow('does not hold the clip')
  })

  test('that breaks off is no clip', async () => {
    const emulator = await start('vertex', { clip: () => LARGE.subarray(0, 200_000), render_ms: 0 })
    const provider = adapter(emulator, 'vertex')
    const done = await provider.check(await refOf(provider, 'vertex'))
    emulator.next('retrieve', 'truncated')
    await expect(bytesOf(provider, done)).rejects.toThrow()
    expect((await bytesOf(provider, done)).byteLength).toBe(200_000)
    await emulator.stop()
  })
})

test.each([
  ['vertex', 'https://aiplatform.googleapis.com/v1beta1', ['veo-3.1', 'veo-3.1-fast', 'veo-3.1-lite']],
  ['gemini', 'https://generativelanguage.googleapis.com/v1', ['gemini-omni-1.2']],
])('an account of %s needs a key alone: address, models and prices are known', (profile, base_url, made) => {
  const configured = { providers: [{ name: 'g', adapter: 'google', profile, api_key: KEY }] }
  const settled = settle(configurationSchema.parse(configured), {})
  if (!('routes' in settled)) throw new Error(settled.what)
  expect(settled.accounts).toMatchObject([{ base_url }])
  const names = settled.routes.map(({ name }) => name)
  for (const model of made) expect(names).toContain(`g/${model}`)
  expect(names).toContain(`g/sora-2/${made.at(-1)}`)
  const { provider_rate_card } = settled.routes.find(({ name }) => name === `g/${made[0]}`) ?? {}
  expect(provider_rate_card?.id).toBe('google-2026-11')
})

test('a key that Google calls an invalid argument is the operator’s to mend, and no word to a customer', () => {
  const said = (error: object) => vertex('').readSubmitted({ status: 400, headers: new Headers(), json: { error } }, 0)
  const refused = { outcome: 'rejected', reason: 'provider_rejected', message: 'The provider refused the order.', trouble: 'key' }
  const reason = (word: string) => ({ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: word })
  for (const word of ['API_KEY_INVALID', 'API_KEY_EXPIRED'])
    expect(said({ code: 400, message: 'Not so.', status: 'INVALID_ARGUMENT', details: [reason(word)] })).toEqual(refused)
  expect(said({ code: 400, message: 'API key not valid. Please pass a valid API key.' })).toEqual(refused)
  expect(said({ code: 400, message: 'Not so.', details: [reason('OTHER')] })).not.toHaveProperty('trouble')
})

test('an operation that failed without a word has failed', () => {
  const json = { name: 'publishers/google/models/veo/operations/1', done: true, error: { code: 13 } }
  const progress = vertex('').readProgress({ id: json.name }, { status: 200, headers: new Headers(), json })
  expect(progress).toMatchObject({ state: 'failed', reason: 'provider_failed' })
})

test('a read that is about another job is no verdict', () => {
  const headers = new Headers()
  const name = 'publishers/google/models/veo/operations/'
  const done = { name: `${name}2`, done: true, error: { code: 13, message: 'Internal.' } }
  expect(vertex('').readProgress({ id: `${name}1` }, { status: 200, headers, json: done })).toMatchObject({ state: 'no_verdict' })
  expect(interactions.readProgress({ id: 'v1_1' }, { status: 200, headers, json: { id: 'v1_2', status: 'failed' } })).toMatchObject({
    state: 'no_verdict',
  })
})

describe('vertex', () => {
  test('names project and place where the account has them, and has no verdict on a clip in a bucket', async () => {
    const emulator = await start('vertex', { render_ms: 0 })
    const provider = adapter(emulator, 'vertex', { project: 'a-project', location: 'europe-west4' })
    const ref = await refOf(provider, 'vertex', '[[bucket]]')
    expect(ref.id).toMatch(
      /^projects\/a-project\/locations\/europe-west4\/publishers\/google\/models\/veo-3.1-generate-001\/operations\/\S+$/,
    )
    expect(await provider.check(ref)).toMatchObject({ state: 'no_verdict', message: expect.stringContaining('bucket') })
    expect(emulator.jobs.get(ref.id)?.ordered.more).toEqual({ audio: true, storage: null })
    await emulator.stop()
  })

  test("is spoken to as by Google's own client", async () => {
    const emulator = await start('vertex', { render_ms: 0 })
    const client = new GoogleGenAI({ vertexai: true, apiKey: KEY, httpOptions: { baseUrl: new URL(emulator.base_url).origin } })
    const config = { durationSeconds: 4, aspectRatio: '9:16', resolution: '720p', numberOfVideos: 1, generateAudio: true }
    const begun = await client.models.generateVideos({ model: 'veo-3.1-fast-generate-001', source: { prompt: 'a boat' }, config })
    const operation = await client.operations.getVideosOperation({ operation: begun })
    expect(operation.done).toBe(true)
    expect(operation.response?.generatedVideos?.[0]?.video?.videoBytes).toBe(Buffer.from(CLIP).toString('base64'))
    const blocked = await client.models.generateVideos({ model: 'veo-3.1-fast-generate-001', source: { prompt: '[[moderated]]' }, config })
    const filtered = await client.operations.getVideosOperation({ operation: blocked })
    expect(filtered.response).toMatchObject({ raiMediaFilteredCount: 1 })
    expect([...emulator.jobs.values()][0]?.ordered).toMatchObject({ size: '720x1280', seconds: 4, prompt: 'a boat' })
    await emulator.stop()
  })
})

describe('gemini', () => {
  let emulator: Emulator
  beforeAll(async () => {
    emulator = await start('gemini', { callback_secret: SECRET, render_ms: 0 })
  })
  afterAll(() => emulator.stop())

  test("is spoken to as by Google's own client", async () => {
    const client = new GoogleGenAI({ apiKey: KEY, httpOptions: { baseUrl: new URL(emulator.base_url).origin } })
    const { id, status } = await client.interactions.create({
      model: 'gemini-omni-1.2-flash',
      input: [{ type: 'text', text: 'a boat [[hang]]' }],
      background: true,
      response_format: { type: 'video', duration: '8s', resolution: '1080p', aspect_ratio: '16:9', delivery: 'inline' },
    })
    expect([status, emulator.jobs.get(id)?.ordered]).toMatchObject(['queued', { prompt: 'a boat [[hang]]', seconds: 8, size: '1920x1080' }])
    expect((await client.interactions.get(id)).status).toBe('in_progress')
    expect((await client.interactions.cancel(id)).status).toBe('cancelled')
    const made = await client.interactions.create({
      model: 'gemini-omni-1.2-flash',
      input: 'a boat',
      background: true,
      response_format: { type: 'video' },
    })
    expect((await client.interactions.get(made.id)).output_video?.data).toBe(Buffer.from(CLIP).toString('base64'))
  })

  test.each(['incomplete', 'budget_exceeded', 'requires_action', 'words_only'])('takes %s for a failure', async (end) => {
    const provider = adapter(emulator, 'gemini')
    expect(await endOf(provider, await refOf(provider, 'gemini', `[[${end}]]`))).toMatchObject({
      state: 'failed',
      reason: 'provider_failed',
    })
  })

  test('gives its key to its own files, and to nobody else who is linked to', async () => {
    const keys: unknown[] = []
    const others = createServer((request, response) => {
      keys.push(request.headers['x-goog-api-key'])
      response.writeHead(200, { 'content-type': 'video/mp4' }).end(CLIP)
    })
    const host = await listen(others)
    const linking = await start('gemini', { files_at: `http://${host}`, render_ms: 0 })
    const provider = adapter(linking, 'gemini', {}, patience(), [host])
    expect(await bytesOf(provider, await endOf(provider, await refOf(provider, 'gemini')))).toEqual(CLIP)
    expect(keys).toEqual([undefined])
    await linking.stop()
    await new Promise((closed) => others.close(closed))
  })

  test('gives its clip after a link that failed', async () => {
    const provider = adapter(emulator, 'gemini')
    const done = await endOf(provider, await refOf(provider, 'gemini'))
    expect(await bytesOf(provider, done)).toEqual(CLIP)
    for (const fault of ['drop_before', 'truncated', 'html', 404, 500] as const) {
      emulator.next('content', fault)
      await expect(bytesOf(provider, done), String(fault)).rejects.toThrow()
    }
    expect(await bytesOf(provider, done)).toEqual(CLIP)
  })

  test('is not sure of a cancellation whose answer was lost, and then is', async () => {
    const provider = adapter(emulator, 'gemini')
    const ref = await refOf(provider, 'gemini', '[[hang]]')
    emulator.next('delete', 'drop_after')
    expect(await provider.cancel(ref)).toBe('unknown')
    expect(await provider.cancel(ref)).toBe('stopped')
  })

  test('knows an interaction that a callback named for an order by what it shows', async () => {
    const provider = adapter(emulator, 'gemini')
    const from = Date.now() - 1_000
    const now = () => ({ from, to: Date.now() })
    for (const reference of [null, async () => new Uint8Array(100_000).fill(0x89)]) {
      const ref = await refOf(provider, 'gemini', 'a boat', { reference })
      expect(await provider.fits?.(ref, wanted('gemini'), now())).toBe(true)
      expect(await provider.fits?.(ref, wanted('gemini', 'a train'), now())).toBe(false)
      expect(await provider.fits?.(ref, { ...wanted('gemini'), order: { ...order().order, seconds: 8 } }, now())).toBe(false)
      expect(await provider.fits?.(ref, wanted('gemini'), { from: Date.now() + 3_600_000, to: Date.now() + 3_700_000 })).toBe(false)
    }
    expect(await provider.fits?.({ id: 'v1_none' }, wanted('gemini'), now())).toBe(false)
  })

  test('calls back signed, where it was told, and is believed only by its signature', async () => {
    const calls: { body: Uint8Array; header: (name: string) => string | null }[] = []
    const server = createServer(async (request, response) => {
      const parts: Buffer[] = []
      for await (const part of request) parts.push(part)
      calls.push({ body: Buffer.concat(parts), header: (name) => String(request.headers[name] ?? '') || null })
      response.end()
    })
    const callback_url = `http://${await listen(server)}/v1/callbacks/token`
    const provider = adapter(emulator, 'gemini', { callback_secret: SECRET })
    const window = openSendWindow(Date.now, () => performance.now(), 120_000)
    const submitted = await provider.submit(wanted('gemini', '[[hang]]', { callback_url }), 'a-key', window)
    if (submitted.outcome !== 'running') throw new Error(submitted.outcome)
    const { ref } = submitted
    expect(emulator.jobs.get(ref.id)?.ordered.more).toMatchObject({
      labels: { filmgate_attempt: 'a-key' },
      metadata: { filmgate_attempt: 'a-key' },
    })
    await emulator.callBack(ref.id)
    await emulator.callBack(ref.id, { forged: true })
    await emulator.callBack(ref.id, { at: Date.now() - 400_000 })
    const heard = await Promise.all(calls.map(({ body, header }) => provider.readCallback?.(body, header)))
    expect(heard).toEqual([
      { outcome: 'about', ref },
      { outcome: 'forged', message: 'its signature does not fit' },
      { outcome: 'forged', message: 'it was signed at another time' },
    ])
    expect(await provider.readCallback?.(Buffer.from('{}'), () => null)).toEqual({ outcome: 'forged', message: 'it is not signed' })
    const trusting = adapter(emulator, 'gemini')
    expect(await trusting.readCallback?.(Buffer.from('{"data":{}}'), () => null)).toEqual({ outcome: 'nothing' })
    expect(await trusting.readCallback?.(calls[0]?.body ?? new Uint8Array(), () => null)).toEqual({ outcome: 'about', ref })
    await new Promise((closed) => server.close(closed))
  })
})
