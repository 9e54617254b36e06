import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCallbacks } from '../access/callbacks.ts'
import { createClipAddresses } from '../access/clip-addresses.ts'
import { type Answer, type CallOptions, eventually, type TestWorld, testWorld } from '../testing/world.ts'
import type { Access, Route } from './route.ts'
import { ROUTES } from './routes.ts'

const CALLERS = [
  'none',
  'wrong key',
  'revoked key',
  'customer for another',
  'operator for nobody',
  'other customer',
  'operator',
  'operator for owner',
  'owner',
] as const
type CallerKind = (typeof CALLERS)[number]

/** What the contract says to each: `in`, `absent` (as if there were no such thing; `in` where the path names nothing), or a refusal at the door. */
const EXPECTED: Readonly<Record<Access, Readonly<Record<CallerKind, string>>>> = {
  public: expected('in', 'in', 'in', 'in', 'in', 'in', 'in', 'in', 'in'),
  any: expected('invalid_api_key', 'invalid_api_key', 'invalid_api_key', 'operator_key_required', 'not_found', 'in', 'in', 'in', 'in'),
  customer: expected(
    'invalid_api_key',
    'invalid_api_key',
    'invalid_api_key',
    'operator_key_required',
    'not_found',
    'absent',
    'customer_required',
    'in',
    'in',
  ),
  operator: expected(
    'invalid_api_key',
    'invalid_api_key',
    'invalid_api_key',
    'operator_key_required',
    'not_found',
    'operator_key_required',
    'in',
    'in',
    'operator_key_required',
  ),
}
/** The ledger belongs to somebody: an operator may name whose in the query too, so its door asks further in. */
const OWN_RULES: Readonly<Record<string, Partial<Record<CallerKind, string>>>> = {
  'GET /v1/ledger': { operator: 'customer_required' },
  'GET /v1/statements/{period}': { operator: 'customer_required' },
}
const STATUS: Readonly<Record<string, number>> = {
  invalid_api_key: 401,
  operator_key_required: 403,
  customer_required: 400,
  not_found: 404,
}

function expected(...answers: string[]): Readonly<Record<CallerKind, string>> {
  return Object.fromEntries(CALLERS.map((caller, index) => [caller, answers[index]])) as Record<CallerKind, string>
}

interface Sample {
  /** Makes what the path names, of the owner; asked before every request, since some requests use it up. */
  readonly path?: Readonly<Record<string, () => Promise<string>>>
  readonly body?: object | ((caller: CallerKind) => object)
  readonly headers?: Readonly<Record<string, string>>
}

const ORDER = { prompt: 'a boat [[hang]]', seconds: '4', size: '1280x720' }

let world: TestWorld
const who = new Map<CallerKind, { key: string | null; headers?: Record<string, string> }>()
let owner = { id: '', key: '' }
let stranger = { id: '', key: '', key_id: '' }
let done = ''
let strangers = ''
let hooked = ''

beforeAll(async () => {
  world = await testWorld({ resolve: async () => [] }) // nothing is asked of the world outside
  const [ada, bob] = [await customer('Ada'), await customer('Bob')]
  owner = ada
  stranger = bob
  const gone = await asOperator('POST', `/v1/customers/${ada.id}/keys`, { name: 'gone' })
  await world.call('DELETE', `/v1/customers/${ada.id}/keys/${gone.id}`, { key: world.operator_key })
  const operator = { key: world.operator_key }
  who.set('none', { key: null })
  who.set('wrong key', { key: `${ada.key.slice(0, -4)}AAAA` })
  who.set('revoked key', { key: gone.key })
  who.set('customer for another', { key: ada.key, headers: { 'filmgate-customer': bob.id } })
  who.set('operator for nobody', { ...operator, headers: { 'filmgate-customer': 'cus_nobody' } })
  who.set('other customer', { key: bob.key })
  who.set('operator', operator)
  who.set('operator for owner', { ...operator, headers: { 'filmgate-customer': ada.id } })
  who.set('owner', { key: ada.key })
  hooked = await endpoint()
  for (let i = 0; i < 30; i++) spare.push((await asOperator('POST', `/v1/customers/${ada.id}/grants`, { credits: 1, kind: 'promo' })).id)
  const failing = await order({ prompt: 'a boat [[fail]]' })
  done = await order({ prompt: 'a boat' })
  strangers = made(await world.call('POST', '/v1/videos', { key: stranger.key, body: { ...ORDER, prompt: 'a boat' } })).id
  await eventually(async () => ((await asOwner('GET', `/v1/videos/${done}`)).status === 'completed' ? true : null))
  const theirs = async () => (await world.call('GET', `/v1/videos/${strangers}`, { key: stranger.key })).json
  await eventually(async () => ((await theirs()).status === 'completed' ? true : null))
  await eventually(async () => ((await asOwner('GET', `/v1/videos/${failing}`)).status === 'failed' ? true : null))
})
afterAll(() => world.stop())

