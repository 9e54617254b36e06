import { creditsOn } from '../allowance.ts'
import { exactSize, formatSizeOrClass } from '../order.ts'
import { clipsOn, notInPlan, type Pack, type Plan } from '../plans.ts'
import { price, usdText } from '../price.ts'
import type { RateCard, RateLine } from '../rate-card.ts'
import { compare, decimal, multiply, type Rational, ratio } from '../rational.ts'
import { linesFor, nearestDurations, sellsSize, soldDurations, winningLine } from '../sold.ts'
import { type AdviceAsked, type ClipKind, MONTH_DAYS, type Needs, type Shelf } from './asked.ts'

// Who can make which of the clips asked for, at which price, and what stands in the others' way.

/** What an offer was not taken for. */
export type Constraint = keyof Needs | 'model' | 'seconds' | 'size' | 'longest_seconds' | 'clips_a_day' | 'credits'

export interface Refusal {
  readonly name: string
  readonly constraint: Constraint
  /** Which kind of clips, from 0; null: the offer as a whole. */
  readonly kind: number | null
  readonly message: string
}

/** One clip, paid for itself. */
export interface PayOffer {
  readonly card: RateCard
  readonly line: RateLine
  readonly usd: Rational
}

export interface PlanOffer {
  readonly plan: Plan
  /** Of a month, those of each day included. */
  readonly credits: bigint
  /** Clips a month; null: any number. */
  readonly most: number | null
  /** Whether it makes each kind. */
  readonly makes: readonly boolean[]
  /** And for nothing, once its credits are gone. */
  readonly relaxed: boolean
}

export interface Offers {
  /** For each kind the cheapest; null: nobody sells it. */
  readonly pay: readonly (PayOffer | null)[]
  /** The same of each price list alone. */
  readonly pay_by_card: ReadonlyMap<RateCard, readonly (PayOffer | null)[]>
  /** Credits that a clip of each kind takes; null: not made of credits. */
  readonly credits: readonly (bigint | null)[]
  readonly plans: readonly PlanOffer[]
  readonly packs: readonly Pack[]
  readonly refused: readonly Refusal[]
}

export function offersFor({ kinds, needs }: AdviceAsked, shelf: Shelf): Offers {
  const refused: Refusal[] = []
  const pay_by_card = new Map(
    shelf.pay_cards.map((card) => [card, kinds.map((kind, at) => payOffer(kind, at, card, shelf.credit_usd, refused))]),
  )
  const pay = kinds.map((_, at) => [...pay_by_card.values()].map((of_card) => of_card[at] ?? null).reduce(cheaper, null))
  const of_credits = { ...shelf, refused }
  const callable = !(needs.api && shelf.of_the_app)
  const wanted = callable && shelf.plans.length + shelf.packs.length > 0
  const credits = kinds.map((kind, at) => (wanted ? creditsOf(kind, at, of_credits) : null))
  if (!callable) {
    const named = [...shelf.plans, ...shelf.packs]
    refused.push(
      ...named.map(({ name }) =>
        whole(name, 'api', `${name} gives credits of the app, which people use by hand and programs cannot call.`),
      ),
    )
  }
  const plans = callable ? shelf.plans.flatMap((plan) => planOffer(plan, kinds, needs, credits, of_credits)) : []
  return { pay, pay_by_card, credits, plans, packs: callable ? shelf.packs : [], refused }
}

function cheaper(a: PayOffer | null, b: PayOffer | null): PayOffer | null {
  if (a === null || b === null) return a ?? b
  return compare(b.usd, a.usd) < 0 ? b : a
}

function whole(name: string, constraint: Constraint, message: string): Refusal {
  return { name, constraint, kind: null, message }
}

function payOffer(kind: ClipKind, at: number, card: RateCard, credit_usd: Rational, refused: Refusal[]): PayOffer | null {
  const sold = soldBy(kind, card, credit_usd)
  if (sold.outcome === 'sold') return { card, line: sold.line, usd: decimal(sold.priced.usd) }
  refused.push({ name: card.title, kind: at, constraint: sold.constraint, message: sold.message })
  return null
}

function creditsOf(kind: ClipKind, at: number, { credits_card: card, credit_usd, refused }: Shelf & { refused: Refusal[] }): bigint | null {
  const sold = soldBy(kind, card, credit_usd)
  if (sold.outcome === 'sold') return sold.priced.credits
  refused.push({ name: card.title, kind: at, constraint: sold.constraint, message: sold.message })
  return null
}

type Sold =
  | { readonly outcome: 'sold'; readonly line: RateLine; readonly priced: Extract<ReturnType<typeof price>, { outcome: 'priced' }> }
  | { readonly outcome: 'not_sold'; readonly constraint: Constraint; readonly message: string }

