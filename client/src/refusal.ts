import { type ErrorFacts, FilmgateError, kindOfStatus, knownCode } from './errors.ts'

/** One request, as far as an error has to speak of it. */
export interface Told {
  readonly base_url: string
  readonly method: string
  /** As the contract spells it. */
  readonly path: string
}

/** Nothing was changed by it: it only reads. */
function reads({ method }: Told): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** What an answer says that is no success. Reads its body. */
export async function refusalOf(asked: Told, response: Response): Promise<FilmgateError> {
  const { status } = response
  const request_id = response.headers.get('x-request-id')
  if (status === 0 || (status >= 300 && status < 400)) return redirected(asked, response)
  const text = await response.text().catch(() => '')
  const error = envelope(text)
  const facts = { status, request_id, retry_after_s: retryAfter(response.headers) }
  if (error === null) return foreign(asked, facts, response.headers.get('content-type'))
  const said = typeof error.message === 'string' ? error.message : `It answered ${status} without a reason.`
  if (isUnknownRoute(status, error)) {
    return new FilmgateError({
      ...facts,
      kind: 'not_filmgate',
      code: 'unknown_route',
      message: `The server at ${asked.base_url} does not know ${asked.method} ${asked.path}: it is older than this program, or not Filmgate. Update the server.`,
      details: error,
    })
  }
  return new FilmgateError({
    ...facts,
    kind: kindOfStatus(status),
    code: knownCode(error.code),
    message: said,
    param: typeof error.param === 'string' ? error.param : null,
    details: error,
    // A 5xx of the server's own may come after the database took the order; its other refusals come before.
    charged: status >= 500 && error.code !== 'starting' && error.code !== 'no_route_available' && !reads(asked) ? 'unknown' : false,
  })
}

/** A success that is not the JSON it should be: a proxy's page, another program on that port. */
export function notFilmgate(asked: Told, response: Response): FilmgateError {
  const { status, headers } = response
  return foreign(asked, { status, request_id: headers.get('x-request-id') }, headers.get('content-type'))
}

/** No answer came. */
export function unreachable(asked: Told, cause: unknown): FilmgateError {
  const reason = reasonOf(cause)
  const never_sent = NEVER_SENT.some((code) => reason.includes(code))
  const why = WORDS[reason] ?? reason
  const sentence = never_sent
    ? `Nothing answers at ${asked.base_url} (${why}). Is Filmgate running there, and is the address right?`
    : `The connection to ${asked.base_url} broke before an answer came (${why}).`
  return new FilmgateError({
    kind: 'unreachable',
    code: never_sent ? 'unreachable' : 'no_answer',
    message: sentence,
    charged: never_sent || reads(asked) ? false : 'unknown',
    cause,
  })
}

/** No answer came in time. */
export function noAnswer(asked: Told, timeout_s: number): FilmgateError {
  return new FilmgateError({
    kind: 'unreachable',
    code: 'no_answer',
    message: `${asked.base_url} took the request and did not answer within ${timeout_s} s.`,
    charged: reads(asked) ? false : 'unknown',
  })
}

/** The caller stopped it. `was_sent`: the request may have arrived. */
export function aborted(asked: Told, was_sent: boolean): FilmgateError {
  return new FilmgateError({
    kind: 'aborted',
    code: 'aborted',
    message: 'Stopped before the answer came.',
    charged: was_sent && !reads(asked) ? 'unknown' : false,
  })
}

const GATEWAY = [502, 503, 504, 520, 521, 522, 523, 524]

function foreign(asked: Told, facts: Pick<ErrorFacts, 'request_id' | 'retry_after_s'> & { status: number }, type: string | null) {
  const { status } = facts
  const what = type === null ? 'nothing readable' : type.includes('html') ? 'a web page' : type.split(';')[0]
  const charged = reads(asked) || status === 404 || status === 405 ? false : 'unknown'
  if (GATEWAY.includes(status)) {
    const message = `Something in front of ${asked.base_url} answered ${status}: the server behind it cannot be reached.`
    return new FilmgateError({ ...facts, kind: 'unreachable', code: 'bad_gateway', message, charged })
  }
  const message = `What answers at ${asked.base_url} is not Filmgate: ${asked.method} ${asked.path} got ${status} with ${what}. Check the address and the port.`
  return new FilmgateError({ ...facts, kind: 'not_filmgate', code: 'not_filmgate', message, charged })
}

function redirected(asked: Told, response: Response): FilmgateError {
  const to = response.headers.get('location')
  const where = to !== null && URL.canParse(to, asked.base_url) ? `to ${new URL(to, asked.base_url).origin}` : 'elsewhere'
  return new FilmgateError({
    kind: 'not_filmgate',
    code: 'redirected',
    status: response.status,
    message: `${asked.base_url} sends its callers ${where}. Use that address as the base URL.`,
  })
}

/** The sentences of a server that has no such path, or not with that method: a path of the contract is then younger than the server. */
function isUnknownRoute(status: number, error: Readonly<Record<string, unknown>>): boolean {
  if (status === 405) return true
  return status === 404 && typeof error.message === 'string' && error.message.startsWith('There is no path ')
}

function envelope(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed !== 'object' || parsed === null || !('error' in parsed)) return null
    const { error } = parsed
    if (typeof error !== 'object' || error === null || !('message' in error)) return null
    return Object.fromEntries(Object.entries(error))
  } catch {
    return null
  }
}

/** Seconds that the server asks to wait; it says milliseconds where it can. */
export function retryAfter(headers: Headers): number | null {
  const ms = Number(headers.get('retry-after-ms') ?? Number.NaN)
  if (Number.isFinite(ms)) return ms / 1000
  const said = headers.get('retry-after')
  if (said === null) return null
  const s = Number(said)
  if (Number.isFinite(s)) return Math.max(0, s)
  const at_ms = Date.parse(said)
  const now_ms = Date.parse(headers.get('date') ?? '')
  return Number.isNaN(at_ms) || Number.isNaN(now_ms) ? null : Math.max(0, (at_ms - now_ms) / 1000)
}

const NEVER_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ConnectionRefused', 'CERT', 'bad port']

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ConnectionRefused: 'connection refused',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'no such host, or no network',
  ECONNRESET: 'connection reset',
  UND_ERR_SOCKET: 'connection closed',
}

/** Node hides the reason in `cause`, Bun in `code`, browsers say nothing. */
function reasonOf(cause: unknown): string {
  const reasons: string[] = []
  for (let at: unknown = cause; typeof at === 'object' && at !== null && reasons.length < 4; at = 'cause' in at ? at.cause : null) {
    if ('code' in at && typeof at.code === 'string') reasons.push(at.code)
    else if ('message' in at && typeof at.message === 'string' && at.message !== '') reasons.push(at.message)
  }
  return reasons.at(-1) ?? 'no reason given'
}
