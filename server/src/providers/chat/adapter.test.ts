import { randomUUID } from 'node:crypto'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startChatEmulator } from '../../../../emulators/src/chat.ts'
import type { Emulator } from '../../../../emulators/src/desk.ts'
import { ApiKey } from '../../domain/provider-account.ts'
import { type TestDatabase, testDatabase } from '../../testing/database.ts'
import { order as openaiOrder, patience, SUBMIT_FAULTS } from '../../testing/openai.ts'
import { withinReason } from '../../testing/within-reason.ts'
import { eventually } from '../../testing/world.ts'
import { conforms } from '../conformance.ts'
import type { Progress, ProviderOrder } from '../provider.ts'
import { ChatVideos } from './adapter.ts'
import { endOf, hear, NOTHING_HEARD } from './answers.ts'

const KEY = 'sk-test-0123456789' // as the table of faults quotes it
const CLIP = new Uint8Array(1_000).fill(7)
const OPEN = { closes_at: Number.MAX_SAFE_INTEGER, open: () => true }

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

function adapter(base_url: string, more: { options?: Record<string, ApiKey>; request_timeout_ms?: number; clock?: () => number } = {}) {
  const { options = {}, request_timeout_ms = patience(), clock = Date.now } = more
  const account = {
    name: 'shop-a',
    adapter: 'chat',
    profile: null,
    base_url,
    api_key: new ApiKey(KEY),
    options,
    trusted_hosts: [],
    open_limit: null,
    callback_field: null,
  } as const
  return new ChatVideos(account, { pool: database.pool, clock, request_timeout_ms })
}

function order(prompt = 'a boat', more: { seconds?: number; reference?: ProviderOrder['reference'] } = {}): ProviderOrder {
  const made = openaiOrder(prompt, { reference: more.reference ?? null })
  return { ...made, order: { ...made.order, seconds: more.seconds ?? 10 } }
}

const start = (more = {}) => startChatEmulator({ clip: () => CLIP, key: KEY, render_ms: 60, ...more })

/** Where a call stands once nobody reads it any more. */
function verdictOf(provider: ChatVideos, id: string): Promise<Progress> {
  return eventually(async () => {
    const progress = await provider.check({ id })
    return progress.state === 'running' ? null : progress
  })
}

conforms(
  'chat',
  async () => {
    const emulator = await start()
    const provider = adapter(emulator.base_url)
    return {
      provider,
      order: (trouble) => order(`a boat on a lake ${trouble ?? ''}`),
      taken: async () => emulator.jobs.size,
      async stop() {
        await provider.stop(0)
        await emulator.stop()
      },
    }
  },
  {
    'takes an error on a status read for no verdict': 'there is no status read: the stream of the order itself says how it stands',
    'stops what can be stopped, and then says that it was cancelled': 'nothing stops a call: who hangs up pays all the same',
  },
)

