import { rolldown } from 'rolldown'
import { expect, test } from 'vitest'
import type * as client from '../../client/src/index.ts'
import { openBrowser } from './browser.ts'
import { ROOT } from './program.ts'
import { startServer } from './server.ts'

declare global {
  /** What the bundle below puts there. */
  var filmgate_client: typeof client
}

test('the client is for browsers too: it makes a clip, waits for it, reads its bytes, and tells errors apart', async () => {
  const bundle = await rolldown({ input: `${ROOT}/client/src/index.ts`, platform: 'browser', logLevel: 'silent' })
  const { output } = await bundle.generate({ format: 'iife', name: 'filmgate_client', minify: true })
  await bundle.close()
  const { code } = output[0]
  // Without what only Node has, and light: a page pays for every byte.
  expect(code).not.toMatch(/\brequire\(|node:/)
  expect(code.length).toBeLessThan(60_000)
  const server = await startServer()
  const browser = await openBrowser()
  try {
    const page = await (await browser.newContext({ bypassCSP: true })).newPage()
    await page.goto(`${server.address}/healthz`)
    await page.addScriptTag({ content: code })
    const seen = await page.evaluate(
      async ({ base_url, key }) => {
        const { createFilmgate, FilmgateError } = globalThis.filmgate_client
        const filmgate = createFilmgate({ base_url, key })
        const order = { model: 'animatic', prompt: 'a boat', seconds: '1', size: '854x480' }
        const video = await filmgate.videos.createAndWait(order, { timeout_s: 120 })
        const { stream, total_bytes } = await filmgate.videos.content(video.id, { from_byte: 100 })
        const { byteLength } = await new Response(stream).arrayBuffer()
        const refused = await createFilmgate({ base_url, key: 'fg_live_none' })
          .get('/v1/balance')
          .catch((error: unknown) => (error instanceof FilmgateError ? error.code : 'something else'))
        return { status: video.status, all: byteLength + 100 === total_bytes, refused }
      },
      { base_url: server.address, key: server.demo_key },
    )
    expect(seen).toEqual({ status: 'completed', all: true, refused: 'invalid_api_key' })
  } finally {
    await browser.close()
    await server.remove()
  }
})
