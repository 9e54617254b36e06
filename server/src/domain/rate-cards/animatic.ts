import type { RateCard } from '../rate-card.ts'

/** Our own storyboard renderer costs nobody anything, on whichever card the customer is. */
export const animatic: RateCard = {
  kind: 'rates',
  id: 'animatic',
  version: 1,
  title: 'Animatic, free',
  currency: 'credits',
  effective_on: '2026-11-22',
  source: { name: 'Filmgate', read_on: '2026-11-22' },
  lines: [
    {
      models: ['animatic'],
      sizes: ['480p', '720p', '1024p', '1080p'],
      seconds: { from: 1, to: 120 },
      rate: { kind: 'per_call', amount: '0' },
    },
  ],
}
