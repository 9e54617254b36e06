import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Complexity, parseSize, parseSizeClass, type Size, type SizeClass } from './order.ts'
import { type Priced, type PricedOrder, price } from './price.ts'
import type { Rate, RateCard } from './rate-card.ts'
import { aggregator_per_call_2026_05 as aggregator } from './rate-cards/aggregator-per-call-2026-05.ts'
import { app_credits_2026_01 as app } from './rate-cards/app-credits-2026-01.ts'
import { openai_2026_05 as vendor } from './rate-cards/openai-2026-05.ts'
import { openai_articles_2026_05 as articles } from './rate-cards/openai-articles-2026-05.ts'
import { add, compare, decimal, multiply, ratio, toDecimal, ZERO } from './rational.ts'

const CENT = decimal('0.01')

function size(text: string): Size | SizeClass {
  const read = parseSizeClass(text) ?? parseSize(text)
  if (!read) throw new Error(`${text} is no size`)
  return read
}

function order(model: string, seconds: number, size_text: string, complexity: Complexity = 'standard'): PricedOrder {
  return { model, seconds, size: size(size_text), complexity }
}

function priced(card: RateCard, wanted: PricedOrder, credit_usd = CENT): Priced {
  const found = price(card, wanted, { credit_usd })
  if (found.outcome !== 'priced') throw new Error(found.message)
  return found
}

/** The same rates without the question of what is sold, for rows of the articles that no catalogue sells. */
function unbounded(card: RateCard): RateCard {
  const lines = card.lines.filter((line) => (line.precedence ?? 0) === 0).map((line) => ({ ...line, seconds: { from: 1, to: 3600 } }))
  return { ...card, lines }
}

function sum({ lines }: Priced) {
  return lines.map((line) => decimal(line.credits)).reduce(add, ZERO)
}

/** A card of one line that sells one order only. */
function cardOf(rate: Rate, seconds: number, currency: RateCard['currency'] = 'usd'): RateCard {
  return { ...vendor, id: 'test', currency, lines: [{ models: ['m'], sizes: 'any', seconds: [seconds], rate }] }
}

describe('golden: dollars per second', () => {
  it.each([
    // card, model, size, seconds, dollars
    [vendor, 'sora-2', '1280x720', 4, '0.40'],
    [vendor, 'sora-2', '720x1280', 8, '0.80'],
    [vendor, 'sora-2', '720p', 12, '1.20'],
    [vendor, 'sora-2', '1280x720', 16, '1.60'],
    [vendor, 'sora-2', '1280x720', 20, '2.00'],
    [vendor, 'sora-2-pro', '1280x720', 4, '1.20'],
    [vendor, 'sora-2-pro', '1792x1024', 8, '4.00'],
    [vendor, 'sora-2-pro', '1024x1792', 12, '6.00'],
    [vendor, 'sora-2-pro', '1920x1080', 20, '14.00'],
    [vendor, 'sora-2-pro', '1080x1920', 4, '2.80'],
    [articles, 'sora-2', '720p', 4, '0.40'],
    [articles, 'sora-2', '1280x720', 8, '0.80'],
    [articles, 'sora-2', '720x1280', 12, '1.20'],
    [articles, 'sora-2-pro', '1280x720', 10, '3.00'],
    [articles, 'sora-2-pro', '720x1280', 15, '4.50'],
    [articles, 'sora-2-pro', '720p', 25, '7.50'],
    [articles, 'sora-2-pro', '1792x1024', 10, '5.00'],
    [articles, 'sora-2-pro', '1024x1792', 15, '7.50'],
    [articles, 'sora-2-pro', '1024p', 25, '12.50'],
    // 10 s of each, and 30 s, as the articles reckon: not all of it is sold
    [unbounded(articles), 'sora-2', '720p', 10, '1.00'],
    [unbounded(articles), 'sora-2-pro', '720p', 10, '3.00'],
    [unbounded(articles), 'sora-2-pro', '1024p', 10, '5.00'],
    [unbounded(articles), 'sora-2-pro', '1024p', 30, '15.00'],
    [unbounded(vendor), 'sora-2', '720p', 10, '1.00'],
    [unbounded(vendor), 'sora-2-pro', '1024p', 30, '15.00'],
  ] as const)('%# %o', (card, model, size_text, seconds, usd) => {
    const found = priced(card, order(model, seconds, size_text))
    expect(found.usd).toBe(usd)
    expect(ratio(found.credits)).toEqual(multiply(decimal(usd), ratio(100n)))
    expect(found.lines).toHaveLength(1)
  })
})