const asOperator = async (method: string, path: string, body?: object) =>
  made(await world.call(method, path, { key: world.operator_key, body }))
const asOwner = async (method: string, path: string, body?: object) => made(await world.call(method, path, { key: owner.key, body }))

function made(answer: Answer): Answer['json'] {
  expect(answer.status, answer.bytes.toString()).toBe(200)
  return answer.json
}

async function customer(name: string) {
  const { id } = await asOperator('POST', '/v1/customers', { name })
  const { key, id: key_id } = await asOperator('POST', `/v1/customers/${id}/keys`, { name: 'first' })
  await asOperator('POST', `/v1/customers/${id}/grants`, { credits: 10_000, kind: 'pack' })
  return { id: id as string, key: key as string, key_id: key_id as string }
}

const order = async (extra: object = {}): Promise<string> => (await asOwner('POST', '/v1/videos', { ...ORDER, ...extra })).id
const hold = async (): Promise<string> => (await asOwner('POST', '/v1/holds', { credits: 2 })).id
const capturedHold = async (): Promise<string> => {
  const id = await hold()
  await asOwner('POST', `/v1/holds/${id}/capture`, {})
  return id
}
const used = async (): Promise<string> => (await asOwner('POST', '/v1/usage', { credits: 2 })).id
let records = 0
const key = async (): Promise<string> => (await asOperator('POST', `/v1/customers/${owner.id}/keys`, { name: 'k' })).id
const clip = async () => done
/** A clip that is the caller's own to begin from. */
const clipOf = (caller: CallerKind) => ({ id: caller === 'other customer' ? strangers : done })
const oneCharacter = async (): Promise<string> => (await asOwner('POST', '/v1/videos/characters', { name: 'Ada', video: { id: done } })).id
const ada = async () => owner.id
let fees = 0
const bill = () => ({ provider: 'animatic', from: 0, to: 1, csv: `id,usd,item\n,0.01,fee ${++fees}` })
const importedBill = async (): Promise<string> => (await asOperator('POST', '/v1/bills', bill())).id
const attempt = async (): Promise<string> => (await asOperator('GET', `/v1/attempts?video=${done}`)).data[0].id
const shownClip = async () =>
  createClipAddresses(world.secret)
    .pathOf(done, Date.now() + 600_000)
    .split('/')
    .at(-1) ?? ''
const callbackToken = async () => (createCallbacks(world.secret, '').address(await attempt()) ?? '').split('/').at(-1) ?? ''
/** An attempt that an operator may decide about, of a video whose provider will not say more. */
async function unknownAttempt(): Promise<string> {
  const video = await order()
  await eventually(async () => ((await asOwner('GET', `/v1/videos/${video}`)).filmgate.stage === 'rendering' ? true : null))
  const { rows } = await world.database.pool.query<{ id: string }>(
    `update videos.attempts set state = 'submit_unknown', provider = 'nobody', ref = null, ref_id = null, unknown_ms = 1, send_before_ms = 1
      where video = $1 returning id::text as id`,
    [video],
  )
  return rows[0]?.id ?? ''
}
const ROW = { custom_id: 'a', body: ORDER }
/** One that may spend nothing, so that it orders nothing by itself. */
const batch = async (): Promise<string> => (await asOwner('POST', '/v1/batches', { items: [ROW], start: false, max_credits: 0 })).id
const file = async (): Promise<string> =>
  (await asOwner('POST', '/v1/files', { purpose: 'batch', file: JSON.stringify({ ...ROW, method: 'POST', url: '/v1/videos' }) })).id
