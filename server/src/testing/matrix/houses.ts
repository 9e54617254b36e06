import { startChatEmulator } from '../../../../emulators/src/chat.ts'
import type { Emulator } from '../../../../emulators/src/desk.ts'
import { startFalEmulator } from '../../../../emulators/src/fal.ts'
import { startGoogleEmulator } from '../../../../emulators/src/google.ts'
import { startKlingEmulator } from '../../../../emulators/src/kling.ts'
import { type ClipOrder, type OpenaiEmulator, startOpenaiEmulator } from '../../../../emulators/src/openai.ts'
import { startOpenRouterEmulator } from '../../../../emulators/src/openrouter.ts'
import { startReplicateEmulator } from '../../../../emulators/src/replicate.ts'
import { startRunwayEmulator } from '../../../../emulators/src/runway.ts'
import type { AdapterName } from '../../domain/adapters.ts'
import type { Facts } from '../../domain/catalogue/entry.ts'
import { entryOf } from '../../domain/catalogue.ts'
import type { BadEnding } from '../../domain/provider-cost.ts'
import type { RateCard } from '../../domain/rate-card.ts'
import type { FaultRow } from './faults.ts'

export const KEY = 'sk-studio-0123456789'
/** From the order to the clip. */
const RENDER_MS = 20_000
const GEMINI_SECRET = `whsec_${Buffer.alloc(24, 5).toString('base64')}`
const OPENROUTER_SECRET = 'secret-of-the-workspace'
const KLING_UNIT_USD = 0.14

/** What the matrix needs of an emulator, whatever its protocol. */
export interface Place {
  readonly base_url: string
  readonly orders: readonly { readonly prompt: string }[]
  readonly jobs: ReadonlyMap<string, { readonly id: string; readonly ordered: { readonly prompt: string }; readonly ready_at: number }>
  bill(): readonly { readonly id: string; readonly usd: number }[]
  /** The next order is cut off while it is sent. */
  cut(operation: 'create' | 'remix' | 'edit' | 'extend'): void
  /** Calls back about a job, now; resolves with the status of the answer. */
  call(id: string, how?: { readonly forged?: boolean }): Promise<number>
  /** Whom it would call. */
  addressOf(id: string): string | null
  stop(): Promise<void>
}

export type Clips = (order: Pick<ClipOrder, 'lasts_s' | 'size'>) => Uint8Array<ArrayBuffer>

/** Where orders are sent in this matrix: an adapter, or a dialect of one, at its emulator. */
export interface House {
  readonly name: string
  readonly adapter: AdapterName
  readonly profile: string | null
  /** What is made there, by its name in the catalogue; it is asked for as `sora-2`. */
  readonly model: string
  /** What one clip costs us there, dollars. */
  readonly usd: number
  /** What becomes of a submit whose answer was lost. */
  readonly lost: Facts['lost_submit']
  /** Ends without a clip that it bills. */
  readonly bills: readonly BadEnding[]
  /** How it calls back; null: it never does. */
  readonly calls: 'signed' | 'unsigned' | null
  /** Whether it stops what a customer cancels. */
  readonly stops: boolean
  /** A reference is its own name for a job, so that the two can be compared. */
  readonly names_jobs: boolean
  /** Faults that nobody can meet there, by their sentinels. */
  readonly unmet?: RegExp
  /** What must become of a fault there, where that is not what the table of all says. */
  readonly differs?: Readonly<Record<string, Partial<FaultRow>>>
  /** Of its configuration, beside adapter, address, key and models. */
  readonly settings: Readonly<Record<string, unknown>>
  start(clips: Clips, clock: () => number): Promise<Place>
}

/** OpenRouter's prices are in its feed: its operator writes the card. */
export const FEED_CARD: RateCard = {
  kind: 'rates',
  id: 'matrix-feed',
  version: 1,
  title: 'A feed, per second',
  currency: 'usd',
  effective_on: '2026-11-22',
  source: { name: 'the emulator', read_on: '2026-11-22' },
  lines: [{ models: ['veo-3.1-fast'], sizes: ['720p'], seconds: [4, 6, 8], rate: { kind: 'per_second', amount: '0.15' } }],
}

const common = (clock: () => number) => ({ key: KEY, clock, render_ms: RENDER_MS, calls_by_script: true })
const clipOf =
  (clips: Clips) =>
  ({ seconds, size }: { readonly seconds: number; readonly size: string }) =>
    clips({ lasts_s: seconds, size })
const longClip =
  (clips: Clips) =>
  ({ lasts_s, size }: { readonly lasts_s: number; readonly size: string }) =>
    clips({ lasts_s, size })

type Told = Pick<House, 'name' | 'adapter' | 'model' | 'usd' | 'calls' | 'start'> & Partial<House>

/** What the catalogue knows of a vendor is what is expected here. */
function house(told: Told): House {
  const profile = told.profile ?? null
  const facts = entryOf(told.adapter, profile, told.model)?.facts
  return {
    profile,
    lost: facts?.lost_submit ?? (told.calls === null ? 'never' : 'called_back'),
    bills: facts?.bills ?? [],
    stops: false,
    names_jobs: true,
    settings: {},
    ...told,
  }
}

