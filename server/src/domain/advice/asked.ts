import type { LocalDate } from '../calendar.ts'
import type { Size, SizeClass } from '../order.ts'
import type { Pack, Plan } from '../plans.ts'
import type { RateCard } from '../rate-card.ts'
import type { Rational } from '../rational.ts'

/** Clips that are alike, and how many of them a month. */
export interface ClipKind {
  readonly clips: number
  readonly model: string
  /** Whole, at least 1. */
  readonly seconds: number
  readonly size: Size | SizeClass
  /** Whoever makes them must also sell clips of this length, or of more; null: it does not matter. */
  readonly longest_seconds: number | null
}

export interface Needs {
  readonly no_watermark: boolean
  /** Programs must be able to order. */
  readonly api: boolean
  /** Nothing that is paid every month. */
  readonly pay_as_you_go: boolean
  /** Slow clips do, where a plan makes them for free. */
  readonly relaxed: boolean
}

export interface AdviceAsked {
  /** One to five. */
  readonly kinds: readonly ClipKind[]
  readonly needs: Needs
}

/** What there is to choose from. */
export interface Shelf {
  readonly plans: readonly Plan[]
  readonly packs: readonly Pack[]
  /** Price lists in dollars: each clip is paid for itself. */
  readonly pay_cards: readonly RateCard[]
  /** How many credits of plans and packs a clip takes. */
  readonly credits_card: RateCard
  /** Those credits are of the app, which no program can call. */
  readonly of_the_app: boolean
  readonly credit_usd: Rational
  /** Plans change with the day. */
  readonly date: LocalDate
}

/** Days that a month has, for what is counted by the day. */
export const MONTH_DAYS = 30
