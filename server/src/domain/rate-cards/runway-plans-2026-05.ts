import type { PlanCard } from '../rate-card.ts'

/** Runway's subscriptions, billed monthly. For comparison only. */
export const runway_plans_2026_05: PlanCard = {
  kind: 'plans',
  id: 'runway-plans-2026-05',
  version: 1,
  title: 'Runway, subscriptions',
  currency: 'usd',
  effective_on: '2026-05-15',
  source: {
    name: 'runwayml.com/pricing, from digests of 2026-05-04 and 2026-05-15',
    url: 'https://runwayml.com/pricing',
    read_on: '2026-11-22',
  },
  note: "Second-hand: check before relying on it. Credits of a month do not roll over (Runway's help pages). Billed by the year a month is 12, 28 and 76 dollars. What a credit buys is the developer API's rate.",
  plans: [
    { name: 'Free', usd_per_month: '0', credits_per_month: null, credits_once: 125, note: 'Given once.' },
    { name: 'Standard', usd_per_month: '15', credits_per_month: 625 },
    { name: 'Pro', usd_per_month: '35', credits_per_month: 2250 },
    { name: 'Unlimited', usd_per_month: '95', credits_per_month: 2250, note: 'Plus unlimited generations at a slower rate.' },
  ],
  buys: [
    { model: 'gen4.5', unit: 'second', credits: '12', size: '720p', source: developerPricing() },
    { model: 'gen4_turbo', unit: 'second', credits: '5', size: '720p', source: developerPricing() },
  ],
}

function developerPricing() {
  return {
    name: 'docs.dev.runwayml.com, pricing, from a digest of 2026-07-10',
    url: 'https://docs.dev.runwayml.com',
    read_on: '2026-09-29',
  }
}