describe('a call', () => {
  let emulator: Emulator
  let provider: ChatVideos
  beforeAll(async () => {
    emulator = await start()
    provider = adapter(emulator.base_url)
  })
  afterAll(async () => {
    await provider.stop(0)
    await emulator.stop()
  })

  const submit = async (prompt: string, mine = provider): Promise<string> => {
    const submitted = await mine.submit(order(prompt), randomUUID(), OPEN)
    if (submitted.outcome !== 'running') throw new Error(JSON.stringify(submitted))
    return submitted.ref.id
  }

  /** What differs here: a relay's own 503 may come from behind the point where the order was taken. */
  const DIFFERS: Readonly<Record<string, object>> = {
    '503 in its own shape': { outcome: 'unknown' },
    // Whether the head of a stream that is torn down at once is seen is chance.
    'a body that ends half-way': { outcome: expect.stringMatching(/^(running|unknown)$/) },
  }

  test.each(SUBMIT_FAULTS)('%s', async (what, fault, usual, taken) => {
    const before = emulator.jobs.size
    const asked = emulator.asked.submit
    emulator.next('submit', fault)
    const mine = adapter(emulator.base_url, { request_timeout_ms: patience(fault) })
    const key = randomUUID()
    const submitted = await mine.submit(order(), key, OPEN)
    expect(submitted).toMatchObject(DIFFERS[what] ?? usual)
    expect(JSON.stringify(submitted)).not.toContain(KEY)
    expect([emulator.jobs.size - before, emulator.asked.submit - asked]).toEqual([taken, 1])
    await mine.stop(0)
    const none_taken = submitted.outcome === 'rejected' || submitted.outcome === 'throttled'
    expect((await provider.find(key)).outcome).toBe(none_taken ? 'absent' : 'unknown')
  })

  test('says by the name of the model how long and which way up; a picture goes along', async () => {
    const reference = async () => new Uint8Array([0x89, 1, 2, 3])
    const key = randomUUID()
    expect(await provider.submit(order('from a picture', { seconds: 15, reference }), key, OPEN)).toMatchObject({ outcome: 'running' })
    expect([...emulator.jobs.values()].at(-1)?.ordered).toMatchObject({
      model: 'sora_video2-landscape-15s',
      prompt: 'from a picture',
      reference_bytes: 30,
    })
    const odd = await provider.submit(order('odd', { seconds: 8 }), randomUUID(), OPEN)
    expect(odd).toMatchObject({ outcome: 'rejected', reason: 'provider_rejected' })
  })

  test.each(['', '[[whole]]', '[[picture]]', '[[bare]]', '[[gone_quiet]]'])('has its link, however it comes: %s', async (form) => {
    const id = await submit(`a kite ${form}`)
    const verdict = await verdictOf(provider, id)
    expect(verdict).toMatchObject({ state: 'succeeded', asset: { link: expect.stringMatching(/\/clips\/\w+\.mp4$/) } })
    if (verdict.state !== 'succeeded') throw new Error(verdict.state)
    expect(new Uint8Array(await new Response(await provider.open(verdict.asset)).arrayBuffer())).toEqual(CLIP)
  })

  test.each([
    ['[[no_link]]', 'provider_failed'],
    ['[[error_text]]', 'provider_failed'],
    ['[[error_text]][[whole]]', 'provider_failed'],
    ['[[moderated]][[whole]]', 'moderation_blocked'],
  ])('that ends with 200 and no link has failed: %s', async (form, reason) => {
    expect(await verdictOf(provider, await submit(`a kite ${form}`))).toMatchObject({ state: 'failed', reason })
  })

  test('that breaks off has no verdict, unless such calls are not billed; it is never sent again', async () => {
    const key = randomUUID()
    const asked = emulator.asked.submit
    expect(await provider.submit(order('a swan [[cut]]'), key, OPEN)).toMatchObject({ outcome: 'running' })
    expect(await verdictOf(provider, key)).toMatchObject({ state: 'no_verdict', message: expect.stringContaining('broke off') })
    expect(await provider.submit(order('a swan [[cut]]'), key, OPEN)).toMatchObject({ outcome: 'unknown' })
    expect(emulator.asked.submit).toBe(asked + 1)
    const free = adapter(emulator.base_url, { options: { cut_streams: new ApiKey('unbilled') } })
    expect(await free.check({ id: key })).toMatchObject({ state: 'failed', reason: 'provider_failed', cost_micro: 0n })
  })

  test('whose reader died has no verdict once its lease has lapsed; until then it runs', async () => {
    const dying = adapter(emulator.base_url)
    const id = await submit('a heron [[hang]]', dying)
    const later = adapter(emulator.base_url, { clock: () => Date.now() + 61_000 })
    expect([await provider.check({ id }), await later.check({ id })]).toMatchObject([
      { state: 'running', phase: 'rendering' },
      { state: 'no_verdict', message: expect.stringContaining('gone') },
    ])
    await dying.stop(0)
  })

  test('that a process which ends still waits for is read to its end within the grace, and given up after it', async () => {
    const ending = adapter(emulator.base_url)
    const [quick, stuck] = [await submit('quick', ending), await submit('stuck [[hang]]', ending)]
    await ending.stop(5_000)
    expect([await provider.check({ id: quick }), await provider.check({ id: stuck })]).toMatchObject([
      { state: 'succeeded' },
      { state: 'no_verdict' },
    ])
  })

  test('whose answer begins late is found', async () => {
    let now = Date.now()
    const emulator = await start({ clock: () => now })
    const slow = adapter(emulator.base_url, { request_timeout_ms: 20 })
    const key = randomUUID()
    expect(await slow.submit(order('late [[whole]][[slow:0.5]]'), key, OPEN)).toMatchObject({ outcome: 'unknown' })
    expect(await slow.find(key)).toMatchObject({ outcome: 'unknown' })
    now += 60_000
    await eventually(async () => ((await slow.find(key)).outcome === 'found' ? true : null))
    expect(await verdictOf(slow, key)).toMatchObject({ state: 'succeeded' })
    await slow.stop(0)
    await emulator.stop()
  })

  test('is refused for good where the model is no more', async () => {
    emulator.removeModel('sora_video2-landscape-15s')
    expect(await provider.submit(order('x', { seconds: 15 }), randomUUID(), OPEN)).toMatchObject({ outcome: 'rejected', gone: true })
  })

  test('that is answered in one piece which is no completion is unknown: it may have been taken, and billed', async () => {
    emulator.next('submit', 'empty')
    expect(await provider.submit(order('an empty answer'), randomUUID(), OPEN)).toMatchObject({ outcome: 'unknown' })
  })

  test('that was never sent for a reason of ours says nothing against the provider', async () => {
    const shut = { closes_at: 0, open: () => false }
    expect(await provider.submit(order(), randomUUID(), shut)).toMatchObject({ outcome: 'undelivered', ours: true })
  })

  test('is forgotten with its video', async () => {
    const id = await submit('a gull')
    await verdictOf(provider, id)
    await provider.forget({ id })
    expect(await provider.check({ id })).toMatchObject({ state: 'no_verdict' })
  })
})

