import { randomUUID } from 'node:crypto'
import RunwayML from '@runwayml/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Emulator } from '../../../../emulators/src/desk.ts'
import type { Fault } from '../../../../emulators/src/fault.ts'
import { type RunwayOptions, startRunwayEmulator } from '../../../../emulators/src/runway.ts'
import { RUNWAY_MODELS } from '../../domain/catalogue/runway.ts'
import { ApiKey } from '../../domain/provider-account.ts'
import { settle } from '../../domain/settings.ts'
import { KEY, order as openaiOrder, patience, Source, SUBMIT_FAULTS } from '../../testing/openai.ts'
import { conforms } from '../conformance.ts'
import type { ProviderOrder, ProviderRef } from '../provider.ts'
import { Runway } from './adapter.ts'

const CLIP = new Uint8Array(1_000).fill(7)
const PICTURE = new Uint8Array([0x89, 1, 2])
const OPEN = { closes_at: Number.MAX_SAFE_INTEGER, open: () => true }

const start = (more: Partial<RunwayOptions> = {}) => startRunwayEmulator({ clip: () => CLIP, key: KEY, render_ms: 0, ...more })

function adapter(base_url: string, request_timeout_ms = patience()): Runway {
  const about = { name: 'runway-a', adapter: 'runway', profile: null, trusted_hosts: [], open_limit: null, callback_field: null } as const
  return new Runway({ ...about, base_url, api_key: new ApiKey(KEY) }, { clock: Date.now, request_timeout_ms })
}

function order(prompt = 'a boat', more: Partial<ProviderOrder> = {}): ProviderOrder {
  return { ...openaiOrder(prompt, more), provider_model: more.provider_model ?? 'gen-4.5' }
}

async function running(provider: Runway, ordered = order()): Promise<ProviderRef> {
  const submitted = await provider.submit(ordered, randomUUID(), OPEN)
  if (submitted.outcome !== 'running') throw new Error(JSON.stringify(submitted))
  return submitted.ref
}

conforms(
  'runway',
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
    'gives a reference for an order, and the same one for the same key': 'Runway knows no key: one attempt is sent once',
    'finds an order by its key, and says so when there is none': 'Runway has neither a list nor a look-up: a lost order stays unknown',
  },
)

test('an account needs a key and no more, serves what it has a price for, and stands in for sora-2', () => {
  const settled = settle({ providers: [{ name: 'runway-a', adapter: 'runway', api_key: KEY }] }, {})
  if ('outcome' in settled) throw new Error(settled.what)
  expect(settled.accounts).toMatchObject([{ base_url: 'https://api.dev.runwayml.com/v1', profile: null }])
  const priced = settled.routes.filter(({ provider_rate_card }) => provider_rate_card?.id === 'runway-2026-07')
  expect(priced.map(({ name }) => name)).toEqual(['runway-a/gen-4.5', 'runway-a/sora-2/gen-4.5', 'runway-a/gen-4-turbo'])
  // Runway asks for 5 s between reads of a task, and a poll comes up to a tenth early.
  for (const { poll } of settled.routes.filter(({ adapter }) => adapter === 'runway'))
    expect(Math.min(poll.first_s, poll.later_s) * 0.9).toBeGreaterThanOrEqual(5)
})

test("the vendor's own client works against the emulator", async () => {
  const emulator = await start()
  const client = new RunwayML({ apiKey: KEY, baseURL: new URL(emulator.base_url).origin, maxRetries: 0 })
  const made = await client.textToVideo.create({ model: 'gen4.5', promptText: 'a boat', ratio: '1280:720', duration: 8 })
  expect(made).toMatchObject({ id: expect.any(String), estimatedCost: { credits: 120 } })
  const promptImage = [{ uri: `data:image/png;base64,${Buffer.from(PICTURE).toString('base64')}`, position: 'first' }] as const
  const image = { model: 'gen4_turbo', promptImage: [...promptImage], ratio: '1584:672', duration: 5, promptText: '[[hang]]' } as const
  const hanging = await client.imageToVideo.create({ ...image, promptImage: [...promptImage] })
  expect(emulator.jobs.get(hanging.id)?.ordered).toMatchObject({ size: '1584x672', reference_bytes: 3 })
  const task = await client.tasks.retrieve(made.id)
  expect(task).toMatchObject({ status: 'SUCCEEDED', cost: { credits: 96 } })
  const [link = ''] = task.status === 'SUCCEEDED' ? task.output : []
  expect(new Uint8Array(await (await fetch(link)).arrayBuffer())).toEqual(CLIP)
  expect(await client.tasks.retrieve(hanging.id)).toMatchObject({ status: 'RUNNING', progress: 0.1 })
  await client.tasks.delete(hanging.id)
  expect(await client.tasks.retrieve(hanging.id)).toMatchObject({ status: 'CANCELLED', cost: { credits: 0 } })
  await client.tasks.delete(made.id)
  await expect(client.tasks.retrieve(made.id).then()).rejects.toMatchObject({ status: 404 })
  await expect(client.tasks.delete(made.id)).rejects.toMatchObject({ status: 404 })
  expect(await client.organization.retrieve()).toMatchObject({
    creditBalance: 10_000,
    usage: { models: { gen4_turbo: { dailyGenerations: 2 } } },
  })
  const wrong = { model: 'gen4.5', promptText: 'a boat', ratio: '1280:720', duration: 11 } as const
  await expect(client.textToVideo.create(wrong).then()).rejects.toMatchObject({ status: 400 })
  const without_version = await fetch(`${emulator.base_url}/organization`, { headers: { authorization: `Bearer ${KEY}` } })
  expect(without_version.status).toBe(400)
  await emulator.stop()
})

