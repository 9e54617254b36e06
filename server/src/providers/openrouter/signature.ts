import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Instant } from '../../domain/time.ts'

/** Either way: clocks differ, and what was heard long ago need not be heard again. */
const SKEW_MS = 300_000

/**
 * What is wrong with the signature of a callback; null: it fits. `t=SECONDS,v1=HEX`: an HMAC over the seconds, a comma and the very bytes; of
 * several (while a secret is changed) one that fits is enough.
 */
export function faultOf(signature: string | null, body: Uint8Array, secret: string, now: Instant): string | null {
  if (signature === null) return 'it is not signed'
  const parts = signature.split(',').map((part) => part.trim())
  const seconds = parts.find((part) => part.startsWith('t='))?.slice(2) ?? ''
  if (!/^\d{1,12}$/.test(seconds)) return 'its signature names no time'
  if (Math.abs(now - Number(seconds) * 1000) > SKEW_MS) return 'its signature is of another time'
  const expected = createHmac('sha256', secret).update(`${seconds},`).update(body).digest()
  const fits = parts.some((part) => {
    const given = part.startsWith('v1=') ? Buffer.from(part.slice(3), 'hex') : null
    return given !== null && given.byteLength === expected.byteLength && timingSafeEqual(given, expected)
  })
  return fits ? null : 'its signature does not fit'
}
