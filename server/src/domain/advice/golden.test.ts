import { describe, expect, test } from 'vitest'
import type { Size, SizeClass } from '../order.ts'
import { SHIPPED_PACKS, SHIPPED_PLANS } from '../plans.ts'
import { usdText } from '../price.ts'
import { DEFAULT_CARD, SHIPPED_CARDS } from '../rate-cards/shipped.ts'
import { decimal } from '../rational.ts'
import { type Advice, advise, type Mix } from './advise.ts'
import type { ClipKind, Needs } from './asked.ts'
import { type Chosen, shelfOf } from './shelf.ts'

// The articles' tables and their worked examples, row by row (product.md, section 2), through the advisor; and what they get wrong, said.

const WORLD = {
  plans: new Map(SHIPPED_PLANS.map((plan) => [plan.id, plan])),
  packs: new Map(SHIPPED_PACKS.map((pack) => [pack.id, pack])),
  credit_usd: decimal('0.01'),
}
const NEEDS: Needs = { no_watermark: false, api: false, pay_as_you_go: false, relaxed: false }
const ALL: Chosen = { plans: null, packs: null, rate_cards: null, credits_card: null }
const PER_CALL = 'aggregator-per-call-2026-05'
const ARTICLES = 'openai-articles-2026-05'
const VENDOR = 'openai-2026-05'

const clips = (count: number, seconds: number, size: Size | SizeClass = '720p', model = 'sora-2'): ClipKind => ({
  clips: count,
  seconds,
  size,
  model,
  longest_seconds: null,
})
const pro = (count: number, seconds: number, size: Size | SizeClass = '720p') => clips(count, seconds, size, 'sora-2-pro')

function asked(kinds: ClipKind | readonly ClipKind[], chosen: Partial<Chosen> = {}, needs: Partial<Needs> = {}): Advice {
  const list = 'clips' in kinds ? [kinds] : kinds
  const shelf = shelfOf(WORLD, SHIPPED_CARDS, DEFAULT_CARD, list, { ...ALL, ...chosen }, '2026-11-22')
  const advice = advise({ kinds: list, needs: { ...NEEDS, ...needs } }, shelf)
  if (advice === null) throw new Error('not countable')
  return advice
}

/** Of one seller alone. */
const only = (what: Partial<Chosen>): Partial<Chosen> => ({ plans: [], packs: [], rate_cards: [], ...what })

function told(mix: Mix | null): readonly unknown[] {
  return mix === null
    ? []
    : [mix.name, usdText(mix.usd), ...mix.lines.map((line) => `${line.quantity} ${line.unit} at ${usdText(line.rate_usd)}`)]
}

describe('per call', () => {
  test.each([
    [10, '1.20'],
    [30, '3.60'],
    [50, '6.00'],
    [100, '12.00'],
    [200, '24.00'],
    [500, '60.00'],
  ])('%d standard calls cost %s, and nothing else is cheaper', (count, usd) => {
    for (const seconds of [4, 8, 12]) {
      expect(told(asked(clips(count, seconds)).cheapest)).toEqual(['Aggregator, per call', usd, `${count} clip at 0.12`])
    }
  })

  test('a pro call costs 0.80, at any size that the app and the vendor sell dearer', () => {
    for (const size of ['720p', '1024p', '1080p'] as const) {
      expect(told(asked(pro(10, 8, size)).cheapest)).toEqual(['Aggregator, per call', '8.00', '10 clip at 0.80'])
    }
  })
})

describe('per second', () => {
  test.each([
    [clips(1, 4), VENDOR, '0.40'],
    [clips(1, 8), ARTICLES, '0.80'],
    [clips(1, 12), ARTICLES, '1.20'],
    [pro(1, 10), ARTICLES, '3.00'],
    [pro(1, 10, '1024p'), ARTICLES, '5.00'],
    [pro(1, 10, { width: 1024, height: 1792 }), ARTICLES, '5.00'],
    [pro(1, 25, { width: 1792, height: 1024 }), ARTICLES, '12.50'],
    [pro(2, 15, '1024p'), ARTICLES, '15.00'], // the 30 s of the articles, as two clips that are sold
    [pro(1, 4, '1080p'), VENDOR, '2.80'],
    [pro(1, 20, '1024p'), VENDOR, '10.00'],
  ])('%o by %s costs %s', (kind, card, usd) => {
    expect(usdText(asked(kind, only({ rate_cards: [card] })).cheapest?.usd ?? decimal('0'))).toBe(usd)
  })

  test.each([
    [clips(1, 10), ARTICLES, /4, 8 or 12 seconds; 10 is not.*at \$0\.10, 10 would come to \$1\.00, but nobody sells them/],
    [pro(1, 30, '1024p'), ARTICLES, /10, 15 or 25 seconds; 30 is not.*at \$0\.50, 30 would come to \$15\.00, but nobody sells them/],
    [
      pro(1, 10),
      VENDOR,
      /4, 8, 12, 16 or 20 seconds; 10 is not.*8 seconds cost \$2\.40, 12 seconds cost \$3\.60 a clip.*would come to \$3\.00/,
    ],
  ])('%o is a figure of the articles that %s does not sell: it is said what it would be, and what is sold instead', (kind, card, says) => {
    const advice = asked(kind, only({ rate_cards: [card] }))
    expect(advice.cheapest).toBeNull()
    expect(advice.refused.map(({ message }) => message).join()).toMatch(says)
  })
})

