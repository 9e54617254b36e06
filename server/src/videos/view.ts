import { providerOf } from '../domain/accounts.ts'
import { formatSize } from '../domain/order.ts'
import { promotionOf } from '../domain/promotion.ts'
import { unixSeconds } from '../domain/time.ts'
import { stageOf } from '../domain/transitions.ts'
import { remaining, upperBound } from '../domain/waiting.ts'
import type { Parts } from './parts.ts'
import type { SeenVideo } from './read.ts'

/** The wire format's video object (OpenAI's 13 fields), plus `metadata` and what Filmgate knows about it. */
export function videoObject(parts: Pick<Parts, 'routes' | 'clock'>, video: SeenVideo) {
  const ended = video.state === 'completed' || video.state === 'failed'
  const course = { kind: 'range', ...(video.quote.relaxed?.eta ?? video.quote.eta) } as const
  const deadline_ms = (parts.routes.deadlineSeconds(video.route) ?? upperBound(course)) * 1000
  const stage = stageOf({
    state: video.state,
    attempt: video.attempt_state,
    cancel_requested: video.cancel_requested_ms !== null,
    past_route_deadline: video.started_ms !== null && parts.clock() > video.started_ms + deadline_ms,
  })
  return {
    id: video.id,
    object: 'video' as const,
    model: video.model,
    status: video.state,
    progress: video.progress,
    created_at: unixSeconds(video.created_ms),
    completed_at: video.state === 'completed' && video.ended_ms !== null ? unixSeconds(video.ended_ms) : null,
    expires_at: null,
    prompt: video.prompt,
    size: formatSize(video),
    seconds: String(video.seconds),
    // "If this video is a remix", says the wire format; an edit is what took the remix's place.
    remixed_from_video_id: video.operation === 'remix' || video.operation === 'edit' ? video.source_video : null,
    error: video.error_code === null ? null : { code: video.error_code, message: video.error_message ?? '' },
    metadata: video.metadata,
    filmgate: {
      operation: video.operation,
      source_video: video.source_video,
      credits: {
        quoted: video.quote.credits,
        held: Number(video.held_now),
        captured: Number(video.captured),
        released: Number(video.released),
      },
      lane: video.quote.lane,
      route: video.route,
      provider: providerOf(video.provider),
      attempts: video.attempts,
      eta: ended ? { low_s: 0, high_s: 0 } : left(video, parts.clock()),
      stage,
      receipt_url: `/v1/videos/${video.id}/receipt`,
      ...(video.final_of === null ? {} : { promotion: promotionView(video.final_of, video.quote.credits) }),
      ...(video.batch === null ? {} : { batch: { id: video.batch, custom_id: video.batch_item ?? '' } }),
      ...(video.quote.demo ? { demo: true as const } : {}),
    },
  }
}

function promotionView(final_of: NonNullable<SeenVideo['final_of']>, quoted: number) {
  const { at_final_price_credits, saved_credits, saved_percent } = promotionOf(final_of, BigInt(quoted))
  return {
    draft: final_of.drafts[0] ?? '',
    drafts: final_of.drafts,
    drafts_made: final_of.made,
    drafting_credits: Number(final_of.charged),
    at_final_price_credits: Number(at_final_price_credits),
    saved_credits: Number(saved_credits),
    saved_percent,
  }
}

/** What is left of the quoted range, given that it has not come so far: what is late is expected to be later still. */
function left(video: SeenVideo, now: number): { low_s: number; high_s: number } {
  const { relaxed } = video.quote
  if (relaxed !== null) {
    if (video.started_ms !== null) return remaining({ kind: 'range', ...relaxed.eta }, secondsSince(video.started_ms, now))
    // It has not started, so the time that it has waited brought it no nearer.
    const { low_s, high_s } = video.quote.eta
    return { low_s, high_s: Math.max(low_s, high_s - secondsSince(video.created_ms, now)) }
  }
  return remaining({ kind: 'range', ...video.quote.eta }, secondsSince(video.created_ms, now))
}

function secondsSince(since: number, now: number): number {
  return Math.max(0, Math.floor((now - since) / 1000))
}
