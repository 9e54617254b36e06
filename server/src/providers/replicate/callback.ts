import type { Instant } from '../../domain/time.ts'
import type { Exchange } from '../exchange.ts'
import type { CalledBack, HeaderOf } from '../provider.ts'
import { jsonOf, textAt } from '../reading.ts'
import type { SigningKeys } from '../signing-keys.ts'
import { isSecret, readSigned } from '../standard-webhook.ts'

/** It has no end by itself; one that was replaced is noticed by what it no longer fits. */
export const SECRET_LASTS_MS = 86_400_000

/** The secret of this account; null when it can not be had. */
export async function readSecret(exchange: Exchange): Promise<string | null> {
  const exchanged = await exchange.ask('/webhooks/default/secret')
  const secret = exchanged.outcome === 'answered' && exchanged.answer.status === 200 ? textAt(exchanged.answer.json, 'key') : null
  return secret !== null && isSecret(secret) ? secret : null
}

/** Which prediction a call is about, if it is signed as Standard Webhooks are. */
export async function readCallback(keys: SigningKeys<string>, body: Uint8Array, header: HeaderOf, now: Instant): Promise<CalledBack> {
  const signed = readSigned(body, header, now)
  if (typeof signed === 'string') return { outcome: 'forged', message: signed }
  const fits = await keys.fit(signed.fits)
  if (fits === null) return { outcome: 'forged', message: 'the secret of Replicate could not be read, so nobody can tell' }
  if (!fits) return { outcome: 'forged', message: 'its signature does not fit' }
  const about = textAt(jsonOf(body), 'id')
  return about === null ? { outcome: 'nothing' } : { outcome: 'about', ref: { id: about } }
}
