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

async function customer(credits: number) {
  const ada = await kit.customer()
  await kit.ask('POST', `/v1/customers/${ada.id}/grants`, { body: { credits, kind: 'pack' } })
  const ask = (method: 'GET' | 'POST', path: string, body?: object, headers = {}) => kit.ask(method, path, { key: ada.key, body, headers })
  return { ...ada, ask, available: async () => (await ask('GET', '/v1/balance')).body.available }
}

test('usage takes credits in one call and one line of the ledger, once under its key', async () => {
  const { ask, available } = await customer(10)
  const body = { credits: 4, description: 'thumbnails', metadata: { call: '7' } }
  const first = await ask('POST', '/v1/usage', body, keyed('u1'))
  expect([first.status, first.body]).toEqual([
    200,
    {
      object: 'usage',
      id: expect.any(String),
      credits: 4,
      refunded: 0,
      description: 'thumbnails',
      metadata: { call: '7' },
      created_at: expect.any(Number),
    },
  ])
  const again = await ask('POST', '/v1/usage', body, keyed('u1'))
  expect([again.headers['idempotent-replayed'], again.body]).toEqual(['true', first.body])
  expect((await ask('POST', '/v1/usage', { credits: 5 }, keyed('u1'))).body.error.code).toBe('idempotency_conflict')
  const { data } = (await ask('GET', '/v1/ledger?kind=capture')).body
  expect(data).toMatchObject([{ kind: 'capture', credits: -4, available_after: 6, usage: first.body.id, reason: 'thumbnails' }])
  expect((await ask('GET', `/v1/usage/${first.body.id}`)).body).toEqual(first.body)
  expect((await ask('GET', '/v1/usage')).body.data).toEqual([first.body])
  expect((await ask('GET', '/v1/holds')).body.data).toEqual([]) // there is no hold to be seen
  expect((await ask('POST', `/v1/holds/${first.body.id}/capture`, {})).status).toBe(404)
  const month = (await ask('GET', `/v1/statements/${new Date(kit.now).toISOString().slice(0, 7)}`)).body
  expect(month.lines.data).toMatchObject([{ kind: 'grant' }, { kind: 'service', held: 0, charged: 4, returned: 0, credits: -4 }])
  expect([month.charged, month.closing]).toEqual([4, 6])
  expect(await available()).toBe(6)
})

test('usage of more than there is is refused whole, and binds no key', async () => {
  const { id, ask, available } = await customer(3)
  const refused = await ask('POST', '/v1/usage', { credits: 4 }, keyed('u'))
  expect([refused.status, refused.body.error]).toEqual([
    402,
    expect.objectContaining({
      code: 'insufficient_credits',
      needed: 4,
      available: 3,
      offers: expect.arrayContaining([expect.objectContaining({ kind: 'pack' })]),
    }),
  ])
  await kit.ask('POST', `/v1/customers/${id}/grants`, { body: { credits: 1, kind: 'promo' } })
  expect((await ask('POST', '/v1/usage', { credits: 4 }, keyed('u'))).status).toBe(200)
  expect(await available()).toBe(0)
})

test('racing usage never takes more than there is', async () => {
  const { ask, available } = await customer(10)
  const answers = await Promise.all(Array.from({ length: 30 }, () => ask('POST', '/v1/usage', { credits: 3 })))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(3)
  expect(answers.filter(({ status }) => status === 402)).toHaveLength(27)
  expect(await available()).toBe(1)
})

