import { formatSize } from '../../domain/order.ts'
import { postOf } from '../exchange.ts'
import type { ProviderOrder } from '../provider.ts'
import { dataUri } from '../reading.ts'
import { type Unsayable, unsayable, type Written } from '../submit-once.ts'

/** A model by its name, whose newest version Replicate runs, or one version of anybody's. */
export type Model = { readonly kind: 'official'; readonly name: string } | { readonly kind: 'version'; readonly version: string }

/** `owner/name`; `owner/name:version` or a bare version. Null: it is neither. */
export function modelOf(provider_model: string): Model | null {
  const [, version] = /^(?:[\w.-]+\/[\w.-]+:)?([0-9a-f]{64})$/.exec(provider_model) ?? []
  if (version !== undefined) return { kind: 'version', version }
  return /^[\w.-]+\/[\w.-]+$/.test(provider_model) ? { kind: 'official', name: provider_model } : null
}

/** What most video models call their inputs, and what some families call the first frame. Source: their pages on replicate.com. */
const PICTURE_FIELDS: readonly (readonly [RegExp, string])[] = [
  [/^kwaivgi\//, 'start_image'],
  [/^minimax\//, 'first_frame_image'],
]

const SHAPES: Readonly<Record<string, { readonly resolution: string; readonly aspect_ratio: string }>> = {
  '854x480': { resolution: '480p', aspect_ratio: '16:9' },
  '480x854': { resolution: '480p', aspect_ratio: '9:16' },
  '1280x720': { resolution: '720p', aspect_ratio: '16:9' },
  '720x1280': { resolution: '720p', aspect_ratio: '9:16' },
  '1920x1080': { resolution: '1080p', aspect_ratio: '16:9' },
  '1080x1920': { resolution: '1080p', aspect_ratio: '9:16' },
}

/** The inputs of an order, but for its picture: what a listed prediction is compared with. Null: there are no words for it. */
export function inputOf({ order }: ProviderOrder): Readonly<Record<string, string | number>> | null {
  const shape = SHAPES[formatSize(order.size)]
  return shape === undefined ? null : { prompt: order.prompt, duration: order.seconds, ...shape }
}

/** @param cancel_after like `30m`: when Replicate gives a prediction up by itself; null: never. @throws when the picture cannot be read */
export async function writeOrder(ordered: ProviderOrder, cancel_after: string | null): Promise<Written | Unsayable> {
  const { order, provider_model, characters, reference, callback_url } = ordered
  const model = modelOf(provider_model)
  const said = inputOf(ordered)
  if (order.operation !== 'create') return unsayable(`This provider cannot ${order.operation}.`)
  if (characters.length > 0) return unsayable('This provider takes no characters.')
  if (model === null) return unsayable('This provider has no such model.')
  if (said === null) return unsayable('This provider makes no clips of this size.')
  const picture = reference === null ? {} : { [pictureField(provider_model)]: dataUri(await reference()) }
  const input = { ...said, ...picture }
  const hook = callback_url === null ? {} : { webhook: callback_url, webhook_events_filter: ['completed'] }
  const which = model.kind === 'version' ? { version: model.version } : {}
  return {
    outcome: 'written',
    path: model.kind === 'version' ? '/predictions' : `/models/${model.name}/predictions`,
    request: postOf({ ...which, input, ...hook }, cancel_after === null ? {} : { 'cancel-after': cancel_after }),
  }
}

/** Where a model takes its first frame. */
export function pictureField(provider_model: string): string {
  return PICTURE_FIELDS.find(([family]) => family.test(provider_model))?.[1] ?? 'image'
}
