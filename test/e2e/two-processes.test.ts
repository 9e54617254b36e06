import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Json } from './call.ts'
import { balanceOf, type Customer, expectCleanAudit, newCustomer, readVideo, videoThat } from './customer.ts'
import { type Database, newDatabase } from './database.ts'
import { filmgate } from './program.ts'
import { newFolder, newServer, type Server } from './server.ts'

const ORDER = { seconds: '1', size: '854x480' }
const PRICE = 4
const CREDITS = 10_000

let database: Database
let folder: string
let env: Record<string, string>
let one: Server
let other: Server
beforeAll(async () => {
  database = await newDatabase()
  console.log(`on ${database.name}`)
  folder = await newFolder()
  env = { DATABASE_URL: database.url, FILMGATE_SECRET: randomBytes(32).toString('base64'), FILMGATE_SENTINELS: '1' }
  one = await newServer({ data_folder: folder, env })
  other = await newServer({ data_folder: folder, env })
})
afterAll(async () => {
  await one.remove()
  await other.remove()
  await database.stop()
  await rm(folder, { recursive: true, force: true })
})

describe('two processes on one DATABASE_URL', () => {
  let customer: Customer

  test('that start at the same instant both come up, as one workspace with one demo customer', async () => {
    const ready_ms = await Promise.all([one.start(), other.start()])
    console.log(`ready after ${ready_ms.map(Math.round).join(' and ')} ms`)
    for (const server of [one, other]) {
      const customers = (await server.operate('GET', '/v1/customers')).data
      expect(customers.map((customer: Json) => customer.name)).toEqual(['Demo'])
      expect(await balanceOf(server, server.demo_key)).toMatchObject({ available: 1000, held: 0 })
      expect(server.program.stdout).toContain(`/#key=${one.demo_key}`)
    }
    customer = await newCustomer(one, CREDITS, { rate_card: 'app-credits-2026-01' })
  })

  test('end all orders that are spread over them, and either answers for both', async () => {
    const { key } = customer
    const made = await Promise.all(
      Array.from({ length: 12 }, async (_, i) => {
        const taker = i % 2 === 0 ? one : other
        const headers = { 'idempotency-key': `spread-${i}` }
        const body = { ...ORDER, prompt: i % 4 === 3 ? 'a boat [[fail]]' : 'a boat' }
        const answers = await Promise.all([taker, one, other].map((server) => server.call('POST', '/v1/videos', { key, body, headers })))
        expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200])
        expect(new Set(answers.map((answer) => answer.json.id)).size).toBe(1)
        return { id: answers[0]?.json.id, fails: i % 4 === 3 }
      }),
    )
    for (const { id, fails } of made) {
      const video = await videoThat(one, key, id, (seen) => seen.filmgate.stage === 'done')
      expect(video.status).toBe(fails ? 'failed' : 'completed')
      expect(await readVideo(other, key, id)).toEqual(video)
      if (!fails) expect((await other.call('GET', `/v1/videos/${id}/content`, { key })).bytes.subarray(4, 8).toString()).toBe('ftyp')
    }
    const spent = 9 * PRICE
    for (const server of [one, other]) expect(await balanceOf(server, key)).toMatchObject({ available: CREDITS - spent, held: 0, spent })
    await expectCleanAudit(other)
  })

  test('are one gateway: what a killed one had in hand, the other one finishes', async () => {
    const { key } = customer
    const before = await balanceOf(other, key)
    const ids = await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        const made = await one.call('POST', '/v1/videos', { key, body: { ...ORDER, prompt: `a boat [[slow:${1 + (i % 4)}]]` } })
        expect(made.status).toBe(200)
        return made.json.id
      }),
    )
    // Not in the instant of sending: what might be on its way would be waited for, for two minutes (submit_unknown).
    for (const id of ids) await videoThat(one, key, id, (video) => video.status !== 'queued')
    await one.kill('SIGKILL')
    for (const id of ids) await videoThat(other, key, id, (video) => video.status === 'completed', 120_000)
    expect(await balanceOf(other, key)).toMatchObject({ available: before.available - ids.length * PRICE, held: 0 })
    await expectCleanAudit(other)
    await one.start()
    await expectCleanAudit(one)
  })
})

describe('a process that does not belong to them refuses to start, with exit code 78 and one sentence', () => {
  test('when its secret is another', async () => {
    const FILMGATE_SECRET = randomBytes(32).toString('base64')
    const exit = await filmgate({ ...env, FILMGATE_SECRET, FILMGATE_DATA: folder, PORT: '0' }).ended
    expect(exit.stderr).toMatch(/^FILMGATE_SECRET is not the one that this database was set up with; [^\n]+\.\n$/)
    expect([exit.code, exit.stdout]).toEqual([78, ''])
    expect(exit.stderr).not.toContain(FILMGATE_SECRET)
  })

  test('when its clips would lie elsewhere', async () => {
    const elsewhere = await newFolder()
    const exit = await filmgate({ ...env, FILMGATE_DATA: elsewhere, PORT: '0' }).ended
    await rm(elsewhere, { recursive: true, force: true })
    expect(exit.stderr).toMatch(/^Clips of this database lie in [^\n]+\.\n$/)
    expect([exit.code, exit.stdout]).toEqual([78, ''])
  })
})
