import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '../db/pool.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { Jobs } from './jobs.ts'

let database: TestDatabase
let jobs: Jobs
beforeAll(async () => {
  database = await testDatabase()
  jobs = new Jobs(database.connection, Date.now, () => undefined)
  await jobs.start()
})
afterAll(async () => {
  await jobs.stop(1_000)
  await database.drop()
})

const job = (id: string) => ({ id, subject: 'video_1', queue: 'submit' as const, start_at: Date.now(), priority: 0 })
const enqueue = (...ids: string[]) => transaction(database.pool, (tx) => jobs.enqueue(tx, ids.map(job)))
const stored = async () => (await database.pool.query('select id from pgboss.job')).rows.map(({ id }) => id)

test('an enqueue asks nobody but the transaction that it is part of, from the first one on', async () => {
  const first = randomUUID()
  await transaction(database.pool, async (tx) => {
    await tx.query('lock table pgboss.queue in access exclusive mode') // whoever else looks a queue up waits for this transaction
    await jobs.enqueue(tx, [job(first)])
  })
  expect(await stored()).toEqual([first])
})

test('jobs that the engine does not take all of are none: the transaction fails, and says which queue', async () => {
  const before = await stored()
  const [known = ''] = before
  await expect(enqueue(randomUUID(), known)).rejects.toThrow('queue submit did not take all of 2 jobs')
  expect(await stored()).toEqual(before)
})
