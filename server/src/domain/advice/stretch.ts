import { BESIDE, type Beside, type Choice, type Counted, EVERYTHING, termsOf } from './counted.ts'
import { type Effort, leastCost } from './least.ts'

// Whether one answer stays the cheapest over a whole stretch of volumes. What more clips cost only grows, and what is saved against paying each for itself
// only grows too: so the ends of a stretch can prove it. Where neither does, packs may be divided at will: then all costs are straight lines.

/** What an answer is made of; the same parts are the same answer. */
export interface Answer {
  readonly choice: Choice
  readonly beside: Beside
}

/** From so many clips of each kind to so many: of no volume within are there fewer or more. */
export interface Stretch {
  readonly few: readonly number[]
  readonly many: readonly number[]
}

export function isSame(a: Answer | null, b: Answer | null): boolean {
  if (a === null || b === null) return a === b
  return a.choice === b.choice && a.beside.packs === b.beside.packs && a.beside.pay === b.beside.pay
}

/** Surely nothing else is cheaper in between, nor equal and to be preferred. False may only mean that it cannot be told so easily. */
export function staysBest(answer: Answer | null, { few, many }: Stretch, money: Counted, effort: Effort): boolean {
  const cost = ({ choice, beside }: Answer, clips: readonly number[]) =>
    leastCost(termsOf(money, choice, beside), clips, effort)?.cost ?? Number.POSITIVE_INFINITY
  const choices = money.choices.filter(({ dominated }) => !dominated)
  // Where nobody makes a few of them, nobody makes more.
  if (answer === null) return choices.every((choice) => cost({ choice, beside: EVERYTHING }, few) === Number.POSITIVE_INFINITY)
  const is_payable = money.pay.every((price) => price !== null)
  const paid = (clips: readonly number[]) => clips.reduce((sum, count, at) => sum + count * (money.pay[at] ?? 0), 0)
  const own_most = cost(answer, many)
  if (own_most === Number.POSITIVE_INFINITY) return false
  const own_saved = is_payable && answer.beside.pay ? paid(few) - cost(answer, few) : null
  const loses = (other: Answer, first: boolean): boolean => {
    const at_least = cost(other, few)
    if (at_least === Number.POSITIVE_INFINITY || (first ? at_least > own_most : at_least >= own_most)) return true
    if (linesDiffer(other, answer, { few, many }, money)) return true
    if (own_saved === null || !other.beside.pay) return false
    const saved = paid(many) - cost(other, many)
    return first ? saved < own_saved : saved <= own_saved
  }
  const own = choices.indexOf(answer.choice)
  return choices.every((choice, at) => {
    if (choice !== answer.choice) return loses({ choice, beside: EVERYTHING }, at < own)
    return BESIDE.every((beside, rank) => {
      if (beside.pay && !answer.beside.pay && money.pay.every((price) => price === null)) return true // the same as without
      const first = rank < BESIDE.findIndex((one) => isSame({ choice, beside: one }, answer))
      return isSame({ choice, beside }, answer) || loses({ choice, beside }, first)
    })
  })
}

/** Whether the least that one can cost, packs divided at will, is surely more than the most that the other does. */
function linesDiffer(other: Answer, answer: Answer, { few, many }: Stretch, money: Counted): boolean {
  const { cover } = money
  if (cover === null || !answer.beside.packs) return false
  const least = each(other, money, cover.rate)
  const most = each(answer, money, cover.rate)
  const by_credits = (at: number) => most[at] !== 0 && most[at] !== (answer.beside.pay ? money.pay[at] : null)
  const held = few.reduce((sum, count, at) => sum + (by_credits(at) ? count * (money.credits[at] ?? 0) : 0), 0)
  const made = many.reduce((sum, count, at) => sum + (by_credits(at) ? count : 0), 0)
  if (made > answer.choice.most) return false
  // Its credits are worth at most what the dearest clips per credit cost otherwise.
  const worth = Math.max(0, ...least.map((cost, at) => (other.choice.makes[at] === true ? cost / (money.credits[at] ?? 1) : 0)))
  const other_fixed = other.choice.cost - other.choice.credits * worth
  const own_fixed = answer.choice.cost - (held >= answer.choice.credits ? answer.choice.credits * cover.rate : 0) + cover.largest
  const sums = least.map((cost, at) => {
    const more = cost - (most[at] ?? 0)
    return more === 0 ? 0 : more * ((more > 0 ? few[at] : many[at]) ?? 0)
  })
  const difference = sums.reduce((sum, one) => sum + one, other_fixed - own_fixed)
  const size = Math.max(1, Math.abs(other_fixed), Math.abs(own_fixed), ...sums.map(Math.abs))
  return difference > size * 1e-9
}

/** Of one clip of each kind, credits at the rate of the cheapest pack. */
function each({ choice, beside }: Answer, { pay, credits }: Counted, rate: number): readonly number[] {
  return credits.map((one, at) => {
    if (choice.free[at] === true) return 0
    const by_credits = one === null || choice.makes[at] !== true || !beside.packs ? Number.POSITIVE_INFINITY : one * rate
    return Math.min(by_credits, (beside.pay ? pay[at] : null) ?? Number.POSITIVE_INFINITY)
  })
}
