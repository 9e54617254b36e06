import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLog } from '../log.ts'
import { BAD_ADVICE } from '../testing/bad-input/advice.ts'
import { BAD_ATTEMPTS, BAD_CALLBACKS } from '../testing/bad-input/attempts.ts'
import { type BadInput, type Caller, ORDER } from '../testing/bad-input/case.ts'
import { BAD_CHATS } from '../testing/bad-input/chat.ts'
import { BAD_COMPARISONS } from '../testing/bad-input/comparisons.ts'
import { BAD_ESTIMATES } from '../testing/bad-input/estimates.ts'
import { BAD_MONEY } from '../testing/bad-input/money.ts'
import { BAD_OPERATIONS } from '../testing/bad-input/operations.ts'
import { BAD_ORDERS } from '../testing/bad-input/orders.ts'
import { BAD_PICTURES } from '../testing/bad-input/pictures.ts'
import { BAD_WEBHOOKS } from '../testing/bad-input/webhooks.ts'
import { BAD_WIRE } from '../testing/bad-input/wire.ts'
import { type Answer, eventually, type TestWorld, testWorld } from '../testing/world.ts'

/** The contract's table of errors, written down once more: status and type of each code. */
const CONTRACT: Readonly<Record<string, readonly [status: number, type: string]>> = {
  invalid_value: [400, 'invalid_request_error'],
  missing_required_parameter: [400, 'invalid_request_error'],
  unknown_model: [400, 'invalid_request_error'],
  unsupported_duration: [400, 'invalid_request_error'],
  unsupported_size: [400, 'invalid_request_error'],
  video_not_ready: [400, 'invalid_request_error'],
  customer_required: [400, 'invalid_request_error'],
  invalid_api_key: [401, 'authentication_error'],
  insufficient_credits: [402, 'insufficient_credits'],
  price_above_limit: [402, 'insufficient_credits'],
  operator_key_required: [403, 'permission_error'],
  not_in_plan: [403, 'permission_error'],
  not_found: [404, 'not_found_error'],
  method_not_allowed: [405, 'invalid_request_error'],
  idempotency_conflict: [409, 'conflict_error'],
  quote_expired: [409, 'conflict_error'],
  quote_mismatch: [409, 'conflict_error'],
  quote_used: [409, 'conflict_error'],
  hold_finished: [409, 'conflict_error'],
  attempt_not_unknown: [409, 'conflict_error'],
  content_expired: [410, 'not_found_error'],
  payload_too_large: [413, 'invalid_request_error'],
  unsupported_media_type: [415, 'invalid_request_error'],
  range_not_satisfiable: [416, 'invalid_request_error'],
}

/** What must not get out: where our code is, what it runs on, what it asks the database. */
const INSIDE =
  /\.ts:\d|node_modules|\bat async\b|zod|fastify|busboy|libvips|sharp|postgres|\b(select|insert|update) .* (from|into|set) |constraint|\/tmp\//i

const ALL: readonly BadInput[] = [
  ...BAD_ORDERS,
  ...BAD_OPERATIONS,
  ...BAD_PICTURES,
  ...BAD_MONEY,
  ...BAD_WIRE,
  ...BAD_WEBHOOKS,
  ...BAD_ATTEMPTS,
  ...BAD_CALLBACKS,
  ...BAD_CHATS,
  ...BAD_COMPARISONS,
  ...BAD_ESTIMATES,
  ...BAD_ADVICE,
]

let world: TestWorld
const keys = new Map<Caller, string | null>()
/** Resources of this world, by the name that cases call them. */
const named = new Map<string, string>()
let offset_ms = 0
let before: unknown
const statuses: number[] = []
const logged: string[] = []

beforeAll(async () => {
  world = await testWorld({ clock: () => Date.now() + offset_ms, log: createLog('error', (line) => logged.push(line)) })
  await furnish()
  await world.gateway.parts.ledger.seal(Date.now() + offset_ms) // or it would be done meanwhile
  before = await everything()
})
afterAll(() => world.stop())

