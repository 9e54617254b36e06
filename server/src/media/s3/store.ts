import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as WebStream } from 'node:stream/web'
import type { LocalCopies } from '../local-copies.ts'
import { checkKey, type Store, StoreAway, type Stored, TooManyBytes, writeWhole } from '../store.ts'
import { errorOf, type Listed } from './answers.ts'
import { faultOf, S3Client, S3Fault } from './client.ts'
import type { S3Place } from './place.ts'
import type { S3Body } from './upload.ts'

export interface S3StoreOptions {
  readonly place: S3Place
  readonly copies: LocalCopies
  /** For an answer, without what its body takes. */
  readonly timeout_ms?: number
  /** Of a request that the service is out of breath for, or that was lost. */
  readonly tries?: number
  /** How long a link opens what it leads to. */
  readonly link_s?: number
}

/** S3 writes an object whole or not at all, and seen by all from then on, in one request of up to 5 GB: more than any clip has. */
const TYPE = 'application/octet-stream'
const TIMEOUT_MS = 10_000
const TRIES = 4
/** Long enough for a download to begin; one that runs is not cut off. */
const LINK_S = 300
/** Whoever asks how the store is does not wait for all tries of a request, and is told what another was told just now. */
const LOOK_MS = 2_000
const LOOKED_MS = 2_000
/** An object that is replaced at each look is looked at no longer. */
const LOOKS_MAX = 3

class Replaced extends StoreAway {}

/**
 * A store in a bucket. What comes from a stream is first written to a file of this machine: its digest goes with it, a try can be repeated
 * without asking the source again, no upload has a part that could be left behind, and who looks at it next has it here.
 */
