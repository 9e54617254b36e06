import { providerOf } from './accounts.ts'
import type { Availability } from './catalogue/entry.ts'
import { ALL_SIZES } from './catalogue/sizes.ts'
import type { Route } from './catalogue.ts'
import type { Eta } from './eta.ts'
import { type Expected, expectedEta, NOTHING_EXPECTED } from './expected.ts'
import type { PriceFloor } from './guardrails.ts'
import { type Mapping, type MappingRule, mapOrder, orderable } from './mapping.ts'
import { type Complexity, formatSize, type Lane, type Operation, type Size } from './order.ts'
import { missing, type Priced, type PriceLine, usdText } from './price.ts'
import type { ProblemCode } from './problems.ts'
import type { RateCard } from './rate-card.ts'
import { ceil, divide, multiply, type Rational, ratio, ZERO } from './rational.ts'
import { type Prices, samePrices } from './same-prices.ts'
import { type Allowed, knows, listed, names, soldDurations, winningLine } from './sold.ts'

/** What of an order a route must be able to do, and what its price depends on. An `Order` is one. */
export interface RoutedOrder {
  readonly operation: Operation
  readonly model: string
  readonly seconds: number
  readonly size: Size
  readonly has_reference: boolean
  /** The clip that it begins from; null for a create. */
  readonly source: { readonly video: string | null; readonly provider: string | null } | null
  readonly has_characters?: boolean
  readonly complexity: Complexity
}

/** The customer's wishes. */
export interface Policy {
  /** `cheapest` (default), `fastest`, `best_value`, or a provider's or route's name. */
  readonly route?: string
  /** Allow-lists; absent means any. */
  readonly regions?: readonly string[]
  readonly providers?: readonly string[]
  /** `exact`: only routes that make the order as it is. */
  readonly mapping?: MappingRule
}

export interface RoutingTerms {
  readonly customer_card: RateCard
  readonly policy: Policy
  readonly credit_usd: Rational
  /** `standard` unless given. */
  readonly lane?: Lane
  /** No price is below it. */
  readonly price_floor?: PriceFloor | null
  /** What routes were seen to take, and how often they deliver; what was published, where this is absent. */
  readonly expected?: Expected
  /** Routes that take nothing now, by name, with the reason as a sentence. */
  readonly unavailable?: ReadonlyMap<string, string>
}

export type Rejection =
  | 'not_pinned'
  | 'provider_not_allowed'
  | 'region_not_allowed'
  | 'no_relaxed_lane'
  | 'unavailable'
  | 'model_ended'
  | 'unsupported_operation'
  | 'unsupported_reference'
  | 'unsupported_characters'
  | 'source_elsewhere'
  | 'unsupported_size'
  | 'unsupported_duration'
  | 'no_price'

export interface PricedCandidate {
  readonly state: 'priced'
  readonly route: Route
  readonly eta: Eta
  /** Of a million attempts there, so many end with a clip; all of them where nobody knows. */
  readonly success_ppm: number
  /** What it is asked for, which need not be what was ordered. */
  readonly mapping: Mapping
  readonly card: RateCard
  readonly priced: Priced
  /** What it costs in the standard lane: `priced`, but for the relaxed one. */
  readonly standard_credits: bigint
  /** What we will pay, micro-dollars, rounded up. Customers never see it. */
  readonly cost_micro: bigint
}

export interface RejectedCandidate {
  readonly state: 'rejected'
  readonly route: Route
  readonly eta: Eta
  readonly reason: Rejection
  readonly message: string
}

export type Candidate = PricedCandidate | RejectedCandidate

/** No order: why, which field is wrong, and what would do. */
export interface Refused {
  readonly outcome: 'refused'
  readonly code: ProblemCode
  readonly message: string
  readonly param: string | null
  readonly allowed: Allowed & { readonly models?: readonly string[] }
  readonly candidates: readonly Candidate[]
}

