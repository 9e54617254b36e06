import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { S3Client } from '../../media/s3/client.ts'
import { readPlace, type S3Place } from '../../media/s3/place.ts'

/** Debian's python3-swift: it has no command that others could shadow, so its files say whether it is there. */
const PYTHON = '/usr/bin/python3'
export const has_object_store =
  existsSync(PYTHON) && ['swift/common/wsgi.py', 'lxml'].every((file) => existsSync(`/usr/lib/python3/dist-packages/${file}`))
/** For the name of what is skipped without it. */
export const NEEDS = 'needs the Debian packages python3-swift and python3-lxml'

const [ACCESS_KEY, SECRET_KEY] = ['test:tester', 'testing-secret']
const BUCKET = 'clips'

export interface ObjectStore {
  /** Between the server and whoever speaks to it: for faults. */
  readonly line: Line
  /** The variables for it, with `more` of them. */
  env(prefix: string, more?: Readonly<Record<string, string>>): Readonly<Record<string, string>>
  place(prefix: string, more?: Readonly<Record<string, string>>): S3Place
  stop(): Promise<void>
}

/** OpenStack Swift with its S3 interface and one bucket, of this test alone. It checks signatures, their age and the digests of bodies. */
export async function objectStore(): Promise<ObjectStore> {
  const folder = await mkdtemp(join(tmpdir(), 'filmgate-swift-'))
  const child = spawn(PYTHON, [join(import.meta.dirname, 'serve.py'), folder, ACCESS_KEY, SECRET_KEY], { stdio: ['pipe', 'pipe', 'pipe'] })
  const ended = new Promise((resolve) => child.once('close', resolve))
  let said = ''
  child.stderr.on('data', (text) => (said += String(text)))
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.once('data', (text) => resolve(Number(text)))
    child.once('close', () => reject(new Error(`the object store did not start: ${said}`)))
  })
  const line = new Line(port)
  await line.up()
  const env: ObjectStore['env'] = (prefix, more = {}) => ({
    FILMGATE_STORAGE: `s3://${BUCKET}/${prefix}`,
    AWS_ACCESS_KEY_ID: ACCESS_KEY,
    AWS_SECRET_ACCESS_KEY: SECRET_KEY,
    AWS_ENDPOINT_URL: `http://127.0.0.1:${line.port}`,
    ...more,
  })
  const place: ObjectStore['place'] = (prefix, more) => {
    const variables = env(prefix, more)
    const read = readPlace(variables.FILMGATE_STORAGE ?? '', variables)
    if (read.outcome === 'wrong') throw new Error(read.sentence)
    return read.place
  }
  const made = await new S3Client({ place: place('x'), timeout_ms: 120_000, tries: 2 }).send({ method: 'PUT', object: null })
  await made.text()
  return {
    line,
    env,
    place,
    async stop() {
      await line.down()
      child.stdin.end()
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A wire to a server, which can be cut and mended, and counts what is sent. */
class Line {
  readonly #to: number
  readonly #sockets = new Set<Socket>()
  #server = createServer()
  /** Zero until it is up; the same afterwards. */
  port = 0
  /** Told of every piece that is sent to the server. */
  on_sent: (bytes: number) => void = () => {}

  constructor(to: number) {
    this.#to = to
  }

  async up(): Promise<void> {
    this.#server = createServer((from) => {
      const to = connect(this.#to, '127.0.0.1')
      for (const socket of [from, to]) {
        this.#sockets.add(socket)
        socket.on('error', () => undefined)
        socket.once('close', () => {
          this.#sockets.delete(socket)
          from.destroy()
          to.destroy()
        })
      }
      from.on('data', (piece) => this.on_sent(piece.length))
      from.pipe(to)
      to.pipe(from)
    })
    await new Promise<void>((resolve) => this.#server.listen(this.port, '127.0.0.1', resolve))
    const address = this.#server.address()
    if (typeof address === 'object' && address !== null) this.port = address.port
  }

  async down(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}
