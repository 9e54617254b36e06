import type { Pool, Tx } from '../db/pool.ts'
import type { Clock } from '../domain/time.ts'
import { type Decided, decide, sortedModels } from './decide.ts'
import type { Operation, OpId, Rider } from './operation.ts'
import type { GuardFailed, Outcome } from './outcome.ts'
import { type Attempted, type LedgerEvent, persistently } from './persist.ts'
import { findOrMakeScope, insertGrants, lockAccounts, lockVersions, write } from './queries.ts'
import { readKnown, type ScopeBook } from './read.ts'
import type { RiderRegistry } from './riders.ts'
import { checkOperation } from './valid.ts'

export interface CommitParts {
  readonly pool: Pool
  readonly clock: Clock
  readonly ids: () => OpId
  readonly riders: RiderRegistry
  readonly scopes: ScopeBook
  readonly on_event: (event: LedgerEvent) => void
  /** How long the ledger goes on trying before `LedgerUnavailable`, milliseconds. */
  readonly patience_ms: number
}

/** Commits one operation with its riders, alone in its transaction. */
export async function commitOperation(parts: CommitParts, operation: Operation, riders: readonly Rider[]): Promise<Outcome> {
  checkOperation(operation)
  parts.riders.check(riders)
  await ensureScope(parts, operation)
  /** Versions at which we tried to write: a row found at one of them is our own, whose commit was answered to nobody. */
  const tried = new Set<bigint>()
  const outcome = await persistently(parts, operation.op, async (tx, contested): Promise<Attempted<Outcome>> => {
    const decided = await decideLocked(parts, tx, operation, contested)
    if (decided === null) return { commit: false, value: { outcome: 'not_found' } }
    if (decided.rows.length === 0) return { commit: false, value: decided.outcome }
    const failed = await writeWithRiders(parts, tx, operation.op, decided, riders)
    if (failed) return { commit: false, value: failed }
    tried.add(decided.account.ver)
    return { commit: true, value: decided.outcome }
  })
  if (outcome.outcome !== 'committed' || !tried.has(outcome.entry.ver)) return outcome
  return { ...outcome, replayed: false }
}

/** The scope of a grant is there before its transaction begins, so that the book never names a scope that was rolled back. */
async function ensureScope(parts: CommitParts, operation: Operation): Promise<void> {
  if (operation.kind !== 'grant' || operation.models === null) return
  const models = sortedModels(operation.models)
  if (parts.scopes.has(models)) return
  const scope = await persistently(parts, operation.op, async (tx) => ({ commit: true, value: await findOrMakeScope(tx, models) }))
  parts.scopes.learn(scope, models)
}

/**
 * Reads and decides, then locks the account where its version is still the one decided on (accounts are locked before anything else).
 * A mismatch leaves us with the lock, so the second decision is final; `contested` takes the lock at once.
 */
async function decideLocked(parts: CommitParts, tx: Tx, operation: Operation, contested: boolean): Promise<Decided | null> {
  const { account } = operation
  const look = async () => {
    const now = parts.clock()
    const known = (await readKnown(tx, [account], [operation], now, parts.scopes)).get(account)
    return known ? decide(known, operation, now, parts.ids) : null
  }
  if (contested) {
    await lockAccounts(tx, [account])
    return look()
  }
  const decided = await look()
  if (decided === null || decided.rows.length === 0) return decided
  const ver = decided.account.ver - BigInt(decided.rows.length)
  if ((await lockVersions(tx, [{ id: account, ver }])).has(account)) return decided
  parts.on_event({ event: 'fenced', account })
  await lockAccounts(tx, [account])
  return look()
}

async function writeWithRiders(
  parts: CommitParts,
  tx: Tx,
  op: OpId,
  decided: Decided,
  riders: readonly Rider[],
): Promise<GuardFailed | null> {
  const riding = riders.map((rider) => ({ op, rider }))
  const early = await parts.riders.run(tx, ['guard', 'row'], riding)
  if (early) return { outcome: 'guard_failed', rider: early.kind }
  await insertGrants(tx, [decided])
  await write(tx, [decided])
  const late = await parts.riders.run(tx, ['job'], riding)
  return late && { outcome: 'guard_failed', rider: late.kind }
}