export interface Chosen {
  readonly outcome: 'chosen'
  readonly candidate: PricedCandidate
  /** One sentence for the receipt. */
  readonly why: string
  /** All of them, the cheapest first, the rejected last. */
  readonly candidates: readonly Candidate[]
  /** The other ones that can take it, in the order in which this very policy would have taken them. */
  readonly standbys: readonly PricedCandidate[]
}

export const STRATEGIES = ['cheapest', 'fastest', 'best_value'] as const
type Strategy = (typeof STRATEGIES)[number]

/** Whether a wish for a route names a way to choose one, rather than a route or a provider. */
function isStrategy(wish: string): boolean {
  return STRATEGIES.some((strategy) => strategy === wish)
}

/** Chooses the route for an order. Depends on nothing but its arguments, and not on the order in which routes are listed. */
export function choose(order: RoutedOrder, routes: readonly Route[], terms: RoutingTerms): Chosen | Refused {
  const all = candidates(order, routes, terms)
  const unknown_name = unknownName(order, routes, terms.policy)
  if (unknown_name) return unknown_name
  const able = all.filter((candidate) => candidate.state === 'priced')
  const [best, ...standbys] = ranked(able, strategyOf(terms.policy))
  if (!best) return refusal(order, routes, all, terms)
  return { outcome: 'chosen', candidate: best, why: whyText(best, able.length, terms.policy), candidates: all, standbys }
}

/** Every route that serves the model asked for, with its price or with the reason why it is out. */
export function candidates(order: RoutedOrder, routes: readonly Route[], terms: RoutingTerms): readonly Candidate[] {
  const prices = samePrices(order, terms.credit_usd)
  const serving = routes.filter((route) => route.model === order.model).map((route) => candidate(order, route, terms, prices))
  return [
    ...serving.filter((found) => found.state === 'priced').sort(byPrice),
    ...serving.filter((found) => found.state === 'rejected').sort(byName),
  ]
}

/**
 * Which card and which model on it price a route for a customer: the route's own model if their card names it, else the model asked for,
 * else the house's card. A stand-in is priced as what it stands in for. Null: nobody set a price.
 */
export function pricedBy(route: Route, customer_card: RateCard): { readonly card: RateCard; readonly model: string } | null {
  const own_model = route.demo ? route.model : route.provider_model
  for (const model of [own_model, route.model]) if (names(customer_card, model)) return { card: customer_card, model }
  if (route.house_card && knows(route.house_card, own_model)) return { card: route.house_card, model: own_model }
  return knows(customer_card, own_model) ? { card: customer_card, model: own_model } : null
}

function candidate(order: RoutedOrder, route: Route, terms: RoutingTerms, prices: Prices): Candidate {
  const mapping = prices.mapping(route.abilities, ruleOf(route, terms.policy))
  const eta = expectedEta(route, mapping ?? order, terms.expected ?? NOTHING_EXPECTED)
  const rejected = (reason: Rejection, message: string): Candidate => ({ state: 'rejected', route, eta, reason, message })
  const out = excluded(route, terms) ?? unable(order, route)
  if (out) return rejected(...out)
  if (mapping === null) return rejected(...misfit(order, route, terms.policy))
  const cost = prices.cost(route, mapping)
  const offer = pricedBy(route, terms.customer_card)
  if (!offer) return rejected('no_price', `${order.model} on ${route.name} is not on the rate card ${terms.customer_card.id}.`)
  if (!cost) return rejected('no_price', `${route.name} has no price for this order.`)
  const priced = prices.price(offer, cost)
  if (priced.outcome === 'not_sold') return rejected(priced.reason === 'unknown_model' ? 'no_price' : priced.reason, priced.message)
  const standard = atLeast(priced, cost.usd, terms)
  const standard_credits = standard.credits
  const asked = terms.lane === 'relaxed' ? relaxedPrice(standard_credits) : standard
  const success_ppm = terms.expected?.get(route.name)?.success_ppm ?? 1_000_000
  return { state: 'priced', route, eta, success_ppm, mapping, card: offer.card, priced: asked, standard_credits, cost_micro: cost.micro }
}

