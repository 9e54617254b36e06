import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { builtInRoutes } from './catalogue.ts'
import { type ComparedWorld, compareOffers } from './comparison.ts'
import type { Compared, Row } from './comparison-row.ts'
import { comparisonView } from './comparison-view.ts'
import { COMPLEXITIES, parseSize, parseSizeClass } from './order.ts'
import { SHIPPED_PACKS, SHIPPED_PLANS } from './plans.ts'
import type { AnyCard, RateCard } from './rate-card.ts'
import { app_credits_2026_01 } from './rate-cards/app-credits-2026-01.ts'
import { openai_articles_2026_05 } from './rate-cards/openai-articles-2026-05.ts'
import { DEFAULT_CARD, SHIPPED_CARDS } from './rate-cards/shipped.ts'
import { compare, decimal, multiply, ratio } from './rational.ts'

const WORLD: ComparedWorld = {
  routes: builtInRoutes({ demo: true }),
  card: DEFAULT_CARD,
  cards: SHIPPED_CARDS,
  plans: SHIPPED_PLANS,
  packs: SHIPPED_PACKS,
  credit_usd: decimal('0.01'),
  price_floor: null,
  expected: new Map(),
  barred: null,
  date: '2026-11-22',
}

function asked(model: string, seconds: number, size: string, extra: Partial<Compared> = {}): Compared {
  const read = parseSizeClass(size) ?? parseSize(size)
  if (!read) throw new Error(`${size} is no size`)
  return { model, seconds, size: read, complexity: 'standard', clips_per_month: null, ...extra }
}

const shown = (order: Compared, world: Partial<ComparedWorld> = {}) =>
  comparisonView(order, compareOffers(order, { ...WORLD, ...world })).rows

function shownRow(id: string, order: Compared, world: Partial<ComparedWorld> = {}) {
  const found = shown(order, world).find((row) => row.id === id)
  if (!found) throw new Error(`there is no row ${id}`)
  return found
}

/** The same rates for any length, for rows of the articles that no catalogue sells. */
function unbounded(card: RateCard): RateCard {
  return { ...card, lines: card.lines.map((line) => ({ ...line, seconds: { from: 1, to: 60 } })) }
}

