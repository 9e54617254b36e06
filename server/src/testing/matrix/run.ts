import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { submitStep } from '../../videos/attempt.ts'
import { queueFor } from '../../videos/chain.ts'
import { fetchStep } from '../../videos/fetch.ts'
import { pollStep } from '../../videos/poll.ts'
import { selectWork } from '../../videos/queries.ts'
import { sweepVideos } from '../../videos/sweep.ts'
import { Deliverer } from '../../webhooks/deliver.ts'
import { eventually, type Json } from '../world.ts'
import { Bell } from './bell.ts'
import type { Cell, Outcome } from './cell.ts'
import { FINAL_DEADLINE_S } from './faults.ts'
import { HOUSES } from './houses.ts'
import type { MatrixWorld } from './world.ts'

/** Steps at one time; more only wait for each other's connections. */
const AT_ONCE = 8
const HOUR_MS = 3_600_000

/** Every cell's order from its acceptance to the last look at what it cost, all of them side by side. */
export async function runMatrix(matrix: MatrixWorld, cells: readonly Cell[]): Promise<ReadonlyMap<Cell, Outcome>> {
  for (const at_biller of [false, true]) matrix.sources.set(at_biller, await matrix.orderSource(at_biller))
  await runToTheEnd(matrix, new Map(), new Map(), new Bell(matrix, new Map()))

  const videos = new Map<string, Cell>()
  await inTurns(cells, async (cell) => {
    videos.set(await matrix.order(cell), cell)
  })
  const stages = new Map([...videos.keys()].map((video) => [video, new Set<string>()]))
  for (const [video, cell] of videos) {
    if (cell.row.is_cut !== true) continue
    matrix.at(cell.house).cut(cell.operation)
    await step(matrix, video, cell)
    await look(matrix, video, stages)
  }
  for (const [video, cell] of videos) {
    if (cell.row.cancels === undefined) continue
    if (cell.row.cancels === 'sent') await step(matrix, video, cell)
    const { status } = await matrix.world.call('DELETE', `/v1/videos/${video}`)
    expect(status, cell.prompt).toBe(200)
    await look(matrix, video, stages)
  }
  const bell = new Bell(matrix, videos)
  await runToTheEnd(matrix, videos, stages, bell)
  await bell.ringLate()
  await lateLooks(matrix)
  await deliverAll(matrix)

  const outcomes = new Map<Cell, Outcome>()
  await inTurns([...videos], async ([video, cell]) => {
    const seen = { stages: stages.get(video) ?? new Set(), forged: bell.forged.get(cell) ?? [] }
    outcomes.set(cell, await outcomeOf(matrix, video, cell, seen))
  })
  // As they were asked for: they ended in whatever order.
  return new Map([...outcomes].sort(([a], [b]) => cells.indexOf(a) - cells.indexOf(b)))
}

/** Runs whatever is due; when nothing is, the clock goes on to what is due next. Ends when every video has. */
async function runToTheEnd(
  matrix: MatrixWorld,
  videos: ReadonlyMap<string, Cell>,
  stages: ReadonlyMap<string, Set<string>>,
  bell: Bell,
): Promise<void> {
  let swept_at = matrix.now()
  const over_at = matrix.now() + 2 * FINAL_DEADLINE_S * 1000
  for (;;) {
    const open = await matrix.world.database.pool.query<{ id: string; next_ms: bigint }>(
      `select video as id, next_ms from videos.chains order by next_ms, video`,
    )
    const [next] = open.rows
    if (next === undefined) return
    if (matrix.now() > over_at) throw new Error(`${open.rows.length} videos are open long after their final deadline`)
    await streamsEnd(matrix)
    await bell.ring()
    const due = open.rows.filter(({ next_ms }) => Number(next_ms) <= matrix.now())
    if (due.length === 0) {
      matrix.advanceTo(Math.min(Number(next.next_ms), bell.nextAt()))
      continue
    }
    await inTurns(due, async ({ id }) => {
      await step(matrix, id, videos.get(id) ?? null)
      await look(matrix, id, stages)
    })
    if (matrix.now() < swept_at + 600_000) continue
    swept_at = matrix.now()
    await sweepVideos(matrix.partsFor(null))
  }
}

/** Answers that are streamed say that they end once the clock says so, a moment of real time later. */
async function streamsEnd(matrix: MatrixWorld): Promise<void> {
  const place = [...HOUSES].find(({ adapter }) => adapter === 'chat')
  if (place === undefined) return
  const under_way = [...matrix.at(place).jobs.values()].filter(
    ({ ready_at, ordered }) => ready_at > matrix.now() || ordered.prompt.includes('[[hang]]'),
  )
  await eventually(async () => {
    const { rows } = await matrix.world.database.pool.query<{ count: bigint }>(`select count(*) from chat.calls where state = 'streaming'`)
    return Number(rows[0]?.count) <= under_way.length ? true : null
  }, 30_000)
}

