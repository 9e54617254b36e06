import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { createFalClient } from '@fal-ai/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FalEmulator, startFalEmulator } from '../../../../emulators/src/fal.ts'
import { FAL_MODELS } from '../../domain/catalogue/fal.ts'
import { formatSize, parseSize } from '../../domain/order.ts'
import { ApiKey, type ProviderAccount } from '../../domain/provider-account.ts'
import { fal_2026_11 } from '../../domain/rate-cards/fal-2026-11.ts'
import { settle } from '../../domain/settings.ts'
import { knows } from '../../domain/sold.ts'
import { KEY, order as orderOf, patience, SUBMIT_FAULTS } from '../../testing/openai.ts'
import { conforms } from '../conformance.ts'
import type { ProviderOrder, ProviderRef, Submitted } from '../provider.ts'
import { Fal } from './adapter.ts'
import { readStatus } from './answers.ts'

const CLIP = new Uint8Array(1_000).fill(7)
const OPEN = { closes_at: Number.MAX_SAFE_INTEGER, open: () => true }
const picture = async () => new Uint8Array([0x89, 1, 2])

const start = (more = {}) => startFalEmulator({ clip: () => CLIP, key: KEY, ...more })

function adapter(base_url: string, more: Partial<ProviderAccount> = {}, fault: unknown = null): Fal {
  const about = { name: 'fal-a', adapter: 'fal', profile: null, trusted_hosts: [], open_limit: null, callback_field: null } as const
  return new Fal({ ...about, base_url, api_key: new ApiKey(KEY), ...more }, { clock: Date.now, request_timeout_ms: patience(fault) })
}

const order = (prompt?: string, more: Partial<ProviderOrder> = {}): ProviderOrder => ({
  ...orderOf(prompt, more),
  provider_model: 'veo-3.1',
  ...more,
})

function running(submitted: Submitted): ProviderRef {
  if (submitted.outcome !== 'running') throw new Error(JSON.stringify(submitted))
  return submitted.ref
}

conforms(
  'fal',
  async () => {
    const emulator = await start()
    return {
      provider: adapter(emulator.base_url),
      order: (trouble) => order(`a boat on a lake ${trouble ?? ''}`),
      taken: async () => emulator.jobs.size,
      stop: () => emulator.stop(),
    }
  },
  {
    'gives a reference for an order, and the same one for the same key': 'fal knows no key: one attempt is sent once',
    'finds an order by its key, and says so when there is none': 'fal shows no list: only its signed call tells of a lost order',
  },
)

