import { expect } from 'vitest'
import { type OpenaiEmulator, startOpenaiEmulator } from '../../../emulators/src/openai.ts'
import { parseConfiguration } from '../config-file.ts'
import type { Settings } from '../domain/settings.ts'
import type { GatewayOptions } from '../gateway.ts'
import { submitStep } from '../videos/attempt.ts'
import { queueFor } from '../videos/chain.ts'
import { fetchStep } from '../videos/fetch.ts'
import type { Parts } from '../videos/parts.ts'
import { pollStep } from '../videos/poll.ts'
import { selectWork } from '../videos/queries.ts'
import { drawClip } from './clips.ts'
import { remembering } from './matrix/clips.ts'
import { type Json, type TestWorld, testWorld } from './world.ts'

/** A gateway that several emulators serve, each for another price, on one clock that only the test moves; it does nothing by itself. */
export interface Studios extends TestWorld {
  readonly emulators: Readonly<Record<string, OpenaiEmulator>>
  readonly parts: Parts
  readonly settings: Settings
  now(): number
  advance(ms: number): void
  /** Orders a clip of four seconds; the id of its video. */
  order(extra?: Readonly<Record<string, unknown>>): Promise<string>
  /** Runs the next step of a video, whenever it is due. */
  step(video: string): Promise<void>
  /** Runs whatever is due, of these videos or of all that are open, and moves the clock on to what is due next, until they have ended. */
  runToTheEnd(videos?: readonly string[]): Promise<void>
  read(video: string): Promise<Json>
  receipt(video: string): Promise<Json>
  /** All attempts at a video as the operator sees them, oldest first. */
  attempts(video: string): Promise<Json[]>
  /** `route state`, oldest first. */
  way(video: string): Promise<string[]>
  expectCleanAudit(): Promise<void>
}

export const STUDIO_ORDER = { model: 'sora-2', prompt: 'a boat on a calm lake', seconds: '4', size: '1280x720' } as const
const KEY = 'sk-studio-0123456789'
/** Failures are what a test is about: nobody is left alone for them. */
export const NO_BREAKERS = {
  unreachable: Number.POSITIVE_INFINITY,
  key: Number.POSITIVE_INFINITY,
  balance: Number.POSITIVE_INFINITY,
  model: Number.POSITIVE_INFINITY,
} as const
let clip: Promise<Uint8Array> | null = null

/**
 * Studios by name, the cheaper one first: each costs us ten cents a second more than the one before it. Customers pay forty credits wherever it is made.
 * @param more lines of the configuration of each, by name
 */
