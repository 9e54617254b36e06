import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NOT_ALL } from '../db/all-or-none.ts'
import { type Sql, sqlState, type Tx, transaction } from '../db/pool.ts'
import { type TestDatabase, testDatabase } from '../testing/database.ts'
import { appointEngine, authenticate, ownerOf } from './authenticate.ts'
import { createCustomer, readCustomer, timeZone } from './customers.ts'
import {
  claim,
  IDEMPOTENCY_MS,
  type IdempotencyRow,
  idempotencyRider,
  idempotencyStatement,
  recall,
  scopeOf,
  sweepIdempotencyKeys,
} from './idempotency.ts'
import { createKey, ensureOperatorKey, keyHasher, mintKey, revokeKey } from './keys.ts'
import { checkValue, open, Secret, seal } from './secret.ts'
import { joinWorkspace } from './workspace.ts'

const NOW = 1_800_000_000_000
const secret = fresh()
const hash = keyHasher(secret)
let database: TestDatabase
let accounts = 1n

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

function fresh(): Secret {
  const made = Secret.read(Secret.generate(randomBytes))
  if (made === null) throw new Error('a generated secret cannot be read')
  return made
}

async function customer(name = 'Ada') {
  const wish = { name, time_zone: 'UTC', rate_card: null, limits: null, tier: null, guardrails: null, metadata: {} }
  const made = await transaction(database.pool, (tx) => createCustomer(tx, accounts++, wish, NOW, randomBytes))
  const owner = ownerOf(appointEngine(), made.id, made.account)
  return { owner, key: await createKey(database.pool, owner, hash, { name: 'first', budget: null }, NOW, randomBytes) }
}

describe('keys', () => {
  test('a key opens its own customer alone, with one statement', async () => {
    const [ada, bob] = [await customer('Ada'), await customer('Bob')]
    let statements = 0
    const counting: Sql = {
      query: (...args) => {
        statements++
        return database.pool.query(...args)
      },
    }
    const caller = await authenticate(counting, hash, ada.key.key, null)
    expect(caller.kind === 'customer' && caller.owner.customer).toBe(ada.owner.customer)
    expect(statements).toBe(1)
    expect((await authenticate(database.pool, hash, ada.key.key, bob.owner.customer)).kind).toBe('operator_needed')
    expect((await readCustomer(database.pool, bob.owner)).name).toBe('Bob')
  })

  test('a customer cannot revoke the key of another', async () => {
    const [ada, bob] = [await customer('Ada'), await customer('Bob')]
    expect(await revokeKey(database.pool, bob.owner, ada.key.id, NOW)).toBeNull()
    expect((await authenticate(database.pool, hash, ada.key.key, null)).kind).toBe('customer')
    expect((await revokeKey(database.pool, ada.owner, ada.key.id, NOW))?.revoked_ms).toBe(NOW)
    expect(await revokeKey(database.pool, ada.owner, ada.key.id, NOW + 5)).toMatchObject({ revoked_ms: NOW })
    expect(await authenticate(database.pool, hash, ada.key.key, null)).toEqual({ kind: 'refused', reason: 'revoked' })
  })

  test('the text of a key is nowhere in the database, and its hash is worth nothing without the secret', async () => {
    const { key } = await customer()
    const { rows } = await database.pool.query('select t::text as row, hash from access.keys t')
    expect(rows.some(({ row }) => String(row).includes(key.key))).toBe(false)
    expect(keyHasher(fresh())(key.key).equals(hash(key.key))).toBe(false)
    expect((await authenticate(database.pool, keyHasher(fresh()), key.key, null)).kind).toBe('refused')
  })

  test('keys have at least 192 bits and say whose they are', () => {
    expect(mintKey('customer', (n) => new Uint8Array(n).fill(255))).toMatch(/^fg_live_[0-9A-Za-z]{34}$/)
    expect(mintKey('operator', (n) => new Uint8Array(n))).toBe(`fg_op_${'0'.repeat(34)}`)
    expect(new Set(Array.from({ length: 100 }, () => mintKey('customer', randomBytes))).size).toBe(100)
  })

  test('an operator key may be ensured by many processes at once; a customer key is none', async () => {
    const text = mintKey('operator', randomBytes)
    const all = await Promise.all(Array.from({ length: 8 }, () => ensureOperatorKey(database.pool, hash, text, NOW, randomBytes)))
    expect(all.every(({ outcome }) => outcome === 'ensured')).toBe(true)
    expect((await authenticate(database.pool, hash, text, null)).kind).toBe('operator')
    expect((await authenticate(database.pool, hash, text, 'cus_nobody')).kind).toBe('no_such_customer')
    const { key } = await customer()
    expect((await ensureOperatorKey(database.pool, hash, key.key, NOW, randomBytes)).outcome).toBe('refused')
    expect((await ensureOperatorKey(database.pool, hash, 'short', NOW, randomBytes)).outcome).toBe('refused')
  })
})