describe('fal', () => {
  let emulator: FalEmulator
  beforeAll(async () => {
    emulator = await start({ render_ms: 0 })
  })
  afterAll(() => emulator.stop())
  const fal = (fault: unknown = null) => adapter(emulator.base_url, {}, fault)
  const submit = (ordered = order(), fault: unknown = null) => fal(fault).submit(ordered, randomUUID(), OPEN)

  test.each(SUBMIT_FAULTS)('is sent an order once when it meets %s', async (_name, fault, outcome, taken) => {
    const [asked, jobs] = [emulator.asked.submit, emulator.jobs.size]
    emulator.next('submit', fault)
    const submitted = await submit(order(), fault)
    expect(submitted).toMatchObject(outcome)
    expect(JSON.stringify(submitted)).not.toContain(KEY)
    expect([emulator.asked.submit - asked, emulator.jobs.size - jobs]).toEqual([1, taken])
  })

  test('tells a model that is gone from a page, and is asked not to repeat by itself', async () => {
    const gone = await start()
    gone.removeModel('fal-ai/veo3.1')
    expect(await adapter(gone.base_url).submit(order(), randomUUID(), OPEN)).toMatchObject({ outcome: 'rejected', gone: true })
    await gone.stop()
    emulator.next('submit', { status: 422, message: 'No.' })
    expect(await submit()).not.toHaveProperty('gone')
    expect(emulator.headers).toMatchObject({ 'x-fal-no-retry': '1' })
  })

  const sold = FAL_MODELS.flatMap(({ model, abilities }) =>
    abilities.sizes.map((size) => [model, size, 'from' in abilities.seconds ? abilities.seconds.from : abilities.seconds.at(-1)] as const),
  )
  test.each(sold)('takes %s at %s as its form wants it, from text and from a picture', async (model, size, seconds = 0) => {
    for (const reference of [null, picture]) {
      const base = order('two boats', { provider_model: model, reference })
      const ref = running(await submit({ ...base, order: { ...base.order, seconds, size: parseSize(size) ?? base.order.size } }))
      expect(await fal().check(ref)).toMatchObject({ state: 'succeeded' })
      const { size: made, seconds: lasts, reference_bytes } = emulator.jobs.get(ref.id)?.ordered ?? {}
      // The shape of a picture is its own, and these three bytes show none.
      expect(reference === null ? made : size).toBe(size)
      expect([lasts, reference_bytes]).toEqual([seconds, reference === null ? 0 : 3])
    }
  })

  test('has a price for every model of the catalogue', () => {
    for (const { model } of FAL_MODELS) expect(knows(fal_2026_11, model), model).toBe(true)
  })

  test('needs no more of a configuration than a key, and stands in for what nobody makes any more', () => {
    const settled = settle({ providers: [{ name: 'fal-a', adapter: 'fal', api_key: KEY }] }, {})
    if ('outcome' in settled) throw new Error(settled.what)
    const routes = settled.routes.filter(({ provider }) => provider === 'fal-a')
    expect(settled.accounts[0]).toMatchObject({ base_url: 'https://queue.fal.run' })
    for (const { provider_rate_card } of routes) expect(provider_rate_card?.id).toBe('fal-2026-11')
    const names = routes.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['fal-a/pika-2.2', 'fal-a/sora-2/veo-3.1', 'fal-a/sora-2-pro/kling-v3']))
  })

  test('is not asked for what it has no words for, nor once the window has closed', async () => {
    const asked = emulator.asked.submit
    expect(await submit(orderOf('a boat', {}, 'remix'))).toMatchObject({ outcome: 'rejected' })
    expect(await submit(order('a boat', { provider_model: 'sora-2' }))).toMatchObject({ outcome: 'rejected' })
    expect(await submit(order('Mara', { characters: [{ name: 'Mara', ref: { id: '1' } }] }))).toMatchObject({ outcome: 'rejected' })
    const odd = order()
    const sized = { ...odd, order: { ...odd.order, size: { width: 854, height: 480 } } }
    expect(formatSize(sized.order.size)).toBe('854x480')
    expect(await submit(sized)).toMatchObject({ outcome: 'rejected' })
    let read = false
    const reference = async () => {
      read = true
      return picture()
    }
    const closing = { closes_at: 0, open: () => !read }
    expect(await fal().submit(order('a boat', { reference }), randomUUID(), closing)).toMatchObject({ outcome: 'undelivered' })
    const broken = order('a boat', { reference: () => Promise.reject(new Error('gone')) })
    expect(await submit(broken)).toMatchObject({ outcome: 'undelivered' })
    expect(emulator.asked.submit).toBe(asked)
  })

  test('tells waiting from work', async () => {
    const slow = await start({ render_ms: 60_000 })
    const ref = running(await adapter(slow.base_url).submit(order(), randomUUID(), OPEN))
    expect(await adapter(slow.base_url).check(ref)).toEqual({ state: 'running', percent: null, phase: 'queued' })
    const job = slow.jobs.get(ref.id)
    if (job === undefined) throw new Error('it was not taken')
    job.told = { state: 'running' }
    expect(await adapter(slow.base_url).check(ref)).toEqual({ state: 'running', percent: null, phase: 'rendering' })
    job.told = { state: 'queued' }
    expect(await adapter(slow.base_url).cancel(ref)).toBe('stopped')
    await slow.stop()
  })

  test('refuses an input only when its turn has come, in words for the customer', async () => {
    const base = order()
    const ref = running(await submit({ ...base, order: { ...base.order, seconds: 5 } }))
    const failed = { state: 'failed', reason: 'provider_rejected', message: 'Input should be 4s, 6s, 8s' }
    expect(await fal().check(ref)).toMatchObject(failed)
  })

  test.each(['drop_before', 'hang_before', 'html', 'html_502', 'truncated', 'empty', 400, 401, 404, 429, 500, 503] as const)(
    'gives no verdict by a status or a result that meets %s',
    async (fault) => {
      const ref = running(await submit())
      for (const operation of ['retrieve', 'result'] as const) {
        emulator.next(operation, fault)
        expect(await fal(fault).check(ref)).toMatchObject({ state: 'no_verdict' })
      }
      expect(await fal().check(ref)).toMatchObject({ state: 'succeeded' })
    },
  )

  test('gives no verdict by a status of another request, or by a word that nobody knows', async () => {
    const ref = running(await submit())
    const others = running(await submit())
    const asked = { ...ref, status_url: String(others.status_url) }
    expect(await fal().check(asked)).toMatchObject({ state: 'no_verdict' })
    expect(readStatus({ status: 200, headers: new Headers(), json: { status: 'PONDERING' } }, ref.id)).toContain('PONDERING')
  })

  test('may finish what it was asked to stop', async () => {
    const ref = running(await submit(order('a boat [[hang]]')))
    emulator.next('retrieve', 500)
    expect(await fal().cancel(ref)).toBe('unknown')
    for (const fault of ['drop_after', 404, 500, 'html'] as const) {
      emulator.next('delete', fault)
      expect(await fal().cancel(ref)).toBe('unknown')
    }
    expect(await fal().cancel({ id: ref.id })).toBe('unknown')
  })
})

