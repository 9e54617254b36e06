import { CLASS_SIZES } from '../order.ts'
import type { Abilities, Entry, Facts } from './entry.ts'

export const GOOGLE_PROFILES = ['vertex', 'gemini'] as const

const HD = [...CLASS_SIZES['720p'], ...CLASS_SIZES['1080p']]

const VEO: Abilities = { sizes: HD, seconds: [4, 6, 8], reference_image: true, audio: true, operations: ['create'], own_clips_only: [] }
const OMNI: Abilities = { ...VEO, seconds: { from: 3, to: 15 } }

const VERTEX_FACTS: Facts = {
  output_lifetime_s: null,
  bills: [],
  lost_submit: 'never',
  data_handling: null,
  source: { name: 'cloud.google.com, model pages; @google/genai 3.1.0', url: 'https://cloud.google.com/vertex-ai', read_on: '2026-11-21' },
}

const GEMINI_FACTS: Facts = {
  output_lifetime_s: 48 * 3_600,
  bills: [],
  lost_submit: 'called_back',
  data_handling: 'Interactions are stored with the account, or a later read could not show them; files are kept for 48 hours.',
  source: { name: 'ai.google.dev, Omni guide; @google/genai 3.1.0', url: 'https://ai.google.dev', read_on: '2026-11-21' },
}

const DEVELOPER_VEO = { adapter: 'google', profile: 'gemini', abilities: VEO, facts: GEMINI_FACTS } as const
const DEVELOPER_VEO_END = { state: 'ended', on: '2026-10-22', replacement: 'gemini-omni-1.2' } as const

export const GOOGLE_MODELS: readonly Entry[] = [
  { adapter: 'google', profile: 'vertex', model: 'veo-3.1', abilities: VEO, stands_for: ['sora-2', 'sora-2-pro'], facts: VERTEX_FACTS },
  { adapter: 'google', profile: 'vertex', model: 'veo-3.1-fast', abilities: VEO, stands_for: ['sora-2'], facts: VERTEX_FACTS },
  { adapter: 'google', profile: 'vertex', model: 'veo-3.1-lite', abilities: VEO, stands_for: ['sora-2'], facts: VERTEX_FACTS },
  {
    adapter: 'google',
    profile: 'vertex',
    model: 'veo-3.0',
    abilities: VEO,
    availability: { state: 'ended', on: '2026-06-30', replacement: 'veo-3.1' },
    facts: VERTEX_FACTS,
  },
  {
    adapter: 'google',
    profile: 'gemini',
    model: 'gemini-omni-1.2',
    abilities: OMNI,
    stands_for: ['sora-2', 'sora-2-pro'],
    facts: GEMINI_FACTS,
  },
  { ...DEVELOPER_VEO, model: 'veo-3.1', availability: DEVELOPER_VEO_END },
  { ...DEVELOPER_VEO, model: 'veo-3.1-fast', availability: DEVELOPER_VEO_END },
  { ...DEVELOPER_VEO, model: 'veo-3.1-lite', availability: DEVELOPER_VEO_END },
]
