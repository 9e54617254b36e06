import { z } from 'zod'
import type { Route } from './catalogue.ts'
import { chosenBefore } from './chosen-before.ts'
import { CREDITS_MAX, creditsToJson } from './credits.ts'
import { type Eta, estimate } from './eta.ts'
import type { Expected } from './expected.ts'
import type { Standby } from './failover.ts'
import type { PriceFloor } from './guardrails.ts'
import { MAPPING_RULES, type Mapping, mappingText } from './mapping.ts'
import { COMPLEXITIES, formatSize, LANES, type Lane, OPERATIONS, type Order, parseSize } from './order.ts'
import { type NotSold, type PricedOrder, type PriceLine, price, usdText } from './price.ts'
import { type Problem, problem } from './problems.ts'
import type { AnyCard, RateCard } from './rate-card.ts'
import { add, decimal, type Rational, ZERO } from './rational.ts'
import type { Candidate, Policy, PricedCandidate, Refused } from './routing.ts'
import { type Instant, unixSeconds } from './time.ts'

export const QUOTE_TTL_MS = 600_000

/** The order as priced. The prompt is not part of it: it changes no price, and a quote can be asked for before it is written. */
export type QuotedOrder = Omit<Order, 'prompt'>

export interface CandidateView {
  readonly route: string
  readonly provider: string
  /** What really runs there. */
  readonly model: string
  /** Null when rejected. */
  readonly credits: number | null
  readonly eta: Eta
  /** What it is asked for, where that is not what was ordered. */
  readonly mapping?: MappingView
  readonly rejected?: string
  readonly message?: string
}

/** What a route makes instead, and what we do with it. */
export interface MappingView {
  /** Whole seconds, as pixels are text. */
  readonly seconds: number
  readonly size: string
  readonly trimmed: boolean
  readonly scaled: boolean
}

/** What every quote shows. */
interface Shown {
  readonly object: 'quote'
  /** The model asked for. */
  readonly model: string
  readonly credits: number
  readonly usd: string
  readonly rate_card: { readonly id: string; readonly version: number }
  readonly lines: readonly PriceLine[]
  readonly lane: Lane
  readonly eta: Eta
  readonly candidates: readonly CandidateView[]
}

/** As customers see it: no provider cost, nothing of the inside. */
export interface QuoteView extends Shown {
  readonly id: string
  /** Unix seconds. */
  readonly expires_at: number
  readonly route: string
  /** The clip is made with these, then trimmed or scaled to what was ordered; absent: it is made as it was ordered. */
  readonly mapping?: MappingView
  /** A stand-in would make the clip. */
  readonly demo?: true
}

/** The frozen document: what was promised, stored as JSON and never priced again. Credits are JSON numbers here (`BigInt(quote.credits)`). */
export interface Quote extends QuoteView {
  readonly order: QuotedOrder
  readonly provider: string
  readonly provider_model: string
  /** Micro-dollars. */
  readonly provider_cost_micro: string
  /** Who takes over if that route does not make it, at this price, in this order. */
  readonly standbys: readonly Standby[]
  /** The route takes a reference image, whether or not one was announced. */
  readonly takes_reference: boolean
  /** The route keeps characters, whether or not any were announced. */
  readonly takes_characters: boolean
  /** Of the relaxed lane: what it would have cost, and the time to expect once it has started, which `eta` can not know. */
  readonly relaxed: { readonly standard_credits: number; readonly eta: Eta } | null
  readonly why: string
  /** The customer's wishes that it was chosen by; absent where it was stored before they were kept. */
  readonly wishes?: Policy
  readonly created_ms: number
  readonly expires_ms: number
}

/** A price by another card, to compare. No route, no promise: it has no id that an order could name. */
export interface ComparisonQuote extends Shown {
  readonly id: null
  readonly expires_at: null
  readonly route: null
  readonly comparison: true
}

