import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nextRoute, PASSED_ON, RETURN_AFTER_MS, type Standing, THROTTLE_PATIENCE_MS, type Tried, whyHere } from './failover.ts'

const NOW = 1_795_000_000_000
const ROUTES = ['a', 'b', 'c']

function standing(ended: Standing['ended'], over: Partial<Standing> = {}): Standing {
  return { routes: ROUTES, able: new Set(ROUTES), resting: new Set(), before: [], ended, now: NOW, again_at: null, ...over }
}

const tried = (route: string, state: Tried['state'], ago_ms = 1_000): Tried => ({
  route,
  state,
  created_at: NOW - ago_ms - 1_000,
  ended_at: NOW - ago_ms,
})
const ended = (route: string, as: (typeof PASSED_ON)[number], ago_ms = 1_000) => ({ route, as, created_at: NOW - ago_ms })

describe('the next route', () => {
  test.each<[string, Standing, string | null]>([
    ['is the next one of the policy', standing(ended('a', 'rejected')), 'b'],
    ['is not one that can not take it any more', standing(ended('a', 'rejected'), { able: new Set(['a', 'c']) }), 'c'],
    ['is not one that rests, where another one does not', standing(ended('a', 'rejected'), { resting: new Set(['b']) }), 'c'],
    ['is one that rests rather than none', standing(ended('a', 'rejected'), { resting: new Set(['b', 'c']) }), 'b'],
    ['is never one that refused it', standing(ended('b', 'failed'), { before: [tried('a', 'rejected', RETURN_AFTER_MS)] }), 'c'],
    [
      'is none when all have refused it',
      standing(ended('b', 'failed'), { before: [tried('a', 'failed')], able: new Set(['a', 'b']) }),
      null,
    ],
    [
      'may be one that only had forgotten a clip',
      standing(ended('b', 'rejected'), { before: [tried('a', 'rejected', RETURN_AFTER_MS), tried('a', 'absent', RETURN_AFTER_MS)] }),
      'a',
    ],
    ['is the same one, after a moment', standing(ended('a', 'throttled'), { again_at: NOW + 10_000 }), 'a'],
    ['is another one, after long', standing(ended('a', 'throttled'), { again_at: NOW + THROTTLE_PATIENCE_MS }), 'b'],
    [
      'is another one, after many moments',
      standing(ended('a', 'throttled'), { again_at: NOW + 10_000, before: [tried('a', 'throttled', THROTTLE_PATIENCE_MS)] }),
      'b',
    ],
    [
      'is the same one when all others were left a moment ago',
      standing(ended('c', 'throttled'), { again_at: NOW + THROTTLE_PATIENCE_MS, before: [tried('a', 'throttled'), tried('b', 'absent')] }),
      'c',
    ],
    [
      'is one that was left long ago',
      standing(ended('c', 'absent'), { again_at: NOW, before: [tried('a', 'absent', RETURN_AFTER_MS)] }),
      'a',
    ],
    ['is the same one where nobody else is', standing(ended('a', 'absent'), { again_at: NOW, able: new Set(['a']) }), 'a'],
    ['is none where nobody else is and the same is not waited for', standing(ended('a', 'unsent'), { able: new Set(['a']) }), null],
  ])('%s', (_name, given, route) => {
    expect(nextRoute(given)?.route ?? null).toBe(route)
  })

  const some = fc.subarray(['a', 'b', 'c', 'd', 'e'])
  const any_standing = fc
    .record({
      routes: some.filter((routes) => routes.length > 0),
      able: some,
      resting: some,
      before: fc.array(
        fc.record({ route: fc.constantFrom(...'abcde'), state: fc.constantFrom(...PASSED_ON), ago: fc.nat(2 * RETURN_AFTER_MS) }),
        { maxLength: 8 },
      ),
      as: fc.constantFrom(...PASSED_ON),
      at: fc.nat(4),
      again_at: fc.option(fc.nat(2 * THROTTLE_PATIENCE_MS)),
    })
    .map(({ routes, able, resting, before, as, at, again_at }): Standing => {
      const route = routes[at % routes.length] ?? 'a'
      const past = before.map(({ route: of, state, ago }) => tried(of, state, ago))
      return standing(ended(route, as), {
        routes,
        able: new Set(able),
        resting: new Set(resting),
        before: past,
        again_at: again_at === null ? null : NOW + again_at,
      })
    })

  test('is always one of the quote that can take it, never one that refused this order, and never left for one that rests without need', () => {
    fc.assert(
      fc.property(any_standing, (given) => {
        const next = nextRoute(given)
        expect(nextRoute({ ...given })).toEqual(next)
        if (next === null || next.route === given.ended.route) return next === null || given.again_at !== null
        expect(given.routes).toContain(next.route)
        expect(given.able.has(next.route)).toBe(true)
        const states = [...given.before, { route: given.ended.route, state: given.ended.as }]
        const refused = states.some(
          ({ route, state }, no) => route === next.route && (state === 'rejected' || state === 'failed') && states[no + 1]?.route !== route,
        )
        expect(refused).toBe(false)
        if (given.resting.has(next.route)) expect(['rejected', 'failed']).toContain(given.ended.as)
        return true
      }),
    )
  })

  test('is found in a bounded number of attempts, wherever everybody is always throttled, absent or unreachable', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('throttled' as const, 'absent' as const, 'unsent' as const),
        fc.integer({ min: 1, max: 60_000 }),
        (as, wait_ms) => {
          const before: Tried[] = []
          let route = 'a'
          let changes = 0
          let now = NOW
          while (now < NOW + RETURN_AFTER_MS && before.length < 1_000) {
            now += wait_ms
            const next = nextRoute({ ...standing({ route, as, created_at: now - wait_ms }), before, now, again_at: now + wait_ms })
            if (next === null) break
            before.push({ route, state: as, created_at: now - wait_ms, ended_at: now })
            if (next.route !== route) changes += 1
            route = next.route
            now = next.start_at
          }
          expect(changes).toBeLessThanOrEqual(2 * ROUTES.length)
        },
      ),
      { numRuns: 30 },
    )
  })
})

test('why it was made where it was names each change of route', () => {
  const why = whyHere('a is the cheapest.', [
    { route: 'a', state: 'throttled' },
    { route: 'a', state: 'absent' },
    { route: 'b', state: 'unsent' },
    { route: 'c', state: 'done' },
  ])
  expect(why).toBe('a is the cheapest. a never got it, so b took over. b could not be reached, so c took over.')
  expect(whyHere('The order names a.', [{ route: 'a', state: 'done' }])).toBe('The order names a.')
})
