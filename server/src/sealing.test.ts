import { afterAll, expect, test } from 'vitest'
import { eventually, type TestWorld, testWorld } from './testing/world.ts'

let world: TestWorld
afterAll(() => world.stop())

test('a gateway seals what is booked by itself, well within a minute', async () => {
  world = await testWorld()
  await world.call('POST', '/v1/holds', { body: { credits: 1 } })
  const { rows } = await world.database.pool.query<{ ver: bigint }>('select sum(ver)::bigint as ver from ledger.accounts')
  const booked = rows[0]?.ver ?? 0n
  expect(booked).toBeGreaterThanOrEqual(2n) // the demo's grant, and the hold
  const sealed = await eventually(async () => {
    const found = await world.database.pool.query<{ rows: bigint }>('select coalesce(sum(row_count), 0)::bigint as rows from ledger.seals')
    const all = found.rows[0]?.rows ?? 0n
    return all >= booked ? all : null
  })
  expect(sealed).toBeGreaterThanOrEqual(booked)
  const audit = await world.call('GET', '/v1/ledger/audit?full=true', { key: world.operator_key })
  expect(audit.json.ok).toBe(true)
})
