import { type Answer, postOf } from '../exchange.ts'
import type { Progress, ProviderOrder, ProviderRef, Submitted } from '../provider.ts'
import { listAt, memberOf, pictureType, textAt, within } from '../reading.ts'
import { type Unsayable, unsayable, type Written } from '../submit-once.ts'
import { BLOCKED, clipIn, errorIn, FAILED, isModeration, publicly, readRefusal, type Wire } from './wire.ts'

/** Public names, and what Vertex calls them. */
const MODELS: Readonly<Record<string, string>> = {
  'veo-3.1': 'veo-3.1-generate-001',
  'veo-3.1-fast': 'veo-3.1-fast-generate-001',
  'veo-3.1-lite': 'veo-3.1-lite-generate-001',
}

/** An operation says in its name where it is asked for. Anything else would be a path of somebody else's choice. */
const OPERATION =
  /^((?:projects\/[\w.:-]{1,100}\/locations\/[\w-]{1,40}\/)?publishers\/google\/models\/[\w.-]{1,100})\/operations\/[\w.-]{1,200}$/

/** Google's gRPC codes. */
const [CANCELLED, INVALID_ARGUMENT] = ['1', '3']

/**
 * Veo as Vertex serves it: an operation that runs long. No key, no list, no cancel, no callback; the clip comes inline, for nothing asks for it in a
 * bucket.
 * @param place `/projects/p/locations/l`; nothing for an account that has only a key
 */
export function vertex(place: string): Wire {
  return {
    write: (order) => writeOrder(place, order),
    readSubmitted(answer, now): Submitted {
      const name = textAt(answer.json, 'name')
      if (answer.status < 200 || answer.status > 299) return readRefusal(answer, now)
      if (name === null || !OPERATION.test(name)) return { outcome: 'unknown', message: `the answer ${answer.status} names no operation` }
      return { outcome: 'running', ref: { id: name } }
    },
    look({ id }) {
      const model = OPERATION.exec(id)?.[1]
      if (model === undefined) return null
      return { path: `/${model}:fetchPredictOperation`, request: postOf({ operationName: id }) }
    },
    readProgress,
    readClip: ({ json }) => clipIn(within(json, 'response', 'videos', 0), { inline: 'bytesBase64Encoded', uri: 'gcsUri' }),
    cancelPath: () => null,
    unfindable: 'Vertex keeps no list of operations and takes no key: an order whose answer was lost cannot be looked up',
  }
}

async function writeOrder(place: string, { order, provider_model, reference }: ProviderOrder): Promise<Written | Unsayable> {
  if (order.operation !== 'create') return unsayable(`This provider cannot ${order.operation}.`)
  const { width, height } = order.size
  const picture = reference === null ? null : await reference()
  const image =
    picture === null ? {} : { image: { bytesBase64Encoded: Buffer.from(picture).toString('base64'), mimeType: pictureType(picture) } }
  const model = MODELS[provider_model] ?? provider_model
  return {
    outcome: 'written',
    path: `${place}/publishers/google/models/${encodeURIComponent(model)}:predictLongRunning`,
    request: postOf({
      instances: [{ prompt: order.prompt, ...image }],
      parameters: {
        durationSeconds: order.seconds,
        aspectRatio: width > height ? '16:9' : '9:16',
        resolution: `${Math.min(width, height)}p`,
        generateAudio: true,
        sampleCount: 1,
      },
    }),
  }
}

function readProgress({ id }: ProviderRef, { status, json }: Answer): Progress {
  const none = (message: string): Progress => ({ state: 'no_verdict', message })
  if (status !== 200) return none(`the status read was answered with ${status}`)
  const named = textAt(json, 'name')
  if (named === null) return none('the status read names no operation')
  if (named !== id) return none(`the status read is about another operation, ${named}`)
  const done = memberOf(json, 'done')
  if (done === undefined || done === false) return { state: 'running', percent: null }
  if (done !== true) return none('the status read says neither that it runs nor that it is done')
  const failed = (reason: 'moderation_blocked' | 'provider_failed' | 'cancelled', message: string): Progress => ({
    state: 'failed',
    reason,
    message,
    cost_micro: null,
  })
  const told = memberOf(json, 'error')
  if (typeof told === 'object' && told !== null) {
    const error = errorIn(told) ?? { code: String(memberOf(told, 'code')), message: FAILED } // words are optional, the code is not
    if (error.code === CANCELLED) return failed('cancelled', 'The provider says that it was cancelled.')
    if (isModeration(error)) return failed('moderation_blocked', BLOCKED)
    return failed('provider_failed', error.code === INVALID_ARGUMENT ? publicly(error.message) : FAILED)
  }
  const response = memberOf(json, 'response')
  if (typeof response !== 'object' || response === null)
    return none('the operation is done, and says neither what came of it nor what went wrong')
  const clip = clipIn(within(response, 'videos', 0), { inline: 'bytesBase64Encoded', uri: 'gcsUri' })
  if (clip !== null && clip.at === 'link' && clip.uri.startsWith('gs:'))
    return none(`the clip was put into a bucket, ${clip.uri}, which this account does not read`)
  if (clip !== null) return { state: 'succeeded', asset: clip.at === 'long' ? { id, long: clip.long } : { id }, cost_micro: null }
  const filtered = Number(memberOf(response, 'raiMediaFilteredCount') ?? 0) > 0 || listAt(response, 'raiMediaFilteredReasons').length > 0
  return filtered ? failed('moderation_blocked', BLOCKED) : failed('provider_failed', 'The provider finished without a clip.')
}
