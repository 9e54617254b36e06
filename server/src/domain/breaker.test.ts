import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { afterFailure, askAgainAt, type Breaker, breakerState, type Cause, FAILURES_MAX, lets, unavailableRoutes } from './breaker.ts'

const NOW = 1_795_000_000_000
const fail = (before: Breaker | null, cause: Cause = 'unreachable', now = NOW, attempt = 'one') =>
  afterFailure(before, { name: 'studio', provider: 'studio', cause, attempt }, now)

function opened(now = NOW, cause: Cause = 'unreachable'): Breaker {
  let breaker: Breaker | null = null
  for (let failures = 0; failures < FAILURES_MAX[cause]; failures += 1) breaker = fail(breaker, cause, now)
  if (breaker === null) throw new Error('no failure opens it')
  return breaker
}

describe('a breaker', () => {
  test.each<[Cause, number]>([
    ['unreachable', 5],
    ['key', 2],
    ['balance', 2],
    ['model', 1],
  ])('opens for %s after %d failures one after the other, and not before', (cause, most) => {
    let breaker: Breaker | null = null
    for (let failures = 1; failures <= most; failures += 1) {
      breaker = fail(breaker, cause)
      expect(breakerState(breaker, NOW)).toBe(failures < most ? 'closed' : 'open')
    }
  })

  test('lets nobody through while it is open, then one at a time, and another one when that one never came back', () => {
    const open = opened()
    expect([lets(open, 'one', NOW + 29_999), askAgainAt(open, NOW)]).toEqual([false, NOW + 30_000])
    expect(lets(open, 'one', NOW + 30_000)).toBe(true)
    const tried: Breaker = { ...open, probe: { attempt: 'one', at: NOW + 30_000 } }
    expect([lets(tried, 'one', NOW + 31_000), lets(tried, 'two', NOW + 31_000)]).toEqual([true, false])
    expect(lets(tried, 'two', NOW + 30_000 + 180_000)).toBe(true)
  })

  test('rests twice as long each time that its probe fails, up to ten minutes', () => {
    let breaker = opened()
    const rests: number[] = []
    for (let times = 0; times < 7; times += 1) {
      const at = breaker.open?.retry_at ?? 0
      breaker = fail({ ...breaker, probe: { attempt: 'probe', at } }, 'unreachable', at, 'probe')
      rests.push((breaker.open?.retry_at ?? 0) - at)
    }
    expect(rests).toEqual([60_000, 120_000, 240_000, 480_000, 600_000, 600_000, 600_000])
    expect(breaker.open?.since).toBe(NOW)
  })

  test('is not kept open by what was sent before it opened', () => {
    const open = opened()
    expect(fail(open, 'unreachable', NOW + 20_000, 'late').open).toEqual(open.open)
    const tried: Breaker = { ...open, probe: { attempt: 'probe', at: NOW + 30_000 } }
    expect(fail(tried, 'unreachable', NOW + 31_000, 'late').open).toEqual(open.open)
  })

  test('opens again only later, however failures come', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(60_000), fc.constantFrom<Cause>('unreachable', 'key', 'balance')), { maxLength: 40 }),
        (failures) => {
          let breaker: Breaker | null = null
          let now = NOW
          for (const [wait_ms, cause] of failures) {
            now += wait_ms
            const after: Breaker = fail(breaker, cause, now)
            expect(after.openings - (breaker?.openings ?? 0)).toBeLessThanOrEqual(1)
            if (breaker?.open && after.open) expect(after.open.retry_at).toBeGreaterThanOrEqual(breaker.open.retry_at)
            expect(after.open !== null).toBe(after.openings > 0)
            breaker = after
          }
        },
      ),
    )
  })
})

test('a route rests with its account, or alone when its model is gone, and says why without what is only the operator`s', () => {
  const routes = ['studio/sora-2', 'studio/wan', 'other/sora-2'].map((name) => ({ name, provider: name.split('/')[0] ?? '' }))
  const refused = opened(NOW, 'key')
  expect([...unavailableRoutes(routes, [refused], NOW).routes]).toEqual([
    ['studio/sora-2', 'studio/sora-2 takes no orders at present: its provider takes none of our orders.'],
    ['studio/wan', 'studio/wan takes no orders at present: its provider takes none of our orders.'],
  ])
  const gone = { ...opened(NOW, 'model'), name: 'studio/wan' }
  const ending = { state: 'ending', on: '2026-12-24', replacement: 'wan-3' } as const
  expect(
    unavailableRoutes(
      routes.map((route) => ({ ...route, availability: ending })),
      [gone],
      NOW,
    ).gone.get('studio/wan'),
  ).toBe('studio/wan takes no orders at present: its provider does not make this model any more; wan-3 comes nearest.')
  expect([...unavailableRoutes(routes, [gone], NOW).routes.keys()]).toEqual(['studio/wan'])
  expect(unavailableRoutes(routes, [refused], NOW).gone.size).toBe(0)
  expect(unavailableRoutes(routes, [refused], NOW + 30_000).routes.size).toBe(0)
})
