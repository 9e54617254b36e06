import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestApp, testApp } from '../testing/app.ts'

let kit: TestApp
beforeAll(async () => {
  kit = await testApp()
})
afterAll(async () => {
  expect((await kit.ask('GET', '/v1/ledger/audit?full=true')).body.ok).toBe(true)
  await kit.stop()
})

const keyed = (key: string) => ({ 'idempotency-key': key })

/** A customer with a pack, of which something is spent. */
async function customer(spent = 0) {
  const ada = await kit.customer()
  const path = `/v1/customers/${ada.id}`
  const give = async (credits: number, fields: object = {}) =>
    (await kit.ask('POST', `${path}/grants`, { body: { credits, kind: 'pack', cost_usd: '10.00', ...fields } })).body
  const pack = await give(100)
  const hold = async (credits: number) => kit.ask('POST', '/v1/holds', { key: ada.key, body: { credits } })
  if (spent > 0) {
    const held = await hold(spent)
    await kit.ask('POST', `/v1/holds/${held.body.id}/capture`, { key: ada.key, body: {} })
  }
  return {
    ...ada,
    path,
    pack,
    give,
    hold,
    balance: async () => (await kit.ask('GET', '/v1/balance', { key: ada.key })).body,
    reverse: (fields: object = {}, headers = {}) =>
      kit.ask('POST', `${path}/reversals`, { headers, body: { grant: pack.id, kind: 'chargeback', reason: 'dispute 7', ...fields } }),
  }
}

test('a chargeback takes what is left, and what was spent is owed: orders are refused and say so until later credits have paid it', async () => {
  const ada = await customer(60)
  const reversed = await ada.reverse()
  expect([reversed.status, reversed.body]).toEqual([
    200,
    {
      object: 'reversal',
      id: expect.any(String),
      grant: ada.pack.id,
      kind: 'chargeback',
      credits: 100,
      status: 'standing',
      reason: 'dispute 7',
      created_at: expect.any(Number),
      reinstated_at: null,
      claim: { credits: 100, taken: 40, awaited: 0, owed: 60, written_off: 0 },
    },
  ])
  expect(await ada.balance()).toMatchObject({ available: 0, owed: 60, spent: 60 })
  await ada.give(10, { kind: 'promo' })
  const refused = await ada.hold(5)
  expect([refused.status, refused.body.error]).toEqual([
    402,
    expect.objectContaining({
      code: 'insufficient_credits',
      needed: 5,
      available: 0,
      owed: 50,
      message: expect.stringContaining('50 credits are owed'),
    }),
  ])
  await ada.give(70)
  expect(await ada.balance()).toMatchObject({ available: 20, owed: 0 })
  expect((await ada.hold(20)).status).toBe(200)
  const kinds = (await kit.ask('GET', '/v1/ledger?kind=reversal', { key: ada.key })).body.data
  expect(kinds).toMatchObject([
    { kind: 'reversal', credits: -40, available_after: 0, reason: 'dispute 7', grants: [{ id: ada.pack.id, credits: -40 }] },
  ])
})

