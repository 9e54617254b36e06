import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { type DraftAsked, estimateProject, type ProjectEstimate, type ShotAsked, totalsByKind } from './estimate.ts'
import type { EconomicsAsked } from './estimate-economics.ts'
import { estimateView } from './estimate-view.ts'
import { parseSize, parseSizeClass } from './order.ts'
import type { RateCard } from './rate-card.ts'
import { aggregator_per_call_2026_05 } from './rate-cards/aggregator-per-call-2026-05.ts'
import { app_credits_2026_01 } from './rate-cards/app-credits-2026-01.ts'
import { openai_articles_2026_05 } from './rate-cards/openai-articles-2026-05.ts'
import { DEFAULT_CARD } from './rate-cards/shipped.ts'
import { add, compare, decimal, type Rational, ZERO } from './rational.ts'

type Wish = Partial<Omit<ShotAsked, 'size' | 'draft'>> & {
  readonly seconds: number
  readonly size?: string
  readonly draft?: Partial<Omit<DraftAsked, 'size'>> & { readonly iterations: number; readonly size?: string }
}

function sized(text: string) {
  const size = parseSizeClass(text) ?? parseSize(text)
  if (!size) throw new Error(`${text} is no size`)
  return size
}

function shot({ draft, size = '720p', ...wish }: Wish): ShotAsked {
  const final = { model: 'sora-2', complexity: 'standard' as const, ...wish, size: sized(size) }
  const own_seconds = draft?.seconds !== undefined
  const { model, seconds, complexity } = final
  return {
    ...{ name: null, count: 1, iterations: 1, remixes: 0, extensions: [], retry_percent: 0, expected_retry_percent: 0 },
    ...final,
    draft: draft === undefined ? null : { model, seconds, complexity, own_seconds, ...draft, size: sized(draft.size ?? size) },
  }
}

function economics(price_usd: string, clips_per_month: number | null = null, overhead_usd = '0'): EconomicsAsked {
  return { price_usd: decimal(price_usd), clips_per_month, overhead_usd: decimal(overhead_usd) }
}

function estimated(shots: readonly ShotAsked[], sold: EconomicsAsked | null = null, card: RateCard = DEFAULT_CARD): ProjectEstimate {
  const answer = estimateProject(shots, sold, { cardOf: () => card, credit_usd: decimal('0.01') })
  if (answer.outcome !== 'estimated') throw new Error(JSON.stringify(answer, (_, one) => (typeof one === 'bigint' ? String(one) : one)))
  return answer.estimate
}

const shown = (shots: readonly Wish[], sold: EconomicsAsked | null = null, card: RateCard = DEFAULT_CARD) =>
  estimateView(null, card, estimated(shots.map(shot), sold, card))

