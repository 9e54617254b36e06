import type { Operation, Order } from './order.ts'

/** What the guide of the original API says about extensions: the stitched whole lasts at most this long, */
export const TOTAL_SECONDS_MAX = 120
/** and so often a clip may be extended. */
export const EXTENSIONS_MAX = 6

/** Two frames: a file's clock may run over a whole second by that much without anything to see in it. */
const FRAMES_S = 0.08

/** A clip's length in the whole seconds that making it anew is paid as. */
export function wholeSeconds(seconds: number): number {
  return Math.max(1, Math.ceil(seconds - FRAMES_S))
}

/** What the video object says: of an extension the stitched whole, else what is made. */
export function totalSeconds(operation: Operation, made_s: number, source_s: number): number {
  return operation === 'extend' ? source_s + made_s : made_s
}

/**
 * How long a result must be, exactly. A remix or an edit of a clip that lasts no whole number of seconds is as long as that clip, although
 * it is paid by the whole second.
 */
export function wantedSeconds(order: Pick<Order, 'operation' | 'seconds' | 'source'>): number {
  const { operation, seconds, source } = order
  if (operation === 'create' || source === null) return seconds
  return operation === 'extend' ? source.seconds + seconds : Math.min(seconds, source.seconds)
}
