import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { ownerOf } from '../access/authenticate.ts'
import { Arrivals, CALL_MS, type Call, sweepCalls } from '../access/calls.ts'
import { asTx, type Sql } from '../db/pool.ts'
import { retryCount } from '../http/call.ts'
import { LedgerUnavailable } from '../ledger/outcome.ts'
import { type Answer, type CallOptions, eventually, type TestWorld, testWorld } from '../testing/world.ts'
import type { Parts } from './parts.ts'
import { submit } from './submit.ts'

const PRICE = 40
let now = Date.now()
let world: TestWorld
/** Another process of the same gateway, as far as requests can tell. */
let other: TestWorld
let contents = 0
let body: { prompt: string; seconds: string; size: string }
beforeAll(async () => {
  world = await testWorld({ role: 'api', clock: () => now })
  other = await testWorld({ role: 'api', clock: () => now, connection: world.database.connection, data_folder: world.data_folder })
  await grant(100_000)
})
afterAll(async () => {
  await other.gateway.stop(2_000)
  await other.database.drop()
  await world.stop()
  await rm(world.data_folder, { recursive: true, force: true })
})
beforeEach(() => {
  body = { prompt: `order ${++contents}`, seconds: '4', size: '1280x720' }
})

async function customerCalled(name: string): Promise<{ id: string; account: bigint }> {
  const { rows } = await world.database.pool.query<{ id: string; account: bigint }>(
    'select id, account from access.customers where name = $1',
    [name],
  )
  const [found] = rows
  if (found === undefined) throw new Error(`there is no customer ${name}`)
  return found
}
const demo = () => customerCalled('Demo')

async function grant(credits: number, customer?: string): Promise<void> {
  const path = `/v1/customers/${customer ?? (await demo()).id}/grants`
  const granted = await world.call('POST', path, { key: world.operator_key, body: { credits, kind: 'pack' } })
  expect(granted.status, JSON.stringify(granted.json)).toBe(200)
}

const counted = (count: number | string) => ({ 'x-stainless-retry-count': String(count) })
const order = (count: number | string | null, more: CallOptions = {}, at = world): Promise<Answer> =>
  at.call('POST', '/v1/videos', { body, ...more, headers: { ...(count === null ? {} : counted(count)), ...more.headers } })

async function made(answer: Promise<Answer>): Promise<string> {
  const { status, json } = await answer
  expect(status, JSON.stringify(json)).toBe(200)
  return json.id
}

/** What was really ordered under this test's prompt: videos, with their holds. */
async function ordered(): Promise<string[]> {
  const { rows } = await world.database.pool.query<{ id: string; held: bigint }>(
    `select v.id, m.held_now as held from videos.videos v join ledger.hold_money m on m.op_id = v.op_id where v.prompt = $1 order by v.id`,
    [body.prompt],
  )
  for (const { held } of rows) expect(held).toBe(BigInt(PRICE))
  return rows.map(({ id }) => id)
}

async function auditIsClean() {
  const audit = await world.call('GET', '/v1/ledger/audit?full=true', { key: world.operator_key })
  expect(audit.json.checks.filter((check: { ok: boolean }) => !check.ok)).toEqual([])
}