describe('golden: the figures of the articles', () => {
  const ARTICLES = { cards: [unbounded(openai_articles_2026_05)] }
  it.each([
    // model, seconds, size; a clip, a second, a minute
    ['sora-2', 10, '720p', '1.00', '0.10', '6.00'],
    ['sora-2-pro', 10, '720p', '3.00', '0.30', '18.00'],
    ['sora-2-pro', 10, '1024p', '5.00', '0.50', '30.00'],
    ['sora-2-pro', 30, '1024p', '15.00', '0.50', '30.00'],
  ])('%s, %i s at %s', (model, seconds, size, per_clip, per_second, per_minute) => {
    const { usd } = shownRow('rate_card:openai-articles-2026-05', asked(model, seconds, size), ARTICLES)
    expect(usd).toEqual({ per_clip, per_second, per_minute })
  })

  it.each([
    ['sora-2', 4, { per_clip: '0.12', per_second: '0.03', per_minute: '1.80' }],
    ['sora-2', 8, { per_clip: '0.12', per_second: '0.015', per_minute: '0.90' }],
    ['sora-2', 12, { per_clip: '0.12', per_second: '0.01', per_minute: '0.60' }],
    ['sora-2-pro', 8, { per_clip: '0.80', per_second: '0.10', per_minute: '6.00' }],
    ['sora-2-pro', 12, { per_clip: '0.80', per_second: '0.066667', per_minute: '4.00', rounded: ['per_second'] }],
  ])('per call: %s, %i s', (model, seconds, usd) => {
    expect(shownRow('rate_card:aggregator-per-call-2026-05', asked(model, seconds, '720p')).usd).toEqual(usd)
  })

  it.each([
    [10, '1.20'],
    [30, '3.60'],
    [50, '6.00'],
    [100, '12.00'],
    [200, '24.00'],
    [500, '60.00'],
  ])('%i calls a month come to %s dollars', (clips_per_month, usd) => {
    const order = asked('sora-2', 4, '720p', { clips_per_month })
    expect(shownRow('rate_card:aggregator-per-call-2026-05', order).month).toEqual({ usd, holds: true })
  })

  it.each([
    ['sora-2', 5, '480p', 'standard', '20'],
    ['sora-2', 5, '720p', 'standard', '80'],
    ['sora-2', 5, '1080p', 'standard', '200'],
    ['sora-2-pro', 15, '1080p', 'standard', '500'],
    ['sora-2-pro', 15, '1080p', 'complex', '800'],
    ['sora-2-pro', 15, '1080p', 'very_complex', '1200'],
  ] as const)('the app’s credits: %s, %i s at %s, %s: %s', (model, seconds, size, complexity, credits) => {
    expect(shownRow('rate_card:app-credits-2026-01', asked(model, seconds, size, { complexity })).their_credits).toBe(credits)
  })

  it.each([
    // size; clips in a month of Plus, dollars a clip
    ['480p', 50, '0.40'],
    ['720p', 12, '1.60'],
  ])('Plus holds %s clips of 5 s: %i, at %s', (size, clips, per_clip) => {
    const own = { card: app_credits_2026_01 }
    expect(shownRow('plan:plus', asked('sora-2', 5, size), own)).toMatchObject({ holds: { clips, per: 'month' }, usd: { per_clip } })
    expect(shownRow('pack:plus-1000', asked('sora-2', 5, size), own)).toMatchObject({ holds: { clips, per: 'pack' }, usd: { per_clip } })
  })

  it('Runway’s and Pika’s plans, by their own credits', () => {
    const runway = shownRow('competitor_plan:runway-plans-2026-05/Standard/gen4.5', asked('gen-4.5', 10, '720p'))
    // 12 credits a second of 625 for 15 dollars
    expect(runway).toMatchObject({
      their_credits: '120',
      holds: { clips: 5, per: 'month' },
      usd: { per_clip: '2.88', per_minute: '17.28' },
    })
    expect(runway).not.toHaveProperty('other_model')
    expect(runway.source).toMatchObject({ read_on: '2026-11-22', effective_on: '2026-05-15', card: { id: 'runway-plans-2026-05' } })
    expect(runway.note).toContain('What a credit buys: docs.dev.runwayml.com')
    const pika = shownRow('competitor_plan:pika-plans-2026-06/Standard/pika-2.5-turbo', asked('sora-2', 5, '720p'))
    // 10 credits of 700 for 10 dollars
    expect(pika).toMatchObject({ other_model: true, their_credits: '10', holds: { clips: 70, per: 'month' } })
    expect(pika.usd).toEqual({
      per_clip: '0.142857',
      per_second: '0.028571',
      per_minute: '1.714286',
      rounded: ['per_clip', 'per_second', 'per_minute'],
    })
    const once = shownRow('competitor_plan:runway-plans-2026-05/Free/gen4.5', asked('sora-2', 10, '720p', { clips_per_month: 1 }))
    expect(once).toMatchObject({ holds: { clips: 1, per: 'once' }, usd: { per_clip: '0.00' }, month: { usd: null, holds: false } })
  })
})

describe('what is not sold', () => {
  it('says which lengths are, and at which prices', () => {
    const order = asked('sora-2', 10, '1280x720')
    expect(shownRow('rate_card:openai-2026-05', order)).toMatchObject({
      sold: false,
      usd: null,
      reason: 'unsupported_duration',
      message: expect.stringContaining('Nearest: 8 or 12.'),
      nearest: [
        { seconds: 8, usd: { per_clip: '0.80' } },
        { seconds: 12, usd: { per_clip: '1.20' } },
      ],
    })
    expect(shownRow('route:animatic/sora-2', order).nearest?.map(({ seconds }) => seconds)).toEqual([8, 12])
    expect(shownRow('competitor_plan:pika-plans-2026-06/Pro/pika-2.5-pro', order)).toMatchObject({ nearest: [{ seconds: 5 }] })
    // Plus makes nothing longer than 5 s
    expect(shownRow('plan:plus', order)).toMatchObject({ reason: 'not_in_plan', nearest: [{ seconds: 4, usd: { per_clip: '0.80' } }] })
    expect(shownRow('plan:pro', order).nearest?.map(({ seconds }) => seconds)).toEqual([8, 12])
  })

  it('says so where a plan gives too little for one clip, or a size is not made', () => {
    const order = asked('sora-2', 8, '720p')
    expect(shownRow('plan:free', asked('sora-2', 4, '720p'))).toMatchObject({ sold: false, reason: 'plan_too_small' })
    expect(shownRow('competitor_plan:pika-plans-2026-06/Free/pika-2.5', asked('x', 10, '1080p')).holds).toEqual({ clips: 1, per: 'month' })
    expect(shownRow('competitor_plan:pika-plans-2026-06/Free/pika-2.5', order).reason).toBe('unsupported_size')
    expect(shownRow('competitor_plan:runway-plans-2026-05/Free/gen4.5', asked('x', 11, '720p')).reason).toBe('plan_too_small')
  })

  it('a customer who may not order it sees why on everything of ours, and all other prices', () => {
    const barred = { reason: 'outside_guardrails', message: 'Only 4 seconds.' }
    const rows = shown(asked('sora-2', 8, '720p'), { barred })
    for (const row of rows.filter(({ kind }) => kind === 'route' || kind === 'plan' || kind === 'pack')) expect(row).toMatchObject(barred)
    expect(rows.find(({ id }) => id === 'rate_card:openai-2026-05')?.sold).toBe(true)
  })
})

