// A clip with Filmgate's own client, on Node, Bun or Deno: `npm run client-runtimes` runs it on all three.
// In a program of yours: `npm install @filmgate/client`, and import from there.
import process from 'node:process'
import { createFilmgate, FilmgateError } from '../client/dist/index.js'

const base_url = process.env.FILMGATE_URL ?? 'http://127.0.0.1:8787'
const filmgate = createFilmgate({ base_url, key: process.env.FILMGATE_KEY ?? '' })

const order = { model: 'animatic', prompt: 'A boat on a still lake', seconds: '1', size: '854x480' }
const video = await filmgate.videos.createAndWait(order, { timeout_s: 60 })

// From the hundredth byte on, as a player asks for a part.
const { stream, total_bytes } = await filmgate.videos.content(video.id, { from_byte: 100 })
const { byteLength } = await new Response(stream).arrayBuffer()

let refused = 'nothing'
try {
  await createFilmgate({ base_url, key: 'fg_live_none' }).get('/v1/balance')
} catch (error) {
  refused = error instanceof FilmgateError ? error.code : String(error)
}
console.log(`${video.status}, ${byteLength + 100 === total_bytes ? 'all' : 'not all'} bytes, ${refused}`)