describe('the text of an answer', () => {
  const said = (text: string, ended: boolean) => endOf({ ...NOTHING_HEARD, text, ended }, null)

  test.each([
    ['a link in markdown', '[Download](https://a.example/v.mp4)', true, 'https://a.example/v.mp4'],
    [
      'the clip among other links',
      '[Watch](https://a.example/w) ![p](https://a.example/p.png) [v](https://a.example/v.mp4?sig=1)',
      true,
      'https://a.example/v.mp4?sig=1',
    ],
    ['a link without the name of a clip', '[Watch](https://a.example/w) ![p](https://a.example/p.png)', true, 'https://a.example/w'],
    ['a link that is whole although the rest is missing', '[v](https://a.example/v.mp4) and', false, 'https://a.example/v.mp4'],
    ['a link in HTML', "<video src='https://a.example/v.mp4' controls>", true, 'https://a.example/v.mp4'],
    ['the end of a sentence in Chinese', '地址：https://a.example/v.mp4。', true, 'https://a.example/v.mp4'],
  ])('%s', (_what, text, ended, link) => {
    expect(said(text, ended)).toEqual({ state: 'done', link })
  })

  test.each(['[v](https://a.example/v.mp4', 'https://a.example/v.mp', 'https://a.example/v.mp4', '[v](https://a.exa'])(
    'a link that may go on is none: %s',
    (text) => {
      expect(said(text, false)).toMatchObject({ state: 'cut' })
    },
  )

  test.each(['[', '[a](http://', '[a](http://a ', '![', 'https://'])(
    'is searched letter by letter, whatever it holds: many times %s',
    (piece) => {
      const { state } = withinReason(() => endOf({ ...NOTHING_HEARD, text: piece.repeat(4_000_000 / piece.length), ended: true }, null))
      expect(state).not.toBe('cut')
    },
  )

  test('errors within the stream end it; what is no JSON says nothing', () => {
    const heard = ['not json', '{"choices":[]}', '{"error":{"code":"content_policy_violation","message":"no"}}'].reduce(hear, NOTHING_HEARD)
    expect(endOf(heard, null)).toMatchObject({ state: 'failed', reason: 'moderation_blocked' })
  })
})

test('the official SDK reads what the emulator streams, and what it answers in one piece', async () => {
  const emulator = await start()
  const { chat } = new OpenAI({ apiKey: KEY, baseURL: emulator.base_url, maxRetries: 0 })
  const messages = [{ role: 'user' as const, content: 'a boat' }]
  let text = ''
  for await (const chunk of await chat.completions.create({ model: 'sora_video2', stream: true, messages }))
    text += chunk.choices[0]?.delta.content ?? ''
  expect(text).toMatch(/Progress: \d+%[\s\S]*\]\(http:\S+\/clips\/\w+\.mp4\)\n$/)
  const whole = await chat.completions.create({ model: 'sora-2-pro', messages })
  expect(whole.choices[0]?.message.content).toContain('.mp4')
  await expect(chat.completions.create({ model: 'gpt-5', messages })).rejects.toThrow(/404/)
  expect(emulator.bill().map(({ model, usd }) => [model, usd])).toEqual([
    ['sora_video2', 0.12],
    ['sora-2-pro', 0.8],
  ])
  await emulator.stop()
})
