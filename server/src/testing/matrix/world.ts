import { expect } from 'vitest'
import { type OpenaiEmulator, startOpenaiEmulator } from '../../../../emulators/src/openai.ts'
import { parseConfiguration } from '../../config-file.ts'
import { ApiKey, type ProviderAccount } from '../../domain/configuration.ts'
import { OpenaiCompatible } from '../../providers/openai/adapter.ts'
import type { Provider } from '../../providers/provider.ts'
import { type Parts, TIMING } from '../../videos/parts.ts'
import { FORM, filePart, orderForm } from '../bad-input/case.ts'
import { type Receiver, startReceiver } from '../receiver.ts'
import { NO_BREAKERS } from '../studios.ts'
import { type TestWorld, testWorld } from '../world.ts'
import type { Cell } from './cell.ts'
import { clipShelf, remembering } from './clips.ts'
import { FINAL_DEADLINE_S, ROUTE_DEADLINE_S } from './faults.ts'

const KEY = 'sk-studio-0123456789'
export const ORDER = { model: 'sora-2', seconds: '4', size: '1280x720' } as const
const STUDIO = 'studio-a'
/** Charges for failures too, and its operator has said so. */
const BILLER = 'studio-b'
/** As dear as the first, and after it by name. */
const STANDBY = 'studio-c'
/** From the order to the clip. */
const RENDER_MS = 20_000
/** For requests that are to hang: real time, and the only time that is waited for. */
const SHORT_TIMEOUT_MS = 5_000

/** A gateway in this process and the emulator that it is configured with, both on one clock that only `advanceTo` moves. */
export interface MatrixWorld {
  readonly world: TestWorld
  readonly emulator: OpenaiEmulator
  readonly receiver: Receiver
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
  stop(): Promise<void>
}

export async function matrixWorld(): Promise<MatrixWorld> {
  let now = Date.now()
  const clock = () => now
  const clip = await clipShelf()
  const emulator = await startOpenaiEmulator({ clip, key: KEY, clock, render_ms: RENDER_MS })
  const receiver = await startReceiver()
  const world = await testWorld({
    settings: settingsFor(emulator),
    // Nothing is done by itself: each step is run when the clock says so.
    role: 'api',
    clock,
    // Nothing but trouble comes here: with breakers everybody would wait for everybody.
    timing: { final_deadline_ms: FINAL_DEADLINE_S * 1000, failures_max: NO_BREAKERS },
    trusted_hosts: new Set([receiver.place]),
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  })
  const asOperator = { key: world.operator_key }
  const [customer] = (await world.call('GET', '/v1/customers', asOperator)).json.data
  await world.call('POST', `/v1/customers/${customer.id}/grants`, { ...asOperator, body: { credits: 100_000, kind: 'pack' } })
  const endpoint = { name: 'ends', url: `${receiver.address}/ends`, event_types: ['video.completed', 'video.failed'] }
  expect((await world.call('POST', '/v1/webhook_endpoints', { body: endpoint })).status).toBe(200)

  const parts: Parts = {
    ...world.gateway.parts,
    decoder: remembering(world.gateway.parts.decoder),
    random: () => 0.5,
    // A send window is measured by it: on a busy machine real time would close some.
    monotonic: clock,
  }
  const hasty = impatient(parts, emulator, clock)
  const refused = new WeakMap<Cell, Parts>()
  const upload = clip({ lasts_s: 4, size: ORDER.size })
  const sources = new Map<boolean, string>()

  return {
    world,
    emulator,
    receiver,
    now: clock,
    advanceTo(instant) {
      now = Math.max(now, instant)
    },
    sources,
    partsFor(cell) {
      if (cell?.row.hangs === true) return hasty
      if (cell?.row.is_refused !== true) return parts
      const own = refused.get(cell) ?? refusedOnce(parts, clock)
      refused.set(cell, own)
      return own
    },
    async order({ row, operation, uploads, prompt }) {
      const from = sources.get(row.at_biller === true) ?? ''
      const route = row.at_biller === true ? BILLER : STUDIO
      const path = { create: '/v1/videos', remix: `/v1/videos/${from}/remix`, edit: '/v1/videos/edits', extend: '/v1/videos/extensions' }[
        operation
      ]
      const wish = row.has_standby === true ? { providers: [STUDIO, STANDBY] } : { route }
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
      const made = await world.call('POST', '/v1/videos', {
        body: { ...ORDER, prompt: 'a clip to begin from', route: at_biller ? BILLER : STUDIO },
      })
      expect(made.status, made.bytes.toString()).toBe(200)
      return made.json.id
    },
    async stop() {
      // The emulator first: what hangs there would keep the gateway's connections.
      await emulator.stop()
      await Promise.all([world.stop(), receiver.stop()])
    },
  }
}

function settingsFor({ base_url }: OpenaiEmulator) {
  const both = `
    adapter: openai
    base_url: ${base_url}
    api_key: { env: STUDIO_KEY }
    models: [sora-2]
    rate_card: openai-2026-05
    poll: { first_s: 10, later_s: 600 }
    deadline_s: ${ROUTE_DEADLINE_S}`
  const text = `providers:
  - name: ${STUDIO}${both}
  - name: ${BILLER}${both}
    bills: [provider_failed, moderation_blocked]
  - name: ${STANDBY}${both}
`
  const read = parseConfiguration(text, 'filmgate.yaml', { STUDIO_KEY: KEY })
  if (read.outcome === 'wrong') throw new Error(read.sentence)
  return read.settings
}

/** The same, but for providers that are not waited for. */
function impatient(parts: Parts, { base_url }: OpenaiEmulator, clock: () => number): Parts {
  const provider = adapterAt(base_url, clock, SHORT_TIMEOUT_MS)
  return {
    ...parts,
    timing: { ...parts.timing, request_timeout_ms: SHORT_TIMEOUT_MS },
    routes: { ...parts.routes, provider: () => provider },
  }
}

/** The same, but nobody listens when a provider is spoken to for the first time. */
function refusedOnce(parts: Parts, clock: () => number): Parts {
  // A port that nobody binds, and below 1024 none is given out by chance.
  const closed = adapterAt('http://127.0.0.1:2/v1', clock, TIMING.request_timeout_ms)
  let is_first = true
  const provider = (account: string): Provider | null => {
    if (!is_first) return parts.routes.provider(account)
    is_first = false
    return closed
  }
  return { ...parts, routes: { ...parts.routes, provider } }
}

function adapterAt(base_url: string, clock: () => number, request_timeout_ms: number): OpenaiCompatible {
  const account: ProviderAccount = {
    name: STUDIO,
    adapter: 'openai',
    profile: 'openai',
    base_url,
    api_key: new ApiKey(KEY),
    trusted_hosts: [],
    open_limit: null,
    callback_field: null,
  }
  return new OpenaiCompatible(account, { clock, request_timeout_ms })
}
