import { type Answer, postOf } from '../exchange.ts'
import type { Progress, ProviderOrder, ProviderRef, Submitted, Window } from '../provider.ts'
import { listAt, memberOf, pictureType, textAt } from '../reading.ts'
import { type Unsayable, unsayable, type Written } from '../submit-once.ts'
import { BLOCKED, type Clip, clipIn, errorIn, FAILED, isModeration, publicly, readRefusal, type Wire } from './wire.ts'

/** Public names, and what the Gemini API calls them. */
const MODELS: Readonly<Record<string, string>> = { 'gemini-omni-1.2': 'gemini-omni-1.2-flash' }

/** An id goes into a path. */
const ID = /^[\w.-]{1,300}$/

/** A machine's clock and ours. */
const SKEW_MS = 60_000

/** The Interactions API: an answer of many steps, made in the background. No key and no list; labels are kept, and shown to who knows the id. */
export const interactions: Wire = {
  write: writeOrder,
  readSubmitted(answer, now): Submitted {
    if (answer.status < 200 || answer.status > 299) return readRefusal(answer, now)
    const id = textAt(answer.json, 'id')
    if (id === null || !ID.test(id)) return { outcome: 'unknown', message: `the answer ${answer.status} names no interaction` }
    return { outcome: 'running', ref: { id } }
  },
  look: ({ id }) => (ID.test(id) ? { path: `/interactions/${id}?stream=false`, request: {} } : null),
  readProgress,
  readClip: ({ json }) => clipOf(json),
  cancelPath: ({ id }) => (ID.test(id) ? `/interactions/${id}/cancel` : null),
  unfindable: 'the Interactions API keeps no list and takes no key: of an order whose answer was lost only a callback can tell',
}

async function writeOrder({ order, provider_model, reference, callback_url }: ProviderOrder, key: string): Promise<Written | Unsayable> {
  if (order.operation !== 'create') return unsayable(`This provider cannot ${order.operation}.`)
  const { width, height } = order.size
  const picture = reference === null ? null : await reference()
  const input =
    picture === null
      ? order.prompt
      : [
          { type: 'text', text: order.prompt },
          { type: 'image', data: Buffer.from(picture).toString('base64'), mime_type: pictureType(picture) },
        ]
  const request = postOf({
    model: MODELS[provider_model] ?? provider_model,
    input,
    background: true,
    store: true,
    response_format: {
      type: 'video',
      aspect_ratio: width > height ? '16:9' : '9:16',
      duration: `${order.seconds}s`,
      resolution: `${Math.min(width, height)}p`,
      delivery: 'uri',
    },
    generation_config: { video_config: { task: picture === null ? 'text_to_video' : 'image_to_video' } },
    labels: { filmgate_attempt: key.toLowerCase() },
    ...(callback_url === null ? {} : { webhook_config: { uris: [callback_url], user_metadata: { filmgate_attempt: key } } }),
  })
  return { outcome: 'written', path: '/interactions', request }
}

function readProgress({ id }: ProviderRef, { status, json }: Answer): Progress {
  const none = (message: string): Progress => ({ state: 'no_verdict', message })
  if (status !== 200) return none(`the status read was answered with ${status}`)
  const named = textAt(json, 'id')
  if (named === null) return none('the status read names no interaction')
  if (named !== id) return none(`the status read is about another interaction, ${named}`)
  const word = textAt(json, 'status')
  switch (word) {
    case 'queued':
      return { state: 'running', percent: null, phase: 'queued' }
    case 'in_progress':
      return { state: 'running', percent: null, phase: 'rendering' }
    case 'completed': {
      const clip = clipOf(json)
      if (clip?.at === 'link' && clip.uri.startsWith('gs:'))
        return none(`the clip was put into a bucket, ${clip.uri}, which this account does not read`)
      if (clip !== null) return { state: 'succeeded', asset: clip.at === 'long' ? { id, long: clip.long } : { id }, cost_micro: null }
      return failure(json, 'The provider answered without a clip.')
    }
    case 'failed':
      return failure(json, FAILED)
    case 'incomplete':
      return failure(json, 'The provider stopped before the clip was whole.')
    case 'budget_exceeded':
      return failure(json, 'The provider stopped at a limit of its own.')
    case 'requires_action':
      return failure(json, 'The provider asked for more than was ordered.')
    case 'cancelled':
      return { state: 'failed', reason: 'cancelled', message: 'The provider says that it was cancelled.', cost_micro: null }
    default:
      return none(`the status ${JSON.stringify(word?.slice(0, 40))} is not known`)
  }
}

/** Its faults stand beside its steps, and within them. The words of the model itself are no fault: nothing rests on them. */
function failure(json: unknown, otherwise: string): Progress {
  const errors = [...listAt(json, 'errors'), ...listAt(json, 'steps').map((step) => memberOf(step, 'error'))].flatMap(
    (error) => errorIn(error) ?? [],
  )
  if (errors.some(isModeration)) return { state: 'failed', reason: 'moderation_blocked', message: BLOCKED, cost_micro: null }
  const about_the_order = errors.find(({ code }) => code === '3' || /invalid_argument|invalid_request/i.test(code ?? ''))
  const message = about_the_order === undefined ? otherwise : publicly(about_the_order.message)
  return { state: 'failed', reason: 'provider_failed', message, cost_micro: null }
}

/** The last video that the model put out; text and thoughts come before it. */
function clipOf(json: unknown): Clip | null {
  const videos = listAt(json, 'steps')
    .filter((step) => textAt(step, 'type') === 'model_output')
    .flatMap((step) => listAt(step, 'content'))
    .filter((content) => textAt(content, 'type') === 'video')
  return clipIn(videos.at(-1), { inline: 'data', uri: 'uri' })
}

/** The interaction that a callback is about. */
export function idIn(json: unknown): string | null {
  const id = textAt(json, 'data', 'id') ?? textAt(json, 'data', 'interaction', 'id') ?? textAt(json, 'interaction', 'id')
  return id !== null && ID.test(id) ? id : null
}

/** How one is read whole, with what was ordered. */
export function lookWhole({ id }: ProviderRef): string | null {
  return ID.test(id) ? `/interactions/${id}?stream=false&include_input=true` : null
}

/** Whether what it shows of itself could be this order: by its time, and by all else that it shows. */
export function fits({ status, json }: Answer, { id }: ProviderRef, { order, provider_model }: ProviderOrder, window: Window): boolean {
  if (status !== 200 || textAt(json, 'id') !== id) return false
  const created = Date.parse(textAt(json, 'created') ?? '')
  if (!(created >= window.from - SKEW_MS && created <= window.to + SKEW_MS)) return false
  const model = textAt(json, 'model')
  const prompt = promptIn(json)
  const format = memberOf(json, 'response_format')
  const duration = textAt(format, 'duration')
  return (
    (model === null || model.replace(/^models\//, '') === (MODELS[provider_model] ?? provider_model)) &&
    (prompt === null || prompt === order.prompt) &&
    (duration === null || duration === `${order.seconds}s`)
  )
}

/** What went in: a text, contents, or a step of the user's. A text that was too long to be kept speaks neither for nor against. */
function promptIn(json: unknown): string | null {
  const input = memberOf(json, 'input')
  if (typeof input === 'string') return input
  const steps = [...listAt(json, 'input'), ...listAt(json, 'steps')]
  const contents = steps.flatMap((step) => (textAt(step, 'type') === 'user_input' ? listAt(step, 'content') : [step]))
  return (
    contents
      .filter((content) => textAt(content, 'type') === 'text')
      .map((content) => textAt(content, 'text'))
      .at(0) ?? null
  )
}
