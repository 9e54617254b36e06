import fc from 'fast-check'
import { expect, test } from 'vitest'
import { builtInRoutes, type Route } from './catalogue.ts'
import { cheaperSettings, type Purse, relaxedInstead } from './cheaper.ts'
import { cheaperOffers, creditOffers, type Shortage } from './offers.ts'
import type { Size } from './order.ts'
import { notInPlan, SHIPPED_PACKS, SHIPPED_PLANS } from './plans.ts'
import { makeQuote } from './quote.ts'
import { app_credits_2026_01 as app } from './rate-cards/app-credits-2026-01.ts'
import { openai_2026_05 as vendor } from './rate-cards/openai-2026-05.ts'
import { decimal } from './rational.ts'
import type { RoutedOrder } from './routing.ts'

const DEMO = builtInRoutes({ demo: true })
const SORA = DEMO.filter(({ model }) => model !== 'animatic')
const ORDER = {
  operation: 'create' as const,
  model: 'sora-2-pro',
  seconds: 8,
  size: { width: 1920, height: 1080 },
  has_reference: false,
  source: null,
  complexity: 'standard' as const,
}
const terms = (customer_card = vendor) => ({ customer_card, policy: {}, credit_usd: decimal('0.01') })
const purse = (credits: bigint, too_much = 560n, plan: Purse['plan'] = null): Purse => ({
  too_much,
  available: () => credits,
  plan,
  allows: () => true,
})
const cheaper = (order: Partial<RoutedOrder>, has: Purse, routes: readonly Route[] = SORA) =>
  cheaperSettings({ ...ORDER, ...order }, routes, terms(), has).map(
    ({ model, seconds, size, credits }) => `${model} ${seconds} s ${size.width}x${size.height}: ${credits}`,
  )

// A pro clip of 8 s at 1080p costs 560 credits; 4 s 280; at 1024p 8 s 400; at 720p 240; sora-2 sells no 1080p.
test.each([
  [559, {}, ['sora-2-pro 4 s 1920x1080: 280', 'sora-2-pro 8 s 1792x1024: 400']],
  [300, {}, ['sora-2-pro 4 s 1920x1080: 280', 'sora-2-pro 8 s 1280x720: 240']],
  [240, {}, ['sora-2-pro 8 s 1280x720: 240']],
  [200, {}, ['sora-2-pro 4 s 1792x1024: 200']],
  [119, {}, ['sora-2 8 s 1280x720: 80']],
  [40, {}, ['sora-2 4 s 1280x720: 40']],
  [39, {}, []],
  [300, { size: { width: 1080, height: 1920 } }, ['sora-2-pro 4 s 1080x1920: 280', 'sora-2-pro 8 s 720x1280: 240']],
  [300, { has_reference: true }, ['sora-2-pro 4 s 1920x1080: 280']],
  [300, { operation: 'extend', source: { video: 'v', provider: 'animatic' } }, ['sora-2-pro 4 s 1920x1080: 280']],
  [300, { operation: 'remix', source: { video: 'v', provider: 'animatic' } }, []],
] as const)('golden: with %j credits, of an order %j: %j', (credits, order, settings) => {
  expect(cheaper(order, purse(BigInt(credits)))).toEqual(settings)
})

test('another model is offered too: the dearest that is affordable', () => {
  expect(cheaper({ size: { width: 1280, height: 720 } }, purse(100n, 240n), DEMO)).toEqual(['sora-2 8 s 1280x720: 80'])
  expect(cheaper({ size: { width: 1280, height: 720 } }, purse(79n, 240n), DEMO)).toEqual(['animatic 8 s 1280x720: 0'])
})

test('credits for one model buy nothing of another', () => {
  const scoped: Purse = { too_much: 560n, available: (model) => (model === 'sora-2' ? 1000n : 0n), plan: null, allows: () => true }
  expect(cheaper({}, scoped)).toEqual(['sora-2 8 s 1280x720: 80'])
})

test('nothing is offered that guardrails or a tier do not allow', () => {
  const bounded: Purse = { ...purse(300n), allows: ({ seconds }) => seconds === 8 }
  expect(cheaper({}, bounded)).toEqual(['sora-2-pro 8 s 1280x720: 240'])
})

test('the relaxed lane is offered to those whose plan opens it now, on routes that have one', () => {
  const [, plus = null, pro = null] = SHIPPED_PLANS
  const open = (has: Purse, routes: readonly Route[] = SORA) => relaxedInstead(ORDER, routes, terms(), has)
  expect([plus, pro, null].map((plan) => open(purse(559n, 560n, plan)))).toEqual([false, true, false])
  expect(open(purse(560n, 560n, pro))).toBe(false)
  expect(open({ ...purse(0n, 560n, pro), allows: () => false })).toBe(false)
  const closed = SORA.map((route) => ({ ...route, relaxed_slots: 0 }))
  expect(open(purse(0n, 560n, pro), closed)).toBe(false)
})

