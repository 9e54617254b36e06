import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestApp, testApp } from '../testing/app.ts'

type Case = readonly [name: string, body: unknown, status: number, code: string, param: string | null, says?: RegExp]

const long = (length: number) => 'x'.repeat(length)
const pairs = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']))

const CUSTOMER: readonly Case[] = [
  ['nothing', '', 400, 'missing_required_parameter', 'name'],
  ['an empty object', {}, 400, 'missing_required_parameter', 'name'],
  ['null', 'null', 400, 'invalid_value', null, /JSON object/],
  ['a list', [{ name: 'Ada' }], 400, 'invalid_value', null, /a list/],
  ['text', '"Ada"', 400, 'invalid_value', null],
  ['broken JSON', '{"name": "Ada"', 400, 'invalid_value', null, /not valid JSON/],
  ['JSON with a trailing comma', '{"name": "Ada",}', 400, 'invalid_value', null, /position/],
  ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400, 'invalid_value', null, /UTF-8/],
  ['deep nesting', `{"name":${'['.repeat(100)}`, 400, 'invalid_value', null, /deeper than 32/],
  ['a million brackets', '['.repeat(1_000_000), 400, 'invalid_value', null, /deeper/],
  ['a million values', `{"name":[${'0,'.repeat(1_000_000)}0]}`, 400, 'invalid_value', null, /values/],
  ['__proto__', '{"name":"Ada","__proto__":{"polluted":1}}', 400, 'invalid_value', '__proto__'],
  ['__proto__ in metadata', '{"name":"Ada","metadata":{"__proto__":"x"}}', 400, 'invalid_value', 'metadata.__proto__'],
  ['a null name', { name: null }, 400, 'invalid_value', 'name', /must be text; got null/],
  ['a number as name', { name: 7 }, 400, 'invalid_value', 'name', /must be text; got 7/],
  ['an empty name', { name: '   ' }, 400, 'invalid_value', 'name', /empty/],
  ['a long name', { name: long(201) }, 400, 'invalid_value', 'name', /at most 200 characters; it has 201/],
  ['NUL', { name: 'A\0B' }, 400, 'invalid_value', 'name', /NUL/],
  ['half a surrogate pair', '{"name":"\\ud800"}', 400, 'invalid_value', 'name', /surrogate/],
  ['NUL in an unknown field', { name: 'Ada', other: { deep: ['\0'] } }, 400, 'invalid_value', 'other.deep[0]'],
  ['NUL as a name', { name: 'Ada', metadata: { 'a\0': 'x' } }, 400, 'invalid_value', 'metadata'],
  ['no such time zone', { name: 'Ada', time_zone: 'Mars/Olympus' }, 400, 'invalid_value', 'time_zone', /IANA/],
  ['no such rate card', { name: 'Ada', rate_card: 'nope' }, 400, 'invalid_value', 'rate_card', /openai-2026-05/],
  ['metadata as text', { name: 'Ada', metadata: 'x' }, 400, 'invalid_value', 'metadata', /an object/],
  ['17 pairs', { name: 'Ada', metadata: pairs(17) }, 400, 'invalid_value', 'metadata', /16/],
  ['a metadata name of 65', { name: 'Ada', metadata: { [long(65)]: 'x' } }, 400, 'invalid_value', 'metadata', /64/],
  ['a metadata value of 513', { name: 'Ada', metadata: { k: long(513) } }, 400, 'invalid_value', 'metadata.k', /512/],
  ['a number in metadata', { name: 'Ada', metadata: { k: 1 } }, 400, 'invalid_value', 'metadata.k', /text/],
]

