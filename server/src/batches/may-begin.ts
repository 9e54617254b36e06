import type { Standing } from './rider-queries.ts'

/**
 * Which items may be begun, in the order in which they ask, each on what those before it left: their batch runs, has a place free, and stays with them
 * under its cap. One that does not fit takes nothing from the next.
 */
export function mayBegin<Asked extends { readonly batch: string; readonly credits: bigint }>(
  standings: readonly Standing[],
  asked: readonly Asked[],
): readonly Asked[] {
  const now = new Map(standings.map((standing) => [standing.id, standing]))
  return asked.filter(({ batch, credits }) => {
    const before = now.get(batch)
    if (before === undefined || before.state !== 'running' || before.open >= before.concurrency) return false
    if (!fits(before, credits)) return false
    now.set(batch, { ...before, open: before.open + 1, spent: before.spent + credits })
    return true
  })
}

/** Whether what is held and charged stays under the cap with so much more. What costs nothing passes no cap. */
export function fits({ max_credits, spent }: Pick<Standing, 'max_credits' | 'spent'>, credits: bigint): boolean {
  return max_credits === null || credits === 0n || spent + credits <= max_credits
}
