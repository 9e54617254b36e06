import { readCustomer } from '../access/customers.ts'
import type { Owner } from '../access/owner.ts'
import { localDate } from '../domain/calendar.ts'
import { cheaperSettings, relaxedInstead } from '../domain/cheaper.ts'
import { creditsToJson } from '../domain/credits.ts'
import { guardrailsOf, outsideGuardrails } from '../domain/guardrails.ts'
import { cheaperOffers, creditOffers, inOrder, type Offer, relaxedOffer } from '../domain/offers.ts'
import type { Order } from '../domain/order.ts'
import { type Asked, clipsOn, notInPlan } from '../domain/plans.ts'
import { owing, type Problem, problem } from '../domain/problems.ts'
import type { Policy } from '../domain/routing.ts'
import { poolOf } from '../domain/tiers.ts'
import type { Outlook } from '../ledger/outlook.ts'
import { takingBrings } from '../plans/taking.ts'
import { budgetLeft, budgetProblem } from './budget.ts'
import type { Parts } from './parts.ts'
import { cardOf } from './quote.ts'
import { standingOf } from './tiers.ts'

/** What was ordered, and how it would be said again. */
export interface Asking {
  readonly order: Order
  readonly policy: Policy
  /** The body that was sent, without files and without what a cheaper setting changes; null: it can not be said again. */
  readonly body: Readonly<Record<string, unknown>> | null
}

type Wanted = Pick<Parts, 'pool' | 'ledger' | 'world' | 'clock' | 'log'>

/** 402 with what is needed, what is there, and what would do; `budget_exceeded` where no credits would do. `asking` is null for a hold of a service, which counts credits alone. */
export async function insufficient(
  parts: Wanted,
  owner: Owner,
  { needed, available, owed = 0n }: { readonly needed: bigint; readonly available: bigint; readonly owed?: bigint },
  asking: Asking | null,
): Promise<Problem> {
  // Whoever bought credits would be refused again.
  const now = parts.clock()
  const left = await budgetLeft(parts, owner, now)
  if (left !== null && needed > left) return budgetProblem(parts, owner, needed, now)
  const offers = await offersFor(parts, owner, { needed, available }, asking).catch((error: unknown) => {
    // The refusal is sure; what could be done instead is a courtesy.
    parts.log.warn('a refusal was told without offers', { error: String(error) })
    return []
  })
  const says = owed > 0n ? owing(owed) : `This needs ${needed} credits and ${available} are available.`
  return problem('insufficient_credits', says, {
    extra: {
      needed: creditsToJson(needed),
      available: creditsToJson(available),
      ...(owed > 0n ? { owed: creditsToJson(owed) } : {}),
      offers,
    },
  })
}

/** What of an order would cost no more than `most` and what is there. */
export async function cheaperThan(parts: Wanted, owner: Owner, most: bigint, asking: Asking): Promise<readonly Offer[]> {
  const [look, { plan }] = await Promise.all([parts.ledger.outlook(owner, parts.clock()), takingBrings(parts, owner, parts.clock())])
  return cheaper(parts, owner, most + 1n, look, plan, asking)
}

async function offersFor(
  parts: Wanted,
  owner: Owner,
  { needed, available }: { readonly needed: bigint; readonly available: bigint },
  asking: Asking | null,
): Promise<readonly Offer[]> {
  const now = parts.clock()
  const [look, { time_zone }, { plan, brings }] = await Promise.all([
    parts.ledger.outlook(owner, now),
    readCustomer(parts.pool, owner),
    takingBrings(parts, owner, now),
  ])
  const model = asking?.order.model ?? null
  const today = localDate(now, time_zone)
  const { packs, plans } = parts.world
  const allowing = [...plans.values()].filter(
    (one) => asking === null || (notInPlan(one, { ...asking.order, lane: 'standard' }) === null && clipsOn(one, today) !== 0),
  )
  const credits = creditOffers({
    needed,
    available,
    owed: look.owed,
    enough_at: look.enoughAt(needed, model),
    packs: packs.values(),
    plans: allowing,
    brings,
  })
  return inOrder([...credits, ...(asking === null ? [] : await cheaper(parts, owner, needed, look, plan, asking))])
}

async function cheaper(
  parts: Wanted,
  owner: Owner,
  too_much: bigint,
  look: Outlook,
  plan: Awaited<ReturnType<typeof takingBrings>>['plan'],
  { order, policy, body }: Asking,
): Promise<readonly Offer[]> {
  if (body === null) return []
  const { routes, credit_usd, guardrails: of_all } = parts.world
  const [customer_card, standing, left] = await Promise.all([
    cardOf(parts, owner),
    standingOf(parts, owner),
    budgetLeft(parts, owner, parts.clock()),
  ])
  const over = left === null || left >= too_much ? too_much : left + 1n
  const guardrails = guardrailsOf(owner.gates.guardrails, of_all)
  const terms = { customer_card, policy, credit_usd, price_floor: guardrails?.price_floor ?? null }
  const allows = (asked: Asked) =>
    (guardrails === null || outsideGuardrails(guardrails, asked) === null) &&
    (standing === null || poolOf(standing.tier, asked.model) !== null)
  const purse = { too_much: over, available: (model: string) => look.available(model), plan, allows }
  const settings = cheaperSettings(order, routes, terms, purse)
  const free = relaxedInstead(order, routes, terms, purse) ? [relaxedOffer(order, body)] : []
  return [...cheaperOffers(order.operation, settings, body), ...free]
}
