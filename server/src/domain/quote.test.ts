import { describe, expect, it } from 'vitest'
import { builtInRoutes } from './catalogue.ts'
import { models, rateCardView, routeView } from './listing.ts'
import type { Order } from './order.ts'
import type { PricedOrder } from './price.ts'
import {
  comparisonQuote,
  isExpired,
  makeQuote,
  type Quote,
  quoteDocument,
  quoteView,
  refusalProblem,
  sameOrder,
  storedQuote,
  totals,
  type World,
} from './quote.ts'
import type { RateCard } from './rate-card.ts'
import { aggregator_per_call_2026_05 as aggregator } from './rate-cards/aggregator-per-call-2026-05.ts'
import { app_credits_2026_01 as app } from './rate-cards/app-credits-2026-01.ts'
import { openai_2026_05 as vendor } from './rate-cards/openai-2026-05.ts'
import { SHIPPED_CARDS } from './rate-cards/shipped.ts'
import { decimal } from './rational.ts'

const CENT = decimal('0.01')
const NOW = 1_795_000_000_500
const MADE = { id: 'quote_1', now: NOW }
const WORLD: World = { routes: builtInRoutes({ demo: true }), card: vendor, policy: {}, credit_usd: CENT }

const ORDER: Order = {
  operation: 'create',
  model: 'sora-2',
  prompt: 'a lighthouse',
  seconds: 8,
  size: { width: 1280, height: 720 },
  has_reference: false,
  source: null,
  complexity: 'standard',
}

function quoted(order: Order = ORDER, world: World = WORLD): Quote {
  const made = makeQuote(order, world, MADE)
  if (made.outcome === 'refused') throw new Error(made.message)
  return made.quote
}

describe('a quote', () => {
  it('has the shape of the contract', () => {
    expect(quoteView(quoted())).toEqual({
      object: 'quote',
      id: 'quote_1',
      model: 'sora-2',
      credits: 80,
      usd: '0.80',
      expires_at: 1_795_000_600,
      rate_card: { id: 'openai-2026-05', version: 1 },
      lines: [{ label: 'sora-2 1280x720, $0.10 a second', quantity: '8', unit: 'second', rate: '10', credits: '80' }],
      lane: 'standard',
      route: 'animatic/sora-2',
      eta: { low_s: 5, high_s: 13 },
      candidates: [{ route: 'animatic/sora-2', provider: 'animatic', model: 'animatic', credits: 80, eta: { low_s: 5, high_s: 13 } }],
      demo: true,
    })
  })

  it('says demo only of a stand-in', () => {
    expect('demo' in quoteView(quoted({ ...ORDER, model: 'animatic' }))).toBe(false)
  })

  it('shows customers nothing of what a provider takes', () => {
    const shown = JSON.stringify(quoteView(quoted()))
    for (const inside of ['cost', 'micro', 'expires_ms', 'why']) expect(shown).not.toContain(inside)
  })

  it('survives being stored, to the digit', () => {
    const quote = quoted()
    expect(storedQuote.parse(JSON.parse(JSON.stringify(quoteDocument(quote))))).toEqual(quote)
    expect(JSON.stringify(quote)).not.toContain('lighthouse')
  })

  it('is not read from a document that lacks or bends something', () => {
    const quote = quoted()
    const bent: readonly object[] = [
      { ...quote, credits: 0.5 },
      { ...quote, credits: '80' },
      { ...quote, credits: 2 ** 53 },
      { ...quote, provider_cost_micro: 'much' },
      { ...quote, order: { ...quote.order, complexity: 'odd' } },
      { ...quote, order: undefined },
    ]
    for (const document of bent) expect(storedQuote.safeParse(document).success).toBe(false)
  })

  it('is the same document for the same arguments', () => {
    expect(JSON.stringify(quoted())).toBe(JSON.stringify(quoted()))
  })

  it('binds for ten minutes and not a millisecond longer', () => {
    const quote = quoted()
    expect([NOW, NOW + 599_999, NOW + 600_000].map((now) => isExpired(quote, now))).toEqual([false, false, true])
  })

  it('keeps its price when the world changes', () => {
    const stored = JSON.stringify(quoteDocument(quoted()))
    const dearer: RateCard = {
      ...vendor,
      version: 2,
      lines: vendor.lines.map((line) => ({ ...line, rate: { kind: 'per_second', amount: '9' } })),
    }
    expect(quoted(ORDER, { ...WORLD, card: dearer }).credits).toBe(7200)
    expect(storedQuote.parse(JSON.parse(stored))).toMatchObject({ credits: 80, rate_card: { version: 1 } })
  })

  it('is for one order: another length, size, model or complexity is another order, another prompt is not', () => {
    const quote = quoted()
    const others: readonly Partial<Order>[] = [
      { seconds: 4 },
      { size: { width: 720, height: 1280 } },
      { model: 'sora-2-pro' },
      { complexity: 'complex' },
    ]
    for (const other of others) expect(sameOrder(quote, { ...ORDER, ...other }), JSON.stringify(other)).toBe(false)
    expect(sameOrder(quote, { ...ORDER, ...{ prompt: 'a harbour' } })).toBe(true)
    expect(sameOrder(quote, { ...ORDER, has_reference: true })).toBe(true)
    expect(sameOrder({ ...quote, takes_reference: false }, { ...ORDER, has_reference: true })).toBe(false)
  })

  it('is refused where JSON could not carry its credits', () => {
    const huge: RateCard = {
      ...vendor,
      lines: [{ models: ['sora-2'], sizes: 'any', seconds: [8], rate: { kind: 'per_second', amount: '999999999999' } }],
    }
    const world = { ...WORLD, card: huge, credit_usd: decimal('0.000001') }
    expect(makeQuote(ORDER, world, MADE)).toMatchObject({ outcome: 'refused', code: 'invalid_value' })
  })

  it('sums with others exactly', () => {
    expect(totals([quoted(), { credits: 1, usd: '0.001' }])).toEqual({ credits: 81, usd: '0.801' })
    expect(totals([])).toEqual({ credits: 0, usd: '0.00' })
  })

  it('that is refused becomes a problem with what would do', () => {
    const refused = makeQuote({ ...ORDER, seconds: 7 }, WORLD, MADE)
    if (refused.outcome !== 'refused') throw new Error('7 s are sold')
    expect(refusalProblem(refused)).toMatchObject({
      code: 'unsupported_duration',
      param: 'seconds',
      message: 'sora-2 is sold as 4, 8, 12, 16 or 20 seconds; 7 is not. Nearest: 8.',
      extra: { durations: [4, 8, 12, 16, 20] },
    })
  })
})

