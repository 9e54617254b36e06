import type { Body, SendOptions, Video } from './calls.ts'
import { type Content, type ContentOptions, content } from './content.ts'
import { FilmgateError } from './errors.ts'
import type { Filmgate, RawOptions } from './filmgate.ts'
import { isPassing } from './retry.ts'
import { nextLook } from './schedule.ts'
import type { Order, Surroundings } from './send.ts'

export interface WaitOptions extends Omit<SendOptions, 'timeout_s'> {
  /** Called with the video as it was first seen, and whenever its status, stage or progress is another. */
  readonly on_change?: ((video: Video) => void) | undefined
  /** Called when a look failed; looking goes on. */
  readonly on_trouble?: ((error: FilmgateError) => void) | undefined
  /** How long to wait at most. Default: as long as it takes. */
  readonly timeout_s?: number | undefined
  /** How long to go on while nothing but errors comes. Default: 300. */
  readonly patience_s?: number | undefined
}

export interface CreateAndWaitOptions extends WaitOptions {
  readonly idempotency_key?: string | undefined
}

export interface Videos {
  /** Orders a video and waits for its end. The answer may be `completed` or `failed`; a failure was not charged. To abort `signal` leaves it going. */
  createAndWait(body: Body<'/v1/videos', 'post'> | FormData, options?: CreateAndWaitOptions): Promise<Video>
  /** Waits for the end of a video. @throws FilmgateError `aborted` or `timed_out`, with the video as it stood: it goes on without us */
  wait(id: string, options?: WaitOptions): Promise<Video>
  /** The bytes of a finished video, or a picture of it. A connection that breaks is taken up where it broke. */
  content(id: string, options?: ContentOptions): Promise<Content>
}

export interface Caller extends Pick<Filmgate, 'get' | 'post'> {
  raw(method: Order['method'], path: string, options?: RawOptions & Partial<Pick<Order, 'redirect'>>): Promise<Response>
}

const PATIENCE_S = 300

export function createVideos(filmgate: Caller, around: Surroundings): Videos {
  async function follow(id: string, first: Video | null, options: WaitOptions): Promise<Video> {
    const { signal, on_change, on_trouble, timeout_s = Number.POSITIVE_INFINITY, patience_s = PATIENCE_S } = options
    const began_ms = around.now_ms()
    const asked = { customer: options.customer, headers: options.headers, signal }
    let video = first
    let heard_ms = began_ms
    for (;;) {
      if (video !== null && hasEnded(video)) return video
      const waited_s = (around.now_ms() - began_ms) / 1000
      const pause_s = Math.min(video === null ? 0 : nextLook(waited_s, video.filmgate.eta, around.random()), timeout_s - waited_s)
      if (pause_s < 0 || waited_s >= timeout_s)
        throw left('timed_out', video, `It was not finished within ${timeout_s} s and goes on; wait for it again with its id.`)
      try {
        await around.sleep(pause_s * 1000, signal)
        const seen = await filmgate.get('/v1/videos/{video_id}', { ...asked, path: { video_id: id } })
        heard_ms = around.now_ms()
        if (video === null || isNews(video, seen)) on_change?.(seen)
        video = seen
      } catch (error) {
        if (signal?.aborted) throw left('aborted', video, 'Stopped waiting. The video goes on; wait for it again with its id.')
        // A server that is away for a while is no verdict on the video; one that never was there is.
        const passes = error instanceof FilmgateError && isPassing(error) && video !== null
        if (!passes || around.now_ms() - heard_ms > patience_s * 1000) throw error
        on_trouble?.(error)
      }
    }
  }
  return {
    async createAndWait(body, options = {}) {
      const { customer, headers, signal, idempotency_key } = options
      const video = await filmgate.post('/v1/videos', { body, customer, headers, signal, idempotency_key })
      options.on_change?.(video)
      return follow(video.id, video, options)
    },
    wait: (id, options = {}) => follow(id, null, options),
    content: (id, options = {}) => content(filmgate, around, id, options),
  }
}

function hasEnded({ status }: Video): boolean {
  return status === 'completed' || status === 'failed'
}

function isNews(before: Video, now: Video): boolean {
  return before.status !== now.status || before.filmgate.stage !== now.filmgate.stage || before.progress !== now.progress
}

function left(code: 'aborted' | 'timed_out', video: Video | null, message: string): FilmgateError {
  return new FilmgateError({ kind: 'aborted', code, message, video, charged: 'unknown' })
}