export interface World {
  /** What routes were seen to take. */
  readonly expected?: Expected
  readonly routes: readonly Route[]
  /** The customer's. */
  readonly card: RateCard
  readonly policy: Policy
  readonly credit_usd: Rational
  readonly ttl_ms?: number
  /** The customer's, if they have one. */
  readonly price_floor?: PriceFloor | null
  /** Null: the standard lane. `ends_within_s`: how long a video waits there at most, all in all. */
  readonly relaxed?: { readonly ends_within_s: number } | null
  /** Routes that take nothing now, by name, with the reason as a sentence. */
  readonly unavailable?: ReadonlyMap<string, string>
}

export type Quoted = { readonly outcome: 'quoted'; readonly quote: Quote } | Refused
export type Compared = { readonly outcome: 'quoted'; readonly quote: ComparisonQuote } | Refused

/** Prices and routes an order. Pure: the same arguments give the same document. */
export function makeQuote(order: QuotedOrder, world: World, made: { readonly id: string; readonly now: Instant }): Quoted {
  const { card: customer_card, policy, credit_usd, unavailable, expected, relaxed = null, price_floor = null } = world
  const lane = relaxed === null ? 'standard' : 'relaxed'
  const chosen = chosenBefore(order, world.routes, {
    customer_card,
    policy,
    credit_usd,
    lane,
    price_floor,
    ...(unavailable ? { unavailable } : {}),
    ...(expected ? { expected } : {}),
  })
  if (chosen.outcome === 'refused') return chosen
  const { route, mapping, priced, card, standard_credits } = chosen.candidate
  if (standard_credits > CREDITS_MAX) return tooExpensive(order.model, chosen.candidates)
  // When it starts nobody knows: at once, or so late that it ends with the final deadline.
  const shownEta = (eta: Eta): Eta => (relaxed === null ? eta : { low_s: eta.low_s, high_s: Math.max(eta.high_s, relaxed.ends_within_s) })
  const eta = shownEta(chosen.candidate.eta)
  const expires_ms = made.now + (world.ttl_ms ?? QUOTE_TTL_MS)
  const { operation, model, seconds, size, has_reference, source, complexity } = order
  const quote: Quote = {
    object: 'quote',
    id: made.id,
    model,
    credits: creditsToJson(priced.credits),
    usd: priced.usd,
    expires_at: unixSeconds(expires_ms),
    rate_card: { id: card.id, version: card.version },
    lines: priced.lines,
    lane,
    eta,
    candidates: chosen.candidates.map((one) => candidateView(one, shownEta(one.eta))),
    ...mappingOf(mapping),
    ...(route.demo ? { demo: true } : {}),
    order: { operation, model, seconds, size: { width: size.width, height: size.height }, has_reference, source, complexity },
    ...takenBy(chosen.candidate),
    standbys: chosen.standbys.filter((standby) => standby.route.demo === route.demo).map(takenBy),
    // A picture has exactly the ordered size: what is made larger takes none.
    takes_reference: route.abilities.reference_image !== false && !mapping.scaled,
    takes_characters: route.abilities.operations.includes('character'),
    relaxed: relaxed === null ? null : { standard_credits: creditsToJson(standard_credits), eta: chosen.candidate.eta },
    why: [chosen.why, mappingText(mapping, order)].filter((text) => text !== '').join(' '),
    wishes: policy,
    created_ms: made.now,
    expires_ms,
  }
  return { outcome: 'quoted', quote }
}

function takenBy({ route, cost_micro }: PricedCandidate): Standby {
  const { name, provider, provider_model } = route
  return { route: name, provider, provider_model, provider_cost_micro: cost_micro.toString() }
}

/** What was quoted for a route: the chosen one, or one that takes over. One that is neither is taken for the chosen one. */
export function quotedFor(quote: Quote, route: string): Standby {
  return quote.standbys.find((standby) => standby.route === route) ?? quote
}

