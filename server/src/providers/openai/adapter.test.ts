import { randomUUID } from 'node:crypto'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Fault, type OpenaiEmulator, startOpenaiEmulator } from '../../../../emulators/src/openai.ts'
import type { OpenaiProfile } from '../../domain/catalogue.ts'
import { ApiKey } from '../../domain/configuration.ts'
import { conforms, type Subject } from '../conformance.ts'
import type { ProviderOrder } from '../provider.ts'
import { OpenaiCompatible } from './adapter.ts'

const KEY = 'sk-test-0123456789'
const CLIP = new Uint8Array(1_000).fill(7)
const OPEN = { closes_at: Number.MAX_SAFE_INTEGER, open: () => true }
const NO_KEY = 'the wire format knows no key: one attempt is sent once, and looked for by time and content'
const NO_CANCEL = 'the wire format has no cancel: DELETE is for videos that have ended'

const start = (more = {}) => startOpenaiEmulator({ clip: () => CLIP, key: KEY, ...more })

function adapter(base_url: string, profile: OpenaiProfile = 'openai', key = KEY): OpenaiCompatible {
  const account = {
    name: 'studio-a',
    adapter: 'openai',
    profile,
    base_url,
    api_key: new ApiKey(key),
    trusted_hosts: [],
    open_limit: null,
  } as const
  return new OpenaiCompatible(account, { clock: Date.now, request_timeout_ms: 1_000 })
}

function order(prompt = 'a boat', reference: ProviderOrder['reference'] = null): ProviderOrder {
  return {
    order: {
      operation: 'create',
      model: 'sora-2',
      prompt,
      seconds: 4,
      size: { width: 1280, height: 720 },
      has_reference: reference !== null,
      source: null,
      complexity: 'standard',
    },
    provider_model: 'sora-2',
    reference,
    source: null,
    characters: [],
  }
}

async function subject(profile: OpenaiProfile, more = {}): Promise<Subject> {
  const emulator = await start(more)
  return {
    provider: adapter(emulator.base_url, profile),
    order: (trouble) => order(`a boat on a lake ${trouble ?? ''}`),
    taken: async () => emulator.jobs.size,
    stop: () => emulator.stop(),
  }
}

conforms('openai', () => subject('openai'), {
  'gives a reference for an order, and the same one for the same key': NO_KEY,
  'stops what can be stopped, and then says that it was cancelled': NO_CANCEL,
})
conforms('openai as azure', () => subject('azure', { dialect: 'azure' }), {
  'gives a reference for an order, and the same one for the same key': NO_KEY,
  'stops what can be stopped, and then says that it was cancelled': NO_CANCEL,
})
conforms('openai as cometapi', () => subject('cometapi', { dialect: 'cometapi' }), {
  'gives a reference for an order, and the same one for the same key': NO_KEY,
  'finds an order by its key, and says so when there is none': 'this relay has no list',
  'stops what can be stopped, and then says that it was cancelled': NO_CANCEL,
})

