import { readCustomer } from '../access/customers.ts'
import type { Owner } from '../access/owner.ts'
import type { Standby } from '../domain/failover.ts'
import { guardrailsOf } from '../domain/guardrails.ts'
import type { Lane, Order } from '../domain/order.ts'
import type { Plan } from '../domain/plans.ts'
import type { PricedOrder } from '../domain/price.ts'
import { problem } from '../domain/problems.ts'
import {
  type ComparisonQuote,
  comparisonQuote,
  isExpired,
  madeAs,
  makeQuote,
  type Quote,
  type Quoted,
  type QuotedOrder,
  quoteDocument,
  refusalProblem,
  sameOrder,
  storedQuote,
} from '../domain/quote.ts'
import type { AnyCard, RateCard } from '../domain/rate-card.ts'
import { SHIPPED_CARDS } from '../domain/rate-cards/shipped.ts'
import { allows, type Policy } from '../domain/routing.ts'
import { unavailable } from './breaker.ts'
import type { Parts } from './parts.ts'
import { checkRelaxed } from './plan.ts'
import { insertQuote, selectQuote } from './quote-queries.ts'

/** How an order gets its price: from a quote that was given before, or from a new one under these wishes. */
export interface Quoting {
  readonly quote: string | null
  readonly policy: Policy
  /** `standard` unless given. */
  readonly lane?: Lane
}

/** Keeps the promise of quotes that `newQuote` made, for ten minutes. Of a list with a mistake in it none is kept: price all of it first. */
export async function keepQuotes(parts: Parts, owner: Owner, quotes: readonly Quote[]): Promise<void> {
  await Promise.all(
    quotes.map((quote) => insertQuote(parts.pool, owner, { id: quote.id, expires_at: quote.expires_ms, document: quoteDocument(quote) })),
  )
}

/** The cards that a customer is shown: not what the operator agreed on with a provider, unless it is their own price too. */
export async function cardsFor(parts: Pick<Parts, 'pool' | 'world'>, owner: Owner): Promise<ReadonlyMap<string, AnyCard>> {
  const { cards, routes, customer_card } = parts.world
  const { rate_card } = await readCustomer(parts.pool, owner)
  const shown = new Set([...SHIPPED_CARDS.map(({ id }) => id), customer_card.id, rate_card])
  const costs = new Set(routes.map(({ provider_rate_card }) => provider_rate_card?.id))
  return new Map([...cards].filter(([id]) => shown.has(id) || !costs.has(id)))
}

/** Prices an order by another card, to compare; nothing is promised. @throws Problem for an unknown card or what it does not sell */
export async function compareQuote(parts: Parts, owner: Owner, order: PricedOrder, card_id: string): Promise<ComparisonQuote> {
  const cards = await cardsFor(parts, owner)
  const card = cards.get(card_id)
  if (card === undefined) {
    const known = [...cards.keys()].join(', ')
    throw problem('invalid_value', `There is no rate card '${card_id}'. These exist: ${known}.`, { param: 'rate_card' })
  }
  const compared = comparisonQuote(order, card, { credit_usd: parts.world.credit_usd })
  if (compared.outcome === 'refused') throw refusalProblem(compared)
  return compared.quote
}

/**
 * The quote that an order is taken at: the one it names, if that still binds and is for this very order, or a new one.
 * @param plan what binds the customer, and allows this order: decides about the relaxed lane
 */
