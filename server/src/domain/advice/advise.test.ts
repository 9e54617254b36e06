import { describe, expect, test } from 'vitest'
import { cheapestByForce } from '../../testing/advice/brute-force.ts'
import { type Case, randomCase } from '../../testing/advice/random-case.ts'
import { type Plan, SHIPPED_PLANS } from '../plans.ts'
import type { RateCard } from '../rate-card.ts'
import { app_credits_2026_01 } from '../rate-cards/app-credits-2026-01.ts'
import { add, compare, multiply, ratio, ZERO } from '../rational.ts'
import { answers, type Mix } from './advise.ts'

const CASES = Number(process.env.FILMGATE_ADVICE_CASES ?? 2_000)

/** Whether the lines of a mix come to what it costs, and make all the clips. */
function checkArithmetic(mix: Mix, { asked }: Case): void {
  const clips = asked.kinds.reduce((sum, kind) => sum + kind.clips, 0)
  for (const line of mix.lines) expect(line.usd).toEqual(multiply(line.rate_usd, ratio(BigInt(line.quantity))))
  expect(mix.lines.map(({ usd }) => usd).reduce(add, ZERO)).toEqual(mix.usd)
  expect(mix.lines.reduce((sum, line) => sum + line.clips, 0)).toBe(clips)
  expect(mix.lines.filter(({ kind }) => kind === 'plan').length).toBeLessThanOrEqual(1)
}

test(`of ${CASES} random months none can be made cheaper by any mix that there is`, () => {
  let made = 0
  for (let seed = 1; seed <= CASES; seed += 1) {
    const one = randomCase(seed)
    const found = answers(one.asked, one.shelf)
    if (found === null) throw new Error('not countable')
    const [cheapest = null] = found.mixes
    const least = cheapestByForce(one)
    expect([seed, cheapest?.usd ?? null, found.proven]).toEqual([seed, least === null ? null : ratio(least, 1_000_000n), true])
    if (cheapest === null) continue
    made += 1
    for (const mix of found.mixes) {
      checkArithmetic(mix, one)
      expect(compare(mix.usd, cheapest.usd)).toBeGreaterThanOrEqual(0)
    }
  }
  expect(made).toBeGreaterThan(CASES / 2)
})

describe('a plan with a relaxed lane', () => {
  const [plan] = SHIPPED_PLANS.filter(({ id }) => id === 'pro')
  const month = (count: number, changed: Partial<Plan>) => {
    if (plan === undefined) throw new Error('there is no Pro')
    const kinds = [{ clips: count, model: 'sora-2', seconds: 5, size: '720p' as const, longest_seconds: null }]
    const needs = { no_watermark: false, api: false, pay_as_you_go: false, relaxed: true }
    const shelf = { plans: [{ ...plan, ...changed }], packs: [], pay_cards: [], credits_card: app_credits_2026_01, of_the_app: true }
    return answers({ kinds, needs }, { ...shelf, credit_usd: ratio(1n, 100n), date: '2026-11-22' })?.mixes[0] ?? null
  }

  test('makes any number, its credits first', () => {
    expect(month(1_000, {})?.lines.map(({ kind, clips, credits }) => [kind, clips, credits])).toEqual([
      ['plan', 125, 10_000],
      ['relaxed', 875, 0],
    ])
  })

  test('does not come to it with fewer clips a day than its credits pay for, unless it is open before they are gone', () => {
    const few = { clips_a_day: [{ from: '2026-01-01', clips: 4 }] } // 120 a month, and credits for 125
    expect(month(120, few)?.lines.map(({ kind, clips }) => [kind, clips])).toEqual([['plan', 120]])
    expect(month(121, few)).toBeNull()
    expect(month(121, { ...few, relaxed_with_credits: true })?.lines.map(({ kind, clips }) => [kind, clips])).toEqual([
      ['plan', 120],
      ['relaxed', 1],
    ])
  })
})

test('what cannot be counted exactly is no answer', () => {
  const { asked, shelf } = randomCase(1)
  const dear: RateCard = {
    ...app_credits_2026_01,
    id: 'dear',
    currency: 'usd',
    lines: [
      { models: ['small', 'large'], sizes: 'any', seconds: { from: 1, to: 9 }, rate: { kind: 'per_call', amount: '999999999999.000001' } },
    ],
  }
  expect(answers({ ...asked, kinds: asked.kinds.map((kind) => ({ ...kind, clips: 9 })) }, { ...shelf, pay_cards: [dear] })).toBeNull()
})