const HOOK = { name: 'h', url: 'https://hooks.invalid/films', event_types: ['video.failed'] }
const endpoint = async (): Promise<string> => (await asOwner('POST', '/v1/webhook_endpoints', HOOK)).id
const oneEndpoint = async () => hooked
const delivery = async (): Promise<string> => (await asOwner('GET', `/v1/webhook_endpoints/${hooked}/deliveries`)).data[0].id

const BOARD = { shots: [ORDER] }
const board = async (): Promise<string> => (await asOwner('POST', '/v1/storyboards', BOARD)).id

const unplanned = async (): Promise<string> => (await asOperator('POST', '/v1/customers', { name: 'Una' })).id
async function subscriber(): Promise<string> {
  const id = await unplanned()
  await asOperator('POST', `/v1/customers/${id}/subscription`, { plan: 'plus' })
  return id
}

/** Grants of the owner that nobody needs. */
const spare: string[] = []
const reversed = async (): Promise<string> => {
  const grant = (await asOperator('POST', `/v1/customers/${owner.id}/grants`, { credits: 1, kind: 'promo' })).id
  return (await asOperator('POST', `/v1/customers/${owner.id}/reversals`, { grant, kind: 'refund', reason: 'r' })).id
}
/** A customer who owes something. */
async function owing(): Promise<string> {
  const { id, key: theirs } = await customer('Otto')
  const [bought] = (await asOperator('GET', `/v1/customers/${id}/balance`)).grants
  const { id: held } = made(await world.call('POST', '/v1/holds', { key: theirs, body: { credits: 5 } }))
  made(await world.call('POST', `/v1/holds/${held}/capture`, { key: theirs, body: {} }))
  await asOperator('POST', `/v1/customers/${id}/reversals`, { grant: bought.id, kind: 'chargeback', reason: 'r' })
  return id
}
const promised = async (): Promise<string> =>
  (await asOperator('POST', `/v1/customers/${await unplanned()}/payments`, { pack: 'plus-1000' })).id

