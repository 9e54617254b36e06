import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '../db/pool.ts'
import { createIds } from '../domain/ids.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { eventually } from '../testing/world.ts'
import { Jobs } from './jobs.ts'
import type { QueueName } from './queues.ts'

let database: TestDatabase
let jobs: Jobs
const uuid = createIds(Date.now, randomBytes)
beforeAll(async () => {
  database = await testDatabase()
  jobs = new Jobs(database.connection, Date.now, () => undefined)
  await jobs.start()
})
afterAll(async () => {
  await jobs.stop(500)
  await database.drop()
})

async function enqueue(queue: QueueName, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => uuid())
  await transaction(database.pool, (tx) =>
    jobs.enqueue(
      tx,
      ids.map((id) => ({ id, subject: `of ${id}`, queue, start_at: Date.now(), priority: 0 })),
    ),
  )
  jobs.wake(queue)
  return ids
}

async function rowOf(id: string): Promise<{ state: string } | undefined> {
  const { rows } = await database.pool.query('select state from pgboss.job where id = $1', [id])
  return rows[0]
}

test('due jobs are taken while those before them hang, and an ended one is ended with what its step wrote', async () => {
  const taken: string[] = []
  jobs.in_hand.draw('poll-0', 10, async (due) => {
    taken.push(...due.map(({ id }) => id))
  })
  const hanging = await enqueue('poll-0', 3)
  await eventually(async () => (taken.length === 3 ? true : null))
  const [next = ''] = await enqueue('poll-0', 1)
  await eventually(async () => (taken.includes(next) ? true : null))
  expect((await rowOf(next))?.state).toBe('active')

  await expect(
    transaction(database.pool, async (tx) => {
      await jobs.in_hand.ended(tx, 'poll-0', [next])
      throw new Error('its step failed')
    }),
  ).rejects.toThrow('its step failed')
  expect((await rowOf(next))?.state).toBe('active')
  await transaction(database.pool, (tx) => jobs.in_hand.ended(tx, 'poll-0', [next]))
  jobs.in_hand.release('poll-0', [next])
  expect(await rowOf(next)).toBeUndefined()
  for (const id of hanging) expect((await rowOf(id))?.state).toBe('active')
})

test('what is put back runs again, and so does all that nobody could take', async () => {
  const taken: string[] = []
  let refuses = true
  jobs.in_hand.draw('poll-1', 10, async (due) => {
    if (refuses) throw new Error('no database')
    taken.push(...due.map(({ id }) => id))
  })
  const [id = ''] = await enqueue('poll-1', 1)
  await eventually(async () => ((await rowOf(id))?.state === 'retry' ? true : null))
  refuses = false
  await eventually(async () => (taken.includes(id) ? true : null))
  await jobs.in_hand.returned('poll-1', [id], 'trouble')
  expect((await rowOf(id))?.state).toBe('retry')
  expect(taken).toEqual([id])
})
