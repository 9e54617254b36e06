import { Webhook } from 'standardwebhooks'
import type { RandomBytes } from '../domain/ids.ts'
import { type Instant, unixSeconds } from '../domain/time.ts'

const SECRET_BYTES = 32
const HINT_LENGTH = 4

/** A new signing secret: `whsec_` and the key in base64, as every Standard Webhooks library takes it. */
export function mintSecret(random: RandomBytes): string {
  return `whsec_${Buffer.from(random(SECRET_BYTES)).toString('base64')}`
}

/** What may be shown of a secret later on. */
export function hintOf(secret: string): string {
  return `whsec_…${secret.replace(/=+$/, '').slice(-HINT_LENGTH)}`
}

/**
 * The headers of Standard Webhooks over one body, one signature for each secret.
 * @param at when it is sent: receivers refuse what is older than five minutes, so every try is signed anew.
 */
export function signed(id: string, at: Instant, body: string, secrets: readonly string[]): Readonly<Record<string, string>> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(unixSeconds(at)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, new Date(at), body)).join(' '),
  }
}