/** Prices an order by one card alone, whoever could make it. The size may be a class. */
export function comparisonQuote(order: PricedOrder, card: AnyCard, terms: { readonly credit_usd: Rational }): Compared {
  if (card.kind === 'plans') {
    return refused('invalid_value', `${card.id} lists subscriptions; it has no price for one video.`, 'rate_card')
  }
  const priced = price(card, order, terms)
  if (priced.outcome === 'not_sold') return notSold(priced, card)
  if (priced.credits > CREDITS_MAX) return tooExpensive(order.model, [])
  const quote: ComparisonQuote = {
    object: 'quote',
    id: null,
    model: order.model,
    credits: creditsToJson(priced.credits),
    usd: priced.usd,
    expires_at: null,
    rate_card: { id: card.id, version: card.version },
    lines: priced.lines,
    lane: 'standard',
    route: null,
    eta: estimate({ kind: 'seeds', model: order.model }, order),
    candidates: [],
    comparison: true,
  }
  return { outcome: 'quoted', quote }
}

/** Whether a quote still binds us. It ends exactly `ttl_ms` after it was made. */
export function isExpired(quote: Quote, now: Instant): boolean {
  return now >= quote.expires_ms
}

/** Whether an order is the one that was quoted. The prompt is free; so is adding a reference image or characters that the route takes, for none of them changes the price. */
export function sameOrder(quote: Quote, order: QuotedOrder): boolean {
  const { order: quoted } = quote
  return (
    quoted.operation === order.operation &&
    quoted.model === order.model &&
    quoted.seconds === order.seconds &&
    quoted.size.width === order.size.width &&
    quoted.size.height === order.size.height &&
    quoted.complexity === order.complexity &&
    quoted.source?.video === order.source?.video &&
    quoted.source?.seconds === order.source?.seconds &&
    (!order.has_reference || quote.takes_reference) &&
    (order.has_characters !== true || quote.takes_characters)
  )
}

/** What the customer sees of a quote. Names every member: one that is added inside stays inside. */
export function quoteView(quote: Quote): QuoteView {
  const { object, id, model, credits, usd, expires_at, rate_card, lines, lane, route, eta, candidates, mapping, demo } = quote
  const shown = { object, id, model, credits, usd, expires_at, rate_card, lines, lane, route, eta, candidates }
  return { ...shown, ...(mapping ? { mapping } : {}), ...(demo ? { demo } : {}) }
}

/** What is stored: JSON without loss, read back by `storedQuote`. */
export function quoteDocument(quote: Quote): Readonly<Record<string, unknown>> {
  return { ...quote }
}

/** The sums of several quotes, exact. Throws RangeError for more credits than JSON carries. */
export function totals(quotes: readonly { readonly credits: number; readonly usd: string }[]): {
  readonly credits: number
  readonly usd: string
} {
  return {
    credits: creditsToJson(quotes.reduce((sum, { credits }) => sum + BigInt(credits), 0n)),
    usd: usdText(quotes.map(({ usd }) => decimal(usd)).reduce(add, ZERO)),
  }
}

/** The answer to a customer whose order was refused: code, sentence, field, and what would do. */
export function refusalProblem({ code, message, param, allowed }: Refused): Problem {
  return problem(code, message, { param, extra: { ...allowed }, ...(code === 'no_route_available' ? { retry_after_s: 30 } : {}) })
}

const whole = z.int().min(0)
const eta = z.object({ low_s: whole, high_s: whole })
const mapping_view = z.object({ seconds: whole, size: z.string(), trimmed: z.boolean(), scaled: z.boolean() })
const priceLine = z.object({
  label: z.string(),
  quantity: z.string(),
  unit: z.enum(['second', 'video']),
  rate: z.string(),
  credits: z.string(),
})

/** A customer's wishes, as they are stored. */
export const storedPolicy: z.ZodType<Policy> = z.object({
  route: z.string().exactOptional(),
  regions: z.array(z.string()).exactOptional(),
  providers: z.array(z.string()).exactOptional(),
  mapping: z.enum(MAPPING_RULES).exactOptional(),
})

