import { isObject, type Reader } from './read.ts'

/** A refusal in the API's envelope. `code` is stable, `message` is the server's own sentence. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly param: string | null
  readonly request_id: string | null
  /** The other members of the error object: `needed`, `available`, … */
  readonly details: Readonly<Record<string, unknown>>

  constructor(status: number, code: string, message: string, rest: Pick<Refusal, 'param' | 'request_id' | 'details'>) {
    super(message)
    this.name = 'Refusal'
    this.status = status
    this.code = code
    this.param = rest.param
    this.request_id = rest.request_id
    this.details = rest.details
  }
}

/** No answer came: whether the request arrived is not known. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super('The server did not answer.', { cause })
    this.name = 'Unreachable'
  }
}

export interface Answer<T> {
  readonly body: T
  readonly headers: Headers
}

export interface Call {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

/** The public API with one key. The page has no other way to the server, and no privilege that the key lacks. */
export interface Api {
  readonly key: string
  get<T>(path: string, reader: Reader<T>, call?: Call): Promise<Answer<T>>
  post<T>(path: string, reader: Reader<T>, call?: Call): Promise<Answer<T>>
  delete<T>(path: string, reader: Reader<T>, call?: Call): Promise<Answer<T>>
  /** Bytes that need the key, such as a clip: an `<img>` or `<video>` cannot send one. */
  bytes(path: string, call?: Call): Promise<Blob>
}

export function apiWith(key: string, fetcher: typeof fetch = (...args) => fetch(...args)): Api {
  async function send(method: string, path: string, call: Call = {}): Promise<Response> {
    const headers = new Headers({ authorization: `Bearer ${key}`, ...call.headers })
    if (call.body !== undefined) headers.set('content-type', 'application/json')
    const request: RequestInit = { method, headers, credentials: 'omit', cache: 'no-store' }
    if (call.body !== undefined) request.body = JSON.stringify(call.body)
    if (call.signal) request.signal = call.signal
    let response: Response
    try {
      response = await fetcher(path, request)
    } catch (error) {
      if (call.signal?.aborted) throw error
      throw new Unreachable(error)
    }
    if (!response.ok) throw await refusalOf(response)
    return response
  }

  async function json<T>(method: string, path: string, reader: Reader<T>, call?: Call): Promise<Answer<T>> {
    const response = await send(method, path, call)
    let value: unknown
    try {
      value = await response.json()
    } catch (error) {
      if (call?.signal?.aborted) throw error
      throw new Unreachable(error)
    }
    return { body: reader(value, path), headers: response.headers }
  }

  return {
    key,
    get: (path, reader, call) => json('GET', path, reader, call),
    post: (path, reader, call) => json('POST', path, reader, call),
    delete: (path, reader, call) => json('DELETE', path, reader, call),
    bytes: async (path, call) => {
      const response = await send('GET', path, call)
      try {
        return await response.blob()
      } catch (error) {
        if (call?.signal?.aborted) throw error
        throw new Unreachable(error)
      }
    },
  }
}

async function refusalOf(response: Response): Promise<Refusal> {
  const request_id = response.headers.get('x-request-id')
  const body: unknown = await response.json().catch(() => null)
  const error = isObject(body) && isObject(body.error) ? body.error : {}
  const { message, code, param, type, ...details } = error
  return new Refusal(
    response.status,
    typeof code === 'string' ? code : 'unknown',
    typeof message === 'string' ? message : `The server answered ${response.status}.`,
    { param: typeof param === 'string' ? param : null, request_id, details },
  )
}

/** How long the server asks us to wait before the next look, in milliseconds; held between a quarter second and 30 s. */
export function pollAfter(headers: Headers): number {
  const asked = Number(headers.get('openai-poll-after-ms') ?? Number.NaN)
  return Number.isFinite(asked) && asked > 0 ? Math.min(Math.max(asked, 250), 30_000) : 1000
}
