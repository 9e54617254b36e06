// The first clip, with the official OpenAI SDK: what it costs, order, wait, download, receipt.
//
//   OPENAI_BASE_URL=http://127.0.0.1:8787/v1 OPENAI_API_KEY=fg_live_… npm run first-clip
//
// MODEL names another model, and ROUTE the provider or the route that makes it (else the cheapest does): nothing else changes.
// The SDK is as OpenAI ships it; only the base URL is another. Quote and receipt are Filmgate's own, so they go through `client.post` and `client.get`.
import { writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import OpenAI from 'openai'

const client = new OpenAI()
const { MODEL: model = 'sora-2', ROUTE: route } = process.env
const order = { model, prompt: 'A lighthouse on a cliff at dusk, rain, slow push-in', seconds: '4', size: '1280x720' } as const
const wishes = route === undefined ? {} : { route }

const quote = await client.post<{ id: string; credits: number; usd: string }>('/quotes', { body: { ...order, ...wishes } })
console.log(`price     ${quote.credits} credits ($${quote.usd})`)

// `quote` and `route` are extensions: the SDK passes them through.
let video = await client.videos.create({ ...order, ...{ quote: quote.id }, ...wishes })
console.log(`ordered   ${video.id}`)

while (video.status === 'queued' || video.status === 'in_progress') {
  await delay(1000)
  video = await client.videos.retrieve(video.id)
  console.log(`${video.status.padEnd(9)} ${video.progress} %`)
}
if (video.status !== 'completed') throw new Error(`not made, and not charged: ${video.error?.message}`)

const file = process.argv[2] ?? 'first-clip.mp4'
const content = await client.videos.downloadContent(video.id)
await writeFile(file, Buffer.from(await content.arrayBuffer()))

const receipt = await client.get<{ charged: number; lines: { label: string; credits: string }[] }>(`/videos/${video.id}/receipt`)
console.log(`charged   ${receipt.charged} credits`)
console.log(`saved     ${file}`)
