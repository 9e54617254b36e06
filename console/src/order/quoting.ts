import type { Quote } from '../api/quote.ts'
import { fingerprint, type Order } from './order.ts'

/** Typing is waited out; a choice is one click and is priced at once. */
export const TYPING_PAUSE_MS = 250

/** A quote this close to its end is not handed in any more: the order might arrive after it. */
export const MARGIN_MS = 20_000

/** How long to wait before asking for a price after the order changed. Null: nothing changed, nothing to ask. */
export function quoteDelay(before: Order | null, after: Order): number | null {
  if (before === null) return 0
  if (fingerprint(before) === fingerprint(after)) return null
  return samePrice(before, after) ? TYPING_PAUSE_MS : 0
}

/** Two orders that differ in words only. Prices never depend on the prompt, so the figure on screen stays readable while typing. */
export function samePrice(a: Order, b: Order): boolean {
  return fingerprint({ ...a, prompt: '' }) === fingerprint({ ...b, prompt: '' })
}

/** Whether a quote may be handed in for this order: made for exactly this one, and not about to lapse. */
export function isGoodFor(quote: Quote, made_for: string, order: Order, now_ms: number): boolean {
  return made_for === fingerprint(order) && quote.expires_at * 1000 - MARGIN_MS > now_ms
}

/** What the page says about money before the click. */
export type Afford = { readonly can: true; readonly left: number } | { readonly can: false; readonly short: number }

export function afford(price: number, available: number): Afford {
  return price <= available ? { can: true, left: available - price } : { can: false, short: price - available }
}
