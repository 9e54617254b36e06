import type { RateCard } from '../rate-card.ts'

const SOLD = [4, 8, 12, 16, 20]

/** OpenAI's own prices, as they stood until the Sora API was switched off on 2026-09-24. */
export const openai_2026_05: RateCard = {
  kind: 'rates',
  id: 'openai-2026-05',
  version: 1,
  title: 'OpenAI Videos API, per second',
  currency: 'usd',
  effective_on: '2026-05-01',
  source: {
    name: 'OpenAI API documentation (pricing and video guide)',
    url: 'https://platform.openai.com/docs/pricing',
    read_on: '2026-11-21',
  },
  note: 'First sold as 4, 8 and 12 seconds; 16 and 20 seconds and 1080p came later. The prompt and the reference image do not change the price. Batches at half price are not on this card.',
  lines: [
    { models: ['sora-2'], sizes: ['720p'], seconds: SOLD, rate: { kind: 'per_second', amount: '0.10' } },
    { models: ['sora-2-pro'], sizes: ['720p'], seconds: SOLD, rate: { kind: 'per_second', amount: '0.30' } },
    { models: ['sora-2-pro'], sizes: ['1024p'], seconds: SOLD, rate: { kind: 'per_second', amount: '0.50' } },
    { models: ['sora-2-pro'], sizes: ['1080p'], seconds: SOLD, rate: { kind: 'per_second', amount: '0.70' } },
  ],
}
