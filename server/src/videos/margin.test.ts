import { afterAll, beforeAll, expect, test } from 'vitest'
import { drawClip } from '../testing/clips.ts'
import { type SteppedWorld, steppedWorld } from '../testing/dictated.ts'

const HOUR_MS = 3_600_000
let world: SteppedWorld
let clip: Uint8Array<ArrayBuffer>
beforeAll(async () => {
  clip = await drawClip({ seconds: 4, width: 1280, height: 720 })
  world = await steppedWorld()
})
afterAll(() => world.stop())

const query = async (text: string) => (await world.database.pool.query<{ id: string; op_id: string; credits: bigint }>(text)).rows
const margin = async (asked = '') => (await world.asOperator('GET', `/v1/margin${asked}`)).json
const micro = (usd: string) => Math.round(Number(usd) * 1e6)

async function video(cost_micro: bigint): Promise<string> {
  const id = await world.order()
  await world.step(id)
  world.provider.bytes = clip
  world.provider.verdict = () => ({ state: 'succeeded', asset: {}, cost_micro })
  await world.step(id)
  await world.step(id)
  return id
}

test('charged, revenue, breakage and cost are what a naive sum over journal, grants and attempts gives; rows add up in every grouping', async () => {
  const [demo] = (await world.asOperator('GET', '/v1/customers')).json.data
  const soon = Math.floor(world.gateway.parts.clock() / 1000) + 3 * 3600
  // Burns first, and costs 7 dollars for 150 credits: no whole number of micro-dollars each.
  const paid = { credits: 150, kind: 'pack', cost_usd: '7', priority: 1, expires_at: soon }
  expect((await world.asOperator('POST', `/v1/customers/${demo.id}/grants`, paid)).status).toBe(200)
  const first = await video(250_000n)
  await world.asOperator('POST', `/v1/videos/${first}/refund`, { credits: 11, reason: 'r' })
  await video(410_000n)
  const hold = (await world.call('POST', '/v1/holds', { body: { credits: 9 } })).json
  await world.call('POST', `/v1/holds/${hold.id}/capture`, { body: { credits: 5 } })
  world.advance(4 * HOUR_MS)
  await world.gateway.parts.ledger.sweep(world.gateway.parts.clock())

  const { total } = await margin()
  const captured = 40 - 11 + 40 + 5
  expect(total.charged.credits).toBe(captured)
  expect(micro(total.revenue.usd)).toBe(Math.floor((7_000_000 * captured) / 150))
  expect(micro(total.revenue.usd) + micro(total.breakage.usd)).toBe(7_000_000)
  expect(total.provider_cost.usd).toBe('0.66')
  expect(micro(total.result.usd)).toBe(7_000_000 - 660_000)
  expect(
    await query(`select sum(case kind when 3 then amount else -amount end)::bigint as credits from ledger.journal where kind in (3, 6)`),
  ).toEqual([{ credits: BigInt(captured) }])

  for (const by of ['model', 'route', 'provider', 'customer', 'day']) {
    const answer = await margin(`?by=${by}`)
    expect(answer.total, by).toEqual(total)
    for (const figure of ['revenue', 'breakage', 'provider_cost', 'margin', 'result']) {
      const sum = answer.data.reduce((all: number, row: Record<string, { usd: string }>) => all + micro(row[figure]?.usd ?? ''), 0)
      expect(sum, `${by}, ${figure}`).toBe(micro(total[figure].usd))
    }
    const nameless = answer.data.filter((row: { key: string | null }) => row.key === null)
    expect(
      nameless.map((row: typeof total) => row.charged.credits),
      by,
    ).toEqual(by === 'customer' || by === 'day' ? [] : [5])
  }
})

test('case 51: a provider that bills a released video, or another amount than quoted, shows in the margin; the balance of the customer does not move', async () => {
  const before = (await margin()).total
  const balance = (await world.call('GET', '/v1/balance')).json
  const id = await world.order()
  await world.step(id)
  world.provider.verdict = () => ({ state: 'failed', reason: 'provider_failed', message: 'it broke', cost_micro: 300_000n })
  await world.step(id)
  await video(999_000n) // more than any quote said
  const { total } = await margin()
  expect((await world.call('GET', '/v1/balance')).json).toMatchObject({ available: balance.available - 40, held: 0 })
  expect(micro(total.losses.usd) - micro(before.losses.usd)).toBe(300_000)
  expect(micro(total.provider_cost.usd) - micro(before.provider_cost.usd)).toBe(1_299_000)
  expect(total.charged.credits - before.charged.credits).toBe(40)
})

test('a statement of the month over HTTP: the customer by key, the operator by name, as JSON and as a table', async () => {
  const [demo] = (await world.asOperator('GET', '/v1/customers')).json.data
  const month = new Date(world.gateway.parts.clock()).toISOString().slice(0, 7)
  const own = await world.call('GET', `/v1/statements/${month}?limit=2`)
  expect(own.json).toMatchObject({ object: 'statement', customer: demo.id, period: month, opening: 0, lines: { has_more: true } })
  const { closing, totals } = own.json
  expect(totals.reduce((sum: number, one: { credits: number }) => sum + one.credits, 0)).toBe(closing)
  expect(closing).toBe((await world.call('GET', '/v1/balance')).json.available)
  expect((await world.asOperator('GET', `/v1/statements/${month.slice(0, 4)}?customer=${demo.id}&limit=2`)).json).toMatchObject({ closing })
  const thirteenth = await world.call('GET', '/v1/statements/2026-13')
  expect([thirteenth.status, thirteenth.json.error.code, thirteenth.json.error.param]).toEqual([400, 'invalid_value', 'period'])
  const table = await world.call('GET', `/v1/statements/${month}`, { headers: { accept: 'text/csv' } })
  expect(table.headers['content-type']).toBe('text/csv; charset=utf-8')
  expect(table.headers['content-disposition']).toBe(`attachment; filename="statement-${month}.csv"`)
  expect(table.bytes.toString().trimEnd().split('\r\n').at(-1)).toContain(`,closing,,,,,,,,,,${closing},,`)
})

test('the audit looks at videos in the same snapshot, and names one that has ended without its entry', async () => {
  const audit = async () => (await world.asOperator('GET', '/v1/ledger/audit?full=true')).json
  expect(await audit()).toMatchObject({ ok: true })
  const [video_of] = await query(`select id, op_id from videos.videos where state = 'completed' limit 1`)
  await world.database.pool.query(`update videos.videos set state = 'failed', error_code = 'expired' where id = $1`, [video_of?.id])
  const changed = await audit()
  expect(changed.ok).toBe(false)
  expect(changed.checks.find(({ name }: { name: string }) => name === 'ended_videos')).toEqual({
    name: 'ended_videos',
    ok: false,
    detail: `video ${video_of?.id}: it failed, and its hold was captured`,
  })
  await world.database.pool.query(`update videos.videos set op_id = gen_random_uuid() where id = $1`, [video_of?.id])
  const details = (await audit()).checks.filter(({ ok }: { ok: boolean }) => !ok).map(({ detail }: { detail: string }) => detail)
  expect(details).toContain(`video ${video_of?.id}: it has no hold`)
  expect(details.join()).toContain(`hold ${video_of?.op_id}: it is of no video`)
})
