import { randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OpenaiEmulator, startOpenaiEmulator } from '../../emulators/src/openai.ts'
import { drawnClip } from './clip.ts'
import { expectCleanAudit, listAll, newCustomer } from './customer.ts'
import { type Database, newDatabase } from './database.ts'
import { eventually, GIVE_UP_MS } from './eventually.ts'
import { newFolder, newServer, type Server } from './server.ts'

// Two processes, one provider account that takes 20 at once. In full, by the real clock and with a machine for itself:
//   FILMGATE_ORDERS=500 FILMGATE_SCALE=1 npx vitest run --project journeys test/e2e/provider-limit.test.ts     (17 minutes)
// A slot may stand empty for 2 s between two orders, which in full is 19 of 20, and there at least 18 are asked for. Otherwise the provider's
// clock stands until every slot is taken, and then goes on a little: however slow the machine, each slot that comes free must be taken again.
const WHOLE = process.env.FILMGATE_SCALE !== undefined
const ORDERS = Number(process.env.FILMGATE_ORDERS ?? 45)
const SCALE = Number(process.env.FILMGATE_SCALE ?? 0.2)
const LIMIT = 20
const [SHORTEST_S, LONGEST_S] = [20 * SCALE, 60 * SCALE]
const MINUTE_MS = 60_000 * SCALE
const EMPTY_S_MAX = 2
const MEAN_S = (SHORTEST_S + LONGEST_S) / 2
const GOAL = Math.min(18, (LIMIT * MEAN_S) / (MEAN_S + EMPTY_S_MAX))
/** Who waits is called when a slot comes free; a sweep would find it after a minute. */
const SWEPT_MS = 40_000
const ORDER = { model: 'sora-2', seconds: '1', size: '854x480' }
const PRICE = 4

let now = Date.now()
let emulator: OpenaiEmulator
let database: Database
let folder: string
let one: Server
let other: Server

beforeAll(async () => {
  const clip = await drawnClip({ width: 854, height: 480, seconds: 1 })
  emulator = await startOpenaiEmulator({ clip: () => clip, render_ms: 0, dialect: 'vllm-omni', clock: WHOLE ? Date.now : () => now })
  database = await newDatabase()
  folder = await newFolder()
  const config = join(folder, 'filmgate.yaml')
  await writeFile(
    config,
    `providers:
  - name: studio
    adapter: openai
    profile: vllm-omni
    base_url: ${emulator.base_url}
    models: [sora-2]
    rate_card: studio
    limits: { open_videos: ${LIMIT} }
    poll: { first_s: ${SCALE}, later_s: ${SCALE} }
customer_rate_card: app-credits-2026-01
rate_cards:
  - kind: rates
    id: studio
    version: 1
    title: What the studio takes
    effective_on: 2026-11-01
    source: { name: ours, read_on: 2026-11-01 }
    currency: usd
    lines: [{ models: [sora-2], sizes: [480p], seconds: { from: 1, to: 20 }, rate: { kind: per_second, amount: "0.01" } }]
`,
  )
  const env = { DATABASE_URL: database.url, FILMGATE_SECRET: randomBytes(32).toString('base64'), FILMGATE_CONFIG: config }
  one = await newServer({ data_folder: folder, env })
  other = await newServer({ data_folder: folder, env })
  await one.start()
  await other.start()
})
afterAll(async () => {
  await one.remove()
  await other.remove()
  await database.stop()
  await emulator.stop()
  await rm(folder, { recursive: true, force: true })
})