describe('the proof that somebody may touch a customer', () => {
  const root = resolve(import.meta.dirname, '..')
  const sources = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && !path.endsWith('.test.ts'),
  )

  test('nobody casts one, and nobody but the program itself appoints an engine', () => {
    const casts = /\bas (unknown as )?(Owner|Operator|Engine)\b/
    const allowed = ['gateway.ts', 'main.ts', 'access/authenticate.ts']
    for (const path of sources.filter((one) => !/(^|\/)testing\b/.test(one))) {
      const text = readFileSync(join(root, path), 'utf8')
      expect(casts.test(text), `${path} casts`).toBe(false)
      if (!allowed.includes(path)) expect(/\bappointEngine\b/.test(text), `${path} appoints an engine`).toBe(false)
    }
    expect(casts.test('const owner = row as Owner')).toBe(true)
  })

  test('an imitation opens nothing', () => {
    // @ts-expect-error: the class has a private field, so no literal fits
    const imitation: Parameters<typeof ownerOf>[0] = {}
    expect(() => ownerOf(imitation, 'cus_1', 1n)).toThrow('appointEngine')
  })
})

describe('the workspace', () => {
  test('is made once; other secrets and other storage are refused in one sentence', async () => {
    const own = await testDatabase()
    const racing = await Promise.all(Array.from({ length: 5 }, () => joinWorkspace(own.pool, secret, 'file:', NOW, randomBytes)))
    expect(racing.filter((one) => one.outcome === 'joined' && one.first)).toHaveLength(1)
    expect(new Set(racing.map((one) => one.outcome === 'joined' && one.workspace)).size).toBe(1)
    expect(await joinWorkspace(own.pool, fresh(), 'file:', NOW, randomBytes)).toMatchObject({
      outcome: 'refused',
      reason: /FILMGATE_SECRET/,
    })
    expect(await joinWorkspace(own.pool, secret, 's3://b/p', NOW, randomBytes)).toMatchObject({
      outcome: 'refused',
      reason: /FILMGATE_STORAGE to file:/,
    })
    await own.drop()
  })
})

describe('the secret', () => {
  test('takes 32 bytes of base64 and nothing else, and never prints', () => {
    const text = Buffer.alloc(32, 7).toString('base64')
    expect(Secret.read(text)).not.toBeNull()
    expect(Secret.read(Buffer.alloc(32, 255).toString('base64url'))).not.toBeNull()
    for (const wrong of ['', 'abc', Buffer.alloc(31).toString('base64'), Buffer.alloc(33).toString('base64'), `${text}!`])
      expect(Secret.read(wrong)).toBeNull()
    expect([`${secret}`, JSON.stringify(secret), inspect(secret)].every((shown) => shown.includes('[redacted]'))).toBe(true)
    expect(checkValue(secret).equals(checkValue(fresh()))).toBe(false)
  })

  test('what is sealed opens only unchanged, in its place, under its secret', () => {
    const sealed = seal(secret, 'fg_live_x', 'row 1', randomBytes)
    expect(open(secret, sealed, 'row 1')).toBe('fg_live_x')
    expect(open(secret, sealed, 'row 2')).toBeNull()
    expect(open(fresh(), sealed, 'row 1')).toBeNull()
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed)
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
      expect(open(secret, changed, 'row 1')).toBeNull()
    }
    expect(open(secret, sealed.subarray(0, 10), 'row 1')).toBeNull()
  })
})

