import { creditsOn } from './allowance.ts'
import type { ComparedWorld } from './comparison.ts'
import { type Compared, type Figures, figures, type Holds, type Row, row } from './comparison-row.ts'
import { exactSize } from './order.ts'
import { clipsOn, notInPlan, type Pack, type Plan } from './plans.ts'
import { ratio } from './rational.ts'
import { nearestDurations } from './sold.ts'

/** What clips take of this customer. */
export interface InCredits {
  /** Lengths of this model at this size that can be ordered. */
  readonly lengths: readonly number[]
  /** Of the cheapest route; null: none makes it. */
  creditsFor(seconds: number): bigint | null
}

/** Days that a month has, for what is counted by the day. */
const MONTH_DAYS = 30n

/** The same clip out of our own plans and packs, in dollars as if all that they give were used. */
export function ownPlanRows(asked: Compared, world: ComparedWorld, prices: InCredits): readonly Row[] {
  return [
    ...world.plans.map((plan) => planRow(asked, world, plan, prices)),
    ...world.packs.map((pack) => packRow(asked, world, pack, prices)),
  ]
}

function planRow(asked: Compared, { barred, date }: ComparedWorld, plan: Plan, prices: InCredits): Row {
  const clips_a_day = clipsOn(plan, date)
  const given: Given = {
    what: `A month of ${plan.name}`,
    per: 'month',
    price_micro: plan.price_micro,
    credits: plan.credits + MONTH_DAYS * creditsOn(plan.credits_a_day ?? [], date),
    clips: clips_a_day === null ? null : BigInt(clips_a_day) * MONTH_DAYS,
  }
  const own = row({
    id: `plan:${plan.id}`,
    kind: 'plan',
    name: plan.name,
    model: asked.model,
    price_usd: ratio(plan.price_micro, 1_000_000n),
    source: { name: plan.source, read_on: null, effective_on: plan.since, card: null },
    note:
      [plan.watermark ? 'Clips carry a watermark.' : '', plan.relaxed ? 'Goes on for free in the relaxed lane.' : ''].join(' ').trim() ||
      null,
  })
  // What only the customer's present plan forbids, another plan may allow.
  if (barred && barred.reason !== 'not_in_plan') return { ...own, ...barred }
  const size = exactSize(asked.size)
  const allowed = (seconds: number) => notInPlan(plan, { model: asked.model, seconds, size })
  const forbidden = allowed(asked.seconds)
  if (forbidden === null) return { ...own, ...outOf(given, asked.seconds, prices) }
  const lengths = prices.lengths.filter((seconds) => allowed(seconds) === null)
  return { ...own, reason: 'not_in_plan', message: forbidden.says, nearest: nearestOf(given, asked.seconds, { ...prices, lengths }) }
}

function packRow(asked: Compared, { barred }: ComparedWorld, pack: Pack, prices: InCredits): Row {
  const given: Given = { what: pack.name, per: 'pack', price_micro: pack.price_micro, credits: pack.credits, clips: null }
  const own = row({
    id: `pack:${pack.id}`,
    kind: 'pack',
    name: pack.name,
    model: asked.model,
    price_usd: ratio(pack.price_micro, 1_000_000n),
    source: { name: pack.source, read_on: null, effective_on: pack.since, card: null },
    note: `Lasts ${pack.months} months.`,
  })
  return { ...own, ...(barred ?? outOf(given, asked.seconds, prices)) }
}

interface Given {
  readonly what: string
  readonly per: Holds['per']
  readonly price_micro: bigint
  readonly credits: bigint
  /** Not more than so many, whatever they take; null: as many as the credits pay for. */
  readonly clips: bigint | null
}

function outOf(given: Given, seconds: number, prices: InCredits): Partial<Row> {
  const credits = prices.creditsFor(seconds)
  if (credits === null) {
    const is_other_length = prices.lengths.length > 0 && !prices.lengths.includes(seconds)
    return {
      reason: is_other_length ? 'unsupported_duration' : 'no_route_available',
      message: 'No route here makes this order.',
      nearest: is_other_length ? nearestOf(given, seconds, prices) : [],
    }
  }
  const part = share(given, credits, seconds)
  if (part !== null) return { credits, ...part }
  const message =
    given.clips === 0n ? `${given.what} makes no clips.` : `${given.what} has ${given.credits} credits; this clip takes ${credits}.`
  return { credits, reason: 'plan_too_small', message }
}

function nearestOf(given: Given, seconds: number, { lengths, creditsFor }: InCredits) {
  return nearestDurations(seconds, lengths).flatMap((length) => {
    const credits = creditsFor(length)
    const part = credits === null ? null : share(given, credits, length)
    return part === null ? [] : [{ seconds: length, usd: part.usd }]
  })
}

/** Null: it does not hold one. */
function share(given: Given, credits: bigint, seconds: number): { readonly usd: Figures; readonly holds: Holds | null } | null {
  const { price_micro, clips: most, per } = given
  if (most === 0n || given.credits < credits) return null
  const bound = most !== null && most * credits < given.credits ? most : null
  const usd = (clip: bigint, of: bigint) => figures(ratio(price_micro * clip, of * 1_000_000n), seconds)
  if (bound !== null) return { usd: usd(1n, bound), holds: { clips: bound, per } }
  if (credits === 0n) return { usd: usd(0n, 1n), holds: null }
  return { usd: usd(credits, given.credits), holds: { clips: given.credits / credits, per } }
}
