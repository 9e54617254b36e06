import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type OpenaiEmulator, startOpenaiEmulator } from '../../../emulators/src/openai.ts'
import { parseConfiguration } from '../config-file.ts'
import { FORM, filePart, orderForm } from '../testing/bad-input/case.ts'
import { drawClip } from '../testing/clips.ts'
import { type SteppedWorld, steppedWorld } from '../testing/dictated.ts'
import { eventually, type TestWorld, testWorld } from '../testing/world.ts'

const KEY = 'sk-studio-0123456789'

async function auditIsClean(world: TestWorld) {
  const audit = await world.call('GET', '/v1/ledger/audit?full=true', { key: world.operator_key })
  expect(audit.json.checks.filter((check: { ok: boolean }) => !check.ok)).toEqual([])
}

describe('an order whose provider has forgotten', () => {
  const clips = new Map<number, Buffer<ArrayBuffer>>()
  let emulator: OpenaiEmulator
  let world: TestWorld

  beforeAll(async () => {
    for (const seconds of [3, 4, 8]) clips.set(seconds, await drawClip({ seconds, width: 1280, height: 720 }))
    emulator = await startOpenaiEmulator({ clip: ({ lasts_s }) => clips.get(lasts_s) ?? new Uint8Array(), key: KEY, render_ms: 0 })
    const text = `providers:
  - name: studio-a
    adapter: openai
    base_url: ${emulator.base_url}
    api_key: ${KEY}
    models: [sora-2]
    rate_card: openai-2026-05
    poll: { first_s: 0.05, later_s: 0.05 }
`
    const read = parseConfiguration(text, 'filmgate.yaml', {})
    if (read.outcome === 'wrong') throw new Error(read.sentence)
    world = await testWorld({ settings: read.settings })
  })
  afterAll(async () => void (await Promise.all([world.stop(), emulator.stop()])))

  async function made(path: string, body: object) {
    const { status, json } = await world.call('POST', path, { body })
    expect(status, JSON.stringify(json)).toBe(200)
    return eventually(async () => {
      const video = (await world.call('GET', `/v1/videos/${json.id}`)).json
      return ['completed', 'failed'].includes(video.status) ? video : null
    })
  }

  const source = () => made('/v1/videos', { prompt: 'a boat on a calm lake', seconds: '4', size: '1280x720' })
  const orderOf = (operation: 'edit' | 'extend') => (operation === 'edit' ? { prompt: 'at night' } : { prompt: 'it goes on', seconds: '4' })
  const pathOf = (operation: 'edit' | 'extend') => `/v1/videos/${operation === 'edit' ? 'edits' : 'extensions'}`
  async function known(name: string): Promise<string> {
    const raw = orderForm({ name }, filePart('video', clips.get(3) ?? Buffer.alloc(0), 'clip.mp4', 'video/mp4'))
    const { status, json } = await world.call('POST', '/v1/videos/characters', { raw, headers: FORM })
    expect(status, JSON.stringify(json)).toBe(200)
    return json.id
  }

  const newest = () => [...emulator.jobs.values()].at(-1)?.ordered
  const states = async (video: string) =>
    (await world.call('GET', `/v1/videos/${video}/receipt`)).json.attempts.map(({ state }: { state: string }) => state)

  test.each(['edit', 'extend'] as const)('the clip of an %s has it uploaded, and is bought once', async (operation) => {
    const { id } = await source()
    const job = [...emulator.jobs.keys()].at(-1)
    await fetch(`${emulator.base_url}/videos/${job}`, { method: 'DELETE', headers: { authorization: `Bearer ${KEY}` } })
    const [asked, billed] = [emulator.asked[operation], emulator.bill().length]
    const video = await made(pathOf(operation), { ...orderOf(operation), video: { id } })
    expect(video).toMatchObject({ status: 'completed', filmgate: { attempts: 2, credits: { captured: 40, held: 0 } } })
    expect(await states(video.id)).toEqual(['rejected', 'done'])
    expect(newest()).toMatchObject({ operation, source: { id: null, bytes: clips.get(4)?.byteLength } })
    expect([emulator.asked[operation] - asked, emulator.bill().length - billed]).toEqual([2, 1])
    await auditIsClean(world)
  })

  test('the clip is not asked for it again by any later attempt', async () => {
    const { id } = await source()
    emulator.next('edit', { status: 404, code: 'not_found' }, { status: 429, headers: { 'retry-after-ms': '1' } })
    const video = await made('/v1/videos/edits', { prompt: 'at noon', video: { id } })
    expect(video).toMatchObject({ status: 'completed', filmgate: { attempts: 3 } })
    expect(await states(video.id)).toEqual(['rejected', 'throttled', 'done'])
    expect(newest()).toMatchObject({ operation: 'edit', source: { id: null } })
  })

  test('a character has it made known again, once for all orders that name it', async () => {
    const character = await known('Mara')
    const wish = { prompt: 'Mara waves', seconds: '4', size: '1280x720', characters: [{ id: character }] }
    expect(await made('/v1/videos', wish)).toMatchObject({ status: 'completed', filmgate: { attempts: 1 } })
    const [first] = newest()?.characters ?? []
    emulator.next('create', { status: 404, code: 'not_found' })
    const [asked, billed, characters] = [emulator.asked.create, emulator.bill().length, emulator.characters.size]
    const video = await made('/v1/videos', wish)
    expect(video).toMatchObject({ status: 'completed', filmgate: { attempts: 2, credits: { captured: 40, held: 0 } } })
    expect(newest()?.characters).toEqual([expect.not.stringMatching(String(first))])
    expect(await made('/v1/videos', wish)).toMatchObject({ status: 'completed', filmgate: { attempts: 1 } })
    expect([emulator.asked.create - asked, emulator.bill().length - billed, emulator.characters.size - characters]).toEqual([3, 2, 1])
    await auditIsClean(world)
  })

  test('a character is made known once more, and not for ever', async () => {
    const character = await known('Nora')
    emulator.next('create', { status: 404, code: 'not_found' }, { status: 404, code: 'not_found' })
    const [asked, characters] = [emulator.asked.create, emulator.characters.size]
    const wish = { prompt: 'Nora waves', seconds: '4', size: '1280x720', characters: [{ id: character }] }
    expect(await made('/v1/videos', wish)).toMatchObject({
      status: 'failed',
      error: { code: 'provider_rejected' },
      filmgate: { attempts: 2, credits: { captured: 0, held: 0, released: 40 } },
    })
    expect([emulator.asked.create - asked, emulator.characters.size - characters]).toEqual([2, 2])
  })
})

