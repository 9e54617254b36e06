import { postOf } from '../exchange.ts'
import type { ProviderOrder } from '../provider.ts'
import { dataUri } from '../reading.ts'
import { type Unsayable, unsayable, type Written } from '../submit-once.ts'

interface Model {
  readonly wire: string
  /** It can begin from words alone. */
  readonly from_text: boolean
  /** It is told whether to make sound; null: it knows none. */
  readonly audio: boolean | null
}

/** By our names. Source: the request unions of @runwayml/sdk 4.20.1. */
const MODELS: Readonly<Record<string, Model>> = {
  'gen-4.5': { wire: 'gen4.5', from_text: true, audio: null },
  'gen-4-turbo': { wire: 'gen4_turbo', from_text: false, audio: null },
  'veo-3.1': { wire: 'veo3.1', from_text: true, audio: true },
  'veo-3.1-fast': { wire: 'veo3.1_fast', from_text: true, audio: true },
}

/** UTF-16 code units: what a string of ours counts, too. */
const PROMPT_MAX = 1_000
/** Of a picture in JSON, header and base64 and all. */
const PICTURE_URI_MAX = 5 * 1024 ** 2

/** @throws when the picture cannot be read */
export async function writeOrder({ order, provider_model, reference, characters }: ProviderOrder): Promise<Written | Unsayable> {
  const model = modelNamed(provider_model)
  if (model === null) return unsayable('This provider does not have the model that its route names.')
  if (order.operation !== 'create') return unsayable(`This provider cannot ${order.operation}.`)
  if (characters.length > 0) return unsayable('This provider takes no characters.')
  if (order.prompt.length > PROMPT_MAX) {
    const counted = `at most ${PROMPT_MAX} characters (UTF-16 units), and this one has ${order.prompt.length}`
    return unsayable(`The provider of this model takes prompts of ${counted}.`)
  }
  const said = {
    model: model.wire,
    promptText: order.prompt,
    ratio: `${order.size.width}:${order.size.height}`,
    duration: order.seconds,
    ...(model.audio === null ? {} : { audio: model.audio }),
  }
  if (reference === null) {
    if (!model.from_text) return unsayable('This model makes nothing without a first frame.')
    return { outcome: 'written', path: '/text_to_video', request: postOf(said) }
  }
  const picture = dataUri(await reference())
  if (picture.length > PICTURE_URI_MAX) return unsayable('The provider of this model takes a first frame of at most 3.9 MB.')
  const request = postOf({ ...said, promptImage: [{ uri: picture, position: 'first' }] })
  return { outcome: 'written', path: '/image_to_video', request }
}

/** A configuration may name it as Runway does. */
function modelNamed(name: string): Model | null {
  const own = Object.hasOwn(MODELS, name) ? MODELS[name] : undefined
  return own ?? Object.values(MODELS).find(({ wire }) => wire === name) ?? null
}
