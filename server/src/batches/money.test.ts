import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Plan, SHIPPED_PLANS } from '../domain/plans.ts'
import { BUILT_IN } from '../domain/settings.ts'
import { type BatchWorld, batchWorld, PRICE, rows } from '../testing/batches.ts'
import type { Json } from '../testing/world.ts'

const [, plus] = SHIPPED_PLANS
if (!plus) throw new Error('there is no plan Plus')
const TWO: Plan = { ...plus, id: 'two', name: 'Two', price_micro: 1_000_000n, clips_a_day: [{ from: '2026-01-01', clips: 2 }] }

let world: BatchWorld
beforeAll(async () => {
  world = await batchWorld({ settings: { ...BUILT_IN, plans: [...SHIPPED_PLANS, TWO] } })
})
afterAll(() => world.stop())

async function operate(method: string, path: string, body?: object): Promise<Json> {
  const answer = await world.call(method, path, { key: world.operator_key, ...(body === undefined ? {} : { body }) })
  expect(answer.status, answer.bytes.toString()).toBe(200)
  return answer.json
}

/** A customer with a key, and ways to ask as them. */
async function customer(credits: number, settings: object = {}, key: object = {}) {
  const { id } = await operate('POST', '/v1/customers', { name: 'Ada', ...settings })
  const made = await operate('POST', `/v1/customers/${id}/keys`, { name: 'k', ...key })
  const grant = (more: number) => operate('POST', `/v1/customers/${id}/grants`, { credits: more, kind: 'pack' })
  if (credits > 0) await grant(credits)
  const ask = async (method: string, path: string, body?: object): Promise<Json> => {
    const answer = await world.call(method, path, { key: made.key, ...(body === undefined ? {} : { body }) })
    expect(answer.status, answer.bytes.toString()).toBe(200)
    return answer.json
  }
  const standing = async (batch: string) => {
    await world.settleFor(batch)
    const { state, paused_reason, counts } = (await ask('GET', `/v1/batches/${batch}`)).filmgate
    return { state, paused_reason, ...counts }
  }
  return { id, key_id: made.id, grant, ask, standing }
}

describe('a batch that runs short', () => {
  test('of credits begins what they pay for, waits for what comes back, then is paused; with more of them it goes on', async () => {
    const { ask, grant, standing } = await customer(2 * PRICE + 39)
    const { id } = await ask('POST', '/v1/batches', { items: rows(4), concurrency: 4 })
    expect(await standing(id)).toMatchObject({ state: 'running', open: 2, waiting: 2 })
    await world.end(id, 'row-0', 'failed')
    expect(await standing(id), 'what a failure gave back').toMatchObject({ state: 'running', open: 2, waiting: 1, failed: 1 })
    await world.end(id, 'row-1')
    await world.end(id, 'row-2')
    expect(await standing(id)).toMatchObject({ state: 'paused', paused_reason: 'insufficient_credits', open: 0, waiting: 1, completed: 2 })
    await grant(PRICE)
    await ask('POST', `/v1/batches/${id}/resume`)
    expect(await standing(id)).toMatchObject({ state: 'running', paused_reason: null, open: 1, waiting: 0 })
  })

  test('of credits fails what they do not pay for, if it was told to', async () => {
    const { ask, standing } = await customer(PRICE)
    const { id } = await ask('POST', '/v1/batches', { items: rows(3), on_insufficient: 'fail' })
    expect(await standing(id)).toMatchObject({ state: 'running', open: 1, failed: 2 })
    const failed = (await ask('GET', `/v1/batches/${id}/items?state=failed`)).data
    expect(failed.map((one: Json) => one.error.code)).toEqual(['insufficient_credits', 'insufficient_credits'])
  })

  test('of its key’s budget is paused, although its customer has credits; the budget of the moment counts', async () => {
    const { id: who, key_id, ask, standing } = await customer(1_000, {}, { budget: { total: 2 * PRICE } })
    const { id } = await ask('POST', '/v1/batches', { items: rows(3), concurrency: 1 })
    for (const custom_id of ['row-0', 'row-1']) {
      await standing(id)
      await world.end(id, custom_id)
    }
    expect(await standing(id)).toMatchObject({ state: 'paused', paused_reason: 'budget', completed: 2, waiting: 1 })
    await operate('PATCH', `/v1/customers/${who}/keys/${key_id}`, { budget: { total: 3 * PRICE } })
    await ask('POST', `/v1/batches/${id}/resume`)
    expect(await standing(id)).toMatchObject({ state: 'running', open: 1 })
  })
})

describe('a batch that meets its customer’s bounds', () => {
  test('waits while they have as many open videos as they may, and goes on when one has ended', async () => {
    const { ask, standing } = await customer(1_000, { limits: { open_videos: 1 } })
    const { id } = await ask('POST', '/v1/batches', { items: rows(2), concurrency: 2 })
    expect(await standing(id)).toMatchObject({ state: 'running', open: 1, waiting: 1 })
    await world.end(id, 'row-0')
    expect(await standing(id)).toMatchObject({ state: 'running', open: 1, waiting: 0, completed: 1 })
  })

  test('waits for their plan’s next day, and goes on before it when they have a larger plan', async () => {
    const { id: who, ask, standing } = await customer(1_000)
    await operate('POST', `/v1/customers/${who}/subscription`, { plan: 'two' })
    const { id } = await ask('POST', '/v1/batches', { items: rows(3), concurrency: 3 })
    expect(await standing(id)).toMatchObject({ state: 'running', open: 2, waiting: 1 })
    await operate('POST', `/v1/customers/${who}/subscription/change`, { plan: 'pro' })
    world.advance(15 * 60_000)
    expect(await standing(id)).toMatchObject({ state: 'running', open: 3, waiting: 0 })
  })

  test('charges nothing for what has become dearer since it was priced, and nothing for what may not be ordered any more', async () => {
    const { id: who, ask, standing } = await customer(1_000)
    const { id } = await ask('POST', '/v1/batches', { items: rows(3), concurrency: 1, delay_s: 5 })
    expect(await standing(id)).toMatchObject({ open: 1 })
    await world.end(id, 'row-0')
    await operate('PATCH', `/v1/customers/${who}`, { rate_card: 'app-credits-2026-01' })
    world.advance(5_000)
    expect(await standing(id)).toMatchObject({ failed: 2, completed: 1 })
    const [failed] = (await ask('GET', `/v1/batches/${id}/items?state=failed`)).data
    expect(failed).toMatchObject({ charged: 0, video: null, error: { code: 'price_above_limit' } })
    const lines = (await world.callAs(who, 'GET', `/v1/batches/${id}/results`)).bytes.toString().trim().split('\n')
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({
      custom_id: 'row-1',
      response: { status_code: 402 },
      error: { code: 'price_above_limit' },
    })
  })
})