describe('credits, plans and packs', () => {
  test.each([
    [clips(1, 5, '480p'), 20],
    [clips(1, 5), 80],
    [clips(1, 5, '1080p'), 200],
    [pro(1, 15, '480p'), 500],
    [pro(1, 15, '1080p'), 500],
  ])('%o takes %d credits', (kind, credits) => {
    const [line] = asked(kind, only({ plans: ['pro'] })).cheapest?.lines ?? []
    expect([line?.kind, line?.card, line?.credits]).toEqual(['plan', 'app-credits-2026-01', credits])
  })

  test.each([
    ['plus', clips(12, 5), clips(13, 5)],
    ['plus', clips(50, 5, '480p'), clips(51, 5, '480p')],
    ['pro', clips(50, 5, '1080p'), clips(51, 5, '1080p')],
    ['pro', pro(12, 20, '1080p'), pro(13, 20, '1080p')],
    ['pro', pro(20, 15), pro(21, 15)],
  ])('a month of %s is %o and no more', (plan, most, too_many) => {
    const price = plan === 'plus' ? '20.00' : '200.00'
    expect(asked(most, only({ plans: [plan] })).cheapest?.usd).toEqual(decimal(price))
    expect(asked(too_many, only({ plans: [plan] })).cheapest).toBeNull()
  })

  test.each([
    ['plus-1000', 12, '20.00'],
    ['pro-2000', 25, '40.00'],
    ['ten-generations', 2, '4.00'],
  ])('the pack %s is %d clips of 5 s at 720p for %s, lasts twelve months, and is counted whole', (pack, held, usd) => {
    const one = asked(clips(held, 5), only({ packs: [pack] })).cheapest
    expect(usdText(one?.usd ?? decimal('0'))).toBe(usd)
    expect(one?.lines[0]?.message).toMatch(/good for 12 months/)
    expect(asked(clips(held + 1, 5), only({ packs: [pack] })).cheapest?.lines[0]?.quantity).toBe(2)
  })

  test('ten generations of 5 s at 480p cost 4.00 by pack: a tenth of those at 1080p, a quarter of those at 720p', () => {
    const cost = (size: SizeClass) => usdText(asked(clips(10, 5, size), only({ packs: ['ten-generations'] })).cheapest?.usd ?? decimal('0'))
    expect([cost('480p'), cost('720p'), cost('1080p')]).toEqual(['4.00', '16.00', '40.00'])
  })

  test('where the app sells no such clip the rule of thumb says so, and not that there is no plan', () => {
    const { rule } = asked(pro(10, 10, '1024p'))
    expect([rule.name, rule.feasible]).toEqual(['Pro', false])
    expect(rule.message).toContain('which makes none of these clips')
    expect(rule.message).toContain('sora-2-pro at 1024p is sold as 15 seconds; 10 is not.')
    expect(rule.message).not.toContain('No plan of that name')
    expect(asked(pro(10, 10, '1024p'), { plans: [] }).rule.message).toContain('No plan of that name is to be looked at here.')
  })

  test('Free makes nothing, and every limit of a plan is named', () => {
    const refused = (kind: ClipKind, needs: Partial<Needs> = {}) =>
      asked(kind, {}, needs).refused.flatMap(({ name, constraint }) =>
        ['Free', 'Plus', 'Pro'].includes(name) ? [`${name} ${constraint}`] : [],
      )
    expect(refused(clips(1, 5))).toEqual(['Free clips_a_day'])
    expect(refused(clips(1, 6))).toEqual(['Free clips_a_day', 'Plus seconds'])
    expect(refused(clips(1, 5, '1080p'))).toEqual(['Free clips_a_day', 'Plus size'])
    expect(refused(pro(1, 5))).toEqual(['Free clips_a_day', 'Plus model'])
    expect(refused({ ...clips(1, 5), longest_seconds: 10 })).toContain('Plus longest_seconds')
    expect(refused(clips(1, 5), { no_watermark: true })).toEqual(['Free no_watermark', 'Plus no_watermark'])
    expect(refused(clips(1, 5), { api: true })).toEqual(['Free api', 'Plus api', 'Pro api'])
    expect(refused(clips(1, 5), { pay_as_you_go: true })).toEqual(['Free clips_a_day', 'Plus pay_as_you_go', 'Pro pay_as_you_go'])
  })

  test('Pro with slow clips accepted makes any number for 200.00, and is the cheapest from 251 pro calls on', () => {
    const { cheapest, break_even } = asked(pro(500, 8, '1080p'), {}, { relaxed: true })
    expect(cheapest?.lines.map(({ kind, clips: made, usd }) => [kind, made, usdText(usd)])).toEqual([
      ['plan', 31, '200.00'],
      ['relaxed', 469, '0.00'],
    ])
    expect(break_even.map(({ from, to, name, usd }) => [from, to, name, usdText(usd ?? decimal('0'))])).toEqual([
      [1, 250, 'Aggregator, per call', '0.80'],
      [251, null, 'Pro', '200.00'],
    ])
  })
})

