import type { LocalDate } from './calendar.ts'
import type { Route } from './catalogue.ts'
import { competitorRows } from './comparison-competitors.ts'
import { ownPlanRows } from './comparison-plans.ts'
import { byPrice, type Compared, figures, monthOf, type Row, row, sourceOf } from './comparison-row.ts'
import type { Expected } from './expected.ts'
import type { PriceFloor } from './guardrails.ts'
import { exactSize, formatSize } from './order.ts'
import type { Pack, Plan } from './plans.ts'
import { price } from './price.ts'
import type { AnyCard, RateCard } from './rate-card.ts'
import { compare as byAmount, decimal, type Rational, ratio } from './rational.ts'
import { type Candidate, candidates, orderablePairs, pricedBy, type RoutingTerms } from './routing.ts'
import { knows, nearestDurations } from './sold.ts'

export interface ComparedWorld {
  readonly routes: readonly Route[]
  /** The customer's. */
  readonly card: RateCard
  /** Those that may be seen. */
  readonly cards: readonly AnyCard[]
  readonly plans: readonly Plan[]
  readonly packs: readonly Pack[]
  readonly credit_usd: Rational
  readonly price_floor: PriceFloor | null
  readonly expected: Expected
  /** Why the customer may not order this of us, whatever it costs. */
  readonly barred: Barred | null
  /** Plans change with the day. */
  readonly date: LocalDate
}

export interface Barred {
  readonly reason: string
  readonly message: string
}

export interface Comparison {
  /** The cheapest first. */
  readonly rows: readonly Row[]
  /** Of the rows for the model asked for. More than one where they cost the same; none where nobody sells it so. */
  readonly cheapest: ReadonlySet<string>
}

/**
 * One clip priced by everybody who sells it: our routes as this customer pays for them, price lists, others' subscriptions and our own, packs.
 * Pure, exact, and the same in whichever order cards, routes and plans come. Provider costs are no part of it.
 */
export function compareOffers(asked: Compared, world: ComparedWorld): Comparison {
  const offers = offersOf(asked, world)
  const rows = [
    ...offers.map((offer) => routeRow(asked, world, offer)),
    ...world.cards.flatMap((card) => (card.kind === 'rates' ? cardRow(asked, card, world.credit_usd) : competitorRows(asked, card))),
    ...ownPlanRows(asked, world, {
      lengths: [...new Set(offers.flatMap(({ lengths }) => lengths))],
      creditsFor: (seconds) => cheapestCredits({ ...asked, seconds }, world),
    }),
  ].toSorted(byPrice(asked.clips_per_month))
  return { rows, cheapest: cheapestOf(rows, asked.clips_per_month) }
}

/** Whether anybody sells the model at all. */
export function isKnown({ model }: Compared, { routes, cards, card }: Pick<ComparedWorld, 'routes' | 'cards' | 'card'>): boolean {
  const on_card = (one: AnyCard) => one.kind === 'rates' && one.lines.some(({ models }) => models.includes(model))
  return routes.some((route) => route.model === model) || [card, ...cards].some(on_card)
}

function cheapestOf(rows: readonly Row[], clips_per_month: number | null): ReadonlySet<string> {
  const amount = (one: Row) => (clips_per_month === null ? one.usd?.per_clip : monthOf(one, clips_per_month)?.usd) ?? null
  const [first, ...rest] = rows.filter((one) => !one.other_model && amount(one) !== null)
  const least = first === undefined ? null : amount(first)
  if (first === undefined || least === null) return new Set()
  const same = rest.filter((one) => byAmount(amount(one) ?? least, least) === 0)
  return new Set([first, ...same].map(({ id }) => id))
}

/** A route that serves the model, with all the lengths that could be ordered of it at this size. */
interface RouteOffer {
  readonly candidate: Candidate
  readonly lengths: readonly number[]
}

function offersOf(asked: Compared, world: ComparedWorld): readonly RouteOffer[] {
  const size = formatSize(exactSize(asked.size))
  return candidatesFor(asked, world).map((candidate) => {
    const offer = pricedBy(candidate.route, world.card)
    const pairs = offer === null ? [] : orderablePairs(candidate.route, offer, candidate.route.mapping ?? 'nearest')
    return { candidate, lengths: pairs.flatMap((pair) => (pair.size === size ? [pair.seconds] : [])) }
  })
}

function candidatesFor(asked: Compared, world: ComparedWorld, routes = world.routes): readonly Candidate[] {
  const { model, seconds, complexity } = asked
  const size = exactSize(asked.size)
  const order = { operation: 'create' as const, model, seconds, size, has_reference: false, source: null, complexity }
  const { card: customer_card, credit_usd, price_floor, expected } = world
  const terms: RoutingTerms = { customer_card, policy: {}, credit_usd, price_floor, expected }
  return candidates(order, routes, terms)
}

function cheapestCredits(asked: Compared, world: ComparedWorld): bigint | null {
  const [first] = candidatesFor(asked, world) // the cheapest is the first
  return first?.state === 'priced' ? first.priced.credits : null
}

function routeRow(asked: Compared, world: ComparedWorld, { candidate, lengths }: RouteOffer): Row {
  const { route, eta } = candidate
  const card = pricedBy(route, world.card)?.card
  const own = row({
    id: `route:${route.name}`,
    kind: 'route',
    name: route.name,
    model: asked.model,
    demo: route.demo,
    source: card ? sourceOf(card) : null,
  })
  if (world.barred) return { ...own, ...world.barred }
  if (candidate.state === 'rejected') {
    const { reason, message } = candidate
    const nearest = reason === 'unsupported_duration' ? nearestDurations(asked.seconds, lengths) : []
    return {
      ...own,
      reason,
      message,
      nearest: nearest.flatMap((seconds) => {
        const [other] = candidatesFor({ ...asked, seconds }, world, [route])
        return other?.state === 'priced' ? [{ seconds, usd: figures(decimal(other.priced.usd), seconds) }] : []
      }),
    }
  }
  const { priced, mapping } = candidate
  const is_mapped = mapping.trimmed || mapping.scaled
  return { ...own, usd: figures(decimal(priced.usd), asked.seconds), credits: priced.credits, eta, mapping: is_mapped ? mapping : null }
}

/** No row for a card that does not know the model. */
function cardRow(asked: Compared, card: RateCard, credit_usd: Rational): readonly Row[] {
  if (!knows(card, asked.model)) return []
  const own = row({
    id: `rate_card:${card.id}`,
    kind: 'rate_card',
    name: card.title,
    model: asked.model,
    source: sourceOf(card),
    note: card.note ?? null,
  })
  const priced = price(card, asked, { credit_usd })
  if (priced.outcome === 'priced') {
    const their_credits = card.currency === 'credits' ? ratio(priced.credits) : null
    return [{ ...own, usd: figures(decimal(priced.usd), asked.seconds), their_credits }]
  }
  const { reason, message, allowed } = priced
  const nearest = nearestDurations(asked.seconds, allowed.durations ?? []).flatMap((seconds) => {
    const other = price(card, { ...asked, seconds }, { credit_usd })
    return other.outcome === 'priced' ? [{ seconds, usd: figures(decimal(other.usd), seconds) }] : []
  })
  return [{ ...own, reason, message, nearest }]
}
