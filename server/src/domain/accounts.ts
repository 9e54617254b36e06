import type { Route } from './catalogue.ts'
import type { Operation } from './order.ts'

// A provider that was given several credentials is as many accounts: what one of them made or keeps, the others need not know, and each has a limit
// and a line of its own. Customers hear of the provider only.

/** No provider has it in its name. */
const MARK = '@'

/** The account of one of a provider's further credentials; the first one's is named as the provider. */
export function accountName(provider: string, credential: string): string {
  return `${provider}${MARK}${credential}`
}

export function providerOf(account: string): string {
  return account.split(MARK, 1)[0] ?? account
}

export function accountsOf({ provider, accounts }: Pick<Route, 'provider' | 'accounts'>): readonly string[] {
  return accounts ?? [provider]
}

/** The accounts that may take an order on a route, in the order in which they are asked: who made its clip first, else each in its turn. */
export function accountsFor(
  route: Pick<Route, 'provider' | 'accounts' | 'abilities'>,
  order: { readonly operation: Operation; readonly source: { readonly provider: string | null } | null },
  video: string,
): readonly string[] {
  const accounts = accountsOf(route)
  if (accounts.length < 2) return accounts
  const maker = accounts.find((account) => account === order.source?.provider)
  if (maker !== undefined && order.operation !== 'create' && route.abilities.own_clips_only.includes(order.operation)) return [maker]
  const first = maker === undefined ? turnOf(video) % accounts.length : accounts.indexOf(maker)
  return [...accounts.slice(first), ...accounts.slice(0, first)]
}

/** The same for the same video, and spread evenly over many. */
function turnOf(video: string): number {
  let turn = 0
  for (const letter of video) turn = (turn * 31 + (letter.codePointAt(0) ?? 0)) % 1_000_003
  return turn
}
