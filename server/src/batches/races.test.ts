import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Gateway, openGateway } from '../gateway.ts'
import { LedgerUnavailable } from '../ledger/outcome.ts'
import type { Provider } from '../providers/provider.ts'
import { type BatchWorld, batchWorld, PRICE, rows } from '../testing/batches.ts'
import { eventually } from '../testing/world.ts'
import { batchStep } from './step.ts'

let world: BatchWorld
/** Another process on the same database, with a ledger of its own. */
let other: Gateway
beforeAll(async () => {
  world = await batchWorld()
  other = await beside('api')
})
afterAll(async () => {
  await other.stop(1_000)
  await world.stop()
})

async function beside(role: 'api' | 'worker'): Promise<Gateway> {
  const opened = await openGateway({
    connection: world.database.connection,
    data_folder: world.data_folder,
    storage: 'file:',
    role,
    secret: world.secret,
    operator_key: null,
    credit_usd: world.parts.world.credit_usd,
    sentinels: true,
    alone: role === 'worker',
    console_folder: null,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    clock: world.now,
    providers: () => refusing,
  })
  if ('outcome' in opened) throw new Error(opened.sentence)
  return opened
}

const jobOf = async (batch: string): Promise<string> => {
  const { rows } = await world.database.pool.query<{ job: string }>('select job from batches.batches where id = $1', [batch])
  return rows[0]?.job ?? ''
}

/** The counters of a batch are those of its items, and its money is what the ledger has of its videos. */
async function expectSound(batch: string, cap: number): Promise<void> {
  const { rows: counted } = await world.database.pool.query(
    `select b.id from batches.batches b,
            lateral (select count(*) filter (where state = 'waiting') as waiting, count(*) filter (where state = 'open') as open,
                            count(video) as videos, count(distinct video) as different
                       from batches.items where batch = b.id) i
      where b.id = $1 and b.waiting = i.waiting and b.open = i.open and i.videos = i.different`,
    [batch],
  )
  expect(counted).toHaveLength(1)
  const { filmgate } = await world.read(batch)
  const { held, charged } = await world.ledger(batch)
  expect([filmgate.held, filmgate.charged]).toEqual([held, charged])
  expect(held + charged).toBeLessThanOrEqual(cap)
  const { json } = await world.call('GET', '/v1/ledger/audit', { key: world.operator_key })
  expect(json.checks.filter(({ name, ok }: { name: string; ok: boolean }) => name === 'batches' || !ok)).toEqual([
    { name: 'batches', ok: true, detail: expect.any(String) },
  ])
}

/** So many workers, of two processes, run the same step of a batch in the same moment. */
async function together(batch: string, workers: number): Promise<void> {
  const job = { id: await jobOf(batch), subject: batch }
  const { bringReference } = world.parts
  await Promise.all(
    Array.from({ length: workers }, (_, at) => batchStep(at % 2 === 0 ? world.parts : { ...other.parts, bringReference }, job)),
  )
}

describe('whoever else is at it', () => {
  test('four workers of two processes at once order each item once, and never pass its places or its cap', async () => {
    const cap = 6 * PRICE + 20
    const batch = await world.make({ items: rows(10), concurrency: 3, max_credits: cap })
    for (let rounds = 0; rounds < 9; rounds += 1) {
      await together(batch.id, 4)
      const open = await world.items(batch.id, 'state=open')
      expect(open.length).toBeLessThanOrEqual(3)
      await expectSound(batch.id, cap)
      for (const [at, { custom_id }] of open.entries())
        await world.end(batch.id, custom_id, (rounds + at) % 4 === 3 ? 'failed' : 'completed')
    }
    const { filmgate } = await world.settle(batch.id)
    expect(filmgate).toMatchObject({ state: 'paused', paused_reason: 'cap', charged: 6 * PRICE, held: 0 })
    await expectSound(batch.id, cap)
  })

  test('after a stop was answered nothing is begun, whether it is a pause, a cancel or a lower cap', async () => {
    const stops = [
      (id: string) => world.post(`/v1/batches/${id}/pause`),
      (id: string) => world.post(`/v1/batches/${id}/cancel`),
      (id: string) => world.post(`/v1/batches/${id}`, { max_credits: 0 }),
    ]
    for (const stop of stops) {
      const batch = await world.make({ items: rows(4), concurrency: 4 })
      const [answer] = await Promise.all([stop(batch.id), together(batch.id, 2)])
      const begun = 4 - answer.filmgate.counts.waiting - answer.filmgate.counts.cancelled
      await world.settle(batch.id)
      expect((await world.ledger(batch.id)).videos).toBe(begun)
      await expectSound(batch.id, 1_000)
      await world.post(`/v1/batches/${batch.id}/cancel`)
      await world.settle(batch.id)
    }
  })
})

