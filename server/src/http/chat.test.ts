import { setTimeout as delay } from 'node:timers/promises'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClipAddresses } from '../access/clip-addresses.ts'
import { createLog } from '../log.ts'
import type { Provider } from '../providers/provider.ts'
import { drawClip } from '../testing/clips.ts'
import { type Answer, eventually, type Json, type TestWorld, testWorld } from '../testing/world.ts'

/** Makes everything at once, of one clip, but for what a prompt asks for. */
const prompts = new Map<string, string>()
const studio: Provider = {
  submit: async ({ order }, key) => {
    prompts.set(key, order.prompt)
    return { outcome: 'running', ref: { id: key } }
  },
  check: async ({ id }) => {
    const prompt = prompts.get(id) ?? ''
    if (prompt.includes('[[hang]]')) return { state: 'running', percent: 10 }
    const failed = (reason: 'provider_failed' | 'moderation_blocked') =>
      ({ state: 'failed', reason, message: 'It can not be.', cost_micro: null }) as const
    if (prompt.includes('[[fail]]')) return failed('provider_failed')
    if (prompt.includes('[[moderated]]')) return failed('moderation_blocked')
    return { state: 'succeeded', asset: {}, cost_micro: null }
  },
  find: async () => ({ outcome: 'absent' }),
  open: async () => new Blob([new Uint8Array(clip)]).stream(),
  cancel: async () => 'stopped',
  forget: async () => undefined,
}
let clip = Buffer.alloc(0)

let world: TestWorld
let address = ''
let offset_ms = 0
const logged: string[] = []
beforeAll(async () => {
  clip = await drawClip({ seconds: 4, width: 1280, height: 720 })
  world = await testWorld({
    providers: () => studio,
    clock: () => Date.now() + offset_ms,
    log: createLog('error', (line) => logged.push(line)),
  })
  address = await world.gateway.app.listen({ host: '127.0.0.1', port: 0 })
  const [demo] = (await world.call('GET', '/v1/customers', { key: world.operator_key })).json.data
  await world.call('POST', `/v1/customers/${demo.id}/grants`, { key: world.operator_key, body: { credits: 50_000, kind: 'pack' } })
})
afterAll(() => world.stop())

const SMALL = { model: 'sora-2', seconds: '4', size: '1280x720' } as const
const says = (text: string) => [{ role: 'user', content: text }]
const chat = (text: string, more: object = {}, headers: Record<string, string> = {}) =>
  world.call('POST', '/v1/chat/completions', { body: { ...SMALL, messages: says(text), ...more }, headers })
const videos = async (): Promise<Json[]> => (await world.call('GET', '/v1/videos?limit=100')).json.data
const called = async (prompt: string) => (await videos()).filter((video) => video.prompt === prompt)

/** The events of a stream: what `data:` lines say. */
function events({ bytes }: Pick<Answer, 'bytes'>): Json[] {
  const lines = bytes
    .toString()
    .split('\n\n')
    .filter((line) => line.startsWith('data: '))
  expect(lines.at(-1)).toBe('data: [DONE]')
  return lines.slice(0, -1).map((line) => JSON.parse(line.slice('data: '.length)))
}

const textOf = (chunks: readonly Json[]): string => chunks.map((one) => one.choices?.[0]?.delta?.content ?? '').join('')
const linkIn = (text: string): string => /\[[^\]]+\]\((\S+)\)\n?$/.exec(text)?.[1] ?? ''
const open = (link: string, headers: Record<string, string> = {}) => world.call('GET', new URL(link).pathname, { key: null, headers })