/** A request that succeeds for whom it is meant, one for each line of the route table. */
const SAMPLES: Readonly<Record<string, Sample>> = {
  'POST /v1/quotes': { body: ORDER },
  'POST /v1/comparisons': { body: ORDER },
  'POST /v1/projects/estimate': { body: { shots: [{ seconds: 4 }] } },
  'POST /v1/prompts/check': { body: { prompt: 'a boat' } },
  'POST /v1/plans/advise': { body: { ...ORDER, clips_per_month: 100 } },
  'POST /v1/videos': { body: ORDER },
  'POST /v1/batches': { body: { items: [ROW], start: false } },
  'GET /v1/batches': {},
  'GET /v1/batches/{batch_id}': { path: { batch_id: batch } },
  'GET /v1/batches/{batch_id}/items': { path: { batch_id: batch } },
  'POST /v1/batches/{batch_id}': { path: { batch_id: batch }, body: { concurrency: 2 } },
  'POST /v1/batches/{batch_id}/start': { path: { batch_id: batch } },
  'POST /v1/batches/{batch_id}/pause': { path: { batch_id: batch } },
  'POST /v1/batches/{batch_id}/resume': { path: { batch_id: batch } },
  'POST /v1/batches/{batch_id}/cancel': { path: { batch_id: batch } },
  'GET /v1/batches/{batch_id}/results': { path: { batch_id: batch } },
  'POST /v1/files': { body: { purpose: 'batch', file: '{}' } },
  'GET /v1/files': {},
  'GET /v1/files/{file_id}': { path: { file_id: file } },
  'GET /v1/files/{file_id}/content': { path: { file_id: file } },
  'DELETE /v1/files/{file_id}': { path: { file_id: file } },
  'POST /v1/videos/edits': { body: (caller) => ({ prompt: 'in winter [[hang]]', video: clipOf(caller) }) },
  'POST /v1/videos/extensions': { body: (caller) => ({ prompt: 'it goes on [[hang]]', seconds: '4', video: clipOf(caller) }) },
  'POST /v1/videos/characters': { body: (caller) => ({ name: 'Ada', video: clipOf(caller) }) },
  'GET /v1/videos/characters/{character_id}': { path: { character_id: oneCharacter } },
  'POST /v1/videos/{video_id}/remix': { path: { video_id: clip }, body: { prompt: 'in winter [[hang]]' } },
  'POST /v1/videos/{video_id}/promote': { path: { video_id: clip }, body: { size: '720x1280', prompt: 'a boat [[hang]]' } },
  'GET /v1/videos': {},
  'GET /v1/videos/{video_id}': { path: { video_id: clip } },
  'DELETE /v1/videos/{video_id}': { path: { video_id: () => order() } },
  'GET /v1/videos/{video_id}/content': { path: { video_id: clip } },
  'POST /v1/storyboards': { body: BOARD },
  'GET /v1/storyboards': {},
  'GET /v1/storyboards/{storyboard_id}': { path: { storyboard_id: board } },
  'DELETE /v1/storyboards/{storyboard_id}': { path: { storyboard_id: board } },
  'POST /v1/storyboards/{storyboard_id}/preview': { path: { storyboard_id: board }, body: {} },
  'POST /v1/storyboards/{storyboard_id}/shots/{index}/make': { path: { storyboard_id: board, index: async () => '0' }, body: {} },
  'POST /v1/storyboards/{storyboard_id}/batch': { path: { storyboard_id: board }, body: { start: false } },
  'POST /v1/chat/completions': {
    body: { model: 'sora-2', messages: [{ role: 'user', content: 'a boat [[hang]]' }] },
    headers: { prefer: 'wait=0' },
  },
  'GET /v1/clips/{file}': { path: { file: shownClip } },
  'GET /v1/videos/{video_id}/receipt': { path: { video_id: clip } },
  'POST /v1/videos/{video_id}/refund': { path: { video_id: clip }, body: { credits: 1, reason: 'r' } },
  'POST /v1/customers': { body: { name: 'Eve' } },
  'GET /v1/customers': {},
  'GET /v1/customers/{id}': { path: { id: ada } },
  'PATCH /v1/customers/{id}': { path: { id: ada }, body: { name: 'Ada' } },
  'POST /v1/customers/{id}': { path: { id: ada }, body: { name: 'Ada' } },
  'POST /v1/customers/{id}/keys': { path: { id: ada }, body: { name: 'another' } },
  'GET /v1/customers/{id}/keys': { path: { id: ada } },
  'DELETE /v1/customers/{id}/keys/{key_id}': { path: { id: ada, key_id: key } },
  'PATCH /v1/customers/{id}/keys/{key_id}': { path: { id: ada, key_id: key }, body: { budget: { day: 100 } } },
  'POST /v1/customers/{id}/keys/{key_id}': { path: { id: ada, key_id: key }, body: { name: 'renamed' } },
  'GET /v1/limits': {},
  'GET /v1/tiers': {},
  'POST /v1/customers/{id}/grants': { path: { id: ada }, body: { credits: 1, kind: 'promo' } },
  'POST /v1/customers/{id}/reversals': { path: { id: ada }, body: () => ({ grant: spare.pop(), kind: 'refund', reason: 'r' }) },
  'GET /v1/customers/{id}/reversals': { path: { id: ada } },
  'GET /v1/customers/{id}/reversals/{reversal_id}': { path: { id: ada, reversal_id: reversed } },
  'POST /v1/customers/{id}/reversals/{reversal_id}/reinstate': { path: { id: ada, reversal_id: reversed }, body: { reason: 'r' } },
  'POST /v1/customers/{id}/owed': { path: { id: owing }, body: { by: 'write_off', reason: 'r' } },
  'GET /v1/customers/{id}/allowance': { path: { id: ada } },
  'POST /v1/customers/{id}/allowance': { path: { id: ada }, body: { policy: [] } },
  'POST /v1/customers/{id}/packs': { path: { id: ada }, body: { pack: 'plus-1000' } },
  'GET /v1/customers/{id}/subscription': { path: { id: subscriber } },
  'POST /v1/customers/{id}/subscription': { path: { id: unplanned }, body: { plan: 'plus' } },
  'POST /v1/customers/{id}/subscription/renew': { path: { id: subscriber }, body: {} },
  'POST /v1/customers/{id}/subscription/change': { path: { id: subscriber }, body: { plan: 'pro' } },
  'POST /v1/customers/{id}/subscription/cancel': { path: { id: subscriber }, body: {} },
  'POST /v1/customers/{id}/subscription/resume': { path: { id: subscriber }, body: {} },
  'GET /v1/subscription': {},
  'GET /v1/customers/{id}/payments': { path: { id: ada } },
  'POST /v1/customers/{id}/payments': { path: { id: ada }, body: { pack: 'plus-1000' } },
  'POST /v1/payments/{id}/confirm': { path: { id: promised }, body: {} },
  'POST /v1/payments/{id}/fail': { path: { id: promised }, body: {} },
  'GET /v1/plans': {},
  'GET /v1/packs': {},
  'GET /v1/customers/{id}/balance': { path: { id: ada } },
  'GET /v1/balance': {},
  'GET /v1/ledger': {},
  'GET /v1/ledger/audit': {},
  'GET /v1/statements/{period}': { path: { period: async () => '2026-03' } },
  'GET /v1/margin': {},
  'GET /v1/retries': {},
  'POST /v1/bills': { body: bill },
  'GET /v1/bills': {},
  'GET /v1/bills/{id}': { path: { id: importedBill } },
  'GET /v1/bills/{id}/items': { path: { id: importedBill } },
  'POST /v1/bills/{id}/adopt': { path: { id: importedBill }, body: {} },
  'DELETE /v1/bills/{id}': { path: { id: importedBill } },
  'GET /v1/attempts': {},
  'GET /v1/attempts/{id}': { path: { id: attempt } },
  'POST /v1/attempts/{id}/resolve': { path: { id: unknownAttempt }, body: { verdict: 'failed', reason: 'r' } },
  'POST /v1/callbacks/{token}': { path: { token: callbackToken }, body: { id: 'video_1', status: 'completed' } },
  'POST /v1/holds': { body: { credits: 1 } },
  'GET /v1/holds/{id}': { path: { id: hold } },
  'POST /v1/holds/{id}/capture': { path: { id: hold }, body: { credits: 1 } },
  'GET /v1/holds': {},
  'POST /v1/holds/{id}/refund': { path: { id: capturedHold }, body: { credits: 1, reason: 'r' } },
  'POST /v1/usage': { body: { credits: 1 } },
  'POST /v1/usage/batch': { body: () => ({ records: [{ id: `r${++records}`, credits: 1 }] }) },
  'GET /v1/usage': {},
  'GET /v1/usage/{id}': { path: { id: used } },
  'POST /v1/usage/{id}/refund': { path: { id: used }, body: { credits: 1, reason: 'r' } },
  'POST /v1/holds/{id}/release': { path: { id: hold }, body: {} },
  'POST /v1/webhook_endpoints': { body: HOOK },
  'GET /v1/webhook_endpoints': {},
  'GET /v1/webhook_endpoints/{id}': { path: { id: oneEndpoint } },
  'POST /v1/webhook_endpoints/{id}': { path: { id: oneEndpoint }, body: { name: 'H' } },
  'DELETE /v1/webhook_endpoints/{id}': { path: { id: endpoint } },
  'POST /v1/webhook_endpoints/{id}/rotate_secret': { path: { id: oneEndpoint }, body: {} },
  'POST /v1/webhook_endpoints/{id}/test': { path: { id: oneEndpoint }, body: { event_type: 'video.failed' } },
  'GET /v1/webhook_endpoints/{id}/deliveries': { path: { id: oneEndpoint } },
  'POST /v1/webhook_deliveries/{id}/replay': { path: { id: delivery } },
  'GET /v1/webhook_event_types': {},
  'GET /v1/notices': {},
  'POST /v1/notices': { body: { credits_low: 10 } },
  'GET /v1/models': {},
  'GET /v1/models/{model}': { path: { model: async () => 'sora-2' } },
  'GET /v1/routes': {},
  'GET /v1/rate_cards': {},
  'GET /v1/rate_cards/{id}': { path: { id: async () => 'openai-2026-05' } },
  'GET /healthz': {},
  'GET /readyz': {},
  'GET /metrics': {},
  'GET /config.schema.json': {},
  'GET /openapi.json': {},
}

