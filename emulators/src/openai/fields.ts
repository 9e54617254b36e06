import type { IncomingMessage } from 'node:http'
import { Refusal } from '../answer.ts'

/** A file of a form. */
export class Upload {
  readonly bytes: Uint8Array
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
}

/** A body of either encoding, read into one shape. Files are `Upload`s. */
export interface Fields {
  readonly encoding: 'json' | 'form'
  readonly values: Readonly<Record<string, unknown>>
}

const BODY_BYTES_MAX = 256 * 1024 ** 2

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request) {
    bytes += part.length
    if (bytes > BODY_BYTES_MAX) throw new Refusal(413, 'payload_too_large', 'The body is too large.')
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** @throws Refusal when it is in neither encoding */
export async function readFields(type: string, body: Buffer): Promise<Fields> {
  if (type.startsWith('application/json')) {
    const json = parse(body.toString('utf8'))
    if (isRecord(json)) return { encoding: 'json', values: json }
    throw new Refusal(400, 'invalid_value', 'We could not parse the JSON body of your request.')
  }
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData().catch(() => {
    throw new Refusal(400, 'invalid_value', 'We could not parse the form of your request.')
  })
  const values: Record<string, unknown> = {}
  for (const [name, value] of form) put(values, name, typeof value === 'string' ? value : new Upload(await value.bytes()))
  return { encoding: 'form', values }
}

/** Bracketed names stand for what is inside: `video[id]`, `characters[][id]`. */
function put(values: Record<string, unknown>, name: string, value: unknown): void {
  const [, outer = name, list, inner] = /^([^[\]]+)(\[\d*\])?(?:\[([^[\]]+)\])?$/.exec(name) ?? []
  const leaf = inner === undefined ? value : { [inner]: value }
  const before = values[outer]
  if (list !== undefined) values[outer] = [...(Array.isArray(before) ? before : []), leaf]
  else values[outer] = isRecord(leaf) && isRecord(before) && !(leaf instanceof Upload) ? { ...before, ...leaf } : leaf
}

/** Text, or a number as text; null when it is absent. */
export function textOf(values: Fields['values'], name: string): string | null {
  const value = values[name]
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : null
}

export function memberOf(value: unknown, name: string): string | null {
  return isRecord(value) ? textOf(value, name) : null
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
