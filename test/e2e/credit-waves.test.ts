import { randomBytes, randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OpenaiEmulator, startOpenaiEmulator } from '../../emulators/src/openai.ts'
import type { Answer, Json } from './call.ts'
import { drawnClip } from './clip.ts'
import { balanceOf, type Customer, expectCleanAudit, listAll, newCustomer } from './customer.ts'
import { type Database, newDatabase } from './database.ts'
import { eventually } from './eventually.ts'
import { newFolder, newServer, type Server } from './server.ts'

/** How long the waves go on: 60 for a release. One of the two processes is killed in the middle of it. */
const WAVES_S = Number(process.env.FILMGATE_WAVES_S ?? 6)
const CREATES = 100
const WORTH = 37
const PRICE = 40
const CREDITS = WORTH * PRICE
const ORDER = { model: 'sora-2', seconds: '4', size: '1280x720' }

let emulator: OpenaiEmulator
let database: Database
let folder: string
let servers: readonly [Server, Server]
let customer: Customer
beforeAll(async () => {
  const clip = await drawnClip({ width: 1280, height: 720, seconds: 4 })
  emulator = await startOpenaiEmulator({ clip: () => clip, render_ms: 0 })
  database = await newDatabase()
  folder = await newFolder()
  const config = join(folder, 'filmgate.yaml')
  await writeFile(
    config,
    `providers:
  - name: studio
    adapter: openai
    base_url: ${emulator.base_url}
    api_key: sk-studio-0123456789
    models: [sora-2]
    rate_card: openai-2026-05
    poll: { first_s: 0.2, later_s: 0.2 }
`,
  )
  const env = { DATABASE_URL: database.url, FILMGATE_SECRET: randomBytes(32).toString('base64'), FILMGATE_CONFIG: config }
  servers = [await newServer({ data_folder: folder, env }), await newServer({ data_folder: folder, env })]
  for (const server of servers) await server.start()
  customer = await newCustomer(servers[0], CREDITS)
})
afterAll(async () => {
  for (const server of servers) await server.remove()
  await database.stop()
  await emulator.stop()
  await rm(folder, { recursive: true, force: true })
})

