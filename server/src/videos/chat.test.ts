import { afterAll, beforeAll, expect, test } from 'vitest'
import { startChatEmulator } from '../../../emulators/src/chat.ts'
import type { Emulator } from '../../../emulators/src/desk.ts'
import { parseConfiguration } from '../config-file.ts'
import { drawClip } from '../testing/clips.ts'
import { eventually, type Json, type TestWorld, testWorld } from '../testing/world.ts'

const ORDER = { model: 'sora-2', seconds: '10', size: '1280x720' }

let emulator: Emulator
let world: TestWorld
let offset_ms = 0
beforeAll(async () => {
  const clip = await drawClip({ seconds: 10, width: 1280, height: 720 })
  emulator = await startChatEmulator({ clip: () => clip, key: 'sk-shop', render_ms: 100 })
  const text = `providers:
  - name: shop-a
    adapter: chat
    base_url: ${emulator.base_url}
    api_key: { env: SHOP_KEY }
    poll: { first_s: 0.1, later_s: 0.1 }
customer_rate_card: app-credits-2026-01
`
  const read = parseConfiguration(text, 'filmgate.yaml', { SHOP_KEY: 'sk-shop' })
  if (read.outcome === 'wrong') throw new Error(read.sentence)
  world = await testWorld({ settings: read.settings, clock: () => Date.now() + offset_ms })
})
afterAll(async () => {
  await world.stop()
  await emulator.stop()
})

async function order(prompt: string): Promise<string> {
  const made = await world.call('POST', '/v1/videos', { body: { ...ORDER, prompt } })
  expect(made.status, made.bytes.toString()).toBe(200)
  return made.json.id
}

const videoThat = (id: string, wanted: (video: Json) => boolean) =>
  eventually(async () => {
    const { json } = await world.call('GET', `/v1/videos/${id}`)
    return wanted(json) ? json : null
  })

test('a call to an aggregator becomes a clip, charged to the customer by the second and to us by the call', async () => {
  const video = await videoThat(await order('a boat'), ({ status }) => status === 'completed' || status === 'failed')
  expect(video).toMatchObject({ status: 'completed', filmgate: { provider: 'shop-a', credits: { captured: 160 } } })
  expect(emulator.bill()).toMatchObject([{ model: 'sora_video2-landscape', usd: 0.12 }])
  const { rows } = await world.database.pool.query('select cost_micro from videos.attempts where video = $1', [video.id])
  expect(rows).toEqual([{ cost_micro: 120_000n }])
})

test('a stream that breaks off is never sent again, never charged, and ends with the final deadline', async () => {
  const sent = emulator.asked.submit
  const id = await order('a swan [[cut]]')
  await videoThat(id, ({ filmgate }) => filmgate.stage === 'rendering')
  await eventually(async () => {
    const { rowCount } = await world.database.pool.query(`select 1 from chat.calls where state = 'cut'`)
    return rowCount === 1 ? true : null
  })
  offset_ms = 24 * 3_600_000 + 60_000
  expect(await videoThat(id, ({ status }) => status === 'failed')).toMatchObject({
    error: { code: 'expired' },
    filmgate: { credits: { captured: 0 } },
  })
  expect(emulator.asked.submit).toBe(sent + 1)
})
