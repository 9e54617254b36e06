import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FalEmulator, startFalEmulator } from '../../../../emulators/src/fal.ts'
import { ApiKey, type ProviderAccount } from '../../domain/provider-account.ts'
import { KEY, order as orderOf } from '../../testing/openai.ts'
import { type Received, type Receiver, startReceiver } from '../../testing/receiver.ts'
import type { CalledBack } from '../provider.ts'
import { Fal } from './adapter.ts'

const DAY_MS = 86_400_000
const UNTOLD = { outcome: 'forged', message: 'the keys of fal could not be read, so nobody can tell' }
const JWKS = '/.well-known/jwks.json'

let emulator: FalEmulator
let receiver: Receiver
let now: number
beforeEach(async () => {
  emulator = await startFalEmulator({ clip: () => new Uint8Array(), key: KEY, render_ms: 60_000 })
  receiver = await startReceiver()
  now = Date.now()
})
afterEach(async () => {
  await emulator.stop()
  await receiver.stop()
})

function adapter(more: Partial<ProviderAccount> = {}): Fal {
  const about = { name: 'fal-a', adapter: 'fal', profile: null, trusted_hosts: [], open_limit: null, callback_field: null } as const
  const account = { ...about, base_url: emulator.base_url, api_key: new ApiKey(KEY), ...more }
  return new Fal(account, { clock: () => now, request_timeout_ms: 120_000 })
}

async function submitted(): Promise<string> {
  const callback_url = `${receiver.address}/v1/callbacks/token?a=b&c`
  const order = { ...orderOf('a boat', { callback_url }), provider_model: 'pika-2.2' }
  const ordered = { ...order, order: { ...order.order, seconds: 5 } }
  const answer = await adapter().submit(ordered, randomUUID(), { closes_at: 0, open: () => true })
  if (answer.outcome !== 'running') throw new Error(JSON.stringify(answer))
  expect(emulator.jobs.get(answer.ref.id)?.ordered.callback_url).toBe(callback_url)
  expect(adapter().refOf(answer.ref.id, ordered)).toEqual({ id: answer.ref.id, app: 'fal-ai/pika' })
  expect(await adapter().fits(adapter().refOf(answer.ref.id, ordered))).toBe(true)
  expect(await adapter().fits(adapter().refOf(randomUUID(), ordered))).toBe(false)
  return answer.ref.id
}

/** What came, as the route would give it to the adapter. */
function hear(fal: Fal, { body, headers }: Received, changed: Readonly<Record<string, string | null>> = {}): Promise<CalledBack> {
  const all = { ...headers, ...changed }
  return fal.readCallback(Buffer.from(body), (name) => (typeof all[name] === 'string' ? all[name] : null))
}

async function called(id: string, how = {}): Promise<Received> {
  await emulator.callBack(id, { at: now, ...how })
  const call = receiver.received.at(-1)
  if (call === undefined) throw new Error('nobody called')
  return call
}

test('a call is heard when fal signed it, as often as it comes, and whatever it says of the end', async () => {
  const id = await submitted()
  const fal = adapter()
  const call = await called(id)
  for (let times = 0; times < 3; times++) expect(await hear(fal, call)).toEqual({ outcome: 'about', ref: { id } })
  expect(emulator.asked.other).toBe(1)
})

