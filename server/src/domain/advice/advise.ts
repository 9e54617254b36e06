import { type Rational, ratio, subtract } from '../rational.ts'
import type { AdviceAsked, Shelf } from './asked.ts'
import { breakEvens, CLIPS_MAX, type Range, spread } from './break-even.ts'
import { type Counted, counted, usdOf } from './counted.ts'
import { type Curves, curvesOf } from './curve.ts'
import type { Effort } from './least.ts'
import { type Line, linesOf } from './lines.ts'
import { type Loosened, loosen } from './loosen.ts'
import { type Found, foundMixes, mixName } from './mixes.ts'
import { type Offers, offersFor, type Refusal } from './offers.ts'
import { type Rule, ruleOfThumb } from './rule.ts'

export interface Mix {
  readonly name: string
  readonly usd: Rational
  readonly lines: readonly Line[]
  /** Dearer than the cheapest. */
  readonly difference_usd: Rational
}

export interface Advice {
  readonly cheapest: Mix | null
  /** The cheapest first. */
  readonly alternatives: readonly Mix[]
  /** False: the search was given up before it was certain that nothing is cheaper. */
  readonly proven: boolean
  readonly break_even: readonly (Omit<Range, 'cost'> & { readonly usd: Rational | null })[]
  /** No break-even point is missing up to here; null: as far as can be asked. */
  readonly break_even_exact_to: number | null
  readonly curves: Curves
  readonly rule: Rule
  readonly refused: readonly Refusal[]
  readonly loosen: readonly Loosened[]
}

const ALTERNATIVES_MAX = 8
/** Steps of the search for the answer itself, and for all that is shown beside it. More than any price list known takes, and still a moment. */
const EFFORT = 2_000_000
const EFFORT_BESIDE = 400_000
const STRETCHES = 150

/** The cheapest feasible mix for a month, with all that speaks for it. Pure. Null: amounts that cannot be counted exactly. */
export function advise(asked: AdviceAsked, shelf: Shelf): Advice | null {
  const offers = offersFor(asked, shelf)
  const clips = asked.kinds.map((kind) => kind.clips)
  const money = counted(offers, largest(clips))
  if (money === null) return null
  const effort: Effort = { left: EFFORT }
  const mixes = foundMixes(offers, money, clips, effort).map((found) => mixOf(found, offers, money, asked, shelf))
  const [cheapest = null, ...others] = mixes.map((mix) => ({ ...mix, difference_usd: subtract(mix.usd, mixes[0]?.usd ?? ratio(0n)) }))
  const proven = effort.left > 0
  const beside: Effort = { left: EFFORT_BESIDE }
  const evens = breakEvens(offers, money, clips, beside, STRETCHES)
  return {
    cheapest,
    alternatives: others.slice(0, ALTERNATIVES_MAX),
    proven,
    break_even: evens.ranges.map(({ cost, ...range }) => ({ ...range, usd: cost === null ? null : usdOf(money, cost) })),
    break_even_exact_to: evens.exact_to,
    curves: curvesOf(offers, money, clips, evens.ranges, beside),
    rule: ruleOfThumb(asked, shelf, offers, money, cheapest, beside),
    refused: offers.refused,
    loosen: cheapest === null ? loosen(asked, shelf, leastUsd) : [],
  }
}

function mixOf(found: Found, offers: Offers, money: Counted, { kinds }: AdviceAsked, shelf: Shelf): Omit<Mix, 'difference_usd'> {
  const name = mixName(
    found,
    money,
    kinds.map(({ clips }) => clips),
  )
  return { name, usd: usdOf(money, found.cost), lines: linesOf(found, offers, money, kinds, shelf) }
}

/** The answer alone. Null: nobody makes them. */
function leastUsd(asked: AdviceAsked, shelf: Shelf): { readonly name: string; readonly usd: Rational } | null {
  const offers = offersFor(asked, shelf)
  const clips = asked.kinds.map((kind) => kind.clips)
  const money = counted(offers, clips)
  const [found] = money === null ? [] : foundMixes(offers, money, clips, { left: EFFORT_BESIDE })
  return money === null || found === undefined ? null : { name: mixName(found, money, clips), usd: usdOf(money, found.cost) }
}

/** What break-even points and curves look at is more than was asked for. */
function largest(clips: readonly number[]): readonly number[] {
  const most = spread(clips, Math.max(CLIPS_MAX, 2 * clips.reduce((sum, count) => sum + count, 0)))
  return clips.map((count, at) => Math.max(count, most[at] ?? 0) + 1)
}