describe('an order', () => {
  let emulator: Emulator
  let provider: Runway
  beforeAll(async () => {
    emulator = await start({ render_ms: 0 })
    provider = adapter(emulator.base_url)
  })
  afterAll(() => emulator.stop())

  test.each(SUBMIT_FAULTS.filter(([name]) => name !== '400 for moderation'))(
    'is sent once when it meets %s',
    async (_name, fault, outcome, taken) => {
      const [asked, jobs] = [emulator.asked.submit, emulator.jobs.size]
      emulator.next('submit', fault)
      const submitted = await adapter(emulator.base_url, patience(fault)).submit(order(), randomUUID(), OPEN)
      expect(submitted).toMatchObject(outcome)
      expect(JSON.stringify(submitted)).not.toContain(KEY)
      expect([emulator.asked.submit - asked, emulator.jobs.size - jobs]).toEqual([1, taken])
    },
  )

  test.each(
    RUNWAY_MODELS.filter(({ availability }) => availability?.state !== 'ended').map(({ model, abilities }) => [model, abilities] as const),
  )(
    'of %s arrives to the letter, in every size and with and without a picture as the catalogue says',
    async (provider_model, { sizes, seconds, reference_image, audio }) => {
      const pictures = reference_image === 'required' ? [PICTURE] : [null, PICTURE]
      for (const picture of pictures) {
        for (const size of sizes) {
          const [width = 0, height = 0] = size.split('x').map(Number)
          const small = order('a boat,\n"under way" — 船', { provider_model, reference: picture && (async () => picture) })
          const length = 'to' in seconds ? seconds.to : Math.max(...seconds)
          const ref = await running(provider, { ...small, order: { ...small.order, seconds: length, size: { width, height } } })
          expect(emulator.jobs.get(ref.id)?.ordered).toMatchObject({
            prompt: 'a boat,\n"under way" — 船',
            seconds: length,
            size,
            reference_bytes: picture?.byteLength ?? 0,
            more: { audio: audio || undefined },
          })
        }
      }
    },
  )

  test('that Runway has no words for is refused without asking, and says why', async () => {
    const asked = emulator.asked.submit
    const large = async () => new Uint8Array(4 * 1024 ** 2).fill(0x89)
    for (const [wanted, why] of [
      [order('😀'.repeat(501)), /at most 1000 characters \(UTF-16 units\), and this one has 1002/],
      [order('a boat', { reference: large }), /at most 3\.9 MB/],
      [order('a boat', { provider_model: 'gen-4-turbo' }), /without a first frame/],
      [order('a boat', { provider_model: 'gen-3a-turbo' }), /does not have the model/],
      [order('a boat', { provider_model: 'constructor' }), /does not have the model/],
      [order('Mara', { characters: [{ name: 'Mara', ref: { id: 'char_1' } }] }), /no characters/],
      [{ ...openaiOrder('a boat', { source: new Source(null) }, 'edit'), provider_model: 'gen-4.5' }, /cannot edit/],
    ] as const)
      expect(await provider.submit(wanted, randomUUID(), OPEN)).toEqual({
        outcome: 'rejected',
        reason: 'provider_rejected',
        message: expect.stringMatching(why),
      })
    expect(emulator.asked.submit).toBe(asked)
    expect(await running(provider, order('x'.repeat(1_000)))).toMatchObject({ id: expect.any(String) })
  })

  test('asks its window after the picture was read, and whose picture cannot be read is undelivered', async () => {
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
  })

  test('whose answer was lost is never said to be absent', async () => {
    expect(await provider.find()).toMatchObject({ outcome: 'unknown' })
  })

  test('for a model that is no more is refused for good, and the customer reads nothing of it', async () => {
    const away = await start()
    away.removeModel('gen4.5')
    const refused = await adapter(away.base_url).submit(order(), randomUUID(), OPEN)
    expect(refused).toEqual({ outcome: 'rejected', reason: 'provider_rejected', message: 'The provider refused the order.', gone: true })
    await away.stop()
    expect(await adapter(away.base_url).submit(order(), randomUUID(), OPEN)).toMatchObject({ outcome: 'undelivered' })
  })

  test('over the tasks of a day is throttled; over those at once it is taken, and waits', async () => {
    let now = 0
    const busy = await start({ concurrency: 1, per_day: 2, render_ms: 1_000, clock: () => now })
    const account = adapter(busy.base_url)
    const [first, second] = [await running(account), await running(account)]
    expect(await account.submit(order(), randomUUID(), OPEN)).toEqual({ outcome: 'throttled', retry_after_ms: null })
    now = 500
    expect(await account.check(first)).toEqual({ state: 'running', percent: 49, phase: 'rendering' })
    expect(await account.check(second)).toEqual({ state: 'running', percent: null, phase: 'queued' })
    now = 1_000
    expect(await account.check(first)).toMatchObject({ state: 'succeeded', cost_micro: 480_000n })
    expect(await account.check(second)).toMatchObject({ state: 'running', phase: 'rendering' })
    now = 1_500
    expect(await account.check(second)).toMatchObject({ state: 'succeeded' })
    await busy.stop()
  })
})

