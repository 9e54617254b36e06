import { isIP } from 'node:net'

/** Where a link leads, once it is one that may be looked at. */
export interface Target {
  readonly url: URL
  /** A name, or an address without brackets. */
  readonly host: string
  /** `host:port`, as trusted hosts are written: the port is always there, IPv6 has brackets. */
  readonly place: string
  readonly is_address: boolean
}

export type ReadTarget =
  | { readonly outcome: 'target'; readonly target: Target }
  /** `why` is a sentence for the customer. */
  | { readonly outcome: 'refused'; readonly why: string }

/** Signed links of the large stores stay below 2,000; far longer ones would not pass most servers. */
const LONGEST_LINK = 8_192
const DEFAULT_PORT: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }

/**
 * Reads a link, or a redirect's `Location` relative to `base`. The one parser decides what host it names (decimal, octal, hexadecimal and
 * full-width forms of an address are that address), and the same `URL` is what is asked later: two readings can not disagree.
 */
export function readTarget(link: string, base?: URL): ReadTarget {
  const it = base === undefined ? 'The address' : 'The redirect'
  const refused = (what: string): ReadTarget => ({ outcome: 'refused', why: `${it} ${what}` })
  if (link.length > LONGEST_LINK) return refused(`may have at most ${LONGEST_LINK} characters.`)
  if (!URL.canParse(link, base?.href)) return refused('must be whole and right, such as https://example.com/first.png.')
  const url = new URL(link, base)
  const default_port = DEFAULT_PORT[url.protocol]
  if (default_port === undefined) return refused('must begin with https:// or http://.')
  if (url.username !== '' || url.password !== '') return refused('must not carry a user name or a password.')
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const place = `${url.hostname}:${url.port === '' ? default_port : url.port}`
  return { outcome: 'target', target: { url, host, place, is_address: isIP(host) !== 0 } }
}

/** RFC 6761, 6.3: this machine by definition, whatever a resolver says. */
export function isLocalName(host: string): boolean {
  return /(^|\.)localhost\.?$/.test(host)
}