describe('golden: dollars per call', () => {
  it('costs the same at every length and size', () => {
    for (const seconds of [4, 8, 12]) {
      for (const size_text of ['480p', '1280x720', '1024x1792', '1920x1080', '333x333']) {
        expect(priced(aggregator, order('sora-2', seconds, size_text))).toMatchObject({ usd: '0.12', credits: 12n })
        expect(priced(aggregator, order('sora-2-pro', seconds, size_text))).toMatchObject({ usd: '0.80', credits: 80n })
      }
    }
  })

  it.each([
    [10, '1.20'],
    [30, '3.60'],
    [50, '6.00'],
    [100, '12.00'],
    [200, '24.00'],
    [500, '60.00'],
  ])('%i calls cost %s', (calls, usd) => {
    const { usd: each, credits } = priced(aggregator, order('sora-2', 8, '720p'))
    expect(toDecimal(multiply(decimal(each), ratio(BigInt(calls))), 2)).toBe(usd)
    expect(credits * BigInt(calls)).toBe(BigInt(calls) * 12n)
  })
})

describe('golden: credits', () => {
  it.each([
    ['sora-2', 5, '480p', 'standard', 20n],
    ['sora-2', 5, '854x480', 'standard', 20n],
    ['sora-2', 5, '720p', 'standard', 80n],
    ['sora-2', 5, '1080p', 'standard', 200n],
    ['sora-2-pro', 5, '480x854', 'standard', 20n],
    ['sora-2-pro', 5, '720x1280', 'standard', 80n],
    ['sora-2-pro', 5, '1920x1080', 'standard', 200n],
    ['sora-2', 1, '480p', 'standard', 4n],
    ['sora-2', 1, '720p', 'standard', 16n],
    ['sora-2', 1, '1080p', 'standard', 40n],
    ['sora-2', 20, '1080p', 'standard', 800n],
    ['sora-2', 15, '1080p', 'standard', 600n],
    ['sora-2-pro', 15, '480p', 'standard', 500n],
    ['sora-2-pro', 15, '1080p', 'standard', 500n],
    ['sora-2-pro', 15, '1792x1024', 'standard', 500n],
    ['sora-2-pro', 15, '1080p', 'complex', 800n],
    ['sora-2-pro', 15, '720x1280', 'very_complex', 1200n],
    ['sora-2-pro', 14, '1080p', 'very_complex', 560n],
    ['sora-2', 15, '1080p', 'complex', 600n],
  ] as const)('%s %i s %s %s', (model, seconds, size_text, complexity, credits) => {
    const found = priced(app, order(model, seconds, size_text, complexity))
    expect(found.credits).toBe(credits)
    expect(sum(found)).toEqual(ratio(credits))
  })

  it('drafting at 480p saves 90 % of 1080p and 75 % of 720p', () => {
    for (const seconds of [1, 5, 20]) {
      const cost = (size_text: string) => priced(app, order('sora-2', seconds, size_text)).credits
      expect((cost('1080p') - cost('480p')) * 100n).toBe(cost('1080p') * 90n)
      expect((cost('720p') - cost('480p')) * 100n).toBe(cost('720p') * 75n)
    }
  })

  it('shows a surcharge as a line of its own', () => {
    const { lines } = priced(app, order('sora-2-pro', 15, '1080p', 'complex'))
    expect(lines.map(({ quantity, unit, rate, credits }) => [quantity, unit, rate, credits])).toEqual([
      ['1', 'video', '500', '500'],
      ['1', 'video', '300', '300'],
    ])
  })
})

