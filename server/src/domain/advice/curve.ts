import type { Rational } from '../rational.ts'
import { type Range, spread } from './break-even.ts'
import { type Choice, type Counted, termsOf, usdOf } from './counted.ts'
import { type Effort, leastCost } from './least.ts'
import { cheapestOf, mixName, PACKS } from './mixes.ts'
import type { Offers } from './offers.ts'

/** What so many clips a month cost, for a chart. */
export interface Curves {
  readonly cheapest: readonly { readonly clips: number; readonly usd: Rational; readonly name: string }[]
  /** One for each plan, for packs, for each price list: by itself and whatever packs it takes. Null: it does not make so many. */
  readonly each: readonly { readonly name: string; readonly points: readonly { readonly clips: number; readonly usd: Rational | null }[] }[]
}

/** Points besides those where the answer changes. */
const STEPS = 40
const CHANGES_MAX = 20
const EACH_MAX = 8

export function curvesOf(offers: Offers, money: Counted, clips: readonly number[], ranges: readonly Range[], effort: Effort): Curves {
  const totals = totalsFor(clips, ranges)
  const spreads = totals.map((total) => ({ total, counts: spread(clips, total) }))
  const cheapest = spreads.flatMap(({ total, counts }) => {
    const found = cheapestOf(offers, money, counts, effort)
    return found === null || effort.left <= 0 ? [] : [{ clips: total, usd: usdOf(money, found.cost), name: mixName(found, money, counts) }]
  })
  const each = seriesOf(offers, money).map(({ name, cost }) => ({
    name,
    points: spreads.flatMap(({ total, counts }) => {
      const units = cost(counts, effort)
      return effort.left <= 0 ? [] : [{ clips: total, usd: units === null ? null : usdOf(money, units) }]
    }),
  }))
  return {
    cheapest,
    each: each.filter(({ points }) => points.some(({ clips: total, usd }) => total > 0 && usd !== null)).slice(0, EACH_MAX),
  }
}

/** Up to twice what was asked for, evenly, with both sides of every change. */
function totalsFor(clips: readonly number[], ranges: readonly Range[]): readonly number[] {
  const end = Math.max(20, 2 * clips.reduce((sum, count) => sum + count, 0))
  const even = Array.from({ length: STEPS + 1 }, (_, step) => Math.round((end * step) / STEPS))
  const changes = ranges.flatMap(({ from }) => [from - 1, from]).filter((total) => total > 1 && total < end)
  return [...new Set([...even, ...changes.slice(0, 2 * CHANGES_MAX)])].sort((a, b) => a - b)
}

interface Series {
  readonly name: string
  /** Null: it does not make them. */
  cost(counts: readonly number[], effort: Effort): number | null
}

function seriesOf(offers: Offers, money: Counted): readonly Series[] {
  const by_choice = (choice: Choice, name: string): Series => ({
    name,
    cost: (counts, effort) => leastCost(termsOf(money, choice, { packs: true, pay: false }), counts, effort)?.cost ?? null,
  })
  return [
    ...[...offers.pay_by_card].map(([card, pay]): Series => {
      const prices = pay.map((offer) => (offer === null ? null : money.units(offer.usd)))
      return {
        name: card.title,
        cost: (counts) =>
          counts.reduce<number | null>((sum, count, at) => {
            const price = prices[at] ?? null
            return sum === null || (price === null && count > 0) ? null : sum + count * (price ?? 0)
          }, 0),
      }
    }),
    ...money.choices.flatMap((choice) => {
      const plan = choice.offer?.plan ?? null
      if (plan === null) return money.cover === null ? [] : [by_choice(choice, PACKS)]
      return [by_choice(choice, money.cover === null || choice.free.includes(true) ? plan.name : `${plan.name} + packs`)]
    }),
  ]
}
