import { type AddressInfo, createServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { forbiddenTargets, resolveForbidden } from '../testing/forbidden-targets.ts'
import { hookedWorld, to } from '../testing/hooked-world.ts'

/** Nobody may get here: it counts who does. */
let connections = 0
const forbidden = createServer((socket) => {
  connections += 1
  socket.destroy()
})
const port = () => (forbidden.address() as AddressInfo).port

let kit: Awaited<ReturnType<typeof hookedWorld>>
beforeAll(async () => {
  await new Promise<void>((done) => forbidden.listen(0, done))
  kit = await hookedWorld({ resolve: resolveForbidden })
})
afterAll(async () => {
  await kit.stop()
  await new Promise((done) => forbidden.close(done))
})

test('no endpoint at any of more than a hundred forbidden targets is ever connected to, by its text or by what its name leads to', async () => {
  const targets = forbiddenTargets(port()).map(([what, url]) => [what, url.replace(/^http:/, 'https:')] as const)
  expect(targets.length).toBeGreaterThan(100)
  let named = 0
  for (const [what, url] of targets) {
    const made = await kit.world.call('POST', '/v1/webhook_endpoints', { body: { name: 'h', url, event_types: ['video.failed'] } })
    if (made.status === 400) {
      expect([made.json.error.code, made.json.error.param], what).toEqual(['invalid_value', 'url'])
      continue
    }
    // Only its name servers could tell, which are asked for every message.
    named += 1
    const path = `/v1/webhook_endpoints/${made.json.id}`
    const sent = await kit.world.call('POST', `${path}/test`, { body: { event_type: 'video.failed' } })
    expect(sent.json, what).toMatchObject({ success: false, status_code: null, error: 'The host has no public address.' })
    await kit.world.call('DELETE', path)
  }
  expect(named).toBeGreaterThan(5)
  expect(connections).toBe(0)
})

test('nor by a redirect, which is not followed', async () => {
  const { id } = await kit.endpoint('/turns')
  const targets = forbiddenTargets(port()).filter(([, url]) => /^[\x20-\x7e]+$/.test(url))
  for (const [what, url] of targets) {
    kit.receiver.answers.set('/turns', (response) => response.writeHead(307, { location: url }).end())
    const sent = await kit.world.call('POST', `/v1/webhook_endpoints/${id}/test`, { body: { event_type: 'video.failed' } })
    expect(sent.json, what).toMatchObject({ status_code: 307, error: expect.stringContaining('redirect') })
  }
  expect(to(kit.receiver, '/turns')).toHaveLength(targets.length)
  expect(connections).toBe(0)
})
