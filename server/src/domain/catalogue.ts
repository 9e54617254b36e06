import { ANIMATIC, ANIMATIC_MODELS } from './catalogue/animatic.ts'
import { CHAT_VIDEO_MODELS } from './catalogue/chat.ts'
import type { Abilities, Availability, Entry, Facts } from './catalogue/entry.ts'
import { FAL_MODELS } from './catalogue/fal.ts'
import { GOOGLE_MODELS } from './catalogue/google.ts'
import { KLING_MODELS } from './catalogue/kling.ts'
import { OPENAI_MODELS } from './catalogue/openai.ts'
import { OPENROUTER_MODELS } from './catalogue/openrouter.ts'
import { REPLICATE_MODELS } from './catalogue/replicate.ts'
import { RUNWAY_MODELS } from './catalogue/runway.ts'
import type { EtaSource } from './eta.ts'
import type { MappingRule } from './mapping.ts'
import type { PollSchedule } from './poll.ts'
import type { RateCard } from './rate-card.ts'
import { animatic } from './rate-cards/animatic.ts'

/** One way to serve a model: which provider, what it calls the model, what it can do and what it takes. */
export interface Route {
  /** Unique: `provider/model`. */
  readonly name: string
  readonly provider: string
  /** The accounts of its provider, one for each credential; absent: one, named as the provider. */
  readonly accounts?: readonly string[]
  readonly adapter: string
  /** The model that customers ask for. */
  readonly model: string
  /** The model that really runs, by its name in the catalogue (where that knows it: else the provider's own). */
  readonly provider_model: string
  readonly abilities: Abilities
  /** Whether it is asked for what it makes instead of an order that it does not make exactly; `nearest` unless told. */
  readonly mapping?: MappingRule
  /** What we pay; null when nobody said, and then the route is never chosen. */
  readonly provider_rate_card: RateCard | null
  /** Prices the route where the customer's card does not know its model: the animatic is free on every card. */
  readonly house_card: RateCard | null
  readonly poll: PollSchedule
  /** After so long without a verdict the stage becomes `waiting_for_provider`; null: once nearly all orders of its kind would have come. */
  readonly deadline_s: number | null
  readonly regions: readonly string[]
  readonly eta: EtaSource
  /** Of the relaxed lane: so many of its videos at once, and only while nobody else waits. 0: this route has no such lane. */
  readonly relaxed_slots: number
  /** Whether the model that really runs is to be had; it is unless told. */
  readonly availability?: Availability
  /** What is known of how its provider treats what it is sent; absent: nothing. */
  readonly facts?: Facts
  /** It stands in for another model, at that model's price; everything that a customer sees must say so. */
  readonly demo: boolean
}

/** Of the animatic: it is drawn on a machine that may be busy with everything else. */
export const DEFAULT_DEADLINE_S = 1_800

/** All that is known of models, by adapter: one file each. */
export const CATALOGUE: readonly Entry[] = [
  ...ANIMATIC_MODELS,
  ...OPENAI_MODELS,
  ...CHAT_VIDEO_MODELS,
  ...FAL_MODELS,
  ...GOOGLE_MODELS,
  ...KLING_MODELS,
  ...OPENROUTER_MODELS,
  ...REPLICATE_MODELS,
  ...RUNWAY_MODELS,
]

/** A model as an adapter with a profile offers it; null when the catalogue does not know it there. */
export function entryOf(adapter: string, profile: string | null, model: string): Entry | null {
  const entries = entriesOf(adapter, profile)
  return entries.find((entry) => entry.model === model) ?? entries.find((entry) => entry.model === '*') ?? null
}

/** What a model can do at an adapter with a profile; null when the catalogue does not know it. */
export function abilitiesOf(adapter: string, profile: string | null, model: string): Abilities | null {
  return entryOf(adapter, profile, model)?.abilities ?? null
}

/** The models that an adapter with a profile serves unless the configuration lists others. */
export function modelsOf(adapter: string, profile: string | null): readonly string[] {
  return entriesOf(adapter, profile).flatMap(({ model }) => (model === '*' ? [] : [model]))
}

/** What an adapter with a profile offers. */
export function entriesOf(adapter: string, profile: string | null): readonly Entry[] {
  return CATALOGUE.filter((entry) => entry.adapter === adapter && (entry.profile ?? profile) === profile)
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
