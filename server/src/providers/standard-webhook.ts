import { timingSafeEqual } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import type { Instant } from '../domain/time.ts'
import type { HeaderOf } from './provider.ts'

/** A callback that was signed longer ago, or further ahead, is not heard. */
const SKEW_MS = 300_000

/** A callback that is signed by Standard Webhooks, in our own time, by whom is to be seen. */
export interface Signed {
  /** Whether this secret (`whsec_` and base64) signed it. Any of several signatures may fit: a secret that is being changed signs beside its successor. */
  fits(secret: string): boolean
}

/** Reads the signature of a callback; a sentence that says why it can be nobody's. */
export function readSigned(body: Uint8Array, header: HeaderOf, now: Instant): Signed | string {
  const [id, timestamp, signatures] = [header('webhook-id'), header('webhook-timestamp'), header('webhook-signature')]
  if (!id || !timestamp || !signatures) return 'it is not signed'
  if (!/^\d{1,12}$/.test(timestamp)) return 'its time is not a number'
  const at = Number(timestamp) * 1000
  if (Math.abs(now - at) > SKEW_MS) return 'it was signed at another time'
  const text = Buffer.from(body).toString('utf8')
  // The library's own check has no clock but the machine's: its signature is compared instead.
  const fits = (secret: string) => {
    const wanted = webhookOf(secret)?.sign(id, new Date(at), text)
    return wanted !== undefined && signatures.split(' ').some((one) => isEqual(one, wanted))
  }
  return { fits }
}

/** Whether text can be a secret at all. */
export function isSecret(text: string): boolean {
  return webhookOf(text) !== null
}

function webhookOf(secret: string): Webhook | null {
  try {
    return new Webhook(secret)
  } catch {
    return null
  }
}

function isEqual(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)]
  return one.byteLength === other.byteLength && timingSafeEqual(one, other)
}
