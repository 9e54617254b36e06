import { type Rational, subtract } from '../rational.ts'
import type { AdviceAsked, Shelf } from './asked.ts'
import { breakEvens, CLIPS_MAX, type Range, spread } from './break-even.ts'
import { type Counted, counted, usdOf } from './counted.ts'
import { type Curves, curvesOf } from './curve.ts'
import type { Effort } from './least.ts'
import { type Line, linesOf } from './lines.ts'
import { type Loosened, loosen } from './loosen.ts'
import { cheapestOf, foundMixes, mixName, within } from './mixes.ts'
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
/** Steps of the search for the answer itself, and for what is shown beside it: no more than a moment. Price lists that are known take a hundredth. */
const EFFORT = 200_000
const EFFORT_BESIDE = 50_000
const STRETCHES = 400
/** For every demand that may be given up together. */
const EFFORT_LOOSEN = 50_000

/** The cheapest feasible mix for a month, with all that speaks for it. Pure. Null: amounts that cannot be counted exactly. @param all the shelf without the names asked for */
export function advise(asked: AdviceAsked, shelf: Shelf, all: Shelf = shelf): Advice | null {
  const answer = answers(asked, shelf)
  if (answer === null) return null
  const { offers, money, proven, mixes } = answer
  const clips = asked.kinds.map((kind) => kind.clips)
  const [cheapest = null, ...others] = mixes
  const effort = (): Effort => ({ left: EFFORT_BESIDE })
  const of_loosening: Effort = { left: EFFORT_LOOSEN }
  const evens = breakEvens(offers, money, clips, effort(), STRETCHES)
  return {
    cheapest,
    alternatives: others.slice(0, ALTERNATIVES_MAX),
    proven,
    break_even: evens.ranges.map(({ cost, ...range }) => ({ ...range, usd: cost === null ? null : usdOf(money, cost) })),
    break_even_exact_to: evens.exact_to,
    curves: curvesOf(offers, money, clips, evens.ranges, effort()),
    rule: ruleOfThumb(asked, shelf, offers, money, cheapest, effort()),
    refused: offers.refused,
    loosen: cheapest === null ? loosen(asked, shelf, all, (other, there) => leastOf(other, there, of_loosening)) : [],
  }
}

export interface Answers {
  readonly offers: Offers
  readonly money: Counted
  /** The cheapest first. */
  readonly mixes: readonly Mix[]
  readonly proven: boolean
}

/** All the mixes worth telling of, and nothing besides. Null: as of `advise`. */
export function answers(asked: AdviceAsked, shelf: Shelf): Answers | null {
  const offers = offersFor(asked, shelf)
  const clips = asked.kinds.map((kind) => kind.clips)
  const money = counted(offers, largest(clips))
  if (money === null) return null
  const effort: Effort = { left: EFFORT }
  const found = foundMixes(offers, money, clips, effort)
  const least = usdOf(money, found[0]?.cost ?? 0)
  const mixes = found.map((one): Mix => {
    const usd = usdOf(money, one.cost)
    const lines = linesOf(one, offers, money, asked.kinds, shelf)
    return { name: mixName(one, money, clips), usd, lines, difference_usd: subtract(usd, least) }
  })
  return { offers, money, mixes, proven: effort.left > 0 }
}

/** The cheapest alone: where many are asked after, nobody can wait for all mixes of each. */
function leastOf(asked: AdviceAsked, shelf: Shelf, effort: Effort): Pick<Mix, 'name' | 'usd'> | null {
  const offers = offersFor(asked, shelf)
  const clips = asked.kinds.map((kind) => kind.clips)
  const money = counted(offers, largest(clips))
  const found = money === null ? null : within(effort, (own) => cheapestOf(offers, money, clips, own))
  return money === null || found === null ? null : { name: mixName(found, money, clips), usd: usdOf(money, found.cost) }
}

/** What break-even points and curves look at is more than was asked for. */
function largest(clips: readonly number[]): readonly number[] {
  const most = spread(clips, Math.max(CLIPS_MAX, 2 * clips.reduce((sum, count) => sum + count, 0)))
  return clips.map((count, at) => Math.max(count, most[at] ?? 0) + 1)
}
