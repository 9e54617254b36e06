import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Customer, listAll, newCustomer } from '../e2e/customer.ts'
import { eventually } from '../e2e/eventually.ts'
import { allGone, descendants, processesIn, signal } from '../e2e/processes.ts'
import { type Server, startServer } from '../e2e/server.ts'
import { audit, noStrayClips, unfinishedFiles } from './auditor.ts'
import { Chance, seedOfRun } from './random.ts'
import { RATE_CARD, Workload } from './workload.ts'

/** How often the server and its PostgreSQL are killed: a few times at each run, `30,10` for a release. */
const [SERVER_KILLS = 6, POSTGRES_KILLS = 2] = (process.env.FILMGATE_KILLS ?? '2,1').split(',').map(Number)
const OPEN_VIDEOS = 60
/** The longest quiet between two kills. */
const QUIET_MS = 3_000
const CREDITS = 1_000_000
const BURST = 10
const BURST_LASTS_MS = 300
/** What nobody knows to have arrived is believed absent only after send window, request timeout and grace: 130 s. The rest is drawing. */
const DRAIN_MS = 130_000 + 300_000 + SERVER_KILLS * 10_000

const chance = new Chance(seedOfRun())
let server: Server
let customer: Customer
beforeAll(async () => {
  server = await startServer({ env: { FILMGATE_SENTINELS: '1' } })
  customer = await newCustomer(server, CREDITS, { rate_card: RATE_CARD })
})
afterAll(() => server.remove())

test(
  `over ${OPEN_VIDEOS} running videos, ${SERVER_KILLS} SIGKILLs of the server and ${POSTGRES_KILLS} of PostgreSQL lose nothing, charge nothing twice and leave nothing behind`,
  async () => {
    console.log(`seed ${chance.seed} (FILMGATE_SEED=${chance.seed} FILMGATE_KILLS=${SERVER_KILLS},${POSTGRES_KILLS} repeats it)`)
    const work = new Workload(server, customer.key, chance, OPEN_VIDEOS + 10)
    work.start()
    try {
      const ready_ms = { server: [] as number[], postgres: [] as number[] }
      const children = new Set<number>()
      let fewest_open = Number.POSITIVE_INFINITY
      const faults = chance.shuffle([
        ...Array<'server'>(SERVER_KILLS).fill('server'),
        ...Array<'postgres'>(POSTGRES_KILLS).fill('postgres'),
      ])
      for (const fault of faults) {
        await eventually(
          () => work.open >= OPEN_VIDEOS,
          120_000,
          () => `only ${work.open} videos are open; ${work.wrong.join('\n')}`,
        )
        await delay(chance.between(0, QUIET_MS))
        // Every other fault comes while orders come in and are sent, the rest at any instant.
        if (chance.next() < 0.5) {
          work.burst(BURST)
          await delay(chance.between(0, BURST_LASTS_MS))
        }
        fewest_open = Math.min(fewest_open, work.open)
        for (const child of descendants(server.pid)) if (!processesIn(server.cluster).includes(child)) children.add(child)
        ready_ms[fault].push(fault === 'server' ? await killServer() : await killPostgres())
        expect(server.program.exit, server.program.stderr).toBeNull()
      }
      const killed_at = performance.now()
      await work.drain(DRAIN_MS)
      const drained_ms = performance.now() - killed_at

      expect(work.wrong).toEqual([])
      const verdict = await audit(server, customer.key, CREDITS, work.ordered)
      const worst = (times: readonly number[]) => (times.length === 0 ? 'none' : `${Math.round(Math.max(...times))} ms at worst`)
      console.log(
        [
          `${work.ordered.length} videos: ${verdict.completed} completed, ${verdict.failed} failed as asked, ${verdict.charged} credits charged`,
          `ready again: server ${worst(ready_ms.server)}, PostgreSQL ${worst(ready_ms.postgres)}; at least ${fewest_open} open at each kill; ${work.repeats} requests repeated`,
          `${work.unknown.size} seen in submit_unknown, ${verdict.absent} attempts had never arrived; all ended ${Math.round(drained_ms / 1000)} s after the last kill`,
        ].join('\n'),
      )

      const videos = await listAll(server, customer.key, '/v1/videos')
      const completed = new Set<string>(videos.filter((video) => video.status === 'completed').map((video) => video.id))
      expect(await unfinishedFiles(server)).toEqual([])
      await noStrayClips(server, completed)
      for (const child of descendants(server.pid)) children.add(child)
      expect((await server.stop()).code).toBe(0)
      await allGone([...children])
      expect(processesIn(server.cluster)).toEqual([])
      expect(await unfinishedFiles(server)).toEqual([])
    } finally {
      await work.abandon()
    }
  },
  DRAIN_MS + (SERVER_KILLS + POSTGRES_KILLS) * 20_000 + 600_000,
)

/** @returns how long the next start took to be ready */
async function killServer(): Promise<number> {
  await server.kill('SIGKILL')
  return server.start()
}

/** @returns how long it was until another PostgreSQL answered through the server */
async function killPostgres(): Promise<number> {
  const postmaster = server.postmaster
  if (postmaster === null) throw new Error('there is no PostgreSQL to kill')
  const killed_at = performance.now()
  signal(postmaster, 'SIGKILL')
  await eventually(
    async () => server.postmaster !== null && server.postmaster !== postmaster && (await server.ready()),
    120_000,
    () => `PostgreSQL did not come back: ${server.program.stderr.slice(-2_000)}`,
  )
  return performance.now() - killed_at
}