export function s3Store({ place, copies, timeout_ms = TIMEOUT_MS, tries = TRIES, link_s = LINK_S }: S3StoreOptions): Store {
  const client = new S3Client({ place, timeout_ms, tries })
  const impatient = new S3Client({ place, timeout_ms: LOOK_MS, tries: 1 })
  const objectOf = (key: string): string => (place.prefix === '' ? checkKey(key) : `${place.prefix}/${checkKey(key)}`)

  async function upload(key: string, body: S3Body, sha256: string): Promise<string | null> {
    const answer = await client.send({ method: 'PUT', object: objectOf(key), body, sha256, headers: { 'content-type': TYPE } })
    const text = await answer.text()
    if (!answer.ok) throw faultOf(answer, text)
    return answer.headers.get('etag')
  }

  async function head(key: string): Promise<{ bytes: number; version: string } | null> {
    const answer = await client.send({ method: 'HEAD', object: objectOf(key) })
    return answer.ok ? { bytes: sizeOf(answer), version: answer.headers.get('etag') ?? '' } : null
  }

  async function size(key: string): Promise<{ bytes: number } | null> {
    const found = await head(key)
    return found === null ? null : { bytes: found.bytes }
  }

  async function get(key: string, headers: Readonly<Record<string, string>>): Promise<Response | 'absent' | 'replaced'> {
    const answer = await client.send({ method: 'GET', object: objectOf(key), headers })
    if (answer.ok) return answer
    const fault = faultOf(answer, await answer.text())
    if (fault.code === 'NoSuchBucket') throw fault
    return fault.status === 412 ? 'replaced' : 'absent'
  }

  async function download(key: string, { bytes, version }: { bytes: number; version: string }, path: string): Promise<void> {
    const answer = await get(key, version === '' ? {} : { 'if-match': version })
    if (answer === 'absent' || answer === 'replaced') throw new Replaced(`${key} is ${answer}`)
    try {
      await pipeline(Readable.fromWeb(streamOf(answer) as WebStream<Uint8Array>), createWriteStream(path, { flags: 'wx' }))
    } catch (error) {
      if (isOfDisk(error)) throw error
      throw new StoreAway('The object storage broke off.', { cause: error })
    }
    if (sizeOf(answer) !== bytes) throw new Replaced(`${key} is replaced`)
  }

  async function put(key: string, source: ReadableStream<Uint8Array> | Uint8Array, limit_bytes: number): Promise<Stored> {
    checkKey(key)
    if (source instanceof Uint8Array) {
      if (source.byteLength > limit_bytes) throw new TooManyBytes(`More than ${limit_bytes} bytes.`)
      const sha256 = createHash('sha256').update(source).digest('hex')
      await upload(key, { bytes: source.byteLength, open: () => Readable.from([source]) }, sha256)
      return { bytes: source.byteLength, sha256 }
    }
    return copies.draft(async (path) => {
      const stored = await writeWhole(path, source, limit_bytes)
      const version = await upload(key, { bytes: stored.bytes, open: () => createReadStream(path) }, stored.sha256)
      if (version !== null) await copies.keep(key, version, path)
      return stored
    })
  }

  async function list(folder: string, before: number): Promise<readonly string[]> {
    const keys: string[] = []
    const prefix = `${objectOf(folder)}/`
    for (let token: string | null = null, first = true; first || token !== null; first = false) {
      const page: Listed = await client.list({ delimiter: '/', prefix, ...(token === null ? {} : { 'continuation-token': token }) })
      const { objects, next } = page
      for (const { object, written_ms } of objects) {
        const name = object.slice(prefix.length)
        if (object.startsWith(prefix) && name !== '' && written_ms < before) keys.push(`${folder}/${name}`)
      }
      token = next
    }
    return keys
  }

  async function copy(from: string, to: string): Promise<{ bytes: number } | null> {
    if (from === to) return size(from) // S3 refuses it
    const headers = { 'x-amz-copy-source': `/${place.bucket}/${objectOf(from)}` }
    const answer = await client.send({ method: 'PUT', object: objectOf(to), headers })
    // A copy may break down after its 200 was sent: then an error is the body of it.
    const text = await answer.text()
    const fault = faultOf(answer, text)
    if (answer.status === 404 && fault.code !== 'NoSuchBucket') return null
    if (!answer.ok || errorOf(text).code !== null) throw fault
    return size(to)
  }

  async function look(): Promise<string | null> {
    try {
      const answer = await impatient.send({ method: 'HEAD', object: null })
      return answer.ok ? null : `The object storage answered ${answer.status}.`
    } catch (error) {
      if (error instanceof S3Fault) return error.message
      throw error
    }
  }
  let looked = { at: Number.NEGATIVE_INFINITY, what: Promise.resolve<string | null>(null) }

  return {
    put,
    copy,
    list,
    stat: size,
    async open(key, range) {
      const answer = await get(key, range ? { range: `bytes=${range.first}-${range.last}` } : {})
      if (answer === 'absent' || answer === 'replaced') return null
      const stream = streamOf(answer)
      if (!range) return { stream, bytes: sizeOf(answer) }
      const whole = /^bytes \d+-\d+\/(\d+)$/.exec(answer.headers.get('content-range') ?? '')?.[1]
      if (answer.status === 206 && whole !== undefined) return { stream, bytes: Number(whole) }
      await stream.cancel()
      throw new S3Fault(answer.status, 'without the range that was asked for', null)
    },
    async remove(key) {
      const answer = await client.send({ method: 'DELETE', object: objectOf(key) })
      await answer.text()
    },
    async local(key, use) {
      for (let looks = 1; ; looks++) {
        const found = await head(key)
        if (found === null) return null
        try {
          return await copies.use(key, found.version, (path) => download(key, found, path), use)
        } catch (error) {
          if (!(error instanceof Replaced) || looks >= LOOKS_MAX) throw error
        }
      }
    },
    draft: (use) => copies.draft(use),
    async link(key, { type, name }) {
      const query = {
        'response-content-type': type,
        'response-content-disposition': `inline;filename="${name}"`,
        'response-cache-control': 'private,max-age=3600',
      }
      return client.link(objectOf(key), query, link_s)
    },
    async trouble() {
      if (performance.now() - looked.at > LOOKED_MS) looked = { at: performance.now(), what: look() }
      return looked.what
    },
  }
}

function sizeOf(answer: Response): number {
  const text = answer.headers.get('content-length')
  if (text === null) throw new S3Fault(answer.status, 'without a length', null)
  return Number(text)
}

function streamOf(answer: Response): ReadableStream<Uint8Array> {
  return answer.body ?? new Blob([]).stream()
}

/** The disk of this machine, in contrast to a connection. */
function isOfDisk(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && (error.syscall === 'write' || error.syscall === 'open')
}
