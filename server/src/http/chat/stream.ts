import type { Owner } from '../../access/owner.ts'
import { problem } from '../../domain/problems.ts'
import { selectVideo } from '../../videos/read.ts'
import { videoObject } from '../../videos/view.ts'
import { problemOf, refusalOf } from '../envelope.ts'
import type { Services } from '../services.ts'
import { chunk, lastChunk, usageChunk } from './completion.ts'
import { type Followed, follow, type ShownVideo } from './follow.ts'
import { doneLines, failed, goesOn, orderedLine, progressLine } from './words.ts'

/** Well below the minute after which common proxies cut a silent connection. */
const SILENCE_MS = 15_000

export interface Watched {
  readonly services: Services
  readonly owner: Owner
  readonly video: ShownVideo
  /** As the request called it. */
  readonly model: string
  readonly wait_ms: number
  readonly signal: AbortSignal
  /** Where the clip is shown, once there is one. */
  readonly address: string
  readonly address_kept_h: number
}

/** The answer to an order as server-sent events: what becomes of it, in words, and in the end the clip's address or an `error`. */
export async function* stream(
  watched: Watched & { readonly usage: boolean; readonly request_id: string },
): AsyncGenerator<string, void, void> {
  const { services, owner, model, usage, request_id } = watched
  const { monotonic } = services.videos
  let { video } = watched
  let spoken_at = monotonic()
  const say = (content: string) => {
    spoken_at = monotonic()
    return event(chunk(video, model, { content }))
  }
  yield event(chunk(video, model, { role: 'assistant', content: '' }))
  yield say(orderedLine(video))
  let said: ShownVideo | null = null
  try {
    for await (const now of follow(services, owner, video.id, watched)) {
      if ('video' in now) video = now.video
      if (now.is === 'open') {
        const line = progressLine(video, said)
        if (line !== null) {
          said = video
          yield say(line)
        } else if (monotonic() - spoken_at >= SILENCE_MS) {
          spoken_at = monotonic()
          yield ': still at work\n\n'
        }
        continue
      }
      const end = ending(now, watched)
      if (end.is === 'error') {
        yield say(`\n${end.problem.message}\n`)
        yield event(refusalOf(end.problem).body)
      } else {
        yield say(`\n${end.content}`)
        yield event(lastChunk(video, model, end.is === 'clip' ? 'stop' : 'length'))
        if (usage) yield event(usageChunk(video, model))
      }
      yield 'data: [DONE]\n\n'
    }
  } catch (error) {
    // Too late for a status.
    services.log.error('a stream broke off', { request_id, video: video.id, cause: String(error) })
    yield event(refusalOf(problemOf(error, true).problem).body)
  }
}

export type Ending =
  | { readonly is: 'clip'; readonly content: string }
  | { readonly is: 'later'; readonly content: string }
  | { readonly is: 'error'; readonly problem: ReturnType<typeof problem> }

/** What is said last. */
export function ending(now: Exclude<Followed, { is: 'open' }>, { video, address, address_kept_h }: Watched): Ending {
  switch (now.is) {
    case 'ended':
      if (now.video.status === 'failed') return { is: 'error', problem: failed(now.video) }
      return { is: 'clip', content: doneLines(now.video, address, address_kept_h) }
    case 'waited':
      return { is: 'later', content: `${goesOn(video.id)}\n` }
    case 'closing':
      return {
        is: 'error',
        problem: problem('overloaded', `This server is shutting down. ${goesOn(video.id)}`, {
          retry_after_s: 1,
          extra: { video: video.id },
        }),
      }
    case 'erased':
      return { is: 'error', problem: problem('not_found', `The video '${video.id}' was deleted.`, { extra: { video: video.id } }) }
  }
}

/** A video as its owner sees it now. @throws Problem not_found */
export async function shownVideo(services: Services, owner: Owner, id: string): Promise<ShownVideo> {
  const seen = await selectVideo(services.pool, owner, id)
  if (seen === null) throw problem('not_found', `The video '${id}' that this request made was deleted.`)
  return videoObject(services.videos, seen)
}

function event(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`
}