describe("an official SDK's silent repeat", () => {
  test('is the create that it repeats: answered 200 with its video as it is now, and says that it is a repeat', async () => {
    const first = await order(0)
    expect([first.status, first.headers['idempotent-replayed']]).toEqual([200, undefined])
    const again = await order(1)
    expect([again.status, again.headers['idempotent-replayed'], again.json]).toEqual([200, 'true', first.json])
    expect(await made(order(2, {}, other))).toBe(first.json.id)
    expect(await ordered()).toEqual([first.json.id])
  })

  test('is known in another encoding, with other boundaries, in another order of fields and under the alias', async () => {
    const id = await made(order(0))
    const parts = Object.entries(body).reverse()
    const raw = `${parts.map(([name, value]) => `--cut\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`).join('')}--cut--\r\n`
    const headers = { ...counted(1), 'content-type': 'multipart/form-data; boundary=cut' }
    const again = await world.call('POST', '/openai/v1/videos', { raw, headers })
    expect([again.status, again.json.id]).toEqual([200, id])
  })

  test('is a create of its own where no first request ever arrived, and the repeats after it are the same', async () => {
    const first = await order(1)
    expect(first.headers['idempotent-replayed']).toBeUndefined()
    expect(await made(order(2))).toBe(first.json.id)
    expect(await ordered()).toEqual([first.json.id])
  })

  test('takes a create whose client said nothing about retries', async () => {
    const id = await made(order(null))
    expect(await made(order(1))).toBe(id)
  })

  test('takes up no create of other content, of another key, of another customer or under an idempotency key', async () => {
    const keyed = await made(order(0, { headers: { 'idempotency-key': `of ${body.prompt}` } }))
    const mine = await made(order(1))
    expect(mine).not.toBe(keyed)
    const { id } = await demo()
    const made_key = await world.call('POST', `/v1/customers/${id}/keys`, { key: world.operator_key, body: { name: 'second' } })
    const by_other_key = await made(order(2, { key: made_key.json.key }))
    const for_other = (customer: string) => order(2, { key: world.operator_key, headers: { 'filmgate-customer': customer } })
    const somebody = (await world.call('POST', '/v1/customers', { key: world.operator_key, body: { name: 'Ada' } })).json.id
    await grant(1_000, somebody)
    const by_operator = await made(for_other(id))
    const for_somebody = await made(for_other(somebody))
    body = { ...body, seconds: '8' }
    const longer = await made(order(2))
    expect(new Set([keyed, mine, by_other_key, by_operator, for_somebody, longer]).size).toBe(6)
  })

  test('is none without the header, or with one that is no count: two first requests are two orders', async () => {
    const ids = []
    for (const count of [0, 0, null, null, 'one', '-1', '1.5', '']) ids.push(await made(order(count)))
    expect(new Set(ids).size).toBe(8)
    expect(['0', '2', '', 'x', '1e3', null].map(retryCount)).toEqual([0, 2, null, null, null, null])
  })

  test('is known for 15 minutes', async () => {
    const id = await made(order(0))
    now += CALL_MS - 1
    expect(await made(order(1))).toBe(id)
    now += 1
    expect(await made(order(2))).not.toBe(id)
    expect(await sweepCalls(world.database.pool, now)).toBeGreaterThan(0)
    const { rows } = await world.database.pool.query('select 1 from access.calls where created_ms <= $1', [now - CALL_MS])
    expect(rows).toEqual([])
  })
})

describe('an answer is known to have arrived once its key names the video', () => {
  test.each([
    ['GET', ''],
    ['DELETE', ''],
    ['GET', '/content'],
    ['GET', '/receipt'],
  ])('by %s %s, in whichever process', async (method, path) => {
    const id = await made(order(0))
    await other.call(method, `/v1/videos/${id}${path}`)
    const next = await made(order(1))
    expect(next).not.toBe(id)
    expect(await made(order(2))).toBe(next)
  })

  test('as the source of another one', async () => {
    const id = await made(order(0))
    await world.call('POST', '/v1/videos', { body: { prompt: '', video: { id } } })
    expect(await made(order(1))).not.toBe(id)
  })

  test('but not by another key, nor by a list', async () => {
    const id = await made(order(0))
    const headers = { 'filmgate-customer': (await demo()).id }
    expect((await world.call('GET', `/v1/videos/${id}`, { key: world.operator_key, headers })).status).toBe(200)
    expect((await world.call('GET', '/v1/videos')).status).toBe(200)
    expect(await made(order(1))).toBe(id)
  })

  test('which costs one statement a video, and none once nobody can repeat it', async () => {
    const id = await made(order(0))
    let statements = 0
    const counting: Sql = {
      query(...args) {
        statements++
        return world.database.pool.query(...args)
      },
    }
    const arrivals = new Arrivals(counting, () => now)
    for (const video of [id, id, id, 'video_1', `video_${'f'.repeat(4)}`, 'char_1', `${id}'`]) await arrivals.note('key_1', video)
    expect(statements).toBe(1)
    now += CALL_MS + 2_000
    await arrivals.note('key_2', id)
    expect(statements).toBe(1)
  })
})

