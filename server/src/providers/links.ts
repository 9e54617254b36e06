import type { ProviderAccount } from '../domain/provider-account.ts'
import { createGuardedClient, type GuardedClient } from '../net/guarded.ts'
import { readTrustedHosts } from '../net/trusted.ts'

/** How long a whole clip may take on its way to us. */
export const CLIP_TIMEOUT_MS = 600_000
const CLIP_BYTES_MAX = 2 * 1024 ** 3

/** Follows the links to results that one account gives: without our key, for who is linked to may be anybody, and never to a private address that nobody trusts. */
export class Links {
  readonly #client: GuardedClient

  constructor(account: Pick<ProviderAccount, 'name' | 'base_url' | 'trusted_hosts'>) {
    this.#client = createGuardedClient({ trusted_hosts: trustedBy(account) })
  }

  /** @throws when it is not allowed, not there, or no clip */
  async open(link: URL): Promise<ReadableStream<Uint8Array>> {
    const opened = await this.#client.openStream(link.href, { bytes_max: CLIP_BYTES_MAX, timeout_ms: CLIP_TIMEOUT_MS })
    if (opened.outcome !== 'ok') throw new Error('why' in opened ? opened.why : 'this process ends')
    // A page or an error with status 200 comes from something in between: no result, and no verdict on it either.
    if (!/\b(html|json)\b/.test(opened.type ?? '')) return opened.stream
    await opened.stream.cancel()
    throw new Error(`the clip was answered with ${opened.type}`)
  }
}

/** The provider itself and what the configuration adds. */
function trustedBy(account: Pick<ProviderAccount, 'name' | 'base_url' | 'trusted_hosts'>): ReadonlySet<string> {
  const { hostname, port, protocol } = new URL(account.base_url)
  const own = `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`
  const read = readTrustedHosts([own, ...account.trusted_hosts].join(','))
  if (read.outcome === 'wrong') throw new Error(`trusted_hosts of ${account.name}: ${read.what}`)
  return read.hosts
}