describe('idempotency keys', () => {
  const scope = scopeOf(null)
  const row = (key: string, made: Partial<IdempotencyRow> = {}): IdempotencyRow => ({
    scope,
    key,
    operation: 'POST /v1/things',
    request_hash: Buffer.from('one request'),
    resource: 'thing_1',
    sealed: null,
    created_ms: NOW,
    ...made,
  })
  const inTx = <T>(work: (tx: Tx) => Promise<T>) => transaction(database.pool, work)

  test('bind one request, recognise it, and refuse another under the same key', async () => {
    expect(await inTx((tx) => claim(tx, row('a')))).toBe('claimed')
    expect(await inTx((tx) => claim(tx, row('a', { resource: 'thing_2' })))).toBe('taken')
    expect(await recall(database.pool, scope, 'a', Buffer.from('one request'), NOW)).toMatchObject({ outcome: 'same', resource: 'thing_1' })
    expect(await recall(database.pool, scope, 'a', Buffer.from('another'), NOW)).toEqual({ outcome: 'conflict' })
    expect(await recall(database.pool, scope, 'b', Buffer.from('one request'), NOW)).toEqual({ outcome: 'none' })
  })

  test('of riders with one key in a batch the first passes, the others fail their guard, strangers are not touched', async () => {
    const riders = [
      { op: '1', row: idempotencyRider(row('r')).row },
      { op: '2', row: idempotencyRider(row('r', { resource: 'thing_2' })).row },
      { op: '3', row: idempotencyRider(row('s')).row },
    ]
    expect(await inTx((tx) => idempotencyStatement.run(tx, riders, 'any'))).toEqual(new Set(['1', '3']))
    expect(await inTx((tx) => idempotencyStatement.run(tx, riders, 'any'))).toEqual(new Set())
  })

  test('of riders that are asked for all, none passes and the database says so unless all do: twins too', async () => {
    const asked = (...keys: string[]) => {
      const riders = keys.map((key, i) => ({ op: `${i}`, row: idempotencyRider(row(key)).row }))
      return inTx((tx) => idempotencyStatement.run(tx, riders, 'all')).catch(sqlState)
    }
    expect(await asked('t', 'u')).toEqual(new Set(['0', '1']))
    expect(await asked('v', 'u')).toBe(NOT_ALL)
    expect(await asked('u')).toBe(NOT_ALL)
    expect(await asked('v', 'v')).toBe(NOT_ALL)
    expect(await asked('v')).toEqual(new Set(['0']))
  })

  test('stop binding after 30 days, and are swept then', async () => {
    await inTx((tx) => claim(tx, row('old')))
    const later = NOW + IDEMPOTENCY_MS
    expect(await recall(database.pool, scope, 'old', Buffer.from('one request'), later)).toEqual({ outcome: 'none' })
    expect(await inTx((tx) => claim(tx, row('old', { created_ms: later, resource: 'thing_9' })))).toBe('claimed')
    expect(await sweepIdempotencyKeys(database.pool, later)).toBeGreaterThan(0)
    expect(await recall(database.pool, scope, 'old', Buffer.from('one request'), later)).toMatchObject({ resource: 'thing_9' })
  })
})

test('time zones are IANA names, in their canonical spelling', () => {
  expect(timeZone('europe/berlin')).toBe('Europe/Berlin')
  expect([timeZone('UTC'), timeZone('Mars/Olympus'), timeZone('+02:00'), timeZone('')]).toEqual(['UTC', null, null, null])
})
