import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** The keys that calls are signed with: two are published, the newest signs. */
export class Seal {
  #keys = [newKey(), newKey()]

  /** The oldest is gone, and a new one signs. */
  rotate(): void {
    this.#keys = [...this.#keys.slice(1), newKey()]
  }

  jwks() {
    return { keys: this.#keys.map(({ publicKey }) => publicKey.export({ format: 'jwk' })) }
  }

  /** The headers over one body. */
  sign(request: string, body: string, at: number): Readonly<Record<string, string>> {
    const user = 'user_emulated'
    const seconds = String(Math.floor(at / 1000))
    const lines = [request, user, seconds, createHash('sha256').update(body).digest('hex')].join('\n')
    return {
      'x-fal-webhook-request-id': request,
      'x-fal-webhook-user-id': user,
      'x-fal-webhook-timestamp': seconds,
      'x-fal-webhook-signature': sign(null, Buffer.from(lines), this.#newest()).toString('hex'),
    }
  }

  #newest(): KeyObject {
    const newest = this.#keys.at(-1)
    if (newest === undefined) throw new Error('there is no key')
    return newest.privateKey
  }
}

function newKey() {
  return generateKeyPairSync('ed25519')
}
