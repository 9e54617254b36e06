import { createServer } from 'node:http'
import { createFilmgate, verifyWebhook } from '@filmgate/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startReceiver } from '../../server/src/testing/receiver.ts'
import { eventually, type TestWorld, testWorld } from '../../server/src/testing/world.ts'
import { run } from './run.ts'
import { newHome } from './testing/terminal.ts'

// The commands against a server in this process, over real HTTP: what recorded answers cannot show.

let world: TestWorld
let url: string
let port: number
beforeAll(async () => {
  port = await freePort()
  world = await testWorld({ trusted_hosts: new Set([`127.0.0.1:${port}`]) })
  url = await world.gateway.app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(() => world.stop())

/** One command line; with what it wrote so far. */
function start(argv: readonly string[], key: string, interrupted = new AbortController().signal) {
  const said = { stdout: '', stderr: '' }
  const home = newHome()
  const sink = (to: 'stdout' | 'stderr') => ({
    write(text: string) {
      said[to] += text
    },
    is_terminal: false,
    columns: () => Number.POSITIVE_INFINITY,
  })
  const ended = run(argv, {
    env: { FILMGATE_URL: url, FILMGATE_KEY: key },
    cwd: home,
    home,
    platform: 'linux',
    node: process.versions.node,
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    stdin: { is_terminal: false, read: async () => '' },
    fetch,
    now: Date.now,
    sleep: async (ms) => new Promise((done) => setTimeout(done, ms)),
    every: () => () => {},
    uuid: () => crypto.randomUUID(),
    interrupted,
    ask: async () => null,
    launch: async () => 0,
  })
  return { said, ended }
}

async function did(argv: readonly string[], key: string): Promise<string> {
  const { said, ended } = start(argv, key)
  expect([await ended, said.stderr], argv.join(' ')).toEqual([0, expect.any(String)])
  return said.stdout
}

test('each command reads a real gateway', async () => {
  const { customer_key, operator_key } = world
  const filmgate = createFilmgate({ base_url: url, key: customer_key })
  const body = { prompt: 'a fox [[fail]]', model: 'sora-2', seconds: '4', size: '1280x720' }
  const video = await filmgate.videos.createAndWait(body, { timeout_s: 120 })
  expect(await did(['receipt', video.id], customer_key)).toContain('0 credits charged')
  expect(await did(['why', video.id], customer_key)).toContain('failed (provider_failed)')
  expect(await did(['balance'], customer_key)).toContain('1,000 credits available')
  expect(JSON.parse(await did(['grants', '--json'], customer_key)).data).toHaveLength(1)
  expect((await did(['ledger', '--video', video.id, '--jsonl'], customer_key)).trim().split('\n')).toHaveLength(2)
  expect((await did(['ledger', '--csv'], customer_key)).split('\n')[0]).toBe('id,at,time,kind,credits,available_after,video,hold,reason\r')
  expect(await did(['compare', '--seconds', '8'], customer_key)).toContain('animatic/sora-2')
  expect(await did(['rate-cards'], customer_key)).toContain('openai-2026-05')
  expect(await did(['rate-cards', 'openai-2026-05'], customer_key)).toContain('0.70')
  expect(await did(['catalogue', 'check', '--days', '36500'], customer_key)).toBe('')
  expect(await did(['doctor'], customer_key)).toContain("A customer's key (FILMGATE_KEY); 1,000 credits available.")
  expect(await did(['doctor'], operator_key)).toContain("An operator's key")
  expect(await did(['attempts', '--video', video.id], operator_key)).toContain('failed')
  expect(await did(['audit', '--full'], operator_key)).toContain('The ledger is sound')
  expect(await did(['margin', '--by', 'day'], operator_key)).toContain('total')
  const { id } = JSON.parse(await did(['customers', 'create', 'Ada', '--json'], operator_key))
  expect(await did(['customers'], operator_key)).toContain(id)
  const key = (await did(['keys', 'create', 'laptop', '--day', '9', '--customer', id], operator_key)).trim()
  expect(await did(['balance'], key)).toContain('0 credits available')
  const [made] = JSON.parse(await did(['keys', '--customer', id, '--json'], operator_key)).data
  await did(['keys', 'revoke', made.id, '--customer', id], operator_key)
  expect(await start(['balance'], key).ended).toBe(3)
})

test('webhooks listen hears, checks, passes on, and leaves no endpoint behind', async () => {
  const receiver = await startReceiver()
  let answer = 500
  receiver.answers.set('/hooks', (response) => response.writeHead(answer).end())
  const filmgate = createFilmgate({ base_url: url, key: world.customer_key })
  const endpoints = async () => (await filmgate.get('/v1/webhook_endpoints')).data
  // Of a run that was killed.
  await filmgate.post('/v1/webhook_endpoints', {
    body: { name: 'filmgate webhooks listen', url: `http://127.0.0.1:${port}/`, event_types: ['credits.low'] },
  })
  const stop = new AbortController()
  const flags = [
    '--port',
    String(port),
    '--forward-to',
    `${receiver.address}/hooks`,
    '--event',
    'video.completed',
    '--event',
    'video.failed',
  ]
  const { said, ended } = start(['webhooks', 'listen', ...flags], world.customer_key, stop.signal)
  const [endpoint] = await eventually(async () => {
    const all = await endpoints()
    return said.stderr.includes('Listening') ? all : null
  })
  expect([(await endpoints()).length, endpoint?.event_types]).toEqual([1, ['video.completed', 'video.failed']])
  const send = () =>
    filmgate.post('/v1/webhook_endpoints/{id}/test', { path: { id: endpoint?.id ?? '' }, body: { event_type: 'video.completed' } })
  expect((await send()).status_code, 'what the address said is what the gateway hears').toBe(502)
  answer = 204
  expect((await send()).success).toBe(true)
  expect(
    said.stdout
      .trim()
      .split('\n')
      .map((line) => line.split('  ').at(-1)),
  ).toEqual(['-> 500', '-> 204'])
  expect(receiver.received[1]?.headers['webhook-signature']).toMatch(/^v1,/)
  const forged = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: '{}' })
  expect([forged.status, said.stderr.includes('Refused what came in')]).toEqual([400, true])
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(405)
  const taken = start(['webhooks', 'listen', '--port', String(port)], world.customer_key)
  expect([await taken.ended, taken.said.stderr]).toEqual([2, expect.stringContaining('another program listens there')])
  stop.abort()
  expect(await ended).toBe(0)
  expect([await endpoints(), said.stderr.includes(`Removed ${endpoint?.id}.`)]).toEqual([[], true])
  await receiver.stop()
  expect(() => verifyWebhook('{}', {}, 'whsec_AAAA')).toThrow()
})

test('webhooks listen says what to do where the gateway may not send to', async () => {
  const other = await freePort()
  const { said, ended } = start(['webhooks', 'listen', '--port', String(other)], world.customer_key)
  expect([await ended, said.stdout]).toEqual([5, ''])
  expect(said.stderr).toContain(`FILMGATE_TRUSTED_HOSTS=127.0.0.1:${other}`)
})

/** One that nobody has at this moment. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const at = server.address()
  await new Promise((done) => server.close(done))
  return typeof at === 'object' && at !== null ? at.port : 0
}
