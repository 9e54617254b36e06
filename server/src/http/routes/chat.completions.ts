import { Readable } from 'node:stream'
import { CHAT_MODEL_NAMES } from '../../domain/chat-models.ts'
import { videoObject } from '../../videos/view.ts'
import { chat_completion, completion } from '../chat/completion.ts'
import { follow } from '../chat/follow.ts'
import { aboutImage, chat_body, readMessages, readModel } from '../chat/request.ts'
import { ending, shownVideo, stream, type Watched } from '../chat/stream.ts'
import { showOrdersLeft } from '../limits.ts'
import { defaultsOf, orderOf } from '../order.ts'
import { bringReference } from '../reference.ts'
import { type Circumstances, route } from '../route.ts'
import { acceptOrder, order_problems, sayAgain, shortLink } from '../take.ts'

/** As long as aggregators keep theirs. */
const ADDRESS_KEPT_H = 24
/** Who reads a stream sees that it goes on. */
const STREAM_WAIT_S = 3_600
/** The official SDKs wait ten minutes for an answer; one that comes before leaves nothing to repeat. */
const ANSWER_WAIT_S = 540
const WAIT_S_MAX = 86_400

export const chatCompletions = route({
  method: 'POST',
  path: '/v1/chat/completions',
  operation_id: 'createChatCompletion',
  summary: 'Order a video as a chat',
  description: [
    'As aggregators offer videos. Orders a video exactly as POST /v1/videos does, from the last message of the user, and answers when it has ended;',
    'with `stream: true`, tells meanwhile how it stands. The text ends with a markdown link to the clip, which opens without a key for 24 hours.',
    `Beside the models' own names there are ${CHAT_MODEL_NAMES.map((name) => `\`${name}\``).join(', ')}, which stand for sora-2 with a size and the next length that is sold.`,
    'A client that goes away cancels nothing. `Prefer: wait=SECONDS` says how long to wait (a stream an hour, else nine minutes, at most a day);',
    'then `finish_reason` is `length`, and the video goes on. In a stream a failure is told as text and as `{"error": …}`, before `[DONE]`.',
  ].join(' '),
  tag: 'Videos',
  caller: 'customer',
  idempotent: true,
  makes_a_video: true,
  problems: [...order_problems, 'not_found', 'video_failed', 'moderation_blocked'],
  body: chat_body,
  response: chat_completion,
  media: { 'text/event-stream': 'With `stream: true`: objects `chat.completion.chunk`, comments while there is nothing to say, `[DONE]`.' },
  async handler(context) {
    const { services, owner, caller, body, reply, request_id, signal } = context
    const { prompt, image } = readMessages(body.messages)
    const { model, size, seconds } = await readModel(context, defaultsOf(services, owner).size)
    const order = async () => {
      const has = { has_reference: image !== null, has_characters: false }
      return { order: orderOf({ ...body, model, size, seconds, prompt }, has), source: null, characters: [] }
    }
    const bring = async ({ url, param }: NonNullable<typeof image>) => {
      return bringReference(services.guarded, { image_url: url }, size, 'json').catch((error: unknown) => {
        throw aboutImage(error, param)
      })
    }
    const accepted = await acceptOrder(context, order, image === null ? null : () => bring(image), again(body, prompt, image?.url ?? null))
    const video = accepted.replayed ? await shownVideo(services, owner, accepted.video) : videoObject(services.videos, accepted.seen)
    await showOrdersLeft(services, caller, video.model, reply)

    const streams = body.stream === true
    const wait_s = waitOf(context) ?? (streams ? STREAM_WAIT_S : ANSWER_WAIT_S)
    const address = `${baseOf(context)}${services.clips.pathOf(video.id, services.clock() + ADDRESS_KEPT_H * 3_600_000)}`
    const watched: Watched = {
      services,
      owner,
      video,
      model: body.model,
      wait_ms: wait_s * 1_000,
      signal,
      address,
      address_kept_h: ADDRESS_KEPT_H,
    }
    if (streams) {
      reply.type('text/event-stream; charset=utf-8').header('cache-control', 'no-store').header('x-accel-buffering', 'no')
      return reply.send(Readable.from(stream({ ...watched, usage: body.stream_options?.include_usage === true, request_id })))
    }
    for await (const now of follow(services, owner, video.id, watched)) {
      if (now.is === 'open') continue
      const end = ending(now, watched)
      if (end.is === 'error') throw end.problem
      const ended = 'video' in now ? now.video : video
      const answer = completion(ended, body.model, end.content, end.is === 'clip' ? 'stop' : 'length')
      // By itself: the headers about limits are those of the moment of the order, not of its end.
      return reply.header('cache-control', 'no-store').type('application/json; charset=utf-8').send(answer)
    }
    return reply // the client went away
  },
})

/** How a cheaper order would be said; null for one with a picture too long to be said again. */
function again(body: Omit<Parameters<typeof sayAgain>[0], 'prompt'>, prompt: string, image: string | null) {
  const picture = image === null ? [] : [{ type: 'image_url', image_url: shortLink({ url: image }) }]
  if (picture.some(({ image_url }) => image_url === undefined)) return null
  const content = picture.length === 0 ? prompt : [{ type: 'text', text: prompt }, ...picture]
  const { prompt: _said_in_messages, ...said } = sayAgain({ ...body, prompt }, { messages: [{ role: 'user', content }] })
  return said
}

/** `Prefer: wait=60` (RFC 7240); null when the client says nothing that we understand. */
function waitOf({ header, reply }: Circumstances): number | null {
  const said = /(?:^|[,;\s])wait=(\d{1,9})(?:$|[,;\s])/i.exec(header('prefer') ?? '')?.[1]
  if (said === undefined) return null
  const wait_s = Math.min(Number(said), WAIT_S_MAX)
  reply.header('preference-applied', `wait=${wait_s}`)
  return wait_s
}

/** Where this server is reached: as the operator says it, else as this client reached it. */
function baseOf({ services, header }: Circumstances): string {
  if (services.public_url !== null) return services.public_url
  const scheme = header('x-forwarded-proto')?.split(',')[0]?.trim() === 'https' ? 'https' : 'http'
  return `${scheme}://${header('host') ?? 'localhost'}`
}