test('a repeated reversal is one, under its key; another body under that key is a conflict', async () => {
  const ada = await customer()
  const first = await ada.reverse({ credits: 30 }, keyed('d1'))
  const again = await ada.reverse({ credits: 30 }, keyed('d1'))
  expect([again.status, again.headers['idempotent-replayed'], again.body]).toEqual([200, 'true', first.body])
  expect((await ada.reverse({ credits: 31 }, keyed('d1'))).body.error.code).toBe('idempotency_conflict')
  const twins = await Promise.all(Array.from({ length: 5 }, () => ada.reverse({ credits: 20 }, keyed('d2'))))
  expect(new Set(twins.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1)
  expect((await ada.balance()).available).toBe(50)
  const { body } = await kit.ask('GET', `${ada.path}/reversals`)
  expect(body.data.map(({ credits }: { credits: number }) => credits)).toEqual([20, 30])
  const next = await kit.ask('GET', `${ada.path}/reversals?limit=1&after=${body.first_id}`)
  expect([next.body.data[0].id, next.body.has_more]).toEqual([first.body.id, false])
})

test('refunds of money are told as what was refunded so far', async () => {
  const ada = await customer()
  expect((await ada.reverse({ kind: 'refund', refunded_usd: '2.50' })).body).toMatchObject({ credits: 25, kind: 'refund' })
  const told_again = await ada.reverse({ kind: 'refund', refunded_usd: '2.50' })
  expect([told_again.status, told_again.body.error.code, told_again.body.error.param]).toEqual([400, 'invalid_value', 'refunded_usd'])
  expect((await ada.reverse({ kind: 'refund', refunded_usd: '10.00' })).body).toMatchObject({ credits: 75 })
  expect((await ada.reverse({ kind: 'refund' })).body.error).toMatchObject({ code: 'invalid_value', param: 'grant', reversible: 0 })
})

test('a dispute that is won gives everything back, once', async () => {
  const ada = await customer(60)
  const { id } = (await ada.reverse()).body
  await ada.give(25)
  const path = `${ada.path}/reversals/${id}`
  for (const _ of [1, 2]) {
    const won = await kit.ask('POST', `${path}/reinstate`, { body: { reason: 'won' } })
    expect([won.status, won.body.status, won.body.claim]).toEqual([
      200,
      'reinstated',
      { credits: 0, taken: 0, awaited: 0, owed: 0, written_off: 0 },
    ])
    expect(await ada.balance()).toMatchObject({ available: 65, owed: 0 })
  }
  expect((await kit.ask('GET', path)).body).toMatchObject({ id, status: 'reinstated' })
})

test('what is owed can be written off or paid with what there is, with a reason that the ledger shows', async () => {
  const ada = await customer(60)
  await ada.give(20)
  await ada.reverse()
  const owed = (body: object) => kit.ask('POST', `${ada.path}/owed`, { body: { reason: 'agreed', ...body } })
  expect((await owed({ by: 'repayment', credits: 30 })).body.error).toMatchObject({
    code: 'invalid_value',
    param: 'credits',
    available: 20,
  })
  expect((await owed({ by: 'repayment' })).body).toMatchObject({ kind: 'repayment', credits: -20, available_after: 0, reason: 'agreed' })
  expect((await owed({ by: 'write_off', credits: 41 })).body.error).toMatchObject({ code: 'invalid_value', param: 'credits', owed: 40 })
  expect((await owed({ by: 'write_off' })).body).toMatchObject({ kind: 'write_off', credits: 0, reason: 'agreed' })
  expect((await owed({ by: 'write_off' })).body.error).toMatchObject({ code: 'invalid_value', owed: 0 })
  expect(await ada.balance()).toMatchObject({ available: 0, owed: 0 })
})

test('a month is taken back by the reference of its payment, once it has begun', async () => {
  const ada = await kit.customer()
  const path = `/v1/customers/${ada.id}`
  await kit.ask('POST', `${path}/subscription`, { body: { plan: 'plus', reference: 'inv_1' } })
  await kit.ask('POST', `${path}/subscription/renew`, { body: { reference: 'inv_2' } })
  const reverse = (payment: string) => kit.ask('POST', `${path}/reversals`, { body: { payment, kind: 'refund', reason: 'asked for it' } })
  const { available } = (await kit.ask('GET', '/v1/balance', { key: ada.key })).body
  expect(available).toBeGreaterThan(0)
  expect((await reverse('inv_1')).body).toMatchObject({ credits: available, claim: { taken: available } })
  expect((await reverse('inv_2')).body.error).toMatchObject({ code: 'too_early', param: 'payment' })
  expect((await reverse('inv_3')).body.error).toMatchObject({ code: 'not_found', param: 'payment' })
  const other = await kit.customer()
  const stranger = await kit.ask('POST', `/v1/customers/${other.id}/reversals`, { body: { payment: 'inv_1', kind: 'refund', reason: 'r' } })
  expect(stranger.body.error.code).toBe('not_found')
})