export const OPENAI = house({
  name: 'openai',
  adapter: 'openai',
  profile: 'openai',
  model: 'sora-2',
  usd: 0.4,
  lost: 'listed',
  calls: null,
  settings: { rate_card: 'openai-2026-05' },
  start: async (clip, clock) => openaiPlace(await startOpenaiEmulator({ ...common(clock), clip })),
})

export const HOUSES: readonly House[] = [
  OPENAI,
  house({
    name: 'cometapi',
    adapter: 'openai',
    profile: 'cometapi',
    model: 'sora-2',
    usd: 0.4,
    calls: 'unsigned',
    // A relay's own 503 may come from behind the point where the order was taken.
    differs: { '503 in its own shape': { lost: 'not taken' } },
    settings: { rate_card: 'openai-2026-05', callback_field: 'webhook_url' },
    start: async (clip, clock) =>
      openaiPlace(await startOpenaiEmulator({ ...common(clock), clip, dialect: 'cometapi', callback_field: 'webhook_url' })),
  }),
  house({
    name: 'fal',
    adapter: 'fal',
    model: 'veo-3.1-lite',
    usd: 0.2,
    calls: 'signed',
    stops: true,
    start: async (clips, clock) => place(await startFalEmulator({ ...common(clock), clip: longClip(clips) })),
  }),
  house({
    name: 'replicate',
    adapter: 'replicate',
    model: 'google/veo-3.1',
    usd: 0.4,
    calls: 'signed',
    stops: true,
    settings: { rate_card: 'openai-2026-05' },
    // By the look of the next day its data is gone: it says that there is no clip, and bills that as well.
    differs: { 'success after the final deadline': { loss: 'late_failure' } },
    start: async (clips, clock) => place(await startReplicateEmulator({ ...common(clock), clip: longClip(clips) })),
  }),
  house({
    name: 'openrouter',
    adapter: 'openrouter',
    model: 'veo-3.1-fast',
    usd: 0.6,
    calls: 'signed',
    settings: { rate_card: FEED_CARD.id, options: { callback_secret: OPENROUTER_SECRET } },
    start: async (clips, clock) =>
      place(await startOpenRouterEmulator({ ...common(clock), clip: clipOf(clips), callback_secret: OPENROUTER_SECRET })),
  }),
  house({
    name: 'gemini',
    adapter: 'google',
    profile: 'gemini',
    model: 'gemini-omni-1.2',
    usd: 0.28,
    calls: 'signed',
    stops: true,
    settings: { options: { callback_secret: GEMINI_SECRET } },
    start: async (clips, clock) =>
      place(await startGoogleEmulator({ ...common(clock), api: 'gemini', clip: clipOf(clips), callback_secret: GEMINI_SECRET })),
  }),
  house({
    name: 'vertex',
    adapter: 'google',
    profile: 'vertex',
    model: 'veo-3.1-lite',
    usd: 0.2,
    calls: null,
    // The clip is in the answer that says that it is made.
    unmet: /content:|no_file|\[expired|not_a_video/,
    start: async (clips, clock) => place(await startGoogleEmulator({ ...common(clock), api: 'vertex', clip: clipOf(clips) })),
  }),
  house({
    name: 'kling',
    adapter: 'kling',
    model: 'kling-v3',
    usd: 0.504,
    calls: 'unsigned',
    settings: { options: { unit_usd: String(KLING_UNIT_USD) } },
    start: async (clips, clock) => place(await startKlingEmulator({ ...common(clock), clip: clipOf(clips), unit_usd: KLING_UNIT_USD })),
  }),
  house({
    name: 'runway',
    adapter: 'runway',
    model: 'gen-4.5',
    usd: 0.48,
    calls: null,
    stops: true,
    start: async (clips, clock) => place(await startRunwayEmulator({ ...common(clock), clip: clipOf(clips) })),
  }),
  house({
    name: 'chat',
    adapter: 'chat',
    model: 'sora-2',
    usd: 0.12,
    calls: null,
    // A relay's own 503 may come from behind the point where the order was taken.
    differs: { '503 in its own shape': { lost: 'not taken' } },
    names_jobs: false,
    // There is no job to ask about; and whether a stream that is torn down at once had begun is chance.
    unmet: /submit:truncated|retrieve:|flaky|flapping|backwards|revoked|gone_later/,
    start: async (clips, clock) =>
      place(await startChatEmulator({ ...common(clock), clip: (_job, { seconds, size }) => clips({ lasts_s: seconds, size }) })),
  }),
]

function place(emulator: Emulator): Place {
  const { base_url, orders, jobs } = emulator
  return {
    base_url,
    orders,
    jobs,
    bill: () => emulator.bill(),
    cut: () => emulator.next('submit', 'cut_upload'),
    async call(id, how) {
      await emulator.callBack(id, how)
      return emulator.called_back.at(-1) ?? 0
    },
    addressOf: (id) => jobs.get(id)?.ordered.callback_url ?? null,
    stop: () => emulator.stop(),
  }
}

function openaiPlace(emulator: OpenaiEmulator): Place {
  const { base_url, orders, jobs } = emulator
  return {
    base_url,
    orders,
    jobs,
    bill: () => emulator.bill(),
    cut: (operation) => emulator.next(operation, 'cut_upload'),
    async call(id) {
      await emulator.callBack(id)
      return emulator.called_back.at(-1) ?? 0
    },
    addressOf: (id) => jobs.get(id)?.callback_url ?? null,
    stop: () => emulator.stop(),
  }
}
