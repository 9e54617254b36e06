import type { Exchange } from './exchange.ts'
import { CLIP_TIMEOUT_MS, type Links } from './links.ts'

/**
 * The bytes of a clip that the provider gives out itself, with our key. Where it redirects to, our key does not go along.
 * @throws when there is no clip
 */
export async function openContent(exchange: Exchange, links: Links, path: string, accept: string): Promise<ReadableStream<Uint8Array>> {
  const response = await exchange.fetch(path, { accept }, AbortSignal.timeout(CLIP_TIMEOUT_MS))
  const location = response.headers.get('location')
  if (response.status >= 300 && response.status <= 399 && location !== null) {
    await response.body?.cancel()
    return links.open(new URL(location, response.url))
  }
  // A page or an error with status 200 comes from something in between: no result, and no verdict on it either.
  const type = response.headers.get('content-type') ?? ''
  if (response.status !== 200 || response.body === null || /\b(html|json)\b/.test(type)) {
    await response.body?.cancel()
    throw new Error(`the clip was answered with ${response.status} ${type}`)
  }
  return response.body
}
