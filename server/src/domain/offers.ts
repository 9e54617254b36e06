import type { Setting } from './cheaper.ts'
import { CREDITS_MAX, creditsToJson } from './credits.ts'
import { formatSize, type Operation, type Size } from './order.ts'
import type { Pack, Plan } from './plans.ts'
import { usdText } from './price.ts'
import { ratio } from './rational.ts'
import type { Instant } from './time.ts'

/** What somebody who lacks credits could do instead; each of them, done, is enough. As it is told outside. */
export type Offer =
  /** By itself, at Unix seconds. */
  | { readonly kind: 'wait'; readonly available_at: number }
  /** Another order, at its price: the body to send. */
  | { readonly kind: 'cheaper'; readonly credits: number; readonly request: Readonly<Record<string, unknown>> }
  /** Bought once. */
  | { readonly kind: 'pack'; readonly pack: string; readonly credits: number; readonly usd: string }
  /** Taken out, or changed to, now: what comes with it at once, at the price of a month. */
  | { readonly kind: 'plan'; readonly plan: string; readonly credits: number; readonly usd: string }

export interface Shortage {
  readonly needed: bigint
  readonly available: bigint
  /** What a purchase pays off before it can be spent. */
  readonly owed: bigint
  /** When there will be enough by itself; null: never. */
  readonly enough_at: Instant | null
  readonly packs: Iterable<Pack>
  /** Those that allow what was asked for. */
  readonly plans: Iterable<Plan>
  /** What taking out a plan brings at once; null: it can not be taken now. */
  readonly brings: (plan: Plan) => bigint | null
}

/** What would bring enough credits: to wait, the smallest pack that suffices, the cheapest plan that does. In this order, each at most once. Pure. */
export function creditOffers({ needed, available, owed, enough_at, packs, plans, brings }: Shortage): readonly Offer[] {
  const lacking = needed - available + owed
  const offers: Offer[] = []
  if (enough_at !== null) offers.push({ kind: 'wait', available_at: Math.ceil(enough_at / 1000) })
  // While anything is owed nothing can be held, whatever is there.
  const suffices = (credits: bigint) => credits >= lacking && credits >= owed && available + credits <= CREDITS_MAX
  const [pack] = [...packs]
    .filter(({ credits }) => suffices(credits))
    .sort((a, b) => by(a.credits, b.credits) || by(a.price_micro, b.price_micro) || by(a.id, b.id))
  if (pack) offers.push({ kind: 'pack', pack: pack.id, credits: creditsToJson(pack.credits), usd: dollars(pack.price_micro) })
  const [plan] = [...plans]
    .map((one) => ({ one, credits: brings(one) ?? 0n }))
    .filter(({ credits }) => credits > 0n && suffices(credits))
    .sort((a, b) => by(a.one.price_micro, b.one.price_micro) || by(a.credits, b.credits) || by(a.one.id, b.one.id))
  if (plan) offers.push({ kind: 'plan', plan: plan.one.id, credits: creditsToJson(plan.credits), usd: dollars(plan.one.price_micro) })
  return offers
}

/** Cheaper settings as bodies to send. `asked` is what was sent, without what the settings change. */
export function cheaperOffers(
  operation: Operation,
  settings: readonly Setting[],
  asked: Readonly<Record<string, unknown>>,
): readonly Offer[] {
  return settings.map(({ model, seconds, size, credits }) => ({
    kind: 'cheaper',
    credits: creditsToJson(credits),
    request: { ...asked, ...(operation === 'create' ? { model, size: formatSize(size) } : {}), seconds: String(seconds) },
  }))
}

/** The same order in the relaxed lane, as a body to send. */
export function relaxedOffer(
  {
    operation,
    model,
    size,
    seconds,
  }: { readonly operation: Operation; readonly model: string; readonly size: Size; readonly seconds: number },
  asked: Readonly<Record<string, unknown>>,
): Offer {
  const create = operation === 'create' ? { model, size: formatSize(size) } : {}
  const length = operation === 'create' || operation === 'extend' ? { seconds: String(seconds) } : {}
  return { kind: 'cheaper', credits: 0, request: { ...asked, ...create, ...length, lane: 'relaxed' } }
}

/** To wait first, then what costs less, then what costs money. */
export function inOrder(offers: readonly Offer[]): readonly Offer[] {
  const kinds: readonly Offer['kind'][] = ['wait', 'cheaper', 'pack', 'plan']
  return kinds.flatMap((kind) => offers.filter((offer) => offer.kind === kind))
}

function dollars(micro: bigint): string {
  return usdText(ratio(micro, 1_000_000n))
}

function by<T extends bigint | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}
