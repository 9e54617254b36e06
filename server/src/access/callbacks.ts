import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Secret } from './secret.ts'

const ID_BYTES = 16
const MAC_BYTES = 20
/** 36 bytes are 48 characters without a spare bit: each token has one spelling. */
const TOKEN = /^[A-Za-z0-9_-]{48}$/

/** The addresses that providers call back: one for each attempt, guessed by nobody. */
export interface Callbacks {
  /** Null: the operator has not said where this server is reached from outside. */
  address(attempt: string): string | null
  /** The attempt that a token was made for; null for a token that we did not make. */
  attemptOf(token: string): string | null
}

/**
 * A token is the attempt's id and its HMAC under a key of the workspace's secret: every process knows it, and nothing of it is stored.
 * @param public_url where this server is reached from outside, without a slash at its end
 */
export function createCallbacks(secret: Secret, public_url: string | null): Callbacks {
  const key = secret.subKey('callback')
  const macOf = (id: Uint8Array) => createHmac('sha256', key).update(id).digest().subarray(0, MAC_BYTES)
  return {
    address(attempt) {
      if (public_url === null) return null
      const id = Buffer.from(attempt.replaceAll('-', ''), 'hex')
      if (id.length !== ID_BYTES) throw new Error('the id of an attempt is a UUID')
      return `${public_url}/v1/callbacks/${Buffer.concat([id, macOf(id)]).toString('base64url')}`
    },
    attemptOf(token) {
      if (!TOKEN.test(token)) return null
      const bytes = Buffer.from(token, 'base64url')
      const id = bytes.subarray(0, ID_BYTES)
      if (!timingSafeEqual(macOf(id), bytes.subarray(ID_BYTES))) return null
      return id.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
    },
  }
}