/** Whether a card sells clips of a kind, and the longest of them. */
function soldBy(kind: ClipKind, card: RateCard, credit_usd: Rational): Sold {
  const { model, size, longest_seconds } = kind
  const asked = { ...kind, complexity: 'standard' as const }
  const line = winningLine(card, asked)
  const priced = price(card, asked, { credit_usd })
  if (priced.outcome === 'not_sold' || line === null) {
    const reason = priced.outcome === 'not_sold' ? priced.reason : 'no_price'
    const constraint = reason === 'unsupported_duration' ? 'seconds' : reason === 'unsupported_size' ? 'size' : 'model'
    const message = priced.outcome === 'not_sold' ? priced.message : `${model} has no price on ${card.id}.`
    return { outcome: 'not_sold', constraint, message: [message, ...nearestPrices(kind, card, credit_usd)].join(' ') }
  }
  const longest = Math.max(...soldDurations(card, model, size))
  if (longest_seconds === null || longest >= longest_seconds) return { outcome: 'sold', line, priced }
  const message = `${model} at ${formatSizeOrClass(size)} goes up to ${longest} seconds there; ${longest_seconds} is more.`
  return { outcome: 'not_sold', constraint: 'longest_seconds', message }
}

/** What the nearest lengths cost that are sold; and what a length would that only the price per second knows. */
function nearestPrices(kind: ClipKind, card: RateCard, credit_usd: Rational): readonly string[] {
  const { model, size, seconds } = kind
  if (card.currency !== 'usd') return []
  const nearest = nearestDurations(seconds, soldDurations(card, model, size)).flatMap((other) => {
    const priced = price(card, { ...kind, seconds: other, complexity: 'standard' }, { credit_usd })
    return priced.outcome === 'priced' ? [`${other} seconds cost $${priced.usd}`] : []
  })
  if (nearest.length === 0) return []
  const line = linesFor(card, model).find((one) => sellsSize(one, size))
  const by_second = line?.rate.kind === 'per_second' ? line.rate.amount : null
  const would = by_second === null ? null : usdText(multiply(decimal(by_second), ratio(BigInt(seconds))))
  return [
    `${nearest.join(', ')} a clip.`,
    ...(would === null ? [] : [`By the second, at $${by_second}, ${seconds} would come to $${would}, but nobody sells them.`]),
  ]
}

function planOffer(
  plan: Plan,
  kinds: readonly ClipKind[],
  needs: Needs,
  credits_each: readonly (bigint | null)[],
  { date, refused }: Shelf & { refused: Refusal[] },
): readonly PlanOffer[] {
  const refuse = (constraint: Constraint, message: string) => {
    refused.push(whole(plan.name, constraint, message))
    return []
  }
  if (needs.pay_as_you_go && plan.price_micro > 0n) return refuse('pay_as_you_go', `The plan ${plan.name} is paid every month.`)
  if (needs.no_watermark && plan.watermark) return refuse('no_watermark', `Clips of the plan ${plan.name} carry a watermark.`)
  const a_day = clipsOn(plan, date)
  if (a_day === 0) return refuse('clips_a_day', `The plan ${plan.name} makes no clips on ${date}.`)
  const most = a_day === null ? null : a_day * MONTH_DAYS
  const credits = plan.credits + BigInt(MONTH_DAYS) * creditsOn(plan.credits_a_day ?? [], date)
  const makes = kinds.map((kind, at) => {
    const { model, seconds, longest_seconds, size } = kind
    const asked = { model, size: exactSize(size), seconds: Math.max(seconds, longest_seconds ?? 0) }
    const forbidden = notInPlan(plan, asked)
    if (forbidden === null) return credits_each[at] !== null
    const field = forbidden.field === 'lane' ? 'model' : forbidden.field
    const constraint = field === 'seconds' && asked.seconds > seconds ? 'longest_seconds' : field
    refused.push({ name: plan.name, kind: at, constraint, message: forbidden.says })
    return false
  })
  if (!makes.includes(true)) return []
  return [{ plan, credits, most, makes, relaxed: needs.relaxed && isRelaxed(plan, { credits, most }, makes, credits_each) }]
}

/** Its relaxed lane opens when the credits are gone: with fewer clips a day than they pay for, they never are. */
function isRelaxed(
  plan: Plan,
  { credits, most }: Pick<PlanOffer, 'credits' | 'most'>,
  makes: readonly boolean[],
  credits_each: readonly (bigint | null)[],
): boolean {
  if (!plan.relaxed) return false
  if (plan.relaxed_with_credits || most === null) return true
  const each = credits_each.filter((_, at) => makes[at] === true)
  return each.every((one) => one === null || one === 0n || credits / one <= BigInt(most))
}