test('an order that is on its way waits for a cap that is being lowered, and keeps to it', async () => {
  const { pool } = world.database
  const batch = await world.make({ items: rows(1) })
  const lowering = await pool.connect()
  await lowering.query('begin')
  await lowering.query('update batches.batches set max_credits = 0, changes = changes + 1 where id = $1', [batch.id])
  const steps = together(batch.id, 2)
  await eventually(async () => {
    const { rows } = await pool.query(`select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`)
    return rows.length > 0 || null
  })
  await lowering.query('commit')
  lowering.release()
  await steps
  expect((await world.ledger(batch.id)).videos).toBe(0)
  expect((await world.settle(batch.id)).filmgate).toMatchObject({ state: 'paused', paused_reason: 'cap', held: 0 })
  await world.post(`/v1/batches/${batch.id}/cancel`)
  await world.settle(batch.id)
})

describe('a process that dies', () => {
  test('right behind the commit of an order has ordered it once: the next step goes on', async () => {
    const batch = await world.make({ items: rows(3), concurrency: 1 })
    let lost = 0
    const dying = {
      ...world.parts,
      ledger: {
        ...world.parts.ledger,
        async commit(...asked: Parameters<typeof world.parts.ledger.commit>) {
          const outcome = await world.parts.ledger.commit(...asked)
          if (outcome.outcome !== 'committed') return outcome
          lost += 1
          throw new LedgerUnavailable(true, new Error('the answer was lost'))
        },
      },
    }
    await expect(world.step(batch.id, dying)).rejects.toThrow()
    expect(lost).toBe(1)
    expect((await world.settle(batch.id)).filmgate).toMatchObject({ held: PRICE, counts: { open: 1, waiting: 2 } })
    expect((await world.ledger(batch.id)).videos).toBe(1)
    await world.end(batch.id, 'row-0')
    await expectSound(batch.id, 3 * PRICE)
    await world.post(`/v1/batches/${batch.id}/cancel`)
    await world.settle(batch.id)
  })

  test('leaves a batch that the next start takes up and brings to its end, each item once', async () => {
    const batch = await world.make({ items: rows(8), concurrency: 3 })
    await world.step(batch.id)
    await world.end(batch.id, 'row-0')
    // Its job is in the hands of nobody now; what it had begun is there.
    const again = await beside('worker')
    try {
      const end = await eventually(async () => {
        const seen = await world.read(batch.id)
        return seen.filmgate.state === 'ended' ? seen : null
      })
      expect(end).toMatchObject({
        status: 'completed',
        request_counts: { total: 8, completed: 1, failed: 7 },
        filmgate: { held: 0, charged: PRICE },
      })
      expect(await world.ledger(batch.id)).toEqual({ held: 0, charged: PRICE, videos: 8 })
    } finally {
      await again.stop(1_000)
    }
  })
})

test('the audit names a batch whose counters are not those of its items, or whose money is not that of the ledger', async () => {
  const { pool } = world.database
  const batch = await world.make({ items: rows(2), concurrency: 1 })
  await world.settle(batch.id)
  const found = async () => {
    const { json } = await world.call('GET', '/v1/ledger/audit', { key: world.operator_key })
    return json.checks.find(({ name }: { name: string }) => name === 'batches').detail
  }
  for (const [column, says] of [
    ['waiting', 'it counts other items than it has'],
    ['held_credits', 'it holds 41, and its videos hold 40'],
    ['charged_credits', 'it was charged 1, and its videos were charged 0'],
  ]) {
    await pool.query(`update batches.batches set ${column} = ${column} + 1 where id = $1`, [batch.id])
    expect(await found()).toBe(`batch ${batch.id}: ${says}`)
    await pool.query(`update batches.batches set ${column} = ${column} - 1 where id = $1`, [batch.id])
  }
  await world.post(`/v1/batches/${batch.id}/cancel`)
  await world.settle(batch.id)
})

/** Says no to every order: a video ends a moment after it was ordered. */
const refusing: Provider = {
  submit: async () => ({ outcome: 'rejected', reason: 'provider_rejected', message: 'no' }),
  find: async () => ({ outcome: 'absent' }),
  check: async () => ({ state: 'running', percent: null }),
  open: async () => new Blob([randomBytes(1)]).stream(),
  cancel: async () => 'too_late',
  forget: async () => undefined,
}
