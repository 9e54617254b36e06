export interface Amounts {
  /** How many are open, in rising order. */
  readonly counts: readonly number[]
  /** How long each is measured. */
  readonly seconds: number
}

export function greatest({ counts }: Amounts): number {
  return Math.max(...counts)
}
