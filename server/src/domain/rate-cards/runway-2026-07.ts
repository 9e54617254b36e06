import type { RateCard } from '../rate-card.ts'

const SOLD = { from: 2, to: 10 }

/** Runway's developer API: 12 and 5 credits a second, at a cent each. */
export const runway_2026_07: RateCard = {
  kind: 'rates',
  id: 'runway-2026-07',
  version: 1,
  title: 'Runway developer API, per second',
  currency: 'usd',
  effective_on: '2026-07-10',
  source: {
    name: 'docs.dev.runwayml.com, pricing, from a digest of 2026-07-10',
    url: 'https://docs.dev.runwayml.com',
    read_on: '2026-09-29',
  },
  note: 'Second-hand: check before relying on it. What it takes for models of other vendors was not found; finished tasks report what they cost.',
  lines: [
    { models: ['gen-4.5'], sizes: ['720p'], seconds: SOLD, rate: { kind: 'per_second', amount: '0.12' } },
    { models: ['gen-4-turbo'], sizes: 'any', seconds: SOLD, rate: { kind: 'per_second', amount: '0.05' } },
  ],
}
