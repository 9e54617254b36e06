import { describe, expect, it } from 'vitest'
import type { Abilities } from './catalogue/entry.ts'
import { abilitiesOf, builtInRoutes, DEFAULT_DEADLINE_S, modelsOf, type Route } from './catalogue.ts'
import type { Eta } from './eta.ts'
import { POLL_DEFAULT } from './poll.ts'
import type { RateCard } from './rate-card.ts'
import { aggregator_per_call_2026_05 as aggregator } from './rate-cards/aggregator-per-call-2026-05.ts'
import { app_credits_2026_01 as app } from './rate-cards/app-credits-2026-01.ts'
import { openai_2026_05 as vendor } from './rate-cards/openai-2026-05.ts'
import { decimal } from './rational.ts'
import { type Candidate, choose, type Policy, pricedBy, type RoutedOrder, type RoutingTerms } from './routing.ts'

const ORDER: RoutedOrder = {
  operation: 'create',
  model: 'sora-2',
  seconds: 8,
  size: { width: 1280, height: 720 },
  has_reference: false,
  source: null,
  complexity: 'standard',
}

const WIRE: Abilities = {
  sizes: ['1280x720', '720x1280'],
  seconds: [4, 8, 12],
  reference_image: true,
  audio: true,
  own_clips_only: [],
  operations: ['create'],
}

/** A configured provider; `wait` is what it is expected to take, whatever the order. */
function route(provider: string, over: Partial<Route> & { readonly wait?: Eta } = {}): Route {
  const { wait = { low_s: 40, high_s: 90 }, ...rest } = over
  return {
    name: `${provider}/sora-2`,
    provider,
    adapter: 'openai',
    model: 'sora-2',
    provider_model: 'sora-2',
    abilities: WIRE,
    provider_rate_card: vendor,
    house_card: null,
    poll: POLL_DEFAULT,
    deadline_s: DEFAULT_DEADLINE_S,
    regions: ['eu'],
    eta: { kind: 'linear', low_tenths: 0, low_plus_s: wait.low_s, high_tenths: 0, high_plus_s: wait.high_s },
    relaxed_slots: 0,
    demo: false,
    ...rest,
  }
}

/** Sells gen4.5 cheaper than sora-2. */
const two_models: RateCard = {
  ...vendor,
  id: 'two-models',
  lines: [...vendor.lines, { models: ['gen4.5'], sizes: ['720p'], seconds: [4, 8, 10], rate: { kind: 'per_second', amount: '0.05' } }],
}

function terms(policy: Policy = {}, over: Partial<RoutingTerms> = {}): RoutingTerms {
  return { customer_card: vendor, policy, credit_usd: decimal('0.01'), ...over }
}

function chosen(order: RoutedOrder, routes: readonly Route[], with_terms: RoutingTerms) {
  const found = choose(order, routes, with_terms)
  if (found.outcome === 'refused') throw new Error(found.message)
  return found
}

function reasons(all: readonly Candidate[]) {
  return all.map((found) => [found.route.name, found.state === 'rejected' ? found.reason : found.priced.credits])
}

