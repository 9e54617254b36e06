import { afterAll, beforeAll, expect, test } from 'vitest'
import { openParking, type Parking } from '../testing/parking.ts'
import type { Json } from '../testing/world.ts'

let parking: Parking
let world: Parking['world']
const customerWith = (credits: number) => parking.customerWith(credits)
const look = () => parking.look()
beforeAll(async () => {
  parking = await openParking()
  ;({ world } = parking)
})
afterAll(() => parking.stop())

test('the audit knows that an open video has a hold unless it is parked', async () => {
  const { park, order, grant } = await customerWith(0)
  const parked = await park()
  await grant(40)
  const open = (await order({ seconds: '4' })).json.id
  const { pool } = world.database
  const audited = async () => (await world.call('GET', '/v1/ledger/audit', { key: world.operator_key })).json
  const check = async () => (await audited()).checks.find(({ name }: Json) => name === 'videos')
  expect(await check()).toMatchObject({ ok: true })
  await pool.query("update videos.attempts set state = case state when 'parked' then 'planned' else 'parked' end where video = any ($1)", [
    [parked, open],
  ])
  expect(await audited()).toMatchObject({ ok: false })
  expect((await check()).detail.split('; ')).toEqual([
    `${parked}: it waits for credits, and is not parked`,
    `${open}: it is parked, and nothing waits for it`,
  ])
  await pool.query("update videos.attempts set state = case state when 'parked' then 'planned' else 'parked' end where video = any ($1)", [
    [parked, open],
  ])
  await look()
  expect(await check()).toMatchObject({ ok: true })
})

test('the audit names an open video that nothing comes back to, and an ended one that something does', async () => {
  const { park } = await customerWith(0)
  const lost = await park()
  const { pool } = world.database
  const check = async () =>
    (await world.call('GET', '/v1/ledger/audit', { key: world.operator_key })).json.checks.find(({ name }: Json) => name === 'videos')
  const { rows } = await pool.query<{ job: string; next_ms: bigint }>('delete from videos.chains where video = $1 returning job, next_ms', [
    lost,
  ])
  await pool.query("insert into videos.chains (video, job, next_ms) values ('video_gone', $1, 1)", [rows[0]?.job])
  expect((await check()).detail.split('; ')).toEqual([
    `${lost}: it is open, and nothing comes back to it`,
    'video_gone: it has ended, and something comes back to it',
  ])
  await pool.query("update videos.chains set video = $1, next_ms = $2 where video = 'video_gone'", [lost, rows[0]?.next_ms])
  expect(await check()).toMatchObject({ ok: true })
})