/** A price, and what the operator's floor adds to it. */
function atLeast(priced: Priced, cost_usd: Rational, { price_floor, credit_usd }: RoutingTerms): Priced {
  if (price_floor == null) return priced
  const { credits, percent_of_cost } = price_floor
  const by_cost = percent_of_cost === null ? 0n : ceil(divide(multiply(cost_usd, ratio(BigInt(percent_of_cost), 100n)), credit_usd))
  const floor = credits !== null && BigInt(credits) > by_cost ? BigInt(credits) : by_cost
  const missing_credits = String(floor - priced.credits)
  if (floor <= priced.credits) return priced
  const line: PriceLine = { label: 'price floor', quantity: '1', unit: 'video', rate: missing_credits, credits: missing_credits }
  // What was rounded up stays last.
  const rounded = priced.lines.at(-1)?.label === 'rounding' ? priced.lines.length - 1 : priced.lines.length
  return {
    outcome: 'priced',
    credits: floor,
    usd: usdText(multiply(ratio(floor), credit_usd)),
    lines: priced.lines.toSpliced(rounded, 0, line),
  }
}

/** Free, whatever it costs us. */
function relaxedPrice(instead_of: bigint): Priced {
  const label = `relaxed lane, instead of ${instead_of} credits`
  return {
    outcome: 'priced',
    credits: 0n,
    usd: usdText(ZERO),
    lines: [{ label, quantity: '1', unit: 'video', rate: '0', credits: '0' }],
  }
}

/** Whether these wishes allow a route. A strategy (`cheapest`) allows any. */
export function allows(policy: Policy, route: Pick<Route, 'name' | 'provider' | 'regions'>): boolean {
  return (
    (!isName(policy.route) || isNamed(route, policy.route)) &&
    (policy.providers?.includes(route.provider) ?? true) &&
    (policy.regions?.some((region) => route.regions.includes(region)) ?? true)
  )
}

/** What keeps to both: the later of two routes that are named, and of lists what is in both. */
export function bothWishes(first: Policy, then: Policy): Policy {
  const both = (a: readonly string[] | undefined, b: readonly string[] | undefined) =>
    a && b ? a.filter((one) => b.includes(one)) : (a ?? b)
  const [regions, providers] = [both(first.regions, then.regions), both(first.providers, then.providers)]
  return {
    ...first,
    ...then,
    ...(regions ? { regions } : {}),
    ...(providers ? { providers } : {}),
    ...(first.mapping === 'exact' ? { mapping: first.mapping } : {}),
  }
}

function excluded(route: Route, { policy, unavailable, lane }: RoutingTerms): readonly [Rejection, string] | null {
  if (isName(policy.route) && !isNamed(route, policy.route)) return ['not_pinned', `The order names ${policy.route}.`]
  if (policy.providers && !policy.providers.includes(route.provider)) {
    return ['provider_not_allowed', `${route.provider} is not among the providers that the order allows.`]
  }
  if (policy.regions && !route.regions.some((region) => policy.regions?.includes(region))) {
    return ['region_not_allowed', `${route.name} is in ${listed(route.regions) || 'no known region'}, which the order does not allow.`]
  }
  if (route.availability?.state === 'ended') return ['model_ended', endedText(route.provider_model, route.availability)]
  if (lane === 'relaxed' && route.relaxed_slots === 0) return ['no_relaxed_lane', `${route.name} has no relaxed lane.`]
  const reason = unavailable?.get(route.name)
  return reason === undefined ? null : ['unavailable', reason]
}

