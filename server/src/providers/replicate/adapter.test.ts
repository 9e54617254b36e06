import { randomUUID } from 'node:crypto'
import ReplicateClient, { validateWebhook } from 'replicate'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ReplicateEmulator, startReplicateEmulator } from '../../../../emulators/src/replicate.ts'
import { ApiKey, type ProviderAccount } from '../../domain/provider-account.ts'
import { settle } from '../../domain/settings.ts'
import { KEY, order as orderOf, patience, SUBMIT_FAULTS } from '../../testing/openai.ts'
import { type Received, type Receiver, startReceiver } from '../../testing/receiver.ts'
import { conforms } from '../conformance.ts'
import type { CalledBack, ProviderOrder, ProviderRef, Submitted } from '../provider.ts'
import { Replicate } from './adapter.ts'
import { linkOf } from './answers.ts'
import { modelOf } from './request.ts'

const CLIP = new Uint8Array(1_000).fill(7)
const OPEN = { closes_at: Number.MAX_SAFE_INTEGER, open: () => true }
const VERSION = 'ab'.repeat(32)
const HOUR_MS = 3_600_000
const picture = async () => new Uint8Array([0x89, 1, 2])
let now = Date.now()

const start = (more = {}) => startReplicateEmulator({ clip: () => CLIP, key: KEY, ...more })

function adapter(base_url: string, more: Partial<ProviderAccount> = {}, fault: unknown = null): Replicate {
  const about = { name: 'rep-a', adapter: 'replicate', profile: null, trusted_hosts: [], open_limit: null, callback_field: null } as const
  return new Replicate({ ...about, base_url, api_key: new ApiKey(KEY), ...more }, { clock: () => now, request_timeout_ms: patience(fault) })
}

const order = (prompt?: string, more: Partial<ProviderOrder> = {}): ProviderOrder => ({
  ...orderOf(prompt, more),
  provider_model: 'google/veo-3.1',
  ...more,
})

function running(submitted: Submitted): ProviderRef {
  if (submitted.outcome !== 'running') throw new Error(JSON.stringify(submitted))
  return submitted.ref
}

for (const output of ['text', 'list', 'object'] as const)
  conforms(
    `replicate (a model that answers with ${output})`,
    async () => {
      const emulator = await start({ output, list_is_bare: output === 'list' })
      return {
        provider: adapter(emulator.base_url),
        order: (trouble) => order(`a boat on a lake ${trouble ?? ''}`),
        taken: async () => emulator.jobs.size,
        stop: () => emulator.stop(),
      }
    },
    { 'gives a reference for an order, and the same one for the same key': 'Replicate knows no key: one attempt is sent once' },
  )

