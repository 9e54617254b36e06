import { expect, test } from 'vitest'
import { cheapestByForce } from '../../testing/advice/brute-force.ts'
import { randomCase, randomFrom } from '../../testing/advice/random-case.ts'
import { compare, ratio } from '../rational.ts'
import { type Advice, advise, answers, type Mix } from './advise.ts'
import type { AdviceAsked, Shelf } from './asked.ts'
import { spread } from './break-even.ts'

const SHELVES = 60
const CLIPS = 45

/** What an answer is made of: its plan, packs or not, clips paid each for themselves or not. */
function partsOf(mix: Mix | undefined): string {
  if (mix === undefined) return 'nobody'
  const has = (...kinds: readonly string[]) => mix.lines.some(({ kind }) => kinds.includes(kind))
  return [mix.lines.find(({ kind }) => kind === 'plan')?.name, has('pack'), has('per_call', 'per_second')].join(' ')
}

const times = (asked: AdviceAsked, total: number): AdviceAsked => {
  const counts = spread(
    asked.kinds.map(({ clips }) => clips),
    total,
  )
  return { ...asked, kinds: asked.kinds.map((kind, at) => ({ ...kind, clips: counts[at] ?? 0 })) }
}

function check(asked: AdviceAsked, shelf: Shelf, advice: Advice): void {
  const end = Math.min(CLIPS, advice.break_even_exact_to ?? CLIPS)
  let before: string | null = null
  for (let total = 1; total <= end; total += 1) {
    const range = advice.break_even.find(({ from, to }) => from <= total && total <= (to ?? total))
    const [cheapest, ...others] = answers(times(asked, total), shelf)?.mixes ?? []
    const is_first = range?.from === total
    if (is_first) expect(range.usd).toEqual(cheapest?.usd ?? null)
    const same = others.filter(({ usd }) => cheapest !== undefined && compare(usd, cheapest.usd) === 0)
    const parts = partsOf(cheapest)
    // Where others cost the same, either may be told first here; without them it is certain.
    if (same.length === 0 && before !== null) expect([total, is_first]).toEqual([total, before !== parts])
    before = same.length === 0 ? parts : null
  }
}

test(`on ${SHELVES} random shelves the cheapest answer changes where the break-even points say, and nowhere else`, () => {
  let changes = 0
  for (let seed = 1; seed <= SHELVES; seed += 1) {
    const { asked, shelf } = randomCase(seed + 10_000)
    const advice = advise(asked, shelf)
    if (advice === null) throw new Error('not countable')
    check(asked, shelf, advice)
    changes += advice.break_even.length - 1
  }
  expect(changes).toBeGreaterThan(SHELVES / 2)
})

test('what stands at a break-even point is what a search of all mixes finds there', () => {
  for (let seed = 1; seed <= SHELVES; seed += 1) {
    const { asked, shelf } = randomCase(seed + 20_000)
    for (const { from, usd } of advise(asked, shelf)?.break_even ?? []) {
      if (from > 12) continue
      const least = cheapestByForce({ asked: times(asked, from), shelf })
      expect([seed, from, usd]).toEqual([seed, from, least === null ? null : ratio(least, 1_000_000n)])
    }
  }
})

test('kinds keep their proportions at every number of clips, and add up to it', () => {
  const random = randomFrom(7)
  for (let round = 0; round < 200; round += 1) {
    const shares = Array.from({ length: random(1, 5) }, () => random(0, 9))
    const total = random(0, 1_000_000)
    const counts = spread(shares, total)
    const sum = shares.reduce((all, share) => all + share, 0)
    expect(counts.reduce((all, count) => all + count, 0)).toBe(total)
    for (const [at, count] of counts.entries()) {
      const exact = sum === 0 ? total / shares.length : (total * (shares[at] ?? 0)) / sum
      expect(Math.abs(count - exact)).toBeLessThan(1)
    }
  }
})