describe('the rule of thumb beside the answer', () => {
  test.each<[ClipKind, string, string | null, boolean, RegExp]>([
    [clips(10, 4), 'Aggregator, per call', '1.20', true, /for \$1\.20; nothing is cheaper/],
    [clips(49, 4), 'Aggregator, per call', '5.88', true, /nothing is cheaper/],
    [clips(50, 4), 'Plus', '20.00', false, /Plus for \$20\.00, but .* only 15 clips of 4 s at 720p, not 50; all of them cost \$6\.00/],
    [clips(100, 4), 'Plus', '20.00', false, /Plus for \$20\.00, but .* only 15 clips .* not 100; all of them cost \$12\.00/],
    [clips(200, 4), 'Plus', '20.00', false, /Plus for \$20\.00, but .* only 15 clips .* not 200; all of them cost \$24\.00/],
    [clips(201, 4), 'Pro', '200.00', false, /only 156 clips .* not 201; all of them cost \$24\.12/],
    [clips(500, 4), 'Pro', '200.00', false, /only 156 clips .* not 500; all of them cost \$60\.00/],
    [clips(100, 5), 'Plus', '20.00', false, /its 1000 credits are only 12 clips of 5 s at 720p, not 100/],
    [clips(50, 5, '480p'), 'Plus', '20.00', true, /Plus for \$20\.00; nothing is cheaper/],
    [pro(10, 8), 'Pro', '200.00', true, /Pro for \$200\.00, which is \$192\.00 more than Aggregator, per call for \$8\.00/],
    [
      clips(100, 8),
      'Plus',
      '20.00',
      false,
      /Plus for \$20\.00, which makes none of these clips; all of them cost \$12\.00.* up to 5 seconds; 8 is more/,
    ],
    [clips(30, 5), 'Aggregator, per call', null, false, /cannot make them: sora-2 is sold as 4, 8 or 12 seconds; 5 is not/],
  ])('%o: the rule says %s for %s (all of them: %s)', (kind, name, usd, feasible, says) => {
    const { rule } = asked(kind)
    expect([rule.name, rule.usd === null ? null : usdText(rule.usd), rule.feasible]).toEqual([name, usd, feasible])
    expect(rule.message).toMatch(says)
  })
})

describe('the worked examples', () => {
  test('the hero clip: 5 s are not sold; what the article counts is 4.00 and 2.50, and 4 s and 8 s have prices', () => {
    const [draft, final] = [clips(8, 5), pro(1, 5, '1024p')].map((kind) => asked(kind, only({ rate_cards: [ARTICLES, VENDOR] })))
    expect([draft?.cheapest, final?.cheapest]).toEqual([null, null])
    expect(draft?.refused.map(({ message }) => message).join()).toMatch(
      /4 seconds cost \$0\.40 .*5 would come to \$0\.50, but nobody sells them/,
    )
    expect(final?.refused.map(({ message }) => message).join()).toMatch(
      /4 seconds cost \$2\.00 .*5 would come to \$2\.50, but nobody sells them/,
    )
    const instead = (seconds: number) => asked([clips(8, seconds), pro(1, seconds, '1024p')], only({ rate_cards: [VENDOR] })).cheapest
    expect([told(instead(4)).slice(1), told(instead(8)).slice(1)]).toEqual([
      ['5.20', '32 second at 0.10', '4 second at 0.50'],
      ['10.40', '64 second at 0.10', '8 second at 0.50'],
    ])
  })

  test('fifty clips of 8 s are 40.00, with 30% more 52.00, by the second; by the call 6.00 and 7.80', () => {
    const by_second = (count: number) => told(asked(clips(count, 8), only({ rate_cards: [ARTICLES] })).cheapest)[1]
    expect([by_second(50), by_second(65)]).toEqual(['40.00', '52.00'])
    expect([50, 65].map((count) => told(asked(clips(count, 8)).cheapest)[1])).toEqual(['6.00', '7.80'])
  })

  test('thirty thousand clips of 6 s at 0.60: nobody sells 6 s; of 4 s and 8 s they cost 12,000 and 24,000 by the second, 3,600 by the call', () => {
    const advice = asked(clips(30_000, 6), only({ rate_cards: [VENDOR, PER_CALL] }))
    expect(advice.cheapest).toBeNull()
    expect(advice.refused.map(({ message }) => message).join()).toMatch(/6 would come to \$0\.60, but nobody sells them/)
    expect(advice.loosen.map(({ need, usd }) => [need, usdText(usd ?? decimal('0'))])).toEqual([
      ['seconds', '3600.00'],
      ['seconds', '3600.00'],
    ])
    const by_second = (seconds: number) => told(asked(clips(30_000, seconds), only({ rate_cards: [VENDOR] })).cheapest)[1]
    expect([by_second(4), by_second(8)]).toEqual(['12000.00', '24000.00'])
  })
})
