import type { RateCard } from '../rate-card.ts'

const MODELS = ['sora-2', 'sora-2-pro']
const SOLD = { from: 1, to: 20 }

/** Credits as the Sora app sold them: per second by resolution, and one flat price for a pro clip of 15 s. */
export const app_credits_2026_01: RateCard = {
  kind: 'rates',
  id: 'app-credits-2026-01',
  version: 1,
  title: 'Sora app, credits',
  currency: 'credits',
  effective_on: '2026-01-10',
  source: { name: 'Articles on the credits of the Sora app, figures as printed', read_on: '2026-11-21' },
  note: 'A pro clip of 15 s costs 500 at any size; with `complexity` complex 800 and very_complex 1,200 in total.',
  lines: [
    { models: MODELS, sizes: ['480p'], seconds: SOLD, rate: { kind: 'per_second', amount: '4' } },
    { models: MODELS, sizes: ['720p'], seconds: SOLD, rate: { kind: 'per_second', amount: '16' } },
    { models: MODELS, sizes: ['1080p'], seconds: SOLD, rate: { kind: 'per_second', amount: '40' } },
    {
      models: ['sora-2-pro'],
      sizes: 'any',
      seconds: [15],
      rate: { kind: 'flat', amount: '500' },
      surcharges: { complex: '300', very_complex: '700' },
      precedence: 1, // above the price per second of the same 15 s
    },
  ],
}
