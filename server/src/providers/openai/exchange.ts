import type { ProviderAccount } from '../../domain/configuration.ts'
import { answerTimeout } from '../../domain/upload.ts'
import { readOverKept } from '../../net/read.ts'
import type { Answer } from './answers.ts'
import type { Profile } from './profile.ts'

/** No answer of this API but a clip is larger. */
const ANSWER_BYTES_MAX = 8 * 1024 ** 2
/** Codes of a connection that was never made: no byte of the request can have left. */
const NEVER_CONNECTED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']

export type Exchanged =
  | { readonly outcome: 'answered'; readonly answer: Answer }
  /** This process saw that nothing was written: the name is unknown, or the connection was refused. */
  | { readonly outcome: 'undelivered'; readonly message: string }
  /** It may have arrived. */
  | { readonly outcome: 'lost'; readonly message: string }

export interface Request {
  readonly method?: 'POST' | 'DELETE'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | ReadableStream<Uint8Array>
  /** Of the picture or the clip in it, at most. */
  readonly upload_bytes?: number
}

/** Speaks to one account: one request, one answer, read whole within the time limit, which counts what is sent with it. Never repeats, and follows no redirect. */
export class Exchange {
  readonly #account: ProviderAccount
  readonly #profile: Profile
  readonly #timeout_ms: number

  constructor(account: ProviderAccount, profile: Profile, timeout_ms: number) {
    this.#account = account
    this.#profile = profile
    this.#timeout_ms = timeout_ms
  }

  async ask(path: string, request: Request = {}): Promise<Exchanged> {
    try {
      if (request.method === undefined) return { outcome: 'answered', answer: await this.#get(path) }
      const signal = AbortSignal.timeout(answerTimeout(this.#timeout_ms, request.upload_bytes ?? 0))
      const response = await this.fetch(path, { accept: 'application/json' }, signal, request)
      return { outcome: 'answered', answer: { status: response.status, headers: response.headers, json: await this.#readJson(response) } }
    } catch (error) {
      const message = this.#withoutKey(explain(error))
      return { outcome: neverConnected(error) ? 'undelivered' : 'lost', message }
    }
  }

  /** Reads are by far the most: each open video is asked about every 30 s. */
  async #get(path: string): Promise<Answer> {
    const headers = { accept: 'application/json', ...this.#credentials() }
    const limits = { timeout_ms: this.#timeout_ms, bytes_max: ANSWER_BYTES_MAX }
    const { bytes, ...answer } = await readOverKept(`${this.#account.base_url}${path}`, { headers, ...limits })
    return { ...answer, json: this.#parse(bytes) }
  }

  /** The bare response, for what is too large to read whole. */
  async fetch(
    path: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
    { method, body, headers: more = {} }: Request = {},
  ): Promise<Response> {
    const init = { method: method ?? 'GET', redirect: 'manual', signal, headers: { ...headers, ...more, ...this.#credentials() } } as const
    return fetch(`${this.#account.base_url}${path}`, body === undefined ? init : { ...init, ...onlyOnce(init.headers, body) })
  }

  #credentials(): Readonly<Record<string, string>> {
    const key = this.#account.api_key?.reveal()
    if (key === undefined) return {}
    return this.#profile.key_header === 'api-key' ? { 'api-key': key } : { authorization: `Bearer ${key}` }
  }

  /** Undefined for anything but whole JSON. @throws when the body is cut off or too long */
  async #readJson(response: Response): Promise<unknown> {
    if (response.body === null) return undefined
    const parts: Uint8Array[] = []
    let bytes = 0
    for await (const part of response.body) {
      bytes += part.byteLength
      if (bytes > ANSWER_BYTES_MAX) throw new Error(`the answer is larger than ${ANSWER_BYTES_MAX} bytes`)
      parts.push(part)
    }
    return this.#parse(Buffer.concat(parts))
  }

  #parse(bytes: Buffer): unknown {
    try {
      return JSON.parse(this.#withoutKey(bytes.toString('utf8')))
    } catch {
      return undefined
    }
  }

  /** A server may quote the key back at us; it must reach neither a log nor a customer. */
  #withoutKey(text: string): string {
    const key = this.#account.api_key?.reveal()
    return key === undefined ? text : text.replaceAll(key, '[redacted]')
  }
}

/** By its standard, fetch itself sends a body that it could read again a second time when the answer is 421. A stream it can not. */
function onlyOnce(headers: Readonly<Record<string, string>>, body: string | ReadableStream<Uint8Array>) {
  if (typeof body !== 'string') return { headers, body, duplex: 'half' } as const
  const bytes = new Blob([body])
  return { headers: { ...headers, 'content-length': String(bytes.size) }, body: bytes.stream(), duplex: 'half' } as const
}

/** A connection is tried on every address of a name: all of them must have failed so. */
function neverConnected(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.every(neverConnected)
  if ('code' in error) return NEVER_CONNECTED.some((code) => code === error.code)
  return error.cause !== undefined && neverConnected(error.cause)
}

/** fetch says only "fetch failed"; what happened is its cause. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${explain(error.cause)}` : error.message || error.name
}
