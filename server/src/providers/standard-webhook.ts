import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Instant } from '../domain/time.ts'
import type { HeaderOf } from './provider.ts'

/** A callback that was signed longer ago, or further ahead, is not heard. */
const SKEW_MS = 300_000

/**
 * Whether a callback is signed by Standard Webhooks with this secret (`whsec_` and base64), by our own clock. Any of several signatures may fit:
 * a secret that is being changed signs beside its successor.
 * @returns null when it is; else why it is not believed
 */
export function whyForged(body: Uint8Array, header: HeaderOf, secret: string, now: Instant): string | null {
  const [id, timestamp, signatures] = [header('webhook-id'), header('webhook-timestamp'), header('webhook-signature')]
  if (id === null || timestamp === null || signatures === null) return 'it is not signed'
  if (!/^\d{1,12}$/.test(timestamp)) return 'its time is not a number'
  if (Math.abs(now - Number(timestamp) * 1000) > SKEW_MS) return 'it was signed at another time'
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest()
  const fits = signatures.split(' ').some((one) => {
    const [version, text = ''] = one.split(',')
    const given = Buffer.from(text, 'base64')
    return version === 'v1' && given.byteLength === expected.byteLength && timingSafeEqual(given, expected)
  })
  return fits ? null : 'its signature does not fit'
}
