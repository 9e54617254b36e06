import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

/** A file part of a multipart request, on disk until the answer is out. Its name and type are what the client claims: sniff the bytes. */
export class UploadedFile {
  readonly field: string
  readonly path: string
  readonly size: number
  /** SHA-256 of the bytes, hex. */
  readonly sha256: string
  readonly claimed_name: string
  readonly claimed_type: string

  constructor(about: Pick<UploadedFile, 'field' | 'path' | 'size' | 'sha256' | 'claimed_name' | 'claimed_type'>) {
    this.field = about.field
    this.path = about.path
    this.size = about.size
    this.sha256 = about.sha256
    this.claimed_name = about.claimed_name
    this.claimed_type = about.claimed_type
  }

  /** All bytes; the size was bounded on the way in. */
  read(): Promise<Buffer> {
    return readFile(this.path)
  }

  open(): NodeJS.ReadableStream {
    return createReadStream(this.path)
  }
}

/** A file where the route wants none: read and forgotten, but seen by the schema, which then says what it wanted. */
export class UnwantedFile {
  readonly field: string

  constructor(field: string) {
    this.field = field
  }
}

/** For schemas: a field that takes a file part. */
export const uploaded_file = z
  .instanceof(UploadedFile, { error: 'must be a file part of a multipart request' })
  .meta({ type: 'string', format: 'binary' })

export type Taken = UploadedFile | 'too_large'

/** The files of one request. `dispose` removes every one, finished or not, whatever became of the request. */
export class Uploads {
  readonly #folder: string
  readonly #paths: string[] = []

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Writes a part to disk. One that is too large is read to its end (so that the client hears the answer) but kept no longer. */
  async take(field: string, part: AsyncIterable<Uint8Array>, most_bytes: number, claimed: { name: string; type: string }): Promise<Taken> {
    await mkdir(this.#folder, { recursive: true })
    const path = join(this.#folder, randomUUID())
    this.#paths.push(path)
    const file = await open(path, 'wx', 0o600)
    try {
      const digest = createHash('sha256')
      let size = 0
      for await (const chunk of part) {
        size += chunk.byteLength
        if (size > most_bytes) continue
        digest.update(chunk)
        await writeAll(file, chunk)
      }
      if (size > most_bytes) return 'too_large'
      return new UploadedFile({ field, path, size, sha256: digest.digest('hex'), claimed_name: claimed.name, claimed_type: claimed.type })
    } finally {
      await file.close()
    }
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#paths.splice(0).map((path) => unlink(path).catch(ignoreAbsent)))
  }
}

async function writeAll(file: { write(chunk: Uint8Array): Promise<{ bytesWritten: number }> }, chunk: Uint8Array): Promise<void> {
  for (let rest = chunk; rest.byteLength > 0; ) rest = rest.subarray((await file.write(rest)).bytesWritten)
}

function ignoreAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
