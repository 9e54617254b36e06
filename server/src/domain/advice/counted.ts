import { multiply, type Rational, ratio } from '../rational.ts'
import { type Cover, coverBy } from './cover.ts'
import type { Terms } from './least.ts'
import type { Offers, PlanOffer } from './offers.ts'

/** The offers in whole numbers: money in the largest unit of which every price is a multiple. */
export interface Counted {
  /** Dollars of one unit. */
  readonly unit_usd: Rational
  /** Of an offer's price. */
  units(usd: Rational): number
  readonly pay: readonly (number | null)[]
  readonly credits: readonly (number | null)[]
  /** The first is to have no plan. */
  readonly choices: readonly Choice[]
  readonly cover: Cover | null
}

export interface Choice {
  readonly offer: PlanOffer | null
  readonly cost: number
  readonly credits: number
  readonly most: number
  readonly makes: readonly boolean[]
  readonly free: readonly boolean[]
  /** Packs give as many credits for no more money, and bind to nothing: never the answer. */
  readonly dominated: boolean
}

/** Sums in floating point are exact below this, and room is left for bounds. */
const EXACT = 2 ** 50

/** @param clips the most of each kind that will be asked for. Null: the sums would not be exact. */
export function counted(offers: Offers, clips: readonly number[]): Counted | null {
  const plan_usd = ({ plan }: PlanOffer) => ratio(plan.price_micro, 1_000_000n)
  const pack_usd = offers.packs.map(({ price_micro }) => ratio(price_micro, 1_000_000n))
  const every_price = [...offers.pay_by_card.values()].flat()
  const prices = [...every_price.flatMap((offer) => offer?.usd ?? []), ...pack_usd, ...offers.plans.map(plan_usd)]
  const unit_usd = unitOf(prices)
  const units = (usd: Rational) => Number((usd.n * unit_usd.d) / (usd.d * unit_usd.n))
  const pay = offers.pay.map((offer) => (offer === null ? null : units(offer.usd)))
  const credits = offers.credits.map((one) => (one === null ? null : Number(one)))
  const packs = offers.packs.map((pack, at) => ({ cost: units(pack_usd[at] ?? ratio(0n)), credits: Number(pack.credits) }))
  const all_credits = clips.reduce((sum, count, at) => sum + count * (credits[at] ?? 0), 0)
  const all_paid = clips.reduce((sum, count, at) => sum + count * (pay[at] ?? 0), 0)
  const by_packs = packs.map(({ cost, credits: held }) => cost * Math.ceil(all_credits / held + 1))
  const choices = [nothing(credits), ...offers.plans.map((offer) => choiceOf(offer, units(plan_usd(offer)), all_credits))]
  const dearest = Math.max(...choices.map(({ cost }) => cost))
  if (all_credits + all_paid + dearest + (by_packs.length > 0 ? Math.min(...by_packs) : 0) > EXACT) return null
  const cover = coverBy(packs)
  const isDominated = ({ offer, cost, credits: given, free }: Choice) =>
    offer !== null && cover !== null && !free.includes(true) && cover.of(given).cost <= cost
  return { unit_usd, units, pay, credits, cover, choices: choices.map((choice) => ({ ...choice, dominated: isDominated(choice) })) }
}

function nothing(credits: readonly (number | null)[]): Choice {
  const makes = credits.map((one) => one !== null)
  return { offer: null, cost: 0, credits: 0, most: Number.POSITIVE_INFINITY, makes, free: makes.map(() => false), dominated: false }
}

function choiceOf(offer: PlanOffer, cost: number, usable: number): Choice {
  const { makes, relaxed, credits, most } = offer
  return {
    offer,
    cost,
    credits: Math.min(Number(credits), usable),
    most: most ?? Number.POSITIVE_INFINITY,
    makes,
    free: makes.map((made) => made && relaxed),
    dominated: false,
  }
}

/** What may be used beside the plan. */
export interface Beside {
  readonly packs: boolean
  readonly pay: boolean
}

export const EVERYTHING: Beside = { packs: true, pay: true }

/** From the plainest on: of equal prices the plainer one is the answer. */
export const BESIDE: readonly Beside[] = [
  { packs: false, pay: false },
  { packs: false, pay: true },
  { packs: true, pay: false },
  EVERYTHING,
]

export function termsOf({ pay, credits, cover }: Counted, choice: Choice, beside: Beside): Terms {
  return {
    cost: choice.cost,
    credits: choice.credits,
    most: choice.most,
    credits_each: credits.map((one, at) => (choice.makes[at] === true ? one : null)),
    pay_each: beside.pay ? pay : pay.map(() => null),
    cover: beside.packs ? cover : null,
    free: choice.free,
  }
}

/** The greatest amount of which all are multiples. */
function unitOf(prices: readonly Rational[]): Rational {
  const above = prices.filter(({ n }) => n > 0n)
  const d = above.reduce((least, one) => (least * one.d) / greatest(least, one.d), 1n)
  const n = above.reduce((common, one) => greatest(common, (one.n * d) / one.d), 0n)
  return n === 0n ? ratio(1n) : ratio(n, d)
}

function greatest(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatest(b, a % b)
}

export function usdOf({ unit_usd }: Pick<Counted, 'unit_usd'>, units: number): Rational {
  return multiply(unit_usd, ratio(BigInt(units)))
}
