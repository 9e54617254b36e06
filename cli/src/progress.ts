import type { Video } from '@filmgate/client'
import { lastedText } from './text/amounts.ts'

/** What is shown of a video that is awaited: as it was seen last, and how far the bar already was. */
export interface Shown {
  readonly video: Video
  readonly seen_ms: number
  /** Seconds until the end as it was first expected, at most: what is "usual". */
  readonly usual_s: number
  readonly percent: number
}

/** So far a bar goes by time and by what the provider says; the rest is for a file that is in the store and was checked. */
const OPEN_PERCENT_MAX = 95

/** The next picture. The bar never goes back, and is full only at the end. */
export function show(before: Shown | null, video: Video, now_ms: number): Shown {
  const eta = video.filmgate.eta
  const seen = { video, seen_ms: now_ms, usual_s: before?.usual_s ?? eta.high_s + (now_ms / 1_000 - video.created_at) }
  return { ...seen, percent: Math.max(before?.percent ?? 0, percentAt({ ...seen, percent: 0 }, now_ms)) }
}

/** As time passes without news. */
export function tick(shown: Shown, now_ms: number): Shown {
  return { ...shown, percent: Math.max(shown.percent, percentAt(shown, now_ms)) }
}

function percentAt({ video, seen_ms }: Shown, now_ms: number): number {
  if (video.status === 'completed') return 100
  const elapsed_s = Math.max(0, now_ms / 1_000 - video.created_at)
  const { low_s, high_s } = video.filmgate.eta
  const left_s = Math.max(elapsed_s / 20, (low_s + high_s) / 2 - (now_ms - seen_ms) / 1_000)
  const by_time = elapsed_s + left_s <= 0 ? 0 : elapsed_s / (elapsed_s + left_s)
  return Math.floor(OPEN_PERCENT_MAX * Math.min(1, Math.max(by_time, video.progress / 100)))
}

/** How much longer: a range; or, past it, that it takes longer than usual. */
export function leftText({ video, seen_ms, usual_s }: Shown, now_ms: number): string {
  if (video.status === 'completed' || video.status === 'failed') return ''
  if (video.filmgate.stage === 'parked') return 'until there are credits'
  const gone_s = (now_ms - seen_ms) / 1_000
  const high_s = Math.ceil(video.filmgate.eta.high_s - gone_s)
  if (now_ms / 1_000 - video.created_at > usual_s + 1 || high_s <= 0) return `slower than usual (${lastedText(usual_s)})`
  const low_s = Math.max(1, Math.floor(video.filmgate.eta.low_s - gone_s))
  if (high_s < 60) return low_s >= high_s ? `about ${high_s} s left` : `about ${low_s} to ${high_s} s left`
  const [low_min, high_min] = [Math.max(1, Math.round(low_s / 60)), Math.ceil(high_s / 60)]
  return low_min >= high_min ? `about ${high_min} min left` : `about ${low_min} to ${high_min} min left`
}
