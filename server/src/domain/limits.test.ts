import { describe, expect, test } from 'vitest'
import { gcra, type Limits, limitsOf, NO_LIMITS, type Orders, orderVerdict } from './limits.ts'

const NOW = 1_800_000_000_000
const NONE: Orders = { made: 0, frees_with: null, newest: null, open: 0, first_end_at: null }
const LIMITS: Limits = { creates_per_minute: 3, open_videos: 2, reads_per_minute: null }

describe('one more order', () => {
  test('fits where nothing is limited, and is told nothing', () => {
    expect(orderVerdict(NO_LIMITS, { ...NONE, made: 1e6, open: 1e6 }, NOW)).toEqual({ verdict: 'fits', creates: null })
  })

  test('fits below its limits, and is told how many are left', () => {
    const orders = { ...NONE, made: 1, open: 1, newest: NOW - 20_000 }
    expect(orderVerdict(LIMITS, orders, NOW)).toEqual({ verdict: 'fits', creates: { limit: 3, remaining: 2, reset_ms: 40_000 } })
  })

  test('that is one too many for its minute waits until the order that makes room is a minute old', () => {
    const orders = { ...NONE, made: 3, newest: NOW - 1_000, frees_with: NOW - 59_400 }
    expect(orderVerdict(LIMITS, orders, NOW)).toEqual({
      verdict: 'rate_limit_exceeded',
      rate: { limit: 3, remaining: 0, reset_ms: 59_000 },
      retry_after_ms: 600,
    })
  })

  test.each([
    ['the first expected end', NOW + 12_000, 12_000],
    ['a second where that is overdue', NOW - 5_000, 1_000],
    ['a minute at most', NOW + 600_000, 60_000],
  ])('that is one too many in the making waits for %s', (_name, first_end_at, retry_after_ms) => {
    expect(orderVerdict(LIMITS, { ...NONE, open: 2, first_end_at }, NOW)).toMatchObject({ verdict: 'too_many_open_videos', retry_after_ms })
  })
})

describe('reads', () => {
  test('may come as many at once as there are in a minute, then one with each share of it', () => {
    let owed: number | null = null
    const read = (at: number) => {
      const verdict = gcra(owed, at, 3)
      owed = verdict.paid_back_at
      return verdict
    }
    expect([read(NOW), read(NOW), read(NOW)].map(({ allowed, rate }) => [allowed, rate.remaining, rate.reset_ms])).toEqual([
      [true, 2, 20_000],
      [true, 1, 40_000],
      [true, 0, 60_000],
    ])
    expect(read(NOW + 1)).toMatchObject({ allowed: false, retry_after_ms: 19_999, rate: { limit: 3, remaining: 0 } })
    expect(read(NOW + 20_000).allowed).toBe(true)
    expect(read(NOW + 20_000).allowed).toBe(false)
    expect(read(NOW + 3_600_000)).toMatchObject({ allowed: true, rate: { remaining: 2 } })
  })

  test.each([1, 7, 60, 999, 6_000])('are %i at once with a limit of as many, whatever shares round to', (limit) => {
    const most = Math.min(limit, 1_000)
    let owed: number | null = NOW + 60_000 - (60_000 / limit) * most
    for (let i = 0; i < most; i += 1) {
      const verdict = gcra(owed, NOW, limit)
      expect(verdict).toMatchObject({ allowed: true, rate: { remaining: most - 1 - i } })
      owed = verdict.paid_back_at
    }
    expect(gcra(owed, NOW, limit).allowed).toBe(false)
  })

  test('are not locked out by a clock that was set back', () => {
    expect(gcra(NOW + 86_400_000, NOW, 60)).toMatchObject({ allowed: false, retry_after_ms: 1_000 })
  })
})

test('own limits replace those of everybody whole, and none of them is no limit', () => {
  expect(limitsOf(null, LIMITS)).toBe(LIMITS)
  expect(limitsOf(NO_LIMITS, LIMITS)).toBe(NO_LIMITS)
})
