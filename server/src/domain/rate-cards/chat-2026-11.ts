import type { RateCard } from '../rate-card.ts'

/** What an aggregator takes for a call, by the lengths that its models really have. */
export const chat_2026_11: RateCard = {
  kind: 'rates',
  id: 'chat-2026-11',
  version: 1,
  title: 'Aggregator through chat.completions, per call',
  currency: 'usd',
  effective_on: '2026-11-21',
  source: { name: 'APIYI, docs.apiyi.com', read_on: '2026-11-21' },
  note: 'Whether its Sora models are still to be had was not confirmed.',
  lines: [
    { models: ['sora-2'], sizes: ['720p'], seconds: [10, 15], rate: { kind: 'per_call', amount: '0.12' } },
    { models: ['sora-2-pro'], sizes: ['720p'], seconds: [10], rate: { kind: 'per_call', amount: '0.80' } },
  ],
}