const nameOf = ({ method, path }: Route) => `${method} ${path}`

/** The path of a request, and the same path with ids that nobody has. */
async function pathsOf(route: Route, sample: Sample): Promise<{ real: string; unknown: string }> {
  let [real, unknown] = [route.path, route.path]
  for (const [name, make] of Object.entries(sample.path ?? {})) {
    const id = await make()
    real = real.replace(`{${name}}`, id)
    unknown = unknown.replace(`{${name}}`, id.replaceAll(/[0-9a-f](?=[0-9a-f-]*$)/g, '0'))
  }
  expect(real, 'the sample names every part of the path').not.toContain('{')
  return { real, unknown }
}

async function ask(route: Route, path: string, caller: CallerKind, sent: Pick<CallOptions, 'body' | 'raw'>): Promise<Answer> {
  const { key = null, headers = {} } = who.get(caller) ?? {}
  const typed = sent.raw === undefined ? {} : { 'content-type': 'application/json' }
  return world.call(route.method, path, { key, ...sent, headers: { ...SAMPLES[nameOf(route)]?.headers, ...headers, ...typed } })
}

const bodyOf = ({ body }: Sample, caller: CallerKind) =>
  body === undefined ? {} : { body: typeof body === 'function' ? body(caller) : body }

function expectId(answer: Answer, caller: CallerKind): void {
  expect(answer.headers['x-request-id'], caller).toMatch(/^req_[0-9a-f]{32}$/)
}

