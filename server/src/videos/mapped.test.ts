import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startOpenaiEmulator } from '../../../emulators/src/openai.ts'
import { parseConfiguration } from '../config-file.ts'
import { probe } from '../media/probe.ts'
import { drawClip } from '../testing/clips.ts'
import { eventually, testWorld } from '../testing/world.ts'

/** A server that makes 4, 8 and 12 s at 720p; customers pay by a card that sells every second, at 480p too. */
async function world() {
  const clip = await drawClip({ seconds: 4, width: 1280, height: 720 })
  const short = await drawClip({ seconds: 2, width: 1280, height: 720 })
  const emulator = await startOpenaiEmulator({ clip: ({ lasts_s }) => (lasts_s < 4 ? short : clip), dialect: 'azure', render_ms: 0 })
  const text = `providers:
  - name: studio-a
    adapter: openai
    profile: azure
    base_url: ${emulator.base_url}
    models: [sora-2]
    rate_card: openai-2026-05
    poll: { first_s: 0.05, later_s: 0.05 }
customer_rate_card: app-credits-2026-01
`
  const read = parseConfiguration(text, 'filmgate.yaml', {})
  if (read.outcome === 'wrong') throw new Error(read.sentence)
  const made = await testWorld({ settings: read.settings })
  return { emulator, ...made, stop: async () => void (await Promise.all([made.stop(), emulator.stop()])) }
}

const ORDER = { model: 'sora-2', prompt: 'a boat', seconds: '3', size: '854x480' }

test('an order that no route makes is made longer and larger, as its quote says, and delivered as it was ordered', async () => {
  const { emulator, call, stop } = await world()
  const quote = (await call('POST', '/v1/quotes', { body: ORDER })).json
  const mapping = { seconds: 4, size: '1280x720', trimmed: true, scaled: true }
  expect(quote).toMatchObject({ credits: 12, mapping, candidates: [{ route: 'studio-a/sora-2', credits: 12, mapping }] })
  const { json: made } = await call('POST', '/v1/videos', { body: { ...ORDER, quote: quote.id } })
  const ended = (id: string) =>
    eventually(async () => {
      const { json } = await call('GET', `/v1/videos/${id}`)
      return json.status === 'completed' || json.status === 'failed' ? json : null
    })
  expect(await ended(made.id)).toMatchObject({
    status: 'completed',
    seconds: '3',
    size: '854x480',
    filmgate: { credits: { captured: 12 } },
  })
  // What the provider was asked for, and bills.
  expect(emulator.bill()).toMatchObject([{ seconds: 4, size: '1280x720', usd: 0.4 }])
  const file = join(tmpdir(), `${made.id}.mp4`)
  await writeFile(file, (await call('GET', `/v1/videos/${made.id}/content`)).bytes)
  const seen = await probe(file)
  expect(seen).toMatchObject({ outcome: 'ok', fast_start: true, video: { width: 854, height: 480 } })
  if (seen.outcome === 'ok') expect(Math.abs(seen.video.duration_s - 3)).toBeLessThan(0.01)
  const { json: receipt } = await call('GET', `/v1/videos/${made.id}/receipt`)
  expect(receipt.why).toContain('Made with 4 s at 1280x720, trimmed to 3 s and scaled to 854x480.')

  const refused = await call('POST', '/v1/videos', { body: { ...ORDER, size: '1280x720', mapping: 'exact' } })
  expect(refused).toMatchObject({ status: 400, json: { error: { code: 'unsupported_duration', param: 'seconds' } } })
  const kept = (await call('POST', '/v1/quotes', { body: ORDER })).json
  const against = await call('POST', '/v1/videos', { body: { ...ORDER, quote: kept.id, mapping: 'exact' } })
  expect(against).toMatchObject({ status: 409, json: { error: { code: 'quote_mismatch' } } })

  // It would be long enough for the order, and is not what the provider was asked for.
  const fell_short = await ended(
    (await call('POST', '/v1/videos', { body: { ...ORDER, seconds: '2', prompt: 'a boat [[short]]' } })).json.id,
  )
  expect(fell_short).toMatchObject({
    status: 'failed',
    error: { code: 'output_invalid' },
    filmgate: { credits: { captured: 0, released: 8 } },
  })
  await stop()
})
