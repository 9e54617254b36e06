import type { ServerResponse } from 'node:http'

export type Done =
  | { readonly status: number; readonly json: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly status: number; readonly bytes: Uint8Array; readonly type: string }

/** A request that is wrong: a 4xx in the API's error shape. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** How a server says what is wrong, as JSON. */
export type ErrorShape = (status: number, code: string, message: string) => unknown

export function codeOf(status: number): string {
  const codes: Readonly<Record<number, string>> = { 401: 'invalid_api_key', 404: 'not_found', 429: 'rate_limit_exceeded' }
  return codes[status] ?? (status >= 500 ? 'server_error' : 'invalid_value')
}

export function bytesOf(done: Done): { readonly type: string; readonly bytes: Uint8Array } {
  return 'json' in done ? { type: 'application/json', bytes: Buffer.from(JSON.stringify(done.json)) } : done
}

export function send(response: ServerResponse, done: Done): void {
  const { type, bytes } = bytesOf(done)
  const headers = 'json' in done ? done.headers : {}
  response.writeHead(done.status, { ...headers, 'content-type': type, 'content-length': bytes.byteLength })
  response.end(bytes)
}

/** The head promises the whole body, and half of it comes. */
export function sendHalf(response: ServerResponse, done: Done, sent: () => void = () => {}): void {
  const { type, bytes } = bytesOf(done)
  response.writeHead(done.status, { 'content-type': type, 'content-length': bytes.byteLength })
  response.write(bytes.subarray(0, Math.floor(bytes.byteLength / 2)), sent)
}

export function page(status: number): Done {
  return { status, bytes: Buffer.from('<html><h1>Bad Gateway</h1></html>'), type: 'text/html' }
}

export function refuse(
  response: ServerResponse,
  shape: ErrorShape,
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  send(response, { status, json: shape(status, code, message), headers })
}
