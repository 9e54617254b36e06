import { type Api, type Call, Refusal, Unreachable } from '../api/client.ts'
import type { Quote } from '../api/quote.ts'
import { readVideo, type Video } from '../api/video.ts'
import { bodyOf, type Order } from './order.ts'

export type Placed =
  | { readonly outcome: 'accepted'; readonly video: Video }
  | { readonly outcome: 'refused'; readonly refusal: Refusal }
  /** The quote cannot be honoured (expired, used, or not for this order): ask for a new one. Nothing was made. */
  | { readonly outcome: 'requote'; readonly refusal: Refusal }
  /** No answer after every try: the order may have arrived. The same key makes pressing again safe. */
  | { readonly outcome: 'unknown' }

const REQUOTE = new Set(['quote_expired', 'quote_mismatch', 'quote_used'])

/** Waits before the second, third and fourth try. */
const PAUSES_MS = [400, 1500, 4000]

/**
 * Orders a clip at a quoted price. Every try carries the same body and the same `Idempotency-Key`, so that an answer lost on the
 * way never makes a second clip.
 */
export async function placeOrder(
  api: Pick<Api, 'post'>,
  order: Order,
  quote: Quote,
  key: string,
  wait: (ms: number) => Promise<void>,
): Promise<Placed> {
  const call: Call = { body: { ...bodyOf(order), quote: quote.id }, headers: { 'idempotency-key': key } }
  for (let attempt = 0; ; attempt += 1) {
    try {
      const { body } = await api.post('/v1/videos', readVideo, call)
      return { outcome: 'accepted', video: body }
    } catch (error) {
      if (error instanceof Refusal && REQUOTE.has(error.code)) return { outcome: 'requote', refusal: error }
      if (error instanceof Refusal && error.status < 500) return { outcome: 'refused', refusal: error }
      if (!(error instanceof Refusal || error instanceof Unreachable)) throw error
      const pause = PAUSES_MS[attempt]
      if (pause !== undefined) await wait(pause)
      else if (error instanceof Refusal && error.status === 503) return { outcome: 'refused', refusal: error }
      else return { outcome: 'unknown' }
    }
  }
}

/** 128 random bits. Not `randomUUID`: browsers offer that on secure origins only, and a gateway in the local network may be plain http. */
export function newKey(random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array = (bytes) => crypto.getRandomValues(bytes)): string {
  return Array.from(random(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
