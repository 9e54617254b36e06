import { formatSize } from '../../domain/order.ts'
import type { ProviderOrder } from '../provider.ts'

/** Where size and length are part of the name: by size and seconds. A name that is not here goes as it is. */
const WIRE_NAMES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'sora-2': {
    '720x1280 10': 'sora_video2',
    '1280x720 10': 'sora_video2-landscape',
    '720x1280 15': 'sora_video2-15s',
    '1280x720 15': 'sora_video2-landscape-15s',
  },
}

/** The body of the one call that an order is; null when no name of the model says its size and length. */
export async function writeCall({ order, provider_model, reference }: ProviderOrder): Promise<string | null> {
  const names = WIRE_NAMES[provider_model]
  const model = names === undefined ? provider_model : names[`${formatSize(order.size)} ${order.seconds}`]
  if (model === undefined || order.operation !== 'create') return null
  const text = { type: 'text', text: order.prompt }
  const content = reference === null ? order.prompt : [text, { type: 'image_url', image_url: { url: dataUrl(await reference()) } }]
  return JSON.stringify({ model, stream: true, messages: [{ role: 'user', content }] })
}

function dataUrl(picture: Uint8Array): string {
  const type = picture[0] === 0xff ? 'image/jpeg' : picture[0] === 0x89 ? 'image/png' : 'image/webp'
  return `data:${type};base64,${Buffer.from(picture).toString('base64')}`
}