test('of a batch each record counts for itself and once: repeats, conflicts and want of credits stop no other', async () => {
  const { ask, available } = await customer(10)
  await ask('POST', '/v1/usage', { credits: 2 }, keyed('single'))
  const records = [
    { id: 'a', credits: 3, metadata: { n: '1' } },
    { id: 'single', credits: 2 },
    { id: 'b', credits: 30 },
    { id: 'a', credits: 3, metadata: { n: '1' } },
    { id: 'a', credits: 4 },
    { id: 'c', credits: 5 },
    { id: 'd', credits: 1 },
  ]
  const told = async () => {
    const { status, body } = await ask('POST', '/v1/usage/batch', { records })
    expect([status, body.object]).toEqual([200, 'usage_batch'])
    return body.data.map((one: { id: string; status: string; error: { code: string } | null }) => [one.id, one.status, one.error?.code])
  }
  expect(await told()).toEqual([
    ['a', 'recorded', undefined],
    ['single', 'repeated', undefined],
    ['b', 'refused', 'insufficient_credits'],
    ['a', 'repeated', undefined],
    ['a', 'refused', 'idempotency_conflict'],
    ['c', 'recorded', undefined],
    ['d', 'refused', 'insufficient_credits'],
  ])
  expect(await available()).toBe(0)
  expect((await told()).filter(([, status]: string[]) => status === 'recorded')).toEqual([])
  // The same record by itself is the same usage.
  const alone = await ask('POST', '/v1/usage', { credits: 3, metadata: { n: '1' } }, keyed('a'))
  expect([alone.status, alone.headers['idempotent-replayed']]).toEqual([200, 'true'])
  expect((await ask('GET', '/v1/usage')).body.data.map(({ credits }: { credits: number }) => credits)).toEqual([5, 3, 2])
})

test('twins of a batch at the same time record each usage once', async () => {
  const { ask, available } = await customer(100)
  const records = Array.from({ length: 20 }, (_, i) => ({ id: `r${i}`, credits: 1 }))
  const batches = await Promise.all(Array.from({ length: 4 }, () => ask('POST', '/v1/usage/batch', { records })))
  const statuses = batches.flatMap(({ body }) => body.data.map(({ status }: { status: string }) => status))
  expect(statuses.filter((status) => status === 'recorded')).toHaveLength(20)
  expect(await available()).toBe(80)
})

test('what a usage or a captured hold took is refunded by an operator, never beyond that, each request once', async () => {
  const { ask, available } = await customer(10)
  const used = (await ask('POST', '/v1/usage', { credits: 6 })).body.id
  const held = (await ask('POST', '/v1/holds', { credits: 4 })).body.id
  const refund = (path: string, body: object, headers = {}) => kit.ask('POST', path, { body: { reason: 'it failed', ...body }, headers })
  expect((await refund(`/v1/holds/${held}/refund`, {})).body.error).toMatchObject({ code: 'invalid_value', param: 'id' })
  await ask('POST', `/v1/holds/${held}/capture`, { credits: 3 })
  for (const [path, taken] of [
    [`/v1/usage/${used}`, 6],
    [`/v1/holds/${held}`, 3],
  ] as const) {
    expect((await ask('POST', `${path}/refund`, { reason: 'r' })).status).toBe(403)
    const first = await refund(`${path}/refund`, { credits: 2 }, keyed(path))
    expect([first.status, first.body]).toEqual([200, expect.objectContaining({ kind: 'refund', credits: 2, reason: 'it failed' })])
    expect((await refund(`${path}/refund`, { credits: 2 }, keyed(path))).body).toEqual(first.body)
    const over = await refund(`${path}/refund`, { credits: taken })
    expect([over.status, over.body.error.param, over.body.error.refundable]).toEqual([400, 'credits', taken - 2])
    const racing = await Promise.all(Array.from({ length: 5 }, () => refund(`${path}/refund`, {})))
    expect(racing.filter(({ status }) => status === 200)).toHaveLength(1)
    expect((await ask('GET', path)).body.refunded).toBe(taken)
  }
  expect((await refund(`/v1/holds/${used}/refund`, {})).status).toBe(404)
  expect((await refund(`/v1/usage/${held}/refund`, {})).status).toBe(404)
  expect(await available()).toBe(10)
})