function unable(order: RoutedOrder, { name, provider, abilities }: Route): readonly [Rejection, string] | null {
  if (!abilities.operations.includes(order.operation)) return ['unsupported_operation', `${name} cannot ${order.operation}.`]
  if (
    order.operation !== 'create' &&
    abilities.own_clips_only.includes(order.operation) &&
    providerOf(order.source?.provider ?? '') !== provider
  )
    return ['source_elsewhere', `${name} can ${order.operation} only what ${provider} made.`]
  if (order.has_reference && abilities.reference_image === false) return ['unsupported_reference', `${name} takes no reference image.`]
  if (!order.has_reference && abilities.reference_image === 'required')
    return ['unsupported_reference', `${name} makes nothing without a reference image.`]
  if (order.has_characters && !abilities.operations.includes('character')) return ['unsupported_characters', `${name} knows no characters.`]
  return null
}

function endedText(model: string, { on, replacement }: Extract<Availability, { state: 'ended' }>): string {
  return `${model} ended on ${on}${replacement === null ? '' : `; ${replacement} comes nearest`}.`
}

function replacementOf({ availability }: Route): string | null {
  return availability?.state === 'ended' ? availability.replacement : null
}

/** Which of the two is not made, nor can be had from what is made: the size first. */
function misfit(order: RoutedOrder, route: Route, policy: Policy): readonly [Rejection, string] {
  const { seconds } = route.abilities
  const other_length = { ...order, seconds: 'from' in seconds ? seconds.to : Math.max(0, ...seconds) }
  const is_size = mapOrder(other_length, route.abilities, ruleOf(route, policy)) === null
  if (is_size) return ['unsupported_size', `${route.name} does not make ${formatSize(order.size)}.`]
  return ['unsupported_duration', `${route.name} does not make ${order.seconds} seconds.`]
}

function ruleOf({ mapping = 'nearest' }: Route, policy: Policy): MappingRule {
  return policy.mapping === 'exact' ? 'exact' : mapping
}

/** Whether a route that could take an order as it was quoted takes what came along with it since, too. */
export function standsIn(
  { abilities, relaxed_slots }: Pick<Route, 'abilities' | 'relaxed_slots'>,
  order: { readonly has_reference: boolean; readonly has_characters: boolean; readonly lane: Lane },
): boolean {
  if (order.has_reference ? abilities.reference_image === false : abilities.reference_image === 'required') return false
  if (order.has_characters && !abilities.operations.includes('character')) return false
  return order.lane === 'standard' || relaxed_slots > 0
}