/** Two customers with a resource in every state, and one without credits. */
async function furnish() {
  const operator = world.operator_key
  const made = async (method: string, url: string, body: unknown, key: string, headers = {}) => {
    const answer = await world.call(method, url, { key, body, headers })
    expect(answer.status, JSON.stringify(answer.json)).toBe(200)
    return answer.json
  }
  const [demo] = (await world.call('GET', '/v1/customers', { key: operator })).json.data
  const stranger = await made('POST', '/v1/customers', { name: 'Stranger' }, operator)
  const poor = await made('POST', '/v1/customers', { name: 'Poor' }, operator)
  await made('POST', `/v1/customers/${stranger.id}/grants`, { credits: 500, kind: 'pack' }, operator)
  const keyOf = (id: string) => made('POST', `/v1/customers/${id}/keys`, { name: 'k' }, operator)
  const [stranger_key, poor_key, revoked] = [await keyOf(stranger.id), await keyOf(poor.id), await keyOf(demo.id)]
  await world.call('DELETE', `/v1/customers/${demo.id}/keys/${revoked.id}`, { key: operator })
  const owner = world.customer_key

  const expired = await made('POST', '/v1/quotes', ORDER, owner)
  offset_ms = 600_000
  const quote = await made('POST', '/v1/quotes', ORDER, owner)
  const used = await made('POST', '/v1/quotes', ORDER, owner)
  const foreign = await made('POST', '/v1/quotes', ORDER, stranger_key.key)

  const order = (key: string, extra: object, headers = {}) => made('POST', '/v1/videos', { ...ORDER, ...extra }, key, headers)
  const done = await order(owner, { quote: used.id }, { 'idempotency-key': 'the used one' })
  const stranger_done = await order(stranger_key.key, {})
  const failed = await order(owner, { prompt: 'a boat [[fail]]' })
  const open = await order(owner, { prompt: 'a boat [[hang]]' })
  const reach = (id: string, key: string, there: (video: Answer['json']) => boolean) =>
    eventually(async () => (there((await world.call('GET', `/v1/videos/${id}`, { key })).json) ? true : null))
  await reach(done.id, owner, ({ status }) => status === 'completed')
  await reach(stranger_done.id, stranger_key.key, ({ status }) => status === 'completed')
  await reach(failed.id, owner, ({ status }) => status === 'failed')
  await reach(open.id, owner, ({ filmgate }) => filmgate.stage === 'rendering')
  await made('POST', `/v1/videos/${done.id}/refund`, { credits: 30, reason: 'r' }, operator)
  await made('POST', `/v1/videos/${stranger_done.id}/refund`, { reason: 'r' }, operator)

  const hold = (key: string) => made('POST', '/v1/holds', { credits: 5 }, key)
  const [held, captured, released, stranger_hold] = [await hold(owner), await hold(owner), await hold(owner), await hold(stranger_key.key)]
  await made('POST', `/v1/holds/${captured.id}/capture`, { credits: 3 }, owner)
  await made('POST', `/v1/holds/${released.id}/release`, {}, owner)

  const things = { owner: demo, stranger, quote, expired_quote: expired, used_quote: used, stranger_quote: foreign, stranger_key }
  // Clips that only many orders would make: one extended six times, one that lasts nearly two minutes.
  const [extended, longest] = [await order(owner, {}), await order(owner, {})]
  for (const { id } of [extended, longest]) await reach(id, owner, ({ status }) => status === 'completed')
  await world.database.pool.query(`update videos.videos set extensions = 6 where id = $1`, [extended.id])
  await world.database.pool.query(`update videos.videos set total_seconds = 105 where id = $1`, [longest.id])
  const lost = await order(owner, {})
  await reach(lost.id, owner, ({ status }) => status === 'completed')
  const { rows } = await world.database.pool.query(`select asset_key from videos.videos where id = $1`, [lost.id])
  await world.gateway.parts.store.remove(rows[0]?.asset_key)
  const character = (key: string, name: string, id: string) => made('POST', '/v1/videos/characters', { name, video: { id } }, key)
  const ada = await character(owner, 'Ada', done.id)
  const bea = await character(owner, 'Bea', done.id)
  const stranger_character = await character(stranger_key.key, 'Ada', stranger_done.id)
  const remix_quote = await made('POST', '/v1/quotes', { operation: 'remix', video: { id: done.id } }, owner)
  const [attempt] = (await world.call('GET', `/v1/attempts?video=${done.id}`, { key: operator })).json.data
  const films = { extended, longest, lost, ada, bea, stranger_character, remix_quote, attempt }
  const more = { ...films, done, stranger_done, failed, open, hold: held, captured, released, stranger_hold }
  for (const [name, { id }] of Object.entries({ ...things, ...more })) named.set(name, id)
  const callers: Record<Caller, string | null> = {
    owner,
    stranger: stranger_key.key,
    poor: poor_key.key,
    operator,
    'operator for owner': operator,
    revoked: revoked.key,
    'wrong key': `${owner.slice(0, -4)}AAAA`,
    nobody: null,
  }
  for (const [caller, key] of Object.entries(callers)) keys.set(caller as Caller, key)
}

