import type { Operation } from '../order.ts'
import type { BadEnding } from '../provider-cost.ts'
import type { SecondsSold, Source } from '../rate-card.ts'

/** What a route can do: the operations on videos, and making characters known. */
export type Ability = Operation | 'character'

/** What a route can make, whatever anybody sells. An order must pass both this and the customer's rate card. */
export interface Abilities {
  /** Exact sizes. */
  readonly sizes: readonly string[]
  readonly seconds: SecondsSold
  /** Takes a first frame; `required`: makes nothing without one. */
  readonly reference_image: boolean | 'required'
  readonly audio: boolean
  readonly operations: readonly Ability[]
  /** Of these, the ones that only work on a clip which this very account made: others can not be uploaded to it. */
  readonly own_clips_only: readonly Operation[]
}

/** Whether a model is to be had. Days are ISO dates. */
export type Availability =
  | { readonly state: 'active' }
  /** It ends on this day. */
  | { readonly state: 'ending'; readonly on: string; readonly replacement: string | null }
  /** It ended on this day: its routes are never chosen. `replacement`: the model of this catalogue that comes nearest. */
  | { readonly state: 'ended'; readonly on: string; readonly replacement: string | null }

/** What is known of how a provider treats what it is sent, with its source. Null: nobody has said. */
export interface Facts {
  /** How long its links to a result lead anywhere; we copy at once. */
  readonly output_lifetime_s: number | null
  /** Ends without a clip that it charges for all the same. */
  readonly bills: readonly BadEnding[]
  /**
   * What becomes of a submit whose answer was lost: it may be repeated under the same key, looked up by our key, found in a list by time and
   * content, told of by a callback alone, or never.
   */
  readonly lost_submit: 'repeatable' | 'looked_up' | 'listed' | 'called_back' | 'never'
  /** What it does with prompts and pictures, in a sentence. */
  readonly data_handling: string | null
  readonly source: Source
}

/** One model as one adapter offers it. */
export interface Entry {
  readonly adapter: string
  /** Absent: every profile of the adapter. */
  readonly profile?: string
  /**
   * What customers ask for: one model has one name at every provider (`kling-v3`, `veo-3.1`); what a provider calls it on the wire its adapter
   * knows. `*`: any model that the configuration lists, by the provider's own name.
   */
  readonly model: string
  readonly abilities: Abilities
  /** Models that are asked for still and made by nobody: this one is offered for them, and every quote says so, unless the configuration lists models. */
  readonly stands_for?: readonly string[]
  readonly availability?: Availability
  readonly facts?: Facts
}