test(
  `with credit for ${WORTH}, waves of ${CREATES} creates at once for ${WAVES_S} s at two processes, of which one is killed, never charge or hold more than ${WORTH}`,
  async () => {
    const { key } = customer
    const taken = new Set<string>()
    const statuses = new Map<number, number>()
    let lost = 0
    /** As a customer's program does: an order without an answer is sent again, with its key, to whoever is there. */
    const order = async (i: number): Promise<void> => {
      // Most of them fail, at both processes alike, so that their credits come back for the next waves to fight over.
      const body = { ...ORDER, prompt: `a boat [[slow:1]]${Math.floor(i / 2) % 8 === 0 ? '' : ' [[fail]]'}` }
      const headers = { 'idempotency-key': randomUUID() }
      const answer = await eventually(async () => {
        const server = servers[i++ % 2] ?? servers[0]
        const made = await server.call('POST', '/v1/videos', { key, body, headers }).catch(() => null)
        if (made === null) lost += 1
        return made !== null && made.status !== 503 && made
      })
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
      if (answer.status === 200) taken.add(answer.json.id)
      else expect([answer.status, answer.json.error?.code], answer.bytes.toString()).toEqual([402, 'insufficient_credits'])
    }

    let waving = true
    const looks = { balances: 0, pages: 0, most: 0 }
    const watch = async (server: Server) => {
      while (waving) {
        const balance = await readIfThere(server, '/v1/balance', key)
        if (balance !== null) {
          expectSound(balance.json)
          looks.balances += 1
          looks.most = Math.max(looks.most, balance.json.held + balance.json.spent)
        }
        const page = await readIfThere(server, '/v1/ledger?limit=100', key)
        if (page === null) continue
        for (const entry of page.json.data) expect(entry.available_after, JSON.stringify(entry)).toBeGreaterThanOrEqual(0)
        looks.pages += 1
      }
    }
    const watching = servers.map(watch)

    const began = performance.now()
    const passed_s = () => (performance.now() - began) / 1000
    let waves = 0
    let killed: Promise<unknown> | null = null
    try {
      while (passed_s() < WAVES_S || waves < 4) {
        const wave = Promise.all(Array.from({ length: CREATES }, (_, i) => order(i)))
        if (killed === null && (passed_s() > WAVES_S / 2 || waves === 2)) {
          await servers[1].kill('SIGKILL') // with half of this wave in its hands
          killed = servers[1].start()
        }
        await Promise.race([wave, ...watching])
        await wave
        waves += 1
      }
      await killed

      // An order that the killed process may or may not have sent is held until that is known: minutes, which nobody waits for here.
      const open = () =>
        listAll(servers[0], key, '/v1/videos').then((all) =>
          all.filter(({ filmgate }) => filmgate.stage !== 'done').map((video) => video.filmgate.stage),
        )
      await eventually(async () => (await open()).every((stage) => stage === 'submit_unknown'), 180_000)
    } finally {
      waving = false
      await Promise.allSettled([killed, ...watching])
    }
    await Promise.all(watching)

    const videos = await listAll(servers[1], key, '/v1/videos')
    const completed = videos.filter((video) => video.status === 'completed').length
    const unknown = videos.filter((video) => video.filmgate.stage !== 'done').length
    expect(new Set(videos.map((video) => video.id)), 'a video for each order that was taken, and no other').toEqual(taken)
    const end = { available: CREDITS - (completed + unknown) * PRICE, held: unknown * PRICE, spent: completed * PRICE, owed: 0 }
    for (const server of servers) expect(await balanceOf(server, key)).toMatchObject(end)
    expect(completed + unknown).toBeLessThanOrEqual(WORTH)
    await expectEntries(await listAll(servers[0], key, '/v1/ledger'), taken)
    await expectCleanAudit(servers[1])
    console.log(
      `${waves} waves in ${Math.round(passed_s())} s: ${statuses.get(200)} taken, ${statuses.get(402)} refused, ${lost} requests without an answer;`,
      `${completed} charged, ${unknown} held; at most ${looks.most / PRICE} charged and held in ${looks.balances} looks at the balance and ${looks.pages} at the ledger`,
    )
    // There was something to fight over, and more fought than there was.
    expect(statuses.get(402)).toBeGreaterThan(0)
    expect(Math.min(looks.balances, looks.pages)).toBeGreaterThan(0)
  },
  WAVES_S * 10_000 + 600_000,
)

async function readIfThere(server: Server, path: string, key: string): Promise<Answer | null> {
  const answer = await server.call('GET', path, { key }).catch(() => null)
  if (answer?.status !== 503) return answer
  return null
}

/** One grant that never expires: whatever is going on, its credits are all somewhere, and nothing is below zero. */
function expectSound({ available, held, spent, owed }: Json): void {
  const why = JSON.stringify({ available, held, spent, owed })
  expect(Math.min(available, held, spent), why).toBeGreaterThanOrEqual(0)
  expect(available + held + spent, why).toBe(CREDITS)
  expect(held + spent, why).toBeLessThanOrEqual(CREDITS)
  expect(owed, why).toBe(0)
}

/** The whole ledger, oldest last: sums that add up, one hold for each video that was taken, and one end at most. */
async function expectEntries(entries: readonly Json[], taken: ReadonlySet<string>): Promise<void> {
  let available = 0
  for (const entry of entries.toReversed()) {
    available += entry.credits
    expect(entry.available_after, JSON.stringify(entry)).toBe(available)
    expect(available).toBeGreaterThanOrEqual(0)
  }
  const of = (kind: string) => entries.filter((entry) => entry.kind === kind).map((entry) => entry.video)
  expect(of('hold').sort()).toEqual([...taken].sort())
  const ended = [...of('capture'), ...of('release')]
  expect(new Set(ended).size).toBe(ended.length)
}
