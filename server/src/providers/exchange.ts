import { answerTimeout } from '../domain/upload.ts'
import { readOverKept } from '../net/read.ts'

/** What came back over HTTP, read whole. `json` is undefined where the body is something else: HTML, or cut off. */
export interface Answer {
  readonly status: number
  readonly headers: Pick<Headers, 'get'>
  readonly json: unknown
}

/** Where one account is reached, and how it shows who asks. */
export interface Caller {
  /** Without a slash at its end. */
  readonly base_url: string
  /** Headers of every request to it: the key, a version. Asked for each time, for some expire. */
  readonly credentials: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>
  /** What must reach neither a log nor a customer, though a server may quote it back at us. */
  readonly secrets: readonly string[]
}

/** No answer but a clip is larger. */
const ANSWER_BYTES_MAX = 8 * 1024 ** 2
/** Codes of a connection that was never made: no byte of the request can have left. */
const NEVER_CONNECTED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']

export type Exchanged =
  | { readonly outcome: 'answered'; readonly answer: Answer }
  /** This process saw that nothing was written: the name is unknown, or the connection was refused. */
  | { readonly outcome: 'undelivered'; readonly message: string }
  /** It may have arrived. */
  | { readonly outcome: 'lost'; readonly message: string }

export type Begun = { readonly outcome: 'begun'; readonly response: Response } | Exclude<Exchanged, { outcome: 'answered' }>

export interface Request {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | ReadableStream<Uint8Array>
  /** Of the picture or the clip in it, at most. */
  readonly upload_bytes?: number
  /** Leaves out of an answer what is too large to be read whole, as it arrives. */
  readonly condense?: (body: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>
}

/** A request with JSON for a body. */
export function postOf(body: unknown, headers: Readonly<Record<string, string>> = {}): Request {
  return { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}

/**
 * Speaks to one account: one request, one answer, read whole within the time limit, which counts what is sent with it. Never repeats, and follows
 * no redirect. A path that is a whole address is asked as it stands, by an adapter that has checked whose it is: our credentials go with it.
 */
export class Exchange {
  readonly #caller: Caller
  readonly #timeout_ms: number

  constructor(caller: Caller, timeout_ms: number) {
    this.#caller = caller
    this.#timeout_ms = timeout_ms
  }

  async ask(path: string, request: Request = {}): Promise<Exchanged> {
    try {
      const { method = 'GET', body, headers = {}, condense } = request
      if (method === 'GET' && body === undefined && condense === undefined)
        return { outcome: 'answered', answer: await this.#get(path, headers) }
      const signal = AbortSignal.timeout(answerTimeout(this.#timeout_ms, request.upload_bytes ?? 0))
      const response = await this.fetch(path, { accept: 'application/json' }, signal, request)
      return { outcome: 'answered', answer: await this.answerOf(response, request) }
    } catch (error) {
      const message = this.withoutSecrets(explain(error))
      return { outcome: neverConnected(error) ? 'undelivered' : 'lost', message }
    }
  }

  /** Reads are by far the most: each open video is asked about every 30 s. */
  async #get(path: string, more: Readonly<Record<string, string>>): Promise<Answer> {
    const headers = { accept: 'application/json', ...more, ...(await this.#caller.credentials()) }
    const { bytes, ...answer } = await readOverKept(this.#addressOf(path), {
      headers,
      timeout_ms: this.#timeout_ms,
      bytes_max: ANSWER_BYTES_MAX,
    })
    return { ...answer, json: this.#parse(bytes) }
  }

  /** The same, but for the body: the caller reads it, for as long as its signal lets it. */
  async begin(path: string, request: Request, signal: AbortSignal): Promise<Begun> {
    try {
      return { outcome: 'begun', response: await this.fetch(path, {}, signal, request) }
    } catch (error) {
      return { outcome: neverConnected(error) ? 'undelivered' : 'lost', message: this.withoutSecrets(explain(error)) }
    }
  }

  /** Reads what has begun, whole. @throws when the body is cut off or too long */
  async answerOf(response: Response, request: Pick<Request, 'condense'> = {}): Promise<Answer> {
    return { status: response.status, headers: response.headers, json: await this.#readJson(response, request) }
  }

  /** The bare response, for what is too large to read whole. */
  async fetch(
    path: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
    { method = 'GET', body, headers: more = {} }: Request = {},
  ): Promise<Response> {
    const credentials = await this.#caller.credentials()
    const init = { method, redirect: 'manual', signal, headers: { ...headers, ...more, ...credentials } } as const
    return fetch(this.#addressOf(path), body === undefined ? init : { ...init, ...onlyOnce(init.headers, body) })
  }

  #addressOf(path: string): string {
    return path.startsWith('/') ? `${this.#caller.base_url}${path}` : path
  }

  /** Undefined for anything but whole JSON. @throws when the body is cut off or too long */
  async #readJson(response: Response, { condense = (body) => body }: Pick<Request, 'condense'>): Promise<unknown> {
    if (response.body === null) return undefined
    const parts: Uint8Array[] = []
    let bytes = 0
    for await (const part of condense(response.body)) {
      bytes += part.byteLength
      if (bytes > ANSWER_BYTES_MAX) throw new Error(`the answer is larger than ${ANSWER_BYTES_MAX} bytes`)
      parts.push(part)
    }
    return this.#parse(Buffer.concat(parts))
  }

  #parse(bytes: Buffer): unknown {
    try {
      return JSON.parse(this.withoutSecrets(bytes.toString('utf8')))
    } catch {
      return undefined
    }
  }

  /** A server may quote a key back at us; it must reach neither a log nor a customer. */
  withoutSecrets(text: string): string {
    return this.#caller.secrets.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text)
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