describe('replicate', () => {
  let emulator: ReplicateEmulator
  beforeAll(async () => {
    emulator = await start({ render_ms: 0 })
  })
  afterAll(() => emulator.stop())
  const replicate = (fault: unknown = null) => adapter(emulator.base_url, {}, fault)
  const submit = (ordered = order(), fault: unknown = null) => replicate(fault).submit(ordered, randomUUID(), OPEN)

  test.each(SUBMIT_FAULTS)('is sent an order once when it meets %s', async (_name, fault, outcome, taken) => {
    const [asked, jobs] = [emulator.asked.submit, emulator.jobs.size]
    emulator.next('submit', fault)
    const submitted = await submit(order(), fault)
    expect(submitted).toMatchObject(outcome)
    expect(JSON.stringify(submitted)).not.toContain(KEY)
    expect([emulator.asked.submit - asked, emulator.jobs.size - jobs]).toEqual([1, taken])
  })

  test('tells a model that is gone from a page', async () => {
    const without = await start()
    without.removeModel('google/veo-3.1')
    expect(await adapter(without.base_url).submit(order(), randomUUID(), OPEN)).toMatchObject({ outcome: 'rejected', gone: true })
    await without.stop()
    emulator.next('submit', 422)
    expect(await submit()).not.toHaveProperty('gone')
  })

  test('takes official models by name, anybody’s by version, with and without a picture', async () => {
    for (const provider_model of ['kwaivgi/kling-v3', `someone/model:${VERSION}`, VERSION, 'minimax/hailuo-2.3', 'google/veo-3.1']) {
      for (const reference of [null, picture]) {
        const base = order('two boats', { provider_model, reference })
        const ref = running(await submit({ ...base, order: { ...base.order, seconds: 7, size: { width: 1080, height: 1920 } } }))
        const official = provider_model.includes(VERSION) ? 'community/model' : provider_model
        const ordered = { model: official, prompt: 'two boats', seconds: 7, size: '1080x1920', reference_bytes: reference === null ? 0 : 3 }
        expect(emulator.jobs.get(ref.id)?.ordered).toMatchObject(ordered)
      }
    }
    expect(modelOf(`a/b:${VERSION}`)).toEqual({ kind: 'version', version: VERSION })
    for (const odd of ['veo', 'a/b/c', 'a/../b', 'a/b:1', `a:${VERSION}`, '']) expect(modelOf(odd)).toBeNull()
  })

  test('is not asked for what it has no words for, nor once the window has closed', async () => {
    const asked = emulator.asked.submit
    const odd = order()
    for (const unsayable of [
      orderOf('a boat', {}, 'remix'),
      order('a boat', { provider_model: 'veo' }),
      order('Mara', { characters: [{ name: 'Mara', ref: { id: '1' } }] }),
      { ...odd, order: { ...odd.order, size: { width: 1792, height: 1024 } } },
    ])
      expect(await submit(unsayable)).toMatchObject({ outcome: 'rejected' })
    let read = false
    const reference = async () => {
      read = true
      return picture()
    }
    const closing = { closes_at: 0, open: () => !read }
    expect(await replicate().submit(order('a boat', { reference }), randomUUID(), closing)).toMatchObject({ outcome: 'undelivered' })
    expect(await submit(order('a boat', { reference: () => Promise.reject(new Error('gone')) }))).toMatchObject({ outcome: 'undelivered' })
    expect(emulator.asked.submit).toBe(asked)
  })

  test.each(['drop_before', 'hang_before', 'html', 'html_502', 'truncated', 'empty', 401, 404, 429, 500, 503] as const)(
    'gives no verdict by a read that meets %s',
    async (fault) => {
      const ref = running(await submit())
      emulator.next('retrieve', fault)
      expect(await replicate(fault).check(ref)).toMatchObject({ state: 'no_verdict' })
      emulator.next('delete', fault)
      expect(await replicate(fault).cancel(ref)).toBe('unknown')
      expect(await replicate().check(ref)).toMatchObject({ state: 'succeeded' })
    },
  )

  test('says why it failed without its own ids', async () => {
    const ref = running(await submit(order('a boat [[fail]]')))
    expect(await replicate().check(ref)).toMatchObject({ message: 'Prediction … failed: CUDA out of memory' })
  })

  test('tells waiting from work, and what it gave up before it began from what it stopped', async () => {
    let at = Date.now()
    const slow = await start({ render_ms: 1_000_000, clock: () => at })
    const options = { cancel_after: new ApiKey('2m') }
    const ref = running(await adapter(slow.base_url, { options }).submit(order(), randomUUID(), OPEN))
    const without = running(await adapter(slow.base_url).submit(order(), randomUUID(), OPEN))
    expect(await adapter(slow.base_url).check(ref)).toMatchObject({ state: 'running', phase: 'queued' })
    at += 300_000
    expect(await adapter(slow.base_url).check(without)).toMatchObject({ state: 'running', phase: 'rendering' })
    expect(await adapter(slow.base_url).check(ref)).toMatchObject({ state: 'failed', reason: 'cancelled' })
    await slow.stop()
  })

  test('has no clip where it made none, or where an hour has gone by', async () => {
    let at = Date.now()
    const empty = await start({ render_ms: 0, output: 'null' })
    const none = running(await adapter(empty.base_url).submit(order(), randomUUID(), OPEN))
    expect(await adapter(empty.base_url).check(none)).toMatchObject({ state: 'failed', message: 'The provider made no clip.' })
    await empty.stop()
    const old = await start({ render_ms: 0, clock: () => at })
    const ref = running(await adapter(old.base_url).submit(order(), randomUUID(), OPEN))
    const progress = await adapter(old.base_url).check(ref)
    if (progress.state !== 'succeeded') throw new Error(progress.state)
    at += HOUR_MS + 1
    await expect(adapter(old.base_url).open(progress.asset)).rejects.toThrow('names no clip')
    expect(await adapter(old.base_url).check(ref)).toMatchObject({ state: 'failed', message: 'The provider no longer has the clip.' })
    await old.stop()
  })

  test.each([
    ['https://a.example/1.mp4', 'https://a.example/1.mp4'],
    [['no link', 'https://a.example/1.mp4', 'https://a.example/2.mp4'], 'https://a.example/1.mp4'],
    [{ thumbnail: 'https://a.example/1.png', video: 'https://a.example/1.mp4' }, 'https://a.example/1.mp4'],
    [[{ url: 'https://a.example/1.mp4' }], 'https://a.example/1.mp4'],
    ['file:///etc/passwd', undefined],
    [[[['https://a.example/too-deep.mp4']]], undefined],
    [7, undefined],
    [null, undefined],
  ])('finds in %j the clip %s', (output, link) => {
    expect(linkOf({ output })?.href).toBe(link)
  })

  test('needs a price of the operator’s own for each model', () => {
    const models = ['google/veo-3.1']
    expect(settle({ providers: [{ name: 'rep-a', adapter: 'replicate', models }] }, {})).toMatchObject({ outcome: 'mistake' })
    const settled = settle({ providers: [{ name: 'rep-a', adapter: 'replicate', models, rate_card: 'mine' }], rate_cards: [CARD] }, {})
    if ('outcome' in settled) throw new Error(settled.what)
    expect(settled.accounts[0]).toMatchObject({ base_url: 'https://api.replicate.com/v1' })
    expect(settled.routes.map(({ name }) => name)).toContain('rep-a/google/veo-3.1')
  })
})

