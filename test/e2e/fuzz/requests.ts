import type { Chance } from '../../sim/random.ts'
import type { Json } from '../call.ts'
import { formOf, jsonOf } from './encode.ts'
import { FilePart, garbage, likely, type Sources, spoilt } from './values.ts'

/** One operation of the document. */
export interface Operation {
  readonly method: string
  readonly path: string
  readonly about: Json
}

export interface Request {
  readonly operation: Operation
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | null
  /** Its method or path is not the document's. */
  readonly strayed: boolean
}

export interface Known extends Sources {
  /** Ids by the path under which answers showed them: `/v1/videos`. */
  readonly ids: ReadonlyMap<string, readonly string[]>
  /** Header sets of callers, the usual ones several times. */
  readonly callers: readonly Readonly<Record<string, string>>[]
  /** Videos and keys that all others need: never deleted. */
  readonly kept: ReadonlySet<string>
}

export function operationsOf(document: Json): Operation[] {
  return Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
    Object.entries<Json>(methods).map(([method, about]) => ({ method: method.toUpperCase(), path, about })),
  )
}

const one = <T>(chance: Chance, items: readonly T[]): T => items[chance.between(0, items.length - 1)] as T

/** A request for an operation: as the document wants it, with one thing spoilt, or all wrong. */
export function requestOf(known: Known, operation: Operation): Request {
  const { chance } = known
  const parameters: readonly Json[] = operation.about.parameters ?? []
  const mood = chance.pick([
    { mood: 'good', weight: 5 },
    { mood: 'spoilt', weight: 4 },
    { mood: 'wild', weight: 1 },
  ] as const).mood
  const strays = chance.next() < 0.03

  let path = operation.path
  for (const { name } of parameters.filter((one) => one.in === 'path')) {
    path = path.replace(`{${name}}`, pathValue(known, operation.path.slice(0, operation.path.indexOf(`{${name}}`) - 1), operation.method))
  }
  const query: string[] = []
  for (const { name, schema, required } of parameters.filter((one) => one.in === 'query')) {
    if (!required && chance.next() < 0.6) continue
    const value = mood !== 'good' && chance.next() < 0.4 ? garbage(known) : likely(known, schema, name)
    query.push(`${name}=${encoded(typeof value === 'string' ? value : jsonOf(value)).slice(0, 3_000)}`)
  }
  if (chance.next() < 0.03) query.push(one(chance, ['', 'limit=1&limit=2', 'a[b]=c', '%00=1', '=', '&&', '%ff=%fe', 'order[]=asc']))

  // Nobody waits for a video here: none is made.
  const headers: Record<string, string> = { prefer: 'wait=0', ...one(chance, known.callers) }
  for (const { name } of parameters.filter((one) => one.in === 'header' && one.name !== 'Filmgate-Customer')) {
    if (chance.next() < 0.3) headers[name.toLowerCase()] = headerValue(known)
  }
  if (chance.next() < 0.05)
    headers[
      one(chance, ['accept', 'range', 'x-stainless-retry-count', 'filmgate-customer', 'expect', 'accept-encoding', 'if-none-match'])
    ] = headerValue(known)
  if (chance.next() < 0.05) headers.accept = 'text/csv'

  const body = bodyOf(known, operation, mood, headers)
  const method =
    strays && chance.next() < 0.5 ? one(chance, ['PUT', 'PATCH', 'DELETE', 'POST', 'OPTIONS', 'HEAD', 'GET']) : operation.method
  const alias = path.startsWith('/v1/') && chance.next() < 0.1 ? `/openai${path}` : path
  const astray =
    strays && method === operation.method ? `${alias}${one(chance, ['/more', '//', '%2f', '%', '/..', '/%00', '/%ff'])}` : alias
  return { operation, method, url: astray + (query.length > 0 ? `?${query.join('&')}` : ''), headers, body, strayed: strays }
}

function pathValue(known: Known, prefix: string, method: string): string {
  const { chance } = known
  const pool = (known.ids.get(prefix.replaceAll(/\{\w+\}/g, '{}')) ?? []).filter((id) => method !== 'DELETE' || !known.kept.has(id))
  const roll = chance.next()
  if (roll < 0.8 && pool.length > 0) return encoded(one(chance, pool))
  if (roll < 0.9) return encoded(method === 'DELETE' ? 'unknown' : known.id())
  const value = garbage(known)
  return encoded(
    typeof value === 'string' && value !== ''
      ? value.slice(0, 400)
      : one(chance, ['0', 'video_', 'null', '%', 'é', ' ', '\u0000', '..;', 'x'.repeat(300)]),
  )
}

function headerValue(known: Known): string {
  const { chance } = known
  return one(chance, [
    `key ${chance.between(0, 400)}`,
    `key ${chance.between(0, 4)}`,
    '',
    '0',
    '1',
    'x'.repeat(256),
    'é',
    'bytes=0-99',
    'bytes=9999999999-',
    'a\tb',
    known.id(),
  ])
}

function bodyOf(
  known: Known,
  { about, method }: Operation,
  mood: 'good' | 'spoilt' | 'wild',
  headers: Record<string, string>,
): Buffer | null {
  const { chance } = known
  const content: Json = about.requestBody?.content
  if (content === undefined) {
    if (method === 'GET' || chance.next() > 0.05) return null
    headers['content-type'] = one(chance, ['application/json', 'text/plain'])
    return Buffer.from(one(chance, ['{}', '{', 'x']))
  }
  const type = one(chance, Object.keys(content))
  const made = likely(known, content[type].schema ?? {})
  const value = mood === 'good' ? made : mood === 'spoilt' ? spoilt(known, made) : garbage(known)
  if (type === 'multipart/form-data') {
    const boundary = 'a-fuzzy-boundary'
    headers['content-type'] = `multipart/form-data; boundary=${mood === 'wild' ? 'another' : boundary}`
    return broken(known, formOf(value, boundary), mood)
  }
  headers['content-type'] =
    mood === 'wild'
      ? one(chance, ['text/plain', 'application/json; charset=latin1', '', 'application/x-www-form-urlencoded', 'json'])
      : 'application/json'
  const text = jsonOf(value instanceof FilePart ? {} : value)
  const twice = mood === 'spoilt' && chance.next() < 0.05 && text.startsWith('{"') ? `{${text.slice(1, -1)},${text.slice(1)}` : text
  return broken(known, Buffer.from(twice), mood)
}

/** Now and then cut off, empty, or with bytes changed. */
function broken({ chance }: Known, bytes: Buffer, mood: string): Buffer {
  if (mood === 'good' || chance.next() > 0.1) return bytes
  const changed = Buffer.from(bytes)
  if (changed.length > 0) changed[chance.between(0, changed.length - 1)] = chance.between(0, 255)
  return one(chance, [bytes.subarray(0, chance.between(0, bytes.length)), Buffer.alloc(0), changed, Buffer.concat([bytes, bytes])])
}

/** Percent-encoded; a lone surrogate as the bytes that some clients send for it. */
function encoded(text: string): string {
  return text
    .split(/([\ud800-\udfff]+)/)
    .map((part) => (part.isWellFormed() ? encodeURIComponent(part) : '%ED%A0%80'))
    .join('')
}
