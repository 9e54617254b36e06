import { GIVE_UP_MS } from './eventually.ts'

/** What one request may bring along. */
export interface Call {
  /** Null: none is sent. */
  readonly key?: string | null
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly timeout_ms?: number
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly json: Json
  readonly bytes: Buffer
}
// A test names the member that it expects; a wrong guess is undefined and fails there.
// biome-ignore lint/suspicious/noExplicitAny: answers of tests are read by name, and asserted
export type Json = any

/** One request over HTTP. Rejects when no whole answer came: then nobody knows what the server did. */
export async function call(address: string, method: string, path: string, options: Call = {}): Promise<Answer> {
  const { key = null, body, headers = {}, timeout_ms = GIVE_UP_MS } = options
  const answer = await fetch(`${address}${path}`, {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(timeout_ms),
  })
  const bytes = Buffer.from(await answer.arrayBuffer())
  const is_json = /\bjson\b/.test(answer.headers.get('content-type') ?? '')
  return { status: answer.status, headers: answer.headers, json: is_json ? JSON.parse(bytes.toString()) : {}, bytes }
}
