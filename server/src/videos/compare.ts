import { readCustomer } from '../access/customers.ts'
import type { Owner } from '../access/owner.ts'
import { localDate } from '../domain/calendar.ts'
import { type Barred, type Comparison, compareOffers, isKnown } from '../domain/comparison.ts'
import type { Compared } from '../domain/comparison-row.ts'
import { guardrailsOf } from '../domain/guardrails.ts'
import { exactSize } from '../domain/order.ts'
import { Problem, problem } from '../domain/problems.ts'
import { isShownTo } from '../domain/rate-cards/shipped.ts'
import { listed } from '../domain/sold.ts'
import { checkGates } from './gates.ts'
import type { Parts } from './parts.ts'
import { cardOf } from './quote.ts'

/** In a sentence; `models` beside it has all. */
const MODELS_TOLD = 20

type Wanted = Pick<Parts, 'pool' | 'ledger' | 'world' | 'clock' | 'expectations'>

/**
 * Prices one order by everybody who sells it, as this customer would pay; for an operator who acts for nobody, as whoever has no card of their own.
 * Reads only, promises nothing.
 * @param sees_all an operator: sees every configured price list. A customer sees those that everybody can read and their own: the others say what
 * the operator pays, or what another customer does.
 * @throws Problem unknown_model when nobody has heard of it
 */
export async function compareEverywhere(parts: Wanted, owner: Owner | null, asked: Compared, sees_all: boolean): Promise<Comparison> {
  const { world } = parts
  const now = parts.clock()
  const customer = owner === null ? null : await readCustomer(parts.pool, owner)
  const card = owner === null ? world.customer_card : await cardOf(parts, owner)
  const cards = [...world.cards.values()].filter((one) => sees_all || isShownTo(one, card))
  if (!isKnown(asked, { routes: world.routes, cards, card })) {
    const on_cards = [card, ...cards].flatMap((one) => (one.kind === 'rates' ? one.lines.flatMap(({ models }) => models) : []))
    const models = [...new Set([...world.routes.map((route) => route.model), ...on_cards])].filter((model) => model !== '*').sort()
    throw problem('unknown_model', `Nobody here sells ${asked.model}. There is ${listed(models.slice(0, MODELS_TOLD)) || 'none'}.`, {
      param: 'model',
      extra: { models },
    })
  }
  return compareOffers(asked, {
    routes: world.routes,
    card,
    cards,
    plans: [...world.plans.values()],
    packs: [...world.packs.values()],
    credit_usd: world.credit_usd,
    price_floor: guardrailsOf(customer?.guardrails ?? null, world.guardrails)?.price_floor ?? null,
    expected: parts.expectations.current(),
    barred: owner === null ? null : await barredBy(parts, owner, asked, now),
    date: localDate(now, customer?.time_zone ?? 'UTC'),
  })
}

const BARS = ['outside_guardrails', 'not_in_tier', 'not_in_plan'] as const

/** What an order would be refused with before any price. */
async function barredBy(parts: Wanted, owner: Owner, { model, seconds, size }: Compared, now: number): Promise<Barred | null> {
  try {
    await checkGates(parts, owner, { model, seconds, size: exactSize(size), lane: 'standard' }, now)
    return null
  } catch (error) {
    if (error instanceof Problem && BARS.some((code) => code === error.code)) return { reason: error.code, message: error.message }
    throw error
  }
}
