import { hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type Readable, Transform } from 'node:stream'
import { setImmediate as soon } from 'node:timers/promises'
import { Busboy, type BusboyInstance } from '@fastify/busboy'
import { type Problem, problem } from '../domain/problems.ts'
import { fresh, place } from './field-name.ts'
import { UnwantedFile, UploadedFile, type Uploads } from './uploads.ts'

const MIB = 1024 * 1024
/** The contract's limits. */
export const JSON_BYTES = 30 * MIB
export const IMAGE_BYTES = 25 * MIB

/** Most bytes of the file part of each name. A file of another name is read and dropped. */
export type FileLimits = Readonly<Record<string, number>>

const MOST_FIELDS = 200
const MOST_FILES = 10

/**
 * Reads a multipart body into the one plain object that the same request in JSON would be; text stays text, file parts
 * become `UploadedFile`s in `uploads`. Wherever it fails it has let go of the request, so that an answer can be sent.
 * @throws Problem for everything that is wrong with the body; `HungUp` when the client went away.
 */
export async function readMultipart(request: IncomingMessage, uploads: Uploads, files: FileLimits): Promise<Record<string, unknown>> {
  const most_bytes = JSON_BYTES + MIB + Object.values(files).reduce((sum, bytes) => sum + bytes, 0)
  if (Number(request.headers['content-length'] ?? 0) > most_bytes) throw tooLarge(null, most_bytes)
  const parser = openParser(request)
  const meter = counting(most_bytes)
  const body = fresh()
  const writing: Promise<unknown>[] = []
  const open_parts = new Set<Readable>()
  let text_bytes = 0
  // The first thing found wrong. The rest is still read: a client that is cut off while it sends never sees the answer.
  let refusal: Problem | null = null
  const attempt = (work: () => void) => {
    try {
      work()
    } catch (error) {
      refusal ??= error as Problem
    }
  }

  parser.on('field', (name, value, _name_cut, value_cut) => {
    text_bytes += value.length
    attempt(() => {
      if (!isNamed(name)) throw nameless()
      if (value_cut) throw tooLarge(name, JSON_BYTES)
      // Beyond the limit values are dropped as they come: 200 fields of 30 MiB would be 6 GiB.
      if (text_bytes > JSON_BYTES) throw tooLarge(name, JSON_BYTES)
      place(body, name, value)
    })
  })
  parser.on('file', (given, part, filename, _encoding, type) => {
    const name = isNamed(given) ? given : ''
    if (name === '')
      attempt(() => {
        throw nameless()
      })
    open_parts.add(part)
    part.once('close', () => open_parts.delete(part))
    // The parser only says 'error', at once: whoever begins to read after that would wait for ever.
    part.on('error', (error) => part.destroy(error))
    const limit = files[name.replace(/\[\]$/, '')]
    const work = async () => {
      if (limit === undefined || refusal !== null) {
        for await (const _ of part);
        if (refusal === null) attempt(() => place(body, name, new UnwantedFile(name)))
        return
      }
      const taken = await uploads.take(name, part, limit, { name: filename, type })
      if (taken === 'too_large') refusal ??= tooLarge(name, limit)
      else if (taken.size > 0 || filename !== '') attempt(() => place(body, name, taken)) // a form's empty file field is no file
    }
    const done = work()
    done.catch(() => {}) // observed below; a failure before then must not count as unhandled
    writing.push(done)
    done.catch((error) => parser.destroy(error))
  })
  for (const [event, most] of [
    ['fieldsLimit', `${MOST_FIELDS} fields`],
    ['filesLimit', `${MOST_FILES} files`],
    ['partsLimit', `${MOST_FIELDS + MOST_FILES} parts`],
  ] as const) {
    parser.on(event, () => {
      refusal ??= problem('payload_too_large', `The request has more than ${most}.`)
    })
  }

  try {
    await new Promise<void>((resolve, reject) => {
      request.once('error', () => reject(new HungUp()))
      request.once('close', () => request.complete || reject(new HungUp()))
      meter.once('error', reject)
      parser.once('error', (error: unknown) => reject(error))
      parser.once('finish', resolve)
      meter.once('end', () => void allTaken(writing).then(() => reject(new Error('the parser waits for more'))))
      request.pipe(meter).pipe(parser)
    })
    await Promise.all(writing)
  } catch (error) {
    request.unpipe(meter)
    parser.destroy()
    for (const part of open_parts) part.destroy(new HungUp())
    request.resume()
    await Promise.allSettled(writing)
    throw refusal ?? asProblem(error)
  }
  if (refusal !== null) throw refusal
  return body
}

