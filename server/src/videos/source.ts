import type { Owner } from '../access/owner.ts'
import type { Complexity, Operation, Order, OrderSource, Size } from '../domain/order.ts'
import { Problem, problem } from '../domain/problems.ts'
import type { QuotedOrder } from '../domain/quote.ts'
import { EXTENSIONS_MAX, TOTAL_SECONDS_MAX, totalSeconds, wholeSeconds } from '../domain/source.ts'
import { type BroughtClip, inspectClip } from './clip.ts'
import type { Parts } from './parts.ts'
import { type SeenVideo, selectVideo } from './read.ts'

/** What a customer says a remix, an edit or an extension begins from: a video of theirs, or a clip that is brought when it is needed. */
export type Named =
  | { readonly by: 'id'; readonly id: string; readonly param: string }
  | { readonly by: 'clip'; readonly bring: () => Promise<BroughtClip> }

/** A clip that an order may begin from: it is there, and it plays. */
export interface FoundSource extends OrderSource {
  readonly size: Size
  /** Its length as it is paid and shown. */
  readonly whole_seconds: number
  /** How many extensions led to it. */
  readonly extensions: number
  /** Of the video that was named; null for a clip that was brought. */
  readonly model: string | null
  readonly param: string
  /** Puts a copy of it under a key of our store. @throws Problem content_expired */
  readonly keep: (key: string) => Promise<{ readonly bytes: number }>
}

/** @throws Problem not_found, video_not_ready, content_expired; invalid_value for a clip that can not be used */
export async function findSource(parts: Parts, owner: Owner, named: Named): Promise<FoundSource> {
  if (named.by === 'id') return foundVideo(parts, await ownVideo(parts, owner, named.id, named.param), named.param)
  const clip = await named.bring()
  const { width, height, duration_s } = await inspectClip(parts, owner, clip)
  return {
    video: null,
    provider: null,
    model: null,
    seconds: duration_s,
    whole_seconds: wholeSeconds(duration_s),
    extensions: 0,
    size: { width, height },
    param: clip.param,
    keep: (key) => parts.store.put(key, clip.open(), clip.bytes),
  }
}

type Completed = SeenVideo & { readonly asset_key: string }

/** A completed video of this owner whose bytes are there. @throws Problem not_found, video_not_ready, content_expired */
export async function ownVideo(parts: Parts, owner: Owner, id: string, param: string): Promise<Completed> {
  const video = await selectVideo(parts.pool, owner, id)
  if (video === null) throw problem('not_found', `There is no video with the id '${id}'.`, { param })
  if (video.state !== 'completed') {
    const why = video.state === 'failed' ? 'it failed' : `it is ${video.state}`
    throw problem('video_not_ready', `Video '${id}' can not be used: ${why}. It must be completed.`, { param })
  }
  const { asset_key } = video
  if (asset_key === null || (await parts.store.stat(asset_key)) === null) throw gone(id, param)
  return { ...video, asset_key }
}

export function gone(id: string, param: string): Problem {
  return problem('content_expired', `The bytes of video '${id}' are not kept any more.`, { param })
}

function foundVideo(parts: Parts, video: Completed, param: string): FoundSource {
  return {
    video: video.id,
    provider: video.provider,
    model: video.model,
    seconds: video.asset_seconds ?? video.seconds,
    whole_seconds: video.seconds,
    extensions: video.extensions,
    size: { width: video.width, height: video.height },
    param,
    async keep(key) {
      const copied = await parts.store.copy(video.asset_key, key)
      if (copied === null) throw gone(video.id, param)
      return copied
    },
  }
}

export interface Derived {
  readonly operation: Exclude<Operation, 'create'>
  /** As given; a video that is named brings its own. */
  readonly model: string | null
  /** Of a clip that nobody here made, where none is given. */
  readonly default_model?: string
  /** What an extension adds; null for the others, which are as long as what they begin from. */
  readonly seconds: number | null
  readonly complexity: Complexity
}

/** The original API's. */
export const MODEL_DEFAULT = 'sora-2'

/** The order that a clip and a wish make. @throws Problem for another model than the clip's, and for an extension that is too long or one too many */
export function derivedOrder(source: FoundSource, wish: Derived): QuotedOrder {
  const { operation, complexity } = wish
  if (source.model !== null && wish.model !== null && wish.model !== source.model) {
    throw problem('invalid_value', `Video '${source.video}' was made by ${source.model}, and so is this; leave \`model\` out.`, {
      param: 'model',
    })
  }
  const seconds = wish.seconds ?? source.whole_seconds
  if (operation === 'extend') {
    if (source.extensions >= EXTENSIONS_MAX) {
      throw problem('invalid_value', `A video can be extended ${EXTENSIONS_MAX} times, and this one was.`, { param: source.param })
    }
    const total = totalSeconds(operation, seconds, source.whole_seconds)
    if (total > TOTAL_SECONDS_MAX) {
      throw problem('unsupported_duration', `The whole would last ${total} seconds; ${TOTAL_SECONDS_MAX} is the most.`, {
        param: 'seconds',
      })
    }
  }
  const { video, provider } = source
  return {
    operation,
    model: wish.model ?? source.model ?? wish.default_model ?? MODEL_DEFAULT,
    seconds,
    size: source.size,
    has_reference: false,
    source: { video, provider, seconds: source.seconds },
    complexity,
  }
}

/**
 * A refusal of a price, said of what the caller gave: who sends a clip has no `size` to change, and only an extension has `seconds`.
 * A brought clip that nobody can work on is a wrong value; a video of ours keeps the finer word, and so does a plan that does not allow it.
 */
export function blameSource(error: unknown, source: FoundSource | null, order: Pick<Order, 'operation'>): unknown {
  if (source === null || !(error instanceof Problem)) return error
  const is_clip = error.param === 'size' || error.param === 'video' || (error.param === 'seconds' && order.operation !== 'extend')
  if (!is_clip) return error
  const { code, message, extra } = error
  const is_mistake = source.video === null && code !== 'not_in_plan' && code !== 'outside_guardrails'
  return problem(is_mistake ? 'invalid_value' : code, message, { param: source.param, extra })
}