async function step(matrix: MatrixWorld, video: string, cell: Cell | null): Promise<void> {
  const parts = matrix.partsFor(cell)
  const work = await selectWork(parts.pool, parts.engine, video)
  if (work?.job == null) return
  const queue = queueFor(video, work.attempt.state)
  const run = queue === 'submit' ? submitStep : queue === 'fetch' ? fetchStep : pollStep
  await run(parts, { id: work.job, subject: video })
}

/** As its owner sees it. */
async function look(matrix: MatrixWorld, video: string, stages: ReadonlyMap<string, Set<string>>): Promise<void> {
  const seen = stages.get(video)
  if (seen === undefined) return
  const { filmgate } = (await matrix.world.call('GET', `/v1/videos/${video}`)).json
  seen.add(filmgate.stage)
}

/** An hour and a day after the end: what ended without a verdict is asked about, a few at each sweep. */
async function lateLooks(matrix: MatrixWorld): Promise<void> {
  for (const wait_ms of [HOUR_MS, 25 * HOUR_MS]) {
    matrix.advanceTo(matrix.now() + wait_ms)
    await streamsEnd(matrix)
    for (let due = true, sweeps = 0; due; sweeps++) {
      if (sweeps > 100) throw new Error('late checks stay due')
      await sweepVideos(matrix.partsFor(null))
      const left = await matrix.world.database.pool.query('select 1 from videos.attempts where late_check_ms <= $1 limit 1', [matrix.now()])
      due = left.rows.length > 0
    }
  }
}

async function deliverAll({ world }: MatrixWorld): Promise<void> {
  const deliverer = new Deliverer(world.gateway.webhooks)
  const { pool } = world.database
  await eventually(async () => {
    const { rows } = await pool.query<{ id: string; job: string | null }>(`select id, job from webhooks.deliveries where state = 'waiting'`)
    await deliverer.step(rows.flatMap(({ id, job }) => (job === null ? [] : [{ id: job, subject: id }])))
    return rows.length === 0 ? true : null
  }, 60_000)
  await deliverer.stop(1_000)
}

async function outcomeOf(matrix: MatrixWorld, video: string, cell: Cell, seen: Pick<Outcome, 'stages' | 'forged'>): Promise<Outcome> {
  const { world, receiver } = matrix
  const emulator = matrix.at(cell.house)
  const read = async (path: string, key = world.customer_key): Promise<Json> => {
    const answer = await world.call('GET', path, { key })
    expect(answer.status, `${path}: ${answer.bytes}`).toBe(200)
    return answer.json
  }
  const [{ status, error, filmgate }, ledger, attempts] = [
    await read(`/v1/videos/${video}`),
    await read(`/v1/ledger?video=${video}&order=asc`),
    await read(`/v1/attempts?video=${video}&limit=100&order=asc`, world.operator_key),
  ]
  const taken = [...emulator.jobs.values()].filter((job) => job.ordered.prompt === cell.prompt).map(({ id }) => id)
  const whole = emulator.orders.filter(({ prompt }) => prompt === cell.prompt).length
  return {
    video,
    ended: status === 'failed' ? error.code : status,
    quoted: filmgate.credits.quoted,
    charged: filmgate.credits.captured,
    released: filmgate.credits.released,
    held: filmgate.credits.held,
    entries: ledger.data.map((entry: Json) => `${entry.kind} ${entry.credits}`),
    ...seen,
    attempts: attempts.data.map(({ state, cost, loss, provider_ref }: Json) => {
      return { state, cost_usd: Number(cost?.usd ?? 0), loss, ref: provider_ref }
    }),
    // The one that was cut off never said what it was.
    creates: whole + (cell.row.is_cut === true ? 1 : 0),
    taken,
    bill: emulator.bill().filter(({ id }) => taken.includes(id)),
    told: receiver.received.map(({ body }) => JSON.parse(body)).flatMap(({ type, data }: Json) => (data.id === video ? [type] : [])),
    files: await readdir(join(world.data_folder, 'assets', 'clips', video)).catch(() => []),
  }
}

/** All of them, some at a time. */
async function inTurns<T>(all: readonly T[], run: (one: T) => Promise<void>): Promise<void> {
  const left = [...all]
  const worker = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await run(one)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}
