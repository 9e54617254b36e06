import { afterAll, beforeAll, expect, test } from 'vitest'
import { openGateway } from '../gateway.ts'
import { studios } from '../testing/studios.ts'
import { submitStep } from './attempt.ts'
import type { Parts } from './parts.ts'
import { selectWork } from './queries.ts'

const PACE = '    limits: { submits_per_minute: 6, submits_per_second: 2 }\n'
const ORDERS = 14

let at: Awaited<ReturnType<typeof pacedStudio>>
const pacedStudio = () => studios(['paced'], { paced: PACE })
beforeAll(async () => {
  at = await pacedStudio()
})
afterAll(() => at.stop())

test('two processes together send an account no more in any second and any minute than its limits say, and no less than they could', async () => {
  // Of the second one only its connections are its own: what counts is what it knows, and that is the database.
  const { parts, database, data_folder, secret } = at
  const other = await openGateway({
    connection: database.connection,
    data_folder,
    storage: 'file:',
    role: 'api',
    secret,
    operator_key: at.operator_key,
    credit_usd: parts.world.credit_usd,
    sentinels: true,
    alone: false,
    console_folder: null,
    log: parts.log,
    clock: parts.clock,
    settings: at.settings,
  })
  if ('outcome' in other) throw new Error(other.sentence)
  const processes: readonly Parts[] = [parts, { ...other.parts, random: parts.random, monotonic: parts.monotonic }]
  const videos: string[] = []
  for (let order = 0; order < ORDERS; order += 1) videos.push(await at.order())

  const sent: number[] = []
  const started = at.now()
  const waiting = () =>
    parts.pool.query<{ id: string; next_ms: bigint }>(
      `select c.video as id, c.next_ms from videos.chains c join videos.attempts a on a.video = c.video where a.state = 'planned' order by c.next_ms`,
    )
  for (let rounds = 0; rounds < 200; rounds += 1) {
    const { rows } = await waiting()
    const [next] = rows
    if (next === undefined) break
    at.advance(Math.max(0, Number(next.next_ms) - at.now()))
    const before = at.emulators.paced.asked.create
    const due = rows.filter(({ next_ms }) => Number(next_ms) <= at.now())
    await Promise.all(
      due.map(async ({ id }, no) => {
        const own = processes[no % 2] ?? parts
        const work = await selectWork(own.pool, own.engine, id)
        if (work?.job != null && work.attempt.state === 'planned') await submitStep(own, { id: work.job, subject: id })
      }),
    )
    for (let count = before; count < at.emulators.paced.asked.create; count += 1) sent.push(at.now() - started)
  }
  expect(sent).toHaveLength(ORDERS)
  const most = (ms: number) => Math.max(...sent.map((from) => sent.filter((one) => one >= from && one < from + ms).length))
  expect([most(1_000), most(60_000)]).toEqual([2, 6])
  // Two in each of three seconds, then nothing until the first of them is a minute ago.
  expect(sent.at(-1)).toBeLessThan(2 * 60_000 + 2_000)
  await other.stop(1_000)
})
