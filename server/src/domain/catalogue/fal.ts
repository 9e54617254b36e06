import { CLASS_SIZES } from '../order.ts'
import type { SecondsSold, Source } from '../rate-card.ts'
import type { Abilities, Entry, Facts } from './entry.ts'

const READ_ON = '2026-11-22'
const HD = CLASS_SIZES['720p']
const BOTH = [...CLASS_SIZES['720p'], ...CLASS_SIZES['1080p']]

/** What fal says of itself, whatever the model. A refusal for content comes as a result with 422, which it says may be charged for. */
function facts(page: string): Facts {
  const source: Source = { name: `fal, model page ${page}`, url: `https://fal.ai/models/${page}`, read_on: READ_ON }
  return { output_lifetime_s: null, bills: ['moderation_blocked'], lost_submit: 'called_back', data_handling: null, source }
}

function makes(sizes: readonly string[], seconds: SecondsSold, audio: boolean): Abilities {
  return { sizes, seconds, reference_image: true, audio, operations: ['create'], own_clips_only: [] }
}

/**
 * Models that fal runs, Pika's among them, which has no API of its own. Only sizes that a model delivers to the pixel: the 480p of Wan and
 * Seedance are 832x480 and 864x496, which nobody orders.
 */
export const FAL_MODELS: readonly Entry[] = [
  {
    adapter: 'fal',
    model: 'veo-3.1',
    abilities: makes(BOTH, [4, 6, 8], true),
    stands_for: ['sora-2', 'sora-2-pro'],
    facts: facts('fal-ai/veo3.1'),
  },
  {
    adapter: 'fal',
    model: 'veo-3.1-fast',
    abilities: makes(BOTH, [4, 6, 8], true),
    stands_for: ['sora-2', 'sora-2-pro'],
    facts: facts('fal-ai/veo3.1/fast'),
  },
  {
    adapter: 'fal',
    model: 'veo-3.1-lite',
    abilities: makes(BOTH, [4, 6, 8], true),
    stands_for: ['sora-2'],
    facts: facts('fal-ai/veo3.1/lite'),
  },
  {
    adapter: 'fal',
    model: 'kling-v4',
    abilities: makes(BOTH, { from: 3, to: 30 }, false),
    facts: facts('fal-ai/kling-video/v4/pro/text-to-video'),
  },
  {
    adapter: 'fal',
    model: 'kling-v3',
    abilities: makes(BOTH, { from: 3, to: 15 }, true),
    stands_for: ['sora-2', 'sora-2-pro'],
    facts: facts('fal-ai/kling-video/v3/pro/text-to-video'),
  },
  {
    adapter: 'fal',
    model: 'kling-2.5-turbo',
    abilities: makes(CLASS_SIZES['1080p'], [5, 10], false),
    facts: facts('fal-ai/kling-video/v2.5-turbo/pro/text-to-video'),
  },
  {
    adapter: 'fal',
    model: 'seedance-2.0',
    abilities: makes(HD, { from: 4, to: 15 }, true),
    stands_for: ['sora-2'],
    facts: facts('bytedance/seedance-2.0/text-to-video'),
  },
  {
    adapter: 'fal',
    model: 'seedance-2.0-fast',
    abilities: makes(HD, { from: 4, to: 15 }, true),
    stands_for: ['sora-2'],
    facts: facts('bytedance/seedance-2.0/fast/text-to-video'),
  },
  {
    adapter: 'fal',
    model: 'seedance-2.0-mini',
    abilities: makes(HD, { from: 4, to: 15 }, true),
    stands_for: ['sora-2'],
    facts: facts('bytedance/seedance-2.0/mini/text-to-video'),
  },
  {
    adapter: 'fal',
    model: 'wan-2.7',
    abilities: makes(BOTH, { from: 2, to: 15 }, false),
    facts: facts('fal-ai/wan/v2.7/text-to-video'),
  },
  {
    adapter: 'fal',
    model: 'wan-2.5',
    abilities: makes(BOTH, [5, 10], true),
    stands_for: ['sora-2'],
    facts: facts('fal-ai/wan-25-preview/text-to-video'),
  },
  {
    adapter: 'fal',
    model: 'pika-2.2',
    abilities: makes(BOTH, [5, 10], false),
    facts: facts('fal-ai/pika/v2.2/text-to-video'),
  },
]
