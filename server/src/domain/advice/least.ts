import { atLeast, type Cover, gcd } from './cover.ts'

// The cheapest way to make a month's clips with one plan, or none: how many of each kind out of credits, the rest paid each for itself. A search over
// few variables, with a bound that lets clips and packs be divided: whatever the bound rules out is no answer, so what is found is the least there is.

/** All amounts are whole numbers: money in the smallest unit that all prices share. */
export interface Terms {
  /** Of the plan, however much of it is used. */
  readonly cost: number
  /** That it gives. */
  readonly credits: number
  /** No more clips than this out of credits. */
  readonly most: number
  /** That a clip of each kind takes; null: none is made of credits. */
  readonly credits_each: readonly (number | null)[]
  /** What a clip of each kind costs for itself; null: nobody sells it. */
  readonly pay_each: readonly (number | null)[]
  /** Null: no packs. */
  readonly cover: Cover | null
  /** Kinds that the plan makes for nothing. */
  readonly free: readonly boolean[]
}

export interface Least {
  readonly cost: number
  /** Of each kind; the others are paid each for itself. */
  readonly by_credits: readonly number[]
}

/** How many steps a search may still take. */
export interface Effort {
  left: number
}

/** Clips at one price in credits and one in money, of however many of the kinds asked for. */
interface Kind {
  readonly of: readonly number[]
  readonly clips: number
  readonly credits: number
  readonly pay: number
}

/**
 * Null: it cannot be made so, or not for less than `below`. Should the effort run out, `effort.left` is 0 and the answer is the best one seen.
 * @param clips of each kind
 */
export function leastCost(terms: Terms, clips: readonly number[], effort: Effort, below = Number.POSITIVE_INFINITY): Least | null {
  const by_credits = clips.map(() => 0)
  const open: { readonly at: number; readonly credits: number; readonly pay: number }[] = []
  let [used, made, cost] = [0, 0, terms.cost]
  for (const [at, count] of clips.entries()) {
    const [pay, credits] = [terms.pay_each[at] ?? null, terms.credits_each[at] ?? null]
    if (count === 0) continue
    if (terms.free[at]) by_credits[at] = count
    else if (pay === null) {
      if (credits === null) return null
      by_credits[at] = count
      used += count * credits
      made += count
    } else if (credits === null || pay === 0) cost += count * pay
    else open.push({ at, credits, pay })
  }
  if (made > terms.most || (terms.cover === null && used > terms.credits)) return null
  const kinds = [...Map.groupBy(open, ({ credits, pay }) => `${credits} ${pay}`).values()].flatMap((alike): Kind[] => {
    const [first] = alike
    const of = alike.map(({ at }) => at)
    return first === undefined ? [] : [{ ...first, of, clips: of.reduce((sum, at) => sum + (clips[at] ?? 0), 0) }]
  })
  const found = searched(terms, kinds.sort(byWorth), { used, made, cost }, effort, below)
  if (found === null) return null
  for (const { kind, taken } of found.taken) {
    let rest = taken
    for (const at of kind.of) {
      const here = Math.min(rest, clips[at] ?? 0)
      by_credits[at] = here
      rest -= here
    }
  }
  return { cost: found.cost, by_credits }
}

/** First what saves the most money for each credit. */
function byWorth(a: Kind, b: Kind): number {
  return b.pay * a.credits - a.pay * b.credits || b.pay - a.pay
}

interface Begun {
  readonly used: number
  readonly made: number
  readonly cost: number
}

interface Searched {
  readonly cost: number
  readonly taken: readonly { readonly kind: Kind; readonly taken: number }[]
}