/** What refused requests must not touch. */
async function ownersThings(): Promise<string[]> {
  const paths = ['/v1/balance', '/v1/ledger?limit=100', '/v1/videos?limit=100']
  return Promise.all(
    paths.map(async (path) =>
      (await world.call('GET', path, { key: owner.key })).bytes
        .toString()
        .replaceAll(/"(eta|stage|status|progress)":("\w+"|\d+|\{[^}]*\})/g, ''),
    ),
  )
}

/** A cancelled video gives its credits back in its own time. */
async function nothingIsCancelling(): Promise<void> {
  const stages = async () => (await asOwner('GET', '/v1/videos?limit=100')).data.map(({ filmgate }: Answer['json']) => filmgate.stage)
  await eventually(async () => ((await stages()).includes('cancelling') ? null : true))
}

/** An answer without what differs between any two requests. */
function shape(answer: Answer, path: string) {
  const { 'x-request-id': _id, date: _date, 'content-length': _length, ...headers } = answer.headers
  const named = path.split('/').filter((step) => step.length > 20)
  return { status: answer.status, headers, body: named.reduce((text, id) => text.replaceAll(id, 'ID'), answer.bytes.toString()) }
}

describe('every route lets in exactly whom the contract says', () => {
  test('the table of samples has every route, and no other', () => {
    expect(Object.keys(SAMPLES).sort()).toEqual(ROUTES.map(nameOf).sort())
  })

  for (const route of ROUTES) {
    for (const prefix of route.path.startsWith('/v1/') ? ['', '/openai'] : ['']) {
      test(`${route.method} ${prefix}${route.path} (${route.caller})`, async () => {
        const sample = SAMPLES[nameOf(route)] ?? {}
        await nothingIsCancelling()
        const wanted = (caller: CallerKind) => OWN_RULES[nameOf(route)]?.[caller] ?? EXPECTED[route.caller][caller]
        // The alias is the same route: one who is let in and one who is not show that it is there, and guarded.
        const some = (callers: readonly CallerKind[]) => (prefix === '' ? callers : callers.slice(0, 1))
        const isIn = (caller: CallerKind) => wanted(caller) === 'in' || (wanted(caller) === 'absent' && sample.path === undefined)

        const { real, unknown } = await pathsOf(route, sample)
        const before = await ownersThings()
        for (const caller of some(CALLERS.filter((one) => !isIn(one)))) {
          // Whoever stays outside is told so before the body is looked at: it is broken.
          const is_absent = wanted(caller) === 'absent'
          const sent = !is_absent && route.schemas.body !== null ? { raw: '{"broken' } : bodyOf(sample, caller)
          const answer = await ask(route, prefix + real, caller, sent)
          expectId(answer, caller)
          if (is_absent) {
            expect(answer.status, caller).toBe(404)
            expect(shape(answer, real), caller).toEqual(shape(await ask(route, prefix + unknown, caller, sent), unknown))
          } else {
            expect([answer.status, answer.json.error.code], caller).toEqual([STATUS[wanted(caller)], wanted(caller)])
            expect(answer.headers['x-should-retry'], caller).toBe('false')
          }
        }
        expect(await ownersThings()).toEqual(before)

        for (const caller of some(CALLERS.filter(isIn))) {
          const { real: fresh } = await pathsOf(route, sample)
          const answer = await ask(route, prefix + fresh, caller, bodyOf(sample, caller))
          expectId(answer, caller)
          expect(answer.status, `${caller}: ${answer.bytes.toString().slice(0, 300)}`).toBe(route.status ?? 200)
          if (caller === 'other customer') expect(answer.bytes.toString()).not.toContain(owner.id)
        }
      })
    }
  }
})

