import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Course, kaplanMeier, observe, remaining, shareWithin, upperBound, type Wait } from './waiting.ts'

const range = (low_s: number, high_s: number): Course => ({ kind: 'range', low_s, high_s })
const observed = observe
const came = (...seconds: number[]): Wait[] => seconds.map((s) => ({ ms: s * 1000, censored: false }))
const running = (...seconds: number[]): Wait[] => seconds.map((s) => ({ ms: s * 1000, censored: true }))

describe('a published range', () => {
  test.each([
    [20, 45],
    [40, 90],
    [200, 360],
    [5, 5],
    [1, 1],
  ])('of %i to %i s is shown as it is before anything has begun', (low_s, high_s) => {
    expect(remaining(range(low_s, high_s), 0)).toEqual({ low_s, high_s })
    expect(shareWithin(range(low_s, high_s), low_s)).toBeCloseTo(0.5)
  })

  test('is left behind by what is late: what is left grows again, as it does', () => {
    const left = [0, 20, 45, 90, 600].map((elapsed_s) => remaining(range(20, 45), elapsed_s))
    expect(left).toEqual([
      { low_s: 20, high_s: 45 },
      { low_s: 10, high_s: 40 },
      { low_s: 14, high_s: 65 },
      { low_s: 26, high_s: 122 },
      { low_s: 174, high_s: 804 },
    ])
  })

  test('has an upper bound that one in a hundred passes', () => {
    expect(upperBound(range(20, 45))).toBe(110)
    expect(shareWithin(range(20, 45), 109)).toBeCloseTo(0.99, 3)
  })
})

describe('what was observed', () => {
  test('gives its own median and ninth decile', () => {
    expect(remaining(observed(came(...Array.from({ length: 100 }, (_, i) => i + 1))), 0)).toEqual({ low_s: 50, high_s: 90 })
  })

  test('counts what is still under way: leaving it out would make all look quicker', () => {
    const waits = came(10, 20, 30, 40, 50)
    expect(remaining(observed([...waits, ...running(60, 60, 60, 60, 60)]), 0).low_s).toBe(50)
    expect(remaining(observed(waits), 0).low_s).toBe(30)
    // The example of Kaplan and Meier's estimator worked by hand: 6, 7, 9+, 10 -> 3/4, 1/2, 1/2, 0.
    expect(kaplanMeier([...came(6, 7, 10), ...running(9)])).toEqual([
      { ms: 6_000, left: 0.75 },
      { ms: 7_000, left: 0.5 },
      { ms: 10_000, left: 0 },
    ])
  })

  test('is conditioned on the time that has passed', () => {
    const two_kinds = observed(came(...Array.from({ length: 50 }, () => 10), ...Array.from({ length: 50 }, () => 100)))
    expect(remaining(two_kinds, 0).low_s).toBe(10)
    expect(remaining(two_kinds, 11)).toEqual({ low_s: 89, high_s: 89 })
  })
})

test('whatever the course and the time: whole seconds, low first, at least one second to go, and progress never falls', () => {
  const course = fc.oneof(
    fc.tuple(fc.integer({ min: 1, max: 3_600 }), fc.integer({ min: 0, max: 7_200 })).map(([low, more]) => range(low, low + more)),
    fc
      .array(fc.record({ ms: fc.integer({ min: 1, max: 10 ** 7 }), censored: fc.boolean() }), { minLength: 1, maxLength: 60 })
      .map((waits) => observed(waits)),
  )
  fc.assert(
    fc.property(course, fc.integer({ min: 0, max: 200_000 }), fc.integer({ min: 0, max: 10_000 }), (one, elapsed_s, more_s) => {
      const { low_s, high_s } = remaining(one, elapsed_s)
      expect([Number.isSafeInteger(low_s), Number.isSafeInteger(high_s)]).toEqual([true, true])
      expect(low_s).toBeGreaterThanOrEqual(0)
      expect(high_s).toBeGreaterThanOrEqual(Math.max(1, low_s))
      const [now, later] = [shareWithin(one, elapsed_s), shareWithin(one, elapsed_s + more_s)]
      expect(now).toBeGreaterThanOrEqual(0)
      expect(later).toBeGreaterThanOrEqual(now)
      expect(later).toBeLessThanOrEqual(1)
      expect(Number.isSafeInteger(upperBound(one))).toBe(true)
    }),
  )
})

test('in simulation, nine in ten of the clips come inside the upper end that was shown, at the order and on the way', () => {
  // A fixed generator: the test says the same each time.
  let state = 1
  const random = () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
  const wait_s = () => 30 * Math.exp(0.5 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()))
  const seen = observed(came(...Array.from({ length: 400 }, wait_s)))
  let [inside, inside_later, later] = [0, 0, 0]
  for (let i = 0; i < 2_000; i++) {
    const actual_s = wait_s()
    if (actual_s <= remaining(seen, 0).high_s) inside++
    if (actual_s <= 40) continue
    later++
    if (actual_s <= 40 + remaining(seen, 40).high_s) inside_later++
  }
  expect(inside / 2_000).toBeGreaterThan(0.85)
  expect(inside / 2_000).toBeLessThan(0.95)
  expect(inside_later / later).toBeGreaterThan(0.85)
})
