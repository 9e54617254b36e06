import type { Eta } from './eta.ts'
import type { Mapping } from './mapping.ts'
import type { Complexity, Size, SizeClass } from './order.ts'
import type { AnyCard, Source } from './rate-card.ts'
import { compare, divide, multiply, type Rational, ratio } from './rational.ts'

/** What is compared: one clip, and how many of them a month if that was said. */
export interface Compared {
  readonly model: string
  /** Whole, at least 1. */
  readonly seconds: number
  readonly size: Size | SizeClass
  readonly complexity: Complexity
  readonly clips_per_month: number | null
}

/** Dollars, exact. */
export interface Figures {
  readonly per_clip: Rational
  readonly per_second: Rational
  /** Of footage: always 60 times `per_second`. */
  readonly per_minute: Rational
}

/** What it would be with the nearest length that is sold instead. */
export interface Nearest {
  readonly seconds: number
  readonly usd: Figures
}

/** Who sells: a route of ours, a price list, somebody else's subscription, our own, or a pack. */
export type RowKind = 'route' | 'rate_card' | 'competitor_plan' | 'plan' | 'pack'

/** Where a price is from, and since when it holds. */
export interface RowSource extends Omit<Source, 'read_on'> {
  /** Null: it is ours, nobody read it anywhere. */
  readonly read_on: string | null
  readonly effective_on: string
  readonly card: { readonly id: string; readonly version: number } | null
}

export interface Holds {
  readonly clips: bigint
  readonly per: 'month' | 'pack' | 'once'
}

export interface Row {
  /** Unique in a comparison. */
  readonly id: string
  readonly kind: RowKind
  readonly name: string
  readonly model: string
  /** Somebody else's plan sells other models than the one asked for. */
  readonly other_model: boolean
  /** Null: not sold, and `reason` says why. */
  readonly usd: Figures | null
  /** Of the customer. */
  readonly credits: bigint | null
  /** Of whoever sells for credits of their own. */
  readonly their_credits: Rational | null
  readonly reason: string | null
  readonly message: string | null
  readonly nearest: readonly Nearest[]
  /** What the plan or pack costs as a whole. */
  readonly price_usd: Rational | null
  /** So many of these clips, and nothing else, out of one month or pack; null: it is paid by the clip, or the clips are free. */
  readonly holds: Holds | null
  readonly eta: Eta | null
  readonly mapping: Mapping | null
  readonly demo: boolean
  readonly source: RowSource | null
  readonly note: string | null
}

export type RowHead = Pick<Row, 'id' | 'kind' | 'name' | 'model' | 'source'> & Partial<Row>

/** What most rows do not have. */
export function row(head: RowHead): Row {
  return {
    other_model: false,
    usd: null,
    credits: null,
    their_credits: null,
    reason: null,
    message: null,
    nearest: [],
    price_usd: null,
    holds: null,
    eta: null,
    mapping: null,
    demo: false,
    note: null,
    ...head,
  }
}

/** @example figures(decimal('0.80'), 8) // 0.80 a clip, 0.10 a second, 6.00 a minute */
export function figures(per_clip: Rational, seconds: number): Figures {
  const per_second = divide(per_clip, ratio(BigInt(seconds)))
  return { per_clip, per_second, per_minute: multiply(per_second, ratio(60n)) }
}

export function sourceOf({ id, version, effective_on, source }: AnyCard): RowSource {
  return { ...source, effective_on, card: { id, version } }
}

/** What so many clips a month come to. */
export interface Month {
  /** Null: it does not hold so many. */
  readonly usd: Rational | null
}

/** A plan is paid whole, however little of it is used; whatever is sold by the clip or lasts for months, by the clip. Null: not asked, or not sold. */
export function monthOf({ usd, holds, price_usd }: Row, clips_per_month: number | null): Month | null {
  if (clips_per_month === null || usd === null) return null
  const clips = BigInt(clips_per_month)
  if (holds?.per === 'once') return { usd: null }
  if (holds?.per === 'month') return { usd: holds.clips >= clips ? price_usd : null }
  return { usd: multiply(usd.per_clip, ratio(clips)) }
}

/** The cheapest first: by the month where one was asked for, else by the clip. What holds too few comes after, what is not sold last. */
export function byPrice(clips_per_month: number | null): (a: Row, b: Row) => number {
  const rank = (one: Row) => (one.usd === null ? 2 : clips_per_month !== null && monthOf(one, clips_per_month)?.usd === null ? 1 : 0)
  const price = (one: Row) => monthOf(one, clips_per_month)?.usd ?? one.usd?.per_clip ?? ratio(0n)
  return (a, b) => rank(a) - rank(b) || compare(price(a), price(b)) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}
