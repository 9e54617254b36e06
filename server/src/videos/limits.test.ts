import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '../db/pool.ts'
import type { Rider } from '../ledger/operation.ts'
import { createRiderRegistry } from '../ledger/riders.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { registerLimitRider } from './limits.ts'

const NOW = 1_800_000_000_000

let database: TestDatabase
const riders = createRiderRegistry()
beforeAll(async () => {
  database = await testDatabase()
  registerLimitRider(riders)
})
afterAll(() => database.drop())

async function video(customer: string, created_ms: number, state: 'queued' | 'failed', model = 'm'): Promise<void> {
  const ended = state === 'failed'
  await database.pool.query(
    `insert into videos.videos (id, op_id, customer, account, created_ms, operation, model, prompt, seconds, width, height, quote_id, quote,
                                deadline_ms, state, ended_ms, error_code)
     values ($1, gen_random_uuid(), $2, 1, $3, 'create', $7, 'p', 4, 1, 1, $1, '{}', 1, $4, $5, $6)`,
    [randomUUID(), customer, created_ms, state, ended ? 1 : null, ended ? 'x' : null, model],
  )
}

function asks(customer: string, limits: { creates_per_minute?: number; open_videos?: number }) {
  const { creates_per_minute = null, open_videos = null } = limits
  const rider: Rider = { kind: 'videos.limits', row: { customer, made_ms: NOW, creates_per_minute, open_videos } }
  return { op: randomUUID(), rider }
}

/** Which of these orders, all in one batch of the ledger, were refused. */
async function refused(batch: readonly ReturnType<typeof asks>[]): Promise<number[]> {
  const outcome = await transaction(database.pool, (tx) => riders.run(tx, ['guard'], batch))
  return batch.flatMap(({ op }, at) => (outcome?.failed.has(op) ? [at] : []))
}

test('orders in one batch of the ledger are counted by their place in it, each customer for itself', async () => {
  await video('ada', NOW - 59_999, 'failed')
  await video('ada', NOW - 60_000, 'failed') // a minute old: counts no more
  await video('bob', NOW - 3_600_000, 'queued')
  await video('bob', NOW - 3_600_000, 'failed')
  const ada = () => asks('ada', { creates_per_minute: 3 })
  const bob = () => asks('bob', { open_videos: 2 })
  const eve = () => asks('eve', { creates_per_minute: 1, open_videos: 9 })
  expect(await refused([ada(), bob(), ada(), eve(), ada(), bob(), ada()])).toEqual([4, 5, 6])
  expect(await refused([ada(), ada(), bob(), eve()])).toEqual([])
})

test('an order passes only if all that count it have room: all videos of its customer, and those of its pool', async () => {
  for (let i = 0; i < 3; i += 1) await video('tia', NOW - 3_600_000, 'queued', i === 0 ? 'pro' : 'm')
  const counted = (most: number, of_pool: number, models: string[]) => {
    const order = asks('tia', { open_videos: most })
    return [order, { op: order.op, rider: { ...order.rider, row: { ...order.rider.row, pool: 'p', models, open_videos: of_pool } } }]
  }
  expect(await refused(counted(4, 2, ['pro']))).toEqual([])
  expect(await refused(counted(3, 2, ['pro']))).toEqual([0, 1])
  expect(await refused(counted(4, 1, ['pro']))).toEqual([0, 1])
  expect(await refused([...counted(9, 2, ['pro']), ...counted(9, 2, ['pro'])])).toEqual([2, 3])
})

test('counting reads what there is to count and not what the customer ever ordered', async () => {
  await database.pool.query('set enable_seqscan = off')
  const plan = await database.pool.query<{ 'QUERY PLAN': string }>(
    `explain select count(*) from videos.videos where customer = 'ada' and created_ms > 5`,
  )
  expect(plan.rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('videos_made_by_customer')
  const open = await database.pool.query<{ 'QUERY PLAN': string }>(
    `explain select count(*) from videos.videos where customer = 'ada' and state in ('queued', 'in_progress')`,
  )
  expect(open.rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('videos_open_of_a_customer')
})
