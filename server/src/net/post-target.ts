import { isPublicAddress } from './guard.ts'
import { isLocalName, type ReadTarget, readTarget } from './target.ts'

/**
 * Reads an address that messages are to be sent to: https, and by its text alone not private. A trusted host may be both plain and private.
 * What a name leads to is looked at when something is sent, every time.
 */
export function readPostTarget(link: string, trusted_hosts: ReadonlySet<string>): ReadTarget {
  const read = readTarget(link)
  if (read.outcome === 'refused' || trusted_hosts.has(read.target.place)) return read
  const { url, host, is_address } = read.target
  if (url.protocol !== 'https:') return { outcome: 'refused', why: 'The address must begin with https://.' }
  if (isLocalName(host) || (is_address && !isPublicAddress(host))) return { outcome: 'refused', why: 'The address must be a public one.' }
  return read
}
