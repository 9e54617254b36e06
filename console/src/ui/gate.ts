/** The gate bar's parts, left to right, in credits. Together they are the whole bar. */
export interface GateParts {
  /** Can be spent, after this order. */
  readonly free: number
  /** What this order takes: the notch. */
  readonly take: number
  /** Held by other clips. */
  readonly held: number
  /** Already spent. */
  readonly gone: number
  /** How far the order reaches beyond what there is. */
  readonly short: number
}

export interface GateInput {
  readonly available: number
  readonly held: number
  /** What a full bar stands for. */
  readonly capacity: number
  readonly take: number
  /** Where the notch's credits are now: still available (before the click), held (while it runs) or spent (charged). */
  readonly taken_from: 'available' | 'held' | 'spent'
}

/** The notch always sits at the edge of what stays free, whichever pot its credits are in: one place to look at, before and after. */
export function gateParts({ available, held, capacity, take, taken_from }: GateInput): GateParts {
  const there = Math.max(0, available)
  const total = Math.max(capacity, there + held)
  const spent = total - there - held
  if (taken_from === 'held') return { free: there, take: Math.min(take, held), held: Math.max(0, held - take), gone: spent, short: 0 }
  if (taken_from === 'spent') return { free: there, take: Math.min(take, spent), held, gone: Math.max(0, spent - take), short: 0 }
  return { free: Math.max(0, there - take), take: Math.min(take, there), held, gone: spent, short: Math.max(0, take - there) }
}
