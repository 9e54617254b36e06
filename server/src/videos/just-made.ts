import type { Quote } from '../domain/quote.ts'
import type { SeenVideo } from './read.ts'
import type { NewVideo } from './riders.ts'

/** A video as `selectVideo` would find it in the moment that its hold was committed: what was written needs not be read again. */
export function justMade(video: NewVideo, quote: Quote): SeenVideo {
  const { id, op_id, created_ms, operation, source_video, extensions, model, prompt, width, height, metadata, route, provider } = video
  const credits = BigInt(quote.credits)
  return {
    id,
    op_id,
    created_ms,
    operation,
    source_video,
    extensions,
    model,
    prompt,
    seconds: video.total_seconds ?? video.seconds,
    width,
    height,
    metadata: { ...metadata },
    batch: null,
    batch_item: null,
    quote: {
      credits: quote.credits,
      eta: { ...quote.eta },
      lane: quote.lane,
      relaxed: quote.relaxed && { eta: { ...quote.relaxed.eta } },
      demo: quote.demo ?? false,
    },
    state: 'queued',
    progress: 0,
    cancel_requested_ms: null,
    ended_ms: null,
    error_code: null,
    error_message: null,
    asset_key: null,
    asset_bytes: null,
    asset_seconds: null,
    attempts: 1,
    route,
    provider,
    attempt_state: 'planned',
    started_ms: null,
    held_first: credits,
    held_now: credits,
    captured: 0n,
    released: 0n,
    refunded: 0n,
    // A final is read again for its answer: the ledger knows what its drafts cost.
    final_of: null,
  }
}

/** The same of one that waits for credits. */
export function justParked(video: NewVideo, quote: Quote): SeenVideo {
  return { ...justMade(video, quote), attempt_state: 'parked', held_first: 0n, held_now: 0n }
}
