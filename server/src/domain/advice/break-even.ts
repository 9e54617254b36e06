import type { Counted } from './counted.ts'
import type { Effort } from './least.ts'
import { cheapestOf, mixName, partsOf } from './mixes.ts'
import type { Offers } from './offers.ts'
import { type Answer, isSame, staysBest } from './stretch.ts'

// At which numbers of clips a month another answer becomes the cheapest. Exact without trying every number: whole stretches are proved at once.

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

/**
 * The cheapest answers from one clip a month on.
 * @param tries how many stretches may be looked at
 * @returns `exact_to`: so far nothing is left out; null: as far as can be asked
 */
export function breakEvens(offers: Offers, money: Counted, shares: readonly number[], effort: Effort, tries: number) {
  const at = (total: number): Seen => {
    const clips = spread(shares, total)
    const found = cheapestOf(offers, money, clips, effort)
    if (found === null) return { total, answer: null, name: NOBODY, cost: null }
    const answer = { choice: found.choice, beside: partsOf(found, money, clips) }
    return { total, answer, name: mixName(found, money, clips), cost: found.cost }
  }
  const ranges: Range[] = []
  const close = ({ total, name, cost }: Seen, to: number | null) => ranges.push({ from: total, to, name, cost })
  let begun = at(1)
  let seen = 1 // nothing changes from `begun` to here
  let stride = 1
  for (let left = tries; left > 0 && seen < CLIPS_MAX; left -= 1) {
    const until = Math.min(seen + stride, CLIPS_MAX)
    const stays = stride > 1 && staysBest(begun.answer, { few: least(shares, seen), many: most(shares, until) }, money, effort)
    const then = stride === 1 ? at(until) : null
    if (effort.left <= 0) break // what was seen last may not be the cheapest
    if (!stays && then === null) {
      stride = Math.max(1, Math.floor(stride / 4))
      continue
    }
    if (then !== null && !isSame(begun.answer, then.answer)) {
      close(begun, seen)
      begun = then
    }
    seen = until
    stride *= 2
  }
  const exact_to = seen < CLIPS_MAX ? seen : null
  close(begun, exact_to)
  return { ranges, exact_to }
}

interface Seen {
  readonly total: number
  readonly answer: Answer | null
  readonly name: string
  readonly cost: number | null
}

const NOBODY = 'Nobody'