export async function studios<const Name extends string>(
  names: readonly Name[],
  more: Readonly<Partial<Record<string, string>>> = {},
  options: Partial<GatewayOptions> = {},
  /** Where the gateway reaches a studio, if something stands between them. */
  road: (name: Name, base_url: string) => string | Promise<string> = (_name, base_url) => base_url,
  /** Whether the studios know the first key only. */
  keys: 'first' | 'any' = 'first',
): Promise<Studios & { readonly emulators: Readonly<Record<Name, OpenaiEmulator>> }> {
  // Drawn when somebody asks for it: most tests are about orders.
  const draw = () => {
    clip ??= drawClip({ seconds: 4, width: 1280, height: 720 })
    return clip
  }
  let now = Date.now()
  const clock = () => now
  const started = await Promise.all(
    names.map(
      async (name) =>
        [name, await startOpenaiEmulator({ clip: draw, ...(keys === 'first' && { key: KEY }), clock, render_ms: 20_000 })] as const,
    ),
  )
  const emulators = Object.fromEntries(started) as Record<Name, OpenaiEmulator> // its keys are the names
  const addresses = new Map<string, string>()
  for (const [name, { base_url }] of started) addresses.set(name, await road(name, base_url))
  const read = parseConfiguration(configurationOf(names, addresses, more), 'filmgate.yaml', { STUDIO_KEY: KEY })
  if (read.outcome === 'wrong') throw new Error(read.sentence)
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
  const world = await testWorld({ settings: read.settings, role: 'api', clock, log, ...options })
  const asOperator = { key: world.operator_key }
  const [customer] = (await world.call('GET', '/v1/customers', asOperator)).json.data
  await world.call('POST', `/v1/customers/${customer.id}/grants`, { ...asOperator, body: { credits: 100_000, kind: 'pack' } })
  const parts: Parts = {
    ...world.gateway.parts,
    decoder: remembering(world.gateway.parts.decoder),
    random: () => 0.5,
    // A send window is measured by it: on a busy machine real time would close some.
    monotonic: clock,
  }

  async function step(video: string): Promise<void> {
    const work = await selectWork(parts.pool, parts.engine, video)
    if (work?.job == null) return
    const queue = queueFor(video, work.attempt.state)
    const run = queue === 'submit' ? submitStep : queue === 'fetch' ? fetchStep : pollStep
    await run(parts, { id: work.job, subject: video })
  }

  const attempts = async (video: string): Promise<Json[]> =>
    (await world.call('GET', `/v1/attempts?video=${video}&order=asc&limit=100`, { key: world.operator_key })).json.data

  return {
    ...world,
    emulators,
    parts,
    settings: read.settings,
    now: clock,
    advance(ms) {
      now += ms
    },
    async order(extra = {}) {
      const made = await world.call('POST', '/v1/videos', { body: { ...STUDIO_ORDER, ...extra } })
      expect(made.status, made.bytes.toString()).toBe(200)
      return made.json.id
    },
    step,
    async runToTheEnd(videos) {
      for (let steps = 0; steps < 2_000; steps += 1) {
        const { rows } = await parts.pool.query<{ id: string; next_ms: bigint }>(
          `select video as id, next_ms from videos.chains where $1::text[] is null or video = any($1) order by next_ms, video limit 1`,
          [videos ?? null],
        )
        const [next] = rows
        if (next === undefined) return
        now = Math.max(now, Number(next.next_ms))
        await step(next.id)
      }
      throw new Error('videos are open after two thousand steps')
    },
    read: async (video) => (await world.call('GET', `/v1/videos/${video}`)).json,
    receipt: async (video) => (await world.call('GET', `/v1/videos/${video}/receipt`)).json,
    attempts,
    way: async (video) => (await attempts(video)).map(({ route, state }) => `${route} ${state}`),
    async expectCleanAudit() {
      const { json } = await world.call('GET', '/v1/ledger/audit?full=true', { key: world.operator_key })
      expect(json.checks.filter((check: { ok: boolean }) => !check.ok)).toEqual([])
    },
    async stop() {
      // The emulators first: what hangs there would keep the gateway's connections.
      await Promise.all(started.map(([, emulator]) => emulator.stop()))
      await world.stop()
    },
  }
}

function configurationOf<Name extends string>(
  names: readonly Name[],
  addresses: ReadonlyMap<string, string>,
  more: Readonly<Partial<Record<string, string>>>,
): string {
  const cards = names.map(
    (name, at) => `  - kind: rates
    id: card-${name}
    version: 1
    title: What ${name} takes
    currency: usd
    effective_on: "2026-11-01"
    source: { name: their page, read_on: "2026-11-01" }
    lines: [{ models: [sora-2], sizes: [720p], seconds: [4, 8, 12], rate: { kind: per_second, amount: "0.${at + 1}0" } }]
`,
  )
  const providers = names.map(
    (name) => `  - name: ${name}
    adapter: openai
    base_url: ${addresses.get(name)}
    api_key: { env: STUDIO_KEY }
    models: [sora-2]
    rate_card: card-${name}
    poll: { first_s: 10, later_s: 30 }
${more[name] ?? ''}`,
  )
  return `rate_cards:\n${cards.join('')}providers:\n${providers.join('')}`
}
