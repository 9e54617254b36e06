import { type AgentOptions, type IncomingMessage, Agent as PlainAgent, request as requestPlain } from 'node:http'
import { request as requestTls, Agent as TlsAgent } from 'node:https'
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'

// GET over connections that are kept: what is asked thousands of times a second, of the few servers that the operator configured. It costs less
// than half of what `fetch` costs (docs/decisions/0007-open-videos.md). Not for addresses of customers: `guarded.ts` is.

export interface ReadAnswer {
  readonly status: number
  readonly headers: Pick<Headers, 'get'>
  readonly bytes: Buffer
}

export interface ReadOptions {
  readonly headers: Readonly<Record<string, string>>
  readonly timeout_ms: number
  /** A longer answer is an error. */
  readonly bytes_max: number
}

/** Shorter than servers keep an unused connection, so that they seldom hang up in the instant in which we ask. */
const IDLE_MS = 4_000
/** Unused ones of one server: as many as the looks at open videos use at once, or each round of them would connect anew. */
const IDLE_MAX = 512
const KEPT: AgentOptions = { keepAlive: true, timeout: IDLE_MS, maxFreeSockets: IDLE_MAX }
const WAYS = {
  'http:': { agent: new PlainAgent(KEPT), request: requestPlain },
  'https:': { agent: new TlsAgent(KEPT), request: requestTls },
}
/** None was asked for; some servers send one all the same. */
const DECODERS: Readonly<Record<string, typeof gunzipSync>> = { gzip: gunzipSync, deflate: inflateSync, br: brotliDecompressSync }

/** One GET, answered whole within the time. Never repeats, and follows no redirect. */
export function readOverKept(url: string, { headers, timeout_ms, bytes_max }: ReadOptions): Promise<ReadAnswer> {
  const target = new URL(url)
  const way = WAYS[target.protocol === 'https:' ? 'https:' : 'http:']
  return new Promise((answered, failed) => {
    const end = (error: Error) => {
      failed(error)
      asked.destroy()
    }
    const asked = way.request(target, { agent: way.agent, headers }, (response) => {
      readWhole(response, bytes_max).then(answered, end)
    })
    const timer = setTimeout(() => end(new Error(`no answer within ${timeout_ms / 1000} s`)), timeout_ms)
    asked
      .on('error', end)
      .once('close', () => clearTimeout(timer))
      .end()
  })
}

function readWhole(response: IncomingMessage, bytes_max: number): Promise<ReadAnswer> {
  return new Promise((read, failed) => {
    const parts: Buffer[] = []
    let bytes = 0
    response.on('data', (part: Buffer) => {
      parts.push(part)
      bytes += part.byteLength
      if (bytes > bytes_max) failed(new Error(`the answer is larger than ${bytes_max} bytes`))
    })
    response.once('error', failed)
    response.once('close', () => failed(new Error('the answer was cut off')))
    response.once('end', () => {
      if (!response.complete) return
      try {
        const decode = DECODERS[response.headers['content-encoding'] ?? '']
        const whole = Buffer.concat(parts)
        read({
          status: response.statusCode ?? 0,
          headers: { get: (name) => textOf(response.headers[name.toLowerCase()]) },
          bytes: decode === undefined ? whole : decode(whole, { maxOutputLength: bytes_max }),
        })
      } catch (error) {
        failed(error)
      }
    })
  })
}

function textOf(value: string | readonly string[] | undefined): string | null {
  return value === undefined ? null : typeof value === 'string' ? value : value.join(', ')
}
