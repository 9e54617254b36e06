import { formatSize, type Order } from '../domain/order.ts'
import { wantedSeconds } from '../domain/source.ts'
import type { VideoFacts } from '../media/probe.ts'

/** The largest clip that we take: 120 s of 1080p at any sane bit rate fits. */
export const CLIP_BYTES_MAX = 2 * 1024 ** 3

/**
 * What is wrong with a clip, measured against its order; null if nothing is. Shorter than ordered by more than max(0.25 s, 3 %) or of another
 * size is wrong; longer is delivered as it is (contract.md, "Completed"). Of an extension the whole counts, but only the new part may fall short:
 * three per cent of two minutes would be most of what was bought.
 */
export function differsFromOrder(
  clip: Pick<VideoFacts, 'duration_s' | 'width' | 'height'>,
  order: Pick<Order, 'operation' | 'seconds' | 'size' | 'source'>,
): string | null {
  const allowance_s = Math.max(0.25, order.seconds * 0.03)
  const wanted_s = wantedSeconds(order)
  if (clip.duration_s < wanted_s - allowance_s)
    return `it lasts ${clip.duration_s.toFixed(2)} s instead of ${Number(wanted_s.toFixed(2))} s`
  if (clip.width !== order.size.width || clip.height !== order.size.height) {
    return `it is ${clip.width}x${clip.height} instead of ${formatSize(order.size)}`
  }
  return null
}
