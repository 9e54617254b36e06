import { crc32, deflateSync } from 'node:zlib'
import type { Method } from '../../http/route.ts'

/** Who asks. `poor` has a key and no credits. */
export type Caller = 'owner' | 'stranger' | 'poor' | 'operator' | 'operator for owner' | 'revoked' | 'wrong key' | 'nobody'

/** One bad input and the only answer that is right. `<name>` in path, JSON and headers stands for a resource of the test's world. */
export interface BadInput {
  readonly what: string
  readonly method: Method | 'PUT' | 'OPTIONS'
  readonly path: string
  readonly as: Caller
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** Sent as it is; JSON unless `headers` say otherwise. Made when it is needed: some are large. */
  readonly raw?: () => string | Buffer
  readonly code: string
  /** As the caller spelt it. */
  readonly param: string | null
  readonly says?: RegExp
}

export const ORDER = { model: 'sora-2', prompt: 'a boat on a calm lake', seconds: '4', size: '1280x720' } as const

/** What a field may be told, and the answer: code and param are the same in every encoding, but for the spelling of what is nested. */
export type Wrong = readonly [what: string, fields: Readonly<Record<string, unknown>>, code: string, param: string | null, says?: RegExp]

export const long = (length: number) => 'x'.repeat(length)
export const pairs = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']))

export const BOUNDARY = 'XXfilmXX'
export const FORM = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` } as const
export const END = `--${BOUNDARY}--\r\n`

export function textPart(name: string, value: string): string {
  return `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
}

export function filePart(name: string, bytes: Buffer, filename = 'first.png', type = 'image/png'): Buffer {
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"; filename="${filename}"\r\nContent-Type: ${type}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n')])
}

/** An order as a form: its text fields, then whatever parts are given. */
export function orderForm(fields: Readonly<Record<string, string>>, ...parts: (string | Buffer)[]): Buffer {
  const texts = Object.entries(fields).map(([name, value]) => textPart(name, value))
  return Buffer.concat([...texts, ...parts, END].map((part) => (typeof part === 'string' ? Buffer.from(part) : part)))
}

/** A PNG of black (one bit a pixel), whole and valid: a picture of 50,000 x 50,000 has about 300 KB. */
export function blackPng(width: number, height: number): Buffer {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([1, 0, 0, 0, 0], 8)
  const rows = Buffer.alloc(Math.ceil(width / 8 + 1) * height)
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(kind: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(kind), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const check = Buffer.alloc(4)
  check.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, check])
}

export function dataUrl(bytes: Buffer, type = 'image/png'): string {
  return `data:${type};base64,${bytes.toString('base64')}`
}
