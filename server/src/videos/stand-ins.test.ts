import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Emulator } from '../../../emulators/src/desk.ts'
import { startOpenRouterEmulator } from '../../../emulators/src/openrouter.ts'
import { startRunwayEmulator } from '../../../emulators/src/runway.ts'
import { createCallbacks } from '../access/callbacks.ts'
import { parseConfiguration } from '../config-file.ts'
import { drawClip } from '../testing/clips.ts'
import { eventually, type TestWorld, testWorld } from '../testing/world.ts'

const KEY = 'key-0123456789'
const SECRET = 'whsec-0123456789'
const ORDER = { model: 'sora-2', prompt: 'a boat on a calm lake', seconds: '4', size: '1280x720' }

let runway: Emulator
let openrouter: Emulator
let world: TestWorld
/** The road from outside to the gateway, which is there before it is. */
const outside = createServer(async (request, response) => {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  const signature = request.headers['x-openrouter-signature']
  const headers = { 'content-type': 'application/json', ...(typeof signature === 'string' && { 'x-openrouter-signature': signature }) }
  const answer = await world.call('POST', request.url ?? '', { key: null, raw: Buffer.concat(parts), headers })
  response.writeHead(answer.status).end()
})
beforeAll(async () => {
  const drawn = new Uint8Array(await drawClip({ seconds: 4, width: 1280, height: 720 }))
  const clip = () => drawn
  runway = await startRunwayEmulator({ clip, key: KEY, render_ms: 0 })
  openrouter = await startOpenRouterEmulator({ clip, key: KEY, render_ms: 0, callback_secret: SECRET })
  await new Promise<void>((listening) => outside.listen(0, '127.0.0.1', listening))
  const address = outside.address()
  const text = `public_url: http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}
providers:
  - { name: runway-a, adapter: runway, base_url: "${runway.base_url}", api_key: ${KEY}, poll: { first_s: 1, later_s: 1 } }
  - name: openrouter-a
    adapter: openrouter
    base_url: ${openrouter.base_url}
    api_key: ${KEY}
    options: { callback_secret: ${SECRET} }
    rate_card: mine
    poll: { first_s: 3600, later_s: 3600 }
rate_cards:
  - id: mine
    version: 1
    kind: rates
    title: What we pay OpenRouter
    currency: usd
    effective_on: 2026-11-22
    source: { name: its feed of models, read_on: 2026-11-22 }
    lines: [{ models: [veo-3.1], sizes: [720p], seconds: [4, 6, 8], rate: { kind: per_second, amount: "0.50" } }]
`
  const read = parseConfiguration(text, 'filmgate.yaml', {})
  if (read.outcome === 'wrong') throw new Error(read.sentence)
  world = await testWorld({ settings: read.settings })
})
afterAll(async () => {
  await Promise.all([world.stop(), runway.stop(), openrouter.stop()])
  await new Promise((closed) => outside.close(closed))
})

async function ended(extra: object) {
  const made = await world.call('POST', '/v1/videos', { body: { ...ORDER, ...extra } })
  expect(made.status, JSON.stringify(made.json)).toBe(200)
  return eventually(async () => {
    const video = (await world.call('GET', `/v1/videos/${made.json.id}`)).json
    return video.status === 'completed' || video.status === 'failed' ? video : null
  })
}
const attemptOf = async (video: { readonly id: string }) =>
  (await world.call('GET', `/v1/attempts?video=${video.id}`, { key: world.operator_key })).json.data[0]

test('an order for sora-2 is made by gen-4.5 at Runway, at the price of sora-2 and the cost that Runway tells; moderated, it costs us alone', async () => {
  const video = await ended({ route: 'runway-a' })
  expect(video).toMatchObject({
    status: 'completed',
    model: 'sora-2',
    filmgate: { route: 'runway-a/sora-2/gen-4.5', credits: { captured: 40 } },
  })
  const moderated = await ended({ route: 'runway-a', prompt: 'a boat [[moderated]]' })
  expect(moderated).toMatchObject({ status: 'failed', error: { code: 'moderation_blocked' }, filmgate: { credits: { captured: 0 } } })
  expect(runway.bill().map(({ model, usd }) => [model, usd])).toEqual([
    ['gen4.5', 0.48],
    ['gen4.5', 0.48],
  ])
  const { rows } = await world.database.pool.query('select cost_micro, cost_source from videos.attempts')
  expect(rows).toEqual([1, 2].map(() => ({ cost_micro: 480_000n, cost_source: 'reported' })))
})

test('an order whose reply OpenRouter lost is adopted when that calls back with its signature, bought once; a forged call is not heard', async () => {
  openrouter.next('submit', 'drop_after')
  const video = await ended({ route: 'openrouter-a' })
  expect(video).toMatchObject({
    status: 'completed',
    filmgate: { route: 'openrouter-a/sora-2/veo-3.1', attempts: 1, credits: { captured: 40 } },
  })
  const [job] = openrouter.jobs.values()
  const attempt = await attemptOf(video)
  expect(attempt).toMatchObject({ provider_ref: job?.id, provider_ref_from: 'find' })
  expect(job?.ordered.callback_url).toContain(createCallbacks(world.secret, '').address(attempt.id))
  expect([openrouter.asked.submit, openrouter.bill().length]).toEqual([1, 1])
  await openrouter.callBack(job?.id ?? '', { forged: true })
  await openrouter.callBack(job?.id ?? '')
  expect(openrouter.called_back.slice(-2)).toEqual([404, 202])
})
