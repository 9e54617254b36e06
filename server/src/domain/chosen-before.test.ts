import { expect, test } from 'vitest'
import { builtInRoutes } from './catalogue.ts'
import { chosenBefore } from './chosen-before.ts'
import { app_credits_2026_01 as app } from './rate-cards/app-credits-2026-01.ts'
import { openai_2026_05 as vendor } from './rate-cards/openai-2026-05.ts'
import { decimal } from './rational.ts'
import { choose, type RoutedOrder, type RoutingTerms } from './routing.ts'

const ORDER: RoutedOrder = {
  operation: 'create',
  model: 'sora-2',
  seconds: 8,
  size: { width: 1280, height: 720 },
  has_reference: false,
  source: null,
  complexity: 'standard',
}
const TERMS: RoutingTerms = { customer_card: vendor, policy: {}, credit_usd: decimal('0.01') }

/** Each differs from `ORDER` or `TERMS` in one member. */
const ORDERS: readonly RoutedOrder[] = [
  ORDER,
  { ...ORDER, operation: 'remix' },
  { ...ORDER, model: 'sora-2-pro' },
  { ...ORDER, model: 'nobody' },
  { ...ORDER, seconds: 4 },
  { ...ORDER, seconds: 5 },
  { ...ORDER, size: { width: 720, height: 1280 } },
  { ...ORDER, has_reference: true },
  { ...ORDER, has_characters: true },
  { ...ORDER, source: { video: 'video_1', provider: 'animatic' } },
  { ...ORDER, complexity: 'complex' },
  { ...ORDER, model: 'sora-2-pro', seconds: 15 },
  { ...ORDER, model: 'sora-2-pro', seconds: 15, complexity: 'complex' },
]
const ALL_TERMS: readonly RoutingTerms[] = [
  TERMS,
  { ...TERMS, customer_card: app },
  { ...TERMS, policy: { route: 'fastest' } },
  { ...TERMS, policy: { providers: ['nobody'] } },
  { ...TERMS, credit_usd: decimal('0.02') },
  { ...TERMS, unavailable: new Map([['animatic/sora-2', 'It rests.']]) },
]

test('what was chosen before is what would be chosen now, whatever was asked between', () => {
  const routes = builtInRoutes({ demo: true })
  const fewer = routes.filter(({ model }) => model !== 'sora-2')
  for (let round = 0; round < 2; round += 1) {
    for (const serving of [routes, fewer]) {
      for (const order of ORDERS) {
        for (const terms of ALL_TERMS) expect(chosenBefore(order, serving, terms)).toEqual(choose(order, serving, terms))
      }
    }
  }
})

test('the same order is chosen for once', () => {
  const routes = builtInRoutes({ demo: true })
  expect(chosenBefore({ ...ORDER }, routes, { ...TERMS })).toBe(chosenBefore({ ...ORDER }, routes, { ...TERMS }))
})