describe('the key', () => {
  test('goes to no address that an answer names elsewhere: the app is asked where it is known to be', async () => {
    const seen: unknown[] = []
    const stranger = createServer((request, response) => {
      seen.push(request.url)
      response.end('{}')
    })
    await new Promise<void>((listening) => stranger.listen(0, '127.0.0.1', listening))
    const address = stranger.address()
    const place = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    const emulator = await start({ answers_at: `http://${place}` })
    const ref = running(await adapter(emulator.base_url).submit(order('a boat [[hang]]'), randomUUID(), OPEN))
    expect(ref).toMatchObject({ app: 'fal-ai/veo3.1', status_url: `http://${place}/fal-ai/veo3.1/requests/${ref.id}/status` })
    expect(await adapter(emulator.base_url).check(ref)).toMatchObject({ state: 'running' })
    expect(await adapter(emulator.base_url).cancel(ref)).toBe('stopped')
    expect(seen).toEqual([])
    // Unless the operator trusts that place.
    await adapter(emulator.base_url, { trusted_hosts: [place] }).check(ref)
    expect(seen).toEqual([`/fal-ai/veo3.1/requests/${ref.id}/status`])
    for (const url of ['not a url', `http://user:word@${place}/`, 'file:///etc/passwd'])
      expect(
        await adapter(emulator.base_url, { trusted_hosts: [place] }).check({ ...ref, status_url: url, response_url: url }),
      ).toMatchObject({ state: 'failed' })
    expect(seen).toHaveLength(1)
    await emulator.stop()
    await new Promise((closed) => stranger.close(closed))
  })
})

test("fal's own client speaks to the emulator: it submits, asks, reads the result and cancels", async () => {
  const emulator = await start()
  const client = createFalClient({
    credentials: KEY,
    fetch: async (input, init) => fetch(String(input).replace('https://queue.fal.run', emulator.base_url), init),
  })
  const endpoint = 'fal-ai/kling-video/v3/pro/text-to-video'
  const input = { prompt: 'a boat', duration: '5' as const, aspect_ratio: '9:16' as const, generate_audio: true }
  const { request_id: requestId } = await client.queue.submit(endpoint, { input })
  const seen: string[] = []
  while (seen.at(-1) !== 'COMPLETED') seen.push((await client.queue.status(endpoint, { requestId })).status)
  const { data } = await client.queue.result(endpoint, { requestId })
  expect(data).toMatchObject({ video: { content_type: 'video/mp4' } })
  expect(emulator.jobs.get(requestId)?.ordered).toMatchObject({ model: endpoint, seconds: 5, size: '1080x1920' })
  const { request_id: stopped } = await client.queue.submit(endpoint, { input: { ...input, prompt: 'a boat [[hang]]' } })
  await client.queue.cancel(endpoint, { requestId: stopped })
  await expect(client.queue.result(endpoint, { requestId: stopped })).rejects.toThrow()
  await emulator.stop()
})
