import { formatSize } from '../../domain/order.ts'
import { postOf } from '../exchange.ts'
import type { ProviderOrder } from '../provider.ts'
import { dataUri } from '../reading.ts'
import { type Unsayable, unsayable, type Written } from '../submit-once.ts'

/** Our names, where they are others than its own. */
const WIRE: Readonly<Record<string, string>> = {
  'veo-3.1': 'google/veo-3.1',
  'veo-3.1-fast': 'google/veo-3.1-fast',
  'veo-3.1-lite': 'google/veo-3.1-lite',
}

/** Who is called: OpenRouter refuses an order that wants to be called over plain http. Then it is polled alone. A stand-in on plain http may call so. */
export function mayBeCalled(base_url: string, callback_url: string | null): string | null {
  return callback_url === null || callback_url.startsWith('https:') || base_url.startsWith('http:') ? callback_url : null
}

/**
 * Says the exact size: it takes that instead of a resolution and a ratio, and the clip will be measured.
 * @param callback_url as `mayBeCalled` says
 * @throws when the picture cannot be read
 */
export async function writeOrder(ordered: ProviderOrder, callback_url: string | null): Promise<Written | Unsayable> {
  const { order, provider_model, reference, characters } = ordered
  if (order.operation !== 'create') return unsayable(`This provider cannot ${order.operation}.`)
  if (characters.length > 0) return unsayable('This provider takes no characters.')
  const wire = Object.hasOwn(WIRE, provider_model) ? WIRE[provider_model] : undefined
  const body = {
    model: wire ?? provider_model,
    prompt: order.prompt,
    duration: order.seconds,
    size: formatSize(order.size),
    // Models that we do not know are left to what they do by themselves.
    ...(wire === undefined ? {} : { generate_audio: true }),
    ...(reference === null ? {} : { frame_images: [firstFrame(await reference())] }),
    ...(callback_url === null ? {} : { callback_url }),
  }
  return { outcome: 'written', path: '/videos', request: postOf(body) }
}

function firstFrame(picture: Uint8Array) {
  return { type: 'image_url', image_url: { url: dataUri(picture) }, frame_type: 'first_frame' }
}
