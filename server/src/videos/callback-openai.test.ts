import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startOpenaiEmulator } from '../../../emulators/src/openai.ts'
import { createCallbacks } from '../access/callbacks.ts'
import { parseConfiguration } from '../config-file.ts'
import { drawClip } from '../testing/clips.ts'
import { eventually, type TestWorld, testWorld } from '../testing/world.ts'

const ORDER = { model: 'sora-2', prompt: 'a boat on a calm lake', seconds: '4', size: '1280x720' }
const KEY = 'sk-studio-0123456789'

let clip: Uint8Array
beforeAll(async () => {
  clip = new Uint8Array(await drawClip({ seconds: 4, width: 1280, height: 720 }))
})

/** A relay without a list, which calls back; and the gateway that it calls, by a road that a test may close. */
async function relayed(render_ms = 0) {
  const emulator = await startOpenaiEmulator({
    clip: () => clip,
    key: KEY,
    render_ms,
    dialect: 'cometapi',
    callback_field: 'webhook_url',
  })
  const road: { world: TestWorld | null; readonly heard: string[] } = { world: null, heard: [] }
  const outside = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const path = (request.url ?? '').replace(/^\/films/, '')
    road.heard.push(path)
    const type = request.headers['content-type']
    const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type }
    const answer = await road.world?.call('POST', path, { key: null, raw: Buffer.concat(parts), headers })
    response.writeHead(answer?.status ?? 503).end()
  })
  await new Promise<void>((listening) => outside.listen(0, '127.0.0.1', listening))
  const address = outside.address()
  if (address === null || typeof address === 'string') throw new Error('there is no port')
  const text = `public_url: http://127.0.0.1:${address.port}/films/
providers:
  - name: relay
    adapter: openai
    profile: cometapi
    base_url: ${emulator.base_url}
    api_key: ${KEY}
    models: [sora-2]
    rate_card: openai-2026-05
    poll: { first_s: 3600, later_s: 3600 }
    callback_field: webhook_url
`
  const read = parseConfiguration(text, 'filmgate.yaml', {})
  if (read.outcome === 'wrong') throw new Error(read.sentence)
  const world = await testWorld({ settings: read.settings })
  road.world = world
  const stop = async () => {
    await Promise.all([world.stop(), emulator.stop()])
    await new Promise((closed) => outside.close(closed))
  }
  return { emulator, world, road, stop }
}

let relay: Awaited<ReturnType<typeof relayed>>
beforeAll(async () => {
  relay = await relayed()
})
afterAll(() => relay.stop())

async function order(extra: object = {}): Promise<string> {
  const made = await relay.world.call('POST', '/v1/videos', { body: { ...ORDER, ...extra } })
  expect(made.status, JSON.stringify(made.json)).toBe(200)
  return made.json.id
}
const read = async (id: string) => (await relay.world.call('GET', `/v1/videos/${id}`)).json
const until = (id: string, there: (video: { status: string; filmgate: { stage: string } }) => boolean) =>
  eventually(async () => {
    const video = await read(id)
    return there(video) ? video : null
  })
const attemptOf = async (id: string) =>
  (await relay.world.call('GET', `/v1/attempts?video=${id}`, { key: relay.world.operator_key })).json.data[0]
const lastJob = () => [...relay.emulator.jobs.values()].at(-1)

test('a provider that calls back is not waited for: polls would come an hour apart', async () => {
  const id = await order()
  expect(await until(id, ({ status }) => status === 'completed')).toMatchObject({ filmgate: { attempts: 1, credits: { captured: 40 } } })
  const { id: attempt } = await attemptOf(id)
  const address = createCallbacks(relay.world.secret, '').address(attempt)
  expect(relay.road.heard.at(-1)).toBe(address)
  expect(relay.emulator.called_back.at(-1)).toBe(202)
  // Late, twice and to no avail.
  const job = lastJob()
  await relay.emulator.callBack(job?.id ?? '')
  expect(relay.emulator.called_back.at(-1)).toBe(202)
  expect(await read(id)).toMatchObject({ status: 'completed', filmgate: { credits: { captured: 40 } } })
})

test('an order whose reply was lost at a provider without a list is adopted when that calls back, and is bought once', async () => {
  const before = relay.emulator.bill().length
  relay.emulator.next('create', 'drop_after')
  const id = await order()
  expect(await until(id, ({ status }) => status === 'completed')).toMatchObject({ filmgate: { attempts: 1, credits: { captured: 40 } } })
  expect(await attemptOf(id)).toMatchObject({ provider_ref: lastJob()?.id, provider_ref_from: 'find' })
  expect(relay.emulator.bill()).toHaveLength(before + 1)
})

test('a callback that names another order, another attempt’s job or none at all is believed in nothing', async () => {
  const other = await order({ prompt: 'a lighthouse [[hang]]' })
  await until(other, ({ filmgate }) => filmgate.stage === 'rendering')
  const others_job = lastJob()?.id
  relay.emulator.next('create', 'drop_before')
  const id = await order({ prompt: 'a lighthouse [[hang]]' })
  await until(id, ({ filmgate }) => filmgate.stage === 'submit_unknown')
  const { id: attempt } = await attemptOf(id)
  const path = createCallbacks(relay.world.secret, '').address(attempt) ?? ''
  const boat = [...relay.emulator.jobs.keys()][0]
  for (const named of [others_job, boat, 'task_nothing']) {
    const reads = relay.emulator.asked.retrieve
    const answer = await relay.world.call('POST', path, { key: null, body: { id: named } })
    expect(answer.status).toBe(202)
    // Each is looked at, though by the second: they are not to come faster.
    await eventually(async () => (relay.emulator.asked.retrieve > reads ? true : null))
  }
  await relay.world.call('POST', path, { key: null, raw: 'no JSON', headers: { 'content-type': 'text/plain' } })
  expect(await attemptOf(id)).toMatchObject({ state: 'submit_unknown', provider_ref: null })
  expect(await read(id)).toMatchObject({ filmgate: { stage: 'submit_unknown', credits: { held: 40 } } })
})
