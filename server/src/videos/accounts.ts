import { accountsFor } from '../domain/accounts.ts'
import type { Quote } from '../domain/quote.ts'
import type { Parts } from './parts.ts'

/** The accounts that may take an order on one of its quote's routes, the one whose turn it is first. */
export function accountsAt(
  parts: Pick<Parts, 'world'>,
  { route, provider }: { readonly route: string; readonly provider: string },
  order: Quote['order'],
  video: string,
): readonly [string, ...string[]] {
  const known = parts.world.routes.find(({ name }) => name === route)
  const [first = provider, ...others] = known === undefined ? [] : accountsFor(known, order, video)
  return [first, ...others]
}