export async function quoteForOrder(parts: Parts, owner: Owner, order: Order, quoting: Quoting, plan: Plan | null = null): Promise<Quote> {
  const { lane = 'standard' } = quoting
  if (quoting.quote === null) return newQuote(parts, owner, order, quoting.policy, lane, plan)
  const stored = await selectQuote(parts.pool, owner, quoting.quote)
  if (stored === null)
    throw problem('not_found', `There is no quote '${quoting.quote}'. Ask for one with POST /v1/quotes.`, { param: 'quote' })
  const quote = storedQuote.parse(stored)
  if (isExpired(quote, parts.clock())) {
    throw problem('quote_expired', `Quote ${quote.id} is older than ten minutes. Ask for a new one.`, { param: 'quote' })
  }
  if (!sameOrder(quote, order)) {
    throw problem(
      'quote_mismatch',
      `Quote ${quote.id} is for another order. Operation, video, model, seconds, size and complexity must be those that were quoted.`,
      {
        param: 'quote',
      },
    )
  }
  if (quote.lane !== lane) {
    throw problem(
      'quote_mismatch',
      `Quote ${quote.id} is for the ${quote.lane} lane. Order with \`lane: ${quote.lane}\`, or ask for another quote.`,
      {
        param: 'quote',
      },
    )
  }
  if (!keepsTo(parts, quote, quote, quoting.policy)) {
    throw problem(
      'quote_mismatch',
      `Quote ${quote.id} is for ${quote.route}, which your route, providers, regions or mapping exclude. Ask for one with them.`,
      {
        param: 'quote',
      },
    )
  }
  // The order may allow less than the quote did: whoever takes over is one that both allow.
  return { ...quote, standbys: quote.standbys.filter((standby) => keepsTo(parts, quote, standby, quoting.policy)) }
}

/** Whether these wishes allow what was quoted of a route. A route that is no longer configured is in no region that we know of. */
function keepsTo(parts: Parts, quote: Quote, { route, provider }: Standby, policy: Policy): boolean {
  const regions = parts.world.routes.find(({ name }) => name === route)?.regions ?? []
  if (policy.mapping === 'exact' && madeAs(quote, route) !== quote.order) return false
  return allows(policy, { name: route, provider, regions })
}

/** Prices an order by the customer's card. Nothing is kept yet. @throws Problem for what is not sold or can not be made */
export async function newQuote(
  parts: Parts,
  owner: Owner,
  order: QuotedOrder,
  policy: Policy,
  lane: Lane = 'standard',
  plan: Plan | null = null,
): Promise<Quote> {
  const { world, timing } = parts
  const now = parts.clock()
  // Asked of the row and not of the caller's gates: what is priced anew by itself, later, has no caller.
  const [card, { guardrails }, resting] = await Promise.all([cardOf(parts, owner), readCustomer(parts.pool, owner), unavailable(parts)])
  const price_floor = guardrailsOf(guardrails, world.guardrails)?.price_floor ?? null
  const relaxed = lane === 'relaxed' ? { ends_within_s: Math.ceil(timing.final_deadline_ms / 1000) } : null
  const id = `quote_${parts.uuid().replaceAll('-', '')}`
  const terms = {
    routes: world.routes,
    card,
    policy,
    credit_usd: world.credit_usd,
    relaxed,
    price_floor,
    expected: parts.expectations.current(),
  }
  const quoted = makeQuote(order, resting === undefined ? terms : { ...terms, unavailable: resting.routes }, { id, now })
  const quote =
    resting !== undefined && quoted.outcome === 'refused'
      ? waitingFor(resting.routes, makeQuote(order, { ...terms, unavailable: resting.gone }, { id, now }))
      : quoted
  if (quote.outcome === 'refused') throw refusalProblem(quote)
  await checkRelaxed(parts, owner, plan, quote.quote, now)
  return quote.quote
}

/** Where only a route that rests can take an order, it is taken all the same, and waits: nobody has to come back for an outage. What is gone is waited for by nobody. */
function waitingFor(resting: ReadonlyMap<string, string>, quoted: Quoted): Quoted {
  if (quoted.outcome === 'refused') return quoted
  const { quote } = quoted
  return { outcome: 'quoted', quote: { ...quote, why: `${quote.why} ${resting.get(quote.route) ?? ''} The order waits for it.` } }
}

/** The customer's own card, or everybody's. A card that is no longer configured is nobody's price: refuse, never guess. */
export async function cardOf(parts: Pick<Parts, 'pool' | 'world'>, owner: Owner): Promise<RateCard> {
  const { rate_card } = await readCustomer(parts.pool, owner)
  if (rate_card === null) return parts.world.customer_card
  const card = parts.world.cards.get(rate_card)
  if (card === undefined || card.kind === 'plans') {
    throw problem('no_route_available', `Your rate card '${rate_card}' is not configured here, so nothing has a price. Ask the operator.`, {
      retry_after_s: 60,
    })
  }
  return card
}