describe('golden: the worked examples of the articles', () => {
  const HERO: readonly Wish[] = [
    { seconds: 5, size: '1024p', model: 'sora-2-pro', draft: { iterations: 8, model: 'sora-2', size: '720p' } },
  ]

  test('1: a hero clip comes to their 6.50 by the second; 5 seconds are not sold, and 4 and 8 are priced', () => {
    const answer = shown(HERO)
    expect(answer.as_asked).toMatchObject({ usd: '6.50' })
    expect(answer.as_asked?.message).toBe(
      'By the second the lengths asked for would come to $6.50, but not all of them are sold. With the nearest that are it comes to $5.20.',
    )
    expect([answer.expected, answer.worst]).toEqual([
      { usd: '5.20', credits: 520 },
      { usd: '10.40', credits: 1_040 },
    ])
    expect(answer.shots[0]?.flags).toMatchObject([
      {
        param: 'shots[0].seconds',
        asked_seconds: 5,
        nearest: [
          { seconds: 4, usd: '0.40' },
          { seconds: 8, usd: '0.80' },
        ],
      },
      {
        param: 'shots[0].seconds',
        asked_seconds: 5,
        nearest: [
          { seconds: 4, usd: '2.00' },
          { seconds: 8, usd: '4.00' },
        ],
      },
    ])
    expect(answer.shots[0]?.flags[0]?.message).toBe(
      'sora-2 is sold as 4, 8, 12, 16 or 20 seconds; 5 is not. Nearest: 4. The draft is priced as 4 seconds at $0.40 or 8 seconds at $0.80 a clip.',
    )
  })

  test('1, by the articles’ own price list: 5 seconds are not on it either, in either model', () => {
    const [first] = shown(HERO, null, openai_articles_2026_05).shots
    expect(first?.flags.map(({ nearest }) => nearest.map(({ seconds, usd }) => [seconds, usd]))).toEqual([
      [
        [4, '0.40'],
        [8, '0.80'],
      ],
      [[10, '5.00']],
    ])
  })

  test('1, where 5 seconds are sold: 8 tries at 0.50 and one final at 2.50, to the cent and with nothing to say', () => {
    const whole = { ...DEFAULT_CARD, lines: DEFAULT_CARD.lines.map((line) => ({ ...line, seconds: { from: 1, to: 20 } })) }
    const answer = shown(HERO, null, whole)
    expect(answer).toMatchObject({ expected: { usd: '6.50', credits: 650 }, worst: { usd: '6.50' } })
    expect(answer.lines.map(({ kind, quantity, usd }) => [kind, quantity, usd])).toEqual([
      ['draft', 8, '4.00'],
      ['final', 1, '2.50'],
    ])
    expect(answer).not.toHaveProperty('as_asked')
  })

  test('2: 50 clips of 8 seconds are 40.00, and 30% of them again are 15 more: 52.00', () => {
    const answer = shown([{ count: 50, seconds: 8, retry_percent: 30 }])
    expect(answer).toMatchObject({ clips: 50, expected: { usd: '40.00', credits: 4_000 }, worst: { usd: '52.00', credits: 5_200 } })
    expect(answer.shots[0]?.lines).toMatchObject([
      { kind: 'final', quantity: 50, rate_usd: '0.80', usd: '40.00', worst: { quantity: 50, usd: '40.00' } },
      { kind: 'retry', quantity: 0, usd: '0.00', worst: { quantity: 15, rate_usd: '0.80', usd: '12.00' } },
    ])
  })

  test('2, as fifty shots of one clip, comes to the same: a share of a clip rounds up once, not fifty times', () => {
    const answer = shown(Array<Wish>(50).fill({ seconds: 8, retry_percent: 30, expected_retry_percent: 10 }))
    expect(answer).toMatchObject({ expected: { usd: '44.00' }, worst: { usd: '52.00', credits: 5_200 } })
    expect(shown([{ seconds: 8, count: 11, retry_percent: 30 }]).lines).toMatchObject([{}, { worst: { quantity: 4, usd: '3.20' } }])
  })

  test('retries are given to no shot below what is expected of it, and are together what the budget rounds up to', () => {
    const mixed = shown([
      { seconds: 8, retry_percent: 90, expected_retry_percent: 0 },
      { seconds: 8, retry_percent: 10, expected_retry_percent: 10 },
    ])
    const retries = mixed.shots.map(({ lines }) =>
      lines.filter(({ kind }) => kind === 'retry').map((one) => [one.quantity, one.worst.quantity]),
    )
    expect(retries).toEqual([[[0, 0]], [[1, 1]]])
    expect(mixed.worst.usd).toBe('2.40')
  })

  test('3: 6 seconds at their 0.60, sold at 0.50, lose 0.10 a clip; 30,000 a month cost 18,000; 0.60 breaks even', () => {
    const sold = economics('0.50', 30_000)
    const answer = shown([{ seconds: 6 }], sold)
    expect(answer.as_asked?.economics).toMatchObject({
      cost_usd: '0.60',
      margin_usd: '-0.10',
      margin_percent: '-20',
      break_even_usd: '0.60',
      clips_per_month: 30_000,
      monthly_cost_usd: '18000.00',
      monthly_revenue_usd: '15000.00',
      monthly_margin_usd: '-3000.00',
      message:
        'A clip costs $0.60 and is sold at $0.50: a loss of $0.10 a clip. 30,000 clips a month cost $18,000.00 and bring $15,000.00: $3,000.00 are lost. ' +
        'It breaks even at $0.60 a clip.',
    })
    // And what they get wrong: nobody sells 6 seconds. 4 and 8 are as near; the longer one shows what was asked for.
    expect(answer.shots[0]?.flags[0]).toMatchObject({
      asked_seconds: 6,
      nearest: [
        { seconds: 4, usd: '0.40' },
        { seconds: 8, usd: '0.80' },
      ],
    })
    expect(answer.economics).toMatchObject({ cost_usd: '0.80', margin_usd: '-0.30', break_even_usd: '0.80', monthly_cost_usd: '24000.00' })
  })

  test('3: at the 0.65 that the article asks, 0.05 are left of each clip, before overhead', () => {
    expect(shown([{ seconds: 6 }], economics('0.65', 30_000)).as_asked?.economics).toMatchObject({
      margin_usd: '0.05',
      monthly_margin_usd: '1500.00',
    })
  })
})