test('nothing is offered that the plan does not allow', () => {
  const [, plus = null] = SHIPPED_PLANS
  expect(cheaper({ model: 'sora-2', seconds: 8, size: { width: 1280, height: 720 } }, purse(50n, 80n, plus))).toEqual([
    'sora-2 4 s 1280x720: 40',
  ])
})

test('an offer says all that was said, with the new settings, and without what they replace', () => {
  const settings = cheaperSettings(ORDER, SORA, terms(), purse(240n))
  expect(cheaperOffers('create', settings, { prompt: 'a boat', metadata: { a: 'b' } })).toEqual([
    {
      kind: 'cheaper',
      credits: 240,
      request: { prompt: 'a boat', metadata: { a: 'b' }, model: 'sora-2-pro', seconds: '8', size: '1280x720' },
    },
  ])
  const shorter = cheaperSettings({ ...ORDER, operation: 'extend' }, SORA, terms(), purse(300n))
  expect(cheaperOffers('extend', shorter, { prompt: 'on', video: { id: 'v' } })).toEqual([
    { kind: 'cheaper', credits: 280, request: { prompt: 'on', video: { id: 'v' }, seconds: '4' } },
  ])
})

const sizes: readonly Size[] = [
  { width: 1280, height: 720 },
  { width: 720, height: 1280 },
  { width: 1792, height: 1024 },
  { width: 1080, height: 1920 },
  { width: 854, height: 480 },
]
test('property: every setting that is offered is quoted at its price, costs less, is there, is allowed, and is offered once', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('sora-2', 'sora-2-pro', 'animatic'),
      fc.integer({ min: 1, max: 20 }),
      fc.constantFrom(...sizes),
      fc.constantFrom(app, vendor),
      fc.bigInt({ min: 0n, max: 1_500n }),
      fc.boolean(),
      fc.constantFrom(null, ...SHIPPED_PLANS),
      fc.constantFrom(undefined, 'animatic', 'fastest'),
      (model, seconds, size, card, credits, has_reference, plan, route) => {
        const order = { ...ORDER, model, seconds, size, has_reference }
        const world = { routes: DEMO, card, policy: route === undefined ? {} : { route }, credit_usd: decimal('0.01') }
        const wanted = makeQuote(order, world, { id: 'q', now: 0 })
        if (wanted.outcome === 'refused') return
        const too_much = BigInt(wanted.quote.credits)
        const offered = cheaperSettings(
          order,
          DEMO,
          { ...world, customer_card: card },
          { too_much, available: () => credits, plan, allows: () => true },
        )
        for (const setting of offered) {
          const quoted = makeQuote({ ...order, ...setting }, world, { id: 'q', now: 0 })
          expect(quoted).toMatchObject({ outcome: 'quoted', quote: { credits: Number(setting.credits) } })
          expect(setting.credits < too_much && setting.credits <= credits).toBe(true)
          expect(plan === null ? null : notInPlan(plan, { ...setting, lane: 'standard' })).toBeNull()
          if (has_reference) expect(setting.size).toEqual(size)
        }
        expect(new Set(offered.map((setting) => JSON.stringify({ ...setting, credits: String(setting.credits) }))).size).toBe(
          offered.length,
        )
      },
    ),
    { numRuns: 500 },
  )
})

const SHORT: Shortage = {
  needed: 560n,
  available: 100n,
  owed: 0n,
  enough_at: null,
  packs: SHIPPED_PACKS,
  plans: SHIPPED_PLANS,
  brings: ({ credits }) => credits,
}
const PACK = { kind: 'pack', pack: 'plus-1000', credits: 1_000, usd: '20.00' }
const PLUS = { kind: 'plan', plan: 'plus', credits: 1_000, usd: '20.00' }
test.each<[string, Partial<Shortage>, readonly unknown[]]>([
  ['the smallest pack and the cheapest plan that suffice', {}, [PACK, PLUS]],
  ['exactly enough is enough', { needed: 1_100n }, [PACK, PLUS]],
  [
    'one more is not',
    { needed: 1_101n },
    [
      { kind: 'pack', pack: 'pro-2000', credits: 2_000, usd: '40.00' },
      { kind: 'plan', plan: 'pro', credits: 10_000, usd: '200.00' },
    ],
  ],
  [
    'what is owed is paid first',
    { owed: 541n },
    [
      { kind: 'pack', pack: 'pro-2000', credits: 2_000, usd: '40.00' },
      { kind: 'plan', plan: 'pro', credits: 10_000, usd: '200.00' },
    ],
  ],
  ['nothing suffices', { needed: 100_000n }, []],
  ['a plan that can not be taken now is none', { brings: () => null }, [PACK]],
  [
    'one that brings nothing is none',
    { needed: 100n, brings: () => 0n },
    [{ kind: 'pack', pack: 'ten-generations', credits: 200, usd: '4.00' }],
  ],
  ['what comes by itself, not before it is there', { enough_at: 1_001, packs: [], plans: [] }, [{ kind: 'wait', available_at: 2 }]],
])('%s', (_, shortage, offers) => {
  expect(creditOffers({ ...SHORT, ...shortage })).toEqual(offers)
})