describe('golden: worked examples', () => {
  const each = (card: RateCard, model: string, seconds: number, size_text: string) =>
    decimal(priced(card, order(model, seconds, size_text)).usd)
  const times = (count: bigint, value: ReturnType<typeof decimal>) => multiply(ratio(count), value)

  it('hero clip: 8 iterations of 5 s and a final are 6.50', () => {
    const iterations = times(8n, each(unbounded(articles), 'sora-2', 5, '720p'))
    const final = each(unbounded(articles), 'sora-2-pro', 5, '1024p')
    expect([iterations, final, add(iterations, final)].map((usd) => toDecimal(usd, 2))).toEqual(['4.00', '2.50', '6.50'])
  })

  it('hero clip with what is sold: 4 s and 8 s instead of 5 s', () => {
    const totals = [4, 8].map((seconds) =>
      toDecimal(add(times(8n, each(vendor, 'sora-2', seconds, '720p')), each(vendor, 'sora-2-pro', seconds, '1024p')), 2),
    )
    expect(totals).toEqual(['5.20', '10.40'])
  })

  it('campaign: 50 clips of 8 s and 15 retries are 52.00', () => {
    const clip = each(vendor, 'sora-2', 8, '720p')
    expect([times(50n, clip), times(15n, clip), times(65n, clip)].map((usd) => toDecimal(usd, 2))).toEqual(['40.00', '12.00', '52.00'])
  })

  it('consumer feature: 6 s cost 0.60 each, 18,000 for 30,000', () => {
    const clip = each(unbounded(vendor), 'sora-2', 6, '720p')
    expect([clip, times(30_000n, clip)].map((usd) => toDecimal(usd, 2))).toEqual(['0.60', '18000.00'])
  })
})

describe('what a card does not sell', () => {
  it.each([
    [
      vendor,
      order('sora-2', 7, '720p'),
      'unsupported_duration',
      { durations: [4, 8, 12, 16, 20] },
      'sora-2 is sold as 4, 8, 12, 16 or 20 seconds; 7 is not. Nearest: 8.',
    ],
    [
      vendor,
      order('sora-2', 5, '720p'),
      'unsupported_duration',
      { durations: [4, 8, 12, 16, 20] },
      'sora-2 is sold as 4, 8, 12, 16 or 20 seconds; 5 is not. Nearest: 4.',
    ],
    [
      vendor,
      order('sora-2', 6, '720p'),
      'unsupported_duration',
      { durations: [4, 8, 12, 16, 20] },
      'sora-2 is sold as 4, 8, 12, 16 or 20 seconds; 6 is not. Nearest: 4 or 8.',
    ],
    [
      vendor,
      order('sora-2-pro', 15, '1024p'),
      'unsupported_duration',
      { durations: [4, 8, 12, 16, 20] },
      'sora-2-pro is sold as 4, 8, 12, 16 or 20 seconds; 15 is not. Nearest: 16.',
    ],
    [
      vendor,
      order('sora-2', 8, '1920x1080'),
      'unsupported_size',
      { sizes: ['1280x720', '720x1280'] },
      'sora-2 is sold at 1280x720 or 720x1280; 1920x1080 is not.',
    ],
    [
      vendor,
      order('sora-2', 8, '480p'),
      'unsupported_size',
      { sizes: ['1280x720', '720x1280'] },
      'sora-2 is sold at 1280x720 or 720x1280; 480p is not.',
    ],
    [
      vendor,
      order('sora-2', 8, '960x720'),
      'unsupported_size',
      { sizes: ['1280x720', '720x1280'] },
      'sora-2 is sold at 1280x720 or 720x1280; 960x720 is not.',
    ],
    [
      vendor,
      order('sora-2', 7, '1080p'),
      'unsupported_duration',
      { durations: [4, 8, 12, 16, 20], sizes: ['1280x720', '720x1280'] },
      'sora-2 is sold as 4, 8, 12, 16 or 20 seconds; 7 is not. Nearest: 8. It is sold at 1280x720 or 720x1280; 1080p is not.',
    ],
    [
      articles,
      order('sora-2-pro', 12, '720p'),
      'unsupported_duration',
      { durations: [10, 15, 25] },
      'sora-2-pro is sold as 10, 15 or 25 seconds; 12 is not. Nearest: 10.',
    ],
    [
      aggregator,
      order('sora-2', 16, '720p'),
      'unsupported_duration',
      { durations: [4, 8, 12] },
      'sora-2 is sold as 4, 8 or 12 seconds; 16 is not. Nearest: 12.',
    ],
    [
      app,
      order('sora-2-pro', 5, '1792x1024'),
      'unsupported_duration',
      { durations: [15], sizes: ['854x480', '480x854', '1280x720', '720x1280', '1920x1080', '1080x1920'] },
      'sora-2-pro at 1792x1024 is sold as 15 seconds; 5 is not. Nearest: 15.',
    ],
    [
      vendor,
      order('sora-3', 8, '720p'),
      'unknown_model',
      {},
      'sora-3 is not on the rate card openai-2026-05, which sells sora-2 or sora-2-pro.',
    ],
  ] as const)('%# is refused with what it does sell', (card, wanted, reason, allowed, message) => {
    expect(price(card, wanted, { credit_usd: CENT })).toEqual({ outcome: 'not_sold', reason, allowed, message })
  })

  it('says ranges as ranges', () => {
    const found = price(app, order('sora-2', 21, '720p'), { credit_usd: CENT })
    expect(found).toMatchObject({ reason: 'unsupported_duration', message: 'sora-2 is sold as 1 to 20 seconds; 21 is not. Nearest: 20.' })
  })

  it.each([0, -4, 4.5, 1e9, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])('%d seconds are refused, not thrown at', (seconds) => {
    for (const card of [vendor, articles, aggregator, app]) {
      expect(price(card, order('sora-2', seconds, '720p'), { credit_usd: CENT })).toMatchObject({ reason: 'unsupported_duration' })
    }
  })
})

