import { randomUUID } from 'node:crypto'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Fault, type OpenaiEmulator, startOpenaiEmulator } from '../../../../emulators/src/openai.ts'
import type { OpenaiProfile } from '../../domain/catalogue/openai.ts'
import { adapter, KEY, order, patience, Source, WAYS } from '../../testing/openai.ts'
import { conforms, type Subject } from '../conformance.ts'
import type { Provider } from '../provider.ts'

const CREATE = { operation: 'create', by: 'nothing' } as const
const CLIP = new Uint8Array(1_000).fill(7)
const OPEN = { closes_at: Number.MAX_SAFE_INTEGER, open: () => true }
const NO_KEY = 'the wire format knows no key: one attempt is sent once, and looked for by time and content'
const NO_CANCEL = 'the wire format has no cancel: DELETE is for videos that have ended'

const start = (more = {}) => startOpenaiEmulator({ clip: () => CLIP, key: KEY, ...more })

async function subject(profile: OpenaiProfile, more = {}, { operation, by }: (typeof WAYS)[number] = CREATE): Promise<Subject> {
  const emulator = await start(more)
  const provider = adapter(emulator.base_url, profile)
  const source = by === 'nothing' ? null : new Source(by === 'id' ? await clipOf(provider) : null)
  return {
    provider,
    order: (trouble) => order(`a boat on a lake ${trouble ?? ''}`, { source }, operation),
    taken: async () => emulator.jobs.size,
    stop: () => emulator.stop(),
  }
}

/** A video that this account has made: other orders begin from it. */
async function clipOf(provider: Provider) {
  const submitted = await provider.submit(order('the source'), randomUUID(), OPEN)
  if (submitted.outcome !== 'running') throw new Error(submitted.outcome)
  while ((await provider.check(submitted.ref)).state !== 'succeeded');
  return submitted.ref
}

for (const way of WAYS)
  conforms(`openai (${way.operation} by ${way.by})`, () => subject('openai', {}, way), {
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
for (const relay of ['apiyi-relay', 'laozhang'] as const)
  conforms(`openai as ${relay}`, () => subject(relay, { dialect: relay }), {
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
    expect(await adapter(emulator.base_url).submit(order('a boat', { reference }), randomUUID(), closing)).toMatchObject({
      outcome: 'undelivered',
    })
    expect(emulator.asked.create).toBe(asked)
  })

  test.each(['openai', 'azure', 'vllm-omni', 'sglang', 'cometapi'] as const)(
    'says the order as %s wants it, with and without a picture',
    async (profile) => {
      const emulator = await start({ dialect: profile })
      for (const reference of [null, async () => new Uint8Array([0x89, 1, 2])]) {
        const submitted = await adapter(emulator.base_url, profile).submit(order('two boats', { reference }), randomUUID(), OPEN)
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
  const window = { from: Date.now() - 60_000, to: Date.now() + 1_800_000 }
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
      expect(await adapter(emulator.base_url, 'openai', patience(fault)).check(ref)).toMatchObject({ state: 'no_verdict' })
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
