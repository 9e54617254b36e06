import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestApp, testApp } from '../testing/app.ts'
import { ROUTES } from './routes.ts'

type CallerKind =
  | 'none'
  | 'unknown'
  | 'revoked'
  | 'customer'
  | 'customer for another'
  | 'operator'
  | 'operator for a customer'
  | 'operator for nobody'

/** The code of the contract, or null: let in (whatever else the request then lacks). */
const EXPECTED: Record<'public' | 'customer' | 'operator' | 'any', Record<CallerKind, string | null>> = {
  public: all(null),
  customer: { ...all(null), ...keyless(), operator: 'customer_required' },
  operator: { ...all(null), ...keyless(), customer: 'operator_key_required' },
  any: { ...all(null), ...keyless() },
}

function all(code: null): Record<CallerKind, string | null> {
  return {
    none: code,
    unknown: code,
    revoked: code,
    customer: code,
    'customer for another': code,
    operator: code,
    'operator for a customer': code,
    'operator for nobody': code,
  }
}

function keyless() {
  return {
    none: 'invalid_api_key',
    unknown: 'invalid_api_key',
    revoked: 'invalid_api_key',
    'customer for another': 'operator_key_required',
    'operator for nobody': 'not_found',
  }
}

const DOOR = ['invalid_api_key', 'operator_key_required', 'customer_required']

describe('every route lets in exactly whom the contract says', () => {
  let kit: TestApp
  const headers = new Map<CallerKind, { key: string | null; headers: Record<string, string> }>()

  beforeAll(async () => {
    kit = await testApp()
    const [ada, bob] = [await kit.customer('Ada'), await kit.customer('Bob')]
    const gone = await kit.ask('POST', `/v1/customers/${ada.id}/keys`, { body: { name: 'gone' } })
    await kit.ask('DELETE', `/v1/customers/${ada.id}/keys/${gone.body.id}`)
    const operator = 'fg_op_0123456789abcdefghijklmnopqrstuvwx'
    headers.set('none', { key: null, headers: {} })
    headers.set('unknown', { key: 'fg_live_nobody', headers: {} })
    headers.set('revoked', { key: gone.body.key, headers: {} })
    headers.set('customer', { key: ada.key, headers: {} })
    headers.set('customer for another', { key: ada.key, headers: { 'filmgate-customer': bob.id } })
    headers.set('operator', { key: operator, headers: {} })
    headers.set('operator for a customer', { key: operator, headers: { 'filmgate-customer': ada.id } })
    headers.set('operator for nobody', { key: operator, headers: { 'filmgate-customer': 'cus_nobody' } })
  })
  afterAll(() => kit.stop())

  for (const route of ROUTES) {
    for (const alias of route.path.startsWith('/v1/') ? ['', '/openai'] : ['']) {
      test(`${route.method} ${alias}${route.path} (${route.caller})`, async () => {
        const url = alias + route.path.replaceAll(/\{\w+\}/g, 'nothing-of-this-id')
        for (const [caller, who] of headers) {
          const body = route.schemas.body === null ? undefined : '{"name": 7'
          const answer = await kit.ask(route.method, url, { ...who, ...(body ? { body } : {}) })
          const expected = EXPECTED[route.caller][caller]
          const where = `${caller}: ${answer.status} ${answer.text.slice(0, 200)}`
          expect(answer.headers['x-request-id'], where).toMatch(/^req_[0-9a-f]{32}$/)
          expect(answer.status, where).toBeLessThan(500)
          const code = answer.body?.error?.code ?? null
          if (expected === null) {
            // `?customer=` is the other way to say for whom: the ledger alone asks for it inside.
            const own_rule = route.path === '/v1/ledger' && caller === 'operator' ? 'customer_required' : null
            if (own_rule) expect(code, where).toBe(own_rule)
            else expect(DOOR, where).not.toContain(code)
          } else {
            expect(code, where).toBe(expected)
            expect(answer.headers['x-should-retry'], where).toBe('false')
          }
        }
      })
    }
  }

  test('the api-key header opens the same doors as the bearer', async () => {
    const ada = headers.get('customer')?.key ?? ''
    expect((await kit.ask('GET', '/v1/balance', { key: null, headers: { 'api-key': ada } })).status).toBe(200)
    expect((await kit.ask('GET', '/v1/balance', { key: null, headers: { authorization: `bearer  ${ada}` } })).status).toBe(200)
  })

  test('nobody sees anything of another customer, and it looks like what does not exist', async () => {
    const [ada, bob] = [await kit.customer('Ada'), await kit.customer('Bob')]
    await kit.ask('POST', `/v1/customers/${ada.id}/grants`, { body: { credits: 10, kind: 'pack' } })
    const hold = await kit.ask('POST', '/v1/holds', { key: ada.key, body: { credits: 3 } })
    expect(hold.status).toBe(200)
    for (const [method, path] of [
      ['GET', `/v1/holds/${hold.body.id}`],
      ['POST', `/v1/holds/${hold.body.id}/capture`],
      ['POST', `/v1/holds/${hold.body.id}/release`],
      ['GET', `/v1/ledger?customer=${ada.id}`],
    ] as const) {
      const foreign = await kit.ask(method, path, { key: bob.key })
      const unknown = await kit.ask(method, path.replaceAll(/[0-9a-f]{4,}/g, '0'), { key: bob.key })
      expect(foreign.status, path).toBe(404)
      expect(foreign.body, path).toEqual(unknown.body)
    }
    expect((await kit.ask('GET', `/v1/holds/${hold.body.id}`, { key: ada.key })).body.status).toBe('held')
    expect((await kit.ask('GET', '/v1/ledger', { key: bob.key })).body.data).toEqual([])
    expect((await kit.ask('DELETE', `/v1/customers/${bob.id}/keys/${ada.key_id}`)).status).toBe(404)
    expect((await kit.ask('GET', '/v1/balance', { key: ada.key })).status).toBe(200)
  })

  test('a revoked key is refused by the very next request', async () => {
    const ada = await kit.customer()
    expect((await kit.ask('GET', '/v1/balance', { key: ada.key })).status).toBe(200)
    await kit.ask('DELETE', `/v1/customers/${ada.id}/keys/${ada.key_id}`)
    const answer = await kit.ask('GET', '/v1/balance', { key: ada.key })
    expect([answer.status, answer.body.error.code]).toEqual([401, 'invalid_api_key'])
    expect(answer.body.error.message).toContain('revoked')
  })
})
