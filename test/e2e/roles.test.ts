import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { call } from './call.ts'
import { balanceOf, expectCleanAudit, readVideo, videoThat } from './customer.ts'
import { type Database, newDatabase } from './database.ts'
import { newFolder, newServer, type Server } from './server.ts'

const ORDER = { seconds: '4', size: '1280x720', prompt: 'a boat' }
const PRICE = 40

let database: Database
let folder: string
let api: Server
let workers: [Server, Server]
beforeAll(async () => {
  database = await newDatabase()
  folder = await newFolder()
  const env = { DATABASE_URL: database.url, FILMGATE_SECRET: randomBytes(32).toString('base64'), FILMGATE_SENTINELS: '1' }
  const process = (FILMGATE_ROLE: string) => newServer({ data_folder: folder, env: { ...env, FILMGATE_ROLE } })
  api = await process('api')
  workers = [await process('worker'), await process('worker')]
})
afterAll(async () => {
  await Promise.all([api, ...workers].map((server) => server.remove()))
  await database.stop()
  await rm(folder, { recursive: true, force: true })
})

const order = async (prompt = ORDER.prompt) => {
  const made = await api.call('POST', '/v1/videos', { body: { ...ORDER, prompt } })
  expect(made.status, made.bytes.toString()).toBe(200)
  return made.json.id
}
const completed = (id: string) => videoThat(api, api.demo_key, id, (video) => video.status === 'completed', 120_000)

test('an api takes orders and runs no steps; the first worker that comes does', async () => {
  await api.start()
  const id = await order()
  expect(await readVideo(api, api.demo_key, id)).toMatchObject({ status: 'queued', filmgate: { stage: 'waiting_to_start' } })
  await workers[0].start()
  expect(workers[0].program.stdout).toContain('A worker: it answers /healthz, /readyz and /metrics.')
  await completed(id)
})

test('a worker answers whether it lives, is ready and how it does, and nothing else', async () => {
  const ask = async (path: string, method = 'GET') => (await call(workers[0].address, method, path, { key: api.demo_key })).status
  expect(await Promise.all(['/healthz', '/readyz', '/metrics'].map((path) => ask(path)))).toEqual([200, 200, 200])
  expect(await Promise.all(['/v1/videos', '/v1/balance', '/', '/openapi.json'].map((path) => ask(path)))).toEqual([404, 404, 404, 404])
  expect(await ask('/v1/videos', 'POST')).toBe(404)
  const told = await call(workers[0].address, 'GET', '/metrics', {})
  expect(told.bytes.toString()).toMatch(/^filmgate_poll_lag_seconds_count\{provider="animatic"\} [1-9]/m)
})

test('of two workers one is restarted and one is killed under way: nothing is lost, and nothing is charged twice', async () => {
  await workers[1].start()
  const before = await balanceOf(api, api.demo_key)
  const ids = await Promise.all(Array.from({ length: 6 }, (_, no) => order(`a boat [[slow:${1 + (no % 3)}]]`)))
  // Not in the instant of sending: what might be on its way would be waited for, for two minutes (submit_unknown).
  for (const id of ids) await videoThat(api, api.demo_key, id, (video) => video.status !== 'queued')
  expect(await workers[0].stop()).toMatchObject({ code: 0 })
  await workers[0].start()
  await workers[1].kill('SIGKILL')
  for (const id of ids) await completed(id)
  expect(await balanceOf(api, api.demo_key)).toMatchObject({ available: before.available - ids.length * PRICE, held: 0 })
  await expectCleanAudit(api)
})