/** The most telling reason why no candidate is left, with what is both sold and within some route's abilities. */
function refusal(order: RoutedOrder, routes: readonly Route[], all: readonly Candidate[], terms: RoutingTerms): Refused {
  const card = terms.customer_card
  const refused = (code: ProblemCode, message: string, param: string | null, allowed: Refused['allowed'] = {}): Refused => ({
    outcome: 'refused',
    code,
    message,
    param,
    allowed,
    candidates: all,
  })
  if (all.length === 0) {
    const models = [...new Set(routes.filter((route) => pricedBy(route, card)).map((route) => route.model))].sort()
    const known = names(card, order.model) ? `${order.model} has a price, but no route serves it` : `There is no model ${order.model}`
    return refused('unknown_model', `${known}. There is ${listed(models) || 'none'}.`, 'model', { models })
  }
  const rejected = all.filter((found) => found.state === 'rejected')
  const reasons = (...wanted: readonly Rejection[]) => rejected.filter(({ reason }) => wanted.includes(reason))
  const ended = reasons('model_ended')
  if (ended.length > 0 && ended.length + reasons('not_pinned').length === rejected.length) {
    const models = [...new Set(ended.flatMap(({ route }) => replacementOf(route) ?? []))]
    return refused('unknown_model', [...new Set(ended.map(({ message }) => message))].join(' '), 'model', { models })
  }
  const [misfit] = reasons('unsupported_duration', 'unsupported_size')
  if (misfit) {
    const instead = sellable(
      order,
      reasons('unsupported_duration', 'unsupported_size').map(({ route }) => route),
      card,
      terms.policy,
    )
    if (instead.reason !== 'no_price') {
      return refused(instead.reason, instead.message, instead.reason === 'unsupported_size' ? 'size' : 'seconds', instead.allowed)
    }
  }
  const foreign = reasons('source_elsewhere', 'unsupported_operation')
  const [first_foreign] = foreign
  if (first_foreign && foreign.length + reasons('not_pinned').length === rejected.length) {
    const because = [...new Set(foreign.map(({ message }) => message))].join(' ')
    return refused('invalid_value', because, order.source?.video == null ? 'model' : 'video')
  }
  const [no_reference] = reasons('unsupported_reference')
  if (no_reference) return refused('invalid_value', no_reference.message, 'input_reference')
  const [no_characters] = reasons('unsupported_characters')
  if (no_characters) return refused('invalid_value', no_characters.message, 'characters')
  const because = [...new Set(rejected.map(({ message }) => message))].join(' ')
  const strict = reasons('no_relaxed_lane')
  if (strict.length > 0 && strict.length + reasons('not_pinned').length === rejected.length)
    return refused('invalid_value', because, 'lane')
  // Waiting would not help an order that allows nobody who could take it: that is a mistake in the order, not a shortage.
  const disallowed = reasons('provider_not_allowed', 'region_not_allowed')
  const [first] = disallowed
  if (first && disallowed.length + reasons('not_pinned').length === rejected.length) {
    return refused('invalid_value', because, first.reason === 'provider_not_allowed' ? 'providers' : 'regions')
  }
  // Nor would it help where nobody has set a price: that is the operator's to change, and an SDK would ask again and again.
  const unpriced = reasons('no_price', 'model_ended')
  if (unpriced.length > 0 && unpriced.length + reasons('not_pinned').length === rejected.length) {
    const models = [...new Set(routes.filter((route) => pricedBy(route, card)).map((route) => route.model))].sort()
    return refused('unknown_model', because, 'model', { models })
  }
  return refused('no_route_available', `No route takes this order of ${order.model} now. ${because}`, null)
}

/** What the card sells of a model and one of the routes can make: as pairs, because a duration may be sold at some sizes only. */
function sellable(order: RoutedOrder, routes: readonly Route[], card: RateCard, policy: Policy) {
  const pairs: { readonly seconds: number; readonly size: string }[] = []
  for (const route of routes) {
    const offer = pricedBy(route, card)
    if (!offer) continue
    pairs.push(...orderablePairs(route, offer, order.operation === 'create' ? ruleOf(route, policy) : 'exact'))
  }
  const own_size = formatSize(order.size)
  const durations = (of: typeof pairs) => [...new Set(of.map(({ seconds }) => seconds))].sort((a, b) => a - b)
  const sizes = (of: typeof pairs) => [...new Set(of.map(({ size }) => size))]
  const at_size = pairs.filter(({ size }) => size === own_size)
  const at_duration = pairs.filter(({ seconds }) => seconds === order.seconds)
  const found = missing(order.model, order, durations(at_size), sizes(at_duration), durations(pairs), sizes(pairs))
  return found.reason === 'unknown_model' ? { ...found, reason: 'no_price' as const } : { ...found, reason: found.reason }
}

/** What can be ordered of a route at a customer's price: lengths that the card sells, at sizes of any class that it sells, made exactly or mapped. */
export function orderablePairs(route: Route, { card, model }: { readonly card: RateCard; readonly model: string }, rule: MappingRule) {
  const sells = (seconds: number, size: Size) => winningLine(card, { model, seconds, size }) !== null
  const sizes = rule === 'nearest' ? [...route.abilities.sizes, ...ALL_SIZES] : route.abilities.sizes
  return orderable(soldDurations(card, model), sizes, route.abilities, rule, sells)
}

