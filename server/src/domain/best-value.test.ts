import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { builtInRoutes, type Route } from './catalogue.ts'
import { openai_2026_05 as vendor } from './rate-cards/openai-2026-05.ts'
import { decimal } from './rational.ts'
import { choose, type RoutedOrder, type RoutingTerms, STRATEGIES } from './routing.ts'

const [base] = builtInRoutes({ demo: false })
if (base === undefined) throw new Error('there is no route')

/** A route, and what was seen of it. */
type Tested = Route & { readonly success_ppm: number | null }

const ORDER: RoutedOrder = {
  operation: 'create',
  model: 'sora-2',
  seconds: 4,
  size: { width: 1280, height: 720 },
  has_reference: false,
  source: null,
  complexity: 'standard',
}

/** A route that costs its customer so much, takes so long, and ends so often with a clip. */
const route = (name: string, cents: number, wait_s: number, success_ppm: number | null = null): Tested => {
  const card = {
    ...vendor,
    id: `card-${name}`,
    lines: [{ models: [name], sizes: 'any' as const, seconds: [4], rate: { kind: 'per_call' as const, amount: (cents / 100).toFixed(2) } }],
  }
  return {
    ...base,
    name: `${name}/sora-2`,
    provider: name,
    model: 'sora-2',
    provider_model: name,
    provider_rate_card: card,
    house_card: null,
    regions: [name < 'c' ? 'eu' : 'us'],
    eta: { kind: 'linear', low_tenths: 0, low_plus_s: wait_s, high_tenths: 0, high_plus_s: wait_s },
    success_ppm,
  }
}

function terms(routes: readonly Tested[], over: Partial<RoutingTerms> = {}): RoutingTerms {
  const lines = routes.flatMap(({ provider_rate_card: card }) => card?.lines ?? [])
  const expected = new Map(routes.map(({ name, success_ppm }) => [name, { kinds: [], success_ppm }]))
  return { expected, customer_card: { ...vendor, id: 'all', lines }, policy: { route: 'best_value' }, credit_usd: decimal('0.01'), ...over }
}

function best(...routes: readonly Tested[]): string | null {
  const chosen = choose(ORDER, routes, terms(routes))
  return chosen.outcome === 'chosen' ? chosen.candidate.route.provider : null
}

describe('best value', () => {
  test.each<[string, string, readonly Tested[]]>([
    ['takes half the price for less than double the wait', 'b', [route('a', 40, 100), route('b', 20, 199)]],
    ['takes who succeeds twice as often at less than double the price', 'b', [route('a', 20, 100, 500_000), route('b', 39, 100)]],
    ['takes who succeeds half as often at less than half the price', 'a', [route('a', 19, 100, 500_000), route('b', 40, 100)]],
    ['takes an unknown route to make whatever it takes', 'b', [route('a', 20, 100, 999_999), route('b', 20, 100)]],
    ['never takes what never succeeds, however cheap', 'b', [route('a', 1, 1, 0), route('b', 500, 3_000, 1)]],
    ['looks at the time where all are free', 'b', [route('a', 0, 100), route('b', 0, 50)]],
    ['goes by the cheapest where all else is equal, and then by name', 'a', [route('b', 20, 100), route('a', 20, 100)]],
  ])('%s', (_name, provider, routes) => {
    expect(best(...routes)).toBe(provider)
    expect(best(...routes.toReversed())).toBe(provider)
  })
})

const some_routes = fc
  .uniqueArray(fc.constantFrom(...'abcdef'), { minLength: 1, maxLength: 6 })
  .chain((names) =>
    fc.tuple(
      ...names.map((name) =>
        fc
          .record({ cents: fc.integer({ min: 0, max: 50 }), wait_s: fc.integer({ min: 1, max: 50 }), ppm: fc.option(fc.nat(1_000_000)) })
          .map(({ cents, wait_s, ppm }) => route(name, cents, wait_s, ppm)),
      ),
    ),
  )
const a_policy = fc.record(
  {
    route: fc.constantFrom<string>(...STRATEGIES, 'a', 'b/sora-2'),
    providers: fc.subarray([...'abcdef']),
    regions: fc.subarray(['eu', 'us']),
  },
  { requiredKeys: [] },
)

test('whoever is chosen or stands by is one that the order allows, in the order of its wish, whatever the order of the routes', () => {
  fc.assert(
    fc.property(some_routes, a_policy, fc.nat(), (routes, policy, turn) => {
      const chosen = choose(ORDER, routes, terms(routes, { policy }))
      const turned = [...routes.slice(turn % routes.length), ...routes.slice(0, turn % routes.length)].toReversed()
      const again = choose(ORDER, turned, terms(routes, { policy }))
      if (chosen.outcome === 'refused' || again.outcome === 'refused') {
        expect(chosen.outcome).toBe(again.outcome)
        return
      }
      const [all, same] = [chosen, again].map(({ candidate, standbys }) => [candidate, ...standbys].map((one) => one.route.name))
      expect(all).toEqual(same)
      for (const { route: one } of [chosen.candidate, ...chosen.standbys]) {
        if (policy.providers) expect(policy.providers).toContain(one.provider)
        if (policy.regions) expect(policy.regions.some((region) => one.regions.includes(region))).toBe(true)
        if (policy.route !== undefined && !STRATEGIES.some((strategy) => strategy === policy.route)) {
          expect([one.name, one.provider]).toContain(policy.route)
        }
      }
      const credits = chosen.standbys.map(({ priced }) => priced.credits)
      if (policy.route === undefined || policy.route === 'cheapest') {
        expect(credits.every((price) => price >= chosen.candidate.priced.credits)).toBe(true)
      }
      if (policy.route === 'fastest') {
        expect(chosen.standbys.every(({ eta }) => eta.high_s >= chosen.candidate.eta.high_s)).toBe(true)
      }
    }),
  )
})