const CARD = {
  kind: 'rates' as const,
  id: 'mine',
  version: 1,
  title: 'Mine',
  currency: 'usd' as const,
  effective_on: '2026-11-22',
  source: { name: 'Its page', read_on: '2026-11-22' },
  lines: [{ models: ['google/veo-3.1'], sizes: 'any' as const, seconds: [8], rate: { kind: 'per_call' as const, amount: '3.20' } }],
}

describe.each([false, true])('the look-up of a lost order, in a list that is bare: %s', (list_is_bare) => {
  let emulator: ReplicateEmulator
  const window = () => ({ from: Date.now() - 60_000, to: Date.now() + 60_000 })
  beforeAll(async () => {
    emulator = await start({ list_is_bare, render_ms: 60_000 })
  })
  afterAll(() => emulator.stop())
  const find = (wanted: ProviderOrder) => adapter(emulator.base_url).find('key', wanted, window())
  const submit = (wanted: ProviderOrder) => adapter(emulator.base_url).submit(wanted, randomUUID(), OPEN)

  test('knows it by whom it calls, among others that say the same', async () => {
    const mine = order('a boat', { callback_url: 'http://127.0.0.1:9/v1/callbacks/mine' })
    running(await submit(order('a boat', { callback_url: 'http://127.0.0.1:9/v1/callbacks/other' })))
    expect(await find(mine)).toEqual({ outcome: 'absent' })
    emulator.next('submit', 'drop_after')
    await submit(mine)
    const id = [...emulator.jobs.keys()].at(-1)
    running(await submit(order('a boat')))
    expect(await find(mine)).toEqual({ outcome: 'found', ref: { id } })
    // We are reached elsewhere by now: the token is still the attempt's own.
    expect(await find({ ...mine, callback_url: 'https://films.example/v1/callbacks/mine' })).toEqual({ outcome: 'found', ref: { id } })
  })

  test('knows it by its inputs where it calls nobody, and never by those of another', async () => {
    const wanted = order('two boats')
    const others = [
      order('two boats.'),
      order('two boats', { provider_model: VERSION }),
      order('two boats', { provider_model: 'cd'.repeat(32) }),
      order('two boats', { reference: picture }),
      { ...wanted, order: { ...wanted.order, seconds: 8 } },
      { ...wanted, order: { ...wanted.order, size: { width: 720, height: 1280 } } },
    ]
    const refs = new Map<ProviderOrder, ProviderRef>()
    for (const other of others) refs.set(other, running(await submit(other)))
    expect(await find(wanted)).toEqual({ outcome: 'absent' })
    for (const [other, ref] of refs) expect(await find(other)).toEqual({ outcome: 'found', ref })
    const [first, second] = [running(await submit(wanted)), running(await submit(wanted))]
    expect(await find(wanted)).toEqual({ outcome: 'found', ref: first, others: [second] })
    // Replicate writes names its own way.
    expect(await find({ ...wanted, provider_model: 'Google/Veo-3.1' })).toMatchObject({ outcome: 'found', ref: first })
    const asked = adapter(emulator.base_url)
    expect(await asked.fits(first, wanted, window())).toBe(true)
    expect(await asked.fits(first, order('a train'), window())).toBe(false)
    expect(await asked.fits(first, wanted, { from: Date.now() + HOUR_MS, to: Date.now() + 2 * HOUR_MS })).toBe(false)
    expect(await asked.fits({ id: 'none' }, wanted, window())).toBe(false)
  })

  test('is not sure of anything after a fault', async () => {
    for (const fault of ['drop_before', 'html', 'truncated', 'empty', 500, 429, 401, 404] as const) {
      emulator.next('list', fault)
      expect(await find(order()), String(fault)).toMatchObject({ outcome: 'unknown' })
    }
  })
})

