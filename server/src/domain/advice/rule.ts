import { formatSizeOrClass } from '../order.ts'
import { usdText } from '../price.ts'
import { type Rational, ratio, subtract } from '../rational.ts'
import type { AdviceAsked, ClipKind, Shelf } from './asked.ts'
import { type Counted, termsOf, usdOf } from './counted.ts'
import { type Effort, leastCost } from './least.ts'
import { foundBy } from './mixes.ts'
import type { Offers } from './offers.ts'

// The articles' advice, by nothing but the number of clips and whether they are of high quality.

export interface Rule {
  readonly says: string
  /** What it names for these clips. */
  readonly name: string
  /** What that costs by itself; null: it is not for sale here, or sells no such clip. */
  readonly usd: Rational | null
  /** Whether it makes all the clips. */
  readonly feasible: boolean
  /** Clips of the one kind asked for that it holds; null: of several, or as many as one likes. */
  readonly holds_clips: number | null
  /** All the clips with the plan it names, and with whatever else they take. */
  readonly with_the_rest_usd: Rational | null
  /** Dearer than the cheapest answer; null: it does not make them all, or nobody does. */
  readonly difference_usd: Rational | null
  /** One sentence. */
  readonly message: string
}

export const RULE = 'Under 50 clips a month: pay per call. 50 to 200: Plus. Over 200, or high quality: Pro.'
const PER_CALL = 'aggregator-per-call-2026-05'

type Cheapest = { readonly name: string; readonly usd: Rational } | null

export function ruleOfThumb(asked: AdviceAsked, shelf: Shelf, offers: Offers, money: Counted, cheapest: Cheapest, effort: Effort): Rule {
  const { kinds } = asked
  const total = kinds.reduce((sum, { clips }) => sum + clips, 0)
  const is_pro = kinds.some(isHighQuality)
  if (!is_pro && total < 50) return perCall(kinds, shelf, offers, cheapest)
  return ofPlan(is_pro || total > 200 ? 'pro' : 'plus', { kinds, total }, shelf, offers, money, cheapest, effort)
}

function isHighQuality({ model, size }: ClipKind): boolean {
  return (
    /-pro\b/.test(model) || size === '1080p' || size === '1024p' || (typeof size !== 'string' && Math.min(size.width, size.height) > 720)
  )
}

function perCall(kinds: readonly ClipKind[], shelf: Shelf, offers: Offers, cheapest: Cheapest): Rule {
  const card = shelf.pay_cards.find(({ id }) => id === PER_CALL)
  const prices = card === undefined ? [] : (offers.pay_by_card.get(card) ?? [])
  const feasible = card !== undefined && kinds.every(({ clips }, at) => clips === 0 || (prices[at] ?? null) !== null)
  const units = kinds.map(({ clips }, at) => ({ clips, usd: prices[at]?.usd ?? ratio(0n) }))
  const usd = feasible ? units.reduce((sum, one) => plus(sum, one.usd, one.clips), ratio(0n)) : null
  const name = card?.title ?? 'A price per call'
  const not_sold = offers.refused.find((one) => one.name === card?.title)?.message ?? 'No price list per call was to be looked at.'
  const message = usd === null ? `The rule says to pay per call, which cannot make them: ${not_sold}` : agreement(name, usd, cheapest)
  return rule({ name, usd, feasible, holds_clips: null, with_the_rest_usd: usd, message }, cheapest)
}

function ofPlan(
  id: string,
  { kinds, total }: { readonly kinds: readonly ClipKind[]; readonly total: number },
  shelf: Shelf,
  offers: Offers,
  money: Counted,
  cheapest: Cheapest,
  effort: Effort,
): Rule {
  const plan = shelf.plans.find((one) => one.id === id)
  const name = plan?.name ?? (id === 'pro' ? 'Pro' : 'Plus')
  const choice = money.choices.find(({ offer }) => offer?.plan.id === id)
  const usd = plan === undefined ? null : ratio(plan.price_micro, 1_000_000n)
  if (plan === undefined || choice === undefined || usd === null) {
    const why =
      offers.refused.find((one) => one.name === name)?.message ??
      (plan === undefined ? undefined : offers.refused.find((one) => one.name === shelf.credits_card.title)?.message) ??
      'No plan of that name is to be looked at here.'
    const message = `The rule says ${name}${usd === null ? '' : ` for $${usdText(usd)}`}, which makes none of these clips${against(cheapest).replace(/\.$/, '')}. ${why}`
    return rule({ name, usd, feasible: false, holds_clips: 0, with_the_rest_usd: null, message }, cheapest)
  }
  const counts = kinds.map(({ clips }) => clips)
  const alone = leastCost(termsOf(money, choice, { packs: false, pay: false }), counts, effort)
  const all = foundBy(offers, money, choice, { packs: true, pay: true }, counts, effort)
  const each = money.credits[0] ?? 0
  const by_credits = each === 0 ? Number.POSITIVE_INFINITY : Math.floor(Number(choice.offer?.credits ?? 0n) / each)
  const held = kinds.length === 1 && choice.free[0] !== true ? Math.min(by_credits, choice.most) : Number.POSITIVE_INFINITY
  const holds_clips = Number.isFinite(held) ? held : null
  const with_the_rest_usd = all === null ? null : usdOf(money, all.cost)
  if (alone !== null) {
    const message = agreement(name, usd, cheapest)
    return rule({ name, usd, feasible: true, holds_clips, with_the_rest_usd, message }, cheapest)
  }
  const [kind] = kinds
  const of_what =
    holds_clips === null || kind === undefined
      ? 'not all of them'
      : `only ${holds_clips} clips of ${kind.seconds} s at ${formatSizeOrClass(kind.size)}`
  const message = `The rule says ${name} for $${usdText(usd)}, but its ${plan.credits} credits are ${of_what}, not ${total}${against(cheapest)}`
  return rule({ name, usd, feasible: false, holds_clips, with_the_rest_usd, message }, cheapest)
}

function agreement(name: string, usd: Rational, cheapest: Cheapest): string {
  if (cheapest === null) return `The rule says ${name} for $${usdText(usd)}.`
  const more = subtract(usd, cheapest.usd)
  if (more.n === 0n) return `The rule says ${name} for $${usdText(usd)}; nothing is cheaper.`
  return `The rule says ${name} for $${usdText(usd)}, which is $${usdText(more)} more than ${cheapest.name} for $${usdText(cheapest.usd)}.`
}

function against(cheapest: Cheapest): string {
  return cheapest === null ? '.' : `; all of them cost $${usdText(cheapest.usd)} (${cheapest.name}).`
}

function rule(of: Omit<Rule, 'says' | 'difference_usd'>, cheapest: Cheapest): Rule {
  return { says: RULE, ...of, difference_usd: of.usd === null || !of.feasible || cheapest === null ? null : subtract(of.usd, cheapest.usd) }
}

function plus(sum: Rational, usd: Rational, times: number): Rational {
  return ratio(sum.n * usd.d + usd.n * BigInt(times) * sum.d, sum.d * usd.d)
}
