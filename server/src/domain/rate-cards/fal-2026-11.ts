import type { RateCard } from '../rate-card.ts'

/** What fal takes, with sound where a model makes it: that is how our orders are written. */
export const fal_2026_11: RateCard = {
  kind: 'rates',
  id: 'fal-2026-11',
  version: 1,
  title: 'fal, what we pay',
  currency: 'usd',
  effective_on: '2026-11-22',
  source: { name: 'fal, model pages', url: 'https://fal.ai/pricing', read_on: '2026-11-22' },
  note: 'Veo 3.1 Lite, Kling v3 and Wan 2.7 were read in copies by others. Seedance is metered by tokens, which comes to these prices at 720p. Pika 2.2 of 10 seconds has no published price, and is not sold.',
  lines: [
    { models: ['veo-3.1'], sizes: ['720p', '1080p'], seconds: [4, 6, 8], rate: { kind: 'per_second', amount: '0.40' } },
    { models: ['veo-3.1-fast'], sizes: ['720p', '1080p'], seconds: [4, 6, 8], rate: { kind: 'per_second', amount: '0.15' } },
    { models: ['veo-3.1-lite'], sizes: ['720p'], seconds: [4, 6, 8], rate: { kind: 'per_second', amount: '0.05' } },
    { models: ['veo-3.1-lite'], sizes: ['1080p'], seconds: [4, 6, 8], rate: { kind: 'per_second', amount: '0.08' } },
    { models: ['kling-v4'], sizes: ['720p'], seconds: { from: 3, to: 30 }, rate: { kind: 'per_second', amount: '0.157' } },
    { models: ['kling-v4'], sizes: ['1080p'], seconds: { from: 3, to: 30 }, rate: { kind: 'per_second', amount: '0.235' } },
    { models: ['kling-v3'], sizes: ['720p'], seconds: { from: 3, to: 15 }, rate: { kind: 'per_second', amount: '0.126' } },
    { models: ['kling-v3'], sizes: ['1080p'], seconds: { from: 3, to: 15 }, rate: { kind: 'per_second', amount: '0.168' } },
    { models: ['kling-2.5-turbo'], sizes: ['1080p'], seconds: [5, 10], rate: { kind: 'per_second', amount: '0.07' } },
    { models: ['seedance-2.0'], sizes: ['720p'], seconds: { from: 4, to: 15 }, rate: { kind: 'per_second', amount: '0.3034' } },
    { models: ['seedance-2.0-fast'], sizes: ['720p'], seconds: { from: 4, to: 15 }, rate: { kind: 'per_second', amount: '0.2419' } },
    { models: ['seedance-2.0-mini'], sizes: ['720p'], seconds: { from: 4, to: 15 }, rate: { kind: 'per_second', amount: '0.1547' } },
    { models: ['wan-2.7'], sizes: ['720p'], seconds: { from: 2, to: 15 }, rate: { kind: 'per_second', amount: '0.10' } },
    { models: ['wan-2.7'], sizes: ['1080p'], seconds: { from: 2, to: 15 }, rate: { kind: 'per_second', amount: '0.15' } },
    { models: ['wan-2.5'], sizes: ['720p'], seconds: [5, 10], rate: { kind: 'per_second', amount: '0.10' } },
    { models: ['wan-2.5'], sizes: ['1080p'], seconds: [5, 10], rate: { kind: 'per_second', amount: '0.15' } },
    { models: ['pika-2.2'], sizes: ['720p'], seconds: [5], rate: { kind: 'flat', amount: '0.20' } },
    { models: ['pika-2.2'], sizes: ['1080p'], seconds: [5], rate: { kind: 'flat', amount: '0.45' } },
  ],
}
