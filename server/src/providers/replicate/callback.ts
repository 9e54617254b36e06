import { timingSafeEqual } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import type { Instant } from '../../domain/time.ts'
import type { Exchange } from '../exchange.ts'
import type { CalledBack, HeaderOf } from '../provider.ts'
import { textAt } from '../reading.ts'
import type { SigningKeys } from '../signing-keys.ts'

/** It has no end by itself; one that was replaced is noticed by what it no longer fits. */
export const SECRET_LASTS_MS = 86_400_000
const AGE_MAX_MS = 300_000

/** The secret of this account; null when it can not be had. */
export async function readSecret(exchange: Exchange): Promise<string | null> {
  const exchanged = await exchange.ask('/webhooks/default/secret')
  const secret = exchanged.outcome === 'answered' && exchanged.answer.status === 200 ? textAt(exchanged.answer.json, 'key') : null
  return secret !== null && webhookOf(secret) !== null ? secret : null
}

/** Which prediction a call is about, if it is signed as Standard Webhooks are. */
export async function readCallback(keys: SigningKeys<string>, body: Uint8Array, header: HeaderOf, now: Instant): Promise<CalledBack> {
  const [id, at, signature] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => header(name))
  if (!id || !at || !signature || !/^\d{1,12}$/.test(at)) return { outcome: 'forged', message: 'it is not signed' }
  if (Math.abs(now - Number(at) * 1_000) > AGE_MAX_MS) return { outcome: 'forged', message: 'it was signed at another time' }
  const text = Buffer.from(body).toString('utf8')
  // The library's own check has no clock but the machine's: its signature is compared instead.
  const fits = await keys.fit((secret) => {
    const wanted = webhookOf(secret)?.sign(id, new Date(Number(at) * 1_000), text)
    return wanted !== undefined && signature.split(' ').some((one) => isEqual(one, wanted))
  })
  if (fits === null) return { outcome: 'forged', message: 'the secret of Replicate could not be read, so nobody can tell' }
  if (!fits) return { outcome: 'forged', message: 'its signature does not fit' }
  const about = idOf(text)
  return about === null ? { outcome: 'nothing' } : { outcome: 'about', ref: { id: about } }
}

function idOf(text: string): string | null {
  try {
    return textAt(JSON.parse(text), 'id')
  } catch {
    return null
  }
}

function isEqual(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)]
  return one.byteLength === other.byteLength && timingSafeEqual(one, other)
}

/** Null for what is no secret: the library throws. */
function webhookOf(secret: string): Webhook | null {
  try {
    return new Webhook(secret)
  } catch {
    return null
  }
}
