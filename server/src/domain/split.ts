/** Whole basis points: a hundredth of a percent. */
export const WHOLE_BP = 10_000n

export interface Share {
  /** Decides ties: the smaller first. */
  readonly id: string
  readonly basis_points: bigint
}

/**
 * Splits an amount by basis points into whole parts, by largest remainder; the rest of the 10,000 stays with the house. Parts and the house's add up to
 * the amount, always; no part is more than one off its exact share, and equal remainders go to holders before the house, by id.
 */
export function split(amount: bigint, shares: readonly Share[]): ReadonlyMap<string, bigint> {
  const given = shares.reduce((sum, { basis_points }) => sum + basis_points, 0n)
  if (amount < 0n || given > WHOLE_BP) throw new RangeError(`${amount} cannot be split into ${given} basis points`)
  const exact = [
    ...shares.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(({ id, basis_points }) => ({ id, part: amount * basis_points })),
    { id: null, part: amount * (WHOLE_BP - given) },
  ].map(({ id, part }) => ({ id, whole: part / WHOLE_BP, rest: part % WHOLE_BP }))
  const left = amount - exact.reduce((sum, { whole }) => sum + whole, 0n)
  // The sort is stable: among equal remainders the order above stands.
  const lucky = new Set(exact.toSorted((a, b) => (a.rest > b.rest ? -1 : a.rest < b.rest ? 1 : 0)).slice(0, Number(left)))
  const parts = new Map<string, bigint>()
  for (const one of exact) if (one.id !== null) parts.set(one.id, one.whole + (lucky.has(one) ? 1n : 0n))
  return parts
}
