import { lookup, Resolver } from 'node:dns/promises'

/** The addresses of a host. A trusted host's name is the operator's own and may come from this machine's files. */
export type Resolve = (host: string, is_trusted: boolean) => Promise<readonly string[]>

const ANSWER_MS = 2_000
const TRIES = 2

/**
 * Strangers' names are asked of the name servers alone: the system's resolver would look into this machine's own files and search domains,
 * and blocks a thread of a pool of four for as long as a stranger's name server keeps silent.
 */
export const resolveBySystem: Resolve = async (host, is_trusted) => {
  if (is_trusted) return (await lookup(host, { all: true })).map(({ address }) => address)
  const resolver = new Resolver({ timeout: ANSWER_MS, tries: TRIES })
  const found = await Promise.allSettled([resolver.resolve6(host), resolver.resolve4(host)])
  return found.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
}