describe.each(['clip', 'characters'] as const)('a refusal for a forgotten %s', (forgot) => {
  const REFUSED = { outcome: 'rejected', reason: 'provider_rejected', message: 'It is gone.', forgot } as const
  let world: SteppedWorld
  beforeEach(async () => {
    world = await steppedWorld()
  })
  afterEach(() => world.stop())
  const read = async (video: string) => (await world.call('GET', `/v1/videos/${video}`)).json

  test('is the end when the thing was brought, and releases the hold', async () => {
    world.provider.answer = async () => REFUSED
    const video = await world.order()
    await world.step(video)
    expect(await read(video)).toMatchObject({ status: 'queued', filmgate: { attempts: 2, credits: { held: 40 } } })
    await world.step(video)
    expect(await read(video)).toMatchObject({
      status: 'failed',
      error: { code: 'provider_rejected', message: 'It is gone.' },
      filmgate: { attempts: 2, credits: { held: 0, released: 40 } },
    })
    expect(world.provider.submits).toHaveLength(2)
    await auditIsClean(world)
  })

  test('is true for an attempt that somebody else has made unknown meanwhile', async () => {
    const video = await world.order()
    const { answer } = await world.sending(video)
    await world.step(video)
    expect((await world.attempt(video)).state).toBe('submit_unknown')
    await answer(REFUSED)
    expect(await world.attempt(video)).toMatchObject({ no: 2, state: 'planned' })
    await world.step(video)
    expect(await read(video)).toMatchObject({ status: 'in_progress', filmgate: { attempts: 2 } })
    expect(world.provider.submits).toHaveLength(2)
  })

  test('of an order that its customer has cancelled is the end at once', async () => {
    const video = await world.order()
    const { answer } = await world.sending(video)
    await world.call('DELETE', `/v1/videos/${video}`)
    await answer(REFUSED)
    expect(await read(video)).toMatchObject({ status: 'failed', filmgate: { attempts: 1, credits: { held: 0, released: 40 } } })
    expect(world.provider.submits).toHaveLength(1)
    await auditIsClean(world)
  })
})