/**
 * Resolves when the parser has had its chance with everything that came. It finishes in the same turn; but a part whose header never ends
 * leaves it waiting for ever, without a word.
 */
async function allTaken(writing: readonly Promise<unknown>[]): Promise<void> {
  for (let seen = -1; seen !== writing.length; ) {
    seen = writing.length
    await Promise.allSettled(writing)
    await soon()
  }
}

/** The client went away in the middle of its request: nobody is left to answer. */
export class HungUp extends Error {
  constructor() {
    super('The client closed the connection before its request was complete.')
    this.name = 'HungUp'
  }
}

function openParser(request: IncomingMessage): BusboyInstance {
  const type = request.headers['content-type']
  try {
    return new Busboy({
      headers: { ...request.headers, 'content-type': type ?? '' },
      limits: {
        fieldSize: JSON_BYTES,
        fields: MOST_FIELDS,
        files: MOST_FILES,
        parts: MOST_FIELDS + MOST_FILES,
        headerPairs: 50,
      },
      // By the file name alone: a text field may well carry a content type of its own.
      isPartAFile: (_field, _type, filename) => filename !== undefined,
    })
  } catch {
    throw problem('invalid_value', 'The multipart body has no usable boundary; let your HTTP client set the Content-Type header by itself.')
  }
}

/** The library's types promise a name; a part without one comes with none all the same. */
function isNamed(name: string | undefined): name is string {
  return name !== undefined && name !== ''
}

function nameless(): Problem {
  return problem('invalid_value', 'A part of the multipart body has no name.')
}

function counting(most_bytes: number): Transform {
  let seen = 0
  return new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      seen += chunk.byteLength
      if (seen > most_bytes) done(tooLarge(null, most_bytes))
      else done(null, chunk)
    },
  })
}

function tooLarge(field: string | null, most_bytes: number): Problem {
  const what = field === null ? 'The request body' : `\`${field}\``
  return problem('payload_too_large', `${what} is larger than ${Math.floor(most_bytes / MIB)} MiB.`, { param: field })
}

/** What the parser throws is about the body; what the file system throws (a full disk) stays what it is. */
function asProblem(error: unknown): unknown {
  if (error instanceof HungUp || (error instanceof Error && ('code' in error || 'errno' in error))) return error
  return problem('invalid_value', 'The multipart body is broken or incomplete: it does not end with its boundary, or a part is malformed.')
}

/**
 * A fingerprint of what was asked: method, path and body, the same whether it came as JSON or multipart (numbers and
 * booleans count as their text, null as absent, names in any order, files by their bytes).
 */
export function fingerprint(method: string, path: string, body: unknown): Buffer {
  return hash('sha256', `${method} ${path}\n${JSON.stringify(canonical(body)) ?? ''}`, 'buffer')
}

function canonical(value: unknown): unknown {
  if (value instanceof UploadedFile) return { file: value.sha256 }
  if (value instanceof UnwantedFile) return { file: true }
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value
  const pairs = Object.entries(value).filter(([, inner]) => inner !== null && inner !== undefined)
  // A list of pairs, not an object: names such as "1" would be re-ordered by JavaScript.
  return { members: pairs.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, inner]) => [name, canonical(inner)]) }
}