describe('demo mode', () => {
  it('lets the animatic stand in for sora-2 and sora-2-pro, at their prices, and says so', () => {
    const routes = builtInRoutes({ demo: true })
    const pro = chosen({ ...ORDER, model: 'sora-2-pro' }, routes, terms())
    expect(pro.candidate).toMatchObject({
      priced: { credits: 240n, usd: '2.40' },
      cost_micro: 0n,
      route: { demo: true, provider: 'animatic' },
    })
    expect(chosen(ORDER, routes, terms()).candidate).toMatchObject({ priced: { credits: 80n }, card: { id: 'openai-2026-05' } })
    expect(
      chosen({ ...ORDER, size: { width: 480, height: 854 } }, routes, terms({}, { customer_card: app })).candidate.priced.credits,
    ).toBe(32n)
  })

  it('does not make a stand-in free on a card that names the animatic', () => {
    const card: RateCard = {
      ...vendor,
      lines: [...vendor.lines, { models: ['animatic'], sizes: 'any', seconds: [8], rate: { kind: 'per_call', amount: '0' } }],
    }
    expect(chosen(ORDER, builtInRoutes({ demo: true }), terms({}, { customer_card: card })).candidate.priced.credits).toBe(80n)
  })

  it('ends with the first configured provider: the animatic serves only itself', () => {
    expect(builtInRoutes({ demo: false }).map(({ model, demo }) => [model, demo])).toEqual([['animatic', false]])
    const routes = [...builtInRoutes({ demo: false }), route('studio-a')]
    const found = chosen(ORDER, routes, terms({ route: 'cheapest' }))
    expect(found.candidates.map(({ route: { provider } }) => provider)).toEqual(['studio-a'])
    expect(found.candidate.route.demo).toBe(false)
  })

  it('has the animatic free on every card, within its own abilities', () => {
    for (const demo of [true, false]) {
      for (const customer_card of [vendor, aggregator, app]) {
        const order = { ...ORDER, model: 'animatic', seconds: 7, size: { width: 480, height: 854 } }
        expect(chosen(order, builtInRoutes({ demo }), terms({}, { customer_card })).candidate).toMatchObject({
          priced: { credits: 0n, usd: '0.00' },
          card: { id: 'animatic' },
        })
        expect(choose({ ...order, seconds: 121 }, builtInRoutes({ demo }), terms({}, { customer_card }))).toMatchObject({
          code: 'unsupported_duration',
        })
      }
    }
  })
})

describe('a choice', () => {
  const cheap = route('cheap', { provider_model: 'gen4.5', provider_rate_card: two_models, wait: { low_s: 100, high_s: 300 } })
  const fast = route('fast', { wait: { low_s: 10, high_s: 20 } })
  const middling = route('middling', { wait: { low_s: 40, high_s: 90 } })
  const routes = [middling, fast, cheap]
  const customer_card = two_models

  it.each([
    [undefined, 'cheap', 'cheap/sora-2 is the cheapest of 3 routes that can take it.'],
    ['cheapest', 'cheap', 'cheap/sora-2 is the cheapest of 3 routes that can take it.'],
    ['fastest', 'fast', 'fast/sora-2 is the fastest of 3 routes that can take it.'],
    ['best_value', 'fast', 'fast/sora-2 is the best value of 3 routes that can take it.'],
    ['middling', 'middling', 'The order names middling.'],
    ['middling/sora-2', 'middling', 'The order names middling/sora-2.'],
  ])('%s takes %s', (wish, provider, why) => {
    const found = chosen(ORDER, routes, terms(wish === undefined ? {} : { route: wish }, { customer_card }))
    expect([found.candidate.route.provider, found.why]).toEqual([provider, why])
  })

  it('charges the line of the route`s model, else of the model asked for', () => {
    expect(reasons(chosen(ORDER, routes, terms({}, { customer_card })).candidates)).toEqual([
      ['cheap/sora-2', 40n],
      ['fast/sora-2', 80n],
      ['middling/sora-2', 80n],
    ])
    // The vendor's card does not know gen4.5: the same route costs what sora-2 costs.
    expect(reasons(chosen(ORDER, [cheap], terms()).candidates)).toEqual([['cheap/sora-2', 80n]])
    expect(pricedBy(cheap, customer_card)).toMatchObject({ model: 'gen4.5' })
  })

  it('at equal credits takes the lowest provider cost, then the name', () => {
    const per_call = route('z', { provider_rate_card: aggregator })
    expect(chosen(ORDER, [route('a'), per_call], terms()).candidate).toMatchObject({ route: { provider: 'z' }, cost_micro: 120_000n })
    expect(chosen(ORDER, [route('b'), route('a')], terms()).candidate.route.provider).toBe('a')
  })

  it('does not depend on the order in which routes are listed', () => {
    for (const wish of ['cheapest', 'fastest', 'best_value']) {
      const first = chosen(ORDER, routes, terms({ route: wish }, { customer_card }))
      for (const shuffled of [routes.toReversed(), [fast, cheap, middling], [cheap, middling, fast]]) {
        expect(chosen(ORDER, shuffled, terms({ route: wish }, { customer_card }))).toEqual(first)
      }
    }
  })

  it('adds a percentage to what the very route costs', () => {
    const cost_plus: RateCard = {
      ...vendor,
      lines: [{ models: ['*'], sizes: 'any', seconds: [8], rate: { kind: 'cost_plus_percent', percent: '20' } }],
    }
    const found = chosen(ORDER, [route('a'), route('z', { provider_rate_card: aggregator })], terms({}, { customer_card: cost_plus }))
    expect(reasons(found.candidates)).toEqual([
      ['z/sora-2', 15n], // 0.12 + 20 % = 0.144
      ['a/sora-2', 96n],
    ])
  })
})

