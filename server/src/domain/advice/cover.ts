/** Whole packs, for so many credits at the least money. */
export interface Cover {
  /** No credit is cheaper than this. */
  readonly rate: number
  /** What more than `rate` a number of credits costs at most: one more of the pack that has that rate. */
  readonly largest: number
  /** What every number of bought credits is a multiple of. */
  readonly step: number
  /** How many of each pack; the cost is exact. */
  of(credits: number): Covered
}

export interface Covered {
  readonly cost: number
  readonly packs: readonly number[]
  /** False: the search took too long, and there may be something cheaper. Packs of like prices and awkward sizes do that. */
  readonly exact: boolean
}

export interface CountedPack {
  readonly cost: number
  readonly credits: number
}

const STEPS_MAX = 50_000

/** Null: there is no pack. Remembers what it worked out. */
export function coverBy(packs: readonly CountedPack[]): Cover | null {
  const sorted = [...packs.entries()]
    .filter(([at, pack]) => !packs.some((other, other_at) => isBetter(other, pack, other_at < at)))
    .map(([at, pack]) => ({ ...pack, at, rate: pack.cost / pack.credits }))
    .sort((a, b) => a.cost * b.credits - b.cost * a.credits || b.credits - a.credits)
  const [best] = sorted
  if (best === undefined) return null
  const step = packs.map(({ credits }) => credits).reduce(gcd)
  const largest = Math.max(...sorted.map(({ credits }) => credits))
  const known = new Map<number, Covered>()

  function search(credits: number): Covered {
    let least = Number.POSITIVE_INFINITY
    let chosen: readonly number[] = []
    let steps = 0
    const counts = packs.map(() => 0)
    const visit = (level: number, rest: number, cost: number): void => {
      steps += 1
      if (steps > STEPS_MAX) return
      if (rest <= 0) {
        if (cost < least) [least, chosen] = [cost, [...counts]]
        return
      }
      const pack = sorted[level]
      if (pack === undefined) return
      const next_rate = sorted[level + 1]?.rate ?? Number.POSITIVE_INFINITY
      const most = Math.ceil(rest / pack.credits)
      // Of so many other packs some together hold a multiple of this one's credits, and cost no less than as many of it.
      const fewest = Math.max(0, Math.floor((rest - (pack.credits / step) * largest) / pack.credits))
      for (let count = most; count >= fewest; count -= 1) {
        const left = rest - count * pack.credits
        const lowest = cost + count * pack.cost + (left > 0 ? left * next_rate : 0)
        if (atLeast(lowest) >= least) {
          if (left > 0) break // fewer of the cheapest cost more
          continue
        }
        counts[pack.at] = count
        visit(level + 1, left, cost + count * pack.cost)
      }
      counts[pack.at] = 0
    }
    visit(0, credits, 0)
    return { cost: least, packs: chosen, exact: steps <= STEPS_MAX }
  }

  return {
    rate: best.rate,
    largest: best.cost,
    step,
    of(credits) {
      if (credits <= 0) return { cost: 0, packs: packs.map(() => 0), exact: true }
      const needed = Math.ceil(credits / step) * step
      const before = known.get(needed)
      if (before !== undefined) return before
      const found = search(needed)
      known.set(needed, found)
      return found
    },
  }
}

function isBetter(a: CountedPack, b: CountedPack, first: boolean): boolean {
  if (a === b) return false
  const same = a.cost === b.cost && a.credits === b.credits
  return same ? first : a.cost <= b.cost && a.credits >= b.credits
}

/** The least whole number that a lower bound in floating point surely does not pass. */
export function atLeast(bound: number): number {
  return Math.ceil(bound - Math.max(1e-6, bound * 4e-15))
}

export function gcd(a: number, b: number): number {
  let [x, y] = [a, b]
  while (y !== 0) [x, y] = [y, x % y]
  return x
}
