import { describe, expect, test } from 'vitest'
import { type Random, randomFrom } from '../../testing/advice/random-case.ts'
import { type CountedPack, coverBy } from './cover.ts'
import { leastCost, type Terms } from './least.ts'

const CASES = Number(process.env.FILMGATE_ADVICE_CASES ?? 2_000)

/** The least for so many credits, one pack after another. */
function leastPacks(packs: readonly CountedPack[], credits: number): number {
  const least = [0]
  for (let needed = 1; needed <= credits; needed += 1) {
    least.push(Math.min(...packs.map((pack) => pack.cost + (least[Math.max(0, needed - pack.credits)] ?? 0))))
  }
  return least[credits] ?? Number.NaN
}

function randomPacks(random: Random): readonly CountedPack[] {
  const step = random(1, 3) === 1 ? 10 : 1
  return Array.from({ length: random(1, 4) }, () => ({ cost: random(0, 60), credits: random(1, 30) * step }))
}

test(`whole packs for so many credits: of ${CASES} shelves none can be bought from for less`, () => {
  for (let seed = 1; seed <= CASES; seed += 1) {
    const random = randomFrom(seed)
    const packs = randomPacks(random)
    const cover = coverBy(packs)
    for (const credits of [0, 1, random(1, 100), random(100, 400)]) {
      const { cost, packs: counts } = cover?.of(credits) ?? { cost: Number.NaN, packs: [] }
      expect([seed, credits, cost]).toEqual([seed, credits, leastPacks(packs, credits)])
      expect(packs.reduce((sum, pack, at) => sum + pack.cost * (counts[at] ?? 0), 0)).toBe(cost)
      expect(packs.reduce((sum, pack, at) => sum + pack.credits * (counts[at] ?? 0), 0)).toBeGreaterThanOrEqual(credits)
    }
  }
})

test('packs of awkward sizes at one price a credit are given up in a moment, with packs that do', () => {
  const packs = [10_007, 9_973, 9_949, 9_941].map((credits) => ({ credits, cost: credits }))
  const { exact, cost, packs: counts } = coverBy(packs)?.of(100_000_007) ?? { exact: true, cost: 0, packs: [] }
  const bought = packs.reduce((sum, { credits }, at) => sum + credits * (counts[at] ?? 0), 0)
  expect([exact, cost]).toEqual([false, bought])
  expect(bought).toBeGreaterThanOrEqual(100_000_007)
  const clips = { cost: 0, credits: 0, most: Number.POSITIVE_INFINITY, credits_each: [1], pay_each: [null], free: [false] }
  const effort = { left: 1_000 }
  expect(leastCost({ ...clips, cover: coverBy(packs) }, [100_000_007], effort)?.cost).toBe(cost)
  expect(effort.left).toBe(0) // so nobody is told that it is the least
})

/** Every number of clips of each kind by credits. */
function byForce(terms: Terms, packs: readonly CountedPack[], clips: readonly number[]): number | null {
  let least: number | null = null
  const walk = (at: number, cost: number, credits: number, made: number): void => {
    const count = clips[at]
    if (count === undefined) {
      const missing = Math.max(0, credits - terms.credits)
      if (made > terms.most || (missing > 0 && packs.length === 0)) return
      const total = cost + (missing > 0 ? leastPacks(packs, missing) : 0)
      if (least === null || total < least) least = total
      return
    }
    const [one, pay] = [terms.credits_each[at] ?? null, terms.pay_each[at] ?? null]
    for (let by_credits = 0; by_credits <= (one === null ? 0 : count); by_credits += 1) {
      if (by_credits < count && pay === null) continue
      walk(at + 1, cost + (count - by_credits) * (pay ?? 0), credits + by_credits * (one ?? 0), made + by_credits)
    }
  }
  walk(0, terms.cost, 0, 0)
  return least
}

function randomTerms(random: Random, kinds: number, packs: readonly CountedPack[]): Terms {
  // Prices in proportion to credits are the hard ones: any clips are as good as any others.
  const is_even = random(1, 3) === 1
  const credits_each = Array.from({ length: kinds }, () => (random(1, 8) === 1 ? null : random(0, 20)))
  const pay_each = credits_each.map((one) => (random(1, 8) === 1 ? null : is_even && one !== null ? one * 2 : random(0, 50)))
  return {
    cost: random(0, 50),
    credits: random(0, 150),
    most: random(1, 2) === 1 ? Number.POSITIVE_INFINITY : random(0, 12),
    credits_each,
    pay_each,
    cover: coverBy(packs),
    free: credits_each.map(() => false),
  }
}

describe('the least for a plan', () => {
  test(`of ${CASES} with few clips, some with a cap on them, none can be made for less`, () => {
    for (let seed = 1; seed <= CASES; seed += 1) {
      const random = randomFrom(seed)
      const packs = random(1, 2) === 1 ? randomPacks(random) : []
      const clips = Array.from({ length: random(1, 5) }, () => random(0, 4))
      const terms = randomTerms(random, clips.length, packs)
      const effort = { left: 1_000_000 }
      const least = leastCost(terms, clips, effort)
      expect([seed, least?.cost ?? null, effort.left > 0]).toEqual([seed, byForce(terms, packs, clips), true])
    }
  })

  test('of no more than a limit it is found as without one, and nothing above it', () => {
    const terms = randomTerms(randomFrom(3), 2, [])
    const effort = { left: 1_000 }
    const least = leastCost({ ...terms, pay_each: [7, 5] }, [4, 4], effort)
    if (least === null) throw new Error('not made')
    expect(leastCost({ ...terms, pay_each: [7, 5] }, [4, 4], effort, least.cost + 1)).toEqual(least)
    expect(leastCost({ ...terms, pay_each: [7, 5] }, [4, 4], effort, least.cost)).toBeNull()
  })

  test('of a million clips of each of five kinds, with awkward packs and caps, it is found and proved in few steps', () => {
    const clips = Array.from({ length: 5 }, () => 1_000_000)
    for (let seed = 1; seed <= 100; seed += 1) {
      const random = randomFrom(seed)
      const packs = randomPacks(random).map(({ cost, credits }) => ({ cost, credits: credits * 37 }))
      const cap = random(1, 2) === 1 ? Number.POSITIVE_INFINITY : random(0, 100_000)
      const terms = { ...randomTerms(random, 5, packs), credits: random(0, 100_000), most: cap }
      const effort = { left: 20_000 }
      leastCost(terms, clips, effort)
      expect([seed, effort.left > 0]).toEqual([seed, true])
    }
  })

  test('whose effort runs out there is still an answer, and it is known that there is none left', () => {
    const terms = { ...randomTerms(randomFrom(5), 5, []), most: Number.POSITIVE_INFINITY, pay_each: [9, 8, 7, 6, 5] }
    const effort = { left: 6 }
    expect(leastCost({ ...terms, credits_each: [5, 4, 3, 2, 1], credits: 17 }, [4, 4, 4, 4, 4], effort)).not.toBeNull()
    expect(effort.left).toBe(0)
  })
})
