import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { Clock, Instant } from '../../domain/time.ts'
import type { Exchange } from '../exchange.ts'
import type { CalledBack, HeaderOf } from '../provider.ts'
import { memberOf, textOf } from '../reading.ts'

/** By fal's word: keys are to be read again at least daily, and calls that are older than five minutes are not to be heard. */
const KEYS_LAST_MS = 86_400_000
const AGE_MAX_MS = 300_000
/** A signature that no key fits may be of a new one; whoever forges must not make us ask for keys at every call. */
const ASK_AGAIN_MS = 60_000

/** The keys that fal signs its calls with, kept for at most a day. Asked for without our own key. */
export class SigningKeys {
  readonly #exchange: Exchange
  readonly #address: string
  readonly #clock: Clock
  #kept: { readonly keys: readonly KeyObject[]; readonly read_at: Instant } | null = null
  #asked_at: Instant | null = null
  /** Calls that come while keys are read wait for the same answer. */
  #asking: Promise<void> | null = null

  constructor(exchange: Exchange, address: string, clock: Clock) {
    this.#exchange = exchange
    this.#address = address
    this.#clock = clock
  }

  /** Whether one of them made this signature; null when there are no keys to tell by. */
  async fit(message: Uint8Array, signature: Uint8Array): Promise<boolean | null> {
    const now = this.#clock()
    if (this.#fresh(now)?.some((key) => verify(null, message, key, signature)) === true) return true
    if (this.#asking === null && (this.#asked_at === null || Math.abs(now - this.#asked_at) >= ASK_AGAIN_MS)) {
      this.#asking = this.#ask(now).finally(() => {
        this.#asking = null
      })
    }
    await this.#asking
    return this.#fresh(now)?.some((key) => verify(null, message, key, signature)) ?? null
  }

  #fresh(now: Instant): readonly KeyObject[] | null {
    return this.#kept === null || now - this.#kept.read_at >= KEYS_LAST_MS ? null : this.#kept.keys
  }

  async #ask(now: Instant): Promise<void> {
    this.#asked_at = now
    const exchanged = await this.#exchange.ask(this.#address)
    const listed = exchanged.outcome === 'answered' && exchanged.answer.status === 200 ? memberOf(exchanged.answer.json, 'keys') : null
    if (!Array.isArray(listed)) return
    const keys = listed.flatMap(keyOf)
    if (keys.length > 0) this.#kept = { keys, read_at: now }
  }
}

/** Which request a call is about, if fal signed it: Ed25519 over four lines, the last of them a digest of the body. */
export async function readCallback(keys: SigningKeys, body: Uint8Array, header: HeaderOf, now: Instant): Promise<CalledBack> {
  const [request, user, at, signature] = ['request-id', 'user-id', 'timestamp', 'signature'].map((name) => header(`x-fal-webhook-${name}`))
  if (!request || !user || !at || !signature || !/^\d{1,12}$/.test(at) || !/^[0-9a-f]{128}$/i.test(signature))
    return { outcome: 'forged', message: 'it is not signed' }
  if (Math.abs(now - Number(at) * 1_000) > AGE_MAX_MS) return { outcome: 'forged', message: 'it was signed at another time' }
  const message = [request, user, at, createHash('sha256').update(body).digest('hex')].join('\n')
  const fits = await keys.fit(Buffer.from(message), Buffer.from(signature, 'hex'))
  // Not heard, it comes again for two hours: of a lost order there is no other word.
  if (fits === null) return { outcome: 'forged', message: 'the keys of fal could not be read, so nobody can tell' }
  if (!fits) return { outcome: 'forged', message: 'no key of fal made its signature' }
  const id = idOf(body)
  return id === null ? { outcome: 'nothing' } : { outcome: 'about', ref: { id } }
}

function idOf(body: Uint8Array): string | null {
  try {
    return textOf(JSON.parse(Buffer.from(body).toString('utf8')), 'request_id')
  } catch {
    return null
  }
}

/** What is no Ed25519 key is passed over: one bad key must not silence the others. */
function keyOf(jwk: unknown): readonly KeyObject[] {
  const x = textOf(jwk, 'x')
  if (x === null || textOf(jwk, 'kty') !== 'OKP' || textOf(jwk, 'crv') !== 'Ed25519') return []
  try {
    return [createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })]
  } catch {
    return []
  }
}
