import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { Instant } from '../../domain/time.ts'
import type { Exchange } from '../exchange.ts'
import type { CalledBack, HeaderOf } from '../provider.ts'
import { memberOf, textAt } from '../reading.ts'
import type { SigningKeys } from '../signing-keys.ts'

/** By fal's word: keys are to be read again at least daily, and calls that are older than five minutes are not to be heard. */
export const KEYS_LAST_MS = 86_400_000
const AGE_MAX_MS = 300_000

/** The keys that fal publishes; null when they can not be had. What is no Ed25519 key is passed over: one bad key must not silence the others. */
export async function readKeys(exchange: Exchange, address: string): Promise<readonly KeyObject[] | null> {
  const exchanged = await exchange.ask(address)
  const listed = exchanged.outcome === 'answered' && exchanged.answer.status === 200 ? memberOf(exchanged.answer.json, 'keys') : null
  const keys = Array.isArray(listed) ? listed.flatMap(keyOf) : []
  return keys.length === 0 ? null : keys
}

/** Which request a call is about, if fal signed it: Ed25519 over four lines, the last of them a digest of the body. */
export async function readCallback(
  keys: SigningKeys<readonly KeyObject[]>,
  body: Uint8Array,
  header: HeaderOf,
  now: Instant,
): Promise<CalledBack> {
  const [request, user, at, signature] = ['request-id', 'user-id', 'timestamp', 'signature'].map((name) => header(`x-fal-webhook-${name}`))
  if (!request || !user || !at || !signature || !/^\d{1,12}$/.test(at) || !/^[0-9a-f]{128}$/i.test(signature))
    return { outcome: 'forged', message: 'it is not signed' }
  if (Math.abs(now - Number(at) * 1_000) > AGE_MAX_MS) return { outcome: 'forged', message: 'it was signed at another time' }
  const message = Buffer.from([request, user, at, createHash('sha256').update(body).digest('hex')].join('\n'))
  const fits = await keys.fit((known) => known.some((key) => verify(null, message, key, Buffer.from(signature, 'hex'))))
  // Not heard, it comes again for two hours: of a lost order there is no other word.
  if (fits === null) return { outcome: 'forged', message: 'the keys of fal could not be read, so nobody can tell' }
  if (!fits) return { outcome: 'forged', message: 'no key of fal made its signature' }
  const id = idOf(body)
  return id === null ? { outcome: 'nothing' } : { outcome: 'about', ref: { id } }
}

function idOf(body: Uint8Array): string | null {
  try {
    return textAt(JSON.parse(Buffer.from(body).toString('utf8')), 'request_id')
  } catch {
    return null
  }
}

function keyOf(jwk: unknown): readonly KeyObject[] {
  const x = textAt(jwk, 'x')
  if (x === null || textAt(jwk, 'kty') !== 'OKP' || textAt(jwk, 'crv') !== 'Ed25519') return []
  try {
    return [createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })]
  } catch {
    return []
  }
}
