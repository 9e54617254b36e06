import type { Tx } from '../db/pool.ts'
import { accountAvailable } from './account.ts'
import type { Decision } from './decide.ts'
import type { Draft } from './draft.ts'
import type { Known } from './known.ts'
import type { AccountId, Credits } from './operation.ts'
import { allowanceAhead } from './standing.ts'
import { noteWatches } from './watch-queries.ts'

/** An account whose available credits fell below what its customer set. */
export interface FellLow {
  readonly account: AccountId
  readonly available: Credits
  readonly threshold: Credits
  readonly at_ms: bigint
}

/** Tells whoever wants to know, in the transaction in which it happened. */
export type OnLow = (tx: Tx, fell: readonly FellLow[]) => Promise<void>

/**
 * Looks whether what can be spent has crossed the watched threshold. Asked after what time did and again after the operation itself: a
 * day's allowance that came and was spent at once has lifted the account above it and let it fall again. Pure.
 */
export function observe(draft: Draft, known: Known): void {
  const { watch } = draft.account
  if (watch === null) return
  const threshold = watch < 0n ? -watch : watch
  const available = accountAvailable(draft.account) + allowanceAhead(draft, known)
  const low = available < threshold
  if (low === watch < 0n) return
  draft.watched(low ? -threshold : threshold, low ? { account: draft.account.id, available, threshold, at_ms: draft.at_ms } : null)
}

/** Writes which accounts are below their thresholds now, and tells. Without a crossing nothing is sent. */
export async function tellWatches(tx: Tx, decisions: readonly Decision[], on_low: OnLow | undefined): Promise<void> {
  const crossing = decisions.filter(({ crossed }) => crossed)
  if (crossing.length === 0) return
  await noteWatches(tx, new Map(crossing.map(({ account }) => [account.id, account.watch])))
  const fell = crossing.flatMap((one) => one.fell)
  if (fell.length > 0) await on_low?.(tx, fell)
}
