import { CLASS_SIZES } from '../order.ts'
import type { Abilities, Entry, Facts } from './entry.ts'

/** `std` makes 720p, `pro` 1080p. */
const HD = [...CLASS_SIZES['720p'], ...CLASS_SIZES['1080p']]

const V3: Abilities = {
  sizes: HD,
  seconds: { from: 3, to: 15 },
  reference_image: true,
  audio: true,
  operations: ['create'],
  own_clips_only: [],
}

const FACTS: Facts = {
  output_lifetime_s: 30 * 24 * 3_600,
  bills: [],
  lost_submit: 'looked_up',
  data_handling: null,
  source: { name: 'kling.ai, developer documentation, from a digest of 2026-07-10', url: 'https://kling.ai/dev', read_on: '2026-11-21' },
}

export const KLING_MODELS: readonly Entry[] = [
  { adapter: 'kling', model: 'kling-v3', abilities: V3, stands_for: ['sora-2', 'sora-2-pro'], facts: FACTS },
  { adapter: 'kling', model: 'kling-2.5-turbo', abilities: { ...V3, seconds: [5, 10], audio: false }, facts: FACTS },
]