describe('a comparison', () => {
  const wanted: PricedOrder = { model: 'sora-2', seconds: 5, size: '480p', complexity: 'standard' }

  it('is priced by the card alone, for a class of sizes, and cannot be ordered', () => {
    expect(comparisonQuote(wanted, app, { credit_usd: CENT })).toMatchObject({
      quote: {
        id: null,
        route: null,
        expires_at: null,
        credits: 20,
        usd: '0.20',
        comparison: true,
        rate_card: { id: 'app-credits-2026-01' },
      },
    })
    expect(comparisonQuote({ ...wanted, seconds: 8 }, aggregator, { credit_usd: CENT })).toMatchObject({
      quote: { credits: 12, usd: '0.12' },
    })
  })

  it('is refused with the same words as an order', () => {
    expect(comparisonQuote(wanted, vendor, { credit_usd: CENT })).toMatchObject({ code: 'unsupported_duration' })
    expect(comparisonQuote({ ...wanted, seconds: 8 }, vendor, { credit_usd: CENT })).toMatchObject({
      code: 'unsupported_size',
      param: 'size',
    })
    expect(comparisonQuote({ ...wanted, model: 'x' }, vendor, { credit_usd: CENT })).toMatchObject({
      code: 'unknown_model',
      param: 'model',
    })
  })

  it('with a card of plans is refused', () => {
    for (const card of SHIPPED_CARDS.filter(({ kind }) => kind === 'plans')) {
      expect(comparisonQuote(wanted, card, { credit_usd: CENT })).toMatchObject({ code: 'invalid_value', param: 'rate_card' })
    }
  })
})

describe('a listing', () => {
  it('names only what is both sold and made', () => {
    const [free, sora, pro] = models(WORLD.routes, vendor, CENT)
    expect([free?.id, sora?.id, pro?.id]).toEqual(['animatic', 'sora-2', 'sora-2-pro'])
    expect(sora).toEqual({
      id: 'sora-2',
      object: 'model',
      created: Date.UTC(2026, 4, 1) / 1000,
      owned_by: 'filmgate',
      filmgate: {
        durations: [4, 8, 12, 16, 20],
        sizes: ['1280x720', '720x1280'],
        prices: ['1280x720', '720x1280'].map((size) => ({
          size,
          durations: [4, 8, 12, 16, 20],
          unit: 'second',
          usd: '0.10',
          credits: '10',
        })),
        demo: true,
      },
    })
    expect(free?.filmgate.durations).toHaveLength(120)
    expect('demo' in (free?.filmgate ?? {})).toBe(false)
    expect(pro?.filmgate.sizes).toHaveLength(6)
  })

  it('shows the price that wins, and totals with surcharges', () => {
    const pro = models(WORLD.routes, app, CENT).find(({ id }) => id === 'sora-2-pro')
    const at = pro?.filmgate.prices.filter(({ size }) => size === '1920x1080') ?? []
    expect(at.map(({ durations, unit, credits, complexity }) => [durations.includes(15), unit, credits, complexity])).toEqual([
      [false, 'second', '40', undefined],
      [true, 'video', '500', 'standard'],
      [true, 'video', '800', 'complex'],
      [true, 'video', '1200', 'very_complex'],
    ])
    expect(pro?.filmgate.prices.filter(({ size }) => size === '1792x1024').map(({ durations }) => durations)).toEqual([[15], [15], [15]])
  })

  it('has nothing of a model without a price', () => {
    expect(models(WORLD.routes, { ...vendor, lines: [] }, CENT).map(({ id }) => id)).toEqual(['animatic'])
  })

  it('says of each route since when and from which source', () => {
    const [, sora] = WORLD.routes
    if (!sora) throw new Error('no route')
    expect(routeView(sora, vendor, CENT)).toMatchObject({
      name: 'animatic/sora-2',
      demo: true,
      rate_card: { id: 'openai-2026-05', effective_on: '2026-05-01', source: vendor.source },
    })
  })

  it('shows cards with source and date, but not a percentage above cost', () => {
    for (const card of SHIPPED_CARDS) expect(rateCardView(card)).toMatchObject({ object: 'rate_card', id: card.id, source: card.source })
    const secret: RateCard = {
      ...vendor,
      lines: [{ models: ['*'], sizes: 'any', seconds: [8], rate: { kind: 'cost_plus_percent', percent: '37' } }],
    }
    expect(JSON.stringify(rateCardView(secret))).not.toContain('37')
  })
})