function searched(terms: Terms, kinds: readonly Kind[], begun: Begun, effort: Effort, below: number): Searched | null {
  const { cover } = terms
  // Credits that no number of clips and packs can use are no use.
  const step = [...kinds.map(({ credits }) => credits), ...(cover === null ? [] : [cover.step])].reduce(gcd, 0)
  const given = step === 0 ? terms.credits : begun.used + Math.floor((terms.credits - begun.used) / step) * step
  const bound = boundOf(kinds, given, terms.most, cover?.rate ?? Number.POSITIVE_INFINITY)
  const seen = new Map<string, number>()
  const counts = kinds.map(() => 0)
  let least = below
  let found: readonly number[] | null = null

  const visit = (level: number, used: number, made: number, cost: number): void => {
    if (effort.left <= 0) return
    effort.left -= 1
    const kind = kinds[level]
    if (kind === undefined) {
      const bought = cover === null ? null : cover.of(used - given)
      if (bought?.exact === false) effort.left = 0
      const total = cost + (bought?.cost ?? 0)
      if (total < least) [least, found] = [total, [...counts]]
      return
    }
    const { clips, credits, pay } = kind
    const waiting = kinds.filter((other, at) => at < level && (counts[at] ?? 0) < other.clips)
    if (level > 1 && wasSeen(seen, `${level} ${used} ${made} ${waiting.map(({ of }) => of)}`, cost)) return
    const by_room = cover === null && credits > 0 ? Math.floor((given - used) / credits) : clips
    // A clip that takes no fewer credits and costs no more has its turn after all of those that it could be exchanged for.
    const is_behind = waiting.some((other) => other.credits <= credits && other.pay >= pay)
    const most = is_behind ? 0 : Math.min(clips, terms.most - made, by_room)
    const lowest = (count: number) => cost + pay * (clips - count) + bound(level + 1, used + credits * count, made + count)
    const go = (count: number): boolean => {
      if (atLeast(lowest(count)) >= least) return false
      counts[level] = count
      visit(level + 1, used + credits * count, made + count, cost + pay * (clips - count))
      return true
    }
    // The bound falls, then rises: from its lowest point outwards until it rules out the rest.
    const bottom = lowestPoint(lowest, most)
    for (let count = bottom; count >= 0 && go(count); count -= 1);
    for (let count = bottom + 1; count <= most && go(count); count += 1);
    counts[level] = 0
  }
  visit(0, begun.used, begun.made, begun.cost)
  const taken: readonly number[] | null = found
  return taken === null ? null : { cost: least, taken: kinds.map((kind, level) => ({ kind, taken: taken[level] ?? 0 })) }
}

/** Where a function that falls and then rises is least, from 0 to `most`. */
function lowestPoint(value: (at: number) => number, most: number): number {
  let [from, to] = [0, most]
  while (from < to) {
    const middle = Math.floor((from + to) / 2)
    if (value(middle + 1) < value(middle)) from = middle + 1
    else to = middle
  }
  return from
}

/** Whether as much was used by other clips at no more cost: what follows is the same. */
function wasSeen(seen: Map<string, number>, key: string, cost: number): boolean {
  const before = seen.get(key)
  if (before !== undefined && before <= cost) return true
  seen.set(key, cost)
  return false
}

type Bound = (level: number, used: number, made: number) => number

/** What the kinds from a level on cost at least, packs included. */
function boundOf(kinds: readonly Kind[], given: number, most: number, rate: number): Bound {
  const levels = [...kinds, null].map((_, level) => {
    const rest = kinds.slice(level)
    const clips = rest.reduce((sum, kind) => sum + kind.clips, 0)
    return { clips, unbound: relaxedBound(rest, rate, 0), capped: capPrices(rest, rate).map((price) => relaxedBound(rest, rate, price)) }
  })
  return (level, used, made) => {
    const { clips = 0, unbound, capped = [] } = levels[level] ?? {}
    const room = given - used
    let highest = unbound?.(room, 0) ?? 0
    if (made + clips <= most) return highest
    // The cap on clips counts too: each takes a place under it, at the price that makes the bound highest.
    for (const bound of capped) highest = Math.max(highest, bound(room, most - made))
    return highest
  }
}

/** The prices of a place under the cap at which the order of kinds changes: one of them is the one that a bound is highest at. */
function capPrices(kinds: readonly Kind[], rate: number): readonly number[] {
  const prices = kinds.flatMap((a, at) => [
    a.pay,
    ...(Number.isFinite(rate) ? [a.pay - rate * a.credits] : []),
    ...kinds
      .slice(0, at)
      .flatMap((b) => (a.credits === b.credits ? [] : [(a.pay * b.credits - b.pay * a.credits) / (b.credits - a.credits)])),
  ])
  return [...new Set(prices)].filter((price) => price > 0)
}

/** With clips and packs divided at will, and a price for each place under the cap: below every real cost. */
function relaxedBound(kinds: readonly Kind[], rate: number, cap_price: number): (room: number, places: number) => number {
  const worth = (kind: Kind) => (kind.credits === 0 ? Number.POSITIVE_INFINITY : (kind.pay - cap_price) / kind.credits)
  const paid = kinds.reduce((sum, { pay, clips }) => sum + pay * clips, 0)
  const order = kinds.filter(({ pay }) => pay > cap_price).sort((a, b) => worth(b) - worth(a))
  return (given, places) => {
    let room = given
    let cost = paid - cap_price * places
    if (room < 0) {
      cost -= room * rate
      room = 0
    }
    for (const { clips, credits, pay } of order) {
      const gain = pay - cap_price
      const held = credits === 0 ? clips : Math.min(clips, room / credits)
      room -= held * credits
      cost -= gain * held
      if (held < clips && gain > rate * credits) cost -= (gain - rate * credits) * (clips - held)
    }
    return cost
  }
}
