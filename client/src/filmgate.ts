import type { Answer, Item, KeyOptions, ListPath, Path, Rest, SendOptions } from './calls.ts'
import { FilmgateError } from './errors.ts'
import type { paths } from './generated.ts'
import { notFilmgate, type Told } from './refusal.ts'
import { RETRIES, type RetryPolicy } from './retry.ts'
import { type Order, type Surroundings, send, WEB } from './send.ts'
import { createVideos, type Videos } from './videos.ts'

export interface FilmgateOptions extends Partial<Surroundings> {
  /** Where the server is, with or without `/v1`. */
  readonly base_url: string
  /** A customer's or an operator's; what is public needs none. */
  readonly key?: string | undefined
  /** For an operator: the customer to act for. */
  readonly customer?: string | undefined
  /** Sent with every call. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly retries?: Partial<RetryPolicy> | undefined
  /** How long to wait for an answer. Default: 120. */
  readonly timeout_s?: number | undefined
}

export interface RawOptions extends SendOptions, KeyOptions {
  readonly path?: Readonly<Record<string, string>> | undefined
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined
  /** Text and files go as they are, with the `content-type` of `headers`; anything else as JSON. */
  readonly body?: unknown
}

/** Calls by path, as the contract names and types them. Every one answers with the parsed body, or throws a FilmgateError. */
export interface Filmgate {
  readonly base_url: string
  get<P extends Path<'get'>>(path: P, ...rest: Rest<P, 'get'>): Promise<Answer<P, 'get'>>
  post<P extends Path<'post'>>(path: P, ...rest: Rest<P, 'post'>): Promise<Answer<P, 'post'>>
  patch<P extends Path<'patch'>>(path: P, ...rest: Rest<P, 'patch'>): Promise<Answer<P, 'patch'>>
  delete<P extends Path<'delete'>>(path: P, ...rest: Rest<P, 'delete'>): Promise<Answer<P, 'delete'>>
  /** The successful answer itself, unread: for tables and lines. `path` as the contract spells it, so that repeats are as safe as elsewhere. */
  raw(method: Order['method'], path: keyof paths, options?: RawOptions): Promise<Response>
  /** Every item of a list, page after page. */
  each<P extends ListPath>(path: P, ...rest: Rest<P, 'get'>): AsyncGenerator<Item<P>, void, undefined>
  readonly videos: Videos
}

const TIMEOUT_S = 120

/**
 * @example const filmgate = createFilmgate({ base_url: 'http://127.0.0.1:8787', key: 'fg_live_…' })
 *          const { available } = await filmgate.get('/v1/balance')
 * @throws FilmgateError bad_base_url, bad_key
 */
export function createFilmgate(options: FilmgateOptions): Filmgate {
  const base_url = baseUrl(options.base_url)
  const around: Surroundings = {
    fetch: options.fetch ?? WEB.fetch,
    sleep: options.sleep ?? WEB.sleep,
    random: options.random ?? WEB.random,
    uuid: options.uuid ?? WEB.uuid,
    now_ms: options.now_ms ?? WEB.now_ms,
  }
  const retries = { ...RETRIES, ...options.retries }
  const standing = { ...options.headers, ...authorization(options.key) }

  function order(method: Order['method'], path: string, given: AnyOptions): Order {
    const customer = given.customer ?? options.customer
    return {
      method,
      path,
      in_path: named(given.path),
      query: named(given.query),
      body: given.body,
      headers: { ...standing, ...(customer === undefined ? {} : { 'filmgate-customer': customer }), ...given.headers },
      idempotency_key: given.idempotency_key,
      signal: given.signal,
      timeout_s: given.timeout_s ?? options.timeout_s ?? TIMEOUT_S,
      redirect: given.redirect ?? 'manual',
    }
  }
  function call<T>(method: Order['method'], path: string, given: AnyOptions = {}): Promise<T> {
    return send(base_url, order(method, path, given), readJson<T>, around, retries)
  }
  async function raw(method: Order['method'], path: string, given: AnyOptions = {}): Promise<Response> {
    return send(base_url, order(method, path, given), async (_asked, response) => response, around, retries)
  }
  const filmgate: Omit<Filmgate, 'videos'> = {
    base_url,
    get: (path, ...[given]) => call('GET', path, given),
    post: (path, ...[given]) => call('POST', path, given),
    patch: (path, ...[given]) => call('PATCH', path, given),
    delete: (path, ...[given]) => call('DELETE', path, given),
    raw,
    async *each(path, ...[given]) {
      for (let after: string | undefined; ; ) {
        const query = { limit: 100, ...named(given?.query), ...(after === undefined ? {} : { after }) }
        const page = await call<{ data: never[]; last_id: string | null; has_more: boolean }>('GET', path, { ...given, query })
        yield* page.data
        if (!page.has_more || page.last_id === null) return
        after = page.last_id
      }
    },
  }
  return { ...filmgate, videos: createVideos({ ...filmgate, raw }, around) }
}

/** The options of a call whose path has not said yet what it takes. */
interface AnyOptions extends SendOptions, KeyOptions {
  readonly path?: unknown
  readonly query?: unknown
  readonly body?: unknown
  readonly redirect?: Order['redirect'] | undefined
}

function named(of: unknown): Readonly<Record<string, unknown>> {
  return typeof of === 'object' && of !== null ? { ...of } : {}
}

async function readJson<T>(asked: Told, response: Response): Promise<T> {
  const text = await response.text()
  try {
    return JSON.parse(text)
  } catch {
    throw notFilmgate(asked, response)
  }
}

function baseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '' || url.hash !== '') {
    throw new FilmgateError({
      kind: 'invalid_request',
      code: 'bad_base_url',
      message: `\`${text}\` is no address of a server. Write it as http://127.0.0.1:8787 or https://video.example.com.`,
      param: 'base_url',
    })
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '').replace(/\/v1$/, '')
}

function authorization(key: string | undefined): Record<string, string> {
  if (key === undefined) return {}
  // A header takes nothing else; a key with a line break was pasted with something else.
  if (/^[\x21-\x7e]+$/.test(key)) return { authorization: `Bearer ${key}` }
  throw new FilmgateError({
    kind: 'authentication',
    code: 'bad_key',
    message: 'The key is no key: it is empty, or has spaces, line breaks or letters that a key never has.',
    param: 'key',
  })
}
