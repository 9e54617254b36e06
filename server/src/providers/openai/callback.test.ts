import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type OpenaiEmulator, startOpenaiEmulator } from '../../../../emulators/src/openai.ts'
import { ApiKey } from '../../domain/provider-account.ts'
import { openSendWindow } from '../../domain/send-window.ts'
import { adapter, KEY, order } from '../../testing/openai.ts'
import { OpenaiCompatible } from './adapter.ts'
import { readCallback } from './answers.ts'
import { couldBe } from './same.ts'

const URL_OF_OURS = 'http://127.0.0.1:9/v1/callbacks/token'

describe('a callback', () => {
  test.each([
    [{ id: 'video_1', object: 'video', status: 'completed' }, 'video_1'],
    [{ id: 'evt_1', object: 'event', type: 'video.completed', data: { id: 'video_1' } }, 'video_1'],
    [{ id: 'evt_1', object: 'event', type: 'video.completed', data: {} }, null],
    [{ task_id: 'video_1' }, null],
    [{ id: '' }, null],
    [{ id: 7 }, null],
    [['video_1'], null],
    [null, null],
  ])('%j is about %s', (json, id) => {
    expect(readCallback(Buffer.from(JSON.stringify(json)))).toEqual(id === null ? null : { id })
  })

  test('that is no JSON is about nothing', () => {
    for (const body of [Buffer.alloc(0), Buffer.from('{"id":'), Buffer.from([0xff, 0x00])]) expect(readCallback(body)).toBeNull()
  })
})

describe('a job that was named for an order', () => {
  const wanted = { model: 'sora-2', prompt: 'a boat', seconds: 4, size: '1280x720', is_remix: false, source: null }
  const job = { id: 'video_1', created_at: 0, model: 'sora-2', prompt: 'a boat', seconds: 4, size: '1280x720', remixed_from: null }
  test.each([
    ['all of it fits', {}, true],
    ['a relay has a name of its own for the model', { model: 'sora-2-hd' }, true],
    ['a relay spells the size its own way', { size: '16x9' }, true],
    ['it shows next to nothing', { model: null, prompt: null, seconds: null, size: null, remixed_from: undefined }, true],
    ['its words are others', { prompt: 'a train' }, false],
    ['its length is another', { seconds: 8 }, false],
    ['it is a remix', { remixed_from: 'video_0' }, false],
  ])('%s', (_what, shown, could) => {
    expect(couldBe({ ...job, ...shown }, wanted)).toBe(could)
  })
})

describe('a provider', () => {
  let emulator: OpenaiEmulator
  beforeEach(async () => {
    emulator = await startOpenaiEmulator({ clip: () => new Uint8Array(), key: KEY, render_ms: 60_000, callback_field: 'webhook_url' })
  })
  afterEach(() => emulator.stop())

  const account = (callback_field: string | null) => {
    const about = { name: 'a', adapter: 'openai', profile: 'sglang', trusted_hosts: [], open_limit: null } as const
    return new OpenaiCompatible(
      { ...about, api_key: new ApiKey(KEY), base_url: emulator.base_url, callback_field },
      { clock: Date.now, request_timeout_ms: 120_000 },
    )
  }
  const window = () => openSendWindow(Date.now, () => performance.now(), 120_000)

  test.each([
    ['told so in JSON, where its field is known and we can be reached', 'webhook_url', URL_OF_OURS, URL_OF_OURS],
    ['told nothing where no field is known', null, URL_OF_OURS, null],
    ['told nothing where we can not be reached', 'webhook_url', null, null],
  ])('is %s', async (_what, field, callback_url, told) => {
    await account(field).submit(order('a boat', { callback_url }), 'key', window())
    expect([...emulator.jobs.values()].map((job) => job.callback_url)).toEqual([told])
  })

  test('is asked whether it has the job: of the order’s time, of the order’s words', async () => {
    const asked = adapter(emulator.base_url)
    const from = Date.now() - 1_000
    const submitted = await asked.submit(order(), 'key', window())
    if (submitted.outcome !== 'running') throw new Error(submitted.outcome)
    const { ref } = submitted
    const now = { from, to: Date.now() }
    expect(await asked.fits(ref, order(), now)).toBe(true)
    expect(await asked.fits(ref, order('a train'), now)).toBe(false)
    expect(await asked.fits(ref, order(), { from: now.from + 3_600_000, to: now.to + 3_600_000 })).toBe(false)
    expect(await asked.fits({ id: 'video_none' }, order(), now)).toBe(false)
    emulator.next('retrieve', 'drop_before')
    expect(await asked.fits(ref, order(), now)).toBe(false)
    emulator.next('retrieve', 'html')
    expect(await asked.fits(ref, order(), now)).toBe(false)
  })
})