describe('a streamed order', () => {
  let answer: Answer
  let link = ''
  let id = ''
  beforeAll(async () => {
    answer = await chat('a boat', { stream: true, stream_options: { include_usage: true } }, { host: 'films.example' })
    link = linkIn(textOf(events(answer)))
    id = (await called('a boat'))[0]?.id
  })

  test('tells what was ordered and how it stands, and ends with a link to the clip', () => {
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8'])
    const chunks = events(answer)
    expect(chunks[0]).toMatchObject({
      id: `chatcmpl-${id}`,
      object: 'chat.completion.chunk',
      model: 'sora-2',
      choices: [{ delta: { role: 'assistant' } }],
    })
    const text = textOf(chunks)
    expect(text).toContain(`Ordered ${id}: sora-2, 4 s, 1280x720, for 40 credits.`)
    expect(text).toMatch(/^(Waiting to start|Rendering: \d+ %), about \d+/m)
    expect(text).toContain('40 credits charged.')
    expect(link).toMatch(/^http:\/\/films\.example\/v1\/clips\/\S+\.mp4$/)
    expect(chunks.at(-2)).toMatchObject({
      choices: [{ finish_reason: 'stop' }],
      video: id,
      filmgate: { stage: 'done', credits: { captured: 40 } },
    })
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 0 } })
  })

  test('leaves a clip that opens without a key, whole or in ranges, and tells that the answer arrived', async () => {
    const whole = await open(link)
    expect([whole.status, whole.headers['content-type'], whole.bytes.subarray(4, 8).toString()]).toEqual([200, 'video/mp4', 'ftyp'])
    const part = await open(link, { range: 'bytes=4-7' })
    expect([part.status, part.bytes.toString(), part.headers['content-range']]).toEqual([206, 'ftyp', `bytes 4-7/${whole.bytes.length}`])
    expect((await open(link, { range: 'bytes=999999999-' })).json.error).toMatchObject({ code: 'range_not_satisfiable' })
    expect((await world.call('HEAD', new URL(link).pathname, { key: null })).headers['content-length']).toBe(String(whole.bytes.length))
  })

  test('is the same video to a repeat with its key, in either form, which then has a link too', async () => {
    const body = { stream: true }
    const first = await chat('a kite', body, { 'idempotency-key': 'kite' })
    const again = await chat('a kite', body, { 'idempotency-key': 'kite' })
    expect([first.headers['idempotent-replayed'], again.headers['idempotent-replayed']]).toEqual([undefined, 'true'])
    expect((await open(linkIn(textOf(events(again))))).status).toBe(200)
    expect((await chat('a kite', { stream: false }, { 'idempotency-key': 'kite' })).json.error.code).toBe('idempotency_conflict')
    expect(await called('a kite')).toHaveLength(1)
  })

  test('shows its clip for 24 hours, to nobody else, and not once it is erased', async () => {
    const at = (video: string, expires_at: number) => `http://x${createClipAddresses(world.secret).pathOf(video, expires_at)}`
    expect((await open(at(id, Date.now() + offset_ms - 1_000))).json.error).toMatchObject({ code: 'content_expired', param: 'file' })
    expect((await open(at('video_0', Date.now() + 9e6))).json.error.code).toBe('not_found')
    for (const at of [link.length - 10, link.length - 50, link.indexOf('clips/') + 8]) {
      const forged = link.slice(0, at) + (link[at] === 'A' ? 'B' : 'A') + link.slice(at + 1)
      expect((await open(forged)).json.error?.code, forged).toBe('not_found')
    }
    offset_ms += 24 * 3_600_000 - 60_000
    expect((await open(link)).status).toBe(200)
    offset_ms += 120_000
    expect([(await open(link)).status, (await open(link)).json.error.code]).toEqual([410, 'content_expired'])
    offset_ms = 0
    await world.call('DELETE', `/v1/videos/${id}`)
    expect([(await open(link)).status, (await open(link)).json.error.code]).toEqual([404, 'not_found'])
  })
})

test('an order that is not streamed is answered when it has ended, once', async () => {
  const { status, json } = await chat('a fox', {
    messages: [{ role: 'system', content: 'Be brief.' }, ...says('a bear'), { role: 'assistant', content: null }, ...says('a fox')],
  })
  expect(status).toBe(200)
  expect(json).toMatchObject({
    object: 'chat.completion',
    model: 'sora-2',
    usage: { prompt_tokens: 0 },
    filmgate: { credits: { captured: 40 } },
  })
  expect(json.choices).toHaveLength(1)
  expect(json.choices[0]).toMatchObject({ finish_reason: 'stop', message: { role: 'assistant' } })
  expect((await open(linkIn(json.choices[0].message.content))).status).toBe(200)
  expect((await called('a fox')).map(({ id }) => id)).toEqual([json.video])
})

describe('a video that fails', () => {
  test.each([
    ['a boat [[fail]]', 'video_failed', 'provider_failed'],
    ['a boat [[moderated]]', 'moderation_blocked', 'moderation_blocked'],
  ])('%s: as the last words and an error within a stream, as an error elsewhere, and never charged', async (prompt, code, reason) => {
    const streamed = await chat(prompt, { stream: true })
    const chunks = events(streamed)
    expect(streamed.status).toBe(200)
    expect(textOf(chunks)).toMatch(/You were not charged\.\n$/)
    expect(chunks.at(-1).error).toMatchObject({ code, reason, message: expect.stringMatching(/You were not charged\.$/) })
    const { status, headers, json } = await chat(prompt)
    expect([status, headers['x-should-retry'], json.error.code, json.error.reason]).toEqual([422, 'false', code, reason])
    for (const { filmgate } of await called(prompt)) expect(filmgate.credits).toMatchObject({ captured: 0, released: 40 })
  })
})

describe('the silent repeats of an SDK', () => {
  const repeat = (prompt: string, count: number) => chat(prompt, {}, { 'x-stainless-retry-count': String(count), prefer: 'wait=0' })

  test('are the same order', async () => {
    const [first, second] = [await repeat('a heron [[hang]]', 0), await repeat('a heron [[hang]]', 1)]
    expect([first.json.video, second.headers['idempotent-replayed']]).toEqual([second.json.video, 'true'])
    expect(await called('a heron [[hang]]')).toHaveLength(1)
  })

  test('belong to a later call once somebody has opened the link of the earlier', async () => {
    const first = await chat('a gull', {}, { 'x-stainless-retry-count': '0' })
    expect((await open(linkIn(first.json.choices[0].message.content), { range: 'bytes=0-0' })).status).toBe(206)
    const second = await repeat('a gull', 1)
    expect([second.status, second.json.video === first.json.video]).toEqual([200, false])
  })
})

