import { formatSize, type Size } from '../../domain/order.ts'
import type { ProviderOrder } from '../provider.ts'
import { type Unsayable, unsayable } from '../submit-once.ts'

/** How one model is asked for. Source: the input forms of fal's model pages. */
interface Model {
  /** `{tier}` stands for the word of the size, where sizes are endpoints of their own. */
  readonly from_text: string
  readonly from_picture: string
  readonly tiers?: Readonly<Record<Resolution, string>>
  readonly picture_field: 'image_url' | 'start_image_url'
  /** `8s`, `"8"` or `8`. */
  readonly seconds: 'suffixed' | 'text' | 'number'
  readonly says_resolution: boolean
  /** It makes sound when told so, and some do not unless told; null: it has no such field. */
  readonly generate_audio: true | null
}

type Resolution = '720p' | '1080p'

/** Each exact size as fal says it. */
const SIZES: Readonly<Record<string, { readonly resolution: Resolution; readonly aspect_ratio: string }>> = {
  '1280x720': { resolution: '720p', aspect_ratio: '16:9' },
  '720x1280': { resolution: '720p', aspect_ratio: '9:16' },
  '1920x1080': { resolution: '1080p', aspect_ratio: '16:9' },
  '1080x1920': { resolution: '1080p', aspect_ratio: '9:16' },
}

const VEO = { picture_field: 'image_url', seconds: 'suffixed', says_resolution: true, generate_audio: true } as const
const KLING = { picture_field: 'start_image_url', seconds: 'text', says_resolution: false } as const
const SEEDANCE = { picture_field: 'image_url', seconds: 'text', says_resolution: true, generate_audio: true } as const
const TIERS = { '720p': 'standard', '1080p': 'pro' } as const

/** By the names of our catalogue. */
const MODELS: Readonly<Record<string, Model>> = {
  'veo-3.1': { from_text: 'fal-ai/veo3.1', from_picture: 'fal-ai/veo3.1/image-to-video', ...VEO },
  'veo-3.1-fast': { from_text: 'fal-ai/veo3.1/fast', from_picture: 'fal-ai/veo3.1/fast/image-to-video', ...VEO },
  'veo-3.1-lite': { from_text: 'fal-ai/veo3.1/lite', from_picture: 'fal-ai/veo3.1/lite/image-to-video', ...VEO },
  'kling-v4': {
    // By the pattern of v3: its own page was not read.
    from_text: 'fal-ai/kling-video/v4/{tier}/text-to-video',
    from_picture: 'fal-ai/kling-video/v4/{tier}/image-to-video',
    tiers: TIERS,
    generate_audio: null,
    ...KLING,
  },
  'kling-v3': {
    from_text: 'fal-ai/kling-video/v3/{tier}/text-to-video',
    from_picture: 'fal-ai/kling-video/v3/{tier}/image-to-video',
    tiers: TIERS,
    generate_audio: true,
    ...KLING,
  },
  'kling-2.5-turbo': {
    from_text: 'fal-ai/kling-video/v2.5-turbo/pro/text-to-video',
    from_picture: 'fal-ai/kling-video/v2.5-turbo/pro/image-to-video',
    generate_audio: null,
    ...KLING,
    picture_field: 'image_url',
  },
  'seedance-2.0': {
    from_text: 'bytedance/seedance-2.0/text-to-video',
    from_picture: 'bytedance/seedance-2.0/image-to-video',
    ...SEEDANCE,
  },
  'seedance-2.0-fast': {
    from_text: 'bytedance/seedance-2.0/fast/text-to-video',
    from_picture: 'bytedance/seedance-2.0/fast/image-to-video',
    ...SEEDANCE,
  },
  'seedance-2.0-mini': {
    from_text: 'bytedance/seedance-2.0/mini/text-to-video',
    from_picture: 'bytedance/seedance-2.0/mini/image-to-video',
    ...SEEDANCE,
  },
  'wan-2.7': {
    from_text: 'fal-ai/wan/v2.7/text-to-video',
    from_picture: 'fal-ai/wan/v2.7/image-to-video',
    picture_field: 'image_url',
    seconds: 'number',
    says_resolution: true,
    generate_audio: null,
  },
  'wan-2.5': {
    from_text: 'fal-ai/wan-25-preview/text-to-video',
    from_picture: 'fal-ai/wan-25-preview/image-to-video',
    picture_field: 'image_url',
    seconds: 'text',
    says_resolution: true,
    generate_audio: null,
  },
  'pika-2.2': {
    from_text: 'fal-ai/pika/v2.2/text-to-video',
    from_picture: 'fal-ai/pika/v2.2/image-to-video',
    picture_field: 'image_url',
    seconds: 'number',
    says_resolution: true,
    generate_audio: null,
  },
}

/** Where an order goes, or that this provider has no words for it. */
export type Addressed = { readonly outcome: 'addressed'; readonly endpoint: string } | Unsayable

export function endpointOf({ order, provider_model, characters, reference }: ProviderOrder): Addressed {
  const model = modelOf(provider_model)
  const sized = sizeOf(order.size)
  if (order.operation !== 'create') return unsayable(`This provider cannot ${order.operation}.`)
  if (characters.length > 0) return unsayable('This provider takes no characters.')
  if (model === null) return unsayable('This provider has no such model.')
  if (sized === null) return unsayable('This provider makes no clips of this size.')
  const path = reference === null ? model.from_text : model.from_picture
  return { outcome: 'addressed', endpoint: path.replace('{tier}', model.tiers?.[sized.resolution] ?? '') }
}

/** What is asked of that endpoint. A picture brings its own shape: only text needs to be told one. @throws when the picture cannot be read */
export async function inputOf({ order, provider_model, reference }: ProviderOrder): Promise<Readonly<Record<string, unknown>>> {
  const model = modelOf(provider_model)
  const sized = sizeOf(order.size)
  if (model === null || sized === null) throw new Error('it has no address')
  return {
    prompt: order.prompt,
    duration: secondsAs(model.seconds, order.seconds),
    ...(model.says_resolution ? { resolution: sized.resolution } : {}),
    ...(model.generate_audio === null ? {} : { generate_audio: true }),
    ...(reference === null ? { aspect_ratio: sized.aspect_ratio } : { [model.picture_field]: dataUri(await reference()) }),
  }
}

/** Owner and name of the app: where its requests are asked about, whatever endpoint of it they went to. */
export function appOf(endpoint: string): string {
  return endpoint.split('/').slice(0, 2).join('/')
}

function modelOf(name: string): Model | null {
  return Object.hasOwn(MODELS, name) ? (MODELS[name] ?? null) : null
}

function sizeOf(size: Size) {
  return SIZES[formatSize(size)] ?? null
}

function secondsAs(form: Model['seconds'], seconds: number): string | number {
  return form === 'number' ? seconds : form === 'text' ? String(seconds) : `${seconds}s`
}

function dataUri(picture: Uint8Array): string {
  const type = picture[0] === 0xff ? 'image/jpeg' : picture[0] === 0x89 ? 'image/png' : 'image/webp'
  return `data:${type};base64,${Buffer.from(picture).toString('base64')}`
}
