import { createHmac, timingSafeEqual } from 'node:crypto'
import { type Instant, unixSeconds } from '../domain/time.ts'
import type { Secret } from './secret.ts'

const TIME_BYTES = 6
const MAC_BYTES = 20
const FILE = /^([A-Za-z0-9_-]{36,190})\.mp4$/

/** Addresses that show one clip to whoever has them, without a key, for a while. */
export interface ClipAddresses {
  /** Below the server's own address: `/v1/clips/….mp4`. */
  pathOf(video: string, expires_at: Instant): string
  /** What the last step of such a path says; null for one that we did not make. Whether it has expired is for the caller to see. */
  read(file: string): { readonly video: string; readonly expires_at: Instant } | null
}

/** The name of the file is the video, when it expires, and their HMAC under a key of the workspace's secret: every process knows it, and nothing of it is stored. */
export function createClipAddresses(secret: Secret): ClipAddresses {
  const key = secret.subKey('clip-address')
  const macOf = (said: Uint8Array) => createHmac('sha256', key).update(said).digest().subarray(0, MAC_BYTES)
  return {
    pathOf(video, expires_at) {
      const time = Buffer.alloc(TIME_BYTES)
      time.writeUIntBE(unixSeconds(expires_at), 0, TIME_BYTES)
      const said = Buffer.concat([time, Buffer.from(video)])
      return `/v1/clips/${Buffer.concat([said, macOf(said)]).toString('base64url')}.mp4`
    },
    read(file) {
      const token = FILE.exec(file)?.[1]
      if (token === undefined) return null
      const bytes = Buffer.from(token, 'base64url')
      // The last character may have bits to spare: each address has one spelling.
      if (bytes.length <= TIME_BYTES + MAC_BYTES || bytes.toString('base64url') !== token) return null
      const said = bytes.subarray(0, bytes.length - MAC_BYTES)
      if (!timingSafeEqual(macOf(said), bytes.subarray(said.length))) return null
      return { video: said.subarray(TIME_BYTES).toString(), expires_at: said.readUIntBE(0, TIME_BYTES) * 1000 }
    },
  }
}
