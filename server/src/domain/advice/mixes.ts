import { BESIDE, type Beside, type Choice, type Counted, EVERYTHING, termsOf } from './counted.ts'
import { type Effort, leastCost } from './least.ts'
import type { Offers, PayOffer } from './offers.ts'

/** One way to make all the clips: a plan or none, packs, the rest paid each for itself. */
export interface Found {
  readonly choice: Choice
  /** In units of money. */
  readonly cost: number
  /** Of each kind, out of credits, or in a plan's relaxed lane for nothing. */
  readonly by_credits: readonly number[]
  /** By whom the rest of each kind is made. */
  readonly pay: readonly (PayOffer | null)[]
}

/** What it takes beside the plan. */
export type Parts = Beside

/** The cheapest of each make-up (this plan with packs, that price list alone, …), the cheapest first; of equal ones the plainer, without a plan before with one. */
export function foundMixes(offers: Offers, money: Counted, clips: readonly number[], effort: Effort): readonly Found[] {
  const mixed = money.choices.flatMap((choice) =>
    BESIDE.flatMap((beside) => within(effort, (own) => foundBy(offers, money, choice, beside, clips, own)) ?? []),
  )
  const alone = [...offers.pay_by_card.values()].flatMap((pay) => byCard(money, pay, clips) ?? [])
  const used = [...mixed, ...alone].filter((one) => one.choice.offer === null || one.by_credits.some((count) => count > 0))
  const alike = Map.groupBy(
    used.sort((a, b) => a.cost - b.cost),
    (one) => mixName(one, money, clips),
  )
  return [...alike.values()].flatMap((same) => same.slice(0, 1))
}

/** However little effort is left, each search may take the few steps to some answer. */
export function within(effort: Effort, search: (own: Effort) => Found | null): Found | null {
  const given = Math.max(effort.left, STEPS_LEAST)
  const own: Effort = { left: given }
  const found = search(own)
  effort.left = Math.max(0, effort.left - (given - own.left))
  return found
}

const STEPS_LEAST = 500

export function foundBy(
  offers: Offers,
  money: Counted,
  choice: Choice,
  beside: Beside,
  clips: readonly number[],
  effort: Effort,
): Found | null {
  const least = leastCost(termsOf(money, choice, beside), clips, effort)
  return least === null ? null : { choice, pay: offers.pay, ...least }
}

/** All of it by one price list; null: it does not sell all. */
function byCard(money: Counted, pay: readonly (PayOffer | null)[], clips: readonly number[]): Found | null {
  const [choice] = money.choices
  if (choice === undefined || clips.some((count, at) => count > 0 && (pay[at] ?? null) === null)) return null
  const cost = clips.reduce((sum, count, at) => sum + count * units(money, pay[at] ?? null), 0)
  return { choice, cost, by_credits: clips.map(() => 0), pay }
}

function units(money: Counted, offer: PayOffer | null): number {
  return offer === null ? 0 : money.units(offer.usd)
}

/** The cheapest of all; of equal ones the plainest. Null: nobody makes them. */
export function cheapestOf(offers: Offers, money: Counted, clips: readonly number[], effort: Effort): Found | null {
  let best: Found | null = null
  for (const choice of money.choices) {
    if (choice.dominated || (best !== null && choice.cost >= best.cost)) continue
    const least = leastCost(termsOf(money, choice, EVERYTHING), clips, effort, best?.cost)
    if (least !== null) best = { choice, pay: offers.pay, ...least }
  }
  if (best === null) return null
  const { choice, cost } = best
  for (const beside of BESIDE) {
    const plain = foundBy(offers, money, choice, beside, clips, effort)
    if (plain !== null && plain.cost <= cost) return plain
  }
  return best
}

/** What its clips take of credits: those that the plan makes for nothing take what there is. */
export function creditsNeeded({ choice, by_credits }: Pick<Found, 'choice' | 'by_credits'>, { credits }: Counted): number {
  return by_credits.reduce((sum, count, at) => (choice.free[at] === true ? sum : sum + count * (credits[at] ?? 0)), 0)
}

export function partsOf(found: Found, money: Counted, clips: readonly number[]): Parts {
  const pay = clips.some((count, at) => count > (found.by_credits[at] ?? 0))
  return { pay, packs: creditsNeeded(found, money) > found.choice.credits }
}

/** @example 'Plus + packs + Aggregator, per call' */
export function mixName(found: Found, money: Counted, clips: readonly number[]): string {
  const { packs } = partsOf(found, money, clips)
  const cards = found.pay.flatMap((offer, at) =>
    (clips[at] ?? 0) > (found.by_credits[at] ?? 0) && offer !== null ? [offer.card.title] : [],
  )
  const plan = found.choice.offer?.plan.name ?? null
  const parts = [plan ?? [], packs ? (plan === null ? PACKS : 'packs') : [], ...new Set(cards)].flat()
  return parts.join(' + ') || NOTHING
}

/** What no clips come to. */
export const NOTHING = 'Nothing'
export const PACKS = 'Packs'
