import type { IncomingMessage } from 'node:http'
import { networkInterfaces } from 'node:os'
import { Broken, bodyOf, type NotFetched, readAway } from './body.ts'
import { Cut, type Unreached } from './cut.ts'
import { isPublicAddress } from './guard.ts'
import { type Asking, ask, judge, type Message } from './hop.ts'
import { createKept } from './kept.ts'
import { readPostTarget } from './post-target.ts'
import { type Resolve, resolveBySystem } from './resolve.ts'
import { isLocalName, readTarget, type Target } from './target.ts'

export interface GuardedOptions {
  /** `host:port` as `readTrustedHosts` makes them: these may be private. */
  readonly trusted_hosts: ReadonlySet<string>
  readonly resolve?: Resolve
  readonly isPublic?: (address: string) => boolean
}

export interface Wanted {
  readonly bytes_max: number
  /** From the call to the last byte, redirects and all: a server that drips is no exception. */
  readonly timeout_ms: number
  /** Media types that would do; everything unless given. */
  readonly accept?: string
}

/** `type` is what the server claims, `url` the one that answered in the end. */
interface Answered {
  readonly outcome: 'ok'
  readonly type: string | null
  readonly url: string
}
export type Fetched = (Answered & { readonly bytes: Uint8Array }) | NotFetched
/** The stream fails with `Broken`. Whoever opened it reads it to its end or cancels it. */
export type Opened = (Answered & { readonly stream: ReadableStream<Uint8Array> }) | NotFetched

export interface Sending extends Message {
  /** From the call to the answer's head. */
  readonly timeout_ms: number
  /** The rest of a longer answer is not read; it changes nothing. */
  readonly answer_bytes_max: number
}
export type Posted =
  /** `retry_after` as the header says it. */
  { readonly outcome: 'answered'; readonly status: number; readonly retry_after: string | undefined } | Unreached

/** The one way to an address that a customer named, to bring something or to send it. */
export interface GuardedClient {
  fetchBytes(link: string, wanted: Wanted): Promise<Fetched>
  openStream(link: string, wanted: Wanted): Promise<Opened>
  /** Sends a message once and follows no redirect. Only to https, but for trusted hosts. */
  post(link: string, sending: Sending): Promise<Posted>
  /** Ends everything in hand, and from now on fetches nothing. */
  stop(): void
}

const REDIRECTS_MAX = 3
/** More are no better: each may cost a connection attempt. */
const ADDRESSES_MAX = 8

/**
 * Follows links of strangers without being led into our own network. Only http and https, no credentials, no cookies, no proxy. A host is
 * resolved first, every address that it has must be public, and the connection goes to one of those. Each redirect is a new link.
 */
export function createGuardedClient({ trusted_hosts, resolve = resolveBySystem, isPublic = isOpen }: GuardedOptions): GuardedClient {
  const in_hand = new Set<Cut>()
  const kept = createKept()
  let stopped = false

  /** Where a target may be reached; nowhere if any of its addresses is not for strangers. */
  async function addressesOf(target: Target, cut: Cut): Promise<readonly string[]> {
    const is_trusted = trusted_hosts.has(target.place)
    if (isLocalName(target.host) && !is_trusted) return []
    const found = target.is_address ? [target.host] : await cut.orSooner(resolve(target.host, is_trusted))
    return is_trusted || found.every(isPublic) ? found.slice(0, ADDRESSES_MAX) : []
  }

  async function reach(target: Target, asking: Asking, cut: Cut): Promise<Head | Unreached> {
    const addresses = await addressesOf(target, cut).catch(() => [])
    if (addresses.length === 0) return cut.why(CLOSED)
    const response = await ask(target, addresses, asking, cut.signal).catch(() => null)
    return response === null ? cut.why(SILENT) : { outcome: 'head', response, url: target.url }
  }

  /** The head of the last answer, after all redirects. */
  async function follow(link: string, { bytes_max, accept = '*/*' }: Wanted, cut: Cut): Promise<Head | NotFetched> {
    let read = readTarget(link)
    for (let redirects = 0; ; redirects += 1) {
      if (read.outcome === 'refused') return read
      const { target } = read
      const head = await reach(target, { accept }, cut)
      if (head.outcome !== 'head') return head
      const { response } = head
      const judged = judge(response.statusCode ?? 0, response.headers, bytes_max)
      if (judged.next === 'take') return head
      response.destroy()
      if (judged.next === 'refuse') return { outcome: judged.outcome, why: judged.why }
      if (redirects === REDIRECTS_MAX) return { outcome: 'refused', why: `The server redirects more than ${REDIRECTS_MAX} times.` }
      read = readTarget(judged.location, target.url)
    }
  }

  function begin(timeout_ms: number): Cut {
    const cut = new Cut(timeout_ms, () => in_hand.delete(cut))
    in_hand.add(cut)
    return cut
  }

  const client: GuardedClient = {
    async openStream(link, wanted) {
      if (stopped) return { outcome: 'stopped' }
      const cut = begin(wanted.timeout_ms)
      const head = await follow(link, wanted, cut)
      if (head.outcome !== 'head') {
        cut.done()
        return head
      }
      const { response, url } = head
      const type = response.headers['content-type'] ?? null
      return { outcome: 'ok', type, url: url.href, stream: bodyOf(response, wanted.bytes_max, cut) }
    },

    async fetchBytes(link, wanted) {
      const opened = await client.openStream(link, wanted)
      if (opened.outcome !== 'ok') return opened
      const { stream, ...answered } = opened
      try {
        const chunks: Uint8Array[] = []
        for await (const chunk of stream) chunks.push(chunk)
        return { ...answered, bytes: Buffer.concat(chunks) }
      } catch (error) {
        if (error instanceof Broken) return error.not_fetched
        throw error
      }
    },

    async post(link, { timeout_ms, answer_bytes_max, ...message }) {
      if (stopped) return { outcome: 'stopped' }
      const read = readPostTarget(link, trusted_hosts)
      if (read.outcome === 'refused') return read
      const cut = begin(timeout_ms)
      const head = await reach(read.target, { accept: '*/*', message, kept }, cut)
      if (head.outcome === 'head') await readAway(head.response, answer_bytes_max)
      cut.done()
      if (head.outcome !== 'head') return head
      const { statusCode = 0, headers } = head.response
      return { outcome: 'answered', status: statusCode, retry_after: headers['retry-after'] }
    },

    stop() {
      stopped = true
      for (const cut of in_hand) cut.stop()
      kept.stop()
    },
  }
  return client
}

interface Head {
  readonly outcome: 'head'
  readonly response: IncomingMessage
  readonly url: URL
}

const CLOSED = 'The host has no public address.'
const SILENT = 'The server can not be reached, or its certificate is not valid.'

function isOpen(address: string): boolean {
  const own = Object.values(networkInterfaces()).flatMap((cards) => (cards ?? []).map((card) => card.address))
  return isPublicAddress(address, own)
}