describe('a candidate', () => {
  const good = route('good', { abilities: { ...WIRE, operations: ['create', 'remix', 'edit', 'extend', 'character'] } })

  it.each<readonly [string, Route, RoutingTerms, Partial<RoutedOrder>]>([
    ['not_pinned', route('bad'), terms({ route: 'good' }), {}],
    ['provider_not_allowed', route('bad'), terms({ providers: ['good'] }), {}],
    ['region_not_allowed', route('bad', { regions: ['us'] }), terms({ regions: ['eu'] }), {}],
    ['unavailable', route('bad'), terms({}, { unavailable: new Map([['bad/sora-2', 'bad is paused.']]) }), {}],
    ['unsupported_operation', route('bad', { abilities: { ...WIRE, operations: ['remix'] } }), terms(), {}],
    [
      'source_elsewhere',
      route('bad', { abilities: { ...WIRE, operations: ['remix'], own_clips_only: ['remix'] } }),
      terms(),
      { operation: 'remix', source: { video: 'video_1', provider: 'good' } },
    ],
    [
      'source_elsewhere',
      route('bad', { abilities: { ...WIRE, operations: ['remix'], own_clips_only: ['remix'] } }),
      terms(),
      { operation: 'remix', source: { video: null, provider: null } },
    ],
    ['unsupported_operation', route('bad'), terms(), { operation: 'extend', source: { video: 'video_1', provider: 'bad' } }],
    ['unsupported_characters', route('bad'), terms(), { has_characters: true }],
    ['unsupported_reference', route('bad', { abilities: { ...WIRE, reference_image: false } }), terms(), { has_reference: true }],
    ['unsupported_size', route('bad', { abilities: { ...WIRE, sizes: ['720x1280'] } }), terms(), {}],
    ['unsupported_duration', route('bad', { abilities: { ...WIRE, seconds: { from: 1, to: 4 } } }), terms(), {}],
    ['no_price', route('bad', { provider_rate_card: null }), terms(), {}],
    ['no_price', route('bad', { provider_model: 'x', provider_rate_card: { ...vendor, lines: [] } }), terms(), {}],
  ])('is out with the reason %s, and the other is taken', (reason, bad, with_terms, over) => {
    const found = chosen({ ...ORDER, ...over }, [bad, good], with_terms)
    expect(found.candidate.route).toBe(good)
    expect(reasons(found.candidates)).toEqual([
      ['good/sora-2', 80n],
      ['bad/sora-2', reason],
    ])
  })
})

describe('an order that begins from a clip', () => {
  const own_only = route('own', { abilities: { ...WIRE, operations: ['remix'], own_clips_only: ['remix'] } })
  const source = { video: 'video_1', provider: 'own' }

  it('goes to the account that made the clip when only that can', () => {
    expect(chosen({ ...ORDER, operation: 'remix', source }, [own_only], terms()).candidate.route).toBe(own_only)
  })

  it('is refused where nobody can, with the field and before there is a price', () => {
    const refused = (order: Partial<RoutedOrder>) => choose({ ...ORDER, ...order }, [own_only], terms())
    expect(refused({ operation: 'remix', source: { ...source, provider: 'other' } })).toMatchObject({
      code: 'invalid_value',
      param: 'video',
    })
    expect(refused({ operation: 'edit', source })).toMatchObject({ code: 'invalid_value', param: 'video' })
    expect(refused({ operation: 'edit', source: { video: null, provider: null } })).toMatchObject({ code: 'invalid_value', param: 'model' })
    const plain = route('plain')
    expect(choose({ ...ORDER, has_characters: true }, [plain], terms())).toMatchObject({ code: 'invalid_value', param: 'characters' })
  })
})

