// Every order under every policy, and as each provider alone would have taken it.
import type { Route } from '../../server/src/domain/catalogue.ts'
import { chosenBefore } from '../../server/src/domain/chosen-before.ts'
import type { Expected } from '../../server/src/domain/expected.ts'
import type { RateCard } from '../../server/src/domain/rate-card.ts'
import { decimal } from '../../server/src/domain/rational.ts'
import type { Candidate, PricedCandidate, RoutedOrder, STRATEGIES } from '../../server/src/domain/routing.ts'

export type PolicyName = (typeof STRATEGIES)[number]

/** One order that somebody can take. */
export interface Taken {
  readonly order: RoutedOrder
  readonly by: Readonly<Record<PolicyName, PricedCandidate>>
  /** The best that each provider has for it, by price and by time. */
  readonly alone: ReadonlyMap<string, { readonly cheapest: PricedCandidate; readonly fastest: PricedCandidate }>
}

/** What a customer pays: what the provider takes, and a quarter. So that a cheaper route is cheaper for them too. */
const PLUS_A_QUARTER: RateCard = {
  kind: 'rates',
  id: 'plus-a-quarter',
  version: 1,
  title: 'What a provider takes, and a quarter',
  currency: 'usd',
  effective_on: '2026-11-22',
  source: { name: 'bench/replay/policies.ts', read_on: '2026-11-22' },
  lines: [{ models: ['*'], sizes: 'any', seconds: { from: 1, to: 60 }, rate: { kind: 'cost_plus_percent', percent: '25' } }],
}
const CREDIT_USD = decimal('0.01')

/** Null: nobody can take it. */
export function take(order: RoutedOrder, routes: readonly Route[], expected: Expected): Taken | null {
  const chosen = (route: PolicyName) =>
    chosenBefore(order, routes, { customer_card: PLUS_A_QUARTER, credit_usd: CREDIT_USD, policy: { route }, expected })
  const [cheapest, fastest, best_value] = [chosen('cheapest'), chosen('fastest'), chosen('best_value')]
  if (cheapest.outcome === 'refused' || fastest.outcome === 'refused' || best_value.outcome === 'refused') return null
  const by = { cheapest: cheapest.candidate, fastest: fastest.candidate, best_value: best_value.candidate }
  const providers = Map.groupBy(cheapest.candidates.filter(isPriced), ({ route }) => route.provider)
  const alone = [...providers].flatMap(([provider, own]) => {
    const [first] = own
    if (first === undefined) return []
    const least = (than: (a: PricedCandidate, b: PricedCandidate) => boolean) =>
      own.reduce((best, one) => (than(one, best) ? one : best), first)
    return [[provider, { cheapest: least(isCheaper), fastest: least(isFaster) }] as const]
  })
  return { order, by, alone: new Map(alone) }
}

/** To the customer; then to us. */
export function isCheaper(one: PricedCandidate, other: PricedCandidate): boolean {
  if (one.priced.credits !== other.priced.credits) return one.priced.credits < other.priced.credits
  return one.cost_micro < other.cost_micro
}

/** By when nearly all such orders have come; then by when half of them have. */
export function isFaster(one: PricedCandidate, other: PricedCandidate): boolean {
  return one.eta.high_s === other.eta.high_s ? one.eta.low_s < other.eta.low_s : one.eta.high_s < other.eta.high_s
}

function isPriced(candidate: Candidate): candidate is PricedCandidate {
  return candidate.state === 'priced'
}
