import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createIds } from '../domain/ids.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { appointEngine, ownerOf } from './authenticate.ts'
import { CALL_MS, type Call, placeOf, sweepCalls } from './calls.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

const owner = ownerOf(appointEngine(), 'cus_1', 1n)
let now = 1_800_000_000_000
const ids = createIds(() => now, randomBytes)

function call(key_id: string): Call {
  return { key_id, operation: 'POST /v1/videos', request_hash: randomBytes(32), retry_count: 0, gone: () => false }
}

async function standing(): Promise<readonly string[]> {
  const { rows } = await database.pool.query<{ key_id: string }>('select key_id from access.calls order by id')
  return rows.map(({ key_id }) => key_id)
}

test('the places of calls that come together are written together, each with what is its own', async () => {
  const written = vi.spyOn(database.pool, 'query')
  const keys = Array.from({ length: 50 }, (_, number) => `key_${number}`)
  const places = await Promise.all(keys.map((key) => placeOf(database.pool, owner, call(key), ids(), now)))
  expect(written.mock.calls.length).toBeLessThanOrEqual(2)
  written.mockRestore()
  expect(places.every(({ stands, video }) => stands && video === null)).toBe(true)
  expect(await standing()).toEqual(keys)
})

test('calls are swept when they are 15 minutes old, and not before', async () => {
  await database.pool.query('delete from access.calls')
  await placeOf(database.pool, owner, call('old'), ids(), now)
  now += 1
  await placeOf(database.pool, owner, call('young'), ids(), now)
  expect(await sweepCalls(database.pool, now + CALL_MS - 2)).toBe(0)
  expect(await sweepCalls(database.pool, now + CALL_MS - 1)).toBe(1)
  expect(await standing()).toEqual(['young'])
})