describe('waiting', () => {
  test('ends when the client says so, and the video goes on', async () => {
    const { json, headers } = await chat('a crane [[hang]]', {}, { prefer: 'respond-async, wait=0' })
    expect(headers['preference-applied']).toBe('wait=0')
    expect(json.choices[0]).toMatchObject({
      finish_reason: 'length',
      message: { content: expect.stringContaining(`GET /v1/videos/${json.video}`) },
    })
    const streamed = events(await chat('a crane [[hang]]', { stream: true }, { prefer: 'wait=0' }))
    expect(streamed.at(-1).choices[0].finish_reason).toBe('length')
    expect((await called('a crane [[hang]]')).map(({ status }) => /queued|in_progress/.test(status))).toEqual([true, true])
  })

  test('ends when the client goes away; its order is made all the same', async () => {
    const leaving = new AbortController()
    const headers = { authorization: `Bearer ${world.customer_key}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ ...SMALL, stream: true, messages: says('a swan') })
    const answer = await fetch(`${address}/v1/chat/completions`, { method: 'POST', headers, body, signal: leaving.signal })
    await answer.body?.getReader().read()
    leaving.abort()
    const done = await eventually(async () => (await called('a swan')).find(({ status }) => status === 'completed') ?? null)
    expect(done.filmgate.credits.captured).toBe(40)
  })
})

describe('a name of an aggregator', () => {
  test.each([
    ['sora_video2', 'sora-2', '720x1280', '12'],
    ['sora_video2-landscape', 'sora-2', '1280x720', '12'],
    ['sora_video2-15s', 'sora-2', '720x1280', '16'],
    ['sora_video2-landscape-15s', 'sora-2', '1280x720', '16'],
    ['sora-2-pro', 'sora-2-pro', '720x1280', '4'],
  ])('%s orders %s at %s of %s s', async (name, model, size, seconds) => {
    const prompt = `${name} [[hang]]`
    const { json } = await world.call('POST', '/v1/chat/completions', {
      body: { model: name, messages: says(prompt) },
      headers: { prefer: 'wait=0' },
    })
    expect(json.model).toBe(name)
    expect(await called(prompt)).toMatchObject([{ model, size, seconds }])
  })

  test('gives way to what the request says', async () => {
    await chat('upright [[hang]]', { model: 'sora_video2-landscape-15s', seconds: 8, size: '720x1280' }, { prefer: 'wait=0' })
    expect(await called('upright [[hang]]')).toMatchObject([{ model: 'sora-2', size: '720x1280', seconds: '8' }])
  })
})

describe('a picture in the message', () => {
  const picture = async (width: number, height: number) => {
    const bytes = await sharp({ create: { width, height, channels: 3, background: '#246' } })
      .png()
      .toBuffer()
    return `data:image/png;base64,${bytes.toString('base64')}`
  }
  const content = (url: string) => [
    { type: 'text', text: 'from this [[hang]]' },
    { type: 'image_url', image_url: { url } },
  ]

  test('is the first frame', async () => {
    const messages = [{ role: 'user', content: content(await picture(1280, 720)) }]
    expect((await chat('', { messages }, { prefer: 'wait=0' })).status).toBe(200)
  })

  test('is refused in another size, by the place where it stands', async () => {
    const messages = [...says('x'), { role: 'user', content: content(await picture(64, 64)) }]
    const { status, json } = await chat('', { messages })
    expect([status, json.error.code, json.error.param]).toEqual([400, 'invalid_value', 'messages[1].content[1].image_url.url'])
  })
})

test('a price that is too high is refused with what would do, said as a chat again', async () => {
  const { status, json } = await chat('dear', { seconds: 8, max_credits: 40 })
  expect([status, json.error.code]).toEqual([402, 'price_above_limit'])
  const [{ request }] = json.error.offers
  expect(request).toMatchObject({ messages: says('dear'), seconds: '4', max_credits: 40 })
  expect((await world.call('POST', '/v1/chat/completions', { body: request, headers: { prefer: 'wait=0' } })).status).toBe(200)
})

test('a process that ends tells its streams so, and refuses the others so that their SDK asks again', async () => {
  const [streamed, whole] = [chat('late [[hang]]', { stream: true }), chat('later [[hang]]')]
  await eventually(async () => ((await called('late [[hang]]')).length + (await called('later [[hang]]')).length === 2 ? true : null))
  await delay(20)
  world.gateway.close()
  const chunks = events(await streamed)
  expect(chunks.at(-1).error).toMatchObject({ code: 'overloaded', message: expect.stringContaining('goes on') })
  const { status, headers, json } = await whole
  expect([status, headers['retry-after'], json.error.code]).toEqual([503, '1', 'overloaded'])
})

test('nothing of all that was an error of ours', () => {
  expect(logged).toEqual([])
})