/** Reads a stored quote back. Throws ZodError for a document that this program did not write. */
export const storedQuote: z.ZodType<Quote> = z.object({
  object: z.literal('quote'),
  id: z.string(),
  model: z.string(),
  credits: whole,
  usd: z.string(),
  expires_at: whole,
  rate_card: z.object({ id: z.string(), version: whole }),
  lines: z.array(priceLine),
  // Quotes that were stored before there was another.
  lane: z.enum(LANES).default('standard'),
  route: z.string(),
  eta,
  candidates: z.array(
    z.object({
      route: z.string(),
      provider: z.string(),
      model: z.string(),
      credits: whole.nullable(),
      eta,
      mapping: mapping_view.exactOptional(),
      rejected: z.string().exactOptional(),
      message: z.string().exactOptional(),
    }),
  ),
  mapping: mapping_view.exactOptional(),
  demo: z.literal(true).exactOptional(),
  order: z.object({
    operation: z.enum(OPERATIONS),
    model: z.string(),
    seconds: whole,
    size: z.object({ width: whole, height: whole }),
    has_reference: z.boolean(),
    // Quotes that were stored before there were sources are of creates.
    source: z.object({ video: z.string().nullable(), seconds: z.number(), provider: z.string().nullable() }).nullable().default(null),
    complexity: z.enum(COMPLEXITIES),
  }),
  provider: z.string(),
  provider_model: z.string(),
  provider_cost_micro: z.string().regex(/^\d+$/),
  // Quotes that were stored before anybody took over name nobody.
  standbys: z
    .array(
      z.object({
        route: z.string(),
        provider: z.string(),
        provider_model: z.string(),
        provider_cost_micro: z.string().regex(/^\d+$/),
      }),
    )
    .default([]),
  takes_reference: z.boolean(),
  takes_characters: z.boolean().default(false),
  relaxed: z.object({ standard_credits: whole, eta }).nullable().default(null),
  why: z.string(),
  wishes: storedPolicy.exactOptional(),
  created_ms: whole,
  expires_ms: whole,
})

/** The members of a stored quote that its video shows. Named by the statement that reads them, which says `demo: false` where there is none. */
export const shownOfQuote = z.object({
  credits: whole,
  eta,
  lane: z.enum(LANES).default('standard'),
  relaxed: z.object({ eta }).nullable().default(null),
  demo: z.boolean(),
})

function candidateView(candidate: Candidate, eta: Eta): CandidateView {
  const { route } = candidate
  const shown = { route: route.name, provider: route.provider, model: route.provider_model, eta }
  if (candidate.state === 'rejected') return { ...shown, credits: null, rejected: candidate.reason, message: candidate.message }
  const { credits } = candidate.priced
  if (credits > CREDITS_MAX) return { ...shown, credits: null, rejected: 'no_price' }
  return { ...shown, credits: creditsToJson(credits), ...mappingOf(candidate.mapping) }
}

function mappingOf({ seconds, size, trimmed, scaled }: Mapping): { readonly mapping?: MappingView } {
  return trimmed || scaled ? { mapping: { seconds, size: formatSize(size), trimmed, scaled } } : {}
}

/**
 * What the provider of a route is asked for: not what the customer asked for, where the quote says so of that route. Throws for a document that
 * this program did not write.
 */
export function madeAs({ order, candidates }: Pick<Quote, 'order' | 'candidates'>, route: string): QuotedOrder {
  const mapping = candidates.find((candidate) => candidate.route === route)?.mapping
  if (mapping === undefined) return order
  const size = parseSize(mapping.size)
  if (size === null) throw new Error(`the mapping of a quote has the size ${mapping.size}`)
  return { ...order, seconds: mapping.seconds, size }
}

function notSold({ reason, message, allowed }: NotSold, card: RateCard): Refused {
  switch (reason) {
    case 'unknown_model':
      return { ...refused('unknown_model', message, 'model'), allowed: { models: [...new Set(card.lines.flatMap((line) => line.models))] } }
    case 'unsupported_duration':
    case 'unsupported_size':
      return { ...refused(reason, message, reason === 'unsupported_size' ? 'size' : 'seconds'), allowed }
    case 'no_price':
      return refused('invalid_value', message, 'rate_card')
  }
}

function tooExpensive(model: string, candidates: readonly Candidate[]): Refused {
  return { ...refused('invalid_value', `This order of ${model} costs more credits than can be counted exactly.`, 'seconds'), candidates }
}

function refused(code: Refused['code'], message: string, param: string): Refused {
  return { outcome: 'refused', code, message, param, allowed: {}, candidates: [] }
}
