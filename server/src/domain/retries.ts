import { z } from 'zod'

/** When a share of videos that were tried again is worth waking somebody. */
export interface RetryAlert {
  /** From this share on, in percent. */
  readonly percent: number
  /** Fewer videos say nothing. */
  readonly videos_min: number
}

/** One in five was the articles' high retry rate for a campaign (30 %), with room below it; twenty videos are a morning of a small customer. */
export const RETRY_ALERT: RetryAlert = { percent: 20, videos_min: 20 }

export const retryAlertSchema = z.strictObject({
  percent: z.number().positive().max(100).default(RETRY_ALERT.percent).describe('From this share of videos on that were tried again.'),
  videos_min: z.int().min(1).max(1_000_000).default(RETRY_ALERT.videos_min).describe('With fewer videos there is no alert.'),
})

/** The share of videos that took more than one try, in percent with two places, and whether it is too high. */
export function retryRate({ videos, retried }: { readonly videos: number; readonly retried: number }, alert: RetryAlert) {
  const percent = videos === 0 ? 0 : Math.round((retried * 10_000) / videos) / 100
  return { percent, alert: videos >= alert.videos_min && percent >= alert.percent }
}