describe('a refusal', () => {
  const demo = builtInRoutes({ demo: true })

  it.each<readonly [string, Partial<RoutedOrder>, readonly Route[], RoutingTerms, object]>([
    ['7 s', { seconds: 7 }, demo, terms(), { code: 'unsupported_duration', param: 'seconds', allowed: { durations: [4, 8, 12, 16, 20] } }],
    [
      '1080p of sora-2',
      { size: { width: 1920, height: 1080 } },
      demo,
      terms(),
      { code: 'unsupported_size', param: 'size', allowed: { sizes: ['1280x720', '720x1280'] } },
    ],
    ['a size of nobody', { size: { width: 333, height: 333 } }, demo, terms(), { code: 'unsupported_size', param: 'size' }],
    [
      'what is sold but not made',
      { seconds: 16 },
      [route('a')],
      terms(),
      {
        code: 'unsupported_duration',
        allowed: { durations: [4, 8, 12] },
        message: 'sora-2 is sold as 4, 8 or 12 seconds; 16 is not. Nearest: 12.',
      },
    ],
    [
      'what is made but not sold',
      { seconds: 16 },
      demo,
      terms({}, { customer_card: aggregator }),
      { code: 'unsupported_duration', allowed: { durations: [4, 8, 12] } },
    ],
    [
      'an unknown model',
      { model: 'sora-3' },
      demo,
      terms(),
      { code: 'unknown_model', param: 'model', allowed: { models: ['animatic', 'sora-2', 'sora-2-pro'] } },
    ],
    [
      'a model with a price and no route',
      { model: 'sora-2-pro' },
      [route('a')],
      terms(),
      { code: 'unknown_model', allowed: { models: ['sora-2'] } },
    ],
    [
      'a model with a route and no price',
      { model: 'x' },
      [route('a', { model: 'x', provider_model: 'x' })],
      terms(),
      { code: 'unknown_model', param: 'model', allowed: { models: [] } },
    ],
    ['an unknown route', {}, demo, terms({ route: 'nobody' }), { code: 'invalid_value', param: 'route' }],
    [
      'a route of another model',
      {},
      [route('a'), route('b', { model: 'x' })],
      terms({ route: 'b' }),
      { code: 'invalid_value', param: 'route' },
    ],
    ['no region left', {}, demo, terms({ regions: ['mars'] }), { code: 'invalid_value', param: 'regions' }],
    ['no provider left', {}, demo, terms({ providers: [] }), { code: 'invalid_value', param: 'providers' }],
    [
      'an allowed route that takes nothing now',
      {},
      [route('a'), route('b', { regions: ['mars'] })],
      { ...terms({ regions: ['mars'] }), unavailable: new Map([['b/sora-2', 'It rests.']]) },
      { code: 'no_route_available', param: null },
    ],
    [
      'no reference image anywhere',
      { has_reference: true },
      [route('a', { abilities: { ...WIRE, reference_image: false } })],
      terms(),
      { code: 'invalid_value', param: 'input_reference' },
    ],
  ])('of %s names what would do', (_, over, routes, with_terms, expected) => {
    expect(choose({ ...ORDER, ...over }, routes, with_terms)).toMatchObject({ outcome: 'refused', ...expected })
  })

  it('does not say that a model has a price because a card prices whatever there is', () => {
    const any: RateCard = {
      ...vendor,
      id: 'any',
      lines: [{ models: ['*'], sizes: 'any', seconds: [4], rate: { kind: 'per_second', amount: '1' } }],
    }
    const refused = choose({ ...ORDER, model: 'sora-9' }, [route('a')], terms({}, { customer_card: any }))
    expect(refused).toMatchObject({ code: 'unknown_model', message: 'There is no model sora-9. There is sora-2.' })
  })

  it('says a reason once, however many routes it holds for', () => {
    const two = [route('a'), route('a', { name: 'a/sora-2/x', provider_model: 'x' })]
    expect(choose(ORDER, two, terms({ providers: ['b'] }))).toMatchObject({
      message: 'a is not among the providers that the order allows.',
    })
  })

  it.each([0, -1, 7.5, 1e9, 2 ** 53, Number.NaN])('of %d seconds is an answer, not an exception', (seconds) => {
    for (const model of ['sora-2', 'animatic']) {
      expect(choose({ ...ORDER, model, seconds }, demo, terms())).toMatchObject({ code: 'unsupported_duration' })
    }
  })
})

