import { setTimeout as delay } from 'node:timers/promises'
import { AwsV4Signer } from 'aws4fetch'
import { answerTimeout } from '../../domain/upload.ts'
import { StoreAway } from '../store.ts'
import { errorOf, type Listed, listedIn } from './answers.ts'
import { addressOf, type S3Place } from './place.ts'
import { type S3Body, upload } from './upload.ts'

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE'
  /** The whole name of an object, prefix and all; null: the bucket. */
  readonly object: string | null
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  /** Of a PUT. */
  readonly body?: S3Body
  /** Of the body, lower-case hex: the server refuses another. */
  readonly sha256?: string
}

/** What a request may come back with that is neither success nor a fault. */
const ANSWERS: readonly number[] = [404, 412]
const SHA256_OF_NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const BACK_OFF_MS = 200
const LINK_S_MAX = 7 * 86_400

export interface S3Options {
  readonly place: S3Place
  /** For an answer, without what its body takes. */
  readonly timeout_ms: number
  readonly tries: number
}

/** Something that the storage said no to, or did not say anything to. */
export class S3Fault extends StoreAway {
  /** Null: no answer came. */
  readonly status: number | null
  /** The service's own word, or the system's for a connection that failed. */
  readonly code: string
  /** Where the bucket is, if the answer says so. */
  readonly region: string | null

  constructor(status: number | null, code: string, region: string | null, cause?: unknown) {
    super(status === null ? `The object storage can not be reached (${code}).` : `The object storage answered ${status} ${code}.`, {
      cause,
    })
    this.status = status
    this.code = code
    this.region = region
  }
}

export function faultOf(answer: Response, text: string): S3Fault {
  const { code, region } = errorOf(text)
  return new S3Fault(answer.status, code ?? 'without an error that S3 knows', answer.headers.get('x-amz-bucket-region') ?? region)
}

/**
 * Speaks S3 to one place and to no other: a redirect is a fault. Every request may be repeated, so it is when the service is out of breath or
 * the connection breaks; what is then still not answered is an S3Fault.
 */
export class S3Client {
  readonly #options: S3Options

  constructor(options: S3Options) {
    this.#options = options
  }

  /** A success, 404 or 412; the body is the caller's to read or to cancel. @throws S3Fault */
  async send(request: S3Request): Promise<Response> {
    for (let tried = 1; ; tried++) {
      try {
        return await this.#sendOnce(request)
      } catch (error) {
        if (!(error instanceof S3Fault) || tried >= this.#options.tries || !mayPass(error)) throw error
        await delay(BACK_OFF_MS * 2 ** (tried - 1) * (0.5 + Math.random()))
      }
    }
  }

  /** One page of what is in the bucket. @throws S3Fault */
  async list(query: Readonly<Record<string, string>>): Promise<Listed> {
    const answer = await this.send({ method: 'GET', object: null, query: { 'list-type': '2', ...query } })
    const text = await answer.text()
    const listed = answer.ok ? listedIn(text) : null
    if (listed === null) throw faultOf(answer, text)
    return listed
  }

  /** An address that opens one object to whoever has it, for a while. */
  async link(object: string, query: Readonly<Record<string, string>>, lasts_s: number): Promise<string> {
    const url = this.#url(object, { ...query, 'X-Amz-Expires': String(Math.min(lasts_s, LINK_S_MAX)) })
    const signed = await this.#signer({ method: 'GET', url: url.href, signQuery: true }).sign()
    return signed.url.href
  }

  async #sendOnce(request: S3Request): Promise<Response> {
    const { method, object, body, sha256 = SHA256_OF_NOTHING } = request
    const url = this.#url(object, request.query ?? {})
    const headers = { ...request.headers, 'x-amz-content-sha256': sha256 }
    // At every try anew: a signature is good for minutes only.
    const signed = await this.#signer({ method, url: url.href, headers }).sign()
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), answerTimeout(this.#options.timeout_ms, body?.bytes ?? 0))
    signed.headers.set('accept-encoding', 'identity') // not signed: some proxies write their own
    const { headers: signed_headers, url: signed_url } = signed
    const { signal } = late
    const response = await (body
      ? upload(signed_url, signed_headers, body, signal)
      : fetch(signed_url, { method, headers: signed_headers, redirect: 'manual', signal })
    )
      .catch((error: unknown) => {
        throw new S3Fault(null, late.signal.aborted ? 'timeout' : systemCode(error), null, error)
      })
      .finally(() => clearTimeout(timer))
    if (response.ok || ANSWERS.includes(response.status)) return response
    throw faultOf(response, await response.text().catch(() => ''))
  }

  #url(object: string | null, query: Readonly<Record<string, string>>): URL {
    const url = addressOf(this.#options.place, object)
    // Not by `searchParams`, which writes a blank as a plus: services differ in how they read that. A link is written so by the signer: it must have no blank.
    url.search = Object.entries(query)
      .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
      .join('&')
    return url
  }

  #signer(request: Pick<ConstructorParameters<typeof AwsV4Signer>[0], 'method' | 'url' | 'headers' | 'signQuery'>): AwsV4Signer {
    const { place } = this.#options
    const { access_key_id, secret_access_key, session_token } = place.credentials()
    return new AwsV4Signer({
      ...request,
      service: 's3',
      region: place.region,
      accessKeyId: access_key_id,
      secretAccessKey: secret_access_key,
      ...(session_token === null ? {} : { sessionToken: session_token }),
    })
  }
}

function mayPass({ status }: S3Fault): boolean {
  return status === null || status === 429 || status >= 500
}

function systemCode(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer'
  if (error.cause !== undefined) return systemCode(error.cause)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}
