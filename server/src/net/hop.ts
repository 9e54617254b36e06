import { type IncomingHttpHeaders, type IncomingMessage, Agent as PlainAgent, request as requestPlain } from 'node:http'
import { request as requestTls, Agent as TlsAgent } from 'node:https'
import { type Kept, pinned } from './kept.ts'
import type { Target } from './target.ts'

// Agents of our own: the global ones may be told to use a proxy by the environment, and keep connections whose address nobody checked for us.
const plain = new PlainAgent({ keepAlive: false })
const tls = new TlsAgent({ keepAlive: false, maxCachedSessions: 0 })

/** What is sent along, as a POST. */
export interface Message {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Asking {
  readonly accept: string
  readonly message?: Message
  /** Connections that may be used again; a new one for every answer unless given. */
  readonly kept?: Kept
}

/**
 * Asks one target once, at one of `addresses` and nowhere else: the connection takes them instead of resolving the name a second time,
 * when a hostile name server would answer otherwise. The certificate is still checked against the name.
 * Resolves with the head of the answer; whoever gets it destroys it.
 * @throws when there is no answer, or `signal` aborts
 */
export function ask(target: Target, addresses: readonly string[], asking: Asking, signal: AbortSignal): Promise<IncomingMessage> {
  const { accept, message, kept } = asking
  const is_tls = target.url.protocol === 'https:'
  return new Promise((resolve, reject) => {
    const request = (is_tls ? requestTls : requestPlain)(target.url, {
      agent: is_tls ? (kept?.tls ?? tls) : (kept?.plain ?? plain),
      lookup: pinned(addresses),
      signal,
      // What unpacks on the way could be a thousand times what was counted.
      headers: { accept, 'accept-encoding': 'identity', 'user-agent': 'filmgate', ...message?.headers },
      method: message === undefined ? 'GET' : 'POST',
    })
    let again = false
    request.on('response', resolve)
    request.on('error', (error) => {
      // The server hung up while the connection lay idle: the message most likely never reached it, and is known by its id if it did.
      again = request.reusedSocket && !signal.aborted && 'code' in error && error.code === 'ECONNRESET'
      if (again) ask(target, addresses, asking, signal).then(resolve, reject)
      else reject(error)
    })
    // As for 101, which nobody asked for.
    request.on('close', () => again || reject(new Error('the connection was closed without an answer')))
    request.end(message?.body)
  })
}

export type Judged =
  | { readonly next: 'take' }
  | { readonly next: 'follow'; readonly location: string }
  /** `why` is a sentence for the customer. */
  | { readonly next: 'refuse'; readonly outcome: 'refused' | 'too_large'; readonly why: string }

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** What to do with an answer, by its head alone. */
export function judge(status: number, headers: IncomingHttpHeaders, bytes_max: number): Judged {
  const refuse = (why: string): Judged => ({ next: 'refuse', outcome: 'refused', why })
  if (REDIRECTS.has(status)) {
    const { location } = headers
    return location === undefined ? refuse('The server redirects without saying where to.') : { next: 'follow', location }
  }
  if (status !== 200) return refuse(`The server answered with status ${status}.`)
  if (!/^(identity)?$/i.test(headers['content-encoding'] ?? '')) return refuse('The server sent packed content, which was not asked for.')
  if (Number(headers['content-length'] ?? 0) > bytes_max) return { next: 'refuse', outcome: 'too_large', why: tooLarge(bytes_max) }
  return { next: 'take' }
}

export function tooLarge(bytes_max: number): string {
  const mib = bytes_max / 1024 ** 2
  return `What the server sends is larger than ${mib >= 1 ? `${Math.floor(mib)} MiB` : `${bytes_max} bytes`}.`
}
