import { CLASS_SIZES } from '../order.ts'
import type { Abilities, Entry } from './entry.ts'
import { ALL_SIZES, EVERYTHING } from './sizes.ts'

/** Dialects of servers that speak the OpenAI Videos API. What each means on the wire is in `providers/openai/profile.ts`. */
export const OPENAI_PROFILES = ['openai', 'azure', 'vllm-omni', 'sglang', 'cometapi'] as const
export type OpenaiProfile = (typeof OPENAI_PROFILES)[number]

/** The wire format of a profile, as far as it bounds an order. Durations: the union of what vendors of that profile were documented to take. */
const OPENAI_SECONDS = [4, 8, 12, 16, 20]

/** vLLM-Omni and SGLang take any length and size; how much of that is sold is for the rate card to say. */
const SELF_HOSTED: Abilities = {
  sizes: ALL_SIZES,
  seconds: { from: 1, to: 60 },
  reference_image: true,
  audio: false,
  operations: ['create'],
  own_clips_only: [],
}

export const OPENAI_MODELS: readonly Entry[] = [
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
