import type { CommitParts } from './batch.ts'
import { sortedModels } from './decide.ts'
import type { Lane } from './lane.ts'
import type { Operation, Rider } from './operation.ts'
import type { Outcome } from './outcome.ts'
import { persistently } from './persist.ts'
import { findOrMakeScope } from './queries.ts'
import { checkOperation } from './valid.ts'

/** Commits one operation with its riders, in one transaction with whatever else is on its way. */
export async function commitOperation(parts: CommitParts, lane: Lane, operation: Operation, riders: readonly Rider[]): Promise<Outcome> {
  checkOperation(operation)
  parts.riders.check(riders)
  await ensureScope(parts, operation)
  return lane.commit(operation, riders)
}

/** The scope of a grant is there before its transaction begins, so that the book never names a scope that was rolled back. */
async function ensureScope(parts: CommitParts, operation: Operation): Promise<void> {
  if (operation.kind !== 'grant' || operation.models === null) return
  const models = sortedModels(operation.models)
  if (parts.scopes.has(models)) return
  const scope = await persistently(parts, operation.op, async (tx) => ({ commit: true, value: await findOrMakeScope(tx, models) }))
  parts.scopes.learn(scope, models)
}
