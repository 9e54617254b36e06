import type { RateCard } from '../rate-card.ts'

/** The same prices with the durations that the articles print. They contradict the vendor's, so they are a card of their own. */
export const openai_articles_2026_05: RateCard = {
  kind: 'rates',
  id: 'openai-articles-2026-05',
  version: 1,
  title: 'OpenAI Videos API, per second, with the durations of the articles',
  currency: 'usd',
  effective_on: '2026-05-01',
  source: { name: 'Articles on adopting the Sora 2 API, figures as printed', read_on: '2026-11-21' },
  note: 'The articles sell sora-2-pro as 10, 15 and 25 seconds; the vendor as 4, 8, 12, 16 and 20.',
  lines: [
    { models: ['sora-2'], sizes: ['720p'], seconds: [4, 8, 12], rate: { kind: 'per_second', amount: '0.10' } },
    { models: ['sora-2-pro'], sizes: ['720p'], seconds: [10, 15, 25], rate: { kind: 'per_second', amount: '0.30' } },
    { models: ['sora-2-pro'], sizes: ['1024p'], seconds: [10, 15, 25], rate: { kind: 'per_second', amount: '0.50' } },
  ],
}
