import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestApp, testApp } from '../testing/app.ts'

describe('one idempotency key makes one thing', () => {
  let kit: TestApp
  beforeAll(async () => {
    kit = await testApp()
  })
  afterAll(() => kit.stop())
  const keyed = (key: string) => ({ 'idempotency-key': key })

  test('a customer is made once, and the repeat says that it is one', async () => {
    const body = { name: 'Ada', metadata: { team: 'film' } }
    const first = await kit.ask('POST', '/v1/customers', { headers: keyed('c1'), body })
    const again = await kit.ask('POST', '/v1/customers', { headers: keyed('c1'), body: { metadata: { team: 'film' }, name: 'Ada' } })
    expect(first.headers['idempotent-replayed']).toBeUndefined()
    expect([again.status, again.headers['idempotent-replayed'], again.body]).toEqual([200, 'true', first.body])
    const other = await kit.ask('POST', '/v1/customers', { headers: keyed('c1'), body: { name: 'Bob' } })
    expect([other.status, other.body.error.code, other.headers['x-should-retry']]).toEqual([409, 'idempotency_conflict', 'false'])
  })

  test('a repeated key creation shows the same key again, and the table holds it only encrypted', async () => {
    const ada = await kit.customer()
    const path = `/v1/customers/${ada.id}/keys`
    const first = await kit.ask('POST', path, { headers: keyed('k1'), body: { name: 'laptop' } })
    const again = await kit.ask('POST', path, { headers: keyed('k1'), body: { name: 'laptop' } })
    expect(first.body.key).toMatch(/^fg_live_[0-9A-Za-z]{34}$/)
    expect(again.body).toEqual(first.body)
    expect((await kit.ask('GET', path)).body.data).toHaveLength(2)
    for (const table of ['keys', 'idempotency_keys']) {
      const { rows } = await kit.services.pool.query(`select t::text as row, t.* from access.${table} t`)
      for (const row of rows) {
        const bytes = Object.values(row).map((value) => (Buffer.isBuffer(value) ? value.toString('latin1') : String(value)))
        expect(bytes.join('\n')).not.toContain(first.body.key.slice(12, -4))
      }
    }
  })

  test('ten racing twins make one grant and one hold, and all hear of the same one', async () => {
    const ada = await kit.customer()
    const grants = await Promise.all(
      Array.from({ length: 10 }, () =>
        kit.ask('POST', `/v1/customers/${ada.id}/grants`, { headers: keyed(`g ${ada.id}`), body: { credits: 100, kind: 'pack' } }),
      ),
    )
    expect(new Set(grants.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1)
    const holds = await Promise.all(
      Array.from({ length: 10 }, () => kit.ask('POST', '/v1/holds', { key: ada.key, headers: keyed('h'), body: { credits: 60 } })),
    )
    expect(new Set(holds.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1)
    expect(holds.filter(({ headers }) => headers['idempotent-replayed'] === undefined)).toHaveLength(1)
    const { body } = await kit.ask('GET', '/v1/balance', { key: ada.key })
    expect([body.available, body.held]).toEqual([40, 60])
  })

  test('a refusal binds no key: after a grant the same key works', async () => {
    const ada = await kit.customer()
    const order = { key: ada.key, headers: keyed('later'), body: { credits: 5 } }
    const refused = await kit.ask('POST', '/v1/holds', order)
    expect([refused.status, refused.body.error.code, refused.body.error.needed, refused.body.error.available]).toEqual([
      402,
      'insufficient_credits',
      5,
      0,
    ])
    await kit.ask('POST', `/v1/customers/${ada.id}/grants`, { body: { credits: 5, kind: 'promo' } })
    expect((await kit.ask('POST', '/v1/holds', order)).status).toBe(200)
  })

  test('keys of two customers and of the operator never meet', async () => {
    const [ada, bob] = [await kit.customer(), await kit.customer()]
    for (const { id } of [ada, bob]) await kit.ask('POST', `/v1/customers/${id}/grants`, { body: { credits: 9, kind: 'pack' } })
    const [a, b] = [await hold(ada.key), await hold(bob.key)]
    expect(a.body.id).not.toBe(b.body.id)

    function hold(key: string) {
      return kit.ask('POST', '/v1/holds', { key, headers: keyed('same'), body: { credits: 2 } })
    }
  })

  test('after 30 days a key is free again', async () => {
    const body = { name: 'Monthly' }
    const first = await kit.ask('POST', '/v1/customers', { headers: keyed('monthly'), body })
    const before = kit.now
    kit.now = before + 30 * 24 * 3_600_000 - 1
    expect((await kit.ask('POST', '/v1/customers', { headers: keyed('monthly'), body })).body.id).toBe(first.body.id)
    kit.now = before + 30 * 24 * 3_600_000
    expect((await kit.ask('POST', '/v1/customers', { headers: keyed('monthly'), body })).body.id).not.toBe(first.body.id)
    kit.now = before
  })

  test('a hold ends once: part is captured, the rest returns, another end is refused, the same end is answered', async () => {
    const ada = await kit.customer()
    await kit.ask('POST', `/v1/customers/${ada.id}/grants`, { body: { credits: 10, kind: 'pack', cost_usd: '9.99' } })
    const { body: hold } = await kit.ask('POST', '/v1/holds', {
      key: ada.key,
      body: { credits: 8, description: 'upscaling', expires_in_s: 60 },
    })
    expect([hold.status, hold.expires_at - hold.created_at]).toEqual(['held', 60])
    const too_much = await kit.ask('POST', `/v1/holds/${hold.id}/capture`, { key: ada.key, body: { credits: 9 } })
    expect([too_much.status, too_much.body.error.param]).toEqual([400, 'credits'])
    for (let time = 0; time < 2; time++) {
      const { body } = await kit.ask('POST', `/v1/holds/${hold.id}/capture`, { key: ada.key, body: { credits: 5 } })
      expect([body.status, body.captured, body.released]).toEqual(['captured', 5, 3])
    }
    const released = await kit.ask('POST', `/v1/holds/${hold.id}/release`, { key: ada.key })
    expect([released.status, released.body.error.code]).toEqual([409, 'hold_finished'])
    const { body: ledger } = await kit.ask('GET', '/v1/ledger', { key: ada.key })
    expect(ledger.data.map(({ kind, credits, available_after }: Record<string, unknown>) => [kind, credits, available_after])).toEqual([
      ['capture', 3, 5],
      ['hold', -8, 2],
      ['grant', 10, 10],
    ])
    const csv = await kit.ask('GET', `/v1/ledger?customer=${ada.id}`, { headers: { accept: 'text/csv' } })
    expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(csv.text.trim().split('\r\n')).toHaveLength(4)
    expect((await kit.ask('GET', '/v1/ledger/audit?full=true')).body.ok).toBe(true)
  })
})
