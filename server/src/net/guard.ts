import { BlockList, isIP } from 'node:net'

type Network = readonly [address: string, prefix: number]

/**
 * IPv4 that no stranger's link may lead to.
 * Source: the IANA IPv4 special-purpose address registry; closed as a whole where the registry has reachable exceptions, since nobody serves
 * pictures from them. Metadata services of clouds lie in 169.254/16, 100.64/10 and 192.0.0.0/24; Azure's is in the midst of the public space.
 */
const CLOSED_IPV4: readonly Network[] = [
  ['0.0.0.0', 8], // this network; Linux takes 0.0.0.0 as itself
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // shared by carriers; 100.100.100.200 is Alibaba's metadata
  ['127.0.0.0', 8], // loopback
  ['168.63.129.16', 32], // Azure's host
  ['169.254.0.0', 16], // link-local; 169.254.169.254 is metadata almost everywhere
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments; 192.0.0.192 is Oracle's metadata
  ['192.0.2.0', 24], // documentation
  ['192.31.196.0', 24], // AS112
  ['192.52.193.0', 24], // multicast tunnels
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // private
  ['192.175.48.0', 24], // AS112
  ['198.18.0.0', 15], // benchmarking
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, and broadcast
]

/**
 * IPv6 is judged the other way round: only what IANA gives out as global unicast is open. So loopback, unspecified, link-local, site-local,
 * unique local (fd00:ec2::254 is AWS's metadata), multicast and all that embeds IPv4 below 2000::/3 (mapped, compatible, SIIT, NAT64)
 * are closed without being named.
 */
const GLOBAL_IPV6: Network = ['2000::', 3]

const CLOSED_IPV6: readonly Network[] = [
  ['2001::', 23], // protocol assignments: Teredo (which embeds IPv4), benchmarking, ORCHID
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4, which embeds IPv4
  ['2620:4f:8000::', 48], // AS112
  ['3fff::', 20], // documentation
]

const closed = new BlockList()
for (const [address, prefix] of CLOSED_IPV4) closed.addSubnet(address, prefix, 'ipv4')
for (const [address, prefix] of CLOSED_IPV6) closed.addSubnet(address, prefix, 'ipv6')
const global_ipv6 = new BlockList()
global_ipv6.addSubnet(...GLOBAL_IPV6, 'ipv6')

/**
 * Whether an address, in the form that a resolver gives, is one of the public Internet and not of this very machine.
 * `own` are this machine's addresses: what listens there behind a firewall is not meant for strangers, though the address is public.
 * @example isPublicAddress('::ffff:10.0.0.1') === false
 */
export function isPublicAddress(address: string, own: readonly string[] = []): boolean {
  // With a zone it is link-local, and BlockList does not read it.
  if (address.includes('%')) return false
  const family = isIP(address)
  if (family === 0) return false
  if (family === 6 && !global_ipv6.check(address, 'ipv6')) return false
  return !closed.check(address, family === 6 ? 'ipv6' : 'ipv4') && !isOneOf(address, own)
}

/** Compares addresses, not texts: one IPv6 address can be written in many ways. */
function isOneOf(address: string, others: readonly string[]): boolean {
  const list = new BlockList()
  for (const other of others) if (!other.includes('%') && isIP(other) !== 0) list.addAddress(other, isIP(other) === 6 ? 'ipv6' : 'ipv4')
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}
