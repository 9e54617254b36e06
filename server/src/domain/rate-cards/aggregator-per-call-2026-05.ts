import type { RateCard } from '../rate-card.ts'

/** An aggregator's prices: one amount for each call, whatever its length and size. */
export const aggregator_per_call_2026_05: RateCard = {
  kind: 'rates',
  id: 'aggregator-per-call-2026-05',
  version: 1,
  title: 'Aggregator, per call',
  currency: 'usd',
  effective_on: '2026-05-01',
  source: { name: 'Articles on aggregators (APIYI), figures as printed', read_on: '2026-11-21' },
  note: 'What was paid in advance never expires.',
  lines: [
    { models: ['sora-2'], sizes: 'any', seconds: [4, 8, 12], rate: { kind: 'per_call', amount: '0.12' } },
    { models: ['sora-2-pro'], sizes: 'any', seconds: [4, 8, 12], rate: { kind: 'per_call', amount: '0.80' } },
  ],
}
