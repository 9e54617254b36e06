import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto'
import { inspect } from 'node:util'
import type { RandomBytes } from '../domain/ids.ts'

const SECRET_BYTES = 32
const SEAL_VERSION = 1
const IV_BYTES = 12
const TAG_BYTES = 16

/** The workspace's secret (FILMGATE_SECRET). It gives out sub-keys, never itself, and prints as [redacted]. */
export class Secret {
  readonly #root: Buffer

  private constructor(root: Buffer) {
    this.#root = root
  }

  /** Reads 32 bytes of base64 (either alphabet, padding optional); null when it is anything else. */
  static read(text: string): Secret | null {
    const trimmed = text.trim().replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '')
    if (!/^[A-Za-z0-9+/]{43}$/.test(trimmed)) return null
    const root = Buffer.from(trimmed, 'base64')
    return root.length === SECRET_BYTES ? new Secret(root) : null
  }

  /** A new secret in the form that `read` takes, for the data folder. */
  static generate(random: RandomBytes): string {
    return Buffer.from(random(SECRET_BYTES)).toString('base64')
  }

  /** A key for one purpose (HKDF-SHA-256). Two purposes never share a key, so a leak of one tells nothing of the other. */
  subKey(purpose: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#root, 'filmgate', purpose, 32))
  }

  toJSON(): string {
    return '[redacted]'
  }

  toString(): string {
    return '[redacted]'
  }

  [inspect.custom](): string {
    return 'Secret [redacted]'
  }
}

/** The text that the workspace keeps to recognise its secret again. */
export function checkValue(secret: Secret): Buffer {
  return createHmac('sha256', secret.subKey('workspace-check')).update('filmgate workspace').digest()
}

/** Encrypts text for the database (AES-256-GCM). `bound_to` names the row: a sealed value moved to another row does not open. */
export function seal(secret: Secret, text: string, bound_to: string, random: RandomBytes): Buffer {
  const iv = random(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', secret.subKey('seal'), iv)
  cipher.setAAD(Buffer.from(bound_to))
  return Buffer.concat([Buffer.of(SEAL_VERSION), iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
}

/** Opens what `seal` made; null when it was changed, moved to another row or sealed under another secret. */
export function open(secret: Secret, sealed: Uint8Array, bound_to: string): string | null {
  const bytes = Buffer.from(sealed)
  if (bytes[0] !== SEAL_VERSION || bytes.length < 1 + IV_BYTES + TAG_BYTES) return null
  const decipher = createDecipheriv('aes-256-gcm', secret.subKey('seal'), bytes.subarray(1, 1 + IV_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(bound_to))
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES))
  try {
    return decipher.update(bytes.subarray(1 + IV_BYTES, bytes.length - TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
  } catch {
    return null
  }
}