describe('the catalogue', () => {
  it('knows what an adapter serves by default', () => {
    expect(modelsOf('openai', 'openai')).toEqual(['sora-2', 'sora-2-pro'])
    expect(modelsOf('animatic', null)).toEqual(['animatic'])
    expect(abilitiesOf('openai', 'openai', 'sora-2')?.sizes).toEqual(['1280x720', '720x1280'])
    expect(abilitiesOf('openai', 'azure', 'sora-2-pro')).toBeNull()
    expect(abilitiesOf('openai', 'vllm-omni', 'whatever its operator loaded')?.seconds).toEqual({ from: 1, to: 60 })
    expect(modelsOf('openai', 'vllm-omni')).toEqual([])
  })

  it('gives every route a name of its own', () => {
    const routes = builtInRoutes({ demo: true }).map(({ name }) => name)
    expect(new Set(routes).size).toBe(routes.length)
  })
})

describe('the relaxed lane', () => {
  const opted = [route('a', { relaxed_slots: 2 }), route('b')]

  it('costs nothing, shows what it stands for, and is found on routes that opt in alone', () => {
    const chosen = choose(ORDER, opted, terms({}, { lane: 'relaxed' }))
    expect(chosen).toMatchObject({
      outcome: 'chosen',
      candidate: { route: { provider: 'a' }, priced: { credits: 0n, usd: '0.00' }, standard_credits: 80n, cost_micro: 800_000n },
      candidates: [{ state: 'priced' }, { state: 'rejected', reason: 'no_relaxed_lane' }],
    })
  })

  it('is refused at the field where no route that the order allows has one', () => {
    const pinned = choose(ORDER, opted, terms({ route: 'b' }, { lane: 'relaxed' }))
    expect(pinned).toMatchObject({ outcome: 'refused', code: 'invalid_value', param: 'lane' })
    expect(choose(ORDER, opted, terms({ route: 'b' }))).toMatchObject({ outcome: 'chosen', candidate: { priced: { credits: 80n } } })
  })
})

describe('a price floor', () => {
  const floor = (credits: number | null, percent_of_cost: number | null) => {
    const chosen = choose({ ...ORDER, seconds: 4 }, [route('a')], terms({}, { price_floor: { credits, percent_of_cost } }))
    if (chosen.outcome !== 'chosen') throw new Error(chosen.message)
    return chosen.candidate.priced
  }

  it.each([
    // Four seconds cost us 0.40, and are sold at 40 credits.
    [65, null, 65n, '0.65'],
    [40, null, 40n, '0.40'],
    [null, 108, 44n, '0.44'], // 43.2, rounded up once
    [43, 108, 44n, '0.44'],
    [45, 108, 45n, '0.45'],
    [null, 50, 40n, '0.40'],
    [null, null, 40n, '0.40'],
  ])('of %s credits and %s %% of cost makes %s credits, in lines that sum to them', (credits, percent, expected, usd) => {
    const priced = floor(credits, percent)
    expect([priced.credits, priced.usd]).toEqual([expected, usd])
    expect(priced.lines.reduce((sum, line) => sum + Number(line.credits), 0)).toBe(Number(expected))
    expect(priced.lines.length).toBe(expected === 40n ? 1 : 2)
  })
})
