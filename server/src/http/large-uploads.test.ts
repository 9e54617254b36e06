import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createLog } from '../log.ts'
import { BOUNDARY, END, textPart } from '../testing/bad-input/case.ts'
import { type TestWorld, testWorld } from '../testing/world.ts'

const MIB = 1024 * 1024
const GROWTH_BYTES_MAX = 100 * MIB
/** The same bytes again and again: the test itself holds no more of a body than this. */
const PIECE = Buffer.alloc(64 * 1024)

let world: TestWorld
let port = 0
let files: string[] = []
const logged: string[] = []

beforeAll(async () => {
  world = await testWorld({ role: 'api', log: createLog('error', (line) => logged.push(line)) })
  await world.gateway.app.listen({ port: 0, host: '127.0.0.1' })
  port = (world.gateway.app.server.address() as AddressInfo).port
  await send('/v1/videos', { file: 'input_reference', bytes: MIB }) // the first of its kind loads what the others use
})
afterAll(() => world.stop())
beforeEach(async () => {
  files = await stored()
})

async function stored(): Promise<string[]> {
  const found = await readdir(world.data_folder, { recursive: true, withFileTypes: true })
  return found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

interface Upload {
  readonly file: string
  readonly bytes: number
  /** Announced instead of what is sent; null: nothing is announced, the body comes in chunks. */
  readonly announced?: number | null
}

interface Outcome {
  readonly status: number
  readonly error: { readonly code: string; readonly param: string | null }
  /** How much of the file had been sent when the answer came. */
  readonly sent: number
  /** By how much the process had grown at most. */
  readonly grown: number
}

/** Streams a form with one large file, as fast as the server takes it, until there is an answer. */
async function send(path: string, { file, bytes, announced }: Upload): Promise<Outcome> {
  const start = `${textPart('prompt', 'a boat')}--${BOUNDARY}\r\nContent-Disposition: form-data; name="${file}"; filename="a.bin"\r\n\r\n`
  const end = `\r\n${END}`
  const length = announced === undefined ? start.length + bytes + end.length : announced
  const headers = {
    authorization: `Bearer ${world.customer_key}`,
    'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
    ...(length === null ? {} : { 'content-length': length }),
  }
  const rss_before = process.memoryUsage.rss()
  let grown = 0
  const watch = setInterval(() => {
    grown = Math.max(grown, process.memoryUsage.rss() - rss_before)
  }, 10)
  const asked = request({ port, host: '127.0.0.1', path, method: 'POST', headers })
  const answer: { response: IncomingMessage | null } = { response: null }
  const answered = once(asked, 'response').then(([response]: IncomingMessage[]) => {
    answer.response = response ?? null
  })
  asked.on('error', () => {}) // whoever is cut off while it sends has its answer already
  try {
    let sent = 0
    await write(asked, start)
    while (sent < bytes && answer.response === null) {
      const piece = PIECE.subarray(0, Math.min(PIECE.length, bytes - sent))
      await Promise.race([write(asked, piece), answered])
      sent += piece.length
    }
    if (answer.response === null) asked.end(end)
    await answered
    const parts: Buffer[] = []
    for await (const part of answer.response ?? []) parts.push(part)
    const { error } = JSON.parse(Buffer.concat(parts).toString())
    return { status: answer.response?.statusCode ?? 0, error, sent, grown }
  } finally {
    clearInterval(watch)
    asked.destroy()
  }
}

async function write(asked: ClientRequest, piece: string | Buffer): Promise<void> {
  if (!asked.write(piece)) await once(asked, 'drain')
}

describe('a file that is too large', () => {
  test.each<[what: string, path: string, upload: Upload, param: string | null, sent_max: number]>([
    ['a video of 200 MiB and a byte', '/v1/videos/edits', { file: 'video', bytes: 200 * MIB + 1 }, 'video', 200 * MIB + 1],
    ['a video to extend that is as large', '/v1/videos/extensions', { file: 'video', bytes: 200 * MIB + 1 }, 'video', 200 * MIB + 1],
    ['a picture of 25 MiB and a byte', '/v1/videos', { file: 'input_reference', bytes: 25 * MIB + 1 }, 'input_reference', 25 * MIB + 1],
    ['a video without an end, in chunks', '/v1/videos/edits', { file: 'video', bytes: 2_000 * MIB, announced: null }, null, 300 * MIB],
    ['a video that is announced with 300 MiB', '/v1/videos/edits', { file: 'video', bytes: 300 * MIB }, null, 8 * MIB],
    ['a picture that is announced with a TiB', '/v1/videos', { file: 'input_reference', bytes: MIB * MIB }, null, 8 * MIB],
  ])('%s is refused with 413, is not held in memory, and leaves nothing behind', async (_what, path, upload, param, sent_max) => {
    const { status, error, sent, grown } = await send(path, upload)
    expect([status, error.code]).toEqual([413, 'payload_too_large'])
    if (param !== null) expect(error.param).toBe(param)
    expect(sent).toBeLessThanOrEqual(sent_max)
    expect(grown).toBeLessThan(GROWTH_BYTES_MAX)
    expect(await stored()).toEqual(files)
    expect((await world.call('GET', '/v1/videos')).json.data).toEqual([])
    expect((await world.call('GET', '/v1/balance')).json).toMatchObject({ available: 1000, held: 0 })
    expect(logged).toEqual([])
  })
})
