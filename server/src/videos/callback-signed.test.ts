import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FalEmulator, startFalEmulator } from '../../../emulators/src/fal.ts'
import { type ReplicateEmulator, startReplicateEmulator } from '../../../emulators/src/replicate.ts'
import { parseConfiguration } from '../config-file.ts'
import { drawClip } from '../testing/clips.ts'
import { eventually, type TestWorld, testWorld } from '../testing/world.ts'

const ORDER = { model: 'sora-2', prompt: 'a boat on a calm lake', seconds: '4', size: '1280x720' }
const KEY = 'key-studio-0123456789'

let fal: FalEmulator
let replicate: ReplicateEmulator
let world: TestWorld
const heard: number[] = []

/** The gateway as providers reach it from outside. */
const outside = createServer(async (request, response) => {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  const told = Object.entries(request.headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []))
  const answer = await world.call('POST', request.url ?? '', { key: null, raw: Buffer.concat(parts), headers: Object.fromEntries(told) })
  heard.push(answer.status)
  response.writeHead(answer.status).end()
})

beforeAll(async () => {
  const clip = new Uint8Array(await drawClip({ seconds: 4, width: 1280, height: 720 }))
  const options = { clip: () => clip, key: KEY, render_ms: 100 }
  fal = await startFalEmulator(options)
  replicate = await startReplicateEmulator(options)
  await new Promise<void>((listening) => outside.listen(0, '127.0.0.1', listening))
  const address = outside.address()
  if (address === null || typeof address === 'string') throw new Error('there is no port')
  const text = `public_url: http://127.0.0.1:${address.port}
providers:
  - { name: fal, adapter: fal, base_url: "${fal.base_url}", api_key: ${KEY}, poll: { first_s: 3600, later_s: 3600 } }
  - name: replicate
    adapter: replicate
    base_url: ${replicate.base_url}
    api_key: ${KEY}
    models: [{ model: sora-2, provider_model: google/veo-3.1 }]
    rate_card: openai-2026-05
    poll: { first_s: 3600, later_s: 3600 }
`
  const read = parseConfiguration(text, 'filmgate.yaml', {})
  if (read.outcome === 'wrong') throw new Error(read.sentence)
  world = await testWorld({ settings: read.settings })
})
afterAll(async () => {
  await Promise.all([world.stop(), fal.stop(), replicate.stop()])
  await new Promise((closed) => outside.close(closed))
})

test.each(['fal', 'replicate'] as const)(
  'an order to %s whose reply was lost is adopted by its signed call, and bought once; a forged call is turned away',
  async (route) => {
    const emulator = { fal, replicate }[route]
    emulator.next('submit', 'drop_after')
    const made = await world.call('POST', '/v1/videos', { body: { ...ORDER, route } })
    expect(made.status, JSON.stringify(made.json)).toBe(200)
    const completed = await eventually(async () => {
      const { json } = await world.call('GET', `/v1/videos/${made.json.id}`)
      return json.status === 'completed' ? json : null
    })
    expect(completed).toMatchObject({ filmgate: { provider: route, attempts: 1, credits: { captured: 40 } } })
    expect(emulator.bill()).toHaveLength(1)
    const [id = ''] = emulator.jobs.keys()
    await emulator.callBack(id, { forged: true })
    expect(heard.at(-1)).toBe(404)
    await emulator.callBack(id)
    expect(heard.at(-1)).toBe(202)
  },
)