const GRANT: readonly Case[] = [
  ['no credits', { kind: 'pack' }, 400, 'missing_required_parameter', 'credits'],
  ['0 credits', { credits: 0, kind: 'pack' }, 400, 'invalid_value', 'credits', /at least 1/],
  ['negative credits', { credits: -5, kind: 'pack' }, 400, 'invalid_value', 'credits'],
  ['half a credit', { credits: 0.5, kind: 'pack' }, 400, 'invalid_value', 'credits', /whole number; got 0.5/],
  ['text', { credits: '10', kind: 'pack' }, 400, 'invalid_value', 'credits', /whole number; got "10"/],
  ['2^53', '{"credits":9007199254740992,"kind":"pack"}', 400, 'invalid_value', 'credits'],
  ['1e400', '{"credits":1e400,"kind":"pack"}', 400, 'invalid_value', 'credits', /beyond all bounds/],
  ['a number of 10,000 digits', `{"credits":${'9'.repeat(10_000)},"kind":"pack"}`, 400, 'invalid_value', 'credits'],
  ['an unknown kind', { credits: 1, kind: 'gift' }, 400, 'invalid_value', 'kind', /"daily", "subscription"/],
  ['no kind', { credits: 1 }, 400, 'missing_required_parameter', 'kind'],
  ['priority 101', { credits: 1, kind: 'pack', priority: 101 }, 400, 'invalid_value', 'priority', /at most 100/],
  ['priority -1', { credits: 1, kind: 'pack', priority: -1 }, 400, 'invalid_value', 'priority'],
  ['an expiry in the past', { credits: 1, kind: 'pack', expires_at: 1_700_000_000 }, 400, 'invalid_value', 'expires_at', /future/],
  ['an expiry in milliseconds', { credits: 1, kind: 'pack', expires_at: 1_900_000_000_000 }, 400, 'invalid_value', 'expires_at'],
  ['no models at all', { credits: 1, kind: 'pack', models: [] }, 400, 'invalid_value', 'models'],
  ['a number as model', { credits: 1, kind: 'pack', models: ['sora-2', 3] }, 400, 'invalid_value', 'models[1]'],
  ['a number as dollars', { credits: 1, kind: 'pack', cost_usd: 9.99 }, 400, 'invalid_value', 'cost_usd'],
  ['negative dollars', { credits: 1, kind: 'pack', cost_usd: '-1' }, 400, 'invalid_value', 'cost_usd', /decimal text/],
]

describe('bad input is answered with the field and the reason, and changes nothing', () => {
  let kit: TestApp
  let ada: { id: string; key: string }
  beforeAll(async () => {
    kit = await testApp()
    ada = await kit.customer()
  })
  afterAll(() => kit.stop())

  async function check(path: string, [, body, status, code, param, says]: Case) {
    const answer = await kit.ask('POST', path, { body })
    expect([answer.status, answer.body?.error.code, answer.body?.error.param], answer.text).toEqual([status, code, param])
    expect(Object.keys(answer.body.error)).toEqual(expect.arrayContaining(['message', 'type', 'param', 'code']))
    if (says) expect(answer.body.error.message).toMatch(says)
    expect(answer.text).not.toMatch(/\bat .*\.ts:\d+|node_modules|zod/i)
  }

  for (const one of CUSTOMER) test(`customer: ${one[0]}`, () => check('/v1/customers', one))
  for (const one of GRANT) test(`grant: ${one[0]}`, () => check(`/v1/customers/${ada.id}/grants`, one))

  test('none of it left anything behind', async () => {
    expect((await kit.ask('GET', '/v1/customers?limit=100')).body.data).toHaveLength(1)
    expect((await kit.ask('GET', `/v1/customers/${ada.id}/balance`)).body).toMatchObject({ available: 0, grants: [] })
    expect(kit.errors).toEqual([])
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })

  test.each([
    ['/v1/customers?limit=101', 'limit'],
    ['/v1/customers?limit=-1', 'limit'],
    ['/v1/customers?limit=ten', 'limit'],
    ['/v1/customers?limit=', 'limit'],
    ['/v1/customers?limit=1&limit=2', 'limit'],
    ['/v1/customers?order=up', 'order'],
    ['/v1/customers?after=a%00b', 'after'],
    ['/v1/customers/a%00b', 'id'],
    ['/v1/ledger?customer=ID&kind=theft', 'kind'],
    ['/v1/ledger?customer=ID&from=yesterday', 'from'],
    ['/v1/ledger/audit?full=maybe', 'full'],
  ])('%s', async (path, param) => {
    const answer = await kit.ask('GET', path.replace('ID', ada.id))
    expect([answer.status, answer.body.error.code, answer.body.error.param]).toEqual([400, 'invalid_value', param])
  })

  test.each([
    ['empty', '', /empty/],
    ['256 characters', long(256), /255/],
    ['a control character', 'a\x7fb', /control/],
  ])('an idempotency key: %s', async (_name, key, says) => {
    const answer = await kit.ask('POST', '/v1/customers', { headers: { 'idempotency-key': key }, body: { name: 'Ada' } })
    expect([answer.status, answer.body.error.param]).toEqual([400, 'Idempotency-Key'])
    expect(answer.body.error.message).toMatch(says)
  })

  test('a limit of 0 is an empty page, an unknown cursor is no error', async () => {
    const none = await kit.ask('GET', '/v1/customers?limit=0&after=after&order=asc')
    expect([none.status, none.body]).toEqual([200, expect.objectContaining({ object: 'list', data: [], first_id: null, last_id: null })])
  })

  test('pages walk through all of a list, in both directions', async () => {
    for (const name of ['B', 'C', 'D']) {
      kit.now += 1
      await kit.customer(name)
    }
    for (const order of ['asc', 'desc']) {
      const names: string[] = []
      let after = ''
      for (;;) {
        const { body } = await kit.ask('GET', `/v1/customers?limit=2&order=${order}${after}`)
        names.push(...body.data.map(({ name }: { name: string }) => name))
        if (!body.has_more) break
        after = `&after=${body.last_id}`
      }
      expect(names).toEqual(order === 'asc' ? ['Ada', 'B', 'C', 'D'] : ['D', 'C', 'B', 'Ada'])
    }
  })

  test('what is no JSON at all is 415, what is too large 413', async () => {
    const form = await kit.ask('POST', '/v1/customers', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'name=Ada',
    })
    expect([form.status, form.body.error.code]).toEqual([415, 'unsupported_media_type'])
    const multipart = await kit.ask('POST', '/v1/customers', {
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
      body: '--x--\r\n',
    })
    expect([multipart.status, multipart.body.error.code]).toEqual([415, 'unsupported_media_type'])
    const large = await kit.ask('POST', '/v1/customers', { body: JSON.stringify({ name: long(30 * 1024 * 1024) }) })
    expect([large.status, large.body.error.code]).toEqual([413, 'payload_too_large'])
  })

  test('an unknown path is 404, another method on a known path 405 with Allow, below the alias too', async () => {
    for (const path of ['/v1/nothing', '/openai/v1/nothing', '/v1/customers/a/b/c']) {
      expect((await kit.ask('GET', path)).body.error.code, path).toBe('not_found')
    }
    for (const [method, path, allow] of [
      ['PUT', '/v1/customers', 'POST, GET, HEAD'],
      ['DELETE', '/openai/v1/balance', 'GET, HEAD'],
      ['PUT', '/v1/holds', 'POST, GET, HEAD'],
      ['OPTIONS', '/v1/models', 'GET, HEAD'],
      ['POST', '/healthz', 'GET, HEAD'],
    ] as const) {
      const answer = await kit.ask(method, path)
      expect([answer.status, answer.body.error.code, answer.headers.allow], path).toEqual([405, 'method_not_allowed', allow])
    }
    expect((await kit.ask('GET', '/v1/%zz')).status).toBe(400)
  })

  test('unknown fields are ignored, a name given twice counts by its last', async () => {
    const { status, body } = await kit.ask('POST', '/v1/customers', {
      body: '{"name":"A","name":"B","user":"u","constructor":{"prototype":{}}}',
    })
    expect([status, body.name, body.user]).toEqual([200, 'B', undefined])
  })
})

