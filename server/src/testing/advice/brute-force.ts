import type { ClipKind } from '../../domain/advice/asked.ts'
import { exactSize, type SizeClass } from '../../domain/order.ts'
import type { Plan } from '../../domain/plans.ts'
import type { RateCard } from '../../domain/rate-card.ts'
import type { Case } from './random-case.ts'

// The cheapest mix by trying all of them. Written from what plans, packs and price lists say, and from nothing of the advisor: it knows only the plain price
// lists of random cases (one line for each model and size, by the call or by the second).

/** In millionths of a dollar. Null: nobody makes them. */
export function cheapestByForce({ asked, shelf }: Case): bigint | null {
  const { kinds, needs } = asked
  const credits_ok = !(needs.api && shelf.of_the_app)
  const plans = credits_ok ? shelf.plans.filter((plan) => mayTake(plan, needs)) : []
  const paid = kinds.map((kind) => {
    const prices = shelf.pay_cards.flatMap((card) => amountOf(card, kind) ?? [])
    return Array.from({ length: kind.clips + 1 }, (_, count) => leastPaid(count, prices))
  })
  let least: bigint | null = null
  for (const plan of [null, ...plans]) {
    const each = kinds.map((kind) => (credits_ok && (plan === null || allows(plan, kind)) ? amountOf(shelf.credits_card, kind) : null))
    const given = plan === null ? 0n : plan.credits + 30n * (plan.credits_a_day?.[0]?.credits ?? 0n)
    const places = plan?.clips_a_day?.[0] === undefined ? Number.POSITIVE_INFINITY : plan.clips_a_day[0].clips * 30
    const slow = plan !== null && needs.relaxed && plan.relaxed && opens(plan, given, places, each)
    const packs = packsFor(credits_ok ? shelf.packs : [])
    const price = plan?.price_micro ?? 0n
    // For each kind: so many by credits, so many slowly, the rest paid each for itself.
    const walk = (at: number, cost: bigint, credits: bigint, made: number): void => {
      const kind = kinds[at]
      if (kind === undefined) {
        const bought = credits > given ? packs(credits - given) : 0n
        if (made <= places && bought !== null && (least === null || cost + bought < least)) least = cost + bought
        return
      }
      const one = each[at] ?? null
      for (let by_credits = 0; by_credits <= (one === null ? 0 : kind.clips); by_credits += 1) {
        for (let slowly = 0; slowly <= (slow && one !== null ? kind.clips - by_credits : 0); slowly += 1) {
          const rest = paid[at]?.[kind.clips - by_credits - slowly] ?? null
          if (rest !== null) walk(at + 1, cost + rest, credits + BigInt(by_credits) * ((one ?? 0n) / MICRO), made + by_credits)
        }
      }
    }
    walk(0, price, 0n, 0)
  }
  return least
}

const MICRO = 1_000_000n

/** Every way to share clips out among sellers. Null: there is none. */
function leastPaid(count: number, prices: readonly bigint[]): bigint | null {
  if (count === 0) return 0n
  const [price, ...others] = prices
  if (price === undefined) return null
  let least: bigint | null = null
  for (let here = 0; here <= count; here += 1) {
    const rest = leastPaid(count - here, others)
    const cost = rest === null ? null : rest + BigInt(here) * price
    if (cost !== null && (least === null || cost < least)) least = cost
  }
  return least
}

/** Every number of every pack. Null: there are none. */
function packsFor(packs: Case['shelf']['packs']): (credits: bigint) => bigint | null {
  const known = new Map<string, bigint | null>()
  const least = (credits: bigint, from: number): bigint | null => {
    if (credits <= 0n) return 0n
    const pack = packs[from]
    if (pack === undefined) return null
    const key = `${credits} ${from}`
    const before = known.get(key)
    if (before !== undefined) return before
    let best: bigint | null = null
    for (let count = 0n; (count - 1n) * pack.credits < credits; count += 1n) {
      const rest = least(credits - count * pack.credits, from + 1)
      if (rest !== null && (best === null || rest + count * pack.price_micro < best)) best = rest + count * pack.price_micro
    }
    known.set(key, best)
    return best
  }
  return (credits) => least(credits, 0)
}

function mayTake(plan: Plan, needs: Case['asked']['needs']): boolean {
  if (needs.pay_as_you_go && plan.price_micro > 0n) return false
  if (needs.no_watermark && plan.watermark) return false
  return plan.clips_a_day?.[0]?.clips !== 0
}

const ORDER: readonly SizeClass[] = ['480p', '720p', '1080p']

function allows(plan: Plan, kind: ClipKind): boolean {
  if (plan.models !== null && !plan.models.includes(kind.model)) return false
  if (plan.longest_s !== null && Math.max(kind.seconds, kind.longest_seconds ?? 0) > plan.longest_s) return false
  const rank = ORDER.findIndex((size) => size === kind.size || exactSize(size) === kind.size)
  return plan.largest_size === null || rank <= ORDER.indexOf(plan.largest_size)
}

/** The relaxed lane opens when credits are gone: with fewer clips a day than they pay for they never are. */
function opens(plan: Plan, given: bigint, places: number, each: readonly (bigint | null)[]): boolean {
  if (plan.relaxed_with_credits || places === Number.POSITIVE_INFINITY) return true
  return each.every((one) => one === null || one === 0n || Number(given / (one / MICRO)) <= places)
}

/** Of one clip, in millionths; null: not sold. */
function amountOf(card: RateCard, { model, size, seconds, longest_seconds }: ClipKind): bigint | null {
  const line = card.lines.find((one) => one.models.includes(model) && one.sizes !== 'any' && one.sizes.some((sold) => sold === size))
  if (line === undefined || !Array.isArray(line.seconds) || !line.seconds.includes(seconds)) return null
  if (longest_seconds !== null && !line.seconds.some((sold: number) => sold >= longest_seconds)) return null
  if (line.rate.kind !== 'per_call' && line.rate.kind !== 'per_second') throw new Error('no plain price list')
  const micro = BigInt(Math.round(Number(line.rate.amount) * 1_000_000))
  return line.rate.kind === 'per_call' ? micro : micro * BigInt(seconds)
}
