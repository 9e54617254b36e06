import { rm } from 'node:fs/promises'
import { expect } from 'vitest'
import { wakeStep } from '../videos/waking.ts'
import { type Json, testWorld } from './world.ts'

// Orders that wait for credits. No worker runs: every step is taken by hand, so that nothing happens but what a test says.

/** 40 credits. */
export const PARKED_ORDER = { prompt: 'a boat [[hang]]', model: 'sora-2', seconds: '4', size: '1280x720', on_insufficient: 'park' }

export type Parking = Awaited<ReturnType<typeof openParking>>

/** Two processes of one gateway, and the clock of both. */
export async function openParking() {
  const clock = { now: Date.parse('2026-11-22T12:00:00Z') }
  const world = await testWorld({ role: 'api', clock: () => clock.now, trusted_hosts: new Set(['127.0.0.1:9']) })
  const other = await testWorld({
    role: 'api',
    clock: () => clock.now,
    connection: world.database.connection,
    data_folder: world.data_folder,
  })

  async function customerWith(credits: number) {
    const operator = { key: world.operator_key }
    const { id } = (await world.call('POST', '/v1/customers', { ...operator, body: { name: 'Ada' } })).json
    const { key } = (await world.call('POST', `/v1/customers/${id}/keys`, { ...operator, body: { name: 'first' } })).json
    const manage = (path: string, body: object, method = 'POST') => world.call(method, `/v1/customers/${id}${path}`, { ...operator, body })
    const grant = async (amount: number, more: object = {}) => {
      expect((await manage('/grants', { credits: amount, kind: 'pack', ...more })).status).toBe(200)
    }
    if (credits > 0) await grant(credits)
    const get = async (path: string): Promise<Json> => (await world.call('GET', path, { key })).json
    const order = async (extra: object = {}, headers: Record<string, string> = {}, at = world) => {
      clock.now += 1 // ids sort by time
      return at.call('POST', '/v1/videos', { key, body: { ...PARKED_ORDER, ...extra }, headers })
    }
    const park = async (extra: object = {}): Promise<string> => {
      const { status, json } = await order(extra)
      expect(status, JSON.stringify(json)).toBe(200)
      return json.id
    }
    const hook = { name: 'all', url: 'http://127.0.0.1:9/hook', event_types: ['video.completed', 'video.failed'] }
    const endpoint = (await world.call('POST', '/v1/webhook_endpoints', { key, body: hook })).json.id
    const hears = async (): Promise<string[]> =>
      (await get(`/v1/webhook_endpoints/${endpoint}/deliveries?limit=100`)).data.map((one: Json) => one.event.type)
    const stage = async (video: string) => (await get(`/v1/videos/${video}`)).filmgate.stage
    return { id, key, manage, grant, get, order, park, stage, hears, available: async () => (await get('/v1/balance')).available }
  }

  /** Takes every wake step that is due, until none is. */
  async function look(at = world): Promise<void> {
    for (;;) {
      const { rows } = await world.database.pool.query<{ account: bigint; job: string }>(
        'select account, job from videos.waking where next_ms <= $1',
        [clock.now],
      )
      if (rows.length === 0) return
      for (const { account, job } of rows) await wakeStep(at.gateway.parts, { id: job, subject: String(account) })
    }
  }

  const jobOf = async (video: string): Promise<string> =>
    (await world.database.pool.query('select job from videos.chains where video = $1', [video])).rows[0]?.job

  return {
    clock,
    world,
    other,
    customerWith,
    look,
    jobOf,
    async stop() {
      await other.gateway.stop(2_000)
      await other.database.drop()
      await world.stop()
      await rm(world.data_folder, { recursive: true, force: true })
    },
  }
}
