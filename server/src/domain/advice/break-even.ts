import { type Beside, type Choice, type Counted, termsOf } from './counted.ts'
import { type Effort, leastCost } from './least.ts'
import { cheapestOf, type Found, mixName, partsOf } from './mixes.ts'
import type { Offers } from './offers.ts'

// At which numbers of clips a month another answer becomes the cheapest. Exact without trying every number: what more clips cost only grows, and what
// is saved against paying each for itself only grows too, so the costs at both ends of a stretch can prove that nothing changes within it.

export interface Range {
  readonly from: number
  /** Null: as far as can be asked. */
  readonly to: number | null
  readonly name: string
  /** At `from`, in units of money; null: nobody makes so many. */
  readonly cost: number | null
}

/** As many clips a month as may be asked for. */
export const CLIPS_MAX = 1_000_000

/** So many clips in all, of kinds in the proportions asked for. All the same if none were asked for. */
export function spread(shares: readonly number[], total: number): readonly number[] {
  const sum = shares.reduce((all, share) => all + share, 0)
  let [before, counted] = [0, 0]
  return shares.map((share) => {
    before += sum === 0 ? 1 : share
    const until = Math.floor((before * total) / (sum === 0 ? shares.length : sum))
    const own = until - counted
    counted = until
    return own
  })
}

/** Never fewer than `spread` has of any kind from the first number to the last. */
function most(shares: readonly number[], total: number): readonly number[] {
  return least(shares, total).map((count) => count + (shares.length > 1 ? 1 : 0))
}

function least(shares: readonly number[], total: number): readonly number[] {
  const sum = shares.reduce((all, share) => all + share, 0)
  return shares.map((share) => Math.floor(((sum === 0 ? 1 : share) * total) / (sum === 0 ? shares.length : sum)))
}

/** What an answer is made of; the same parts are the same answer. */
interface Answer {
  readonly choice: Choice
  readonly beside: Beside
}

/**
 * The cheapest answers from one clip a month on.
 * @param tries how many stretches may be looked at
 * @returns `exact_to`: so far nothing is left out; null: as far as can be asked
 */
export function breakEvens(offers: Offers, money: Counted, shares: readonly number[], effort: Effort, tries: number) {
  const at = (total: number) => cheapestOf(offers, money, spread(shares, total), effort)
  const ranges: Range[] = []
  let now = at(1)
  let from = 1
  let seen = 1 // nothing changes from `from` to here
  let stride = 1
  const close = (to: number | null) => {
    const clips = spread(shares, from)
    const first = at(from)
    ranges.push({ from, to, name: first === null ? 'Nobody' : mixName(first, money, clips), cost: first?.cost ?? null })
  }
  for (let left = tries; left > 0 && seen < CLIPS_MAX && effort.left > 0; left -= 1) {
    const until = Math.min(seen + stride, CLIPS_MAX)
    if (stride > 1 && !staysBest(answerOf(now, money, spread(shares, seen)), seen, until, money, shares, effort)) {
      stride = Math.max(1, Math.floor(stride / 4))
      continue
    }
    const then = at(until)
    if (stride === 1 && !isSame(answerOf(now, money, spread(shares, seen)), answerOf(then, money, spread(shares, until)))) {
      close(seen)
      from = until
    }
    now = then
    seen = until
    stride *= 2
  }
  const is_all = seen >= CLIPS_MAX && effort.left > 0
  close(is_all ? null : seen)
  return { ranges, exact_to: is_all ? null : seen }
}

function answerOf(found: Found | null, money: Counted, clips: readonly number[]): Answer | null {
  return found === null ? null : { choice: found.choice, beside: partsOf(found, money, clips) }
}

function isSame(a: Answer | null, b: Answer | null): boolean {
  if (a === null || b === null) return a === b
  return a.choice === b.choice && a.beside.packs === b.beside.packs && a.beside.pay === b.beside.pay
}

/** Whether an answer surely stays the cheapest from one number of clips to another. */
function staysBest(answer: Answer | null, from: number, to: number, money: Counted, shares: readonly number[], effort: Effort): boolean {
  const [few, many] = [least(shares, from), most(shares, to)]
  const cost = ({ choice, beside }: Answer, clips: readonly number[]) =>
    leastCost(termsOf(money, choice, beside), clips, effort)?.cost ?? Infinity
  const everything = { packs: true, pay: true }
  // Where nobody makes a few of them, nobody makes more.
  if (answer === null) return money.choices.every((choice) => cost({ choice, beside: everything }, few) === Infinity)
  const paid = (clips: readonly number[]) => clips.reduce((sum, count, at) => sum + count * (money.pay[at] ?? Infinity), 0)
  const saved = (one: Answer, clips: readonly number[]) => paid(clips) - cost(one, clips)
  const is_payable = money.pay.every((price) => price !== null)
  const own_most = cost(answer, many)
  const own_saved = is_payable && answer.beside.pay ? saved(answer, few) : null
  const loses = (other: Answer, first: boolean) => {
    const at_least = cost(other, few)
    if (at_least === Infinity || (first ? at_least > own_most : at_least >= own_most)) return true
    if (own_saved === null || !other.beside.pay) return false
    const at_most = saved(other, many)
    return first ? at_most < own_saved : at_most <= own_saved
  }
  const own = money.choices.indexOf(answer.choice)
  return money.choices.every((choice, at) => {
    if (choice !== answer.choice) return loses({ choice, beside: everything }, at < own)
    return OTHERS.every((beside) => {
      const other = { choice, beside }
      const first = rank(beside) < rank(answer.beside)
      return isSame(other, answer) || loses(other, first) || (!first && !beside.pay && loses({ choice, beside: everything }, false))
    })
  })
}

const OTHERS: readonly Beside[] = [
  { packs: false, pay: false },
  { packs: false, pay: true },
  { packs: true, pay: false },
  { packs: true, pay: true },
]

/** In the order in which equal ones are chosen. */
function rank({ packs, pay }: Beside): number {
  return (packs ? 2 : 0) + (pay ? 1 : 0)
}
