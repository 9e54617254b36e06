import { CLASS_SIZES } from '../order.ts'
import type { Abilities, Entry, Facts } from './entry.ts'

const FACTS: Facts = {
  output_lifetime_s: null,
  bills: [],
  lost_submit: 'called_back',
  data_handling: 'It hands prompts and pictures on to whoever runs the model, and they treat them by their own terms.',
  source: {
    name: 'openrouter.ai/docs, and the npm package @openrouter/sdk 1.3.19',
    url: 'https://openrouter.ai/docs',
    read_on: '2026-11-21',
  },
}

const VEO: Abilities = {
  sizes: [...CLASS_SIZES['720p'], ...CLASS_SIZES['1080p']],
  seconds: [4, 6, 8],
  reference_image: true,
  audio: true,
  operations: ['create'],
  own_clips_only: [],
}

/** What the format can say. What each model makes of it its own feed says (`GET /videos/models`); how much of that is sold is for the rate card to say. */
const ANY: Abilities = {
  ...VEO,
  sizes: [...CLASS_SIZES['720p'], ...CLASS_SIZES['1080p'], ...CLASS_SIZES['480p']],
  seconds: { from: 1, to: 60 },
}

/** Its prices change with its feed: no card of ours names them, so a route is taken only where the configuration brings a card. */
export const OPENROUTER_MODELS: readonly Entry[] = [
  { adapter: 'openrouter', model: 'veo-3.1', abilities: VEO, stands_for: ['sora-2', 'sora-2-pro'], facts: FACTS },
  { adapter: 'openrouter', model: 'veo-3.1-fast', abilities: VEO, stands_for: ['sora-2'], facts: FACTS },
  { adapter: 'openrouter', model: 'veo-3.1-lite', abilities: VEO, stands_for: ['sora-2'], facts: FACTS },
  { adapter: 'openrouter', model: '*', abilities: ANY, facts: FACTS },
]
