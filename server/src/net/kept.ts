import { type AgentOptions, type ClientRequestArgs, Agent as PlainAgent } from 'node:http'
import { type RequestOptions, Agent as TlsAgent } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'

/** How long a connection that nobody uses is kept: shorter than servers keep theirs, so that they seldom hang up first. */
const IDLE_MS = 4_000
/** Of one target. */
const IDLE_MAX = 16
const OPTIONS: AgentOptions = { keepAlive: true, timeout: IDLE_MS, maxFreeSockets: IDLE_MAX }

/** What a connection was allowed to reach, by the only thing of ours that an agent sees. */
const checked_by_lookup = new WeakMap<LookupFunction, string>()
const checkedFor = (lookup: LookupFunction | undefined) => (lookup === undefined ? '' : (checked_by_lookup.get(lookup) ?? ''))

/** Never asked for a host that is an address: Node connects to that itself, and it is what was checked. */
export function pinned(addresses: readonly string[]): LookupFunction {
  const checked = addresses.map((address) => ({ address, family: isIP(address) }))
  const lookup: LookupFunction = (_host, { all }, callback) => {
    const [first] = checked
    if (first === undefined) callback(new Error('no address was checked'), '')
    else if (all) callback(null, checked)
    else callback(null, first.address, first.family)
  }
  checked_by_lookup.set(lookup, addresses.toSorted().join())
  return lookup
}

class KeptPlain extends PlainAgent {
  override getName(options?: ClientRequestArgs): string {
    return `${super.getName(options)}|${checkedFor(options?.lookup)}`
  }
}

class KeptTls extends TlsAgent {
  override getName(options?: RequestOptions): string {
    return `${super.getName(options)}|${checkedFor(options?.lookup)}`
  }
}

/**
 * Connections that outlast a message, for targets that are sent many. One is taken again only where the host's addresses, checked for this
 * very message, are those that it was made for: what a name server says later can neither use it nor be led by it.
 */
export interface Kept {
  readonly plain: PlainAgent
  readonly tls: TlsAgent
  stop(): void
}

export function createKept(): Kept {
  const [plain, tls] = [new KeptPlain(OPTIONS), new KeptTls({ ...OPTIONS, maxCachedSessions: 0 })]
  return {
    plain,
    tls,
    stop() {
      plain.destroy()
      tls.destroy()
    },
  }
}