function unknownName(order: RoutedOrder, routes: readonly Route[], policy: Policy): Refused | null {
  const name = policy.route
  const serving = routes.filter((route) => route.model === order.model)
  if (!isName(name) || serving.length === 0 || serving.some((route) => isNamed(route, name))) return null
  const known = [...STRATEGIES, ...new Set(serving.flatMap((route) => [route.provider, route.name]))]
  const exists = routes.some((route) => isNamed(route, name))
  const message = `${exists ? `${name} does not serve ${order.model}` : `There is no route or provider ${name}`}. Try ${listed(known)}.`
  return { outcome: 'refused', code: 'invalid_value', message, param: 'route', allowed: {}, candidates: [] }
}

/** Ends in the name, so that equal candidates never swap. */
function byPrice(a: PricedCandidate, b: PricedCandidate): number {
  return byNumber(a.priced.credits, b.priced.credits) || byNumber(a.cost_micro, b.cost_micro) || byName(a, b)
}

/** As a strategy would take them. They come the cheapest first, and those that are equal to it stay so. */
function ranked(by_price: readonly PricedCandidate[], strategy: Strategy): readonly PricedCandidate[] {
  switch (strategy) {
    case 'cheapest':
      return by_price
    case 'fastest':
      return by_price.toSorted((a, b) => a.eta.high_s - b.eta.high_s || a.eta.low_s - b.eta.low_s)
    case 'best_value':
      // Least credits x time, for a clip that comes out: half the price is worth double the wait, and so is twice as many that succeed.
      return by_price
        .map((candidate) => ({ candidate, effort: effort(candidate), wait: wait(candidate) }))
        .sort((a, b) => byRatio(a.effort, b.effort) || byRatio(a.wait, b.wait))
        .map(({ candidate }) => candidate)
  }
}

/** A part of something, exact: what must not depend on how floats are rounded. */
type Part = readonly [of: bigint, by: bigint]

/** The time until a clip comes out: an attempt that fails costs its customer nothing but time. */
function wait({ eta, success_ppm }: PricedCandidate): Part {
  return [BigInt(eta.low_s + eta.high_s), BigInt(Math.min(1_000_000, Math.max(0, Math.round(success_ppm))))]
}

function effort(candidate: PricedCandidate): Part {
  const [time, success] = wait(candidate)
  return [candidate.priced.credits * time, success]
}

/** What never succeeds comes last, whatever it costs. */
function byRatio([a, per_a]: Part, [b, per_b]: Part): number {
  if (per_a === 0n || per_b === 0n) return byNumber(per_b, per_a)
  if (per_a === per_b) return byNumber(a, b)
  return byNumber(a * per_b, b * per_a)
}

function byNumber(a: bigint, b: bigint): number {
  return a === b ? 0 : a < b ? -1 : 1
}

/** By code units, not by locale: the same on every machine. */
function byName(a: Candidate, b: Candidate): number {
  return a.route.name < b.route.name ? -1 : a.route.name > b.route.name ? 1 : 0
}

function isNamed(route: Pick<Route, 'name' | 'provider'>, name: string): boolean {
  return route.name === name || route.provider === name
}

function isName(wish: string | undefined): wish is string {
  return wish !== undefined && !isStrategy(wish)
}

function strategyOf(policy: Policy): Strategy {
  return STRATEGIES.find((strategy) => strategy === policy.route) ?? 'cheapest'
}

function whyText(best: PricedCandidate, count: number, policy: Policy): string {
  const of = count === 1 ? 'the only route that can take it' : `of ${count} routes that can take it`
  if (isName(policy.route)) return `The order names ${policy.route}.`
  if (count === 1) return `${best.route.name} is ${of}.`
  const merit = { cheapest: 'the cheapest', fastest: 'the fastest', best_value: 'the best value' }[strategyOf(policy)]
  return `${best.route.name} is ${merit} ${of}.`
}