describe('rounding', () => {
  it.each([
    // a credit's worth, credits, lines (rate, credits)
    ['0.01', 40n, [['10', '40']]],
    [
      '0.03',
      14n,
      [
        ['3.333333', '13.333333'],
        ['0.666667', '0.666667'],
      ],
    ],
    [
      '0.007',
      58n,
      [
        ['14.285714', '57.142857'],
        ['0.857143', '0.857143'],
      ],
    ],
    ['0.4', 1n, [['0.25', '1']]],
    [
      '0.32',
      2n,
      [
        ['0.3125', '1.25'],
        ['0.75', '0.75'],
      ],
    ],
    [
      '1000',
      1n,
      [
        ['0.0001', '0.0004'],
        ['0.9996', '0.9996'],
      ],
    ],
  ] as const)('4 s of sora-2 with credits worth %s', (credit_usd, credits, lines) => {
    const found = priced(vendor, order('sora-2', 4, '720p'), decimal(credit_usd))
    expect(found.credits).toBe(credits)
    expect(found.usd).toBe('0.40')
    expect(found.lines.map((line) => [line.rate, line.credits])).toEqual(lines)
    expect(found.lines.slice(1).map((line) => line.label)).toEqual(lines.slice(1).map(() => 'rounding'))
  })

  it('has no line of its own where the total is whole although the rate is not', () => {
    const { lines, credits } = priced(vendor, order('sora-2', 12, '720p'), decimal('0.03'))
    expect(credits).toBe(40n)
    expect(lines.map((line) => [line.rate, line.credits])).toEqual([['3.333333', '40']])
  })

  it('happens once for a video, not once for each line', () => {
    const card: RateCard = {
      ...app,
      lines: app.lines.map((line) => ({
        ...line,
        rate: { kind: 'per_second', amount: '0.5' },
        ...(line.surcharges ? { surcharges: { complex: '0.25', very_complex: '0.5' } } : {}),
      })),
    }
    expect(priced(card, order('sora-2-pro', 15, '720p', 'complex')).credits).toBe(8n) // 7.5 + 0.25
    expect(priced(card, order('sora-2-pro', 15, '720p', 'very_complex')).credits).toBe(8n) // 7.5 + 0.5
  })
})