test(`${ORDERS} orders over two processes: never more than ${LIMIT} are open at a provider with that limit, and its slots are filled`, async () => {
  const seen = new Map<string, { readonly from: number; readonly to: number }>()
  const look = () => {
    for (const { id, created_at, ready_at } of emulator.jobs.values()) seen.set(id, { from: created_at, to: ready_at })
  }
  const looking = setInterval(look, 50)
  const { key } = await newCustomer(one, ORDERS * PRICE)
  const started_at = Date.now()
  const counting = await countTransactions(database.url)
  await orderAll(key)
  const taken = (wanted: number, most_ms?: number) =>
    eventually(
      async () => seen.size >= wanted,
      most_ms,
      () => `${seen.size} were sent of ${wanted}`,
    )
  if (WHOLE) await taken(ORDERS, (ORDERS / LIMIT) * LONGEST_S * 2_000 + 60_000)
  while (!WHOLE && seen.size < ORDERS) {
    const ended = [...seen.values()].filter(({ to }) => to <= now).length
    await taken(Math.min(ORDERS, ended + LIMIT), ended === 0 ? GIVE_UP_MS : SWEPT_MS)
    now += 1000 * SHORTEST_S
  }
  now += 1000 * LONGEST_S
  const per_second = await counting.stop()
  const intervals = [...seen.values()]
  const last_sent_at = Math.max(...intervals.map(({ from }) => from))
  const full = averageOpen(intervals, started_at + MINUTE_MS, last_sent_at)
  const most = mostOpen(intervals)
  console.log(
    `${ORDERS} orders of ${SHORTEST_S} to ${LONGEST_S} s, polls of ${SCALE} s: at most ${most} open, ${full.toFixed(2)} on average from the ` +
      `first minute (${MINUTE_MS / 1000} s here) to the last waiting order, over ${((last_sent_at - started_at) / 1000).toFixed(0)} s; ` +
      `${per_second.toFixed(0)} transactions a second`,
  )
  const videos = await eventually(
    async () => {
      const all = await listAll(other, key, '/v1/videos')
      return all.every((video) => video.filmgate.stage === 'done') ? all : null
    },
    LONGEST_S * 1000 + 180_000,
    () => 'not all of them ended',
  )
  clearInterval(looking)
  expect(videos.map((video) => video.status)).toEqual(Array.from({ length: ORDERS }, () => 'completed'))
  expect(emulator.asked.create).toBe(ORDERS)
  expect(most).toBeLessThanOrEqual(LIMIT)
  if (WHOLE) expect(full).toBeGreaterThanOrEqual(GOAL)
  await expectCleanAudit(one)
}, 3_600_000)

/** Half of them to each process, a few at a time. */
async function orderAll(key: string): Promise<void> {
  const waiting = Array.from({ length: ORDERS }, (_, i) => i)
  const customer = async (server: Server) => {
    for (let i = waiting.shift(); i !== undefined; i = waiting.shift()) {
      // Spread evenly and out of step: the golden ratio's multiples fill an interval without a pattern.
      const lasts_s = SHORTEST_S + ((i * 0.618034) % 1) * (LONGEST_S - SHORTEST_S)
      const prompt = `a boat on a calm lake [[slow:${lasts_s.toFixed(2)}]]`
      const made = await server.call('POST', '/v1/videos', { key, body: { ...ORDER, prompt } })
      expect(made.status, made.bytes.toString()).toBe(200)
    }
  }
  await Promise.all([one, other, one, other].map(customer))
}

type Interval = { readonly from: number; readonly to: number }

function mostOpen(intervals: readonly Interval[]): number {
  const changes = intervals.flatMap(({ from, to }) => [
    { at: from, by: 1 },
    { at: to, by: -1 },
  ])
  // What ends in a millisecond frees its place before what begins in it.
  changes.sort((a, b) => a.at - b.at || a.by - b.by)
  let open = 0
  return Math.max(0, ...changes.map(({ by }) => (open += by)))
}

function averageOpen(intervals: readonly Interval[], from: number, to: number): number {
  const open_ms = intervals.map((one) => Math.max(0, Math.min(one.to, to) - Math.max(one.from, from)))
  return open_ms.reduce((sum, ms) => sum + ms, 0) / (to - from)
}

/** All that the gateway's processes do in the database, the engine's own looks included. */
async function countTransactions(url: string) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const now = async () => {
    const { rows } = await client.query('select xact_commit + xact_rollback as n from pg_stat_database where datname = current_database()')
    return { n: Number(rows[0].n), at: performance.now() }
  }
  const before = await now()
  return {
    async stop() {
      const after = await now()
      await client.end()
      return (1000 * (after.n - before.n)) / (after.at - before.at)
    },
  }
}