describe('a create, sent once', () => {
  let emulator: OpenaiEmulator
  beforeAll(async () => {
    emulator = await start()
  })
  afterAll(() => emulator.stop())

  const faults: [string, Fault, object, number][] = [
    ['a reply lost before it was taken', 'drop_before', { outcome: 'unknown' }, 0],
    ['a reply lost after it was taken', 'drop_after', { outcome: 'unknown' }, 1],
    ['silence before it was taken', 'hang_before', { outcome: 'unknown' }, 0],
    ['silence after it was taken', 'hang_after', { outcome: 'unknown' }, 1],
    ['a body that ends half-way', 'truncated', { outcome: 'unknown' }, 1],
    ['a page with status 200', 'html', { outcome: 'unknown' }, 0],
    ['a page with status 502', 'html_502', { outcome: 'unknown' }, 0],
    ['a page with status 503', 'html_503', { outcome: 'unknown' }, 0],
    ['a 200 that names no job', 'empty', { outcome: 'unknown' }, 1],
    ['429 without Retry-After', 429, { outcome: 'throttled', retry_after_ms: null }, 0],
    ['429 with Retry-After', { status: 429, headers: { 'retry-after': '7' } }, { outcome: 'throttled', retry_after_ms: 7_000 }, 0],
    ['429 with retry-after-ms', { status: 429, headers: { 'retry-after-ms': '50', 'retry-after': '7' } }, { retry_after_ms: 50 }, 0],
    ['503 in its own shape', { status: 503, headers: { 'retry-after': '1' } }, { outcome: 'throttled', retry_after_ms: 1_000 }, 0],
    ['400', { status: 400, message: 'No boats.' }, { outcome: 'rejected', reason: 'provider_rejected', message: 'No boats.' }, 0],
    ['400 for moderation', { status: 400, code: 'moderation_blocked' }, { outcome: 'rejected', reason: 'moderation_blocked' }, 0],
    ['401', { status: 401, message: `Bad key ${KEY}` }, { outcome: 'rejected', message: 'The provider refused the order.' }, 0],
    ['404: the model is gone', 404, { outcome: 'rejected', reason: 'provider_rejected' }, 0],
    ...[301, 307, 408, 500, 502, 504, 520, 524].map((status): [string, Fault, object, number] => [
      `${status}`,
      status,
      { outcome: 'unknown' },
      0,
    ]),
  ]
  test.each(faults)('that meets %s', async (_name, fault, outcome, taken) => {
    const [asked, jobs] = [emulator.asked.create, emulator.jobs.size]
    emulator.next('create', fault)
    const submitted = await adapter(emulator.base_url).submit(order(), randomUUID(), OPEN)
    expect(submitted).toMatchObject(outcome)
    expect(JSON.stringify(submitted)).not.toContain(KEY)
    expect([emulator.asked.create - asked, emulator.jobs.size - jobs]).toEqual([1, taken])
  })

  test('that nobody listens for is undelivered; one whose connection is cut is not', async () => {
    const cutter = createServer((socket) => socket.destroy())
    await new Promise<void>((listening) => cutter.listen(0, '127.0.0.1', listening))
    const address = cutter.address()
    const base_url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/v1`
    expect(await adapter(base_url).submit(order(), randomUUID(), OPEN)).toMatchObject({ outcome: 'unknown' })
    await new Promise((closed) => cutter.close(closed))
    expect(await adapter(base_url).submit(order(), randomUUID(), OPEN)).toMatchObject({ outcome: 'undelivered' })
    expect(await adapter('http://no-such-host.invalid/v1').submit(order(), randomUUID(), OPEN)).toMatchObject({ outcome: 'undelivered' })
  })

  test('asks its window directly before the request: after the picture was read', async () => {
    const asked = emulator.asked.create
    let read = false
    const reference = async () => {
      read = true
      return new Uint8Array([0x89])
    }
    const closing = { closes_at: 0, open: () => !read }
    expect(await adapter(emulator.base_url).submit(order('a boat', reference), randomUUID(), closing)).toMatchObject({
      outcome: 'undelivered',
    })
    expect(emulator.asked.create).toBe(asked)
  })

  test.each(['openai', 'azure', 'vllm-omni', 'sglang', 'cometapi'] as const)(
    'says the order as %s wants it, with and without a picture',
    async (profile) => {
      const emulator = await start({ dialect: profile })
      for (const reference of [null, async () => new Uint8Array([0x89, 1, 2])]) {
        const submitted = await adapter(emulator.base_url, profile).submit(order('two boats', reference), randomUUID(), OPEN)
        if (submitted.outcome !== 'running') throw new Error(submitted.outcome)
        expect(emulator.jobs.get(submitted.ref.id)?.ordered).toEqual({
          operation: 'create',
          prompt: 'two boats',
          model: 'sora-2',
          seconds: 4,
          size: '1280x720',
          reference_bytes: reference === null ? 0 : 3,
          source: null,
          characters: [],
        })
      }
      await emulator.stop()
    },
  )
})

describe('the look-up of a lost create', () => {
  const window = { from: Date.now() - 60_000, to: Date.now() + 60_000 }
  const find = (emulator: OpenaiEmulator, wanted = order()) => adapter(emulator.base_url).find(randomUUID(), wanted, window)

  test('finds the one of the same content among others, over several pages', async () => {
    const emulator = await start()
    const submit = (prompt: string) => adapter(emulator.base_url).submit(order(prompt), randomUUID(), OPEN)
    emulator.next('create', 'drop_after')
    await submit('a boat')
    const [id] = [...emulator.jobs.keys()]
    for (let others = 0; others < 105; others++) await submit(`boat ${others}`)
    expect(await find(emulator)).toEqual({ outcome: 'found', ref: { id } })
    expect(emulator.asked.list).toBe(2)
    expect(await find(emulator, order('no boat'))).toEqual({ outcome: 'absent' })
    await submit('a boat')
    expect(await find(emulator)).toMatchObject({ outcome: 'found', ref: { id }, others: [{}] })
    await emulator.stop()
  })

  test('is not sure of anything after a fault', async () => {
    const emulator = await start()
    for (const fault of ['drop_before', 'html', 'truncated', 'empty', 500, 429, 401, 404] satisfies Fault[]) {
      emulator.next('list', fault)
      expect(await find(emulator), String(fault)).toMatchObject({ outcome: 'unknown' })
    }
    await emulator.stop()
  })
})

describe('a running job', () => {
  let emulator: OpenaiEmulator
  beforeAll(async () => {
    emulator = await start({ delete_stops: true, render_ms: 0 })
  })
  afterAll(() => emulator.stop())

  async function running(prompt = 'a boat', profile: OpenaiProfile = 'openai') {
    const provider = adapter(emulator.base_url, profile)
    const submitted = await provider.submit(order(prompt), randomUUID(), OPEN)
    if (submitted.outcome !== 'running') throw new Error(submitted.outcome)
    const job = emulator.jobs.get(submitted.ref.id)
    if (job === undefined) throw new Error('it was not taken')
    return { provider, ref: submitted.ref, job }
  }

  test.each(['drop_before', 'hang_before', 'html', 'html_502', 'truncated', 'empty', 401, 404, 429, 500, 503] satisfies Fault[])(
    'has no verdict by a status read that meets %s',
    async (fault) => {
      const { provider, ref } = await running()
      emulator.next('retrieve', fault)
      expect(await provider.check(ref)).toMatchObject({ state: 'no_verdict' })
      expect(await provider.check(ref)).toMatchObject({ state: 'succeeded' })
    },
  )

  test('has no verdict by a word that nobody knows', async () => {
    const { provider, ref, job } = await running()
    job.told = { status: 'contemplating' }
    expect(await provider.check(ref)).toMatchObject({ state: 'no_verdict' })
  })

  test.each(['drop_before', 'truncated', 'html', 404, 500] satisfies Fault[])('gives its clip after one that met %s', async (fault) => {
    const { provider, ref } = await running()
    const bytes = async () => new Uint8Array(await new Response(await provider.open({ id: ref.id })).arrayBuffer())
    emulator.next('content', fault)
    await expect(bytes()).rejects.toThrow()
    expect(await bytes()).toEqual(CLIP)
  })

  test('is stopped by DELETE where that stops it, and never deleted once it has ended', async () => {
    const { provider, ref } = await running('a boat [[hang]]', 'vllm-omni')
    expect(await provider.cancel(ref)).toBe('stopped')
    expect(emulator.jobs.has(ref.id)).toBe(false)
    expect(await provider.cancel(ref)).toBe('stopped')
    const ended = await running('a boat', 'vllm-omni')
    expect(await ended.provider.cancel(ended.ref)).toBe('too_late')
    expect(emulator.jobs.has(ended.ref.id)).toBe(true)
  })

  test('is redirected to its clip without our key', async () => {
    const { provider, ref } = await running()
    emulator.next('content', { status: 302, headers: { location: `${emulator.base_url}/videos/${ref.id}/content` } })
    await expect(provider.open({ id: ref.id })).rejects.toThrow(/401/) // the emulator wants a key everywhere, and was sent none
    emulator.next('content', { status: 302, headers: { location: 'http://169.254.169.254/latest' } })
    await expect(provider.open({ id: ref.id })).rejects.toThrow(/no public address/)
  })
})