/** All that bad input must not change: what customers see of their money, how many rows there are, which files. */
async function everything() {
  const texts = []
  for (const caller of ['owner', 'stranger', 'poor'] as const) {
    for (const path of ['/v1/balance', '/v1/ledger?limit=100', '/v1/videos?limit=100']) {
      const answer = await world.call('GET', path, { key: keys.get(caller) ?? null })
      texts.push(answer.bytes.toString().replace(/"eta":\{[^}]*\}/g, '')) // what is left of an estimate shrinks by itself
    }
  }
  const tables = await world.database.pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('access', 'ledger', 'plans', 'videos', 'webhooks', 'batches', 'storyboards') order by 1`,
  )
  const rows: Record<string, string> = {}
  for (const { name } of tables.rows) {
    rows[name] = String((await world.database.pool.query<{ n: bigint }>(`select count(*) as n from ${name}`)).rows[0]?.n)
  }
  return { texts, rows, files: await filesOf(world.data_folder) }
}

async function filesOf(folder: string): Promise<string[]> {
  const found = []
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile()) found.push(`${path.slice(folder.length)} ${(await stat(path)).size}`)
  }
  return found.sort()
}

function fill(text: string): string {
  return text.replaceAll(/<(\w+)>/g, (whole, name) => named.get(name) ?? whole)
}

async function send({ method, path, as, headers = {}, body, raw }: BadInput): Promise<Answer> {
  const filled = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, fill(value)]))
  const acting = as === 'operator for owner' ? { 'filmgate-customer': named.get('owner') ?? '' } : {}
  const bytes = raw?.() ?? (body === undefined ? undefined : JSON.stringify(body))
  const small = bytes !== undefined && bytes.length < 100_000
  const payload = small ? Buffer.from(fill(Buffer.from(bytes).toString('latin1')), 'latin1') : bytes
  return world.call(method, fill(path), {
    key: keys.get(as) ?? null,
    headers: { ...(payload === undefined ? {} : { 'content-type': 'application/json' }), ...acting, ...filled },
    ...(payload === undefined ? {} : { raw: payload }),
  })
}

describe('bad input is refused in the contract’s shape', () => {
  test('there are more than a hundred of them, each with a name of its own', () => {
    expect(ALL.length).toBeGreaterThan(100)
    expect(new Set(ALL.map(({ what, path }) => `${what} ${path}`)).size).toBe(ALL.length)
  })

  test.each(ALL)('$what', async (bad) => {
    const answer = await send(bad)
    statuses.push(answer.status)
    const { error } = answer.json
    expect([answer.status, error?.code, error?.param, error?.type], answer.bytes.toString().slice(0, 500)).toEqual([
      CONTRACT[bad.code]?.[0],
      bad.code,
      bad.param,
      CONTRACT[bad.code]?.[1],
    ])
    expect(error.message).toMatch(/^.{10,700}[.:)\w]$/s)
    expect(error.message).toMatch(bad.says ?? /./)
    expect(answer.bytes.toString()).not.toMatch(INSIDE)
    expect(answer.headers['x-request-id']).toMatch(/^req_[0-9a-f]{32}$/)
    expect(answer.headers['x-should-retry']).toBe('false')
    if (answer.status === 405) expect(answer.headers.allow).toMatch(/^[A-Z]+(, [A-Z]+)*$/)
    if (answer.status === 401) expect(answer.headers['www-authenticate']).toBe('Bearer')
  })
})

describe('what looks bad and is not', () => {
  test.each([
    ['an unknown cursor', '/v1/videos?after=junk', {}, 200],
    ['an unknown cursor that looks like SQL', "/v1/videos?after='%20or%201=1", {}, 200],
    ['an unknown field of a query', '/v1/videos?colour=red', {}, 200],
    ['an empty page', '/v1/videos?limit=0', {}, 200],
    ['a range of another unit', '/v1/videos/<done>/content', { range: 'lines=1-2' }, 200],
    ['a range of junk', '/v1/videos/<done>/content', { range: 'bytes=a-b' }, 200],
    ['a range that runs backwards', '/v1/videos/<done>/content', { range: 'bytes=9-3' }, 200],
    ['several ranges', '/v1/videos/<done>/content', { range: 'bytes=0-1,4-5' }, 200],
    ['a range of 1,000 digits', '/v1/videos/<done>/content', { range: `bytes=0-${'9'.repeat(1_000)}` }, 206],
    ['a retry count of junk', '/v1/balance', { 'x-stainless-retry-count': 'often' }, 200],
    ['an Accept of junk', '/v1/balance', { accept: ';;;' }, 200],
    ['a header of 10,000 characters', '/v1/balance', { 'x-long': 'x'.repeat(10_000) }, 200],
    ['a slash at the end', '/v1/balance/', {}, 200],
  ])('%s', async (_what, path, headers, status) => {
    const answer = await world.call('GET', fill(path), { headers })
    statuses.push(answer.status)
    expect([answer.status, answer.headers['x-request-id']]).toEqual([status, expect.stringMatching(/^req_/)])
  })
})

describe('after all of that', () => {
  test('none was answered with 5xx, and none was an error to our own log', () => {
    expect(statuses.filter((status) => status >= 500)).toEqual([])
    expect(logged).toEqual([])
  })

  test('balances, ledgers, videos, rows and files are what they were, byte for byte', async () => {
    expect(await everything()).toEqual(before)
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })

  test('the audit is clean', async () => {
    const audit = await world.call('GET', '/v1/ledger/audit?full=true', { key: world.operator_key })
    expect(audit.json.checks.filter(({ ok }: { ok: boolean }) => !ok)).toEqual([])
    expect(audit.json.ok).toBe(true)
  })
})
