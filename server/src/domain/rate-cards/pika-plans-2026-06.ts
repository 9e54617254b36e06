import type { PlanCard } from '../rate-card.ts'

/** Pika's subscriptions, billed monthly. For comparison only. */
export const pika_plans_2026_06: PlanCard = {
  kind: 'plans',
  id: 'pika-plans-2026-06',
  version: 1,
  title: 'Pika, subscriptions',
  currency: 'usd',
  effective_on: '2026-06-12',
  source: { name: 'pika.art/pricing, from a digest of 2026-06-12', url: 'https://pika.art/pricing', read_on: '2026-11-22' },
  note: 'Second-hand: check before relying on it. Billed by the year a month is 8, 28 and 76 dollars. Other digests name 35 to 100 credits for a clip of an advanced model.',
  plans: [
    { name: 'Free', usd_per_month: '0', credits_per_month: 80, note: '480p, watermark, no commercial use.' },
    { name: 'Standard', usd_per_month: '10', credits_per_month: 700 },
    { name: 'Pro', usd_per_month: '35', credits_per_month: 2300 },
    { name: 'Fancy', usd_per_month: '95', credits_per_month: 6000 },
  ],
  buys: [
    { model: 'pika-2.5-turbo', unit: 'video', credits: '10', seconds: 5 },
    { model: 'pika-2.5-pro', unit: 'video', credits: '20', seconds: 5 },
    { model: 'pika-2.5', unit: 'video', credits: '80', seconds: 10, size: '1080p' },
  ],
}