test('the look-up follows the cursor of the list, and only that', async () => {
  const emulator = await start({ render_ms: 60_000 })
  const window = { from: Date.now() - 60_000, to: Date.now() + 1_800_000 }
  const wanted = order('the first')
  const ref = running(await adapter(emulator.base_url).submit(wanted, randomUUID(), OPEN))
  for (let others = 0; others < 101; others++) await adapter(emulator.base_url).submit(order(`boat ${others}`), randomUUID(), OPEN)
  expect(await adapter(emulator.base_url).find('key', wanted, window)).toEqual({ outcome: 'found', ref })
  expect(emulator.asked.list).toBe(2)
  await emulator.stop()
})

describe('a call', () => {
  let emulator: ReplicateEmulator
  let receiver: Receiver
  let call: Received
  let id: string
  beforeAll(async () => {
    emulator = await start({ render_ms: 60_000 })
    receiver = await startReceiver()
    const submitted = adapter(emulator.base_url).submit(order('a boat', { callback_url: `${receiver.address}/hook` }), randomUUID(), OPEN)
    id = running(await submitted).id
    now = Date.now()
    call = await called()
  })
  afterAll(async () => {
    await emulator.stop()
    await receiver.stop()
  })

  async function called(how = {}): Promise<Received> {
    await emulator.callBack(id, { at: now, ...how })
    const last = receiver.received.at(-1)
    if (last === undefined) throw new Error('nobody called')
    return last
  }

  function hear(
    replicate: Replicate,
    { body, headers }: Received,
    changed: Readonly<Record<string, string | null>> = {},
  ): Promise<CalledBack> {
    const all = { ...headers, ...changed }
    return replicate.readCallback(Buffer.from(body), (name) => (typeof all[name] === 'string' ? all[name] : null))
  }

  test('is heard when it is signed as Standard Webhooks are, and the vendor’s own check agrees', async () => {
    const replicate = adapter(emulator.base_url)
    for (let times = 0; times < 3; times++) expect(await hear(replicate, call)).toEqual({ outcome: 'about', ref: { id } })
    expect(emulator.asked.other).toBe(1)
    const { body, headers } = call
    const told = { id: String(headers['webhook-id']), timestamp: String(headers['webhook-timestamp']), body }
    expect(await validateWebhook({ ...told, signature: String(headers['webhook-signature']), secret: emulator.secret() })).toBe(true)
    expect(JSON.parse(body)).toMatchObject({ webhook_events_filter: ['completed'] })
  })

  test('that is forged is not heard', async () => {
    const replicate = adapter(emulator.base_url)
    const forged = { outcome: 'forged' }
    expect(await hear(replicate, await called({ forged: true }))).toMatchObject(forged)
    for (const name of ['id', 'timestamp', 'signature'])
      for (const value of [null, 'other', 'v1,', 'v1,xyz', `v1,${'é'.repeat(44)}`])
        expect(await hear(replicate, call, { [`webhook-${name}`]: value })).toMatchObject(forged)
    for (const off of [-301_000, 302_000]) expect(await hear(replicate, await called({ at: now + off }))).toMatchObject(forged)
    for (const off of [-298_000, 298_000])
      expect(await hear(replicate, await called({ at: now + off }))).toMatchObject({ outcome: 'about' })
    const two = `v1,${'0'.repeat(43)}= ${call.headers['webhook-signature']}`
    expect(await hear(replicate, call, { 'webhook-signature': two })).toMatchObject({ outcome: 'about' })
  })

  test('is verified by the secret of the configuration, if there is one, and by a new one soon after it was changed', async () => {
    const asked = emulator.asked.other
    const secret = (text: string) => adapter(emulator.base_url, { options: { callback_secret: new ApiKey(text) } })
    expect(await hear(secret(emulator.secret()), call)).toMatchObject({ outcome: 'about' })
    expect(await hear(secret('whsec_b3RoZXI='), call)).toMatchObject({ outcome: 'forged' })
    expect(emulator.asked.other).toBe(asked)
    const replicate = adapter(emulator.base_url)
    expect(await hear(replicate, call)).toMatchObject({ outcome: 'about' })
    emulator.rotateSecret()
    const after = await called()
    expect(await hear(replicate, after)).toMatchObject({ outcome: 'forged' })
    now += 60_000
    expect(await hear(replicate, after)).toMatchObject({ outcome: 'about' })
  })

  test('is not heard where there is no secret', async () => {
    for (const fault of ['drop_before', 'html', 'truncated', 'empty', 404, 500] as const) {
      emulator.next('other', fault)
      expect(await hear(adapter(emulator.base_url), call), String(fault)).toMatchObject({ message: UNTOLD })
    }
  })
})

const UNTOLD = 'the secret of Replicate could not be read, so nobody can tell'

test("Replicate's own client speaks to the emulator: it predicts, reads, lists, cancels and reads the secret", async () => {
  const emulator = await start()
  const client = new ReplicateClient({ auth: KEY, baseUrl: emulator.base_url })
  const made = await client.predictions.create({ model: 'google/veo-3.1', input: { prompt: 'a boat', duration: 8 } })
  expect(emulator.jobs.get(made.id)?.ordered).toMatchObject({ model: 'google/veo-3.1', seconds: 8 })
  const ended = await client.wait(made, { interval: 10 })
  expect(ended).toMatchObject({ status: 'succeeded', output: expect.stringContaining('/files/') })
  const stopped = await client.predictions.create({ version: VERSION, input: { prompt: 'a boat [[hang]]' } })
  expect(await client.predictions.cancel(stopped.id)).toMatchObject({ status: 'canceled' })
  expect((await client.predictions.list()).results.map(({ id }) => id)).toEqual([stopped.id, made.id])
  expect(await client.webhooks.default.secret.get()).toEqual({ key: emulator.secret() })
  await emulator.stop()
})
