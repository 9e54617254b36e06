import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ownerOf } from '../access/authenticate.ts'
import { readItems } from '../http/batch-rows.ts'
import { type BatchWorld, batchWorld, PRICE, row, rows } from '../testing/batches.ts'
import type { Json } from '../testing/world.ts'
import { createBatch } from './create.ts'
import { ENDED_AT_ONCE } from './run-queries.ts'

let world: BatchWorld
beforeAll(async () => {
  world = await batchWorld()
  const operator = { key: world.operator_key }
  const [customer] = (await world.call('GET', '/v1/customers', operator)).json.data
  await world.call('POST', `/v1/customers/${customer.id}/grants`, { ...operator, body: { credits: 100_000, kind: 'pack' } })
})
afterAll(() => world.stop())

const statesOf = async (batch: string) =>
  Object.fromEntries((await world.items(batch)).map(({ custom_id, state }) => [custom_id, state])) as Record<string, string>
/** How many items one statement has updated at most, while `work` runs. */
async function updatesOfItems(work: (largest: () => Promise<number>) => Promise<void>): Promise<void> {
  const { pool } = world.database
  await pool.query(`create table slices (items int);
    create function note_slice() returns trigger language plpgsql as 'begin insert into slices select count(*) from changed; return null; end';
    create trigger slices after update on batches.items referencing new table as changed for each statement execute function note_slice()`)
  await work(async () => Number((await pool.query('select max(items) as largest from slices')).rows[0]?.largest))
  await pool.query('drop trigger slices on batches.items; drop function note_slice; drop table slices')
}
const linesOf = (text: string): Json[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

describe('a batch', () => {
  test('makes every order one video, keeps failures apart, and was charged what the ledger says', async () => {
    const items = [row('one'), row('two'), row('three'), row('=four', {}, { metadata: { shot: '4' } })]
    const batch = await world.make({ name: 'Overnight', items, concurrency: 3, metadata: { film: 'x' } })
    expect(batch).toMatchObject({
      object: 'batch',
      endpoint: '/v1/videos',
      status: 'in_progress',
      completion_window: '24h',
      expires_at: batch.created_at + 86_400,
      request_counts: { total: 4, completed: 0, failed: 0 },
      metadata: { film: 'x' },
      filmgate: { name: 'Overnight', state: 'running', price_credits: 160, worst_credits: 160, price_usd: '1.60', max_credits: null },
    })
    expect(await world.settle(batch.id)).toMatchObject({
      filmgate: { held: 120, charged: 0, remaining_credits: 40, counts: { waiting: 1, open: 3, completed: 0, failed: 0, cancelled: 0 } },
    })
    const end = await world.runToTheEnd(batch.id, (custom_id) => custom_id === 'two')
    expect(end).toMatchObject({
      status: 'completed',
      request_counts: { total: 4, completed: 3, failed: 1 },
      filmgate: { held: 0, charged: 120, remaining_credits: 0, eta: { low_s: 0, high_s: 0 } },
    })
    expect(await world.ledger(batch.id)).toEqual({ held: 0, charged: 120, videos: 4 })

    const seen = await world.items(batch.id)
    expect(seen.map(({ index, custom_id, state, charged, error }) => [index, custom_id, state, charged, error?.code ?? null])).toEqual([
      [0, 'one', 'completed', PRICE, null],
      [1, 'two', 'failed', 0, 'provider_failed'],
      [2, 'three', 'completed', PRICE, null],
      [3, '=four', 'completed', PRICE, null],
    ])
    const video = (await world.call('GET', `/v1/videos/${seen[3]?.video}`)).json
    expect(video).toMatchObject({ metadata: { shot: '4' }, filmgate: { batch: { id: batch.id, custom_id: '=four' } } })
    expect((await world.items(batch.id, `limit=2&after=${seen[1]?.id}`)).map(({ custom_id }) => custom_id)).toEqual(['three', '=four'])
    expect((await world.items(batch.id, 'state=failed')).map(({ custom_id }) => custom_id)).toEqual(['two'])

    const lines = linesOf((await world.call('GET', `/v1/batches/${batch.id}/results`)).bytes.toString())
    expect(lines.map(({ custom_id, response, error }) => [custom_id, response.body.status, error?.code ?? null])).toEqual([
      ['one', 'completed', null],
      ['two', 'failed', 'provider_failed'],
      ['three', 'completed', null],
      ['=four', 'completed', null],
    ])
    const table = (await world.call('GET', `/v1/batches/${batch.id}/results`, { headers: { accept: 'text/csv' } })).bytes
      .toString()
      .split('\r\n')
    expect(table[0]).toBe('custom_id,state,video,seconds,size,model,credits,charged,error_code,error_message,content_url')
    expect(table[1]).toBe(`one,completed,${seen[0]?.video},4,1280x720,sora-2,40,40,,,/v1/videos/${seen[0]?.video}/content`)
    expect(table[4], 'nothing that a spreadsheet would run').toMatch(/^'=four,/)
    for (const [file, ids] of [
      [end.output_file_id, ['one', 'three', '=four']],
      [end.error_file_id, ['two']],
    ]) {
      const content = linesOf((await world.call('GET', `/v1/files/${file}/content`)).bytes.toString())
      expect(content.map(({ custom_id }) => custom_id)).toEqual(ids)
    }
  })

  test('goes by priority, then in its order, no faster than its pace, and with no more side by side than it may', async () => {
    const items = [row('later', { priority: -1 }), row('a'), row('b'), row('first', { priority: 5 }), row('slow', { delay_s: 60 })]
    const batch = await world.make({ items, concurrency: 2, delay_s: 10 })
    const open = async () => (await world.items(batch.id, 'state=open')).map(({ custom_id }) => custom_id)
    await world.settle(batch.id)
    expect(await open()).toEqual(['first'])
    world.advance(9_000)
    await world.settle(batch.id)
    expect(await open()).toEqual(['first'])
    world.advance(1_100)
    await world.settle(batch.id)
    expect(await open()).toEqual(['a', 'first'])
    world.advance(20_000)
    await world.settle(batch.id)
    expect(await open(), 'two places').toEqual(['a', 'first'])
    await world.end(batch.id, 'a')
    await world.settle(batch.id)
    expect(await open(), 'the end of one begins the next').toEqual(['b', 'first'])
    await world.end(batch.id, 'b')
    await world.settle(batch.id)
    world.advance(50_000)
    await world.settle(batch.id)
    expect(await open(), 'its own pace').toEqual(['first'])
    world.advance(11_000)
    await world.settle(batch.id)
    expect(await open()).toEqual(['first', 'slow'])
    await world.post(`/v1/batches/${batch.id}/cancel`)
  })

  test('waits until it is told to start; then its time begins', async () => {
    const batch = await world.make({ items: rows(1), start: false })
    expect(batch).toMatchObject({ status: 'validating', filmgate: { state: 'ready' } })
    expect(batch).not.toHaveProperty('expires_at')
    expect(await world.step(batch.id)).toBe(false)
    expect(await world.post(`/v1/batches/${batch.id}/start`)).toMatchObject({ status: 'in_progress', filmgate: { state: 'running' } })
    expect((await world.settle(batch.id)).filmgate.counts.open).toBe(1)
  })

  test('is priced without being kept, when that is all that is wanted', async () => {
    const before = (await world.call('GET', '/v1/batches')).json.data.length
    const items = [row('a'), row('b', {}, { seconds: '8' }), row('c')]
    expect(await world.make({ items, max_credits: 100, dry_run: true })).toMatchObject({
      object: 'batch_check',
      total: 3,
      price_credits: 160,
      worst_credits: 100,
      price_usd: '1.60',
      kinds: [
        { seconds: '4', count: 2, credits: 40, usd: '0.40' },
        { seconds: '8', count: 1, credits: 80 },
      ],
    })
    expect((await world.call('GET', '/v1/batches')).json.data).toHaveLength(before)
  })

  test('ends what it did not begin within its time as batch_expired', async () => {
    const batch = await world.make({ items: rows(3), concurrency: 1, completion_window: '2h' })
    await world.settle(batch.id)
    world.advance(2 * 3_600_000)
    expect((await world.settle(batch.id)).filmgate).toMatchObject({ counts: { waiting: 0, open: 1, failed: 2 } })
    await world.end(batch.id, 'row-0')
    const end = await world.settle(batch.id)
    expect(end).toMatchObject({ status: 'expired', request_counts: { total: 3, completed: 1, failed: 2 } })
    expect((await world.items(batch.id))[1]).toMatchObject({ error: { code: 'batch_expired' }, charged: 0, video: null })
  })
})

describe('the cap', () => {
  test('is never passed, and what a failure gives back is used', async () => {
    const batch = await world.make({ items: rows(6), concurrency: 6, max_credits: 3 * PRICE + 39 })
    expect((await world.settle(batch.id)).filmgate).toMatchObject({ state: 'running', held: 3 * PRICE, counts: { open: 3, waiting: 3 } })
    await world.end(batch.id, 'row-0', 'failed')
    expect((await world.settle(batch.id)).filmgate).toMatchObject({ held: 3 * PRICE, counts: { open: 3, waiting: 2, failed: 1 } })
    for (const id of ['row-1', 'row-2', 'row-3']) await world.end(batch.id, id)
    expect((await world.settle(batch.id)).filmgate).toMatchObject({
      state: 'paused',
      paused_reason: 'cap',
      held: 0,
      charged: 3 * PRICE,
      counts: { waiting: 2, open: 0, completed: 3, failed: 1 },
    })
  })

  test('lowered below what is left stops it exactly there; raised and resumed, it goes on to its end', async () => {
    const batch = await world.make({ items: rows(5), concurrency: 2 })
    await world.settle(batch.id)
    await world.end(batch.id, 'row-0')
    await world.settle(batch.id)
    await world.post(`/v1/batches/${batch.id}`, { max_credits: 3 * PRICE })
    await world.end(batch.id, 'row-1')
    await world.end(batch.id, 'row-2')
    const stopped = await world.settle(batch.id)
    expect(stopped.filmgate).toMatchObject({ state: 'paused', paused_reason: 'cap', charged: 3 * PRICE, worst_credits: 3 * PRICE })
    expect(await world.ledger(batch.id)).toEqual({ held: 0, charged: 3 * PRICE, videos: 3 })
    expect(await world.post(`/v1/batches/${batch.id}`, { max_credits: 10 }), 'what is spent is spent').toMatchObject({
      filmgate: { max_credits: 10, worst_credits: 3 * PRICE, charged: 3 * PRICE },
    })
    await world.post(`/v1/batches/${batch.id}`, { max_credits: null })
    await world.post(`/v1/batches/${batch.id}/resume`)
    expect((await world.runToTheEnd(batch.id)).filmgate.charged).toBe(5 * PRICE)
  })
})

describe('whoever made it', () => {
  test('pauses it: what is open goes on, nothing is begun; and resumes it', async () => {
    const batch = await world.make({ items: rows(3), concurrency: 1 })
    await world.settle(batch.id)
    expect(await world.post(`/v1/batches/${batch.id}/pause`)).toMatchObject({ filmgate: { state: 'paused', paused_reason: 'asked' } })
    await world.end(batch.id, 'row-0')
    expect((await world.settle(batch.id)).filmgate.counts).toMatchObject({ waiting: 2, open: 0, completed: 1 })
    await world.post(`/v1/batches/${batch.id}/resume`)
    expect((await world.settle(batch.id)).filmgate.counts).toMatchObject({ waiting: 1, open: 1 })
    expect((await world.runToTheEnd(batch.id)).request_counts).toEqual({ total: 3, completed: 3, failed: 0 })
  })

  test('cancels it: what was not begun never is, what was not sent is released, and what has ended stays', async () => {
    const batch = await world.make({ items: rows(5), concurrency: 2 })
    await world.settle(batch.id)
    await world.end(batch.id, 'row-0')
    await world.settle(batch.id)
    expect(await world.post(`/v1/batches/${batch.id}/cancel`)).toMatchObject({ status: 'cancelling', filmgate: { counts: { waiting: 0 } } })
    const end = await world.settle(batch.id)
    expect(end).toMatchObject({ status: 'cancelled', filmgate: { held: 0, charged: PRICE, counts: { completed: 1, cancelled: 4 } } })
    const [first] = await world.items(batch.id)
    expect((await world.call('GET', `/v1/videos/${first?.video}`)).json.status).toBe('completed')
    expect(await statesOf(batch.id)).toMatchObject({ 'row-0': 'completed', 'row-1': 'cancelled', 'row-4': 'cancelled' })
    expect(await world.post(`/v1/batches/${batch.id}/cancel`), 'twice is once').toMatchObject({ status: 'cancelled' })
    const late = await world.call('POST', `/v1/batches/${batch.id}/resume`)
    expect([late.status, late.json.error.code]).toEqual([409, 'batch_ended'])
  })

  test('cancels thousands in slices, so that nobody’s money waits for the lock of it', async () => {
    const count = 2 * ENDED_AT_ONCE + 1
    const batch = await world.make({ items: rows(count), start: false })
    await updatesOfItems(async (largest) => {
      const answer = await world.post(`/v1/batches/${batch.id}/cancel`)
      expect(answer).toMatchObject({ status: 'cancelling', filmgate: { remaining_credits: 0, counts: { waiting: 0, cancelled: count } } })
      expect(await largest()).toBe(ENDED_AT_ONCE)
    })
    expect(await world.settle(batch.id)).toMatchObject({ status: 'cancelled' })
  })

  test('cancels it: what was sent is asked to stop once, however often the step looks', async () => {
    const { pool } = world.database
    const batch = await world.make({ items: rows(2), concurrency: 2 })
    await world.settle(batch.id)
    const asked = async () => {
      const { rows } = await pool.query<{ job: string; asked: boolean }>(
        'select c.job, v.cancel_requested_ms is not null as asked from videos.videos v left join videos.chains c on c.video = v.id where v.batch = $1 order by v.id',
        [batch.id],
      )
      return rows
    }
    await pool.query(
      `update videos.attempts set state = 'running', send_before_ms = 1, started_ms = 1, ref = jsonb_build_object('id', video), ref_id = video, ref_from = 'answer'
        where video in (select id from videos.videos where batch = $1)`,
      [batch.id],
    )
    await world.post(`/v1/batches/${batch.id}/cancel`)
    await world.settle(batch.id)
    const once = await asked()
    expect(once).toMatchObject([{ asked: true }, { asked: true }])
    world.advance(30_001)
    expect(await world.step(batch.id)).toBe(true)
    expect(await asked()).toEqual(once)
    for (const id of ['row-0', 'row-1']) await world.end(batch.id, id, 'cancelled')
    expect(await world.settle(batch.id)).toMatchObject({ status: 'cancelled', filmgate: { held: 0, counts: { cancelled: 2 } } })
  })

  test('with an Idempotency-Key is told of the one it made, although its file has gone and its orders are not sold any more', async () => {
    const raw = `${JSON.stringify({ method: 'POST', url: '/v1/videos', ...row('a') })}\n`
    const file = (await world.call('POST', '/v1/files', { body: { file: raw, purpose: 'batch' } })).json.id
    const body = { input_file_id: file, endpoint: '/v1/videos', completion_window: '24h', start: false }
    const keyed = { headers: { 'idempotency-key': 'file-gone' } }
    const { id } = await world.make(body, keyed)
    await world.call('DELETE', `/v1/files/${file}`)
    const again = await world.call('POST', '/v1/batches', { body, ...keyed })
    expect([again.status, again.json.id, again.headers['idempotent-replayed']]).toEqual([200, id, 'true'])
    const other = await world.call('POST', '/v1/batches?max_credits=5', { body, ...keyed })
    expect([other.status, other.json.error.code], 'another cap is another request').toEqual([409, 'idempotency_conflict'])
  })

  test('with an Idempotency-Key makes one, and with the SDK’s own repeat too', async () => {
    const body = { items: rows(1), start: false }
    const keyed = { headers: { 'idempotency-key': 'night-1' } }
    const first = await world.make(body, keyed)
    expect((await world.make(body, keyed)).id).toBe(first.id)
    const other = await world.call('POST', '/v1/batches', { body: { items: [{}] }, ...keyed })
    expect([other.status, other.json.error.code]).toEqual([409, 'idempotency_conflict'])
    const sdk = { items: [row('sdk')], start: false }
    const sent = await world.make(sdk, { headers: { 'x-stainless-retry-count': '0' } })
    const again = await world.call('POST', '/v1/batches', { body: sdk, headers: { 'x-stainless-retry-count': '1' } })
    expect([again.json.id, again.headers['idempotent-replayed']]).toEqual([sent.id, 'true'])
    expect((await world.make(sdk, { headers: { 'x-stainless-retry-count': '0' } })).id).not.toBe(sent.id)
  })
})

test('other use cases make batches too: their orders are checked like anybody’s', async () => {
  const { parts } = world
  const [customer] = (await world.call('GET', '/v1/customers', { key: world.operator_key })).json.data
  const { rows: found } = await world.database.pool.query<{ account: bigint }>('select account from access.customers where id = $1', [
    customer.id,
  ])
  const owner = ownerOf(parts.engine, customer.id, found[0]?.account ?? 0n)
  const usual = { model: 'sora-2', size: { width: 1280, height: 720 } }
  const { items } = await readItems([row('shot-1'), row('shot-2')], usual)
  expect(await createBatch(parts, owner, items, { name: 'Storyboard', max_credits: 100n, start: false })).toMatchObject({
    state: 'ready',
    waiting: 2,
    price_credits: 80n,
    max_credits: 100n,
  })
  const bad = await readItems([row('shot-1', {}, { seconds: '7' })], usual)
  await expect(createBatch(parts, owner, bad.items, {})).rejects.toMatchObject({ code: 'invalid_value', param: 'items[0].body.seconds' })
})
