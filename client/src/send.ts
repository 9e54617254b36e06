import { defaultPathSerializer } from 'openapi-fetch'
import { Unchecked } from './calls.ts'
import { FilmgateError } from './errors.ts'
import { KEYED_PATHS } from './generated.ts'
import { aborted, noAnswer, refusalOf, type Told, unreachable } from './refusal.ts'
import { again, type RetryPolicy } from './retry.ts'

/** What the client takes from the world around it. */
export interface Surroundings {
  readonly fetch: (address: string, init: RequestInit) => Promise<Response>
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>
  /** Between 0 and 1. */
  readonly random: () => number
  /** For idempotency keys. */
  readonly uuid: () => string
  readonly now_ms: () => number
}

/** The web's own. */
export const WEB: Surroundings = {
  fetch: (address, init) => globalThis.fetch(address, init),
  sleep,
  random: Math.random,
  uuid,
  now_ms: Date.now,
}

export interface Order {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly in_path: Readonly<Record<string, unknown>>
  readonly query: Readonly<Record<string, unknown>>
  readonly body?: unknown
  readonly headers: Readonly<Record<string, string>>
  readonly idempotency_key?: string | undefined
  readonly signal?: AbortSignal | undefined
  readonly timeout_s: number
  /** `follow` for bytes, which may lie elsewhere; everything else is answered where it is asked, or not at all. */
  readonly redirect: 'follow' | 'manual'
}

const KEYED: ReadonlySet<string> = new Set(KEYED_PATHS)

/**
 * Sends a request until it is answered with a success and `read` could read that: a GET, or a POST whose path honours its idempotency key, several
 * times if need be; everything else once.
 * @throws FilmgateError
 */
export async function send<T>(
  base_url: string,
  order: Order,
  read: (asked: Told, response: Response) => Promise<T>,
  around: Surroundings,
  retries: RetryPolicy,
): Promise<T> {
  const asked: Told = { base_url, method: order.method, path: order.path }
  const honours_key = order.method === 'POST' && KEYED.has(order.path)
  // Made once, here: every repeat below carries the same.
  const key = order.idempotency_key ?? (honours_key ? around.uuid() : undefined)
  const repeatable = order.method === 'GET' || honours_key
  const address = `${base_url}${pathOf(order)}${search(order.query)}`
  const init = { method: order.method, redirect: order.redirect, ...bodyOf(order, key) }
  checkHeaders(init.headers)
  let charged: false | 'unknown' = false
  for (let sent = 1; ; sent++) {
    if (order.signal?.aborted) throw saying(aborted(asked, false), charged)
    const tried = await once(asked, address, init, read, order, around)
    if ('answer' in tried) return tried.answer
    const { error } = tried
    // What a lost try may have done, a repeat that never arrives does not tell; a verdict on it does.
    charged = error.charged === 'unknown' ? 'unknown' : isVerdict(error) ? false : charged
    const wait_s = again({ ...tried, repeatable, sent }, retries, around.random())
    if (wait_s === null) throw saying(error, charged)
    try {
      await around.sleep(wait_s * 1000, order.signal)
    } catch {
      throw saying(aborted(asked, false), charged)
    }
  }
}

interface Refused {
  readonly error: FilmgateError
  readonly should_retry: 'true' | 'false' | null
}

/** One try. */
async function once<T>(
  asked: Told,
  address: string,
  init: RequestInit,
  read: (asked: Told, response: Response) => Promise<T>,
  order: Order,
  around: Surroundings,
): Promise<{ readonly answer: T } | Refused> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), order.timeout_s * 1000)
  const signal = order.signal ? AbortSignal.any([order.signal, late.signal]) : late.signal
  try {
    const response = await around.fetch(address, { ...init, signal })
    if (response.ok) return { answer: await read(asked, response) }
    const said = response.headers.get('x-should-retry')
    return { error: await refusalOf(asked, response), should_retry: said === 'true' || said === 'false' ? said : null }
  } catch (cause) {
    if (cause instanceof FilmgateError) return { error: cause, should_retry: null }
    if (order.signal?.aborted) return { error: aborted(asked, true), should_retry: 'false' }
    return { error: late.signal.aborted ? noAnswer(asked, order.timeout_s) : unreachable(asked, cause), should_retry: null }
  } finally {
    clearTimeout(timer)
  }
}

/** Of the server itself: what stands before it, or in its place for a while, does not know. */
function isVerdict({ kind, status }: FilmgateError): boolean {
  if (kind === 'not_filmgate' || kind === 'unreachable') return false
  return status !== null && status >= 400 && status < 500 && status !== 408 && status !== 429
}

function saying(error: FilmgateError, charged: false | 'unknown'): FilmgateError {
  return error.charged === charged ? error : new FilmgateError({ ...error, message: error.message, cause: error.cause, charged })
}

function bodyOf(
  order: Order,
  key: string | undefined,
): { readonly headers: Record<string, string>; readonly body?: string | Blob | FormData } {
  const headers: Record<string, string> = { accept: 'application/json', ...order.headers }
  if (key !== undefined) headers['idempotency-key'] = key
  const body = order.body instanceof Unchecked ? order.body.value : order.body
  if (body === undefined || body === null) return { headers }
  // Its boundary is the platform's to say.
  if (body instanceof FormData) return { headers, body }
  if (typeof body === 'string' || body instanceof Blob) return { headers, body }
  return { headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}

/** @throws FilmgateError bad_id: an address takes these for something else than an id, so that another call would be made */
function pathOf({ path, in_path }: Order): string {
  for (const [param, value] of Object.entries(in_path)) {
    if (!['', '.', '..'].includes(String(value))) continue
    const message = `${JSON.stringify(value)} is no id.`
    throw new FilmgateError({ kind: 'invalid_request', code: 'bad_id', message, param })
  }
  return defaultPathSerializer(path, { ...in_path })
}

/** @throws FilmgateError bad_header, before anything is sent */
function checkHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a header cannot carry
    if (!/[\u0000-\u0008\n-\u001f\u007f]|[^\u0000-\u00ff]/.test(value)) continue
    const message = `The header ${name} cannot carry ${JSON.stringify(value)}: letters beyond Latin-1 and line breaks do not go into headers.`
    throw new FilmgateError({ kind: 'invalid_request', code: 'bad_header', message, param: name })
  }
}

function search(query: Readonly<Record<string, unknown>>): string {
  const asked = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== null) asked.append(name, String(value))
  const text = asked.toString()
  return text === '' ? '' : `?${text}`
}

/** Pages that came over plain http, from elsewhere than localhost, have no `randomUUID`. */
function uuid(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID()
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Rejects when it is told to stop. */
async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted()
  await new Promise<void>((done, stopped) => {
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      done()
    }, ms)
    function stop() {
      clearTimeout(timer)
      stopped(signal?.reason)
    }
    signal?.addEventListener('abort', stop, { once: true })
  })
}