test('a forged call is not heard: another body, another signature, another time, none at all', async () => {
  const id = await submitted()
  const fal = adapter()
  const forged = { outcome: 'forged' }
  expect(await hear(fal, await called(id, { forged: true }))).toMatchObject(forged)
  const call = await called(id)
  for (const name of ['request-id', 'user-id', 'timestamp', 'signature'])
    expect(await hear(fal, call, { [`x-fal-webhook-${name}`]: null }), name).toMatchObject(forged)
  for (const name of ['request-id', 'user-id']) expect(await hear(fal, call, { [`x-fal-webhook-${name}`]: 'other' })).toMatchObject(forged)
  expect(await hear(fal, call, { 'x-fal-webhook-timestamp': String(Math.floor(now / 1000) + 1) })).toMatchObject(forged)
  expect(await hear(fal, call, { 'x-fal-webhook-timestamp': 'now' })).toMatchObject(forged)
  for (const signature of ['', 'xyz', '0'.repeat(128), '0'.repeat(64)])
    expect(await hear(fal, call, { 'x-fal-webhook-signature': signature })).toMatchObject(forged)
  for (const off of [-301_000, 302_000]) expect(await hear(fal, await called(id, { at: now + off }))).toMatchObject(forged)
  for (const off of [-298_000, 298_000]) expect(await hear(fal, await called(id, { at: now + off }))).toMatchObject({ outcome: 'about' })
})

test('a signed call that names no request is about nothing', async () => {
  const id = await submitted()
  for (const body of ['{}', '[]', '{"request_id":', '{"request_id":7}']) {
    const headers = emulator.sign(id, body, now)
    expect(await hear(adapter(), { ...(await called(id)), body, headers })).toEqual({ outcome: 'nothing' })
  }
})

test('either of two keys is believed, a new one as soon as it is published, and an old one no longer than a day', async () => {
  const id = await submitted()
  const fal = adapter()
  const before = await called(id)
  expect(await hear(fal, before)).toMatchObject({ outcome: 'about' })
  emulator.rotateKeys()
  // Keys were read a moment ago: whoever forges can not make us ask at every call.
  const after = await called(id)
  expect(await hear(fal, after)).toMatchObject({ outcome: 'forged' })
  now += 61_000
  expect(await hear(fal, after)).toMatchObject({ outcome: 'about' })
  expect(await hear(fal, before)).toMatchObject({ outcome: 'about' })
  expect(emulator.asked.other).toBe(2)
  now += DAY_MS - 1
  expect(await hear(fal, await called(id))).toMatchObject({ outcome: 'about' })
  expect(emulator.asked.other).toBe(2)
  now += 1
  emulator.next('other', 500)
  expect(await hear(fal, await called(id))).toMatchObject(UNTOLD)
  now += 60_000
  expect(await hear(fal, await called(id))).toMatchObject({ outcome: 'about' })
})

test('calls that come at once wait for the same keys', async () => {
  const id = await submitted()
  const [fal, call] = [adapter(), await called(id)]
  const heard = await Promise.all([1, 2, 3].map(() => hear(fal, call)))
  expect(heard).toEqual(Array(3).fill({ outcome: 'about', ref: { id } }))
  expect(emulator.asked.other).toBe(1)
})

test('without keys nothing is believed, nothing breaks, and the call is refused so that it comes again', async () => {
  const id = await submitted()
  const call = await called(id)
  for (const fault of ['drop_before', 'html', 'truncated', 'empty', 404, 500] as const) {
    emulator.next('other', fault)
    expect(await hear(adapter(), call), String(fault)).toMatchObject(UNTOLD)
  }
  const answers = [{}, { keys: 'none' }, { keys: [null, 7, { kty: 'OKP', crv: 'Ed25519', x: '!' }, { kty: 'RSA', n: 'x' }] }]
  for (const json of answers) {
    receiver.answers.set(JWKS, (response) => response.end(JSON.stringify(json)))
    expect(await hear(adapter({ base_url: receiver.address }), call)).toMatchObject(UNTOLD)
  }
})

test('keys are read where the configuration says, without our own key', async () => {
  const id = await submitted()
  const call = await called(id)
  const { headers } = receiver.received[0] ?? {}
  expect(headers?.authorization).toBeUndefined()
  const jwks_url = new ApiKey(`${receiver.address}/keys`)
  receiver.answers.set('/keys', (response, request) => {
    expect(request.headers.authorization).toBeUndefined()
    response.end(JSON.stringify(emulator.jwks()))
  })
  expect(await hear(adapter({ base_url: 'https://queue.fal.run', options: { jwks_url } }), call)).toMatchObject({ outcome: 'about' })
})
