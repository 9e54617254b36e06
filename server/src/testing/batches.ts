import { expect } from 'vitest'
import type { BatchParts } from '../batches/parts.ts'
import { batchStep } from '../batches/step.ts'
import type { GatewayOptions } from '../gateway.ts'
import { complete, fail } from '../videos/finish.ts'
import { selectWork } from '../videos/queries.ts'
import { type Answer, type Json, type TestWorld, testWorld } from './world.ts'

/** What an item of these tests costs. */
export const PRICE = 40

export const row = (custom_id: string, more: object = {}, body: object = {}) => ({
  custom_id,
  ...more,
  body: { model: 'sora-2', seconds: '4', size: '1280x720', prompt: 'a boat', ...body },
})
export const rows = (count: number) => Array.from({ length: count }, (_, at) => row(`row-${at}`))

/** A world in which nothing happens by itself: steps of batches are run by hand, and videos end when a test says so. */
export interface BatchWorld extends TestWorld {
  readonly parts: BatchParts
  now(): number
  advance(ms: number): void
  make(body: object, options?: object): Promise<Json>
  post(path: string, body?: object): Promise<Json>
  read(batch: string): Promise<Json>
  items(batch: string, query?: string): Promise<Json[]>
  /** Runs the step that the batch waits for, if it is due. @returns whether it was */
  step(batch: string, parts?: BatchParts): Promise<boolean>
  /** Steps until nothing is due. */
  settleFor(batch: string): Promise<void>
  /** The same, and reads it as the demo customer. */
  settle(batch: string): Promise<Json>
  /** As an operator for a customer. */
  callAs(customer: string, method: string, path: string): Promise<Answer>
  /** Ends the video of an item that is open. */
  end(batch: string, custom_id: string, how?: 'completed' | 'failed' | 'cancelled'): Promise<void>
  /** Ends everything, as it is begun; failures where `fails` says so. */
  runToTheEnd(batch: string, fails?: (custom_id: string) => boolean): Promise<Json>
  /** What is held and was charged for the videos of a batch, as the ledger has it. */
  ledger(batch: string): Promise<{ held: number; charged: number; videos: number }>
}

export async function batchWorld(options: Partial<GatewayOptions> = {}): Promise<BatchWorld> {
  let ahead_ms = 0
  const clock = () => Date.now() + ahead_ms
  const world = await testWorld({ role: 'api', clock, ...options })
  return around(world, clock, (ms) => {
    ahead_ms += ms
  })
}

function around(world: TestWorld, clock: () => number, advance: (ms: number) => void): BatchWorld {
  const { pool } = world.database
  const parts: BatchParts = {
    ...world.gateway.parts,
    bringReference: async () => {
      throw new Error('no test brings a picture')
    },
  }
  const made = (answer: Answer): Json => {
    expect(answer.status, answer.bytes.toString()).toBe(200)
    return answer.json
  }
  const read = async (batch: string) => made(await world.call('GET', `/v1/batches/${batch}`))
  const items = async (batch: string, query = 'limit=100') => made(await world.call('GET', `/v1/batches/${batch}/items?${query}`)).data

  async function step(batch: string, with_parts = parts): Promise<boolean> {
    const { rows } = await pool.query<{ job: string; next_ms: bigint }>(
      'select job, next_ms from batches.batches where id = $1 and job is not null',
      [batch],
    )
    const [next] = rows
    if (next === undefined || Number(next.next_ms) > clock()) return false
    await batchStep(with_parts, { id: next.job, subject: batch })
    return true
  }

  async function settleFor(batch: string): Promise<void> {
    for (let steps = 0; await step(batch); steps += 1) expect(steps, 'it comes to rest').toBeLessThan(100)
  }
  async function settle(batch: string): Promise<Json> {
    await settleFor(batch)
    return read(batch)
  }

  async function end(batch: string, custom_id: string, how: 'completed' | 'failed' | 'cancelled' = 'completed'): Promise<void> {
    const { rows } = await pool.query<{ video: string }>(
      `select video from batches.items where batch = $1 and custom_id = $2 and state = 'open'`,
      [batch, custom_id],
    )
    const video = rows[0]?.video ?? ''
    if (how === 'completed')
      await pool.query(
        `update videos.attempts set state = 'checking', send_before_ms = 1, started_ms = 1, ref = jsonb_build_object('id', video), ref_id = video, ref_from = 'answer', cost_micro = 0, cost_source = 'reported' where video = $1`,
        [video],
      )
    const work = await selectWork(pool, parts.engine, video)
    if (work === null) throw new Error(`${custom_id} is not open`)
    const code = how === 'cancelled' ? 'cancelled' : 'provider_failed'
    const ended =
      how === 'completed'
        ? await complete(parts, work, { asset_key: `videos/${video}`, asset_bytes: 1, asset_seconds: 4 })
        : await fail(parts, work, { attempt_state: 'cancelled', code, message: 'It did not work out.' })
    expect(ended).toBe(true)
  }

  return {
    ...world,
    parts,
    now: clock,
    advance,
    read,
    items,
    step,
    settleFor,
    settle,
    callAs: (customer, method, path) => world.call(method, path, { key: world.operator_key, headers: { 'filmgate-customer': customer } }),
    end,
    make: async (body, more = {}) => made(await world.call('POST', '/v1/batches', { body, ...more })),
    post: async (path, body) => made(await world.call('POST', path, body === undefined ? {} : { body })),
    async runToTheEnd(batch, fails = () => false) {
      for (let rounds = 0; rounds < 1_000; rounds += 1) {
        const seen = await settle(batch)
        if (seen.filmgate.state === 'ended') return seen
        const open = await items(batch, 'state=open&limit=100')
        expect(open.length, 'something goes on').toBeGreaterThan(0)
        for (const { custom_id } of open) await end(batch, custom_id, fails(custom_id) ? 'failed' : 'completed')
      }
      throw new Error('it does not end')
    },
    async ledger(batch) {
      const { rows } = await pool.query<{ held: bigint; charged: bigint; videos: bigint }>(
        `select coalesce(sum(m.held_now), 0)::bigint as held, coalesce(sum(m.captured), 0)::bigint as charged, count(*) as videos
           from videos.videos v join ledger.hold_money m on m.op_id = v.op_id where v.batch = $1`,
        [batch],
      )
      const [sum] = rows
      return { held: Number(sum?.held), charged: Number(sum?.charged), videos: Number(sum?.videos) }
    },
  }
}