describe('order', () => {
  it('the cheapest comes first, what is not sold last, and of the model asked for the least is marked', () => {
    const rows = shown(asked('sora-2', 4, '1280x720'))
    expect(rows.filter(({ cheapest }) => cheapest).map(({ id }) => id)).toEqual(['rate_card:aggregator-per-call-2026-05'])
    const sold = rows.filter(({ sold }) => sold)
    expect(rows.slice(0, sold.length)).toEqual(sold)
  })

  it('with clips a month a plan counts whole, and one with too few comes after all that hold them', () => {
    const order = asked('gen-4.5', 10, '720p', { clips_per_month: 6 })
    const rows = shown(order)
    const month = (plan: string) => rows.find(({ id }) => id === `competitor_plan:runway-plans-2026-05/${plan}/gen4.5`)?.month
    expect(month('Standard')).toEqual({ usd: null, holds: false }) // five clips
    expect(month('Pro')).toEqual({ usd: '35.00', holds: true })
    expect(rows.find(({ cheapest }) => cheapest)).toMatchObject({ id: 'rate_card:runway-2026-07', month: { usd: '7.20' } })
    const states = rows.map(({ sold, month }) => (!sold ? 2 : month?.holds ? 0 : 1))
    expect(states).toEqual(states.toSorted())
  })
})

const anyOrder = fc.record({
  model: fc.constantFrom('sora-2', 'sora-2-pro', 'gen-4.5', 'gen-4-turbo', 'animatic'),
  seconds: fc.integer({ min: 1, max: 30 }),
  size: fc.constantFrom('480p', '720p', '1024p', '1080p', '1280x720', '1080x1920', '640x640'),
  complexity: fc.constantFrom(...COMPLEXITIES),
  clips_per_month: fc.option(fc.integer({ min: 1, max: 1_000 })),
})

describe('properties', () => {
  it('a minute is 60 seconds exactly, on every row and every nearest length', () => {
    fc.assert(
      fc.property(anyOrder, ({ model, seconds, size, ...extra }) => {
        const { rows } = compareOffers(asked(model, seconds, size, extra), WORLD)
        const all = rows.flatMap((row: Row) => [...(row.usd ? [{ seconds, usd: row.usd }] : []), ...row.nearest])
        for (const { seconds: length, usd } of all) {
          expect(compare(usd.per_minute, multiply(usd.per_second, ratio(60n)))).toBe(0)
          expect(compare(usd.per_clip, multiply(usd.per_second, ratio(BigInt(length))))).toBe(0)
        }
        expect(rows.every(({ usd, reason }) => (usd === null) === (reason !== null))).toBe(true)
        expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
      }),
      { numRuns: 25 },
    )
  })

  it('depends neither on the order of cards nor on that of routes, plans and packs', () => {
    const shuffled = fc.record({
      cards: fc.shuffledSubarray<AnyCard>([...SHIPPED_CARDS], { minLength: SHIPPED_CARDS.length }),
      routes: fc.shuffledSubarray([...WORLD.routes], { minLength: WORLD.routes.length }),
      plans: fc.shuffledSubarray([...SHIPPED_PLANS], { minLength: SHIPPED_PLANS.length }),
      packs: fc.shuffledSubarray([...SHIPPED_PACKS], { minLength: SHIPPED_PACKS.length }),
    })
    fc.assert(
      fc.property(anyOrder, shuffled, ({ model, seconds, size, ...extra }, world) => {
        const order = asked(model, seconds, size, extra)
        expect(shown(order, world)).toEqual(shown(order))
      }),
      { numRuns: 10 },
    )
  })
})
