import { expect, vi } from 'vitest'
import { transaction } from '../db/pool.ts'
import type { GatewayOptions } from '../gateway.ts'
import type { Provider } from '../providers/provider.ts'
import { emit, videoEvent } from '../webhooks/emit.ts'
import type { EventType } from '../webhooks/event-types.ts'
import { sweepWebhooks } from '../webhooks/sweep.ts'
import { type Received, type Receiver, startReceiver } from './receiver.ts'
import { eventually, type Json, testWorld } from './world.ts'

/** Says no to every order: a video ends a moment after it was ordered. */
const refusing: Provider = {
  submit: async () => ({ outcome: 'rejected', reason: 'provider_rejected', message: 'no' }),
  find: async () => ({ outcome: 'absent' }),
  check: async () => ({ state: 'running', percent: null }),
  open: async () => new Blob([]).stream(),
  cancel: async () => 'too_late',
  forget: async () => undefined,
}

/** A world and a receiver that it may reach; time is the test's. */
export async function hookedWorld(more: Partial<GatewayOptions> = {}) {
  const receiver = await startReceiver()
  let now = Date.now()
  const world = await testWorld({ providers: () => refusing, clock: () => now, trusted_hosts: new Set([receiver.place]), ...more })
  const { webhooks } = world.gateway
  const { pool } = webhooks
  const customer: string = (await pool.query('select id from access.customers')).rows[0]?.id

  /** Nothing is under way, and what waits does so for longer than a look at the one before it takes. */
  const settled = () =>
    eventually(async () => {
      const { rows } = await pool.query(
        `select 1 from webhooks.deliveries where state = 'waiting' and (job is null or next_ms <= $1) limit 1`,
        [now + 1_000],
      )
      return rows.length === 0 ? true : null
    })
  return {
    world,
    receiver,
    async endpoint(path: string, event_types: readonly EventType[] = ['video.completed', 'video.failed', 'video.progress']): Promise<Json> {
      const answer = await world.call('POST', '/v1/webhook_endpoints', { body: { name: path, url: receiver.address + path, event_types } })
      expect(answer.status, JSON.stringify(answer.json)).toBe(200)
      return answer.json
    },
    deliveries: async (endpoint: string): Promise<Json[]> =>
      (await world.call('GET', `/v1/webhook_endpoints/${endpoint}/deliveries?limit=100&order=asc`)).json.data,
    /** Writes events of videos as their ends do. */
    happen: async (videos: readonly string[], types: readonly EventType[]) => {
      for (const type of types) {
        const happened = videos.map((video) => videoEvent(webhooks.uuid, now, { type, video, customer }))
        await transaction(pool, (tx) => emit(tx, webhooks.jobs, happened))
      }
      webhooks.jobs.wake('webhook')
    },
    /** Only the clock goes on. */
    later: (ms: number) => {
      now += ms
    },
    /** Lets time pass, and what is due by then be done. */
    async pass(ms: number) {
      await settled()
      now += ms
      await sweepWebhooks(webhooks, 0)
      await settled()
    },
    settled,
    /** From now on answers are waited for longer than any test lasts: what hangs does so to its end, however slow the machine. */
    waitForAnswers: () => {
      const { client } = webhooks
      const { post } = client
      vi.spyOn(client, 'post').mockImplementation((link, sending) => post(link, { ...sending, timeout_ms: 3_600_000 }))
    },
    now: () => now,
    async stop() {
      await Promise.all([world.stop(), receiver.stop()])
    },
  }
}

/** What came to a path. */
export const to = (receiver: Receiver, path: string): Received[] => receiver.received.filter((one) => one.path === path)
export const idOf = (one: Received): unknown => one.headers['webhook-id']
export const eventOf = (one: Received): Json => JSON.parse(one.body)

export function headersOf(one: Received): Record<string, string> {
  return Object.fromEntries(Object.entries(one.headers).map(([name, value]) => [name, String(value)]))
}
