import type { RateCard } from '../rate-card.ts'

const VEO_SOLD = [4, 6, 8]
const OMNI_SOLD = { from: 3, to: 15 }

/** What Google takes: Veo at Vertex with sound, and Gemini Omni, per second. */
export const google_2026_11: RateCard = {
  kind: 'rates',
  id: 'google-2026-11',
  version: 1,
  title: 'Google, Veo and Gemini Omni, per second',
  currency: 'usd',
  effective_on: '2026-11-20',
  source: {
    name: 'ai.google.dev, pricing of Veo, from a digest of 2026-07-09; Omni 1.2 derived from two resellers, 2026-11-20',
    url: 'https://ai.google.dev/gemini-api/docs/pricing',
    read_on: '2026-11-21',
  },
  note: "Second-hand: check before relying on it. Veo: the Developer API's list, with sound, for Vertex's own was not read again. Omni: Google's own page was not in reach; what one reseller takes is what another names as its share of Google's price.",
  lines: [
    { models: ['veo-3.1'], sizes: ['720p', '1080p'], seconds: VEO_SOLD, rate: { kind: 'per_second', amount: '0.40' } },
    { models: ['veo-3.1-fast'], sizes: ['720p'], seconds: VEO_SOLD, rate: { kind: 'per_second', amount: '0.10' } },
    { models: ['veo-3.1-fast'], sizes: ['1080p'], seconds: VEO_SOLD, rate: { kind: 'per_second', amount: '0.12' } },
    { models: ['veo-3.1-lite'], sizes: ['720p'], seconds: VEO_SOLD, rate: { kind: 'per_second', amount: '0.05' } },
    { models: ['veo-3.1-lite'], sizes: ['1080p'], seconds: VEO_SOLD, rate: { kind: 'per_second', amount: '0.08' } },
    { models: ['gemini-omni-1.2'], sizes: ['720p'], seconds: OMNI_SOLD, rate: { kind: 'per_second', amount: '0.07' } },
    { models: ['gemini-omni-1.2'], sizes: ['1080p'], seconds: OMNI_SOLD, rate: { kind: 'per_second', amount: '0.105' } },
  ],
}
