import type { RateCard } from '../rate-card.ts'

const SOLD = { from: 3, to: 15 }

/** What Kling takes for clips with sound, per second. */
export const kling_2026_07: RateCard = {
  kind: 'rates',
  id: 'kling-2026-07',
  version: 1,
  title: 'Kling, per second',
  currency: 'usd',
  effective_on: '2026-07-10',
  source: { name: 'kling.ai, developer billing page, from a digest of 2026-07-10', url: 'https://kling.ai/dev', read_on: '2026-11-21' },
  note: 'Second-hand: check before relying on it. Without sound a second is 0.084 and 0.112. Packages of units are cheaper by their size: an account that says what its unit costs is told what each clip took.',
  lines: [
    { models: ['kling-v3'], sizes: ['720p'], seconds: SOLD, rate: { kind: 'per_second', amount: '0.126' } },
    { models: ['kling-v3'], sizes: ['1080p'], seconds: SOLD, rate: { kind: 'per_second', amount: '0.168' } },
  ],
}
