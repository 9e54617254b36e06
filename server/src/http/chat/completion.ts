import { z } from 'zod'
import { video_object } from '../video.ts'
import type { ShownVideo } from './follow.ts'

const usage = z
  .object({ prompt_tokens: z.int(), completion_tokens: z.int(), total_tokens: z.int() })
  .meta({ description: 'Always 0: videos are not counted in tokens. What they cost is in `filmgate.credits`.' })

/** The wire format's completion, plus the video. */
export const chat_completion = z
  .object({
    id: z.string(),
    object: z.literal('chat.completion'),
    created: z.int(),
    model: z.string(),
    choices: z.array(
      z.object({
        index: z.int(),
        message: z.object({ role: z.literal('assistant'), content: z.string(), refusal: z.null() }),
        logprobs: z.null(),
        finish_reason: z.enum(['stop', 'length']),
      }),
    ),
    usage,
    video: z.string().meta({ description: "The video's id." }),
    filmgate: video_object.shape.filmgate,
  })
  .meta({ id: 'ChatCompletion' })

/** `length`: the wait was over before the video was. */
export type Finish = 'stop' | 'length'

const NO_TOKENS = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }

/** Of one order always the same. */
function head(video: ShownVideo, model: string) {
  return { id: `chatcmpl-${video.id}`, created: video.created_at, model }
}

export function completion(video: ShownVideo, model: string, content: string, finish_reason: Finish) {
  return {
    ...head(video, model),
    object: 'chat.completion' as const,
    choices: [{ index: 0, message: { role: 'assistant' as const, content, refusal: null }, logprobs: null, finish_reason }],
    usage: NO_TOKENS,
    video: video.id,
    filmgate: video.filmgate,
  }
}

type Delta = { readonly role?: 'assistant'; readonly content?: string }

export function chunk(video: ShownVideo, model: string, delta: Delta, finish_reason: Finish | null = null) {
  return {
    ...head(video, model),
    object: 'chat.completion.chunk' as const,
    choices: [{ index: 0, delta, logprobs: null, finish_reason }],
  }
}

/** The last chunk, with everything that a whole completion would say beside its text. */
export function lastChunk(video: ShownVideo, model: string, finish_reason: Finish) {
  return { ...chunk(video, model, {}, finish_reason), video: video.id, filmgate: video.filmgate }
}

/** What comes before the end for whom asked for it. */
export function usageChunk(video: ShownVideo, model: string) {
  return { ...head(video, model), object: 'chat.completion.chunk' as const, choices: [], usage: NO_TOKENS }
}