describe('repeats beside each other', () => {
  test('of alike calls take different creates, the oldest first, and each again its own', async () => {
    const ids: string[] = []
    for (let i = 0; i < 8; i++) {
      ids.push(await made(order(0)))
      now += 1
    }
    expect([await made(order(1)), await made(order(1))]).toEqual(ids.slice(0, 2))
    const rest = await Promise.all(Array.from({ length: 6 }, (_, i) => made(order(1, {}, i % 2 ? world : other))))
    expect(rest.sort()).toEqual(ids.slice(2))
    const second = await Promise.all(Array.from({ length: 8 }, (_, i) => made(order(2, {}, i % 2 ? world : other))))
    expect(second.sort()).toEqual(ids)
    expect(ids).not.toContain(await made(order(2)))
    expect(await ordered()).toHaveLength(9)
  })

  test('of alike calls whose first requests never arrived make one each', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, (_, i) => made(order(1, {}, i % 2 ? world : other))))
    const again = await Promise.all(Array.from({ length: 8 }, (_, i) => made(order(2, {}, i % 2 ? world : other))))
    expect(new Set(ids).size).toBe(8)
    expect(again.sort()).toEqual(ids.sort())
    expect(await ordered()).toHaveLength(8)
  })
})

describe('a repeat that comes while its first request is still at work', () => {
  /** Keeps a lock while `work` goes on, which may wait until so many statements wait for it. */
  async function locking(
    lock: (tx: Sql) => Promise<unknown>,
    work: (until_waiting: (statements: number) => Promise<unknown>) => Promise<void>,
  ) {
    const client = await world.database.pool.connect()
    try {
      await client.query('begin')
      await lock(asTx(client))
      await work((statements) =>
        eventually(async () => {
          const { rows } = await world.database.pool.query(
            `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
          )
          return rows.length >= statements ? rows : null
        }),
      )
    } finally {
      await client.query('commit')
      client.release()
    }
  }

  /**
   * No hold of this customer is committed meanwhile. `work` may wait until so many were asked for: of each process one waits for the account's
   * lock, and the others behind it, where the database does not see them.
   */
  async function stalled(customer: string, work: (until_asked: (holds: number) => Promise<unknown>) => Promise<void>): Promise<void> {
    const { account } = await customerCalled(customer)
    const ledgers = [world, other].map(({ gateway }) => vi.spyOn(gateway.parts.ledger, 'commit'))
    const asked = () => ledgers.flatMap(({ mock }) => mock.calls).filter(([operation]) => operation.account === account).length
    try {
      await locking(
        (tx) => tx.query('select 1 from ledger.accounts where id = $1 for update', [account]),
        () => work((holds) => eventually(async () => (asked() >= holds ? true : null))),
      )
    } finally {
      for (const ledger of ledgers) ledger.mockRestore()
    }
  }

  test('in another process makes no second video, whichever commits first', async () => {
    for (let round = 0; round < 5; round++) {
      body = { ...body, prompt: `${body.prompt} ${round}` }
      const answers: Promise<Answer>[] = []
      await stalled('Demo', async (untilAsked) => {
        answers.push(order(0))
        await untilAsked(1)
        answers.push(order(1, {}, other))
        await untilAsked(2)
        answers.push(order(2, {}, round % 2 ? world : other))
        await untilAsked(3)
      })
      const [id, ...more] = await Promise.all(answers.map(made))
      expect(more).toEqual([id, id])
      expect(await ordered()).toEqual([id])
    }
    await auditIsClean()
  })

  test('and finds the last credits taken by it answers its video, and no refusal', async () => {
    const customer = (await world.call('POST', '/v1/customers', { key: world.operator_key, body: { name: 'Short' } })).json.id
    await grant(PRICE, customer)
    const { key } = (await world.call('POST', `/v1/customers/${customer}/keys`, { key: world.operator_key, body: { name: 'only' } })).json
    const answers: Promise<Answer>[] = []
    await stalled('Short', async (untilAsked) => {
      for (const count of [0, 1, 2, 3]) {
        answers.push(order(count, { key }, count % 2 ? world : other))
        await untilAsked(count + 1)
      }
    })
    const ids = await Promise.all(answers.map(made))
    expect(new Set(ids).size).toBe(1)
  })

  /** An order as the engine sees it, with what this test wants to go wrong. */
  async function submitAs(call: Partial<Call>, parts: Partial<Parts> = {}) {
    const { id, account } = await demo()
    const mine = world.gateway.parts
    const { rows } = await world.database.pool.query<{ id: string }>('select id from access.keys where customer = $1 order by id limit 1', [
      id,
    ])
    return submit({ ...mine, ...parts }, ownerOf(mine.engine, id, account), {
      order: async () => ({
        order: {
          operation: 'create',
          model: 'sora-2',
          prompt: body.prompt,
          seconds: 4,
          size: { width: 1280, height: 720 },
          has_reference: false,
          source: null,
          complexity: 'standard',
        },
        source: null,
        characters: [],
      }),
      body: null,
      parks: false,
      reference: null,
      metadata: {},
      quoting: { quote: null, policy: {} },
      max_credits: null,
      idempotency: null,
      call: { key_id: rows[0]?.id ?? '', operation: 'POST /v1/videos', request_hash: hash(), retry_count: 0, gone: () => false, ...call },
    })
  }
  const hash = () => Buffer.from(body.prompt.padEnd(32))

  test('or whose commit was answered to nobody, and ends only now, makes no second video', async () => {
    const { ledger } = world.gateway.parts
    const late: Promise<unknown>[] = []
    const losing = {
      ...ledger,
      commit: async (...args: Parameters<typeof ledger.commit>) => {
        late.push(ledger.commit(...args))
        throw new LedgerUnavailable(true, new Error('lost'))
      },
    }
    const repeats: Promise<{ video: string; replayed: boolean }>[] = []
    await stalled('Demo', async (untilAsked) => {
      await expect(submitAs({}, { ledger: losing })).rejects.toThrow(LedgerUnavailable)
      await untilAsked(1)
      repeats.push(submitAs({ retry_count: 1 }))
      await untilAsked(2)
    })
    await Promise.all(late)
    const [repeat] = await Promise.all(repeats)
    expect(await ordered()).toEqual([repeat?.video])
  })

  test('and overtakes it on its way to its place makes the one video: who hung up is not served', async () => {
    const { app } = world.gateway
    const address = await app.listen({ port: 0, host: '127.0.0.1' })
    const headers = {
      ...counted(0),
      authorization: `Bearer ${world.customer_key}`,
      'content-type': 'application/json',
      connection: 'close',
    }
    const repeats: Promise<Answer>[] = []
    await locking(
      (tx) => tx.query('lock table access.calls in share mode'), // nothing gets a place
      async (untilWaiting) => {
        const client = new AbortController()
        const first = fetch(`${address}/v1/videos`, { method: 'POST', headers, body: JSON.stringify(body), signal: client.signal })
        await untilWaiting(1)
        client.abort()
        await expect(first).rejects.toThrow('aborted')
        await eventually(() => new Promise<true | null>((seen) => app.server.getConnections((_, open) => seen(open === 0 ? true : null))))
        repeats.push(order(1, {}, other))
        await untilWaiting(2)
      },
    )
    const ids = await Promise.all(repeats.map(made))
    for (let time = 2; time < 7; time++) expect(await made(order(time))).toBe(ids[0]) // the first request has its place by now, and time
    expect(await ordered()).toEqual(ids)
  })

  test('is all that is left of a call whose client hung up before the order was taken', async () => {
    await expect(submitAs({ gone: () => true })).rejects.toThrow('went away')
    expect(await ordered()).toEqual([])
    const { video, replayed } = await submitAs({ retry_count: 1 })
    expect([await ordered(), replayed]).toEqual([[video], false])
    // Overtaken on its way: the repeat is answered, then the first request comes, and nobody waits for it.
    await expect(submitAs({ gone: () => true })).rejects.toThrow('went away')
    expect(await ordered()).toEqual([video])
  })
})

test('a refused call leaves nothing behind that a later one could take for its own', async () => {
  const customer = (await world.call('POST', '/v1/customers', { key: world.operator_key, body: { name: 'Late' } })).json.id
  const { key } = (await world.call('POST', `/v1/customers/${customer}/keys`, { key: world.operator_key, body: { name: 'only' } })).json
  expect([(await order(0, { key })).status, (await order(1, { key })).status]).toEqual([402, 402])
  expect((await world.database.pool.query('select 1 from access.calls where customer = $1', [customer])).rows).toEqual([])
  await grant(10 * PRICE, customer)
  const id = await made(order(0, { key }))
  expect(await made(order(1, { key }))).toBe(id)
  expect(await ordered()).toEqual([id])
})
