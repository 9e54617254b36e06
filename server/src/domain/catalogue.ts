import type { EtaSource } from './eta.ts'
import { CLASS_SIZES, type Operation } from './order.ts'
import type { PollSchedule } from './poll.ts'
import type { RateCard, SecondsSold } from './rate-card.ts'
import { animatic } from './rate-cards/animatic.ts'

/** What a route can do: the operations on videos, and making characters known. */
export type Ability = Operation | 'character'

/** What a route can make, whatever anybody sells. An order must pass both this and the customer's rate card. */
export interface Abilities {
  /** Exact sizes. */
  readonly sizes: readonly string[]
  readonly seconds: SecondsSold
  readonly reference_image: boolean
  readonly audio: boolean
  readonly operations: readonly Ability[]
  /** Of these, the ones that only work on a clip which this very account made: others can not be uploaded to it. */
  readonly own_clips_only: readonly Operation[]
}

/** One way to serve a model: which provider, what it calls the model, what it can do and what it takes. */
export interface Route {
  /** Unique: `provider/model`. */
  readonly name: string
  readonly provider: string
  readonly adapter: string
  /** The model that customers ask for. */
  readonly model: string
  /** What the provider calls the model that really runs. */
  readonly provider_model: string
  readonly abilities: Abilities
  /** What we pay; null when nobody said, and then the route is never chosen. */
  readonly provider_rate_card: RateCard | null
  /** Prices the route where the customer's card does not know its model: the animatic is free on every card. */
  readonly house_card: RateCard | null
  readonly poll: PollSchedule
  /** After so long without a verdict the stage becomes `waiting_for_provider`. */
  readonly deadline_s: number
  readonly regions: readonly string[]
  readonly eta: EtaSource
  /** Of the relaxed lane: so many of its videos at once, and only while nobody else waits. 0: this route has no such lane. */
  readonly relaxed_slots: number
  /** It stands in for another model, at that model's price; everything that a customer sees must say so. */
  readonly demo: boolean
}

export const DEFAULT_DEADLINE_S = 1_800

const ALL_SIZES = [...CLASS_SIZES['720p'], ...CLASS_SIZES['1024p'], ...CLASS_SIZES['1080p'], ...CLASS_SIZES['480p']]
const EVERYTHING: readonly Ability[] = ['create', 'remix', 'edit', 'extend', 'character']

/** The wire format of a profile, as far as it bounds an order. Durations: the union of what vendors of that profile were documented to take. */
const OPENAI_SECONDS = [4, 8, 12, 16, 20]

/** Dialects of servers that speak the OpenAI Videos API. What each means on the wire is in `providers/openai/profile.ts`. */
export const OPENAI_PROFILES = ['openai', 'azure', 'vllm-omni', 'sglang', 'cometapi'] as const
export type OpenaiProfile = (typeof OPENAI_PROFILES)[number]

interface Entry {
  readonly adapter: string
  /** Absent: every profile of the adapter. */
  readonly profile?: string
  /** `*`: any model that the configuration lists. Such a server makes what its operator loaded into it. */
  readonly model: string
  readonly abilities: Abilities
}

const ANIMATIC: Abilities = {
  sizes: ALL_SIZES,
  seconds: { from: 1, to: 120 },
  reference_image: true,
  audio: true,
  operations: EVERYTHING,
  own_clips_only: [],
}

/** vLLM-Omni and SGLang take any length and size; how much of that is sold is for the rate card to say. */
const SELF_HOSTED: Abilities = {
  sizes: ALL_SIZES,
  seconds: { from: 1, to: 60 },
  reference_image: true,
  audio: false,
  operations: ['create'],
  own_clips_only: [],
}

const CATALOGUE: readonly Entry[] = [
  { adapter: 'animatic', model: 'animatic', abilities: ANIMATIC },
  {
    adapter: 'openai',
    profile: 'openai',
    model: 'sora-2',
    abilities: {
      sizes: CLASS_SIZES['720p'],
      seconds: OPENAI_SECONDS,
      reference_image: true,
      audio: true,
      operations: EVERYTHING,
      own_clips_only: ['remix'],
    },
  },
  {
    adapter: 'openai',
    profile: 'openai',
    model: 'sora-2-pro',
    abilities: {
      sizes: [...CLASS_SIZES['720p'], ...CLASS_SIZES['1024p'], ...CLASS_SIZES['1080p']],
      seconds: OPENAI_SECONDS,
      reference_image: true,
      audio: true,
      operations: EVERYTHING,
      own_clips_only: ['remix'],
    },
  },
  {
    adapter: 'openai',
    profile: 'azure',
    model: 'sora-2',
    abilities: {
      sizes: CLASS_SIZES['720p'],
      seconds: [4, 8, 12],
      reference_image: true,
      audio: true,
      operations: ['create', 'remix'],
      own_clips_only: ['remix'],
    },
  },
  {
    adapter: 'openai',
    profile: 'cometapi',
    model: 'sora-2',
    abilities: {
      sizes: CLASS_SIZES['720p'],
      seconds: [4, 8, 12],
      reference_image: true,
      audio: true,
      operations: ['create'],
      own_clips_only: [],
    },
  },
  ...(['vllm-omni', 'sglang'] as const).map((profile) => ({ adapter: 'openai', profile, model: '*', abilities: SELF_HOSTED })),
]

/** What a model can do at an adapter with a profile; null when the catalogue does not know it. */
export function abilitiesOf(adapter: string, profile: string | null, model: string): Abilities | null {
  const entries = CATALOGUE.filter((entry) => entry.adapter === adapter && (entry.profile ?? profile) === profile)
  const found = entries.find((entry) => entry.model === model) ?? entries.find((entry) => entry.model === '*')
  return found?.abilities ?? null
}

/** The models that an adapter with a profile serves unless the configuration lists others. */
export function modelsOf(adapter: string, profile: string | null): readonly string[] {
  return CATALOGUE.filter((entry) => entry.adapter === adapter && (entry.profile ?? profile) === profile && entry.model !== '*').map(
    (entry) => entry.model,
  )
}

/**
 * The routes that need no configuration. In demo mode, that is without any configured provider, the animatic also stands in
 * for sora-2 and sora-2-pro; afterwards it takes orders for its own model only.
 */
export function builtInRoutes({ demo }: { readonly demo: boolean }): readonly Route[] {
  return ['animatic', ...(demo ? ['sora-2', 'sora-2-pro'] : [])].map((model) => ({
    name: `animatic/${model}`,
    provider: 'animatic',
    adapter: 'animatic',
    model,
    provider_model: 'animatic',
    abilities: ANIMATIC,
    provider_rate_card: animatic,
    house_card: model === 'animatic' ? animatic : null,
    poll: { first_s: 1, later_s: 1 },
    deadline_s: DEFAULT_DEADLINE_S,
    regions: ['local'],
    eta: { kind: 'linear', low_tenths: 4, low_plus_s: 1, high_tenths: 12, high_plus_s: 3 },
    relaxed_slots: 1,
    demo: model !== 'animatic',
  }))
}
