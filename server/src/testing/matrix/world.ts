import { createServer } from 'node:http'
import { expect } from 'vitest'
import { parseConfiguration } from '../../config-file.ts'
import type { ProviderAccount } from '../../domain/provider-account.ts'
import type { Settings } from '../../domain/settings.ts'
import type { Provider } from '../../providers/provider.ts'
import { createProviders } from '../../providers/registry.ts'
import { type Parts, TIMING } from '../../videos/parts.ts'
import { FORM, filePart, orderForm } from '../bad-input/case.ts'
import { type Receiver, startReceiver } from '../receiver.ts'
import { NO_BREAKERS } from '../studios.ts'
import { type TestWorld, testWorld } from '../world.ts'
import type { Cell } from './cell.ts'
import { clipShelf, remembering } from './clips.ts'
import { FINAL_DEADLINE_S, ROUTE_DEADLINE_S } from './faults.ts'
import { FEED_CARD, HOUSES, type House, KEY, OPENAI, type Place } from './houses.ts'

export const ORDER = { model: 'sora-2', seconds: '4', size: '1280x720' } as const
/** The accounts at every provider: the usual one; one that charges for failures too, and its operator has said so; one that is as dear, and after it by name. */
const [STUDIO, BILLER, STANDBY] = ['a', 'b', 'c']
/** For requests that are to hang: real time, and the only time that is waited for. */
const SHORT_TIMEOUT_MS = 5_000

/** A gateway in this process and the emulators that it is configured with, all on one clock that only `advanceTo` moves. */
export interface MatrixWorld {
  readonly world: TestWorld
  readonly receiver: Receiver
  at(house: House): Place
  now(): number
  advanceTo(instant: number): void
  /** What steps of an order work with. */
  partsFor(cell: Cell | null): Parts
  /** Orders what a cell is about; the video's id. */
  order(cell: Cell): Promise<string>
  /** Orders a clip that others begin from. */
  orderSource(at_biller: boolean): Promise<string>
  /** What cells of the biller or of the other one begin from. */
  readonly sources: Map<boolean, string>
  /** Somebody outside posts to an address of ours; the status of the answer. */
  post(address: string, body: object): Promise<number>
  stop(): Promise<void>
}

export async function matrixWorld(): Promise<MatrixWorld> {
  let now = Date.now()
  const clock = () => now
  const clip = await clipShelf()
  const started = await Promise.all(HOUSES.map(async (house) => [house, await house.start(clip, clock)] as const))
  const places = new Map<House, Place>(started)
  const receiver = await startReceiver()
  const outside = await startOutside()
  const settings = settingsFor(places, outside.address)
  const world = await testWorld({
    settings,
    // Nothing is done by itself: each step is run when the clock says so.
    role: 'api',
    clock,
    // Nothing but trouble comes here: with breakers everybody would wait for everybody.
    timing: { final_deadline_ms: FINAL_DEADLINE_S * 1000, failures_max: NO_BREAKERS },
    trusted_hosts: new Set([receiver.place]),
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  })
  outside.leadTo(world)
  const asOperator = { key: world.operator_key }
  const [customer] = (await world.call('GET', '/v1/customers', asOperator)).json.data
  await world.call('POST', `/v1/customers/${customer.id}/grants`, { ...asOperator, body: { credits: 200_000, kind: 'pack' } })
  const endpoint = { name: 'ends', url: `${receiver.address}/ends`, event_types: ['video.completed', 'video.failed'] }
  expect((await world.call('POST', '/v1/webhook_endpoints', { body: endpoint })).status).toBe(200)

  const parts: Parts = {
    ...world.gateway.parts,
    decoder: remembering(world.gateway.parts.decoder),
    random: () => 0.5,
    // A send window is measured by it: on a busy machine real time would close some.
    monotonic: clock,
  }
  const hasty = providersOf(parts, settings.accounts, SHORT_TIMEOUT_MS)
  // A port that nobody binds, and below 1024 none is given out by chance.
  const closed_accounts = settings.accounts.map((account) => ({ ...account, base_url: 'http://127.0.0.1:2/v1' }))
  const closed = providersOf(parts, closed_accounts, TIMING.request_timeout_ms)
  const own = new WeakMap<Cell, Parts>()
  const upload = clip({ lasts_s: 4, size: ORDER.size })
  const sources = new Map<boolean, string>()
  const at = (house: House): Place => {
    const place = places.get(house)
    if (place === undefined) throw new Error(`nobody listens for ${house.name}`)
    return place
  }

  return {
    world,
    receiver,
    at,
    now: clock,
    advanceTo(instant) {
      now = Math.max(now, instant)
    },
    sources,
    partsFor(cell) {
      if (cell === null) return parts
      const known = own.get(cell) ?? partsOf(cell, parts, { hasty, closed }, at(cell.house))
      own.set(cell, known)
      return known
    },
    async order({ house, row, operation, uploads, prompt }) {
      const from = sources.get(row.at_biller === true) ?? ''
      const route = `${house.name}-${row.at_biller === true ? BILLER : STUDIO}`
      const path = { create: '/v1/videos', remix: `/v1/videos/${from}/remix`, edit: '/v1/videos/edits', extend: '/v1/videos/extensions' }[
        operation
      ]
      const wish = row.has_standby === true ? { providers: [STUDIO, STANDBY].map((one) => `${house.name}-${one}`) } : { route }
      const said = { prompt, ...(operation === 'extend' ? { seconds: '4' } : {}), ...(operation === 'create' ? ORDER : {}) }
      const video = operation === 'edit' || operation === 'extend' ? { video: { id: from } } : {}
      const form = () => ({
        raw: orderForm({ ...said, route }, filePart('video', Buffer.from(upload), 'clip.mp4', 'video/mp4')),
        headers: FORM,
      })
      const made = await world.call('POST', path, uploads ? form() : { body: { ...said, ...wish, ...video } })
      expect(made.status, `${prompt}: ${made.bytes.toString()}`).toBe(200)
      return made.json.id
    },
    async orderSource(at_biller) {
      const route = `${OPENAI.name}-${at_biller ? BILLER : STUDIO}`
      const made = await world.call('POST', '/v1/videos', { body: { ...ORDER, prompt: 'a clip to begin from', route } })
      expect(made.status, made.bytes.toString()).toBe(200)
      return made.json.id
    },
    async post(address, body) {
      return (await world.call('POST', new URL(address).pathname, { key: null, body })).status
    },
    async stop() {
      // The emulators first: what hangs there would keep the gateway's connections.
      await Promise.all([...places.values()].map((place) => place.stop()))
      await Promise.all([...hasty.values(), ...closed.values()].map((provider) => provider.stop?.(0)))
      await Promise.all([world.stop(), receiver.stop(), outside.stop()])
    },
  }
}

