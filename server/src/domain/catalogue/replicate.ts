import { CLASS_SIZES } from '../order.ts'
import type { Entry } from './entry.ts'

/**
 * Any model that the configuration lists, as `owner/name` or by a version. Each has inputs of its own: what is said here is what the usual words
 * for them can say. Prices stand on each model's page, so a rate card of one's own is needed.
 */
export const REPLICATE_MODELS: readonly Entry[] = [
  {
    adapter: 'replicate',
    model: '*',
    abilities: {
      sizes: [...CLASS_SIZES['720p'], ...CLASS_SIZES['1080p'], ...CLASS_SIZES['480p']],
      seconds: { from: 1, to: 60 },
      reference_image: true,
      audio: false,
      operations: ['create'],
      own_clips_only: [],
    },
    facts: {
      output_lifetime_s: 3_600,
      /** Of what others publish the time of a machine is paid for, however it ends; of official models nobody has said. */
      bills: ['provider_failed', 'cancelled'],
      lost_submit: 'listed',
      data_handling: 'Inputs and results of predictions over the API are removed after an hour.',
      source: { name: 'Replicate, HTTP API and documentation', url: 'https://replicate.com/docs/reference/http', read_on: '2026-11-22' },
    },
  },
]
