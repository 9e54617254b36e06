import { ifReadable, integer, list, maybe, orElse, shape, text } from './read.ts'

export interface Balance {
  readonly available: number
  readonly held: number
  readonly spent: number
  readonly owed: number
  readonly grants: readonly Grant[]
  readonly customer: { readonly name: string } | null
}

export interface Grant {
  readonly credits: number | null
  readonly remaining: number | null
}

export const readBalance = shape<Balance>({
  available: integer,
  held: integer,
  spent: orElse(integer, 0),
  owed: orElse(integer, 0),
  grants: orElse(list(shape<Grant>({ credits: maybe(integer), remaining: maybe(integer) })), []),
  customer: ifReadable(shape({ name: text })),
})

/**
 * What a full gate bar stands for, in credits: everything that the live grants once held, so that the bar empties as it is spent.
 * Without sizes of grants: what is there now and what was spent.
 */
export function capacityOf(balance: Balance): number {
  const there = balance.available + balance.held
  const granted = balance.grants.reduce((sum, grant) => sum + (grant.credits ?? 0), 0)
  return Math.max(granted > 0 ? granted : there + balance.spent, there)
}