test('holds are listed by what became of them, page by page; those that are past their time are expired', async () => {
  const { ask } = await customer(100)
  const hold = async (body: object) => (await ask('POST', '/v1/holds', { credits: 5, ...body })).body.id
  const [held, captured, released, expired] = [await hold({}), await hold({}), await hold({}), await hold({ expires_in_s: 60 })]
  await ask('POST', `/v1/holds/${captured}/capture`, { credits: 2 })
  await ask('POST', `/v1/holds/${released}/release`, {})
  kit.now += 61_000
  const ids = async (query: string) => {
    const { data, has_more } = (await ask('GET', `/v1/holds?${query}`)).body
    return [...data.map(({ id }: { id: string }) => id), has_more]
  }
  expect(await ids('')).toEqual([expired, released, captured, held, false])
  expect(await ids(`limit=2&after=${released}`)).toEqual([captured, held, false])
  expect(await ids('limit=2&order=asc')).toEqual([held, captured, true])
  for (const [status, id] of Object.entries({ held, captured, released, expired }))
    expect(await ids(`status=${status}`)).toEqual([id, false])
  const other = await customer(5)
  expect((await other.ask('GET', `/v1/holds?after=${held}`)).body.data).toEqual([])
  expect((await other.ask('GET', '/v1/holds')).body.data).toEqual([])
})

test('usage counts towards the budget of its key, alone and in a batch; what was refunded does not', async () => {
  const { id, ask, key_id } = await customer(100)
  await kit.ask('PATCH', `/v1/customers/${id}/keys/${key_id}`, { body: { budget: { total: 10 } } })
  const used = await ask('POST', '/v1/usage', { credits: 6 })
  const over = await ask('POST', '/v1/usage', { credits: 5 })
  expect(over.body.error).toMatchObject({ code: 'budget_exceeded', used: 6, needed: 5 })
  const records = [3, 2, 1].map((credits) => ({ id: `r${credits}`, credits }))
  const told = async () => {
    const { data } = (await ask('POST', '/v1/usage/batch', { records })).body
    return data.map(({ status, error }: { status: string; error: { code: string } | null }) => error?.code ?? status)
  }
  expect(await told()).toEqual(['recorded', 'budget_exceeded', 'recorded'])
  await kit.ask('POST', `/v1/usage/${used.body.id}/refund`, { body: { reason: 'r' } })
  expect(await told()).toEqual(['repeated', 'recorded', 'repeated'])
})

test('an operator uses, holds and captures for a customer', async () => {
  const { id, available } = await customer(10)
  const headers = { 'filmgate-customer': id }
  expect((await kit.ask('POST', '/v1/usage', { headers, body: { credits: 3 } })).status).toBe(200)
  const held = (await kit.ask('POST', '/v1/holds', { headers, body: { credits: 4 } })).body.id
  expect((await kit.ask('POST', `/v1/holds/${held}/capture`, { headers, body: {} })).body.status).toBe('captured')
  expect(await available()).toBe(3)
})

test.each([
  [{ records: [] }, 'records'],
  [{ records: [{ credits: 1 }] }, 'records[0].id'],
  [{ records: [{ id: '', credits: 1 }] }, 'records[0].id'],
  [{ records: [{ id: 'ä', credits: 1 }] }, 'records[0].id'],
  [{ records: [{ id: 'x'.repeat(256), credits: 1 }] }, 'records[0].id'],
  [
    {
      records: [
        { id: 'a', credits: 1 },
        { id: 'b', credits: 0 },
      ],
    },
    'records[1].credits',
  ],
  [{ records: Array.from({ length: 101 }, (_, i) => ({ id: `${i}`, credits: 1 })) }, 'records'],
  [{ records: 'all' }, 'records'],
])('a batch with a mistake in it is refused whole: %#', async (body, param) => {
  const { ask, available } = await customer(5)
  const { status, body: answer } = await ask('POST', '/v1/usage/batch', body)
  expect([status, answer.error.param]).toEqual([400, param])
  expect(await available()).toBe(5)
})