describe('keys', () => {
  test('open the same doors as api-key and as bearer', async () => {
    for (const headers of [{ 'api-key': owner.key }, { authorization: `bearer  ${owner.key}` }]) {
      expect((await world.call('GET', '/v1/balance', { key: null, headers })).status).toBe(200)
    }
  })

  test('show nothing of another customer in any list', async () => {
    const { key } = stranger
    const [videos, ledger] = [
      await world.call('GET', '/v1/videos?limit=100', { key }),
      await world.call('GET', '/v1/ledger?limit=100', { key }),
    ]
    expect(videos.json.data.length).toBeGreaterThan(0)
    for (const { id } of videos.json.data) expect((await world.call('GET', `/v1/videos/${id}`, { key: owner.key })).status).toBe(404)
    expect(`${ledger.bytes}`).not.toContain(done)
    for (const filter of [`video=${done}`, `customer=${owner.id}`, 'customer=cus_nobody']) {
      const answer = await world.call('GET', `/v1/ledger?${filter}`, { key })
      expect(filter.startsWith('video') ? answer.json.data : answer.json.error.code).toEqual(filter.startsWith('video') ? [] : 'not_found')
    }
  })

  test('are revoked below their own customer only', async () => {
    const path = `/v1/customers/${owner.id}/keys/${stranger.key_id}`
    expect((await world.call('DELETE', path, { key: world.operator_key })).json.error).toMatchObject({ code: 'not_found', param: 'key_id' })
    expect((await world.call('GET', '/v1/balance', { key: stranger.key })).status).toBe(200)
  })

  test('that are revoked are refused by the very next request', async () => {
    const eve = await customer('Eve')
    expect((await world.call('GET', '/v1/balance', { key: eve.key })).status).toBe(200)
    await world.call('DELETE', `/v1/customers/${eve.id}/keys/${eve.key_id}`, { key: world.operator_key })
    const answer = await world.call('GET', '/v1/balance', { key: eve.key })
    expect([answer.status, answer.json.error.code]).toEqual([401, 'invalid_api_key'])
    expect(answer.json.error.message).toContain('revoked')
  })
})