/** How a cell's steps are special: whoever hangs is not waited for, a first connection is refused, or somebody calls before the answer is stored. */
function partsOf(
  cell: Cell,
  parts: Parts,
  { hasty, closed }: Record<'hasty' | 'closed', ReadonlyMap<string, Provider>>,
  place: Place,
): Parts {
  const { row, call } = cell
  const usual = (account: string) => parts.routes.provider(account)
  if (row.hangs === true) {
    const timing = { ...parts.timing, request_timeout_ms: SHORT_TIMEOUT_MS }
    return { ...parts, timing, routes: { ...parts.routes, provider: (account) => hasty.get(account) ?? null } }
  }
  if (row.is_refused === true) {
    let is_first = true
    const provider = (account: string) => {
      if (!is_first) return usual(account)
      is_first = false
      return closed.get(account) ?? null
    }
    return { ...parts, routes: { ...parts.routes, provider } }
  }
  if (call !== 'early') return parts
  const provider = (account: string) => {
    const inner = usual(account)
    return inner === null ? null : calledEarly(inner, cell, place)
  }
  return { ...parts, routes: { ...parts.routes, provider } }
}

/** The same provider, which calls back while its answer to the order is still on its way to us. */
function calledEarly(inner: Provider, cell: Cell, place: Place): Provider {
  return new Proxy(inner, {
    get(target, member) {
      if (member !== 'submit') {
        const value: unknown = Reflect.get(target, member)
        return typeof value === 'function' ? value.bind(target) : value
      }
      return async (...order: Parameters<Provider['submit']>) => {
        const answer = await target.submit(...order)
        for (const { id, ordered } of place.jobs.values()) if (ordered.prompt === cell.prompt) await place.call(id)
        return answer
      }
    },
  })
}

/** This server as providers reach it. */
async function startOutside() {
  let world: TestWorld | null = null
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const told = Object.entries(request.headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []))
    const sent = { key: null, raw: Buffer.concat(parts), headers: Object.fromEntries(told) }
    const answer = await world?.call('POST', request.url ?? '', sent)
    response.writeHead(answer?.status ?? 503).end()
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('there is no port')
  return {
    address: `http://127.0.0.1:${address.port}`,
    leadTo(there: TestWorld) {
      world = there
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

function settingsFor(places: ReadonlyMap<House, Place>, public_url: string): Settings {
  const providers = [...places].flatMap(([{ name, adapter, profile, model, settings }, { base_url }]) =>
    [STUDIO, BILLER, STANDBY].map((one) => ({
      name: `${name}-${one}`,
      adapter,
      ...(profile === null ? {} : { profile }),
      base_url,
      api_key: { env: 'STUDIO_KEY' },
      models: [{ model: ORDER.model, provider_model: model }],
      poll: { first_s: 10, later_s: 600 },
      deadline_s: ROUTE_DEADLINE_S,
      ...(one === BILLER ? { bills: ['provider_failed', 'moderation_blocked'] } : {}),
      ...settings,
    })),
  )
  const text = JSON.stringify({ public_url, providers, rate_cards: [FEED_CARD] }, null, 1)
  const read = parseConfiguration(text, 'filmgate.yaml', { STUDIO_KEY: KEY })
  if (read.outcome === 'wrong') throw new Error(read.sentence)
  return read.settings
}

/** The same accounts, waited for as long as told. */
function providersOf(parts: Parts, accounts: readonly ProviderAccount[], request_timeout_ms: number): ReadonlyMap<string, Provider> {
  const { pool, store, clock, decoder, uuid } = parts
  const studio = { look: () => undefined, abort: () => undefined }
  return createProviders(
    { pool, store, clock, decoder: { ...decoder, ...parts.inspector }, uuid, studio, sentinels: false, request_timeout_ms },
    accounts,
  )
}
