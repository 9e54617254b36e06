import { copyFile, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI, { toFile } from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { CharacterMade, Progress, Provider, ProviderAsset, ProviderOrder } from '../providers/provider.ts'
import { FORM, filePart, orderForm, textPart } from '../testing/bad-input/case.ts'
import { drawClip } from '../testing/clips.ts'
import { type Answer, eventually, QUICK_LOOKS, type TestWorld, testWorld } from '../testing/world.ts'
import { sweepVideos } from './sweep.ts'

type Clip = Buffer<ArrayBuffer>
const clips = new Map<string, Clip>()
const clip = (name: string): Clip => clips.get(name) ?? Buffer.alloc(0)

interface Taken {
  readonly order: ProviderOrder['order']
  readonly source: { readonly ref: string | null; readonly seconds: number; readonly bytes: number; readonly sent: Buffer } | null
  readonly characters: readonly { readonly name: string; readonly ref: string }[]
}

/** A provider that keeps what it was given, and delivers what a test lays out for it. */
class ScriptedProvider implements Provider {
  /** By default a clip as long as what is ordered. */
  delivers: (order: ProviderOrder['order']) => ProviderAsset = ({ seconds }) => ({ clip: `${seconds} s` })
  makes: (name: string) => CharacterMade = (name) => ({ outcome: 'made', ref: { id: `known_${name}` } })
  taken: Taken[] = []
  made: { name: string; bytes: number }[] = []
  readonly #assets = new Map<string, ProviderAsset>()
  /** Whether it has finished what it was given. */
  finishes = true

  async submit({ order, source, characters }: ProviderOrder, key: string) {
    const sent = source === null ? Buffer.alloc(0) : Buffer.from(await new Response(await source.open()).arrayBuffer())
    this.taken.push({
      order,
      source: source === null ? null : { ref: source.ref?.id ?? null, seconds: source.seconds, bytes: source.bytes, sent },
      characters: characters.map(({ name, ref }) => ({ name, ref: ref.id })),
    })
    this.#assets.set(key, this.delivers(order))
    return { outcome: 'running' as const, ref: { id: key } }
  }
  async createCharacter(name: string, open: () => Promise<ReadableStream<Uint8Array>>) {
    this.made.push({ name, bytes: (await new Response(await open()).arrayBuffer()).byteLength })
    return this.makes(name)
  }
  async check(ref: { id: string }): Promise<Progress> {
    const asset = this.#assets.get(ref.id)
    return this.finishes && asset !== undefined ? { state: 'succeeded', asset, cost_micro: null } : { state: 'running', percent: 10 }
  }
  open = async (asset: ProviderAsset) => new Blob([clip(String(asset.clip))]).stream()
  find = async () => ({ outcome: 'absent' as const })
  cancel = async () => 'stopped' as const
  forget = async () => undefined
}

let provider = new ScriptedProvider()
let stitched: [string, string][] = []
let stitch_fault: Error | null = null
let world: TestWorld
let source = ''

beforeAll(async () => {
  for (const seconds of [3, 4, 8]) clips.set(`${seconds} s`, await drawClip({ seconds, width: 1280, height: 720 }))
  const whole = join(tmpdir(), `filmgate-whole-${process.pid}.mp4`)
  await writeFile(whole, clip('8 s'))
  world = await testWorld({
    settings: QUICK_LOOKS,
    providers: () => provider,
    async stitch(first, second, out) {
      stitched.push([first, second])
      if (stitch_fault !== null) {
        const fault = stitch_fault
        stitch_fault = null
        throw fault
      }
      await copyFile(whole, out)
      return { outcome: 'stitched', copied: true }
    },
  })
  await world.call('POST', `/v1/customers/${await customer()}/grants`, { key: world.operator_key, body: { credits: 9_000, kind: 'pack' } })
  source = await completed(await order({}))
})
afterAll(() => world.stop())
beforeEach(() => {
  provider = Object.assign(provider, new ScriptedProvider(), { taken: [], made: [] })
  stitched = []
})

const ORDER = { prompt: 'a boat on a calm lake', seconds: '4', size: '1280x720' }
const customer = async () => (await world.call('GET', '/v1/customers', { key: world.operator_key })).json.data[0].id

async function order(extra: object): Promise<string> {
  return made(await world.call('POST', '/v1/videos', { body: { ...ORDER, ...extra } })).id
}

function made(answer: Answer): Answer['json'] {
  expect(answer.status, answer.bytes.toString()).toBe(200)
  return answer.json
}

const read = async (id: string) => (await world.call('GET', `/v1/videos/${id}`)).json
const balance = async () => (await world.call('GET', '/v1/balance')).json
const refusal = ({ status, json }: Answer) => [status, json.error?.code, json.error?.param]

async function ended(id: string): Promise<Answer['json']> {
  return eventually(async () => {
    const video = await read(id)
    return ['completed', 'failed'].includes(video.status) ? video : null
  })
}

async function completed(id: string): Promise<string> {
  const video = await ended(id)
  expect(video.error).toBe(null)
  return id
}

const post = (path: string, body: object, headers: Readonly<Record<string, string>> = {}) => world.call('POST', path, { body, headers })
const send = (path: string, fields: Readonly<Record<string, string>>, ...parts: (string | Buffer)[]) =>
  world.call('POST', path, { raw: orderForm(fields, ...parts), headers: FORM })
const videoFile = (name: string) => filePart('video', clip(name), 'README.md', 'application/octet-stream')

async function filesOf(folder: string): Promise<string[]> {
  return readdir(join(world.data_folder, 'assets', folder)).catch(() => [])
}

/** What a video needed on its way goes after its end was written down: one may read of that a moment before. */
const emptied = (folder: string) => eventually(async () => ((await filesOf(folder)).length === 0 ? true : null))

describe('a remix', () => {
  test.each(['json', 'multipart'])('in %s has the size, length and price of its source, which is sent along', async (encoding) => {
    const path = `/v1/videos/${source}/remix`
    const before = await balance()
    const video = made(encoding === 'json' ? await post(path, { prompt: 'in winter' }) : await send(path, { prompt: 'in winter' }))
    expect(video).toMatchObject({
      prompt: 'in winter',
      model: 'sora-2',
      size: '1280x720',
      seconds: '4',
      remixed_from_video_id: source,
      filmgate: { credits: { quoted: 40 }, operation: 'remix', source_video: source },
    })
    await completed(video.id)
    const [taken] = provider.taken
    expect(taken?.order).toMatchObject({ operation: 'remix', seconds: 4, source: { video: source, provider: 'animatic' } })
    expect(taken?.source).toMatchObject({ ref: expect.any(String), bytes: clip('4 s').length })
    expect(taken?.source?.sent.equals(clip('4 s'))).toBe(true)
    expect((await balance()).available).toBe(before.available - 40)
    const content = await world.call('GET', `/v1/videos/${video.id}/content`)
    expect(content.bytes.equals(clip('4 s'))).toBe(true)
    await emptied('sources')
  })

  test('goes on although its source is deleted while it waits', async () => {
    const doomed = await completed(await order({}))
    provider.finishes = false
    const { id } = made(await post(`/v1/videos/${doomed}/remix`, { prompt: 'in winter' }))
    made(await world.call('DELETE', `/v1/videos/${doomed}`))
    expect(refusal(await post(`/v1/videos/${doomed}/remix`, { prompt: 'again' }))).toEqual([404, 'not_found', 'video_id'])
    provider.finishes = true
    await completed(id)
    expect(provider.taken.at(-1)?.source?.sent.equals(clip('4 s'))).toBe(true)
    expect(await read(id)).toMatchObject({ remixed_from_video_id: doomed })
  })

  test('is made once for one idempotency key', async () => {
    const headers = { 'idempotency-key': 'one remix' }
    const answers = await Promise.all(Array.from({ length: 6 }, () => post(`/v1/videos/${source}/remix`, { prompt: 'in autumn' }, headers)))
    expect(new Set(answers.map((answer) => made(answer).id)).size).toBe(1)
    expect(refusal(await post(`/v1/videos/${source}/remix`, { prompt: 'in spring' }, headers))).toEqual([
      409,
      'idempotency_conflict',
      'Idempotency-Key',
    ])
    await completed(made(answers[0] as Answer).id)
    expect(provider.taken).toHaveLength(1)
    await emptied('sources')
  })

  test('of a video that is not completed, or whose bytes are gone, is refused', async () => {
    provider.finishes = false
    const open = await order({})
    expect(refusal(await post(`/v1/videos/${open}/remix`, { prompt: 'x' }))).toEqual([400, 'video_not_ready', 'video_id'])
    provider.finishes = true
    await completed(open)
    const { rows } = await world.database.pool.query('select asset_key from videos.videos where id = $1', [open])
    await world.gateway.parts.store.remove(rows[0]?.asset_key)
    expect(refusal(await post(`/v1/videos/${open}/remix`, { prompt: 'x' }))).toEqual([410, 'content_expired', 'video_id'])
  })

  test('is taken at the quote for it, and at no other', async () => {
    const other = await completed(await order({}))
    const quote = made(await post('/v1/quotes', { operation: 'remix', video: { id: source } }))
    expect(quote).toMatchObject({ credits: 40, lines: [expect.objectContaining({ quantity: '4' })] })
    const mismatch = [409, 'quote_mismatch', 'quote']
    expect(refusal(await post('/v1/videos', { ...ORDER, quote: quote.id }))).toEqual(mismatch)
    expect(refusal(await post(`/v1/videos/${other}/remix`, { prompt: 'x', quote: quote.id }))).toEqual(mismatch)
    expect(refusal(await post('/v1/videos/edits', { prompt: 'x', video: { id: source }, quote: quote.id }))).toEqual(mismatch)
    const video = made(await post(`/v1/videos/${source}/remix`, { prompt: 'x', quote: quote.id, max_credits: 40, metadata: { a: 'b' } }))
    expect(video).toMatchObject({ metadata: { a: 'b' } })
    const receipt = made(await world.call('GET', `/v1/videos/${video.id}/receipt`))
    expect(receipt.quote).toBe(quote.id)
    await completed(video.id)
  })

  test('above max_credits, or under a used quote, leaves no copy behind', async () => {
    expect(refusal(await post(`/v1/videos/${source}/remix`, { prompt: 'x', max_credits: 39 }))).toEqual([
      402,
      'price_above_limit',
      'max_credits',
    ])
    expect(await filesOf('sources')).toEqual([])
  })
})

describe('an edit', () => {
  test('by id takes model and length of its video', async () => {
    const video = made(await post('/v1/videos/edits', { prompt: 'in winter', video: { id: source }, model: 'sora-2' }))
    expect(video).toMatchObject({ seconds: '4', size: '1280x720', filmgate: { operation: 'edit', source_video: source } })
    await completed(video.id)
    const form = made(await send('/v1/videos/edits', { prompt: 'in autumn' }, textPart('video[id]', source)))
    expect(form).toMatchObject({ filmgate: { operation: 'edit', source_video: source } })
    await completed(form.id)
  })

  test('of an uploaded clip is priced by its length, and a clip of 3 s that nobody sells is refused', async () => {
    const video = made(await send('/v1/videos/edits', { prompt: 'in winter', model: 'sora-2' }, videoFile('8 s')))
    expect(video).toMatchObject({
      seconds: '8',
      size: '1280x720',
      remixed_from_video_id: null,
      filmgate: { credits: { quoted: 80 }, source_video: null },
    })
    await completed(video.id)
    expect(provider.taken[0]?.source).toMatchObject({ ref: null, bytes: clip('8 s').length })
    expect(provider.taken[0]?.source?.sent.equals(clip('8 s'))).toBe(true)
    expect(refusal(await send('/v1/videos/edits', { prompt: 'x', model: 'sora-2' }, videoFile('3 s')))).toEqual([
      400,
      'invalid_value',
      'video',
    ])
    const quote = made(await send('/v1/quotes', { operation: 'edit' }, videoFile('8 s')))
    expect(quote.credits).toBe(80)
    const quoted = made(await send('/v1/videos/edits', { prompt: 'x', quote: quote.id }, videoFile('8 s')))
    expect(quoted.filmgate.credits.quoted).toBe(80)
    await completed(quoted.id)
  })
})

describe('an extension', () => {
  test('is paid for what it adds, and is as long as the whole', async () => {
    provider.delivers = () => ({ clip: '8 s' })
    const before = await balance()
    const video = made(await post('/v1/videos/extensions', { prompt: 'it goes on', seconds: '4', video: { id: source } }))
    expect(video).toMatchObject({ seconds: '8', filmgate: { credits: { quoted: 40 }, operation: 'extend' } })
    await completed(video.id)
    expect((await balance()).available).toBe(before.available - 40)
    expect(provider.taken[0]?.order).toMatchObject({ operation: 'extend', seconds: 4 })
    expect(stitched).toEqual([])
  })

  test('whose provider gives only the tail is stitched to its source', async () => {
    provider.delivers = () => ({ clip: '4 s', part: 'tail' })
    const video = made(await send('/v1/videos/extensions', { prompt: 'it goes on', seconds: '4' }, textPart('video[id]', source)))
    await completed(video.id)
    expect(stitched).toEqual([[expect.stringContaining(`sources/${video.id}`), expect.stringMatching(/\.tail\.mp4$/)]])
    expect((await world.call('GET', `/v1/videos/${video.id}/content`)).bytes.equals(clip('8 s'))).toBe(true)
    expect(await filesOf(`clips/${video.id}`)).toEqual(['1.mp4'])
    expect(await filesOf('joining')).toEqual([])
    await emptied('sources')
  })

  test('whose joining meets a fault of ours is joined at the next try, and charged once', async () => {
    provider.delivers = () => ({ clip: '4 s', part: 'tail' })
    stitch_fault = new Error('ENOSPC: no space left on device, write')
    const before = await balance()
    const video = made(await post('/v1/videos/extensions', { prompt: 'it goes on', seconds: '4', video: { id: source } }))
    await completed(video.id)
    expect(stitched).toHaveLength(2)
    expect((await balance()).available).toBe(before.available - 40)
    expect(await filesOf('joining')).toEqual([])
  })

  test('that comes back without its new part is not charged', async () => {
    provider.delivers = () => ({ clip: '4 s' })
    const before = await balance()
    const video = await ended(made(await post('/v1/videos/extensions', { prompt: 'x', seconds: 4, video: { id: source } })).id)
    expect(video).toMatchObject({ status: 'failed', error: { code: 'output_invalid', message: expect.stringContaining('instead of 8 s') } })
    expect((await balance()).available).toBe(before.available)
    provider.delivers = () => ({ clip: '3 s', part: 'tail' })
    const short = await ended(made(await post('/v1/videos/extensions', { prompt: 'x', seconds: 4, video: { id: source } })).id)
    expect(short.error.message).toContain('instead of 4 s')
    expect(stitched).toEqual([])
    await eventually(async () => ((await filesOf(`clips/${short.id}`)).length === 0 ? true : null))
  })

  test('is possible six times, up to two minutes in all', async () => {
    provider.delivers = () => ({ clip: '8 s' })
    const once = await completed(made(await post('/v1/videos/extensions', { prompt: 'x', seconds: 4, video: { id: source } })).id)
    const extend = (seconds: number) => post('/v1/videos/extensions', { prompt: 'x', seconds, video: { id: once } })
    await world.database.pool.query('update videos.videos set extensions = 6 where id = $1', [once])
    expect(refusal(await extend(4))).toEqual([400, 'invalid_value', 'video.id'])
    await world.database.pool.query('update videos.videos set extensions = 5, total_seconds = 105 where id = $1', [once])
    expect(refusal(await extend(16))).toEqual([400, 'unsupported_duration', 'seconds'])
    await world.database.pool.query('update videos.videos set total_seconds = 104 where id = $1', [once])
    const longest = made(await extend(16))
    expect(longest.seconds).toBe('120')
    await ended(longest.id)
  })
})

describe('a character', () => {
  const ada = async (name = 'Ada') => made(await send('/v1/videos/characters', { name }, videoFile('3 s'))).id

  test('is made of a short clip, costs nothing, and is its owner’s alone', async () => {
    const before = await balance()
    const character = made(await send('/v1/videos/characters', { name: 'Ada' }, videoFile('3 s')))
    expect(character).toEqual({ id: expect.stringMatching(/^char_[0-9a-f]{32}$/), name: 'Ada', created_at: expect.any(Number) })
    expect(made(await world.call('GET', `/v1/videos/characters/${character.id}`))).toEqual(character)
    expect(made(await post('/v1/videos/characters', { name: 'Bob', video: { id: source } })).name).toBe('Bob')
    expect(await balance()).toEqual(before)
    const other = made(await world.call('POST', '/v1/customers', { key: world.operator_key, body: { name: 'Eve' } }))
    const { key } = made(await world.call('POST', `/v1/customers/${other.id}/keys`, { key: world.operator_key, body: { name: 'k' } }))
    expect(refusal(await world.call('GET', `/v1/videos/characters/${character.id}`, { key }))).toEqual([404, 'not_found', 'character_id'])
  })

  test('is made once for one idempotency key, and its clip is kept once', async () => {
    const stored = (await filesOf('characters')).length
    const headers = { 'idempotency-key': 'one character' }
    const body = { name: 'Cleo', video: { id: source } }
    const answers = await Promise.all(Array.from({ length: 5 }, () => post('/v1/videos/characters', body, headers)))
    expect(new Set(answers.map((answer) => made(answer).id)).size).toBe(1)
    expect(await filesOf('characters')).toHaveLength(stored + 1)
  })

  test('is made known to a provider once, before the first order that names it', async () => {
    const id = await ada()
    await completed(await order({ prompt: 'Ada waves', characters: [{ id }] }))
    expect(provider.made).toEqual([{ name: 'Ada', bytes: clip('3 s').length }])
    expect(provider.taken[0]?.characters).toEqual([{ name: 'Ada', ref: 'known_Ada' }])
    const second = await ada('Bea')
    const parts = [textPart('characters[][id]', id), textPart('characters[][id]', second)]
    await completed(made(await send('/v1/videos', { ...ORDER, prompt: 'Bea meets Ada' }, ...parts)).id)
    expect(provider.made.map(({ name }) => name)).toEqual(['Ada', 'Bea'])
    expect(provider.taken[1]?.characters).toEqual([
      { name: 'Ada', ref: 'known_Ada' },
      { name: 'Bea', ref: 'known_Bea' },
    ])
  })

  test('that the provider refuses fails its order before anything is sent', async () => {
    const id = await ada('Dan')
    provider.makes = () => ({ outcome: 'rejected', message: 'it shows a person' })
    const before = await balance()
    const video = await ended(await order({ prompt: 'Dan waves', characters: [{ id }] }))
    expect(video.error).toMatchObject({ code: 'provider_rejected', message: expect.stringContaining('it shows a person') })
    expect(provider.taken).toEqual([])
    expect((await balance()).available).toBe(before.available)
  })

  test('that could not be made is made later', async () => {
    const id = await ada('Eli')
    let tries = 0
    provider.makes = () => (tries++ === 0 ? { outcome: 'failed', message: 'busy' } : { outcome: 'made', ref: { id: 'known' } })
    await completed(await order({ prompt: 'Eli waves', characters: [{ id }] }))
    expect(tries).toBe(2)
  })
})

describe('the official SDK', () => {
  test('does all of it, in its own spelling', async () => {
    const base = await world.gateway.app.listen({ port: 0, host: '127.0.0.1' })
    const { videos } = new OpenAI({ apiKey: world.customer_key, baseURL: `${base}/v1`, maxRetries: 0 })
    const file = (name: string) => toFile(clip(name), 'upload')
    const remix = await videos.remix(source, { prompt: 'in winter' })
    expect(remix.remixed_from_video_id).toBe(source)
    const edits = [
      await videos.edit({ prompt: 'at night', video: { id: source } }),
      await videos.edit({ prompt: 'at night', video: await file('4 s') }),
    ]
    provider.delivers = ({ operation }) => ({ clip: operation === 'extend' ? '8 s' : '4 s' })
    const extensions = [
      await videos.extend({ prompt: 'it goes on', seconds: '4', video: { id: source } }),
      await videos.extend({ prompt: 'it goes on', seconds: '4', video: await file('4 s') }),
    ]
    expect(extensions.map(({ seconds }) => seconds)).toEqual(['8', '8'])
    const character = await videos.createCharacter({ name: 'Fay', video: await file('3 s') })
    expect(await videos.getCharacter(String(character.id))).toEqual(character)
    const extra = { characters: [{ id: character.id }] }
    const shown = await videos.create({ prompt: 'Fay waves', seconds: '4', size: '1280x720', ...extra })
    for (const { id } of [remix, ...edits, ...extensions, shown]) await completed(id)
    expect(provider.taken.find(({ order }) => order.operation === 'create')?.characters).toEqual([{ name: 'Fay', ref: 'known_Fay' }])
  })
})

test('what a killed process left of sources and characters is swept, and what is in use is not', async () => {
  const { parts } = world.gateway
  provider.finishes = false
  const { id } = made(await post(`/v1/videos/${source}/remix`, { prompt: 'x' }))
  const kept = await filesOf('characters')
  await parts.store.put(`sources/video_${'0'.repeat(8)}`, Buffer.from('x'), 1)
  await parts.store.put('characters/char_0', Buffer.from('x'), 1)
  await parts.store.put(`joining/${source}.0.tail.mp4`, Buffer.from('x'), 1)
  await parts.store.put(`joining/${id}.0.tail.mp4`, Buffer.from('x'), 1)
  await sweepVideos({ ...parts, clock: () => Date.now() + 7_200_000 })
  expect(await filesOf('sources')).toEqual([id])
  expect(await filesOf('characters')).toEqual(kept)
  expect(await filesOf('joining')).toEqual([`${id}.0.tail.mp4`])
  provider.finishes = true
  await completed(id)
})