describe('a task', () => {
  let emulator: Emulator
  let provider: Runway
  let now = 0
  beforeAll(async () => {
    emulator = await start({ link_lasts_ms: 1_000, clock: () => now })
    provider = adapter(emulator.base_url)
  })
  afterAll(() => emulator.stop())

  const bytes = async ({ id }: ProviderRef) => new Uint8Array(await new Response(await provider.open({ id })).arrayBuffer())

  test.each(['drop_before', 'hang_before', 'html', 'html_502', 'truncated', 'empty', 401, 404, 429, 500, 503] satisfies Fault[])(
    'has no verdict by a read that meets %s',
    async (fault) => {
      const ref = await running(provider)
      emulator.next('retrieve', fault)
      expect(await adapter(emulator.base_url, patience(fault)).check(ref)).toMatchObject({ state: 'no_verdict' })
      expect(await provider.check(ref)).toMatchObject({ state: 'succeeded' })
    },
  )

  test('costs by its own account: less than its estimate, also when it was moderated, and nothing when it failed or was stopped', async () => {
    const cost = async (prompt: string) => provider.check(await running(provider, order(prompt)))
    expect(await cost('a boat')).toMatchObject({ state: 'succeeded', cost_micro: 480_000n })
    expect(await cost('[[moderated]]')).toMatchObject({ reason: 'moderation_blocked', cost_micro: 480_000n })
    expect(await cost('[[fail]]')).toMatchObject({ reason: 'provider_failed', cost_micro: 0n })
    expect(await cost('[[fail]] [[billed]]')).toMatchObject({ reason: 'provider_failed', cost_micro: 480_000n })
  })

  test.each(['drop_before', 'truncated', 403, 404, 500] satisfies Fault[])('gives its clip after one that met %s', async (fault) => {
    const ref = await running(provider)
    emulator.next('content', fault)
    await expect(bytes(ref)).rejects.toThrow()
    expect(await bytes(ref)).toEqual(CLIP)
  })

  test('links to its clip anew at each read, so a link that expired is no loss', async () => {
    const ref = await running(provider)
    expect(await bytes(ref)).toEqual(CLIP)
    now += 3_600_000
    expect(await bytes(ref)).toEqual(CLIP)
    emulator.next('retrieve', 'drop_before', 500, 'empty')
    for (const _fault of ['drop_before', 500, 'empty']) await expect(bytes(ref)).rejects.toThrow()
  })

  test('is deleted only while it runs: what has ended keeps its result', async () => {
    const hanging = await running(provider, order('[[hang]]'))
    emulator.next('delete', 'drop_after')
    expect(await provider.cancel(hanging)).toBe('unknown')
    expect(await provider.cancel(hanging)).toBe('stopped')
    const ended = await running(provider)
    const asked = emulator.asked.delete
    expect(await provider.cancel(ended)).toBe('too_late')
    await provider.forget()
    expect([emulator.asked.delete, emulator.jobs.has(ended.id)]).toEqual([asked, true])
    const open = await running(provider, order('[[hang]]'))
    emulator.next('retrieve', 500, 'html')
    expect([await provider.cancel(open), await provider.cancel(open)]).toEqual(['unknown', 'unknown'])
    emulator.next('delete', 500)
    expect(await provider.cancel(open)).toBe('unknown')
  })

  test('that was stopped and forgotten there counts as stopped; a proxy that knows nothing of it says nothing', async () => {
    const forgetful = await start({ forgets_stopped: true })
    const account = adapter(forgetful.base_url)
    const ref = await running(account, order('[[hang]]'))
    forgetful.next('delete', 'drop_after')
    expect([await account.cancel(ref), await account.cancel(ref)]).toEqual(['unknown', 'stopped'])
    expect(await account.check(ref)).toMatchObject({ state: 'no_verdict' })
    await forgetful.stop()
    expect(await account.cancel(ref)).toBe('unknown')
  })
})
