// So many open videos, each looked at every 30 s: how late, and at which cost.
import { setTimeout as wait } from 'node:timers/promises'
import type { Ratio } from '../run.ts'
import type { Amounts } from './amounts.ts'
import { type House, openHouse, type Worker } from './house.ts'
import { quantile, readLag, since } from './lag.ts'

const POLL_S = 30
const LAG_GOAL_S = 1
/** Nothing is dearer by more than a fifth. */
const FLAT_GOAL = 1 / 1.2

interface Cost {
  readonly worker_ms: number
  readonly postgres_ms: number
  readonly bytes: number
}

interface Seen {
  readonly count: number
  readonly p99_s: number
  /** CPU milliseconds of one open video in a second, worker and PostgreSQL, beyond those of an empty gateway. */
  readonly video_ms: number
}

export async function measureSteady({ counts, seconds }: Amounts): Promise<readonly Ratio[]> {
  const poll_s = Math.min(POLL_S, seconds)
  const house = await openHouse(poll_s)
  try {
    const idle = await idleCost(house, Math.min(10, seconds))
    const seen: Seen[] = []
    let open = 0
    for (const count of counts) {
      await house.orderAside('a', count - open)
      const worker = await house.worker()
      await house.markSent({ account: 'a', count: count - open, done_at: () => null, spread_ms: 1000 * poll_s })
      open = count
      // Three rounds: the first looks, and what marking them left PostgreSQL to tidy up, are over then.
      await wait(3_000 * poll_s)
      seen.push(await weigh(house, worker, count, seconds, poll_s, idle))
      await worker.stop()
    }
    const most = seen.at(-1)
    if (most === undefined) throw new Error('nothing was measured')
    const others = seen.slice(0, -1).map(({ video_ms }) => video_ms)
    return [
      { claim: `open_${most.count}_second_over_lag_p99`, value: LAG_GOAL_S / most.p99_s, goal: 1 },
      ...(others.length === 0
        ? []
        : [{ claim: 'open_cost_of_fewer_over_most', value: Math.min(...others) / most.video_ms, goal: FLAT_GOAL }]),
    ]
  } finally {
    await house.end()
  }
}

async function idleCost(house: House, seconds: number): Promise<Cost> {
  const worker = await house.worker()
  await wait(2_000)
  const before = { worker: worker.cpuMs(), postgres: house.postgresCpuMs() }
  await wait(seconds * 1000)
  const cost = {
    worker_ms: (worker.cpuMs() - before.worker) / seconds,
    postgres_ms: (house.postgresCpuMs() - before.postgres) / seconds,
    bytes: worker.residentBytes(),
  }
  await worker.stop()
  console.log(
    `with nothing open, CPU of a second: worker ${cost.worker_ms.toFixed(0)} ms, PostgreSQL ${cost.postgres_ms.toFixed(0)} ms; worker ${megabytes(cost.bytes)} MB`,
  )
  return cost
}

async function weigh(house: House, worker: Worker, count: number, seconds: number, poll_s: number, idle: Cost): Promise<Seen> {
  const lag_before = readLag(await worker.metrics(), 'studio-a')
  const cpu = { worker: worker.cpuMs(), postgres: house.postgresCpuMs() }
  const provider = await house.provider()
  const begun = performance.now()
  const quarters: string[] = []
  for (let [quarter, from] = [0, lag_before]; quarter < 4; quarter += 1) {
    await wait(seconds * 250)
    const until = readLag(await worker.metrics(), 'studio-a')
    quarters.push(quantile(since(from, until), 0.99).toFixed(2))
    from = until
  }
  const took_s = (performance.now() - begun) / 1000
  const after = await house.provider()
  const worker_ms = (worker.cpuMs() - cpu.worker) / took_s
  const postgres_ms = (house.postgresCpuMs() - cpu.postgres) / took_s
  const lag = since(lag_before, readLag(await worker.metrics(), 'studio-a'))
  const looks = ((after.asked.a ?? 0) - (provider.asked.a ?? 0)) / took_s
  const [p50_s, p99_s] = [quantile(lag, 0.5), quantile(lag, 0.99)]
  const bytes = worker.residentBytes()
  const cores = (worker_ms + postgres_ms) / 1000
  console.log(
    [
      `${count} open: ${looks.toFixed(0)} looks a second (${(count / poll_s).toFixed(0)} are due), late p50 ${p50_s.toFixed(2)} s, p99 ${p99_s.toFixed(2)} s (by quarters ${quarters.join(', ')})`,
      `  CPU of a look: worker ${micro(worker_ms, looks)} µs, PostgreSQL ${micro(postgres_ms, looks)} µs; apart, the provider ${micro((after.cpu_ms - provider.cpu_ms) / took_s, looks)} µs`,
      `  ${cores.toFixed(2)} cores; worker ${megabytes(bytes)} MB resident, ${((bytes - idle.bytes) / count).toFixed(0)} bytes a video more than with none`,
    ].join('\n'),
  )
  return { count, p99_s, video_ms: (worker_ms + postgres_ms - idle.worker_ms - idle.postgres_ms) / count }
}

function micro(ms: number, looks: number): string {
  return ((ms / looks) * 1000).toFixed(0)
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0)
}