describe('golden: drafting small, by the credits of the app', () => {
  const drafted = (size: string): Wish => ({ seconds: 5, size, draft: { iterations: 8, size: '480p' } })

  it.each([
    ['1080p', '90', '1.60', '16.00'],
    ['720p', '75', '1.60', '6.40'],
  ])('at 480p instead of %s saves %s%%', (size, percent, drafts_usd, at_final_usd) => {
    expect(shown([drafted(size)], null, app_credits_2026_01).saving).toMatchObject({ percent, drafts: 8, drafts_usd, at_final_usd })
  })

  test('that costs as much or more says so', () => {
    expect(shown([{ seconds: 4, draft: { iterations: 2 } }]).saving).toMatchObject({
      usd: '0.00',
      message: 'Drafting saves nothing: 2 drafts cost as much at final settings.',
    })
    expect(shown([{ seconds: 4, draft: { iterations: 2, model: 'sora-2-pro' } }]).saving).toMatchObject({
      usd: '-1.60',
      percent: '-200',
      message: 'Drafting costs $1.60 more: 2 drafts at $2.40 instead of $0.80 at final settings.',
    })
  })
})

describe('an estimate', () => {
  test('prices a remix as a clip and an extension by the seconds it adds, of every clip', () => {
    const answer = shown([{ count: 3, seconds: 8, iterations: 2, remixes: 1, extensions: [4, 12] }])
    expect(answer.lines.map(({ kind, quantity, usd }) => [kind, quantity, usd])).toEqual([
      ['final', 6, '4.80'],
      ['remix', 3, '2.40'],
      ['extension', 6, '4.80'],
    ])
    expect(answer.shots[0]?.lines.map(({ label }) => label)).toEqual([
      'final: sora-2 720p, 8 s',
      'remix: sora-2 720p, 8 s',
      'extension 1: sora-2 720p, 4 s',
      'extension 2: sora-2 720p, 12 s',
    ])
  })

  test('names every length that is not sold where it was said, and beyond the longest prices that one', () => {
    const [first] = shown([{ seconds: 8, draft: { iterations: 1, seconds: 3 }, extensions: [4, 30] }]).shots
    expect(first?.flags.map(({ param, nearest }) => [param, ...nearest.map(({ seconds }) => seconds)])).toEqual([
      ['shots[0].draft.seconds', 4],
      ['shots[0].extensions[1]', 20],
    ])
  })

  test('names it of a remix too, where no final of that length is made', () => {
    const [first] = shown([{ seconds: 5, iterations: 0, remixes: 3 }]).shots
    expect(first?.flags).toMatchObject([
      {
        param: 'shots[0].seconds',
        message: expect.stringContaining('The remix is priced as 4 seconds at $0.40 or 8 seconds at $0.80 a clip.'),
      },
    ])
    expect(shown([{ seconds: 5, remixes: 3 }]).shots[0]?.flags).toHaveLength(1)
  })

  test('says nothing of a price by the second where a call costs what it costs', () => {
    const answer = shown([{ seconds: 5 }], null, aggregator_per_call_2026_05)
    expect(answer).toMatchObject({ expected: { usd: '0.12' }, worst: { usd: '0.12' } })
    expect(answer).not.toHaveProperty('as_asked')
  })

  test('tells the price that pays the overhead too, and from how many clips on the margin does', () => {
    const { economics: told } = shown([{ seconds: 4 }], economics('0.50', 1_000, '200'))
    expect(told).toMatchObject({
      margin_usd: '0.10',
      break_even_usd: '0.60',
      break_even_clips: 2_000,
      monthly_cost_usd: '600.00',
      monthly_margin_usd: '-100.00',
    })
    expect(told?.message).toContain('It breaks even at $0.60 a clip. The overhead is paid from 2,000 clips a month on.')
    expect(told?.curve.at(0)).toEqual({ clips: 0, cost_usd: '200.00', revenue_usd: '0.00' })
    expect(told?.curve.at(-1)).toEqual({ clips: 2_000, cost_usd: '1000.00', revenue_usd: '1000.00' })
  })

  test('has no margin in percent of a price of nothing, and no month without a volume', () => {
    expect(shown([{ seconds: 4 }], economics('0')).economics).toMatchObject({ margin_percent: null, monthly_cost_usd: null, curve: [] })
  })
})

