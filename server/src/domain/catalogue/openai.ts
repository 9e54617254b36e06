import { CLASS_SIZES } from '../order.ts'
import type { Abilities, Entry } from './entry.ts'
import { ALL_SIZES, EVERYTHING } from './sizes.ts'

/** Dialects of servers that speak the OpenAI Videos API. What each means on the wire is in `providers/openai/profile.ts`. */
export const OPENAI_PROFILES = ['openai', 'azure', 'vllm-omni', 'sglang', 'cometapi', 'apiyi-relay', 'laozhang'] as const
export type OpenaiProfile = (typeof OPENAI_PROFILES)[number]

/** The wire format of a profile, as far as it bounds an order. Durations: the union of what vendors of that profile were documented to take. */
const OPENAI_SECONDS = [4, 8, 12, 16, 20]

/** They take any length and size, or leave that to the model; how much of it is sold is for the rate card to say. */
const ANYTHING: Abilities = {
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
  {
    adapter: 'openai',
    profile: 'laozhang',
    model: 'gemini-omni-1.2',
    abilities: {
      sizes: [...CLASS_SIZES['720p'], ...CLASS_SIZES['1080p']],
      seconds: { from: 3, to: 10 },
      reference_image: true,
      audio: true,
      operations: ['create'],
      own_clips_only: [],
    },
    stands_for: ['sora-2', 'sora-2-pro'],
    facts: {
      output_lifetime_s: 604_800,
      bills: [],
      lost_submit: 'never',
      data_handling: null,
      source: {
        name: 'LaoZhang documentation, docs.laozhang.ai: failed and moderated tasks are refunded, each repeat is charged',
        read_on: '2026-11-20',
      },
    },
  },
  // Which of its models go over this path, and in which sizes, the relay does not say in one place: its operator does.
  ...(['vllm-omni', 'sglang', 'apiyi-relay', 'laozhang'] as const).map((profile) => ({
    adapter: 'openai',
    profile,
    model: '*',
    abilities: ANYTHING,
  })),
]
