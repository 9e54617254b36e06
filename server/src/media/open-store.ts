import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Instant } from '../domain/time.ts'
import { LocalCopies } from './local-copies.ts'
import { faultOf, S3Client, S3Fault } from './s3/client.ts'
import { sentenceFor } from './s3/diagnosis.ts'
import type { S3Place } from './s3/place.ts'
import { s3Store } from './s3/store.ts'
import { fileStore, type Store } from './store.ts'

export interface StoreOptions {
  readonly data_folder: string
  /** This process's folder for what it has in hand. */
  readonly scratch: string
  /** Null: clips lie in the data folder. */
  readonly s3: S3Place | null
  /** Unfinished files from before are a dead process's. */
  readonly before: Instant
}

/** The local copies of clips that lie in a bucket take no more of the disk than the two largest clips would. */
const COPIES_BYTES_MAX = 4 * 1024 ** 3

/** The store of the settings, after a look whether it can be used. A refusal is one sentence for the person at the terminal. @throws the file system's error */
export async function openStore(options: StoreOptions): Promise<Store | { readonly outcome: 'refused'; readonly sentence: string }> {
  const { data_folder, scratch, s3, before } = options
  if (s3 === null) {
    const store = fileStore(join(data_folder, 'assets'))
    await store.prepare()
    await store.sweepLeftovers(before)
    return store
  }
  const copies = new LocalCopies(join(data_folder, 'copies'), scratch, COPIES_BYTES_MAX)
  await copies.prepare()
  try {
    await tryOut(s3)
  } catch (error) {
    if (error instanceof S3Fault) return { outcome: 'refused', sentence: sentenceFor(error, s3) }
    throw error
  }
  return s3Store({ place: s3, copies })
}

/** Does once what the gateway will do all day: a key that may only read is found now, not after the first clip was paid for. */
async function tryOut(place: S3Place): Promise<void> {
  const client = new S3Client({ place, timeout_ms: 10_000, tries: 2 })
  const object = `${place.prefix === '' ? '' : `${place.prefix}/`}probes/${randomUUID()}`
  await client.list({ 'max-keys': '1', prefix: place.prefix })
  for (const request of [
    { method: 'PUT', object, body: { bytes: 0, open: () => Readable.from([]) } },
    { method: 'GET', object },
    { method: 'DELETE', object },
  ] as const) {
    const answer = await client.send(request)
    const text = await answer.text()
    if (!answer.ok) throw faultOf(answer, text)
  }
}
