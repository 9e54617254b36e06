import type { RateCard } from '../rate-card.ts'

/** What a clip costs at LaoZhang: by size, whatever its length. */
export const laozhang_2026_11: RateCard = {
  kind: 'rates',
  id: 'laozhang-2026-11',
  version: 1,
  title: 'LaoZhang, per clip',
  currency: 'usd',
  effective_on: '2026-11-20',
  source: { name: 'LaoZhang documentation, docs.laozhang.ai', read_on: '2026-11-20' },
  lines: [
    { models: ['gemini-omni-1.2'], sizes: ['720p'], seconds: { from: 3, to: 10 }, rate: { kind: 'per_call', amount: '0.30' } },
    { models: ['gemini-omni-1.2'], sizes: ['1080p'], seconds: { from: 3, to: 10 }, rate: { kind: 'per_call', amount: '0.45' } },
  ],
}