describe('a server in trouble says so without detail', () => {
  test('a lost database is 503 with Retry-After, before it was ever ready "starting"', async () => {
    const kit = await testApp()
    await kit.database.pool.query('select 1')
    await kit.services.pool.end()
    const lost = await kit.ask('GET', '/v1/customers')
    expect([lost.status, lost.body.error.code, lost.headers['retry-after']]).toEqual([503, 'overloaded', '2'])
    kit.ready = false
    expect((await kit.ask('GET', '/v1/customers')).body.error.code).toBe('starting')
    expect((await kit.ask('GET', '/readyz', { key: null })).status).toBe(503)
    expect((await kit.ask('GET', '/healthz', { key: null })).status).toBe(200)
    expect(JSON.stringify(kit.errors)).not.toContain('fg_op_')
    await kit.app.close()
  })

  test('a server that is closing sends new requests elsewhere', async () => {
    const kit = await testApp()
    kit.closing = true
    const answer = await kit.ask('GET', '/v1/customers')
    expect([answer.status, answer.headers.connection, answer.headers['retry-after']]).toEqual([503, 'close', '1'])
    kit.closing = false
    await kit.stop()
  })

  test('a defect is 500 with a request id that the log knows, and nothing else', async () => {
    const { route } = await import('./route.ts')
    const broken = route({
      method: 'GET',
      path: '/v1/broken',
      operation_id: 'broken',
      summary: '',
      tag: 'Test',
      caller: 'public',
      response: null,
      handler() {
        throw new TypeError('the secret is 42')
      },
    })
    const kit = await testApp([broken])
    const answer = await kit.ask('GET', '/v1/broken')
    expect([answer.status, answer.body.error.code]).toEqual([500, 'internal_error'])
    expect(answer.text).not.toContain('42')
    expect(kit.errors).toMatchObject([{ request_id: answer.headers['x-request-id'], cause: expect.stringContaining('the secret is 42') }])
    await kit.stop()
  })
})