describe('other kinds of rates', () => {
  it('steps take the total of the first bracket that is long enough', () => {
    const steps = [
      { up_to_s: 5, amount: '20' },
      { up_to_s: 10, amount: '35' },
    ]
    const card: RateCard = {
      ...app,
      lines: [{ models: ['m'], sizes: 'any', seconds: { from: 1, to: 10 }, rate: { kind: 'duration_steps', steps } }],
    }
    expect([1, 5, 6, 10].map((seconds) => priced(card, order('m', seconds, '720p')).credits)).toEqual([20n, 20n, 35n, 35n])
  })

  it('cost plus percent is exact, and refuses without a cost', () => {
    const card = cardOf({ kind: 'cost_plus_percent', percent: '12.5' }, 8)
    const wanted = order('m', 8, '720p')
    expect(price(card, wanted, { credit_usd: CENT, provider_cost_usd: decimal('0.77') })).toMatchObject({ usd: '0.86625', credits: 87n })
    expect(price(card, wanted, { credit_usd: CENT })).toMatchObject({ outcome: 'not_sold', reason: 'no_price' })
    const in_credits = { ...card, currency: 'credits' as const }
    expect(price(in_credits, wanted, { credit_usd: CENT, provider_cost_usd: decimal('0.77') })).toMatchObject({
      usd: '0.86625',
      credits: 87n,
    })
  })

  it('the line of higher precedence prices, wherever it stands', () => {
    const reversed = { ...app, lines: app.lines.toReversed() }
    expect(priced(reversed, order('sora-2-pro', 15, '720p')).credits).toBe(500n)
  })

  it('a line for * prices only models that no line names', () => {
    const star: RateCard = {
      ...vendor,
      lines: [...vendor.lines, { models: ['*'], sizes: 'any', seconds: [4, 7], rate: { kind: 'per_call', amount: '9' } }],
    }
    expect(priced(star, order('whatever', 7, '720p')).usd).toBe('9.00')
    expect(priced(star, order('sora-2', 4, '720p')).usd).toBe('0.40')
    expect(price(star, order('sora-2', 7, '720p'), { credit_usd: CENT })).toMatchObject({ reason: 'unsupported_duration' })
  })

  it('a class is sold only where each of its sizes is', () => {
    const half: RateCard = {
      ...vendor,
      lines: [{ models: ['m'], sizes: ['1280x720'], seconds: [4], rate: { kind: 'per_call', amount: '1' } }],
    }
    expect(priced(half, order('m', 4, '1280x720')).usd).toBe('1.00')
    expect(price(half, order('m', 4, '720p'), { credit_usd: CENT })).toMatchObject({
      reason: 'unsupported_size',
      allowed: { sizes: ['1280x720'] },
    })
  })
})

describe('for every card and order', () => {
  const digits = fc.stringMatching(/^\d{1,12}\.\d{1,12}$/)
  const worth = digits.filter((text) => decimal(text).n > 0n)
  const rate = fc.oneof(
    digits.map((amount): Rate => ({ kind: 'per_second', amount })),
    digits.map((amount): Rate => ({ kind: 'per_call', amount })),
  )
  const seconds = fc.oneof(fc.integer({ min: 1, max: 120 }), fc.constant(1_000_000_000))
  const currency = fc.constantFrom('usd' as const, 'credits' as const)

  it('lines sum to the credits, which are the price rounded up by less than one', () => {
    fc.assert(
      fc.property(rate, seconds, worth, currency, (any_rate, length, credit_usd, money) => {
        const found = priced(cardOf(any_rate, length, money), order('m', length, '720p'), decimal(credit_usd))
        expect(sum(found)).toEqual(ratio(found.credits))
        const in_credits = multiply(decimal(found.usd), ratio(decimal(credit_usd).d, decimal(credit_usd).n))
        expect(compare(ratio(found.credits), in_credits)).toBeGreaterThanOrEqual(0)
        expect(compare(ratio(found.credits - 1n), in_credits)).toBe(-1)
        for (const line of found.lines) expect(`${line.quantity} ${line.rate} ${line.credits}`).toMatch(/^\d+ \d+(\.\d+)? \d+(\.\d+)?$/)
        expect(found.usd).toMatch(/^\d+\.\d{2,}$/)
        expect(found.lines.slice(0, -1).every(({ label }) => label !== 'rounding')).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('longer is never cheaper', () => {
    fc.assert(
      fc.property(
        digits,
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: 0, max: 10_000 }),
        worth,
        (amount, length, more, credit_usd) => {
          const cost = (s: number) => priced(cardOf({ kind: 'per_second', amount }, s), order('m', s, '720p'), decimal(credit_usd)).credits
          expect(cost(length + more)).toBeGreaterThanOrEqual(cost(length))
        },
      ),
      { numRuns: 300 },
    )
  })
})
