import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Received, type Receiver, startReceiver } from '../../server/src/testing/receiver.ts'
import { eventually } from './eventually.ts'
import { newServer, type Server } from './server.ts'

let receiver: Receiver
let server: Server
beforeAll(async () => {
  receiver = await startReceiver()
  server = await newServer({ env: { FILMGATE_TRUSTED_HOSTS: receiver.place } })
  await server.start()
})
afterAll(async () => {
  await server.remove()
  await receiver.stop()
})

const headersOf = ({ headers }: Received) => Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))

test('a video that is ordered ends, and its end arrives, even over a restart in between, verified by the official SDK', async () => {
  const client = () => new OpenAI({ apiKey: server.demo_key, baseURL: `${server.address}/v1`, maxRetries: 0 })
  const endpoint = await client().webhooks.create({
    name: 'films',
    url: `${receiver.address}/films`,
    event_types: ['video.completed', 'video.failed'],
  })
  receiver.answers.set('/films', () => undefined) // it hangs: the server is stopped while its message is under way
  const video = await client().videos.create({ prompt: 'a boat on a calm lake', seconds: '4', size: '1280x720' })
  await eventually(() => receiver.received.length === 1)
  const sent_at = performance.now()
  const exit = await server.stop()
  expect([exit.code, performance.now() - sent_at < 10_000]).toEqual([0, true]) // the contract's limit, whatever hangs
  receiver.answers.clear()
  await server.start()
  const started_at = performance.now()
  await eventually(() => receiver.received.length === 2, 30_000) // what was not given back would come with a sweep, a minute later
  console.log(`sent again ${Math.round(performance.now() - started_at)} ms after the next start`)
  const [first, again] = receiver.received
  if (first === undefined || again === undefined) return expect.unreachable('nothing came')
  for (const one of [first, again]) {
    const event = await client().webhooks.unwrap(one.body, headersOf(one), endpoint.signing_secret)
    expect(event).toMatchObject({ object: 'event', type: 'video.completed', data: { id: video.id } })
  }
  expect([again.headers['webhook-id'], again.body]).toEqual([first.headers['webhook-id'], first.body])
  expect((await client().videos.retrieve(video.id)).status).toBe('completed')
})
