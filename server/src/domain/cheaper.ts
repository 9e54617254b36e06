import type { Route } from './catalogue.ts'
import { mapOrder } from './mapping.ts'
import { formatSize, parseSize, type Size } from './order.ts'
import { type Asked, notInPlan, type Plan, relaxedNow } from './plans.ts'
import { choose, pricedBy, type RoutedOrder, type RoutingTerms } from './routing.ts'
import { soldDurations } from './sold.ts'

type Choice = Pick<Asked, 'model' | 'seconds' | 'size'>

/** What of an order decides its price, with that price. */
export interface Setting extends Choice {
  readonly credits: bigint
}

export interface Purse {
  /** The price that is too much: only what costs less is cheaper. */
  readonly too_much: bigint
  /** What may be spent on a model now. */
  readonly available: (model: string) => bigint
  /** The plan that binds; null: none does. */
  readonly plan: Plan | null
  /** What else binds: guardrails, a usage tier. */
  readonly allows: (asked: Asked) => boolean
}

/**
 * What an order could be instead, so that it is sold, a route takes it, the plan allows it and the purse suffices now. First shorter, then smaller,
 * then by another model, each as near to what was wanted as the purse allows; only where none of these is enough alone, the dearest of them
 * together. A picture fixes the size, and a clip that it begins from all but the length of what an extension adds. Pure.
 */
export function cheaperSettings(order: RoutedOrder, routes: readonly Route[], terms: RoutingTerms, purse: Purse): readonly Setting[] {
  if (order.operation === 'remix' || order.operation === 'edit') return []
  const priced = (asked: Choice) => affordable({ ...order, ...asked }, routes, terms, purse)
  const shorter = longest(durations(order, routes, terms), (seconds) => priced({ ...order, seconds }))
  if (order.operation === 'extend') return shorter === null ? [] : [shorter]
  const sizes = order.has_reference ? [] : smallerSizes(order, routes)
  const models = [...new Set(routes.map(({ model }) => model))].filter((model) => model !== order.model).sort()
  const smaller = first(sizes, (size) => priced({ ...order, size }))
  const [by_another] = models.flatMap((model) => priced({ ...order, model }) ?? []).sort(dearestFirst)
  const alone = [shorter, smaller, by_another ?? null].filter((setting) => setting !== null)
  if (alone.length > 0) return alone
  const together = [order.model, ...models].flatMap((model) =>
    [order.size, ...sizes].flatMap((size) => {
      const asked = { ...order, model, size }
      return longest([order.seconds, ...durations(asked, routes, terms)], (seconds) => priced({ ...asked, seconds })) ?? []
    }),
  )
  // A stable sort: of equally dear ones the own model, the larger size and the longer clip come first.
  return together.sort(dearestFirst).slice(0, 1)
}

/** Whether the order could be made in the relaxed lane instead: its plan opens it now, and a route that has one takes it. Pure. */
export function relaxedInstead(
  order: RoutedOrder,
  routes: readonly Route[],
  terms: RoutingTerms,
  { available, plan, allows }: Purse,
): boolean {
  const asked = { ...order, lane: 'relaxed' as const }
  if (plan === null || notInPlan(plan, asked) !== null || !allows(asked)) return false
  const chosen = choose(order, routes, { ...terms, lane: 'relaxed' })
  return chosen.outcome === 'chosen' && relaxedNow(plan, chosen.candidate.standard_credits, available(order.model))
}

function affordable(
  order: RoutedOrder,
  routes: readonly Route[],
  terms: RoutingTerms,
  { too_much, available, plan, allows }: Purse,
): Setting | null {
  if ((plan !== null && notInPlan(plan, order) !== null) || !allows(order)) return null
  const chosen = choose(order, routes, terms)
  if (chosen.outcome === 'refused') return null
  const { credits } = chosen.candidate.priced
  const { model, seconds, size } = order
  return credits < too_much && credits <= available(model) ? { model, seconds, size, credits } : null
}

/** Shorter ones that are sold and that a route makes, the longest first. */
function durations(order: RoutedOrder, routes: readonly Route[], { customer_card }: RoutingTerms): readonly number[] {
  const found = new Set<number>()
  for (const route of routes) {
    const offer = route.model === order.model ? pricedBy(route, customer_card) : null
    if (offer === null) continue
    for (const seconds of soldDurations(offer.card, offer.model, order.size)) {
      if (
        seconds > 0 &&
        seconds < order.seconds &&
        mapOrder({ ...order, seconds }, { ...route.abilities, sizes: [formatSize(order.size)] }, route.mapping ?? 'nearest')
      )
        found.add(seconds)
    }
  }
  return [...found].sort((a, b) => b - a)
}

/** Smaller ones that a route makes and that lie as the one asked for does, the largest first. */
function smallerSizes({ size }: RoutedOrder, routes: readonly Route[]): readonly Size[] {
  const names = [...new Set(routes.flatMap(({ abilities }) => abilities.sizes))].sort()
  const sizes = names.flatMap((name) => parseSize(name) ?? [])
  const lies = (one: Size) => Math.sign(one.width - one.height)
  return sizes.filter((one) => lies(one) === lies(size) && area(one) < area(size)).sort((a, b) => area(b) - area(a))
}

function area({ width, height }: Size): number {
  return width * height
}

function dearestFirst(a: Setting, b: Setting): number {
  return a.credits > b.credits ? -1 : a.credits < b.credits ? 1 : 0
}

/** The longest that can be had. Where the shortest can not be, none is looked for: a refusal must not cost more than an order. */
function longest(seconds: readonly number[], find: (seconds: number) => Setting | null): Setting | null {
  const shortest = seconds.at(-1)
  if (shortest === undefined || find(shortest) === null) return null
  return first(seconds, find)
}

function first<T, U>(candidates: readonly T[], find: (candidate: T) => U | null): U | null {
  for (const candidate of candidates) {
    const found = find(candidate)
    if (found !== null) return found
  }
  return null
}
