import type { Abilities, Entry } from './entry.ts'
import { ALL_SIZES, EVERYTHING } from './sizes.ts'

export const ANIMATIC: Abilities = {
  sizes: ALL_SIZES,
  seconds: { from: 1, to: 120 },
  reference_image: true,
  audio: true,
  operations: EVERYTHING,
  own_clips_only: [],
}

export const ANIMATIC_MODELS: readonly Entry[] = [{ adapter: 'animatic', model: 'animatic', abilities: ANIMATIC }]