const wishes = fc.record({
  seconds: fc.integer({ min: 1, max: 25 }),
  model: fc.constantFrom('sora-2', 'sora-2-pro'),
  count: fc.integer({ min: 1, max: 60 }),
  iterations: fc.nat(3),
  remixes: fc.nat(2),
  extensions: fc.array(fc.integer({ min: 1, max: 21 }), { maxLength: 3 }),
  retry_percent: fc.nat(300),
  draft: fc.record({
    iterations: fc.integer({ min: 1, max: 9 }),
    seconds: fc.integer({ min: 1, max: 21 }),
    size: fc.constantFrom('480p', '720p'),
  }),
})
const projects = fc.array(wishes, { minLength: 1, maxLength: 6 })
const cards = fc.constantFrom(app_credits_2026_01, {
  ...DEFAULT_CARD,
  lines: DEFAULT_CARD.lines.map((line) => ({ ...line, sizes: ['480p', '720p'] })).slice(0, 2),
})
const least = (a: Rational, b: Rational) => compare(a, b) <= 0

describe('whatever the project', () => {
  test('lines sum to shots, shots and kinds to totals, in dollars and credits, in both cases', () => {
    fc.assert(
      fc.property(projects, cards, (project, card) => {
        const answer = estimated(project.map(shot), null, card)
        for (const which of ['expected', 'worst'] as const) {
          const sums = (parts: readonly { usd: Rational; credits: bigint }[]) => ({
            usd: parts.map(({ usd }) => usd).reduce(add, ZERO),
            credits: parts.reduce((total, { credits }) => total + credits, 0n),
          })
          for (const one of answer.shots) expect(sums(one.lines.map((line) => line[which]))).toEqual(one[which])
          expect(sums(answer.shots.map((one) => one[which]))).toEqual(answer[which])
          expect(sums(totalsByKind(answer.shots).map((kind) => kind[which]))).toEqual(answer[which])
        }
      }),
      { numRuns: 100 },
    )
  })

  test('the worst is never below the expected, and more retries, clips or steps are never cheaper', () => {
    const more = fc.constantFrom<(wish: Wish) => Wish>(
      (wish) => ({ ...wish, retry_percent: (wish.retry_percent ?? 0) + 7, expected_retry_percent: 3 }),
      (wish) => ({ ...wish, count: (wish.count ?? 1) + 1 }),
      (wish) => ({ ...wish, iterations: (wish.iterations ?? 1) + 1 }),
      (wish) => ({ ...wish, remixes: (wish.remixes ?? 0) + 1 }),
      (wish) => ({ ...wish, extensions: [...(wish.extensions ?? []), 4] }),
    )
    fc.assert(
      fc.property(projects, cards, more, fc.nat(), (project, card, grow, at) => {
        const before = estimated(project.map(shot), null, card)
        const grown = project.map((wish, place) => (place === at % project.length ? grow(wish) : wish))
        const after = estimated(grown.map(shot), null, card)
        expect(least(before.expected.usd, before.worst.usd) && least(before.expected.usd, after.expected.usd)).toBe(true)
        expect(least(before.worst.usd, after.worst.usd)).toBe(true)
        expect(before.expected.credits <= before.worst.credits && before.worst.credits <= after.worst.credits).toBe(true)
      }),
      { numRuns: 100 },
    )
  })

  test('the order of its shots, and whether alike ones are written as one, change no total', () => {
    fc.assert(
      fc.property(projects, cards, (project, card) => {
        const total = ({ expected, worst }: ProjectEstimate) => ({ expected, worst })
        const one_by_one = project.flatMap((wish) => Array<Wish>(wish.count).fill({ ...wish, count: 1 }))
        const written = total(estimated(project.map(shot), null, card))
        expect(total(estimated(project.toReversed().map(shot), null, card))).toEqual(written)
        expect(total(estimated(one_by_one.map(shot), null, card))).toEqual(written)
      }),
      { numRuns: 50 },
    )
  })

  test('what is flagged is not sold, and what is not flagged costs what the list says', () => {
    fc.assert(
      fc.property(wishes, (wish) => {
        const { shots, as_asked } = estimated([shot({ ...wish, draft: { ...wish.draft, size: '720p' }, size: '720p' })])
        const flagged = new Set(shots[0]?.flags.map(({ seconds }) => seconds))
        for (const seconds of flagged) expect([4, 8, 12, 16, 20]).not.toContain(seconds)
        expect(as_asked === null).toBe(flagged.size === 0)
      }),
      { numRuns: 100 },
    )
  })
})
