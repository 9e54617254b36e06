import { CLASS_SIZES } from '../order.ts'
import type { Abilities, Entry, Facts } from './entry.ts'

const FACTS: Facts = {
  output_lifetime_s: 86_400,
  bills: ['moderation_blocked'],
  lost_submit: 'never',
  data_handling:
    'Its terms ask whoever shows its clips to end users to say "Powered by Runway". How long it keeps prompts and pictures was not found in writing.',
  source: {
    name: 'docs.dev.runwayml.com, and the npm package @runwayml/sdk 4.20.1',
    url: 'https://docs.dev.runwayml.com',
    read_on: '2026-11-21',
  },
}

/** More ratios are sold for pictures than for words; gen-4-turbo begins from a picture always. */
const PICTURE_SIZES = ['1104x832', '832x1104', '960x960', '1584x672']

const VEO: Abilities = {
  sizes: [...CLASS_SIZES['720p'], ...CLASS_SIZES['1080p']],
  seconds: [4, 6, 8],
  reference_image: true,
  audio: true,
  operations: ['create'],
  own_clips_only: [],
}

const SILENT = { seconds: { from: 2, to: 10 }, audio: false, operations: ['create'], own_clips_only: [] } as const

export const RUNWAY_MODELS: readonly Entry[] = [
  {
    adapter: 'runway',
    model: 'gen-4.5',
    abilities: { ...SILENT, sizes: CLASS_SIZES['720p'], reference_image: true },
    stands_for: ['sora-2'],
    facts: FACTS,
  },
  {
    adapter: 'runway',
    model: 'gen-4-turbo',
    abilities: { ...SILENT, sizes: [...CLASS_SIZES['720p'], ...PICTURE_SIZES], reference_image: 'required' },
    facts: FACTS,
  },
  { adapter: 'runway', model: 'veo-3.1', abilities: VEO, stands_for: ['sora-2', 'sora-2-pro'], facts: FACTS },
  { adapter: 'runway', model: 'veo-3.1-fast', abilities: VEO, stands_for: ['sora-2'], facts: FACTS },
  {
    adapter: 'runway',
    model: 'gen-3a-turbo',
    abilities: { ...SILENT, seconds: [5, 10], sizes: ['1280x768', '768x1280'], reference_image: 'required' },
    availability: { state: 'ended', on: '2026-07-30', replacement: 'gen-4-turbo' },
    facts: FACTS,
  },
]
